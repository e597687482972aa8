"""Certificates and lists as they come in: whether each leads to the instance's root. No database."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from pendopo.core.errors import Fault
from pendopo.core.letter import DOCUMENT_SIGNING, authority_name

PERSON = x509.ObjectIdentifier(DOCUMENT_SIGNING)
STAMPER = ExtendedKeyUsageOID.TIME_STAMPING
SLACK = timedelta(minutes=5)  # clocks differ a little


def make_csr(private: EllipticCurvePrivateKey, name: str) -> str:
    """A certification request (PKCS #10, PEM). It proves that we have the key; the name is only a remark."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    return builder.sign(private, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def follow(
    chain: Sequence[str], anchor: dict, purpose: x509.ObjectIdentifier, now: datetime
) -> x509.Certificate:
    """The first of two certificates (PEM), checked up to the anchor's root through the letters authority's.

    `Fault signing.chain` unless each is valid now, signed by the one above, and the first is for `purpose`.
    """
    try:
        leaf, top = (x509.load_pem_x509_certificate(pem.encode()) for pem in chain)
        root = x509.load_pem_x509_certificate(anchor["root_x509"].encode())
        leaf.verify_directly_issued_by(top)
        top.verify_directly_issued_by(root)
        uses = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        sound = _is_authority(top, anchor) and not _may_certify(leaf) and list(uses) == [purpose]
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        raise Fault("signing.chain") from None
    valid = all(one.not_valid_before_utc - SLACK <= now < one.not_valid_after_utc for one in (leaf, top))
    if not sound or not valid:
        raise Fault("signing.chain")
    return leaf


def lists(
    authority_pem: str, crl: bytes, root_crl: bytes, number: int, anchor: dict
) -> x509.CertificateRevocationList:
    """The authority's list (DER), once it, the authority and the root's list lead to the root.

    `Fault signing.lists` otherwise, and when the number is not the list's own or the authority is revoked.
    """
    try:
        top = x509.load_pem_x509_certificate(authority_pem.encode())
        root = x509.load_pem_x509_certificate(anchor["root_x509"].encode())
        top.verify_directly_issued_by(root)
        own, above = x509.load_der_x509_crl(crl), x509.load_der_x509_crl(root_crl)
        sound = (
            _is_authority(top, anchor)
            and _issued(own, top)
            and _issued(above, root)
            and own.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number == number
            and above.get_revoked_certificate_by_serial_number(top.serial_number) is None
        )
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        raise Fault("signing.lists") from None
    if not sound:
        raise Fault("signing.lists")
    return own


def subject(certificate: x509.Certificate) -> tuple[str, str, str]:
    """Name, number and agency of a person's certificate, each "" where it has none."""
    oids = NameOID.COMMON_NAME, NameOID.SERIAL_NUMBER, NameOID.ORGANIZATION_NAME
    found = (certificate.subject.get_attributes_for_oid(oid) for oid in oids)
    name, number, agency = (str(one[0].value) if one else "" for one in found)
    return name, number, agency


def der(pem: str) -> bytes:
    """A certificate's DER."""
    return x509.load_pem_x509_certificate(pem.encode()).public_bytes(Encoding.DER)


def ends(crl: bytes) -> datetime:
    """Until when a list (DER) holds."""
    until = x509.load_der_x509_crl(crl).next_update_utc
    if until is None:
        raise Fault("signing.lists")
    return until


def _is_authority(certificate: x509.Certificate, anchor: dict) -> bool:
    """Whether the root means it for letters: it has certified other authorities too."""
    return _may_certify(certificate) and subject(certificate)[0] == authority_name(anchor["instance"])


def _may_certify(certificate: x509.Certificate) -> bool:
    return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def _issued(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    return crl.issuer == issuer.subject and crl.is_signature_valid(issuer.public_key())
