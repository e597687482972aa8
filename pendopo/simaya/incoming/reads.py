"""Letters in: the lists of the registry and of whoever holds a post, and what stands beside one letter."""

from __future__ import annotations

from collections import Counter as Counts
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone

from pendopo.ground.accounts.actor import Actor
from pendopo.ground.directory.models import Assignment, Position
from pendopo.ground.directory.rules import today
from pendopo.simaya import acts, posts
from pendopo.simaya.letters import reads
from pendopo.simaya.letters.models import Access, Letter, Side
from pendopo.simaya.register.models import Book, Counter, Number
from pendopo.simaya.register.rules import Tokens

from .actions import AGENDA

State = Letter.State
PER_PAGE = 50
OPEN = (State.RECEIVED, State.REGISTERED)


def letters(actor: Actor) -> QuerySet[Letter]:
    """The letters in that the actor may know of."""
    return reads.visible(actor).filter(side=Side.IN)


def known(actor: Actor, id: UUID) -> Letter:
    """One letter in that the actor may know of; Http404 for any other."""
    return get_object_or_404(letters(actor).select_related("agency", "file", "reply_to"), pk=id)


def opened(actor: Actor, id: UUID) -> Letter:
    """One letter in that the actor may read; Http404 for any other."""
    letter = known(actor, id)
    if not reads.opened(actor, letter):
        raise Http404
    return letter


def waiting(actor: Actor) -> QuerySet[Letter]:
    """What the registry has to register, oldest first; nothing for anybody else."""
    if acts.REGISTRAR not in actor.roles("simaya"):
        return Letter.objects.none()
    return letters(actor).filter(state=State.RECEIVED).order_by("id")


def listed(actor: Actor, tab: str) -> QuerySet[Letter]:
    """The letters of one list. To register: oldest first, as work is done; all others newest first."""
    rows = letters(actor).order_by("-id")
    if tab == "registrasi":
        return waiting(actor)
    if tab == "tenggat":
        return rows.filter(state__in=OPEN, is_copy=False, due__lt=timezone.now())
    if tab == "tembusan":
        return rows.filter(is_copy=True).exclude(state=State.RECEIVED)
    return rows.exclude(state=State.RECEIVED)


def page(rows: QuerySet[Letter], after: str, oldest_first: bool) -> tuple[list[Letter], str]:
    """At most a page of `rows` behind the letter with the id `after` ('' is the start), and the next `after`.

    By key, never by count: a letter that comes meanwhile shifts nothing.
    """
    if after:
        rows = rows.filter(id__gt=after) if oldest_first else rows.filter(id__lt=after)
    found = list(rows[: PER_PAGE + 1])
    return found[:PER_PAGE], str(found[PER_PAGE - 1].pk) if len(found) > PER_PAGE else ""


def unread(actor: Actor, rows: list[Letter]) -> set:
    """The ids of those letters that the actor's posts have and nobody in them has opened yet."""
    held = [one.position_id for one in actor.posts]
    here = [row for row in rows if row.state == State.REGISTERED]
    found = Access.objects.filter(letter__in=here, post__in=held, read_at=None)
    return set(found.values_list("letter", flat=True))


def desks(actor: Actor) -> QuerySet[Letter]:
    """Registered letters that lie on the actor's desks: passed on to its posts, nothing done with them yet.

    A copy leaves the desk once it is read, another letter once it is closed or given on by disposition.
    """
    held = [one.position_id for one in actor.posts]
    if not held:
        return Letter.objects.none()
    here = Access.objects.filter(post__in=held, why=Access.Why.PASSED, done_at=None)
    return letters(actor).filter(state=State.REGISTERED, pk__in=here.values("letter")).order_by("due", "id")


def agenda(letter: Letter) -> Number | None:
    """The letter's number in the book of letters in, once it has one."""
    return letter.numbers.filter(book=Book.AGENDA, state=Number.State.USED).first()


def next_agenda(actor: Actor) -> str:
    """The agenda number that the next letter gets, unless a colleague is quicker."""
    year = today(actor.agency.zone, timezone.now()).year
    counter = Counter.objects.filter(agency=actor.agency, book=Book.AGENDA, scope=f"year={year}").first()
    return AGENDA.write(Tokens(seq=counter.last + 1 if counter else 1, year=year))


def heads(actor: Actor) -> list[tuple[Position, list[Assignment]]]:
    """Whom the registry passes letters on to: the heads of units, with holders; over most posts first."""
    every = posts.posts(actor.agency)
    over = Counts(above for post in every.values() for above in post.line)
    order = {key: -over[post.key] for key, post in every.items() if post.heads}
    found = list(Position.objects.filter(pk__in=order).order_by("title"))
    found.sort(key=lambda one: order[one.pk])
    held = posts.holders(actor.agency, order)
    return [(one, held.get(one.pk, [])) for one in found]
