"""What people do with requests and agreements. What arrives from the other side is in `wire`."""

from collections.abc import Mapping
from datetime import date

from django.utils import timezone

from pendopo.core import strict
from pendopo.core.agreement import Request
from pendopo.core.errors import Fault
from pendopo.core.ids import ServiceId, new_id
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.audit.act import act
from pendopo.ground.delivery.actions import send, settled
from pendopo.ground.nodes.documents import store
from pendopo.ground.nodes.models import Document

from ..signing import add_signature, body, exchange_keys, sign_as
from ..subsystems.models import Subsystem
from . import rules
from .models import AccessRequest, Agreement, Side
from .state import add_revision, parties, refold, revision_of


def send_request(
    definition: Document,
    *,
    subsystem: Subsystem,
    columns: list[str],
    per_day: int,
    until: date,
    purposes: list[str],
    basis: Mapping[str, str],
    note: str,
    peer_name: str,
    actor: Actor,
) -> AccessRequest:
    """Signs a request for `columns` of the service that `definition` (service/1) describes, and sends it.

    `basis` is {"kind", "no", "date"}. The request is an upper bound: its signer agrees to this or less.
    """
    described = body(definition)
    service = ServiceId.parse(described["service"])
    request = AccessRequest(
        agency=actor.agency,
        side=Side.REQUESTER,
        number=new_id(),
        peer=str(service.agency),
        peer_name=peer_name,
        service=str(service),
        title=described["title"]["id"],
        definition=definition,
    )
    with act("mantra.request.send", actor=actor, subject=request) as line:
        known = {column["name"] for column in described["columns"]}
        if not columns or not known.issuperset(columns) or subsystem.agency_id != actor.agency.pk:
            raise Fault("mantra.request_malformed")
        payload = {
            "v": 1,
            "id": str(request.number),
            "requester": subsystem.path,
            "requester_keys": exchange_keys(actor.agency),
            "service": str(service),
            "def_sha": definition.sha,
            "columns": columns,
            "row_filter": [],
            "rate": None,
            "quota": {"per_day": per_day},
            "from": strict.utc(timezone.now()),
            "until": strict.utc(rules.end_of(until)),
            "purposes": purposes,
            "basis": dict(basis),
            "note": note,
            "asked_by": _who(actor),
        }
        Request.parse(payload)  # what the other side will read
        request.document = store(sign_as(actor.agency, "request/1", payload))
        request.save(force_insert=True)
        send(
            actor.agency,
            request.peer,
            "request/1",
            bytes(request.document.raw),
            actor=actor,
            order=str(request.number),
        )
        line.detail |= {"service": request.service, "columns": columns, "purposes": purposes}
    return request


def approve(
    request: AccessRequest,
    *,
    choices: Mapping[str, rules.Choice],
    limits: rules.Limits,
    reason: str = "",
    actor: Actor,
) -> Agreement:
    """Grants the request under `choices` and `limits`: signs revision 1 and sends it to the requester.

    `reason` says why more than the safe choice is given; it stays in the audit line.

    Nothing leaves yet: the agreement is in force once the requester's signature has come back.
    """
    with act("mantra.request.approve", actor=actor, subject=request) as line:
        request = _open(request)
        asked = body(request.document)
        number = new_id()
        payload = rules.grant(
            asked,
            body(request.definition),
            choices,
            limits,
            agreement_id=number,
            request_sha=request.document_id,
            provider_keys=exchange_keys(request.agency),
            zone=request.agency.zone,
        )
        raw = sign_as(request.agency, "agreement/1", payload)
        agreement = Agreement(
            agency=request.agency,
            side=Side.PROVIDER,
            number=number,
            request=request,
            peer=request.peer,
            peer_name=request.peer_name,
            subsystem=asked["requester"],
            service=request.service,
            title=request.title,
            state=Agreement.State.PROPOSED,
            until=rules.end_of(limits.until),
        )
        agreement.save(force_insert=True)
        add_revision(agreement, payload, raw, {agreement.agency.code}, actor)
        _decided(request, AccessRequest.State.APPROVED, actor)
        send(request.agency, request.peer, "agreement/1", raw, actor=actor, order=number)
        line.detail |= {
            "agreement": number,
            "columns": payload["columns"],
            "masked": sorted(payload["masks"]),
            "until": payload["until"],
            "reason": reason,
        }
    return agreement


