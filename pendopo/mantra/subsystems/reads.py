"""Looking at subsystems."""

from django.db.models import Count, QuerySet

from pendopo.ground.accounts.actor import Actor

from ..door import door
from .models import Subsystem


def access_subsystem(actor: Actor, id) -> Subsystem:
    """The subsystem, if it is the actor's agency's; the same "not found" for absent and not theirs."""
    return door(Subsystem.objects.select_related("agency"), actor, id, "mantra.subsystem.view")


def subsystems(actor: Actor) -> QuerySet[Subsystem]:
    """The agency's subsystems with the number of their services, by code."""
    return (
        Subsystem.objects.filter(agency=actor.agency)
        .select_related("agency")
        .annotate(offers=Count("services"))
        .order_by("code")
    )
