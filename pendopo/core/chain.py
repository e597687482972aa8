"""The links of evidence that agencies make: who they are, what each signed, what they had agreed.

Each function checks one link for the registry document of the file and raises `Broken` when it fails.
"""

from datetime import UTC, datetime, timedelta

from . import agreement as agreements
from . import envelope, log, signing, strict
from .agreement import Agreement
from .envelope import Envelope
from .errors import Broken, Fault
from .ids import AgencyId, ServiceId
from .log import Entry
from .snapshot import Registry

# Clocks of two gateways may differ by this much; beyond it they refuse each other (house rule 8).
SKEW = timedelta(seconds=60)
# No answer, however long it streams, is completed later than this after it was asked for.
LONGEST = timedelta(hours=24)
BUILT_IN = "pendopo"  # the subsystem whose services need membership only

_REGISTRY = {
    "registry.malformed": "evidence.registry_form",
    "registry.instance": "evidence.registry_instance",
    "registry.signature": "evidence.registry_signature",
}
_REQUEST_KEY = {
    "key.unknown": "evidence.request_key_unknown",
    "key.unsigned": "evidence.request_key_unsigned",
    "key.owner": "evidence.request_key_owner",
    "key.use": "evidence.request_key_use",
    "key.not_yet": "evidence.request_key_time",
    "key.expired": "evidence.request_key_time",
    "key.revoked": "evidence.request_key_revoked",
}
_ANSWER_KEY = {
    "key.unknown": "evidence.answer_key_unknown",
    "key.unsigned": "evidence.answer_key_unsigned",
    "key.owner": "evidence.answer_key_owner",
    "key.use": "evidence.answer_key_use",
    "key.not_yet": "evidence.answer_key_time",
    "key.expired": "evidence.answer_key_time",
    "key.revoked": "evidence.answer_key_revoked",
}
_AGREEMENT = {
    "agreement.not_yet": "evidence.agreement_dates",
    "agreement.expired": "evidence.agreement_dates",
    "agreement.hours": "evidence.agreement_hours",
    "agreement.purpose": "evidence.agreement_purpose",
    "agreement.purpose_missing": "evidence.agreement_purpose",
}


def agencies(entry: Entry) -> tuple[str, str]:
    """The agency that asked and the one that was asked; the entry must have a request."""
    client = AgencyId(*entry.req.client.split("/")[:3])
    return str(client), str(ServiceId.parse(entry.req.service).agency)


def registry(raw: str, anchor: dict) -> Registry:
    """The registry document, signed by an issuing key that the anchor's root signed."""
    try:
        opened = Registry.open(raw, anchor)
    except Fault as fault:
        raise Broken(_REGISTRY.get(fault.code, "evidence.issuing_key"), **fault.params) from None
    # A signature nobody asks for would be bytes nobody checks.
    for thumb in opened.envelope.keys:
        try:
            pub = opened.keys.issuing(thumb).pub
        except Fault:
            raise Broken("evidence.registry_signature") from None
        if not opened.envelope.signed_by(thumb, pub):
            raise Broken("evidence.registry_signature")
    return opened


def entry(raw: bytes) -> Entry:
    """The entry of an exchange, complete or refused."""
    try:
        read = log.decode(raw)
    except Fault:
        raise Broken("evidence.entry") from None
    if read.kind not in log.EXCHANGES:
        raise Broken("evidence.kind", kind=read.kind)
    return read


def same(entry: Entry, other: Entry) -> Entry:
    """The other side's entry, if it tells the same exchange: then every signature is the same one."""
    if other.side == entry.side:
        raise Broken("evidence.other_side", side=entry.side)
    for name in ("kind", "req", "req_sig", "ans", "ans_sig", "fault", "times"):
        if getattr(entry, name) != getattr(other, name):
            raise Broken("evidence.other_differs", field=name, log=other.log)
    return other


