"""What arrives from the other side: requests, refusals and revisions of agreements.

The gateway has checked which agency sent a document; who signed it is checked here, against the registry's
keys as they stand now. A document that does not fit raises a `Fault` and is kept in the inbox for people.
"""

from django.urls import reverse
from django.utils.translation import gettext_noop as N_

from pendopo.core import envelope
from pendopo.core.agreement import Agreement as Terms
from pendopo.core.agreement import Request, beyond
from pendopo.core.errors import Fault
from pendopo.core.ids import ServiceId, SubsystemId
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.audit.act import act
from pendopo.ground.delivery.actions import Holders, notice, send, settled
from pendopo.ground.delivery.handlers import Message
from pendopo.ground.nodes.documents import store

from ..acts import MANAGER, REQUESTER
from ..services.models import Service, ServiceVersion
from ..signing import agency_name, body, check_signed, signers
from . import rules
from .actions import countersign
from .models import AccessRequest, Agreement, AgreementRevision, Side
from .state import add_revision, parties, refold, revision_of


def receive_request(message: Message) -> None:
    """request/1: another agency asks this one for access to a service."""
    opened = envelope.open(message.doc, "request/1")
    asked = opened.body
    Request.parse(asked)
    requester, service = SubsystemId.parse(asked["requester"]), ServiceId.parse(asked["service"])
    if str(requester.agency) != message.from_agency or str(service.agency) != message.agency.code:
        raise Fault("mantra.not_theirs", type=message.type)
    check_signed(opened, message.from_agency)
    if AccessRequest.objects.filter(agency=message.agency, side=Side.PROVIDER, number=asked["id"]).exists():
        return
    version = (
        ServiceVersion.objects.filter(document_id=asked["def_sha"], service__in=_services(message, service))
        .select_related("service", "document")
        .first()
    )
    if version is None:
        raise Fault("mantra.service_unknown", service=str(service))
    described = {column["name"] for column in body(version.document)["columns"]}
    if not asked["columns"] or not described.issuperset(asked["columns"]):
        raise Fault("mantra.request_malformed")
    with act("mantra.request.receive", actor=_system(message), subject=message.agency) as line:
        request = AccessRequest.objects.create(
            agency=message.agency,
            side=Side.PROVIDER,
            number=asked["id"],
            peer=message.from_agency,
            peer_name=agency_name(message.from_agency),
            service=str(service),
            title=version.service.title,
            document=store(message.doc),
            definition=version.document,
            at=message.received_at,
        )
        notice(
            Holders(message.agency, "mantra", frozenset({MANAGER})),
            "mantra.request",
            str(request.pk),
            reverse("mantra:request", args=[request.pk]),
            N_("%(agency)s asks for %(service)s"),
            agency=request.peer_name,
            service=request.title,
        )
        line.subject = request
        line.detail |= {"from": message.from_agency, "exchange": message.exchange_id}


def receive_refusal(message: Message) -> None:
    """request-refusal/1: the provider has refused a request of this agency."""
    opened = envelope.open(message.doc, "request-refusal/1")
    said = opened.body
    check_signed(opened, message.from_agency)
    request = _request(message, said["request_sha"])
    with act("mantra.request.close", actor=_system(message), subject=request) as line:
        store(message.doc)
        if request.state == AccessRequest.State.OPEN:
            request.state = AccessRequest.State.REFUSED
            request.reason = said["reason"][:500]
            request.decided_at = message.received_at
            request.save(update_fields=["state", "reason", "decided_at"])
            _tell(message, request, "mantra:asked", N_("%(agency)s refused access to %(service)s"))
        line.detail["reason"] = request.reason


def receive_agreement(message: Message) -> None:
    """agreement/1: an offer, a signature that completes one, or a new revision by the other side."""
    opened = envelope.open(message.doc, "agreement/1")
    terms = opened.body
    Terms.parse(terms)
    provider, requester = terms["provider"], str(SubsystemId.parse(terms["requester"]).agency)
    if provider != str(ServiceId.parse(terms["service"]).agency) or sorted((provider, requester)) != sorted(
        (message.from_agency, message.agency.code)
    ):
        raise Fault("mantra.not_theirs", type=message.type)
    check_signed(opened, message.from_agency)
    by = signers(opened, {provider, requester})
    side = Side.PROVIDER if message.agency.code == provider else Side.REQUESTER
    agreement = (
        Agreement.objects.select_for_update()
        .filter(agency=message.agency, side=side, number=terms["id"])
        .first()
    )
    if agreement is None:
        _offered(message, opened, terms, by, side)
    else:
        _followed(message, agreement, opened, terms, by)


