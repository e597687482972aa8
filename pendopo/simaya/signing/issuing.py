"""The registry's side: certificates on request, revocation, and the lists that say so."""

from __future__ import annotations

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from django.conf import settings
from django.db import connection
from django.utils import timezone

from pendopo.certificates import SLACK
from pendopo.core import strict
from pendopo.core.errors import Fault
from pendopo.core.letter import CERTIFICATE, CRL, CertificateRequest
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.audit.act import act
from pendopo.ground.delivery import actions as delivery
from pendopo.ground.directory.models import Agency
from pendopo.ground.nodes import authority, documents, letters
from pendopo.ground.nodes import reads as nodes
from pendopo.ground.nodes import registry as document
from pendopo.ground.nodes.enrol import must_be_registry
from pendopo.ground.nodes.models import Member, Revocation
from pendopo.ground.nodes.x509 import read_csr

from .actions import NAME, ORDER, drop_revoked
from .models import Authority, Issued

RENEW = timedelta(days=1)  # a list is made anew daily, and holds a week
LOCK = 7320001  # so that two processes never make two lists with one number


def answer(raw: bytes, sender: str, receiver: Agency, *, actor: Actor) -> None:
    """Answers a certificate-request/1 that the agency `sender` delivered to `receiver`, hosted here.

    The same request again gets the same certificate. `Fault` where nothing proves that the sender asked:
    `letter.form`, `signing.request_foreign`, `key.*`; what is wrong with the request itself is the answer.
    """
    with act("simaya.certificate.issue", actor=actor, subject=receiver) as line:
        must_be_registry()
        asked = CertificateRequest.parse(raw)
        if asked.agency != sender:
            raise Fault("signing.request_foreign", sender=sender)
        known, now = nodes.registry(), timezone.now()
        known.keys.signed(asked.envelope, now, f"agency:{sender}", "letter")
        line.detail |= {"agency": sender, "for": asked.subject}
        if asked.revoke:
            line.detail["revoked"] = asked.revoke
            _revoke(asked.revoke, sender, now, actor)
            return
        chain, fault = None, None
        try:
            issued = Issued.objects.filter(request=asked.envelope.sha).first()
            issued = issued or _issue(asked, known.members[sender], now)
            line.detail["serial"] = issued.serial
            own = x509.load_der_x509_certificate(bytes(issued.der)).public_bytes(Encoding.PEM).decode()
            chain = [own, (settings.HOME.keys / letters.PEM).read_text()]
        except Fault as refused:
            fault = line.detail["fault"] = refused.code
        body = {"v": 1, "to": sender, "request": asked.envelope.sha, "chain": chain, "fault": fault}
        made = documents.seal(nodes.gateway(), CERTIFICATE, body, [document.signer(settings.HOME.instance)])
        delivery.send(receiver, sender, CERTIFICATE, made, actor=actor, order=ORDER)
        if chain and (lists := current(actor=actor)) and known.node_of(sender) != settings.HOME.node:
            delivery.send(receiver, sender, CRL, bytes(lists.doc), actor=actor, order=ORDER)


def _issue(asked: CertificateRequest, member: dict, now: datetime) -> Issued:
    top, top_key = _authority()
    public = read_csr(asked.csr or "").public_key()
    name = asked.name
    if asked.subject == "stamper":
        # A node's stamper is the node's: what it calls itself does not matter.
        name = member["node"]
        if len(name) > NAME - len(" time stamps"):
            raise Fault("signing.name", most=NAME)
        made = authority.certify_stamper(public, top, top_key, node=name, now=now)
    else:
        if len(name) > NAME or not 0 < len(asked.number) <= NAME:
            raise Fault("signing.name", most=NAME)
        # An agency's name may be longer than X.520's 64 signs: many are, and readers take them.
        made = authority.certify_person(
            public, top, top_key, name=name, number=asked.number, agency=member["name"], now=now
        )
    return Issued.objects.create(
        serial=f"{made.serial_number:x}",
        request=asked.envelope.sha,
        agency=asked.agency,
        name=name,
        number=asked.number,
        purpose=asked.subject,
        der=made.public_bytes(Encoding.DER),
        at=now,
    )