def refuse(request: AccessRequest, *, reason: str, actor: Actor) -> None:
    """Refuses the request and tells the requester why."""
    with act("mantra.request.refuse", actor=actor, subject=request) as line:
        request = _open(request)
        payload = {
            "v": 1,
            "request": str(request.number),
            "request_sha": request.document_id,
            "reason": reason,
            "at": strict.utc(timezone.now()),
            "refused_by": _who(actor),
        }
        raw = sign_as(request.agency, "request-refusal/1", payload)
        store(raw)
        request.reason = reason
        _decided(request, AccessRequest.State.REFUSED, actor)
        send(request.agency, request.peer, "request-refusal/1", raw, actor=actor, order=str(request.number))
        line.detail["reason"] = reason


def accept(agreement: Agreement, *, actor: Actor) -> None:
    """A person at the requester accepts a grant that goes beyond the request, and signs it."""
    with act("mantra.agreement.accept", actor=actor, subject=agreement):
        agreement = Agreement.objects.select_for_update().get(pk=agreement.pk)
        if agreement.state != Agreement.State.OFFERED:
            raise Fault("mantra.agreement_changed")
        countersign(agreement, actor=actor)
        settled("mantra.agreement", str(agreement.pk))


def countersign(agreement: Agreement, *, actor: Actor) -> None:
    """Adds the agency's signature to the current revision and sends it back. Call inside an act."""
    revision = agreement.revisions.get(rev=agreement.rev)
    raw = add_signature(agreement.agency, bytes(revision.document.raw))
    revision.document = store(raw)
    revision.by = sorted({*revision.by, agreement.agency.code})
    revision.account = actor.account
    revision.save(update_fields=["document", "by", "account"])
    refold(agreement)
    send(agreement.agency, agreement.peer, "agreement/1", raw, actor=actor, order=str(agreement.number))


def suspend(agreement: Agreement, *, reason: str, actor: Actor) -> None:
    """Stops an agreement for a while. The gateway refuses from the commit on."""
    _follow("mantra.agreement.suspend", agreement, "suspended", reason, actor)


def resume(agreement: Agreement, *, reason: str = "", actor: Actor) -> None:
    """Lifts the agency's own suspension; in force again once the other node has signed, by itself."""
    _follow("mantra.agreement.resume", agreement, "active", reason, actor)


def revoke(agreement: Agreement, *, reason: str, actor: Actor) -> None:
    """Ends an agreement for good. The gateway refuses from the commit on."""
    _follow("mantra.agreement.revoke", agreement, "revoked", reason, actor)


def decline(agreement: Agreement, *, reason: str, actor: Actor) -> None:
    """A person at the requester does not accept what was offered."""
    _follow("mantra.agreement.decline", agreement, "revoked", reason, actor)


def _follow(code: str, agreement: Agreement, state: str, reason: str, actor: Actor) -> None:
    with act(code, actor=actor, subject=agreement) as line:
        agreement = Agreement.objects.select_for_update().get(pk=agreement.pk)
        provider, requester = parties(agreement)
        current = revision_of(agreement.revisions.get(rev=agreement.rev))
        payload = rules.next_revision(current.payload, state, reason)
        following = rules.Revision(payload["rev"], state, frozenset({agreement.agency.code}), payload)
        if why := rules.may_follow(current, following, provider, requester):
            raise Fault(f"mantra.revision_{why.replace('-', '_')}")
        raw = sign_as(agreement.agency, "agreement/1", payload)
        add_revision(agreement, payload, raw, {agreement.agency.code}, actor)
        agreement.rev = payload["rev"]
        refold(agreement)
        settled("mantra.agreement", str(agreement.pk))
        send(agreement.agency, agreement.peer, "agreement/1", raw, actor=actor, order=str(agreement.number))
        line.detail |= {"agreement": str(agreement.number), "rev": agreement.rev, "reason": reason}


def _open(request: AccessRequest) -> AccessRequest:
    """The request, locked, if it still waits; two people may press at the same moment."""
    locked = AccessRequest.objects.select_for_update().get(pk=request.pk)
    if locked.state != AccessRequest.State.OPEN or locked.side != Side.PROVIDER:
        raise Fault("mantra.request_decided")
    return locked


def _decided(request: AccessRequest, state: str, actor: Actor) -> None:
    request.state = state
    request.decided_at = timezone.now()
    request.decided_by = actor.account
    request.save(update_fields=["state", "reason", "decided_at", "decided_by"])
    settled("mantra.request", str(request.pk))


def _who(actor: Actor) -> dict[str, str]:
    """Who acted, as the document names them: name, and capacity."""
    position = ""
    if actor.person:
        today = timezone.localdate()
        assignment = actor.person.assignments.filter(valid__contains=today).select_related("position").first()
        position = str(assignment) if assignment else ""
    return {"name": str(actor.person or actor.account or actor.agency), "position": position}
