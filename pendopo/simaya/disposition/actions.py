"""Telling others what to do with a letter that arrived, and what comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop as N_

from pendopo.core.errors import Fault
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.audit.act import act
from pendopo.ground.delivery.notices import Posts, notice, settled
from pendopo.ground.directory.models import Assignment, Position
from pendopo.ground.directory.rules import today
from pendopo.simaya.kinds import profiles
from pendopo.simaya.letters import drafting
from pendopo.simaya.letters import reads as letters
from pendopo.simaya.letters.models import Access, Letter, Side
from pendopo.simaya.letters.rules import IN
from pendopo.simaya.moves import step
from pendopo.simaya.posts import below, cleared, posts

from . import reads
from .models import Disposition
from .reminders import LATE, SOON
from .rules import DISPOSITION, SETTLED, facts

State = Disposition.State
# Notices to whoever is to do something, and to whoever asked, once it is answered; `ref` is the row's id.
GIVEN, ANSWERED = "simaya.disposition", "simaya.disposition.answered"
# What they say: of a letter whose subject may be told, and of a secret one.
GIVEN_SAYS = N_("Disposition: %(subject)s"), N_("Disposition of a secret letter")
ANSWERED_SAYS = (
    N_("Disposition answered: %(subject)s"),
    N_("Disposition of a secret letter answered"),
)


def give(
    letter: Letter,
    to: Sequence[Position],
    orders: Sequence[str],
    note: str,
    due: date | None,
    *,
    parent: Disposition | None = None,
    actor: Actor,
) -> list[Disposition]:
    """One disposition for each post in `to`, from the actor's post that has the letter.

    `orders` are codes of the letter's rule profile; `due` is the last day. Whoever has the letter by a
    disposition passes that one on: `parent`, found by itself where it is not named.
    `Fault disposition.to` for nobody, `.below` for a post that is not one level down, `.order` for an unknown
    instruction, `.orders` without instruction and note, `.due` for a day that is past, `incoming.cleared` for
    a post whose holders may not read this secret letter, `simaya.state` for a parent that is settled.
    """
    by = _giver(letter, to, actor)
    with act("simaya.disposition.give", actor=actor.acting_as(by or actor.grant), subject=letter) as line:
        letter = _letter(letter)
        letter.state = step(IN, letter.state, "dispose", letters.parties(letter, actor))
        if by is None:
            raise Fault("simaya.party", state=letter.state, act="dispose")
        _may_get(letter, by, to)
        profile = profiles.load(letter.profile)
        for order in orders:
            if order not in profile.orders:
                raise Fault("disposition.order", order=order[:40])
        note = drafting.remark(note)
        if not orders and not note:
            raise Fault("disposition.orders")
        if due is not None and due < today(letter.agency.zone, timezone.now()):
            raise Fault("disposition.due")
        parent = _passed_on(letter, by, parent)
        if parent:
            parent.state = step(DISPOSITION, parent.state, "forward", reads.parties(parent, actor))
            _note_reading(parent, by)
            parent.save()
        given = [
            Disposition.objects.create(
                agency=letter.agency,
                letter=letter,
                parent=parent,
                by=by,
                to=post,
                orders=[code for code in profile.orders if code in orders],
                note=note,
                due=_end(due, letter.agency.zone),
            )
            for post in dict.fromkeys(to)
        ]
        Access.objects.bulk_create(
            (Access(letter=letter, post=one.to, why=Access.Why.DISPOSITION) for one in given),
            ignore_conflicts=True,
        )
        letter.access.filter(post=by.position_id).update(done_at=timezone.now())
        for one in given:
            _tell(one, letter, GIVEN, one.to_id, *GIVEN_SAYS)
        line.detail.update(to=[str(one.to_id) for one in given], orders=list(orders))
    return given


def read(disposition: Disposition, *, actor: Actor) -> Disposition:
    """Whoever it is for has it open; from now on it is not taken back."""
    with act("simaya.disposition.read", actor=_as(actor, disposition.to_id), subject=disposition):
        disposition = _locked(disposition)
        disposition.state = step(DISPOSITION, disposition.state, "read", reads.parties(disposition, actor))
        _note_reading(disposition, _holding(actor, disposition.to_id))
        disposition.save()
    return disposition


def see(disposition: Disposition, *, actor: Actor) -> None:
    """`read`, if nobody has read it: a page says so by itself, and its reader may answer meanwhile."""
    with transaction.atomic():
        disposition = _locked(disposition)
        if disposition.state == State.OPEN:
            read(disposition, actor=actor)


def answer(disposition: Disposition, report: str, *, reply: Letter | None, actor: Actor) -> Disposition:
    """What came of it: a report, a letter out, or both. `Fault simaya.guard_answer`, `disposition.reply`."""
    see(disposition, actor=actor)
    with act("simaya.disposition.answer", actor=_as(actor, disposition.to_id), subject=disposition):
        disposition = _locked(disposition)
        report = drafting.remark(report)
        if reply is not None and not (
            reply.side == Side.OUT
            and reply.agency_id == disposition.agency_id
            and letters.opened(actor, reply)
        ):
            raise Fault("disposition.reply")
        said = {"answer"} if report or reply else ()
        disposition.state = step(
            DISPOSITION, disposition.state, "answer", reads.parties(disposition, actor), said
        )
        disposition.report, disposition.answered_by = report, reply
        _settle(disposition)
        _tell(disposition, disposition.letter, ANSWERED, disposition.by.position_id, *ANSWERED_SAYS)
    return disposition


def withdraw(disposition: Disposition, *, actor: Actor) -> Disposition:
    """Take it back while nobody has read it; what the post could read only by it, it can no more."""
    with act(
        "simaya.disposition.withdraw", actor=_as(actor, disposition.by.position_id), subject=disposition
    ):
        disposition = _locked(disposition)
        disposition.state = step(
            DISPOSITION, disposition.state, "withdraw", reads.parties(disposition, actor)
        )
        _settle(disposition)
        theirs = disposition.letter.dispositions.filter(to=disposition.to_id)
        if not theirs.exclude(state=State.WITHDRAWN).exists():
            disposition.letter.access.filter(post=disposition.to_id, why=Access.Why.DISPOSITION).delete()
    return disposition


def close(disposition: Disposition, *, actor: Actor) -> Disposition:
    """Whoever gave it asks no more of it, answered or not."""
    with act("simaya.disposition.close", actor=_as(actor, disposition.by.position_id), subject=disposition):
        disposition = _locked(disposition)
        disposition.state = step(DISPOSITION, disposition.state, "close", reads.parties(disposition, actor))
        _settle(disposition)
    return disposition


def _settle(disposition: Disposition) -> None:
    """Keep a settled disposition, and settle the ones it came from whose every part is."""
    disposition.settled_at = timezone.now()
    disposition.save()
    for kind in (GIVEN, SOON, LATE):
        settled(kind, str(disposition.pk))
    parent = disposition.parent
    while parent is not None and parent.state == State.FORWARDED:
        found = facts(parent.children.values_list("state", flat=True))
        if "children_settled" not in found:
            return
        parent.state = step(DISPOSITION, State.FORWARDED, "settle", {"system"}, found)
        parent.settled_at = timezone.now() if parent.state in SETTLED else None
        parent.save()
        parent = parent.parent if parent.state in SETTLED else None


def _giver(letter: Letter, to: Sequence[Position], actor: Actor) -> Assignment | None:
    """In which of its posts the actor gives this: one that has the letter and stands over all of `to`."""
    access = set(letter.access.values_list("post", flat=True))
    able = [one for one in actor.posts if one.position_id in access]
    every = posts(letter.agency) if len(able) > 1 else {}
    wanted = {str(post.pk) for post in to}
    for one in able:
        if every and wanted <= {post.key for post in below(every[one.position_id], every.values())}:
            return one
    return able[0] if able else None


def _may_get(letter: Letter, by: Assignment, to: Sequence[Position]) -> None:
    if not to:
        raise Fault("disposition.to")
    every = posts(letter.agency)
    reached = {post.key for post in below(every[by.position_id], every.values())}
    readers = cleared(letter.agency, [post.pk for post in to]) if letter.secret else set()
    for post in to:
        if str(post.pk) not in reached:
            raise Fault("disposition.below", post=post.title)
        if letter.secret and post.pk not in readers:
            raise Fault("incoming.cleared", post=post.title)


def _passed_on(letter: Letter, by: Assignment, parent: Disposition | None) -> Disposition | None:
    """The disposition that `by` passes on. A post that has the letter otherwise needs none."""
    theirs = letter.dispositions.filter(to=by.position_id).exclude(state=State.WITHDRAWN)
    if parent is not None:
        theirs = theirs.filter(pk=parent.pk)
        if not theirs.exists():
            raise Fault("simaya.party", state=parent.state, act="forward")
    waiting = theirs.filter(state__in=(State.OPEN, State.READ)).last()
    if waiting or (parent is None and _otherwise(letter, by)):
        return waiting
    return theirs.last()


def _otherwise(letter: Letter, by: Assignment) -> bool:
    return letter.access.filter(post=by.position_id).exclude(why=Access.Why.DISPOSITION).exists()


def _note_reading(disposition: Disposition, by: Assignment | None) -> None:
    if disposition.read_at is None:
        disposition.read_at, disposition.read_by = timezone.now(), by
    settled(GIVEN, str(disposition.pk))


def _tell(disposition: Disposition, letter: Letter, kind: str, post, text: str, secret: str) -> None:
    url = reverse("simaya:disposition", args=[disposition.pk])
    params = {} if letter.secret else {"subject": letter.subject}
    to = Posts(letter.agency, frozenset([post]))
    notice(to, kind, str(disposition.pk), url, secret if letter.secret else text, **params)


def _end(day: date | None, zone: str) -> datetime | None:
    """The last minute of a day where the agency is."""
    return datetime.combine(day, time(23, 59), ZoneInfo(zone)) if day else None


def _holding(actor: Actor, post) -> Assignment | None:
    return next((one for one in actor.posts if one.position_id == post), None)


def _as(actor: Actor, post) -> Actor:
    """The actor in that post, where it is theirs: what the audit line names."""
    return actor.acting_as(_holding(actor, post) or actor.grant)


def _letter(letter: Letter) -> Letter:
    return Letter.objects.select_for_update(of=("self",)).select_related("agency").get(pk=letter.pk)


def _locked(disposition: Disposition) -> Disposition:
    """The row as it is once nobody else changes a disposition of its letter."""
    _letter(disposition.letter)
    return Disposition.objects.select_related("letter__agency", "by__position__unit", "to", "parent").get(
        pk=disposition.pk
    )
