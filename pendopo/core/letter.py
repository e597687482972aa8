"""The documents of a letter between agencies, read strictly into frozen objects.

mandate/1 says in which post and capacity a person may sign, letter/1 is the letter to one agency,
letter-part/1 a piece of its files, letter-receipt/1 what the receiver did with it; letter.json is what its
PDF says of itself; certificate-request/1, certificate/1 and crl/1 carry people's certificates. Nothing is
verified here but the form: every reader says `Fault letter.form` with the field, or `letter.version` for a
version it does not know (it reads N and N-1).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple, Self

from . import envelope, strict
from .envelope import Envelope
from .errors import Fault
from .ids import AgencyId, is_uuid7

MANDATE, LETTER, PART, RECEIPT = "mandate/1", "letter/1", "letter-part/1", "letter-receipt/1"
REQUEST, CERTIFICATE, CRL = "certificate-request/1", "certificate/1", "crl/1"
DOCUMENT_SIGNING = "1.3.6.1.5.5.7.3.36"  # what a certificate is for whose key signs letters (RFC 9336)
INSIDE = "letter.json"
VERSIONS = (1,)  # N and, from the second version on, N-1
SECURITY = ("B", "T", "R", "SR")
OWN = ("definitive", "plt", "plh", "pj")  # how a post is held: the kinds of an assignment
FOR = ("an", "ub")  # a.n. and u.b.: on behalf of another post
EVENTS = ("received", "registered", "read", "rejected")
PART_SIZE = 384 * 1024  # bytes of a part before base64: twice encoded it fits a gateway's body of 1 MiB

_sha = re.compile(r"[0-9a-f]{64}")
_media = re.compile(r"[a-z]+/[a-z0-9.+-]{1,80}")
_code = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


@dataclass(frozen=True, slots=True)
class SignsFor:
    """A delegation: on behalf of which post, in which capacity (`an`, `ub`), for which kinds of letter."""

    position: str
    capacity: str
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mandate:
    """mandate/1: its agency says that a person held a post from `since` until before `until` (None: open)."""

    agency: str
    name: str
    number: str
    position: str
    kind: str
    since: datetime
    until: datetime | None
    decree: str
    signs_for: tuple[SignsFor, ...]
    certificate: str | None  # SHA-256 of the person's certificate, DER
    at: datetime
    envelope: Envelope = field(repr=False)

    @classmethod
    def parse(cls, raw: bytes | str) -> Self:
        """Read a mandate/1 envelope."""
        opened, get = _open(
            raw, MANDATE, "agency person position kind from until decree signs_for certificate at"
        )
        person = get("person", _object(name=_text, number=_text))
        since, until = get("from", _moment), get("until", _maybe(_moment))
        if until is not None and until <= since:
            raise Fault("letter.form", type=MANDATE, field="until")
        return cls(
            get("agency", _agency),
            person["name"],
            person["number"],
            get("position", _text),
            get("kind", _one(OWN)),
            since,
            until,
            get("decree", _line),
            tuple(SignsFor(**one) for one in get("signs_for", _list(_signs_for))),
            get("certificate", _maybe(_digest)),
            get("at", _moment),
            opened,
        )


class Signed(NamedTuple):
    """Who signed as what, as letter.json says it; see Signer."""

    name: str
    number: str
    position: str
    capacity: str
    on_behalf: str | None


@dataclass(frozen=True, slots=True)
class Inside:
    """letter.json, the letter's words in its own PDF, fixed before it is signed; `recipients` are lines.

    Its writer gives the PDF `raw`; what its signers may do is proven by mandates, which travel in letter/1.
    """

    id: str
    sender: str
    number: str
    date: date
    kind: str
    subject: str
    security: str
    signers: tuple[Signed, ...]
    recipients: tuple[str, ...]
    template: str

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """Read letter.json: strict JSON, with these fields and no others."""
        try:
            body = strict.loads(raw)
        except Fault as fault:
            raise Fault("letter.form", type=INSIDE, field=fault.code) from None
        get = _fields(body, INSIDE, "id from number date kind subject security signers recipients template")
        return cls(
            get("id", _uuid),
            get("from", _agency),
            get("number", _text),
            get("date", _day),
            get("kind", _coded),
            get("subject", _text),
            get("security", _one(SECURITY)),
            tuple(get("signers", _list(_signed, least=1))),
            tuple(get("recipients", _list(_text, least=1))),
            get("template", _digest),
        )

    @property
    def raw(self) -> bytes:
        """The bytes of letter.json."""
        signers = [dict(zip(_signed_order, one, strict=True)) for one in self.signers]
        body = {
            name: getattr(self, name) for name in ("id", "number", "kind", "subject", "security", "template")
        }
        return strict.dumps(
            {"v": 1, "from": self.sender, "date": self.date.isoformat(), "signers": signers}
            | {"recipients": list(self.recipients)}
            | body
        )


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed, in which capacity; `on_behalf` is the post signed for (`an`, `ub`), else None."""

    name: str
    number: str
    position: str
    capacity: str
    on_behalf: str | None
    certificate: str
    mandate: Mandate

    @property
    def said(self) -> Signed:
        """The signer as letter.json says it."""
        return Signed(self.name, self.number, self.position, self.capacity, self.on_behalf)


