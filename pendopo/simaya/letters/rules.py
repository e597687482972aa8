"""The life of a letter: the tables of a letter out and a letter in, and who is what to a letter."""

from collections.abc import Collection
from dataclasses import dataclass

from pendopo.simaya.moves import move

# A letter in `signing` for longer than this many seconds was left behind by a process that died.
STALE = 60

OUT = {
    ("draft", "edit"): move("author assistant", "draft", "version"),
    ("draft", "preview"): move("author assistant", "draft"),
    ("draft", "attach"): move("author assistant", "draft", "version"),
    ("draft", "submit"): move("author", "review", "version complete signer steps", ("no_steps", "approval")),
    ("draft", "withdraw"): move("author", "withdrawn"),
    ("review", "initial"): move("step", "review", "version", ("last_step", "approval")),
    ("review", "return"): move("step", "draft", "comment"),
    ("review", "take_back"): move("author", "draft", "none_initialled"),
    ("approval", "return"): move("signer", "draft", "comment"),
    ("approval", "sign"): move("signer", "signing", "capacity key"),
    ("signing", "finish"): move("system", "signed", "attempt number sound"),
    ("signing", "fail"): move("system", "approval", "attempt"),
    ("signing", "retry"): move("author signer registrar system", "approval", "stale"),
    ("signed", "send"): move("author registrar signer", "signed", "unsent"),
}

IN = {
    ("scanned", "complete"): move("registrar", "received", "complete"),
    ("received", "register"): move("registrar", "registered", "version sound"),
    ("received", "reject"): move("registrar", "rejected", "reason"),
    ("registered", "pass"): move("registrar", "registered"),
    ("registered", "dispose"): move("holder head", "registered"),
    ("registered", "close"): move("registrar head", "closed", "settled"),
    ("closed", "reopen"): move("registrar", "registered"),
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides who is what to a letter. Posts by id; `steps` are those whose turn it is now."""

    secret: bool  # security R or SR
    author: str | None = None
    signer: str | None = None
    steps: frozenset[str] = frozenset()
    access: frozenset[str] = frozenset()
    head: str | None = None  # the post that heads the agency or the unit the letter is with


def parties(
    letter: Facts, posts: Collection[str], roles: Collection[str], assisted: Collection[str] = ()
) -> frozenset[str]:
    """What somebody is to a letter: `author`, `step`, `signer`, `holder`, `head`, `assistant`, …

    `posts` are those held today, definitive or acting; `assisted` those for whose holder one prepares;
    `roles` the room's roles. What a post brings, one has for R and SR letters with the role `cleared` only,
    and an assistant has nothing of them. A letter out is prepared for its author only: the assistant of a
    post that initials or signs it is no party to it. A registrar registers and passes on a secret letter
    unopened.
    """
    by_post = {
        "author": {letter.author},
        "step": letter.steps,
        "signer": {letter.signer},
        "holder": letter.access,
        "head": {letter.head},
    }
    found = {role for role in ("registrar", "supervisor") if role in roles}
    if not letter.secret or "cleared" in roles:
        found |= {name for name, theirs in by_post.items() if theirs & set(posts)}
    prepared = by_post["author"] if letter.author else set().union(*by_post.values())
    if not letter.secret and prepared & set(assisted):
        found.add("assistant")
    return frozenset(found)
