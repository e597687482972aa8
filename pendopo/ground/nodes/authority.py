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

from pendopo.certificates import authority, builder, usage
from pendopo.core.letter import DOCUMENT_SIGNING, authority_name

AUTHORITY_LIFE = timedelta(days=10 * 365)
PERSON_LIFE = timedelta(days=2 * 365)
STAMPER_LIFE = timedelta(days=5 * 365)
CRL_LIFE = timedelta(days=7)  # a node cut off from the registry for longer cannot sign
ROOT_CRL_LIFE = timedelta(days=5 * 365)  # the root is offline: its list is made when the root is at hand


def make_authority(
    public: EllipticCurvePublicKey,
    root: x509.Certificate,
    root_key: EllipticCurvePrivateKey,
    instance: str,
    now: datetime,
) -> x509.Certificate:
    """The letters authority of `instance`, certified by the root: it certifies no further authorities."""
    name = _name(common=authority_name(instance), organisation=f"Pendopo {instance}")
    return authority(name, root.subject, public, root_key, now, AUTHORITY_LIFE, below=0)


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
    made = _end(subject, issuer, public, now, PERSON_LIFE).add_extension(
        usage("digital_signature", "content_commitment"), critical=True
    )
    purpose = x509.ExtendedKeyUsage([x509.ObjectIdentifier(DOCUMENT_SIGNING)])
    return made.add_extension(purpose, critical=False).sign(issuer_key, hashes.SHA256())


def certify_stamper(
    public: EllipticCurvePublicKey,
    issuer: x509.Certificate,
    issuer_key: EllipticCurvePrivateKey,
    *,
    node: str,
    now: datetime,
) -> x509.Certificate:
    """The certificate of a node's time stamper: for that one use, and critical (RFC 3161, 2.3)."""
    made = _end(_name(common=f"{node} time stamps"), issuer, public, now, STAMPER_LIFE)
    made = made.add_extension(usage("digital_signature"), critical=True)
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    return made.add_extension(purpose, critical=True).sign(issuer_key, hashes.SHA256())


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
    made = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.subject)
        .last_update(now)
        .next_update(now + life)
        .add_extension(x509.CRLNumber(number), critical=False)
        .add_extension(_signed_by(issuer), critical=False)
    )
    for serial, at in revoked:
        row = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(at).build()
        made = made.add_revoked_certificate(row)
    return made.sign(issuer_key, hashes.SHA256()).public_bytes(Encoding.DER)


def _name(*, common: str, organisation: str = "", serial: str = "") -> x509.Name:
    pairs = (
        (NameOID.ORGANIZATION_NAME, organisation),
        (NameOID.COMMON_NAME, common),
        (NameOID.SERIAL_NUMBER, serial),
    )
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in pairs if value])


def _end(
    subject: x509.Name,
    issuer: x509.Certificate,
    public: EllipticCurvePublicKey,
    now: datetime,
    life: timedelta,
) -> x509.CertificateBuilder:
    return (
        builder(subject, issuer.subject, public, now, life)
        .add_extension(_signed_by(issuer), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    )


def _signed_by(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key())
