"""Looking at sources."""

from pathlib import Path

from django.conf import settings
from django.db.models import Count, QuerySet

from pendopo.ground.accounts.actor import Actor

from ..door import door
from .models import Source
from .seal import unseal


def folder(source: Source) -> Path:
    """Where the files lie that the agency may connect."""
    return settings.HOME.sources / source.agency.code


def access_source(actor: Actor, id) -> Source:
    """The source, if it is the actor's agency's; the same "not found" for absent and not theirs."""
    return door(Source.objects.all(), actor, id, "mantra.source.view")


def sources(actor: Actor) -> QuerySet[Source]:
    """The agency's connected sources with the number of services that read each."""
    connected = Source.objects.filter(agency=actor.agency, state=Source.State.READY)
    return connected.annotate(offers=Count("services")).order_by("name", "id")


def address_without_password(source: Source) -> dict:
    """What a form may show again of the sealed address."""
    address = unseal(source.sealed)
    address.pop("password", None)
    return address
