"""Searching letters: only those the reader may know of, and by nothing that the reader may not read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Self
from uuid import UUID

from django.db.models import BooleanField, Func, Q, QuerySet, Value

from pendopo.ground.accounts.actor import Actor
from pendopo.simaya import acts
from pendopo.simaya.letters import reads
from pendopo.simaya.letters.models import Access, Letter
from pendopo.simaya.offices.reads import assisted

from . import rules
from .models import Words

PER_PAGE = 50


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a page of a search ends: found letters go from the latest day and id downwards."""

    day: date
    letter: UUID

    def __str__(self) -> str:
        return f"{self.day}_{self.letter}"

    @classmethod
    def read(cls, text: str) -> Self | None:
        """The place that `str` wrote; None for any other text."""
        day, _, letter = text.partition("_")
        try:
            return cls(date.fromisoformat(day), UUID(letter))
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Found:
    """A page of letters, and where the next one begins (None on the last)."""

    letters: list[Letter]
    next: Place | None


def search(
    actor: Actor, query: str, before: Place | None = None, *, side: str = "", year: int | None = None
) -> Found:
    """The letters for `query`, at most a page, the latest first; none for a query without a word.

    Who may read a secret letter finds it by all its words; registrar and supervisor, who see that it is
    there, by its number and the names of agencies and signer.
    """
    asked = rules.conditions(query)
    if not asked or actor.agency is None:
        return Found([], None)
    rows = Words.objects.filter(agency=actor.agency)
    if side:
        rows = rows.filter(side=side)
    if year is not None:
        rows = rows.filter(day__gte=date(year, 1, 1), day__lte=date(year, 12, 31))
    if before is not None:
        rows = rows.filter(Q(day__lt=before.day) | Q(day=before.day, letter__lt=before.letter))
    cleared = acts.CLEARED in actor.roles("simaya")
    theirs = Q(letter__in=Access.objects.filter(post__in=_posts(actor)).values("letter"))
    if actor.roles("simaya") & reads.ALL:
        known = rows
    else:
        helped = Access.objects.filter(post__in=assisted(actor)).values("letter")
        own = theirs if cleared else theirs & Q(secret=False)
        known = rows.filter(own | Q(letter__in=helped, secret=False))
    places = set(_places(_matching(known, asked, "stems")))
    if cleared:
        hidden = rows.filter(theirs, secret=True)
        places |= set(_places(_matching(hidden, asked, "hidden__stems")))
    ordered = sorted(places, reverse=True)
    shown = ordered[:PER_PAGE]
    # The right is asked again, by the one function that knows it: what is found above is never more.
    letters = reads.visible(actor).prefetch_related("deliveries").in_bulk([one.letter for one in shown])
    more = shown[-1] if len(ordered) > PER_PAGE else None
    return Found([letters[one.letter] for one in shown if one.letter in letters], more)


def _matching(rows: QuerySet[Words], asked: Iterable[rules.Condition], field: str) -> QuerySet[Words]:
    for one in asked:
        if one.stems:
            rows = rows.filter(_has(field, one.stems))
        if one.number:
            rows = rows.filter(_has(field, one.first) | Q(number__contains=one.number))
    return rows


def _has(field: str, query: str) -> Q:
    # Cast, not parsed: to_tsquery would take words apart once more, in its own way.
    cast, match = "(%(expressions)s::tsquery)", " @@ "
    return Q(Func(field, Value(query), template=cast, arg_joiner=match, output_field=BooleanField()))


def _places(rows: QuerySet[Words]) -> list[Place]:
    found = rows.order_by("-day", "-letter_id").values_list("day", "letter_id")[: PER_PAGE + 1]
    return [Place(*row) for row in found]


def _posts(actor: Actor) -> list[UUID]:
    return [assignment.position_id for assignment in actor.posts]