def _revoke(serial: str, agency: str, now: datetime, actor: Actor) -> None:
    """Revokes one of the agency's own certificates; all nodes are told at once."""
    found = Issued.objects.select_for_update().filter(serial=serial, agency=agency).first()
    if found is None:
        raise Fault("signing.serial_unknown", serial=serial)
    if found.revoked_at is None:
        Issued.objects.filter(pk=found.pk).update(revoked_at=now)
        publish(actor=actor)


def current(*, actor: Actor) -> Authority | None:
    """The lists that hold now, made anew where they are due; None while there is no letters authority."""
    if not (settings.HOME.keys / letters.ROOT_CRL).exists():
        return None
    row, root_crl = Authority.objects.first(), (settings.HOME.keys / letters.ROOT_CRL).read_bytes()
    pem = (settings.HOME.keys / letters.PEM).read_text()
    due = row is None or timezone.now() - row.at >= RENEW
    if due or bytes(row.root_crl) != root_crl or row.authority != pem or _cut_off(row.at):
        return publish(actor=actor)
    return row


def publish(*, actor: Actor) -> Authority:
    """New lists, for this node at once and on their way to an agency of every other; `Fault gateway.*`."""
    own = Agency.objects.get(code=nodes.registry_agency())
    actor = Actor.system(own, via=actor.via)
    with act("simaya.crl.issue", actor=actor, subject=own) as line:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        now, last = timezone.now(), Authority.objects.first()
        # Seconds, so that a registry restored from a backup does not fall behind what its nodes have.
        number = max(int(now.timestamp()), last.number + 1 if last else 0)
        top, top_key = _authority()
        begins = now - SLACK
        crl = authority.revocation_list(top, top_key, _revoked(), number, begins)
        root_crl = (settings.HOME.keys / letters.ROOT_CRL).read_bytes()
        pem = top.public_bytes(Encoding.PEM).decode()
        body = {
            "v": 1,
            "authority": pem,
            "crl": strict.b64e(crl),
            "root_crl": strict.b64e(root_crl),
            "number": number,
        }
        doc = documents.seal(nodes.gateway(), CRL, body, [document.signer(settings.HOME.instance)])
        values = {"authority": pem, "crl": crl, "root_crl": root_crl, "number": number, "doc": doc, "at": now}
        row, _ = Authority.objects.update_or_create(id=1, defaults=values)
        for receiver in _receivers():
            delivery.send(own, receiver, CRL, doc, actor=actor, order="crl")
        drop_revoked(x509.load_der_x509_crl(crl), actor=actor)
        line.detail["number"] = number
    return row


def _revoked() -> list[tuple[int, datetime]]:
    """Serial numbers with the moment from which each no longer counts, also by its agency's or node's end."""
    ended = {(gone.kind, gone.subject): gone.at for gone in Revocation.objects.exclude(kind="key")}
    node = dict(Member.objects.values_list("id", "node_id"))
    found = []
    for row in Issued.objects.only("serial", "agency", "purpose", "revoked_at"):
        times = [row.revoked_at, ended.get(("node", node.get(row.agency)))]
        if row.purpose == Issued.Purpose.PERSON:  # a stamper is its node's, whichever agency asked for it
            times.append(ended.get(("agency", row.agency)))
        if any(times):
            found.append((int(row.serial, 16), min(time for time in times if time)))
    return found


def _cut_off(since: datetime) -> bool:
    """Whether an agency or node has been cut off since: what was certified for it counts no more."""
    return Revocation.objects.exclude(kind="key").filter(at__gt=since).exists()


def _receivers() -> list[str]:
    """One agency of every other node that is not cut off."""
    gone = set(Revocation.objects.exclude(kind="key").values_list("kind", "subject"))
    found: dict[str, str] = {}
    for code, node in Member.objects.exclude(node_id=settings.HOME.node).values_list("id", "node_id"):
        if ("agency", code) not in gone and ("node", node) not in gone:
            found[node] = min(code, found.get(node, code))
    return sorted(found.values())


def _authority() -> tuple[x509.Certificate, EllipticCurvePrivateKey]:
    """The letters authority and its key; `Fault signing.no_authority` at a registry without."""
    keys = settings.HOME.keys
    try:
        return (
            x509.load_pem_x509_certificate((keys / letters.PEM).read_bytes()),
            load_pem_private_key((keys / letters.KEY).read_bytes(), password=None),
        )
    except FileNotFoundError:
        raise Fault("signing.no_authority") from None
