"""A letter of today in the nation of tests/worlds.py, real to its last byte: set, signed, sent, received.

pyHanko signs at the machine's time, so the nation's keys are of this year and not of worlds.BORN. The time
stamper's clock stands still, so that it does not matter how long a run of tests takes.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256

from cryptography.hazmat.primitives.serialization import Encoding

from pendopo.core import envelope, evidence, strict
from pendopo.core.keys import SigningKey
from pendopo.core.letter import Inside
from pendopo.ground.nodes import authority
from pendopo.simaya.paper import render
from pendopo.simaya.signing import tsa
from pendopo.simaya.signing.pades import pades
from pendopo.simaya.signing.seal import SoftwareKey, new_key
from pendopo.simaya.signing.sign import Stamper
from tests import letters, worlds
from tests.rules.simaya import sheets
from tests.rules.simaya.signatures import Instance, der, instance
from tests.worlds import DJP, DUKCAPIL, MINUTE, NAMES, SECOND, YEAR, agency_key

NOW = instance().now
BEGAN = NOW - timedelta(days=30)
NAME, NUMBER = "Sari Dewi", "197805052003122001"
LETTER, OTHER = (worlds.uuid(NOW, name) for name in ("letter", "other"))


class Nation(worlds.World):
    """Its keys are valid today, its anchor has the root of `tests.rules.simaya.signatures`."""

    def __init__(self, root: Instance | None = None) -> None:
        self.root = (root or instance()).root
        super().__init__(at=BEGAN)
        for agency in (DJP, DUKCAPIL):
            self.certify(agency_key(agency, "letter"))

    def certify(self, of, signers=None, nbf=BEGAN, exp=None, replaces=None):
        super().certify(of, signers, nbf, BEGAN + 5 * YEAR, replaces)

    def anchor(self, root: SigningKey = worlds.ROOT) -> bytes:
        pem = self.root.public_bytes(Encoding.PEM).decode()
        return strict.dumps(strict.loads(super().anchor(root)) | {"root_x509": pem})


@cache
def person(name: str = NAME, number: str = NUMBER, agency: str = NAMES[DJP], n: int = 1) -> SoftwareKey:
    """A person's key with a certificate of the shared instance."""
    made, own = instance(), new_key()
    subject = {"name": name, "number": number, "agency": agency, "now": made.now}
    certificate = authority.certify_person(own.public_key(), made.authority, made.authority_key, **subject)
    return SoftwareKey(own, der(certificate), made.person.chain)


def inside(**changes) -> Inside:
    """letter.json of the letter."""
    today = {"id": LETTER, "date": NOW.date(), "template": render.template_digest()}
    return letters.inside(**today | changes)


@cache
def signed(said: Inside | None = None, key: SoftwareKey | None = None) -> bytes:
    """The letter as PDF, rendered with letter.json and signed."""
    pages = render.pdf(sheets.sheet(data=(said or inside()).raw.decode()), sheets.AT)
    return sealed(pages.pdf, key)


def sealed(pdf: bytes, key: SoftwareKey | None = None) -> bytes:
    """Any PDF, signed by her or by another key."""
    return instance().sign(pdf, key=key or person(), stamper=stamper())


def stamper() -> Stamper:
    """The node's, at the letter's own time."""
    return Stamper(tsa.Authority(instance().stamp_key), lambda: NOW)


def mandate(by: SigningKey | None = None, /, **changes) -> bytes:
    """The secretary's mandate, of her true certificate."""
    own = {"certificate": sha256(person().certificate).hexdigest(), "from": strict.utc(BEGAN)}
    return letters.mandate(by, **own | {"at": strict.utc(NOW - MINUTE)} | changes)


def written(pdf: bytes, by: SigningKey | None = None, /, who=None, mandated=None, **changes) -> bytes:
    """letter/1 of a PDF; `who` changes its signer, `mandated` is another mandate than the true one."""
    own = {"certificate": sha256(person().certificate).hexdigest()}
    today = {
        "id": LETTER,
        "date": NOW.date().isoformat(),
        "template": render.template_digest(),
        "signed_at": strict.utc(NOW),
        "file": {"sha": sha256(pdf).hexdigest(), "size": len(pdf), "pages": 1},
        "signers": [letters.signer(mandated or mandate(), **own | (who or {}))],
    }
    return letters.written(by, **today | changes)


def receipt(event: str, letter: bytes, by: SigningKey | None = None, /, **changes) -> bytes:
    """The receiver's word on that letter."""
    after = {"received": 3 * SECOND, "registered": MINUTE, "read": 2 * MINUTE, "rejected": MINUTE}[event]
    today = {
        "letter": LETTER,
        "of": envelope.sha(letter),
        "at": strict.utc(NOW + after),
        "exchange": exchange().req.exchange,
    }
    return letters.receipt(event, after, by, **today | changes)


def exchange(n: int = 1) -> worlds.Exchange:
    """What brought the letter; another `n` brought something else."""
    parties = {"client": f"{DJP}/pendopo", "service": f"{DUKCAPIL}/pendopo/documents"}
    none = {"agreement": None, "rev": None, "purpose": None}
    return Nation().exchange(n, NOW + SECOND, **none, **parties)


def evidence_of(n: int = 1, after: timedelta = timedelta()) -> bytes:
    """evidence/1 of an exchange: both logs, each attested by others ten minutes (and `after`) later."""
    nation = Nation()
    brought, halves = exchange(n), []
    for node, side, other in (("djp", "consumer", "dukcapil"), ("dukcapil", "provider", "djp")):
        log = worlds.Log(node)
        seq = log.add(NOW + 2 * SECOND, "exchange", side, brought)
        halves.append(worlds.attested(log, seq, NOW + 10 * MINUTE + after, other, "kominfo"))
    return evidence.build(halves[0], nation.registry(), other=halves[1])


def crl(revoked=(), made: datetime | None = None, of: Instance | None = None) -> bytes:
    """crl/1 as the registry made it at `made`; `revoked` are (certificate, moment)."""
    own, root = (of or instance()).lists(made or NOW, revoked)
    return letters.crl(crl=strict.b64e(own), root_crl=strict.b64e(root))


def proof(pdf: bytes | None = None, *events: str, letter: bytes | None = None, **more) -> letters.Proof:
    """The whole: `letter` is of `pdf`, receipts are of `letter`, and the exchange brought it."""
    pdf = pdf or signed()
    letter = letter or written(pdf)
    said = [receipt(event, letter) for event in events or ("received", "registered", "read")]
    made = letters.Proof(Nation(), letter, pdf, said, [evidence_of()], crl(), pades)
    return replace(made, **more)