def _offered(message: Message, opened: envelope.Envelope, terms: dict, by: set[str], side: str) -> None:
    """The provider grants a request of this agency: sign it if it is within, else ask a person."""
    if side != Side.REQUESTER or terms["rev"] != 1 or terms["state"] != "active":
        raise Fault("mantra.agreement_unknown")
    request = _request(message, terms["request_sha"])
    if request.service != terms["service"]:
        raise Fault("mantra.not_theirs", type=message.type)
    with act("mantra.agreement.receive", actor=_system(message), subject=request) as line:
        agreement = Agreement.objects.create(
            agency=message.agency,
            side=side,
            number=terms["id"],
            request=request,
            peer=message.from_agency,
            peer_name=request.peer_name,
            subsystem=terms["requester"],
            service=terms["service"],
            title=request.title,
            state=Agreement.State.OFFERED,
            until=rules.parse_until(terms),
        )
        add_revision(agreement, terms, opened.raw, by, _system(message))
        request.state = AccessRequest.State.APPROVED
        request.decided_at = message.received_at
        request.save(update_fields=["state", "decided_at"])
        line.subject = agreement
        line.detail["exchange"] = message.exchange_id
    if beyond(terms, body(request.document)):
        _tell(message, agreement, "mantra:agreement", N_("%(agency)s offers %(service)s on other terms"))
        return
    with act("mantra.agreement.countersign", actor=_system(message), subject=agreement):
        countersign(agreement, actor=_system(message))
        _tell(message, agreement, "mantra:agreement", N_("%(agency)s gave access to %(service)s"))


def _followed(
    message: Message, agreement: Agreement, opened: envelope.Envelope, terms: dict, by: set[str]
) -> None:
    """The other side signs a revision that is here already, or adds the next."""
    rows = {row.rev: row for row in agreement.revisions.select_related("document")}
    current = revision_of(rows[agreement.rev])
    same = rows.get(terms["rev"])
    system = _system(message)
    with act("mantra.agreement.receive", actor=system, subject=agreement) as line:
        line.detail |= {"rev": terms["rev"], "state": terms["state"], "exchange": message.exchange_id}
        if same is not None and envelope.open(bytes(same.document.raw)).payload == opened.payload:
            if same.state == "active":  # a second name under a stop adds nothing, and no right to lift it
                _complete(agreement, same, opened, by, system)
            return
        following = rules.Revision(terms["rev"], terms["state"], frozenset(by), terms)
        if following.rev == current.rev and not rules.stricter(following.state, current.state):
            line.detail["kept"] = current.state  # both changed it at once: the stricter one stands
            return
        sides = parties(agreement)
        if why := rules.may_follow(current, following, *sides):
            raise Fault(f"mantra.revision_{why.replace('-', '_')}")
        if following.state == "active" and not rules.was_in_force(map(revision_of, rows.values()), *sides):
            raise Fault("mantra.revision_not_in_force")
        agreement.revisions.filter(rev=following.rev).delete()
        add_revision(agreement, terms, opened.raw, by, _system(message))
        agreement.rev = following.rev
        if following.state != "active":
            refold(agreement)
    if following.state == "active":
        with act("mantra.agreement.countersign", actor=system, subject=agreement):
            countersign(agreement, actor=system)
    texts = {
        "active": N_("%(agency)s resumed the agreement on %(service)s"),
        "suspended": N_("%(agency)s suspended the agreement on %(service)s"),
        "revoked": N_("%(agency)s revoked the agreement on %(service)s"),
    }
    settled("mantra.agreement", str(agreement.pk))
    _tell(message, agreement, "mantra:agreement", texts[following.state])


def _complete(
    agreement: Agreement, row: AgreementRevision, opened: envelope.Envelope, by: set[str], system: Actor
) -> None:
    """Adds the signatures that came to those here; both sides may have signed before either heard of it."""
    raw = bytes(row.document.raw)
    for sig in opened.sigs:
        raw = envelope.add(raw, sig)
    row.document = store(raw)
    row.by = sorted({*row.by, *by})
    row.save(update_fields=["document", "by"])
    refold(agreement)
    if set(row.by) != by:
        send(agreement.agency, agreement.peer, "agreement/1", raw, actor=system, order=str(agreement.number))


def _request(message: Message, sha: str) -> AccessRequest:
    """The own request with this hash, locked; only the agency it was sent to may answer it."""
    found = (
        AccessRequest.objects.select_for_update()
        .filter(agency=message.agency, side=Side.REQUESTER, document_id=sha, peer=message.from_agency)
        .first()
    )
    if found is None:
        raise Fault("mantra.request_unknown")
    return found


def _services(message: Message, service: ServiceId):
    return Service.objects.filter(
        agency=message.agency,
        subsystem__code=service.subsystem.code,
        code=service.code,
        state=Service.State.PUBLISHED,
    )


def _system(message: Message) -> Actor:
    return Actor.system(message.agency, via="wire")


def _tell(message: Message, about: AccessRequest | Agreement, page: str, text: str) -> None:
    """A notice to those who ask and decide for this agency."""
    notice(
        Holders(message.agency, "mantra", frozenset({MANAGER, REQUESTER})),
        "mantra.request" if isinstance(about, AccessRequest) else "mantra.agreement",
        str(about.pk),
        reverse(page, args=[about.pk]),
        text,
        agency=about.peer_name,
        service=about.title,
    )
