"""The one door to an object of this room."""

from uuid import UUID

from django.db.models import Model, QuerySet
from django.http import Http404

from pendopo.ground.accounts.actor import Actor
from pendopo.ground.accounts.rights import allowed


def door(rows: QuerySet, actor: Actor, id: UUID | str, act: str) -> Model:
    """The row `id` of `rows` that belongs to the actor's agency and that it may see by `act`.

    Absent, another agency's and not allowed are the same Http404: nobody learns what exists elsewhere.
    """
    found = rows.filter(pk=id, agency=actor.agency).first() if actor.agency else None
    if found is None or not allowed(act, actor, found):
        raise Http404
    return found
