"""A small instance of letters' signatures for tests: root, authority, person, time stamper, a one-page PDF.

pyHanko signs at the machine's time, so all is made now; what comes later is looked at with `check(at=…)`.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509 as certificates
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from pendopo.ground.nodes import authority, x509
from pendopo.simaya.signing import tsa
from pendopo.simaya.signing.seal import SoftwareKey, new_key
from pendopo.simaya.signing.sign import Stamper, Trust, sign

NAME, NUMBER, AGENCY = "Yohanes Bata", "197001011995031001", "Sekretariat Daerah Kabupaten Ende"
SAID = {"name": NAME, "reason": "Menandatangani surat", "place": "Ende"}


def der(certificate) -> bytes:
    """A certificate's DER."""
    return certificate.public_bytes(Encoding.DER)


def page() -> bytes:
    """A PDF of one empty page, with its cross-reference table."""
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> >>",
    )
    out, places = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    table = b"xref\n0 4\n0000000000 65535 f \n" + rows
    return bytes(out) + table + b"trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(out)


@dataclass(frozen=True)
class Instance:
    """All keys and certificates of one instance."""

    root: certificates.Certificate
    root_key: object
    authority: certificates.Certificate
    authority_key: object
    person: SoftwareKey
    stamp_key: SoftwareKey
    trust: Trust
    now: datetime

    @classmethod
    def make(cls) -> "Instance":
        """A new one, whose root is made as the anchor's."""
        now = datetime.now(UTC).replace(microsecond=0)
        pem = x509.new_key()
        root_key = load_pem_private_key(pem, password=None)
        root = certificates.load_pem_x509_certificate(x509.make_root(pem, "ID", now).encode())
        key, stamp, own = new_key(), new_key(), new_key()
        top = authority.make_authority(key.public_key(), root, root_key, "ID", now)
        stamper = authority.certify_stamper(stamp.public_key(), top, key, node="kominfo", now=now)
        person = authority.certify_person(
            own.public_key(), top, key, name=NAME, number=NUMBER, agency=AGENCY, now=now
        )
        lists = (
            authority.revocation_list(top, key, [], 1, now - timedelta(minutes=1)),
            authority.revocation_list(
                root, root_key, [], 1, now - timedelta(minutes=1), authority.ROOT_CRL_LIFE
            ),
        )
        return cls(
            root,
            root_key,
            top,
            key,
            SoftwareKey(own, der(person), (der(top),)),
            SoftwareKey(stamp, der(stamper)),
            Trust(der(root), der(top), lists),
            now,
        )

    def stamper(self, key: SoftwareKey | None = None) -> Stamper:
        """The node's time stamper, or one with another key."""
        return Stamper(tsa.Authority(key or self.stamp_key), lambda: datetime.now(UTC))

    def sign(self, pdf: bytes | None = None, **other) -> bytes:
        """A signed letter; `other` are arguments of `sign` to replace."""
        given = {"key": self.person, "stamper": self.stamper(), "trust": self.trust} | SAID | other
        return sign(pdf or page(), **given)

    def lists(self, made: datetime, revoked=()) -> tuple[bytes, bytes]:
        """Both CRLs of a later day; `revoked` are (DER of the certificate, moment)."""
        rows = [(certificates.load_der_x509_certificate(raw).serial_number, at) for raw, at in revoked]
        return (
            authority.revocation_list(self.authority, self.authority_key, rows, 9, made),
            authority.revocation_list(self.root, self.root_key, [], 9, made, authority.ROOT_CRL_LIFE),
        )

    def trusting(self, *lists: bytes) -> Trust:
        """The trust with other CRLs."""
        return replace(self.trust, crls=lists)


@cache
def instance() -> Instance:
    """The one most tests share."""
    return Instance.make()


@cache
def letter() -> bytes:
    """Its signed letter."""
    return instance().sign()
