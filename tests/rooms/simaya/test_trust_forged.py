"""Requests, certificates and lists that somebody forged, each beside the true one that is taken."""

from datetime import timedelta

import pytest

from pendopo.core import envelope, strict
from pendopo.core.envelope import seal
from tests.rooms.simaya.office import OFFICE, OTHER
from tests.rooms.simaya.trust import PASSPHRASE

AGENCY, REGISTRY = f"agency:{OFFICE}", "registry:ID"
REQUEST, CERTIFICATE, CRL = "certificate-request/1", "certificate/1", "crl/1"


def again(raw: bytes, *signers, **changes) -> bytes:
    """The same document with other words, signed by others."""
    opened = envelope.open(raw)
    return seal(opened.type, strict.dumps(opened.body | changes), signers)


def waiting(trusted, type: str) -> bytes:
    """The one document of a type that waits to be brought."""
    return bytes(trusted.queued().get(type=type).doc)


def csr(curve=None, spoilt: bool = False) -> str:
    """A request (PEM) for a new key; `spoilt` is not signed by it."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding

    key = ec.generate_private_key(curve or ec.SECP256R1())
    made = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
    if not spoilt:
        return made.public_bytes(Encoding.PEM).decode()
    der = bytearray(made.public_bytes(Encoding.DER))
    der[-1] ^= 1
    body = "\n".join(pieces(der))
    return f"-----BEGIN CERTIFICATE REQUEST-----\n{body}\n-----END CERTIFICATE REQUEST-----\n"


def pieces(der: bytes) -> list[str]:
    import base64

    text = base64.b64encode(bytes(der)).decode()
    return [text[at : at + 64] for at in range(0, len(text), 64)]


def test_requests_that_nobody_of_the_agency_made(trusted):
    from pendopo.simaya.signing.models import Issued

    trusted.number()
    trusted.make()
    true = waiting(trusted, REQUEST)
    letter = trusted.key(AGENCY, "letter")
    other = trusted.key(f"agency:{OTHER}", "letter")
    body = envelope.open(true).body
    for sender, doc, code in (
        (OFFICE, again(true, other), "key.not_signed"),
        (OFFICE, again(true, trusted.key(AGENCY, "exchange")), "key.use"),
        (OFFICE, again(true, trusted.key(AGENCY, "agreement")), "key.use"),
        (OTHER, true, "signing.request_foreign"),
        (OTHER, again(true, letter, agency=OTHER), "key.not_signed"),
        (OFFICE, again(true, letter, csr=None), "letter.form"),
        (OFFICE, again(true, letter, revoke="ab"), "letter.form"),
        (OFFICE, again(true, letter, **{"for": "authority"}), "letter.form"),
        (OFFICE, again(true, letter, name="Yohanes\nBata"), "letter.form"),
        (OFFICE, again(true, letter, more=1), "letter.form"),
    ):
        assert trusted.deliver(sender, OFFICE, REQUEST, doc) == [code]
    assert Issued.objects.count() == 0 and body["name"] == "Orang Kepala Dinas"
    assert trusted.deliver(OFFICE, OFFICE, REQUEST, true) == []
    assert Issued.objects.count() == 1


def test_requests_whose_answer_is_a_refusal(trusted):
    from cryptography.hazmat.primitives.asymmetric import ec

    from pendopo.core.letter import Certificate
    from pendopo.simaya.signing.models import Issued

    trusted.number()
    trusted.make()
    true, letter = waiting(trusted, REQUEST), trusted.key(AGENCY, "letter")
    for changes, code in (
        ({"csr": csr(spoilt=True)}, "nodes.csr"),
        ({"csr": csr(ec.SECP384R1())}, "nodes.csr"),
        ({"csr": csr().replace("MI", "XX", 1)}, "nodes.csr"),
        ({"name": "x" * 65}, "signing.name"),
        ({"number": "1" * 65}, "signing.name"),
        ({"number": ""}, "signing.name"),
    ):
        assert trusted.deliver(OFFICE, OFFICE, REQUEST, again(true, letter, **changes)) == []
        last = trusted.queued().filter(type=CERTIFICATE).last()
        assert Certificate.parse(bytes(last.doc)).fault == code
    assert Issued.objects.count() == 0
    good = again(true, letter, csr=csr(), name="x" * 64, number="1" * 64)
    assert trusted.deliver(OFFICE, OFFICE, REQUEST, good) == []
    assert Certificate.parse(bytes(trusted.queued().filter(type=CERTIFICATE).last().doc)).chain


def test_what_an_agency_or_node_calls_itself_does_not_matter(trusted):
    """O is the agency's name at the registry, and a stamper is its node's."""
    from cryptography import x509

    from pendopo.simaya.signing import paths
    from pendopo.simaya.signing.models import Issued

    trusted.number()
    trusted.make()
    true, letter = waiting(trusted, REQUEST), trusted.key(AGENCY, "letter")
    doc = again(true, letter, name="simpul lain", number="", **{"for": "stamper"})
    assert trusted.deliver(OFFICE, OFFICE, REQUEST, doc) == []
    trusted.post()
    names = [paths.subject(x509.load_der_x509_certificate(bytes(row.der))) for row in Issued.objects.all()]
    assert ("kominfo time stamps", "", "") in names
    assert ("Orang Kepala Dinas", "197001011995031001", "Dinas KOMINFO-ENDE") in names


def test_nobody_revokes_what_is_not_his(trusted):
    from pendopo.simaya.signing.models import Issued

    key = trusted.ready()
    body = {"v": 1, "agency": OTHER, "for": "person", "csr": None, "name": key.name, "number": key.number}
    body["revoke"] = key.serial
    other, own = trusted.key(f"agency:{OTHER}", "letter"), trusted.key(AGENCY, "letter")
    foreign = seal(REQUEST, strict.dumps(body), [other])
    assert trusted.deliver(OTHER, OFFICE, REQUEST, foreign) == ["signing.serial_unknown"]
    unknown = seal(REQUEST, strict.dumps(body | {"agency": OFFICE, "revoke": "abcd"}), [own])
    assert trusted.deliver(OFFICE, OFFICE, REQUEST, unknown) == ["signing.serial_unknown"]
    assert not Issued.objects.exclude(revoked_at=None).exists()
    true = seal(REQUEST, strict.dumps(body | {"agency": OFFICE}), [own])
    assert trusted.deliver(OFFICE, OFFICE, REQUEST, true) == []
    assert Issued.objects.exclude(revoked_at=None).get().serial == key.serial
    key.refresh_from_db()
    assert key.state == "revoked"  # the new list names it


@pytest.fixture
def answered(trusted):
    """A person's request, and the registry's answer on its way."""
    trusted.number()
    key = trusted.make()
    row = trusted.queued().get(type=REQUEST)
    assert trusted.deliver(OFFICE, OFFICE, REQUEST, bytes(row.doc)) == []
    return key, waiting(trusted, CERTIFICATE)


def links_authority(trusted):
    """The other authority below the root, with its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    from pendopo.ground.nodes import enrol

    pem, key = ((trusted.home.keys / name).read_bytes() for name in (enrol.ISSUING_PEM, enrol.ISSUING_KEY))
    return x509.load_pem_x509_certificate(pem), load_pem_private_key(key, password=None)


