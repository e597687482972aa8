"""What an author writes, checked: the fields and body of a draft, in the form versions keep.

Plain functions; what an office or a directory knows comes in.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from pendopo.core.errors import Fault
from pendopo.core.ids import AgencyId
from pendopo.simaya.kinds.profiles import Profile
from pendopo.simaya.kinds.rules import labels
from pendopo.simaya.paper import document

LONGEST = {
    "subject": 400,
    "classification": 40,
    "line": 200,
    "annex": 400,
    "file": 200,
    "number": 200,
    "sender": 200,
}
REMARK = 4000  # signs of a comment
RECIPIENTS = 500  # of one letter
STEPS = 20
ANNEXES = 10
FILES = 5
_uuid = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """Whom a letter is for: an agency's code, the id of a post of one's own, or neither (on paper).

    `line` is how the page names it. `role`: `to` or `copy`.
    """

    line: str
    role: str = "to"
    agency: str = ""
    post: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Initial:
    """A post that is to initial; posts of one `turn` do so in parallel. `kind`: hierarchy, coordination."""

    post: str
    turn: int
    kind: str = "hierarchy"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnexText:
    """An annex (lampiran) that is written with the letter: its title and body/1."""

    title: str
    body: dict

    @property
    def empty(self) -> bool:
        """Whether it says nothing yet."""
        return not (self.title.strip() or document.plain(self.body).strip())

    @property
    def complete(self) -> bool:
        """Whether it has a title and words."""
        return bool(self.title and document.plain(self.body).strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A PDF that goes with the letter as it is: how it is called, its SHA-256, bytes and pages."""

    name: str
    sha: str
    size: int
    pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A draft as its author wrote it. `signer` and `on_behalf` (highest first) are ids of posts."""

    kind: str
    subject: str
    body: dict
    security: str = "B"
    urgency: str = "biasa"
    classification: str = ""
    signer: str = ""
    on_behalf: tuple[str, ...] = ()
    addressees: tuple[Addressee, ...] = ()
    initials: tuple[Initial, ...] = ()
    annexes: tuple[AnnexText, ...] = ()
    files: tuple[Attached, ...] = ()

    @classmethod
    def read(cls, body: dict, fields: dict[str, Any]) -> Self:
        """The content that `body` and `fields`, once written by this class, hold."""
        given = fields | {
            "on_behalf": tuple(fields["on_behalf"]),
            "addressees": tuple(Addressee(**one) for one in fields["addressees"]),
            "initials": tuple(Initial(**one) for one in fields["initials"]),
            # Versions that were written before there were annexes and files stay as they are.
            "annexes": tuple(AnnexText(**one) for one in fields.get("annexes", ())),
            "files": tuple(Attached(**one) for one in fields.get("files", ())),
        }
        return cls(body=body, **given)

    @property
    def posts(self) -> set[str]:
        """The ids of all posts it names that could be ids; `check` refuses the others."""
        return {post for post in self._named if _uuid.fullmatch(post)}

    @property
    def _named(self) -> list[str]:
        given = filter(None, (self.signer, *(one.post for one in self.addressees)))
        return [*self.on_behalf, *(one.post for one in self.initials), *given]

    @property
    def fields(self) -> dict[str, Any]:
        """Everything but the body, as JSON."""
        return {name: value for name, value in asdict(self).items() if name != "body"}

    @property
    def whole(self) -> dict:
        """All it says as one body/1, annexes under their titles, files by name: to read, compare and find."""
        blocks = list(self.body["content"])
        for label, one in zip(labels(len(self.annexes)), self.annexes, strict=True):
            blocks += [document.paragraph(f"{label}: {one.title}"), *one.body["content"]]
        blocks += [document.paragraph(f"Berkas lampiran: {one.name}") for one in self.files]
        return {"type": "doc", "content": blocks}

    @property
    def complete(self) -> bool:
        """Whether nothing is missing that a letter needs before anybody initials it."""
        words = document.plain(self.body).strip()
        told = self.subject and self.classification and words
        to = any(one.role == "to" for one in self.addressees)
        return bool(told and to and all(one.complete for one in self.annexes))


def check(content: Content, profile: Profile, posts: Collection[str]) -> Content:
    """The content with its texts in NFC, or a Fault that names what is wrong.

    `posts`: which of `content.posts` are the agency's. `letters.choice` names a field whose value the profile
    has not, `letters.long` one too long, `letters.post` a post of nobody here, `letters.agency` a malformed
    code, `letters.many` too many of something, `letters.turns` turns that do not count 1, 2, 3, …; `BadBody`
    of the body and for a sign without a shape.
    """
    for field, known in (
        ("kind", profile.kinds),
        ("security", profile.security),
        ("urgency", profile.urgency),
    ):
        if getattr(content, field) not in known:
            raise Fault("letters.choice", field=field, value=_short(getattr(content, field)))
    for name, count, most in (
        ("addressees", len(content.addressees), RECIPIENTS),
        ("initials", len(content.initials), STEPS),
        ("annexes", len(content.annexes), ANNEXES),
        ("files", len(content.files), FILES),
    ):
        if count > most:
            raise Fault("letters.many", field=name, most=most)
    for post in content._named:
        if post not in posts:
            raise Fault("letters.post", post=_short(post))
    _turns(content.initials)
    _attached(content)
    counts: dict[str, int] = {}  # a letter's annexes and its body keep to the limits of a text together
    return Content(
        kind=content.kind,
        subject=line("subject", content.subject),
        body=document.parse(content.body, counts),
        security=content.security,
        urgency=content.urgency,
        classification=line("classification", content.classification),
        signer=content.signer,
        on_behalf=content.on_behalf,
        addressees=tuple(_addressee(one) for one in content.addressees),
        initials=content.initials,
        annexes=tuple(
            AnnexText(title=line("annex", one.title), body=document.parse(one.body, counts))
            for one in content.annexes
        ),
        files=tuple(replace(one, name=line("file", one.name)) for one in content.files),
    )


def remark(text: str) -> str:
    """A comment of some lines, its ends trimmed. `letters.long`; BadBody for a sign without a shape."""
    text = "\n".join(document.sound(one).rstrip() for one in text.splitlines()).strip()
    if len(text) > REMARK:
        raise Fault("letters.long", field="comment", most=REMARK)
    return text


def _turns(initials: tuple[Initial, ...]) -> None:
    posts = [one.post for one in initials]
    turns = sorted({one.turn for one in initials})
    if turns != list(range(1, len(turns) + 1)) or len(set(posts)) != len(posts):
        raise Fault("letters.turns")
    for one in initials:
        if one.kind not in ("hierarchy", "coordination"):
            raise Fault("letters.choice", field="initials", value=_short(one.kind))


def _attached(content: Content) -> None:
    """`letters.file_twice`; `letters.file_secret`: files are handed out, top secret letters only shown."""
    if content.files and content.security == "SR":
        raise Fault("letters.file_secret")
    if len({one.sha for one in content.files}) < len(content.files):
        raise Fault("letters.file_twice")


def _addressee(one: Addressee) -> Addressee:
    if one.role not in ("to", "copy"):
        raise Fault("letters.choice", field="role", value=_short(one.role))
    if one.agency and one.post:
        raise Fault("letters.choice", field="addressees", value=_short(one.agency))
    if one.agency:
        try:
            AgencyId.parse(one.agency)
        except Fault:
            raise Fault("letters.agency", agency=_short(one.agency)) from None
    words = line("line", one.line)
    if not words:
        raise Fault("letters.choice", field="addressees", value="")
    return Addressee(line=words, role=one.role, agency=one.agency, post=one.post)


def line(field: str, text: str) -> str:
    """A field's text in one line, its blanks made single. `letters.long`; BadBody for a shapeless sign."""
    text = " ".join(document.sound(text).split())
    if len(text) > LONGEST[field]:
        raise Fault("letters.long", field=field, most=LONGEST[field])
    return text


def _short(value: str) -> str:
    return value[:40]
