"""Writing a letter and taking it through its initials, up to the signature."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from uuid import UUID

from django.utils import timezone

from pendopo.core.errors import Fault
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.audit.act import act
from pendopo.ground.directory.models import Assignment, Position
from pendopo.simaya import acts
from pendopo.simaya.kinds import profiles
from pendopo.simaya.moves import step
from pendopo.simaya.offices.reads import assistances, prepared_for
from pendopo.simaya.posts import posts
from pendopo.simaya.register import actions as register

from . import attachments, drafting, reads, rules, sheets
from .drafting import Content
from .held import check_signer, locked
from .models import SECRET, Access, Comment, Draft, Letter, Recipient, Secret, Side, Step, Version


def start(content: Content, *, author: Assignment, reply_to: Letter | None = None, actor: Actor) -> Letter:
    """A new draft by the holder of `author`: one of the actor's assignments of today, or that of somebody
    whom it assists (the letter is that holder's, the audit line names both).

    `reply_to`: the letter in that it answers, one the actor may read. `Fault letters.office` when the office
    is not set up; the faults of `drafting.check`; `letters.cleared` when a secret letter is begun by somebody
    who may not be party to one.
    """
    with act("simaya.letter.draft", actor=_for_author(actor, author), subject=actor.agency) as line:
        profile = profiles.load(sheets.office_of(actor.agency).profile)
        letter = Letter(
            agency=actor.agency,
            side=Side.OUT,
            profile=profile.code,
            state=Letter.State.DRAFT,
            author=author,
            reply_to=reply_to,
        )
        _write(letter, _checked(content, profile, letter, actor))
        line.subject = letter
        line.detail |= _prepared(actor, letter)
    return letter


def edit(
    letter: Letter, content: Content, v: int, *, new: attachments.Upload | None = None, actor: Actor
) -> Letter:
    """Save the draft over the `v` that its author or an assistant saw.

    `content.files` are of those that the draft has; `new` is one more. `Fault simaya.guard_version` for an
    older version; else the faults of `start`.
    """
    if new:
        content = replace(content, files=(*content.files, new.file))
    with act("simaya.letter.draft", actor=_as_writer(actor, letter), subject=letter) as line:
        letter = locked(letter)
        facts = {"version"} if letter.v == v else ()
        letter.state = step(
            rules.OUT, letter.state, "attach" if new else "edit", reads.parties(letter, actor), facts
        )
        letter.v += 1
        _write(letter, _checked(content, profiles.load(letter.profile), letter, actor), new)
        line.detail |= {"v": letter.v} | _prepared(actor, letter)
    return letter


def submit(letter: Letter, v: int, *, actor: Actor) -> Letter:
    """Send the draft into its chain of initials, or straight to the signer when it has none.

    What is read there is a version that nobody changes. `Fault simaya.guard_complete`, `.guard_signer`, and
    the faults of `kinds.rules.may_sign`: who cannot sign today is not asked to.
    """
    with act("simaya.letter.submit", actor=_as_author(actor, letter), subject=letter) as line:
        letter = locked(letter)
        content = Content.read(letter.draft.body, letter.draft.fields)
        facts = {"steps"} | ({"no_steps"} if not content.initials else set())
        facts |= {"version"} if letter.v == v else set()
        facts |= {"complete"} if content.complete else set()
        facts |= {"signer"} if content.signer else set()
        letter.state = step(rules.OUT, letter.state, "submit", reads.parties(letter, actor), facts)
        every = posts(letter.agency)
        check_signer(content, sheets.capacity_of(content, every, None), every, letter)
        n = letter.versions.count() + 1
        draft = letter.draft
        Version.objects.create(letter=letter, n=n, body=draft.body, fields=draft.fields, by=actor.record())
        letter.steps.all().delete()
        Step.objects.bulk_create(
            Step(
                letter=letter,
                turn=one.turn,
                kind=one.kind,
                post_id=one.post,
                state=Step.State.NOW if one.turn == 1 else Step.State.WAITING,
            )
            for one in content.initials
        )
        _admit(letter, Access.Why.STEP, [one.post for one in content.initials])
        _admit(letter, Access.Why.SIGNER, [content.signer])
        _save(letter)
        line.detail.update(version=n, to=letter.state)
    return letter


def initial(letter: Letter, v: int, *, actor: Actor) -> Letter:
    """Initial the version one saw, for every post of the actor whose turn it is."""
    with act("simaya.letter.initial", actor=_as_reviewer(actor, letter), subject=letter) as line:
        letter = locked(letter)
        mine = [post.position_id for post in actor.posts]
        turn = letter.steps.filter(state=Step.State.NOW, post__in=mine)
        rest = letter.steps.exclude(state=Step.State.DONE).exclude(pk__in=turn.values("pk"))
        facts = ({"version"} if letter.v == v else set()) | (set() if rest.exists() else {"last_step"})
        letter.state = step(rules.OUT, letter.state, "initial", reads.parties(letter, actor), facts)
        version = letter.versions.count()
        turn.update(state=Step.State.DONE, version=version, by=actor.record(), at=timezone.now())
        if not letter.steps.filter(state=Step.State.NOW).exists():
            following = letter.steps.filter(state=Step.State.WAITING).order_by("turn").first()
            if following:
                letter.steps.filter(turn=following.turn).update(state=Step.State.NOW)
        _save(letter)
        line.detail.update(version=version, to=letter.state)
    return letter


def give_back(letter: Letter, comment: str, *, actor: Actor) -> Letter:
    """Return the letter to its author with a comment: this round's initials are gone, its version stays."""
    with act("simaya.letter.return", actor=_as_reviewer(actor, letter), subject=letter) as line:
        letter = locked(letter)
        comment = drafting.remark(comment)
        facts = {"comment"} if comment else ()
        letter.state = step(rules.OUT, letter.state, "return", reads.parties(letter, actor), facts)
        version = letter.versions.count()
        Comment.objects.create(letter=letter, version=version, text=comment, by=actor.record())
        letter.steps.all().delete()
        _save(letter)
        line.detail.update(version=version)
    return letter


def take_back(letter: Letter, *, actor: Actor) -> Letter:
    """The author takes the letter back into the draft while nobody has initialled it."""
    with act("simaya.letter.take_back", actor=_as_author(actor, letter), subject=letter):
        letter = locked(letter)
        done = letter.steps.filter(state=Step.State.DONE).exists()
        facts = () if done else {"none_initialled"}
        letter.state = step(rules.OUT, letter.state, "take_back", reads.parties(letter, actor), facts)
        letter.steps.all().delete()
        _save(letter)
    return letter


def withdraw(letter: Letter, *, actor: Actor) -> Letter:
    """The author gives the draft up; a number that was reserved for it is void, with that reason."""
    with act("simaya.letter.withdraw", actor=_as_author(actor, letter), subject=letter):
        letter = locked(letter)
        letter.state = step(rules.OUT, letter.state, "withdraw", reads.parties(letter, actor))
        for number in letter.numbers.filter(state="reserved"):
            register.void(number, "withdrawn", actor=Actor.system(letter.agency, via=actor.via))
        _save(letter)
    return letter


def _checked(content: Content, profile: profiles.Profile, letter: Letter, actor: Actor) -> Content:
    cleared = acts.CLEARED in actor.roles("simaya") and _holds(actor, letter.author)
    if content.security in SECRET and not cleared:
        raise Fault("letters.cleared")
    named = Position.objects.filter(unit__agency=actor.agency, pk__in=content.posts)
    return drafting.check(content, profile, {str(key) for key in named.values_list("pk", flat=True)})


def _as_author(actor: Actor, letter: Letter) -> Actor:
    """The actor in the post that writes the letter, where that is theirs: what the audit line names."""
    return _acting(actor, [letter.author.position_id])


def _as_writer(actor: Actor, letter: Letter) -> Actor:
    """As `_as_author`, or as the assistant of whoever holds that post."""
    if _holds(actor, letter.author):
        return _as_author(actor, letter)
    helps = (one for one in assistances(actor) if one.position_id == letter.author.position_id)
    return actor.acting_as(next(helps, actor.grant))


def _for_author(actor: Actor, author: Assignment) -> Actor:
    """The actor in the assignment `author`, or as the assistant of its holder of today.

    For anybody else it is a capacity that is not theirs, and the act is refused.
    """
    if author not in actor.posts and author in prepared_for(actor):
        return actor.acting_as(
            next(one for one in assistances(actor) if one.position_id == author.position_id)
        )
    return actor.acting_as(author)


def _holds(actor: Actor, author: Assignment) -> bool:
    return any(one.position_id == author.position_id for one in actor.posts)


def _prepared(actor: Actor, letter: Letter) -> dict[str, str]:
    """Whose letter an assistant writes, for the audit line."""
    return {} if _holds(actor, letter.author) else {"author": str(letter.author.person)}


def _as_reviewer(actor: Actor, letter: Letter) -> Actor:
    """The actor in the post whose turn it is, to initial or to sign."""
    turn = letter.steps.filter(state=Step.State.NOW).values_list("post", flat=True)
    return _acting(actor, [*turn, letter.signer_id])


def _acting(actor: Actor, wanted: Collection[UUID | None]) -> Actor:
    return actor.acting_as(next((one for one in actor.posts if one.position_id in wanted), actor.grant))


def _save(letter: Letter) -> None:
    letter.v += 1
    letter.save()


def _write(letter: Letter, content: Content, new: attachments.Upload | None = None) -> None:
    """Put the content into the letter's rows; a secret letter's subject is not in those that lists read."""
    letter.kind, letter.security, letter.urgency = content.kind, content.security, content.urgency
    letter.classification = content.classification
    letter.subject = "" if letter.secret else content.subject
    letter.signer_id = content.signer or None
    letter.on_behalf = list(content.on_behalf)
    letter.save()
    if letter.secret:
        Secret.objects.update_or_create(letter=letter, defaults={"subject": content.subject})
    else:
        Secret.objects.filter(letter=letter).delete()
    Draft.objects.update_or_create(letter=letter, defaults={"body": content.body, "fields": content.fields})
    letter.recipients.all().delete()
    Recipient.objects.bulk_create(
        Recipient(
            letter=letter,
            role=one.role,
            agency=one.agency,
            post_id=one.post or None,
            line=one.line,
            order=order,
        )
        for order, one in enumerate(content.addressees)
    )
    attachments.keep(letter, content.files, new)
    _admit(letter, Access.Why.AUTHOR, [str(letter.author.position_id)])


def _admit(letter: Letter, why: str, posts: Collection[str]) -> None:
    Access.objects.bulk_create(
        (Access(letter=letter, post_id=post, why=why) for post in posts), ignore_conflicts=True
    )