def parties(registry: Registry, entry: Entry) -> None:
    """Both agencies are members, and the log is that of the node of the side it speaks for."""
    if entry.req is None:
        return
    client, provider = agencies(entry)
    for agency in (client, provider):
        # A stranger may be refused, and then the log says so.
        if agency not in registry.members and entry.kind != "refusal":
            raise Broken("evidence.member", agency=agency)
    own = registry.members.get(client if entry.side == "consumer" else provider)
    if own and own["node"] != entry.log:
        raise Broken("evidence.log_node", log=entry.log, node=own["node"], agency=own["id"])


def request(registry: Registry, entry: Entry) -> None:
    """The requester's agency signed the request with a key of its own that counted then."""
    if entry.req_sig is None:
        return
    head, client = entry.req, agencies(entry)[0]
    created = datetime.fromtimestamp(head.created, UTC)
    pub = _key(registry, head.key, created, client, _REQUEST_KEY)
    if not signing.verify(pub, signing.request_base(head), entry.req_sig):
        raise Broken("evidence.request_signature", agency=client)
    if not entry.at - LONGEST <= created <= entry.at + SKEW:
        raise Broken("evidence.request_time", created=strict.utc(created), at=strict.utc(entry.at))


def answer(registry: Registry, entry: Entry) -> None:
    """The provider's agency signed the answer, and with it this very request."""
    if entry.ans is None:
        return
    provider = agencies(entry)[1]
    created = datetime.fromtimestamp(entry.ans.created, UTC)
    asked = datetime.fromtimestamp(entry.req.created, UTC)
    pub = _key(registry, entry.ans.key, created, provider, _ANSWER_KEY)
    if not signing.verify(pub, signing.answer_base(entry.ans, entry.req_sig), entry.ans_sig):
        raise Broken("evidence.answer_signature", agency=provider)
    if not asked - SKEW <= created <= entry.at + SKEW:
        raise Broken("evidence.answer_time", created=strict.utc(created), at=strict.utc(entry.at))


def _key(registry: Registry, thumb: str, when: datetime, agency: str, links: dict[str, str]) -> bytes:
    try:
        return registry.keys.at(thumb, when, f"agency:{agency}", "exchange")
    except Fault as fault:
        raise Broken(links[fault.code], **(fault.params | {"agency": agency})) from None


def agreed(
    registry: Registry, entry: Entry, agreement: str | None, definition: str | None, request: str | None
) -> tuple[Agreement, dict] | None:
    """The agreement that allowed the exchange and the service's description; None where none is needed."""
    given = [text for text in (agreement, definition, request) if text is not None]
    if entry.req is None or entry.req.agreement is None:
        if given:
            raise Broken("evidence.agreement_unneeded")
        if entry.kind != "refusal" and ServiceId.parse(entry.req.service).subsystem.code != BUILT_IN:
            raise Broken("evidence.agreement_missing", service=entry.req.service)
        return None
    if entry.kind == "refusal" and not given:
        return None
    if agreement is None:
        raise Broken("evidence.agreement_missing", service=entry.req.service)
    found = _agreement(registry, entry, agreement)
    description = _definition(registry, entry, found, definition)
    if request is not None:
        _requested(registry, entry, found, request)
    return found, description


