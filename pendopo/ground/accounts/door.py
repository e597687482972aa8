"""The one door to an object: yours, or the same "not found" as if it were not there."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.http import Http404

from .actor import Actor
from .rights import Refused, allowed, owner

M = TypeVar("M", bound=Model)


def access(actor: Actor, rows: QuerySet[M], pk: Any, act: str) -> M:
    """The row `pk` of `rows` for `actor` to do `act` on.

    Raises Http404 when it is absent or another agency's (the same words), Refused when the actor's roles
    do not cover `act` in its own agency.
    """
    found = rows.filter(pk=pk).first()
    if found is None or actor.agency is None or owner(found) != actor.agency.id:
        raise Http404
    require(act, actor, found)
    return found


def require(act: str, actor: Actor, subject: Any = None) -> None:
    """Refused unless `actor` may do `act` on `subject`: for pages that only show."""
    if subject is None and actor.agency is None:
        raise Refused(act)
    if not allowed(act, actor, subject):
        raise Refused(act)