@dataclass(frozen=True, slots=True)
class File:
    """A file of a letter: its SHA-256, bytes, pages."""

    sha: str
    size: int
    pages: int
    name: str = ""
    media: str = "application/pdf"


@dataclass(frozen=True, slots=True)
class Letter:
    """letter/1: a signed letter as sent to one agency. `copy` is (n, of) for numbered copies."""

    id: str
    sender: str
    receiver: str
    role: str
    kind: str
    profile: str
    number: str
    date: date
    subject: str
    security: str
    urgency: str
    classification: str
    copy: tuple[int, int] | None
    reply_to: tuple[str, str] | None
    signers: tuple[Signer, ...]
    signed_at: datetime
    file: File
    attachments: tuple[File, ...]
    template: str
    addressed: tuple[str, ...]
    envelope: Envelope = field(repr=False)

    @classmethod
    def parse(cls, raw: bytes | str) -> Self:
        """Read a letter/1 envelope with the mandates in it."""
        opened, get = _open(
            raw,
            LETTER,
            "id from to role kind profile number date subject security urgency classification copy reply_to "
            "signers signed_at file attachments template addressed",
        )
        copy = get("copy", _maybe(_object(n=_positive, of=_positive)))
        if copy and copy["n"] > copy["of"]:
            raise Fault("letter.form", type=LETTER, field="copy")
        reply = get("reply_to", _maybe(_object(id=_uuid, number=_text)))
        return cls(
            get("id", _uuid),
            get("from", _agency),
            get("to", _agency),
            get("role", _one(("to", "copy"))),
            get("kind", _coded),
            get("profile", _coded),
            get("number", _text),
            get("date", _day),
            get("subject", _text),
            get("security", _one(SECURITY)),
            get("urgency", _coded),
            get("classification", _line),
            copy and (copy["n"], copy["of"]),
            reply and (reply["id"], reply["number"]),
            tuple(get("signers", _list(_signer, least=1))),
            get("signed_at", _moment),
            File(**get("file", _object(sha=_digest, size=_positive, pages=_positive))),
            tuple(File(**one) for one in get("attachments", _list(_attachment))),
            get("template", _digest),
            tuple(get("addressed", _list(_text))),
            opened,
        )

    def differs(self, inside: Inside) -> str | None:
        """The first field in which letter.json says something else than this letter, or None.

        A letter to one agency has the lines of its recipients there, of all that the PDF names.
        """
        for name in ("id", "sender", "number", "date", "kind", "subject", "security", "template"):
            if getattr(self, name) != getattr(inside, name):
                return name
        if tuple(one.said for one in self.signers) != inside.signers:
            return "signers"
        named = self.addressed and {*self.addressed} <= {*inside.recipients}
        return None if named else "addressed"


