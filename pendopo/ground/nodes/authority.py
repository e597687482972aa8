"""The authority behind letters' signatures: P-256 certificates of people and time stampers, and their CRLs.

Plain functions over X.509 (RFC 5280); the clock is passed in. The root is the instance's own, which lies
offline (the anchor's `root_x509`); below it stands one letters authority, below that people and stampers.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from pendopo.core.letter import DOCUMENT_SIGNING, authority_name

SLACK = timedelta(minutes=5)  # a certificate is valid a little before it was made: clocks differ
AUTHORITY_LIFE = timedelta(days=10 * 365)
PERSON_LIFE = timedelta(days=2 * 365)
STAMPER_LIFE = timedelta(days=5 * 365)
CRL_LIFE = timedelta(days=7)  # a node cut off from the registry for longer cannot sign
ROOT_CRL_LIFE = timedelta(days=5 * 365)  # the root is offline: its list is made when the root is at hand

_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


def make_authority(
    public: EllipticCurvePublicKey,
    root: x509.Certificate,
    root_key: EllipticCurvePrivateKey,
    instance: str,
    now: datetime,
) -> x509.Certificate:
    """The letters authority of `instance`, certified by the root: it certifies no further authorities."""
    name = _name(common=authority_name(instance), organisation=f"Pendopo {instance}")
    builder = (
        _builder(name, root, public, now, AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
    )
    return builder.sign(root_key, hashes.SHA256())


def certify_person(
    public: EllipticCurvePublicKey,
    issuer: x509.Certificate,
    issuer_key: EllipticCurvePrivateKey,
    *,
    name: str,
    number: str,
    agency: str,
    now: datetime,
) -> x509.Certificate:
    """A person's certificate for signing letters of `agency` (its name). `number` is the NIP or the like.

    X.520 allows 64 signs in each: ValueError for more, since a name cut short is another name.
    """
    subject = _name(common=name, organisation=agency, serial=number)
    builder = _end(_builder(subject, issuer, public, now, PERSON_LIFE)).add_extension(
        _usage("digital_signature", "content_commitment"), critical=True
    )
    purpose = x509.ExtendedKeyUsage([x509.ObjectIdentifier(DOCUMENT_SIGNING)])
    return builder.add_extension(purpose, critical=False).sign(issuer_key, hashes.SHA256())


def certify_stamper(
    public: EllipticCurvePublicKey,
    issuer: x509.Certificate,
    issuer_key: EllipticCurvePrivateKey,
    *,
    node: str,
    now: datetime,
) -> x509.Certificate:
    """The certificate of a node's time stamper: for that one use, and critical (RFC 3161, 2.3)."""
    builder = _end(_builder(_name(common=f"{node} time stamps"), issuer, public, now, STAMPER_LIFE))
    builder = builder.add_extension(_usage("digital_signature"), critical=True)
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    return builder.add_extension(purpose, critical=True).sign(issuer_key, hashes.SHA256())


def revocation_list(
    issuer: x509.Certificate,
    issuer_key: EllipticCurvePrivateKey,
    revoked: Iterable[tuple[int, datetime]],
    number: int,
    now: datetime,
    life: timedelta = CRL_LIFE,
) -> bytes:
    """The CRL (DER): serial numbers, each with the moment it was revoked. `number` only grows.

    The root's own list is made the same way, with `life=ROOT_CRL_LIFE`.
    """
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.subject)
        .last_update(now)
        .next_update(now + life)
        .add_extension(x509.CRLNumber(number), critical=False)
        .add_extension(_signed_by(issuer), critical=False)
    )
    for serial, at in revoked:
        row = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(at).build()
        builder = builder.add_revoked_certificate(row)
    return builder.sign(issuer_key, hashes.SHA256()).public_bytes(Encoding.DER)


def _name(*, common: str, organisation: str = "", serial: str = "") -> x509.Name:
    pairs = (
        (NameOID.ORGANIZATION_NAME, organisation),
        (NameOID.COMMON_NAME, common),
        (NameOID.SERIAL_NUMBER, serial),
    )
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in pairs if value])


def _builder(
    subject: x509.Name,
    issuer: x509.Certificate,
    public: EllipticCurvePublicKey,
    now: datetime,
    life: timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SLACK)
        .not_valid_after(now + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(_signed_by(issuer), critical=False)
    )


def _end(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
    return builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)


def _usage(*on: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{bit: bit in on for bit in _USAGES})


def _signed_by(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key())
