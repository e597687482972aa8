"""Looking at subsystems."""

from django.conf import settings
from django.db.models import Count, QuerySet

from pendopo.ground.accounts.actor import Actor
from pendopo.ground.directory.models import Agency

from ..door import door
from .models import Subsystem

LOOPBACK = ("127.0.0.1", "::1", "localhost")


def access_subsystem(actor: Actor, id) -> Subsystem:
    """The subsystem, if it is the actor's agency's; the same "not found" for absent and not theirs."""
    return door(Subsystem.objects.select_related("agency"), actor, id, "mantra.subsystem.view")


def usual_auth() -> str:
    """How a new system's programs sign in unless somebody says otherwise.

    On a node of one agency that answers its own machine only, that machine is trusted; elsewhere by a token.
    """
    alone = Agency.objects.filter(hosted=True).count() == 1
    near = settings.HOME.app.host in LOOPBACK
    return Subsystem.Auth.NONE if alone and near else Subsystem.Auth.BEARER


def subsystems(actor: Actor) -> QuerySet[Subsystem]:
    """The agency's subsystems with the number of their services, by code."""
    return (
        Subsystem.objects.filter(agency=actor.agency)
        .select_related("agency")
        .annotate(offers=Count("services"))
        .order_by("code")
    )