def chains(trusted, key) -> dict:
    """Chains that look like the true one: other key, name, purpose, authority, moment."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
    from django.utils import timezone

    from pendopo.ground.nodes import authority
    from pendopo.ground.nodes.x509 import make_root
    from pendopo.ground.nodes.x509 import new_key as new_pem
    from pendopo.simaya.signing import issuing
    from pendopo.simaya.signing.seal import new_key, unseal

    now, public = timezone.now(), unseal(bytes(key.sealed), PASSPHRASE).public_key()
    top, top_key = issuing._authority()
    said = {"name": key.name, "number": key.number, "agency": trusted.desk.agency.name}

    def pem(one) -> str:
        return one.public_bytes(Encoding.PEM).decode()

    def person(public=public, now=now, top=top, top_key=top_key, **changes):
        made = authority.certify_person(public, top, top_key, now=now, **(said | changes))
        return [pem(made), pem(top)]

    root_pem, own_key = new_pem(), new_key()
    root = x509.load_pem_x509_certificate(make_root(root_pem, "ID", now).encode())
    fake = authority.make_authority(
        own_key.public_key(), root, load_pem_private_key(root_pem, password=None), "ID", now
    )
    tls, tls_key = links_authority(trusted)
    stamper = authority.certify_stamper(public, top, top_key, node="kominfo", now=now)
    return {
        "other key": person(new_key().public_key()),
        "other name": person(name="Orang Lain"),
        "other number": person(number="1"),
        "other agency": person(agency="Bappeda"),
        "run out": person(now=now - timedelta(days=731)),
        "not yet": person(now=now + timedelta(hours=1)),
        "other root": person(top=fake, top_key=own_key),
        "for time stamps": [pem(stamper), pem(top)],
        "alone": person()[:1],
        "turned": person()[::-1],
        "with the root": [*person(), pem(root)],
        "the authority itself": [pem(top), pem(top)],
        "named after the other": [person(top=fake, top_key=own_key)[0], pem(top)],
        "the links' authority, below the same root": person(top=tls, top_key=tls_key),
    }


def test_certificates_that_are_not_the_one_asked_for(trusted, answered):
    key, true = answered
    issuing = trusted.key(REGISTRY, "issuing")
    assert again(true, issuing) == true
    for name, chain in chains(trusted, key).items():
        doc = again(true, issuing, chain=chain)
        assert trusted.deliver(OFFICE, OFFICE, CERTIFICATE, doc) == ["signing.chain"], name
    for doc, code in (
        (again(true, trusted.key(AGENCY, "letter")), "key.not_signed"),
        (again(true, issuing, to=OTHER), "signing.certificate_foreign"),
        (again(true, issuing, request="0" * 64), "signing.certificate_unknown"),
        (again(true, issuing, chain=None), "letter.form"),
        (again(true, issuing, fault="x"), "letter.form"),
    ):
        assert trusted.deliver(OFFICE, OFFICE, CERTIFICATE, doc) == [code]
    assert trusted.deliver(OFFICE, OTHER, CERTIFICATE, true) == ["signing.certificate_foreign"]
    key.refresh_from_db()
    assert (key.state, key.certificate) == ("asked", None)
    assert trusted.deliver(OFFICE, OFFICE, CERTIFICATE, true) == []
    key.refresh_from_db()
    assert key.state == "ready"
    late = again(true, issuing, chain=None, fault="signing.name")
    assert trusted.deliver(OFFICE, OFFICE, CERTIFICATE, late) == []
    key.refresh_from_db()
    assert key.state == "ready"


def test_lists_that_the_registry_did_not_make(trusted):
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
    from django.utils import timezone

    from pendopo.ground.nodes import authority, reads, root
    from pendopo.simaya.signing import issuing, taking
    from pendopo.simaya.signing.models import Authority
    from pendopo.simaya.signing.seal import new_key
    from tests.rooms.simaya.trust import ROOT_PASSPHRASE

    taking.work()
    true = bytes(Authority.objects.get().doc)
    body, signer, now = envelope.open(true).body, trusted.key(REGISTRY, "issuing"), timezone.now()
    anchor = reads.anchor()["root_x509"]
    top, top_key = issuing._authority()
    top_root = x509.load_pem_x509_certificate(anchor.encode())
    held = root.open((trusted.home.root / "offline" / root.FILE).read_bytes(), ROOT_PASSPHRASE)
    root_key = load_pem_private_key(held.x509_key, password=None)
    tls, tls_key = links_authority(trusted)
    number, stranger = body["number"], new_key()
    fake = authority.make_authority(
        stranger.public_key(), top_root, stranger, "ID", now
    )  # not signed by the root
    made = authority.revocation_list
    ended = made(top_root, root_key, [(top.serial_number, now)], 2, now, authority.ROOT_CRL_LIFE)
    Authority.objects.all().delete()
    for changes in (
        {"crl": made(top, stranger, [], number, now)},
        {"crl": made(top_root, root_key, [], number, now)},
        {"root_crl": made(top_root, stranger, [], 2, now)},
        {"root_crl": made(top, top_key, [], 2, now)},
        {"root_crl": ended},
        {"crl": b"0"},
        {"number": number + 1},
        {"authority": fake.public_bytes(Encoding.PEM).decode()},
        {"authority": anchor},
        {"authority": tls.public_bytes(Encoding.PEM).decode(), "crl": made(tls, tls_key, [], number, now)},
    ):
        encoded = {k: strict.b64e(v) if isinstance(v, bytes) else v for k, v in changes.items()}
        assert trusted.deliver(OFFICE, OTHER, CRL, again(true, signer, **encoded)) == ["signing.lists"]
    for forger in (trusted.key(AGENCY, "letter"), trusted.key(AGENCY, "agreement")):
        assert trusted.deliver(OFFICE, OTHER, CRL, again(true, forger)) == ["key.not_signed"]
    assert not Authority.objects.exists()
    assert trusted.deliver(OFFICE, OTHER, CRL, true) == []
    assert Authority.objects.get().number == number


def test_an_older_list_changes_nothing(trusted):
    from pendopo.ground.accounts.actor import Actor
    from pendopo.simaya.signing import issuing
    from pendopo.simaya.signing.models import Authority

    actor = Actor.system(trusted.desk.agency)
    old = bytes(issuing.publish(actor=actor).doc)
    new = issuing.publish(actor=actor)
    assert trusted.deliver(OFFICE, OTHER, CRL, old) == []
    assert Authority.objects.get().number == new.number
    Authority.objects.all().delete()
    for doc in (old, bytes(new.doc)):
        assert trusted.deliver(OFFICE, OTHER, CRL, doc) == []
    assert bytes(Authority.objects.get().crl) == bytes(new.crl)
