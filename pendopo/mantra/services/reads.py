"""Looking at services, drafts and the catalogue of all nodes."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from pendopo.core import envelope
from pendopo.core.errors import Fault
from pendopo.core.ids import ServiceId
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.nodes import reads as nodes
from pendopo.ground.nodes.documents import store
from pendopo.ground.nodes.models import Document

from ..door import door
from ..signing import agency_name, check_signed
from ..subsystems.rules import BUILT_IN
from .models import Draft, Service, ServiceVersion


def access_service(actor: Actor, id) -> Service:
    """The service, if it is the actor's agency's; the same "not found" for absent and not theirs."""
    return door(
        Service.objects.select_related("subsystem__agency", "source"), actor, id, "mantra.service.view"
    )


def access_draft(actor: Actor, id) -> Draft:
    """The draft, if it is the actor's agency's and the actor prepares services."""
    return door(
        Draft.objects.select_related("source", "service__subsystem__agency"),
        actor,
        id,
        "mantra.service.draft",
    )


def services(actor: Actor) -> QuerySet[Service]:
    """The agency's services by title."""
    return Service.objects.filter(agency=actor.agency).select_related("subsystem__agency", "source")


def drafts(actor: Actor) -> QuerySet[Draft]:
    """What is being prepared in the agency, last touched first."""
    return Draft.objects.filter(agency=actor.agency).select_related("source", "account__person")


def drifted(actor: Actor) -> QuerySet[Service]:
    """Services whose table no longer fits what they promise."""
    return services(actor).filter(~Q(drift=None))


def of_path(agency_id, path: str) -> Service | None:
    """The agency's service with this identifier."""
    *_, subsystem, code = path.split("/")
    rows = Service.objects.select_related("agency", "source", "subsystem__agency")
    return rows.filter(agency_id=agency_id, subsystem__code=subsystem, code=code).first()


def latest(service: Service) -> ServiceVersion:
    """The version that new requests pin, with its document."""
    return service.versions.select_related("document").first()


@dataclass(frozen=True)
class Listed:
    """One service as the catalogue lists it."""

    id: ServiceId
    title: str
    agency: str
    version: str
    desc_sha: str
    own: bool

    @property
    def path(self) -> str:
        return str(self.id)


def catalogue(actor: Actor, language: str, query: str = "") -> list[Listed]:
    """The services of all nodes, from the registry's document.

    Every word of `query` must be in title, agency or identifier. The agency's own come last: one looks here
    for what others offer.
    """
    found = []
    for entry in nodes.registry().catalogue.values():
        listed = _listed(entry, actor, language)
        text = f"{listed.title} {listed.agency} {listed.path}".casefold()
        if all(word in text for word in query.casefold().split()):
            found.append(listed)
    return sorted(found, key=lambda one: (one.own, one.title.casefold(), one.path))


def listed(actor: Actor, language: str, service: str) -> Listed | None:
    """One service of the catalogue by its identifier."""
    entry = nodes.registry().catalogue.get(service)
    return _listed(entry, actor, language) if entry else None


def describe(one: Listed, actor: Actor) -> Document:
    """The provider's signed description, from what is kept here or by a signed exchange with the provider.

    `Fault mantra.description_differs` when what came is not what the catalogue names, `key.*` when the
    provider did not sign it; any fault of the gateway or the way there.
    """
    kept = Document.objects.filter(sha=one.desc_sha).first()
    if kept is not None:
        return kept
    raw = nodes.gateway().describe(f"{actor.agency.code}/{BUILT_IN}", one.path)
    opened = envelope.open(raw, "service/1")
    if opened.sha != one.desc_sha:
        raise Fault("mantra.description_differs", service=one.path)
    check_signed(opened, str(one.id.agency))
    return store(raw)


def _listed(entry: dict, actor: Actor, language: str) -> Listed:
    id = ServiceId.parse(entry["service"])
    agency = str(id.agency)
    own = actor.agency is not None and agency == actor.agency.code
    title = entry["title"].get(language) or entry["title"]["id"]
    return Listed(id, title, agency_name(agency), entry["version"], entry["desc_sha"], own)
