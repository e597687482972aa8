"""The one door to an object of this room."""

from uuid import UUID

from django.db.models import Model, Q, QuerySet
from django.http import Http404

from pendopo.ground.accounts.actor import Actor

from .acts import OFFICER, VIEWER


def is_officer(actor: Actor) -> bool:
    """Whether the actor looks after networks of its agency."""
    return OFFICER in actor.roles("pnsbox")


def visible(rows: QuerySet, actor: Actor, *, of: str = "") -> QuerySet:
    """Those of `rows` that the actor may see: an officer what belongs to networks of its agency, a viewer
    what belongs to its agency's own sites (`of` is the path to the site's agency; empty: nothing of it)."""
    if actor.agency is None:
        return rows.none()
    shown = Q(pk__in=())
    if is_officer(actor):
        shown |= Q(agency=actor.agency)
    if of and actor.roles("pnsbox") & {OFFICER, VIEWER}:
        shown |= Q(**{of: actor.agency})
    return rows.filter(shown)


def door(rows: QuerySet, actor: Actor, id: UUID | str, *, of: str = "") -> Model:
    """The row `id` of `rows`, if the actor may see it (`visible`).

    Absent, another agency's and not allowed are the same Http404: nobody learns what exists elsewhere.
    """
    found = visible(rows, actor, of=of).filter(pk=id).first()
    if found is None:
        raise Http404
    return found