def _agreement(registry: Registry, entry: Entry, raw: str) -> Agreement:
    head, (_, provider) = entry.req, agencies(entry)
    try:
        opened = envelope.open(raw, agreements.AGREEMENT)
        found = Agreement.parse(opened.body)
    except Fault:
        raise Broken("evidence.agreement_form") from None
    if found.id != head.agreement:
        raise Broken("evidence.agreement_id", found=found.id, wanted=head.agreement)
    if found.rev != head.rev:
        raise Broken("evidence.agreement_rev", found=found.rev, wanted=head.rev)
    if found.requester != head.client:
        raise Broken("evidence.agreement_client", found=found.requester, wanted=head.client)
    if found.service != head.service:
        raise Broken("evidence.agreement_service", found=found.service, wanted=head.service)
    if found.state != "active" and entry.kind != "refusal":
        raise Broken("evidence.agreement_state", agreement=found.id, rev=found.rev, state=found.state)
    requester = found.requester_agency
    # Either side alone may stop an agreement: a refusal may rest on a revision that lacks the other.
    if found.state == "active":
        _signed(registry, opened, entry.at, provider, "evidence.agreement_provider")
        _signed(registry, opened, entry.at, requester, "evidence.agreement_requester")
    _no_stranger(registry, opened, entry.at, {provider, requester}, "evidence.agreement_stranger")
    if entry.kind != "refusal":
        _holds(registry, entry, found)
    return found


def _holds(registry: Registry, entry: Entry, found: Agreement) -> None:
    """The agreement was in force for this purpose and these keys when the request was made."""
    asked = datetime.fromtimestamp(entry.req.created, UTC)
    faults = [agreements.usable(found, entry.req.purpose, asked + by) for by in (-SKEW, SKEW * 0, SKEW)]
    if all(faults):
        raise Broken(_AGREEMENT[faults[1].code], **faults[1].params)
    if not registry.keys.descends(entry.req.key, found.requester_keys):
        raise Broken("evidence.request_key_pinned", key=entry.req.key)
    if entry.ans and not registry.keys.descends(entry.ans.key, found.provider_keys):
        raise Broken("evidence.answer_key_pinned", key=entry.ans.key)


def _definition(registry: Registry, entry: Entry, found: Agreement, raw: str | None) -> dict:
    if raw is None or envelope.sha(raw.encode("utf-8", "surrogatepass")) != found.def_sha:
        raise Broken("evidence.definition", service=found.service)
    try:
        opened = envelope.open(raw, agreements.SERVICE)
        body = opened.body
        names = {column["name"] for column in body["columns"]}
        agreements.masks(found, body)
        titled = isinstance(body["title"]["id"], str) and isinstance(body["title"]["en"], str)
        if not titled or body["service"] != found.service or not set(found.columns) <= names:
            raise Broken("evidence.definition_form")
    except (Fault, KeyError, TypeError):
        raise Broken("evidence.definition_form") from None
    _signed(registry, opened, entry.at, found.provider, "evidence.definition_signature")
    _no_stranger(registry, opened, entry.at, {found.provider}, "evidence.definition_signature")
    return body


def _requested(registry: Registry, entry: Entry, found: Agreement, raw: str) -> None:
    """The request that the agreement answers, where the file holds it."""
    if envelope.sha(raw.encode("utf-8", "surrogatepass")) != found.request_sha:
        raise Broken("evidence.requested")
    try:
        opened = envelope.open(raw, agreements.REQUEST)
    except Fault:
        raise Broken("evidence.requested") from None
    requester = found.requester_agency
    _signed(registry, opened, entry.at, requester, "evidence.requested_signature")
    _no_stranger(registry, opened, entry.at, {requester}, "evidence.requested_signature")


def _signed(registry: Registry, opened: Envelope, when: datetime, agency: str, link: str) -> None:
    try:
        registry.keys.signed(opened, when, f"agency:{agency}", "agreement", lasting=True)
    except Fault as fault:
        raise Broken(link, agency=agency, why=fault) from None


def _no_stranger(registry: Registry, opened: Envelope, when: datetime, owners: set[str], link: str) -> None:
    """Every signature there is must hold: one that nobody checks would be bytes anybody may change."""
    for sig in opened.sigs:
        agency = (registry.keys.owner(sig.key) or "").removeprefix("agency:")
        if agency not in owners:
            raise Broken(link, agency=agency or "?", why=Fault("key.unknown", key=sig.key))
        one = Envelope(opened.type, opened.payload, (sig,), opened.raw)
        _signed(registry, one, when, agency, link)
