"""A node's side: certificates and lists that the registry sent, and the certificate of its time stamper."""

from __future__ import annotations

import logging
from datetime import timedelta

from cryptography import x509 as certificates
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from django.conf import settings
from django.utils import timezone

from pendopo.core.envelope import Envelope, sha
from pendopo.core.errors import Fault
from pendopo.core.letter import Certificate, Crl
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.audit.act import act
from pendopo.ground.directory.models import Agency
from pendopo.ground.nodes import drawer, x509
from pendopo.ground.nodes import reads as nodes

from . import issuing, paths
from .actions import ask, drop_revoked, end
from .models import Authority, PersonKey, Stamper
from .reads import STAMPER_KEY

AGAIN = timedelta(hours=1)  # how long a request for the stamper's certificate is waited for

log = logging.getLogger(__name__)


def take_certificate(raw: bytes, agency: Agency, *, actor: Actor) -> None:
    """The registry's answer (certificate/1) to a request of `agency`. The same again changes nothing.

    `Fault letter.form`, `key.*` when the registry has not signed it, `signing.certificate_foreign`,
    `signing.certificate_unknown` (no such request), `signing.chain` (not of this instance's authority, or
    not for what was asked).
    """
    with act("simaya.certificate.take", actor=actor, subject=agency) as line:
        answer = Certificate.parse(raw)
        _from_registry(answer.envelope)
        if answer.receiver != agency.code:
            raise Fault("signing.certificate_foreign", to=answer.receiver)
        stamper = Stamper.objects.select_for_update().filter(request=answer.request).first()
        keys = PersonKey.objects.select_for_update(of=("self",)).select_related("agency")
        key = keys.filter(request=answer.request, agency=agency).first()
        if answer.fault:
            line.detail["fault"] = answer.fault
        if key is not None:
            line.subject = key
            _to_person(answer, key, actor)
        elif stamper is not None:
            if answer.chain:
                leaf = _checked(answer.chain, paths.STAMPER, x509.spki_sha(_stamper_key()))
                stamper.chain, stamper.until = answer.chain, leaf.not_valid_after_utc
            else:
                stamper.request = ""
            stamper.save(update_fields=["request", "chain", "until"])
        else:
            raise Fault("signing.certificate_unknown")


def _to_person(answer: Certificate, key: PersonKey, actor: Actor) -> None:
    if key.certificate is not None or key.state == PersonKey.State.REFUSED:
        return
    if answer.chain is None:
        key.state, key.fault, key.sealed = PersonKey.State.REFUSED, (answer.fault or "")[:100], None
        key.save(update_fields=["state", "fault", "sealed"])
        return
    leaf = _checked(answer.chain, paths.PERSON, key.spki)
    agency = nodes.registry().members[key.agency.code]["name"]
    if paths.subject(leaf) != (key.name, key.number, agency):
        raise Fault("signing.chain")
    ended = key.state == PersonKey.State.REVOKED
    if not ended:
        for old in PersonKey.objects.filter(person=key.person_id, agency=key.agency, state="ready"):
            end(old, "", actor=actor)
        key.state = PersonKey.State.READY
    key.certificate = leaf.public_bytes(Encoding.DER)
    key.chain, key.serial = list(answer.chain[1:]), f"{leaf.serial_number:x}"
    key.until = leaf.not_valid_after_utc
    key.save(update_fields=["state", "certificate", "chain", "serial", "until"])
    if ended:  # while it was being certified
        ask(key.agency, "person", None, key.name, key.number, key.serial, actor=actor)


def _checked(chain, purpose, spki: str) -> certificates.Certificate:
    leaf = paths.follow(chain, nodes.anchor(), purpose, timezone.now())
    if x509.spki_sha(leaf) != spki:
        raise Fault("signing.chain")
    return leaf


def take_lists(raw: bytes, agency: Agency, *, actor: Actor) -> None:
    """The authority with its lists (crl/1). One that is not newer than what is here changes nothing.

    A person's key whose certificate the new list names ends. `Fault letter.form`, `key.*` when the registry
    has not signed it, `signing.lists` when a list does not lead to the root.
    """
    with act("simaya.crl.take", actor=actor, subject=agency) as line:
        said = Crl.parse(raw)
        _from_registry(said.envelope)
        crl = paths.lists(said.authority, said.crl, said.root_crl, said.number, nodes.anchor())
        line.detail["number"] = said.number
        last = Authority.objects.select_for_update().first()
        if last is None or last.number < said.number:
            values = {"crl": said.crl, "root_crl": said.root_crl, "doc": raw, "at": timezone.now()}
            values |= {"authority": said.authority, "number": said.number}
            Authority.objects.update_or_create(id=1, defaults=values)
            drop_revoked(crl, actor=actor)


def _from_registry(document: Envelope) -> None:
    home = settings.HOME
    nodes.registry().keys.signed(document, timezone.now(), f"registry:{home.instance}", "issuing")


def work() -> None:
    """The job `letters-trust`: at a registry the lists, everywhere the time stamper's certificate.

    `Fault` when the gateway is down.
    """
    if settings.HOME.registry:
        own = Agency.objects.filter(code=nodes.registry_agency()).first()
        if own is not None:
            issuing.current(actor=Actor.system(own))
    ask_stamper()


def ask_stamper() -> None:
    """Asks for the certificate of this node's time stamper when it has none or the one it has ends soon.

    Once refused, it is asked for again when the registry has its authority: it has sent new lists since.
    """
    now, row = timezone.now(), Stamper.objects.first()
    if row is not None:
        due = row.until is None or row.until - now <= x509.RENEW_BEFORE
        refused = not row.request and Authority.objects.filter(at__gt=row.asked_at).exists()
        if not due or (now - row.asked_at < AGAIN and not refused):
            return
    agency = _able()
    if agency is None:
        return
    actor = Actor.system(agency)
    with act("simaya.certificate.ask", actor=actor, subject=agency):
        raw = ask(agency, "stamper", _stamper_key(), settings.HOME.node, "", actor=actor)
        values = {"request": sha(raw), "asked_at": now}
        Stamper.objects.update_or_create(id=1, defaults=values)
        log.info("asked for the certificate of this node's time stamper")


def _able() -> Agency | None:
    """An agency of this node that can sign the request: its letter key is certified."""
    for agency in Agency.objects.filter(hosted=True).order_by("code"):
        if nodes.own_keys(f"agency:{agency.code}", "letter"):
            return agency
    return None


def _stamper_key() -> EllipticCurvePrivateKey:
    """The time stamper's key, made at its first use."""
    path = settings.HOME.keys / STAMPER_KEY
    if not path.exists():
        drawer.write(path, x509.new_key())
    return load_pem_private_key(path.read_bytes(), password=None)
