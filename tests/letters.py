"""A letter in the small nation of tests/worlds.py: signed at DJP, received at DUKCAPIL, with fixed bytes."""

from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from types import SimpleNamespace

from pendopo.core import envelope, letter, letterproof, strict
from pendopo.core.keys import SigningKey
from tests import worlds
from tests.worlds import (
    BORN,
    DJP,
    DUKCAPIL,
    ISSUING,
    MINUTE,
    NAMES,
    NOON,
    SECOND,
    World,
    agency_key,
    uuid,
)

PDF = b"%PDF-1.7 surat\n%%EOF\n"
DER = b"sertifikat Sari"
SIGNED = NOON - MINUTE
KINDS = ["surat-dinas"]


def digest(data: bytes) -> str:
    return sha256(data).hexdigest()


def world() -> World:
    """The nation whose two agencies have keys for letters."""
    made = World()
    for agency in (DJP, DUKCAPIL):
        made.certify(agency_key(agency, "letter"))
    return made


def seal(kind: str, body: dict, signer: SigningKey) -> bytes:
    return envelope.seal(kind, strict.dumps({"v": 1} | body), [signer])


def mandate(signer: SigningKey | None = None, /, **changes: object) -> bytes:
    """The secretary may sign for herself, and a.n. the head."""
    body = {
        "agency": DJP,
        "person": {"name": "Sari Dewi", "number": "197805052003122001"},
        "position": "Sekretaris",
        "kind": "definitive",
        "from": strict.utc(BORN),
        "until": None,
        "decree": "SK 12/2026",
        "signs_for": [{"position": "Kepala", "capacity": "an", "kinds": KINDS}],
        "certificate": digest(DER),
        "at": strict.utc(SIGNED - SECOND),
    }
    return seal(letter.MANDATE, body | changes, signer or agency_key(DJP, "letter"))


def signer(mandated: bytes | None = None, /, **changes: object) -> dict:
    return {
        "name": "Sari Dewi",
        "number": "197805052003122001",
        "position": "Sekretaris",
        "capacity": "an",
        "for": "Kepala",
        "certificate": digest(DER),
        "mandate": (mandated or mandate()).decode(),
    } | changes


def written(by: SigningKey | None = None, /, **changes: object) -> bytes:
    body = {
        "id": uuid(SIGNED, "letter"),
        "from": DJP,
        "to": DUKCAPIL,
        "role": "to",
        "kind": "surat-dinas",
        "profile": "anri-2021",
        "number": "B-7/IJ/KP.07.6/03/2026",
        "date": "2026-03-02",
        "subject": "Undangan rapat koordinasi",
        "security": "B",
        "urgency": "segera",
        "classification": "KP.07.6",
        "copy": None,
        "reply_to": None,
        "signers": [signer()],
        "signed_at": strict.utc(SIGNED),
        "file": {"sha": digest(PDF), "size": len(PDF), "pages": 1},
        "attachments": [
            {"name": "daftar.pdf", "sha": digest(b"x"), "size": 1, "media": "application/pdf", "pages": 1}
        ],
        "template": digest(b"template"),
        "addressed": ["Yth. Direktur Jenderal"],
    }
    return seal(letter.LETTER, body | changes, by or agency_key(DJP, "letter"))


def inside(**changes: object) -> letter.Inside:
    """What the PDF says of itself; the letter has more recipients than those of one agency."""
    sent = letter.Letter.parse(written())
    said = letter.Inside(
        id=sent.id,
        sender=sent.sender,
        number=sent.number,
        date=sent.date,
        kind=sent.kind,
        subject=sent.subject,
        security=sent.security,
        signers=tuple(one.said for one in sent.signers),
        recipients=("Yth. Direktur Jenderal", "Yth. Bupati Ende"),
        template=sent.template,
    )
    return replace(said, **changes)


def delivery(nation: World, n: int = 1, **changes: object) -> worlds.Exchange:
    """The built-in exchange that brings documents."""
    parties = {"client": f"{DJP}/pendopo", "service": f"{DUKCAPIL}/pendopo/documents"}
    return nation.exchange(n, agreement=None, rev=None, purpose=None, **(parties | changes))


def evidence_of(nation: World, x: worlds.Exchange) -> bytes:
    return worlds.case(nation, x).file(agreement=None, definition=None, request=None)


def receipt(event: str, after: timedelta, by: SigningKey | None = None, /, **changes: object) -> bytes:
    body = {
        "letter": uuid(SIGNED, "letter"),
        "of": envelope.sha(written()),
        "from": DUKCAPIL,
        "to": DJP,
        "event": event,
        "at": strict.utc(NOON + after),
        "agenda": "114" if event == "registered" else None,
        "reason": "salah alamat" if event == "rejected" else None,
        "by": None if event == "received" else {"position": "Kepala", "capacity": "plh"},
        "exchange": delivery(World()).req.exchange,
    }
    return seal(letter.RECEIPT, body | changes, by or agency_key(DUKCAPIL, "letter"))


def part(data: bytes = PDF, /, **changes: object) -> bytes:
    body = {
        "letter": uuid(SIGNED, "letter"),
        "to": DUKCAPIL,
        "sha": digest(data),
        "size": len(data),
        "n": 1,
        "of": 1,
        "data": strict.b64e(data),
    }
    return seal(letter.PART, body | changes, agency_key(DJP, "letter"))


PEM = "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"


def asked(**changes: object) -> bytes:
    body = {"agency": DJP, "for": "person", "csr": PEM, "name": "Sari Dewi", "number": "1978", "revoke": None}
    return seal(letter.REQUEST, body | changes, agency_key(DJP, "letter"))


def certificate(**changes: object) -> bytes:
    body = {
        "to": DJP,
        "request": envelope.sha(asked()),
        "chain": [PEM.replace(" REQUEST", "")],
        "fault": None,
    }
    return seal(letter.CERTIFICATE, body | changes, ISSUING)


def crl(by: SigningKey = ISSUING, /, **changes: object) -> bytes:
    body = {"authority": PEM, "crl": strict.b64e(b"crl"), "root_crl": strict.b64e(b"root"), "number": 1}
    return seal(letter.CRL, body | changes, by)


def pades(pdf: bytes, root: bytes, at, crl) -> SimpleNamespace:
    """What a true PDF's signature shows; the real check has tests of its own."""
    return SimpleNamespace(
        name="Sari Dewi",
        number="197805052003122001",
        agency=NAMES[DJP],
        certificate=DER,
        at=SIGNED + SECOND,
        letter=inside(),
    )


@dataclass
class Proof:
    """Everything one proof file is made of; `replace` and `verify` give the forger's version."""

    world: World
    letter: bytes
    pdf: bytes
    receipts: list[bytes]
    exchanges: list[bytes]
    crl: bytes | None
    pades: object

    def file(self) -> bytes:
        return letterproof.build(
            self.letter,
            self.pdf,
            self.world.registry(),
            receipts=self.receipts,
            exchanges=self.exchanges,
            crl=self.crl,
        )

    def verify(self, **changes: object):
        made = replace(self, **changes)
        return letterproof.verify(made.file(), made.world.anchor(), made.pades)


def proof(nation: World | None = None) -> Proof:
    """A letter received and registered, with evidence of its delivery."""
    nation = nation or world()
    receipts = [receipt("received", 3 * SECOND), receipt("registered", MINUTE)]
    return Proof(nation, written(), PDF, receipts, [evidence_of(nation, delivery(nation))], crl(), pades)
