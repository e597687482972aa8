"""Who holds which post on a day."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from .models import Agency, Assignment, Person


def posts_of(person: Person, agency: Agency, day: date) -> QuerySet[Assignment]:
    """The assignments of `person` to posts of `agency` that cover `day`, oldest first, with their posts."""
    found = person.assignments.filter(position__unit__agency=agency, valid__contains=day)
    return found.select_related("position__unit").order_by("id")
