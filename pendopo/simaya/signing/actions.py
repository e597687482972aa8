"""A person's signing key, from its making to its end."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.x509 import CertificateRevocationList
from django.conf import settings
from django.utils import timezone

from pendopo.core.envelope import sha
from pendopo.core.errors import Fault
from pendopo.core.letter import REQUEST
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.audit.act import act
from pendopo.ground.delivery import actions as delivery
from pendopo.ground.directory.models import Agency, Person
from pendopo.ground.directory.reads import number_of
from pendopo.ground.directory.rules import today
from pendopo.ground.nodes import documents, x509
from pendopo.ground.nodes import reads as nodes

from . import paths, seal
from .models import PersonKey
from .opening import unlock
from .reads import ends_soon, of, own, refusal, stamper, trust

__all__ = ["ask", "end", "make_key", "of", "own", "refusal", "revoke", "stamper", "trust", "unlock"]

SIGNS = 12  # of a passphrase, at least
LONGEST = 200
NAME = 64  # signs of a name or number in a certificate (X.520)
ORDER = "certificates"


def make_key(passphrase: str, *, actor: Actor) -> PersonKey:
    """A signing key for the actor's own person; the registry is asked to certify it.

    Until it answers, a key that the person has goes on signing. `Fault signing.passphrase_short`, `_long`,
    `signing.number` (no NIP or the like is known), `signing.name` (too long for a certificate),
    `signing.key_waiting` (one is being certified), `signing.key_live` (one holds for longer than 60 days),
    `nodes.key_none` while the agency has no key for letters, `gateway.*`.
    """
    with act("simaya.key.make", actor=actor, subject=actor.agency) as line:
        if len(passphrase) < SIGNS:
            raise Fault("signing.passphrase_short", least=SIGNS)
        if len(passphrase) > LONGEST:
            raise Fault("signing.passphrase_long", most=LONGEST)
        person, now = Person.objects.select_for_update().get(pk=actor.person.pk), timezone.now()
        name, number = person.name, number_of(person, today(actor.agency.zone, now))
        if not number:
            raise Fault("signing.number")
        if len(name) > NAME or len(number) > NAME:
            raise Fault("signing.name", most=NAME)
        held = of(actor)
        if PersonKey.objects.filter(person=person, agency=actor.agency, state="asked").exists():
            raise Fault("signing.key_waiting")
        if held is not None and not ends_soon(actor):
            raise Fault("signing.key_live", day=f"{held.until:%Y-%m-%d}")
        private = seal.new_key()
        raw = ask(actor.agency, "person", private, name, number, actor=actor)
        key = line.subject = PersonKey.objects.create(
            agency=actor.agency,
            person=person,
            name=name,
            number=number,
            sealed=seal.seal(private, passphrase),
            spki=x509.spki_sha(private),
            request=sha(raw),
        )
    return key


def revoke(key: PersonKey, why: str, *, actor: Actor) -> None:
    """Ends a key for good: the person's own, or anybody's by the agency's administrator of this room.

    The registry is told to revoke its certificate. What it signed before stays valid. A key that has ended
    already stays as it is. `Fault signing.why` without a reason; `nodes.key_none`, `gateway.*`.
    """
    own_key = actor.person is not None and key.person_id == actor.person.pk
    with act("simaya.key.end" if own_key else "simaya.key.revoke", actor=actor, subject=key) as line:
        if not why.strip():
            raise Fault("signing.why")
        key = PersonKey.objects.select_for_update(of=("self",)).select_related("agency").get(pk=key.pk)
        if key.state in (PersonKey.State.ASKED, PersonKey.State.READY):
            line.detail["why"] = end(key, why.strip()[:300], actor=actor).why
            if key.serial:
                ask(key.agency, "person", None, key.name, key.number, key.serial, actor=actor)


def end(key: PersonKey, why: str, *, actor: Actor) -> PersonKey:
    """Part of an act that ends a key: nothing can open it any more."""
    key.state, key.sealed, key.why = PersonKey.State.REVOKED, None, why
    key.save(update_fields=["state", "sealed", "why"])
    return key


def drop_revoked(crl: CertificateRevocationList, *, actor: Actor) -> None:
    """Part of an act: this node's keys whose certificates the list names have ended."""
    for key in PersonKey.objects.filter(state=PersonKey.State.READY):
        if crl.get_revoked_certificate_by_serial_number(int(key.serial, 16)) is not None:
            end(key, "", actor=actor)


def ask(
    agency: Agency,
    subject: str,
    private: EllipticCurvePrivateKey | None,
    name: str,
    number: str,
    revoke: str | None = None,
    *,
    actor: Actor,
) -> bytes:
    """Part of an act: sends the registry a certificate-request/1, and returns it.

    For `private`'s public half, or to revoke the certificate with that serial. `subject` is person or
    stamper.
    """
    body = {
        "v": 1,
        "agency": agency.code,
        "for": subject,
        "csr": paths.make_csr(private, settings.HOME.node) if private else None,
        "name": name,
        "number": number,
        "revoke": revoke,
    }
    thumb = nodes.own_key(f"agency:{agency.code}", "letter")
    raw = documents.seal(nodes.gateway(), REQUEST, body, [thumb])
    delivery.send(agency, nodes.registry_agency(), REQUEST, raw, actor=actor, order=ORDER)
    return raw
