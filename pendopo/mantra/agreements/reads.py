"""Looking at requests and agreements."""

from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from pendopo.ground.accounts.actor import Actor
from pendopo.ground.directory.models import Agency

from ..door import door
from ..monitoring.models import Usage
from . import rules
from .models import AccessRequest, Agreement, AgreementRevision, Side

SOON = timedelta(days=rules.ENDING_DAYS + 1)  # an agreement that ends so soon is told


def access_request(actor: Actor, id) -> AccessRequest:
    """The request, if it is the actor's agency's; the same "not found" for absent and not theirs."""
    return door(
        AccessRequest.objects.select_related("agency", "document", "definition"),
        actor,
        id,
        "mantra.request.view",
    )


def access_agreement(actor: Actor, id) -> Agreement:
    """The agreement, if it is the actor's agency's; the same "not found" for absent and not theirs."""
    return door(
        Agreement.objects.select_related("agency", "request__document", "request__definition"),
        actor,
        id,
        "mantra.agreement.view",
    )


def requests(actor: Actor, side: str) -> QuerySet[AccessRequest]:
    """The agency's requests on one side, newest first."""
    return AccessRequest.objects.filter(agency=actor.agency, side=side)


def open_requests(actor: Actor) -> QuerySet[AccessRequest]:
    """What other agencies ask and nobody has decided yet, oldest first."""
    rows = requests(actor, Side.PROVIDER).filter(state=AccessRequest.State.OPEN)
    return rows.select_related("document").order_by("at")


def agreements(actor: Actor, side: str | None = None) -> QuerySet[Agreement]:
    """The agency's agreements, those in force first."""
    found = Agreement.objects.filter(agency=actor.agency)
    return found.filter(side=side) if side else found


def offers(actor: Actor) -> QuerySet[Agreement]:
    """Grants that go beyond what was asked and wait for a person here."""
    return agreements(actor, Side.REQUESTER).filter(state=Agreement.State.OFFERED).order_by("at")


def ending(actor: Actor) -> QuerySet[Agreement]:
    """Agreements in force that end within a month, soonest first."""
    now = timezone.now()
    return (
        agreements(actor)
        .filter(
            state=Agreement.State.ACTIVE,
            until__gt=now,
            until__lte=now + SOON,
        )
        .order_by("until")
    )


def users_of(actor: Actor, service_path: str) -> QuerySet[Agreement]:
    """Whose programs read a service of the agency now."""
    return agreements(actor, Side.PROVIDER).filter(
        service=service_path, state__in=[Agreement.State.ACTIVE, Agreement.State.SUSPENDED]
    )


def in_force(agency: Agency, subsystem: str, service: str) -> bool:
    """Whether `subsystem` reads the agency's service already: a new agreement would take that one's place."""
    return Agreement.objects.filter(
        agency=agency,
        side=Side.PROVIDER,
        subsystem=subsystem,
        service=service,
        state=Agreement.State.ACTIVE,
        until__gt=timezone.now(),
    ).exists()


def of_service(actor: Actor, service_path: str) -> list[AccessRequest]:
    """What the agency has asked of one service, newest first, with what came of it."""
    return list(
        requests(actor, Side.REQUESTER).filter(service=service_path).prefetch_related("agreements")[:10]
    )


def revisions(agreement: Agreement) -> list[AgreementRevision]:
    """Its history, oldest first, with documents and the people of this agency who acted."""
    return list(agreement.revisions.select_related("document", "account__person").order_by("rev"))


def usage(agreement: Agreement, days: int = 30) -> list[Usage]:
    """What it carried a day, of the last `days` days that it was used in, newest first."""
    return list(
        Usage.objects.filter(
            agency_id=agreement.agency_id, side=agreement.side, agreement=agreement.number
        ).order_by("-day")[:days]
    )
