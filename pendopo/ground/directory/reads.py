"""Who holds which post on a day, and by which number a person is known."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from pendopo.ground.fixed import Fixed

from .models import Agency, Assignment, Person, PersonNumber


def posts_of(person: Person, agency: Agency, day: date) -> list[Assignment]:
    """The assignments of `person` to posts of `agency` on `day`, with their posts, definitive first."""
    rows = _posts(person.pk, agency.pk, day)
    for one in rows:
        one.person = person
    return sorted(rows, key=lambda one: one.kind != Assignment.Kind.DEFINITIVE)


_posts = Fixed(
    lambda person, agency, day: (
        Assignment.objects.filter(person=person, position__unit__agency=agency, valid__contains=day)
        .select_related("position__unit")
        .order_by("id")
    ),
    UUID(int=1),
    UUID(int=2),
    date(1, 1, 1),
)


def number_of(person: Person, day: date) -> str:
    """The number a person is known by on a day: NIP before NI-PPPK before a local one; "" without any."""
    order = list(PersonNumber.Scheme.values)
    held = person.numbers.filter(valid__contains=day)
    found = sorted(held, key=lambda one: order.index(one.scheme))
    return found[0].value if found else ""
