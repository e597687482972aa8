"""What every X.509 certificate of ours begins with (RFC 5280). Plain functions; the clock is passed in.

Needs the package `cryptography`, which auditors do not have: nothing of `pendopo verify` imports this.
"""

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.x509.oid import NameOID

SLACK = timedelta(minutes=5)  # a certificate is valid a little before it was made: clocks differ

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


def name(common: str) -> x509.Name:
    """A name of its common name alone."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def usage(*on: str) -> x509.KeyUsage:
    """What the key is for (section 4.2.1.3): the bits named, no other."""
    return x509.KeyUsage(**{bit: bit in on for bit in _USAGES})


def builder(
    subject: x509.Name, issuer: x509.Name, public: EllipticCurvePublicKey, now: datetime, life: timedelta
) -> x509.CertificateBuilder:
    """A certificate of `public` from `now` on for `life`, still without what it may be used for."""
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SLACK)
        .not_valid_after(now + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def authority(
    subject: x509.Name,
    issuer: x509.Name,
    public: EllipticCurvePublicKey,
    signer: EllipticCurvePrivateKey,
    now: datetime,
    life: timedelta,
    *,
    below: int,
) -> x509.Certificate:
    """The certificate of an authority that may have `below` levels of others under it; signed by itself where
    `subject` is the `issuer`."""
    made = (
        builder(subject, issuer, public, now, life)
        .add_extension(x509.BasicConstraints(ca=True, path_length=below), critical=True)
        .add_extension(usage("key_cert_sign", "crl_sign"), critical=True)
    )
    if subject != issuer:
        signed_by = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
        made = made.add_extension(signed_by, critical=False)
    return made.sign(signer, hashes.SHA256())