@dataclass(frozen=True, slots=True)
class Part:
    """letter-part/1: bytes `n` (from 1) of `of` of the file `sha` that a letter names."""

    letter: str
    receiver: str
    sha: str
    size: int
    n: int
    of: int
    data: bytes = field(repr=False)
    envelope: Envelope = field(repr=False)

    @classmethod
    def parse(cls, raw: bytes | str) -> Self:
        """Read a letter-part/1 envelope."""
        opened, get = _open(raw, PART, "letter to sha size n of data")
        part = cls(
            get("letter", _uuid),
            get("to", _agency),
            get("sha", _digest),
            get("size", _positive),
            get("n", _positive),
            get("of", _positive),
            get("data", strict.b64d),
            opened,
        )
        if part.of != -(-part.size // PART_SIZE) or part.n > part.of:
            raise Fault("letter.form", type=PART, field="of")
        if len(part.data) != min(PART_SIZE, part.size - (part.n - 1) * PART_SIZE):
            raise Fault("letter.form", type=PART, field="data")
        return part


@dataclass(frozen=True, slots=True)
class Receipt:
    """letter-receipt/1: what `sender` (who got the letter) did with it; `of` is the SHA-256 of its letter/1.

    `exchange` is the exchange that brought the letter; `agenda` its number there, once registered.
    """

    letter: str
    of: str
    sender: str
    receiver: str
    event: str
    at: datetime
    agenda: str | None
    reason: str | None
    by: tuple[str, str | None] | None
    exchange: str
    envelope: Envelope = field(repr=False)

    @classmethod
    def parse(cls, raw: bytes | str) -> Self:
        """Read a letter-receipt/1 envelope. A rejection gives its reason, and nothing else has one."""
        opened, get = _open(raw, RECEIPT, "letter of from to event at agenda reason by exchange")
        by = get("by", _maybe(_object(position=_text, capacity=_maybe(_one((*OWN, *FOR))))))
        receipt = cls(
            get("letter", _uuid),
            get("of", _digest),
            get("from", _agency),
            get("to", _agency),
            get("event", _one(EVENTS)),
            get("at", _moment),
            get("agenda", _maybe(_text)),
            get("reason", _maybe(_text)),
            by and (by["position"], by["capacity"]),
            get("exchange", _uuid),
            opened,
        )
        if (receipt.event == "rejected") != (receipt.reason is not None):
            raise Fault("letter.form", type=RECEIPT, field="reason")
        return receipt


@dataclass(frozen=True, slots=True)
class CertificateRequest:
    """certificate-request/1: an agency asks for a certificate, or (with `revoke`) for its end.

    `subject` is `person` or `stamper`, `csr` PEM, `revoke` the serial of a certificate in hex.
    """

    agency: str
    subject: str
    csr: str | None
    name: str
    number: str
    revoke: str | None
    envelope: Envelope = field(repr=False)

    @classmethod
    def parse(cls, raw: bytes | str) -> Self:
        """Read a certificate-request/1 envelope: either a CSR or a serial to revoke."""
        opened, get = _open(raw, REQUEST, "agency for csr name number revoke")
        asked = cls(
            get("agency", _agency),
            get("for", _one(("person", "stamper"))),
            get("csr", _maybe(_pem)),
            get("name", _text),
            get("number", _line),
            get("revoke", _maybe(_serial)),
            opened,
        )
        if (asked.csr is None) == (asked.revoke is None):
            raise Fault("letter.form", type=REQUEST, field="csr")
        return asked


@dataclass(frozen=True, slots=True)
class Certificate:
    """certificate/1: the answer to a request, a chain of PEM certificates or the code of a fault."""

    receiver: str
    request: str
    chain: tuple[str, ...] | None
    fault: str | None
    envelope: Envelope = field(repr=False)

    @classmethod
    def parse(cls, raw: bytes | str) -> Self:
        """Read a certificate/1 envelope."""
        opened, get = _open(raw, CERTIFICATE, "to request chain fault")
        chain = get("chain", _maybe(_list(_pem, least=1)))
        answer = cls(
            get("to", _agency),
            get("request", _digest),
            chain and tuple(chain),
            get("fault", _maybe(_text)),
            opened,
        )
        if (answer.chain is None) == (answer.fault is None):
            raise Fault("letter.form", type=CERTIFICATE, field="chain")
        return answer


@dataclass(frozen=True, slots=True)
class Crl:
    """crl/1: the letters authority (PEM) with its own and the root's list of what was revoked (DER)."""

    authority: str
    crl: bytes = field(repr=False)
    root_crl: bytes = field(repr=False)
    number: int
    envelope: Envelope = field(repr=False)

    @classmethod
    def parse(cls, raw: bytes | str) -> Self:
        """Read a crl/1 envelope."""
        opened, get = _open(raw, CRL, "authority crl root_crl number")
        return cls(
            get("authority", _pem),
            get("crl", strict.b64d),
            get("root_crl", strict.b64d),
            get("number", _positive),
            opened,
        )


def authority_name(instance: str) -> str:
    """What the letters authority's certificate calls it.

    Only the root gives this name, and it stands above other authorities too: whose certificates count for
    letters is told by it.
    """
    return f"Pendopo {instance} letters"


Read = Callable[[Any], Any]


def _open(raw: bytes | str, kind: str, names: str) -> tuple[Envelope, Callable[[str, Read], Any]]:
    """The envelope, and a reader of its fields, each by a function that refuses with an exception."""
    try:
        opened = envelope.open(raw, kind)
        body = opened.body
    except Fault as fault:
        raise Fault("letter.form", type=kind, field=fault.code) from None
    return opened, _fields(body, kind, names)


def _fields(body: dict, kind: str, names: str) -> Callable[[str, Read], Any]:
    """A reader of the fields of `body`, which has the version and these `names` alone."""
    version = body.get("v")
    if version not in VERSIONS or isinstance(version, bool):
        raise Fault("letter.version", type=kind, found=str(version)[:20])
    wrong = body.keys() ^ {"v", *names.split()}
    if wrong:
        raise Fault("letter.form", type=kind, field=min(wrong)[:40])

    def get(name: str, read: Read) -> Any:
        try:
            return read(body[name])
        except (Fault, ValueError, TypeError, AttributeError):
            raise Fault("letter.form", type=kind, field=name) from None

    return get


def _must(good: object, value: Any) -> Any:
    if not good:
        raise ValueError
    return value


def _line(value: Any) -> str:
    """One line of text, perhaps empty."""
    return _must(isinstance(value, str) and value.isprintable() and len(value) <= 1000, value)


def _text(value: Any) -> str:
    return _must(_line(value).strip() == value != "", value)


def _matching(pattern: re.Pattern[str]) -> Read:
    return lambda value: _must(pattern.fullmatch(value), value)


_digest, _coded, _serial = _matching(_sha), _matching(_code), _matching(re.compile(r"[0-9a-f]{2,40}"))
_pem = _matching(
    re.compile(r"-----BEGIN [A-Z ]{1,40}-----\n[A-Za-z0-9+/=\n]{1,20000}-----END [A-Z ]{1,40}-----\n")
)
_moment = strict.parse_utc


def _uuid(value: Any) -> str:
    return _must(is_uuid7(value), value)


def _agency(value: Any) -> str:
    return str(AgencyId.parse(value))


def _positive(value: Any) -> int:
    return _must(isinstance(value, int) and not isinstance(value, bool) and value > 0, value)


def _day(value: Any) -> date:
    day = date.fromisoformat(value)
    return _must(day.isoformat() == value, day)


def _one(values: tuple[str, ...]) -> Read:
    return lambda value: _must(isinstance(value, str) and value in values, value)


def _maybe(read: Read) -> Read:
    return lambda value: None if value is None else read(value)


def _list(read: Read, least: int = 0) -> Read:
    return lambda value: [read(one) for one in _must(isinstance(value, list) and len(value) >= least, value)]


def _object(**reads: Read) -> Callable[[Any], dict]:
    def read(value: Any) -> dict:
        _must(isinstance(value, dict) and value.keys() == reads.keys(), value)
        return {name: one(value[name]) for name, one in reads.items()}

    return read


_signs_for = _object(position=_text, capacity=_one(FOR), kinds=lambda v: tuple(_list(_coded, least=1)(v)))
_attachment = _object(name=_text, sha=_digest, size=_positive, media=_matching(_media), pages=_positive)
_who = {
    "name": _text,
    "number": _text,
    "position": _text,
    "capacity": _one((*OWN, *FOR)),
    "for": _maybe(_text),
}
_signed_order = tuple(_who)
_signing = _object(**_who, **{"certificate": _digest, "mandate": Mandate.parse})


def _signed(value: Any) -> Signed:
    return Signed(*_for_another(_object(**_who)(value)).values())


def _signer(value: Any) -> Signer:
    return Signer(*_for_another(_signing(value)).values())


def _for_another(read: dict) -> dict:
    """Whoever signs for another post names it, and nobody else does."""
    return _must((read["for"] is not None) == (read["capacity"] in FOR), read)
