"""LETTERPROOF letterproof/1: a signed letter with its receipts, provable to a stranger who holds the anchor.

`verify` follows the chain: registry → the agency's letter key → the letter → the PDF's digest → mandates of
its signers → the PDF's own signature → receipts → exchanges. No clock, network or database. The first link
that does not hold is named. The PDF's own signature is checked by `pades`, which needs more than the base
installation; without it the report says that this link was not checked.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from . import chain, evidence, strict
from .chain import SKEW
from .envelope import Envelope
from .errors import Broken, Fault
from .letter import CRL, FOR, Crl, Letter, Receipt
from .letterreport import LetterReport, Seal
from .report import Report
from .snapshot import Registry

__all__ = ["LetterReport", "Pades", "Seal", "build", "is_proof", "verify"]

_FIELDS = {"v", "letter", "pdf", "receipts", "exchanges", "registry", "crl"}
# How far the time stamp of the PDF may lie from the letter's own time of signing.
NEAR = timedelta(minutes=5)


# pades(pdf, PEM of the root, moment at which the file is known to have existed or None, crl/1 or None);
# raises Fault when the signature does not hold.
Pades = Callable[[bytes, bytes, datetime | None, Crl | None], Seal]


def is_proof(data: bytes) -> bool:
    """Whether these bytes begin as a proof file does: its keys are sorted, and this is the first."""
    return data.startswith(b'{"crl":')


def build(
    letter: bytes,
    pdf: bytes,
    registry: bytes,
    *,
    receipts: Sequence[bytes] = (),
    exchanges: Sequence[bytes] = (),
    crl: bytes | None = None,
) -> bytes:
    """Write a proof file: envelopes, the PDF's bytes, evidence/1 files. Nothing is checked here."""
    return strict.dumps(
        {
            "v": 1,
            "letter": letter.decode(),
            "pdf": strict.b64e(pdf),
            "receipts": [raw.decode() for raw in receipts],
            "exchanges": [raw.decode() for raw in exchanges],
            "registry": registry.decode(),
            "crl": crl and crl.decode(),
        }
    )


def verify(data: bytes, anchor: bytes, pades: Pades | None = None) -> LetterReport | Broken:
    """Check a proof file against an anchor file: what it proves, or the first broken link. Never raises."""
    try:
        return _follow(_file(data), anchor, pades)
    except Broken as broken:
        return broken


def sent(registry: Registry, raw: bytes | str) -> Letter:
    """The letter/1 in `raw`, once its signature and its signers' mandates hold; raises Broken.

    What its receiver asks before it takes the letter in: the links a stranger will follow later.
    """
    letter = _letter(registry, raw)
    for signer in letter.signers:
        _mandate(registry, letter, signer)
    return letter


def receipted(registry: Registry, raw: bytes | str) -> Receipt:
    """The letter-receipt/1 in `raw`, once a letter key of its sender signed it; raises Broken.

    Of which letter it is, and whether its sender is who got that, is for the caller to check.
    """
    try:
        receipt = Receipt.parse(raw)
    except Fault as fault:
        raise Broken("letterproof.receipt_form", why=fault) from None
    _signed(registry, receipt.envelope, receipt.at, receipt.sender, "letterproof.receipt_signature")
    return receipt


def _file(data: bytes) -> dict[str, Any]:
    try:
        file = strict.loads_exact(data)
    except Fault:
        raise Broken("letterproof.form", field="json") from None
    if file.get("v") != 1 or file["v"] is True:
        raise Broken("letterproof.version", found=str(file.get("v"))[:20])
    if file.keys() != _FIELDS:
        raise Broken("letterproof.form", field=min(file.keys() ^ _FIELDS)[:40])
    for name in ("letter", "pdf", "registry"):
        if not isinstance(file[name], str):
            raise Broken("letterproof.form", field=name)
    for name in ("receipts", "exchanges"):
        if not isinstance(file[name], list) or not all(isinstance(one, str) for one in file[name]):
            raise Broken("letterproof.form", field=name)
    if not (file["crl"] is None or isinstance(file["crl"], str)):
        raise Broken("letterproof.form", field="crl")
    return file


def _follow(file: dict[str, Any], anchor_file: bytes, pades: Pades | None) -> LetterReport:
    anchor = evidence.read_anchor(anchor_file)
    registry = chain.registry(file["registry"], anchor)
    letter = _letter(registry, file["letter"])
    pdf = _pdf(letter, file["pdf"])
    for signer in letter.signers:
        _mandate(registry, letter, signer)
    receipts = tuple(_receipts(registry, letter, file["receipts"]))
    exchanges = tuple(_exchange(letter, receipts, raw, anchor_file) for raw in file["exchanges"])
    existed = min((held.proven for report in exchanges for held in report.logs), default=None)
    _unrevoked(registry, letter, receipts, existed or registry.at)
    crl = file["crl"] and _crl(registry, file["crl"])
    seal = _seal(letter, registry, pades, pdf, evidence.root_x509(anchor), existed, crl) if pades else None
    names = {id: str(member["name"]) for id, member in registry.members.items()}
    return LetterReport(registry.instance, names, letter, receipts, exchanges, existed, seal, bool(crl))


def _signed(registry: Registry, opened: Envelope, when: datetime, agency: str, link: str) -> None:
    """The agency's letter key of that time signed, and nobody else: else anybody might add bytes."""
    try:
        registry.keys.signed(opened, when, f"agency:{agency}", "letter")
    except Fault as fault:
        raise Broken(link, agency=agency, why=fault) from None
    if len(opened.sigs) != 1:
        raise Broken(link, agency=agency, why=Fault("key.unknown", key=opened.keys[1]))


def _letter(registry: Registry, raw: bytes | str) -> Letter:
    try:
        letter = Letter.parse(raw)
    except Fault as fault:
        raise Broken("letterproof.letter_form", why=fault) from None
    for agency in (letter.sender, letter.receiver):
        if agency not in registry.members:
            raise Broken("letterproof.member", agency=agency)
    _signed(registry, letter.envelope, letter.signed_at, letter.sender, "letterproof.letter_signature")
    return letter


def _pdf(letter: Letter, text: str) -> bytes:
    try:
        pdf = strict.b64d(text)
    except Fault:
        raise Broken("letterproof.form", field="pdf") from None
    if len(pdf) != letter.file.size or sha256(pdf).hexdigest() != letter.file.sha:
        raise Broken("letterproof.pdf", number=letter.number)
    return pdf


def _mandate(registry: Registry, letter: Letter, signer: Any) -> None:
    """The agency vouched for the signer's post and capacity on that day, and for no other person."""
    mandate, who = signer.mandate, {"name": signer.name}
    if mandate.agency != letter.sender:
        raise Broken("letterproof.mandate_agency", **who, agency=mandate.agency)
    _signed(registry, mandate.envelope, mandate.at, mandate.agency, "letterproof.mandate_signature")
    if (mandate.name, mandate.number) != (signer.name, signer.number):
        raise Broken("letterproof.mandate_person", **who, found=mandate.name)
    if mandate.position != signer.position:
        raise Broken("letterproof.mandate_position", **who, position=signer.position)
    if mandate.at > letter.signed_at + SKEW:
        raise Broken("letterproof.mandate_dates", **who)
    if not (
        mandate.since <= letter.signed_at and (mandate.until is None or letter.signed_at < mandate.until)
    ):
        raise Broken("letterproof.mandate_dates", **who)
    if mandate.certificate is not None and mandate.certificate != signer.certificate:
        raise Broken("letterproof.mandate_certificate", **who)
    if signer.capacity not in FOR:
        if signer.capacity != mandate.kind:
            raise Broken("letterproof.capacity", **who, capacity=signer.capacity)
        return
    if not any(
        (given.position, given.capacity) == (signer.on_behalf, signer.capacity) and letter.kind in given.kinds
        for given in mandate.signs_for
    ):
        raise Broken("letterproof.delegation", **who, position=signer.on_behalf)


def _receipts(registry: Registry, letter: Letter, texts: list[str]) -> list[Receipt]:
    """Receipts of this very letter by the agency it went to, in the order of what happened."""
    found: list[Receipt] = []
    for raw in texts:
        try:
            receipt = Receipt.parse(raw)
        except Fault as fault:
            raise Broken("letterproof.receipt_form", why=fault) from None
        where = {"event": receipt.event}
        if (receipt.sender, receipt.receiver) != (letter.receiver, letter.sender):
            raise Broken("letterproof.receipt_parties", **where, agency=receipt.sender)
        _signed(registry, receipt.envelope, receipt.at, receipt.sender, "letterproof.receipt_signature")
        if receipt.letter != letter.id or receipt.of != letter.envelope.sha:
            raise Broken("letterproof.receipt_letter", **where)
        if receipt.at < letter.signed_at - SKEW:
            raise Broken("letterproof.receipt_time", **where)
        if receipt.event in {one.event for one in found}:
            raise Broken("letterproof.receipt_twice", **where)
        found.append(receipt)
    first = [one for one in found if one.event == "received"]
    for receipt in found:
        where = {"event": receipt.event}
        if first and (receipt.exchange != first[0].exchange):
            raise Broken("letterproof.receipt_exchange", **where)
        if first and receipt.at < first[0].at:
            raise Broken("letterproof.receipt_time", **where)
    return sorted(found, key=lambda one: (one.at, one.event))


def _exchange(letter: Letter, receipts: Sequence[Receipt], raw: str, anchor: bytes) -> Report:
    report = evidence.verify(raw.encode("utf-8", "surrogatepass"), anchor)
    if isinstance(report, Broken):
        raise Broken("letterproof.exchange", why=report)
    entry = report.entry
    if entry.ans is None or chain.agencies(entry) != (letter.sender, letter.receiver):
        raise Broken("letterproof.exchange_parties", exchange=entry.exchange)
    if entry.exchange not in {receipt.exchange for receipt in receipts}:
        raise Broken("letterproof.exchange_id", exchange=entry.exchange)
    return report


def _unrevoked(registry: Registry, letter: Letter, receipts: Sequence[Receipt], until: datetime) -> None:
    """No key of the letter was revoked before others saw it: a thief could have dated it back."""
    documents = [letter.envelope, *(signer.mandate.envelope for signer in letter.signers)]
    for opened in [*documents, *(receipt.envelope for receipt in receipts)]:
        revoked = registry.keys.revoked_at(opened.keys[0])
        if revoked is not None and revoked <= until:
            why = Fault("key.revoked", key=opened.keys[0], at=strict.utc(revoked))
            raise Broken("letterproof.key_revoked", type=opened.type, why=why)


def _crl(registry: Registry, raw: str) -> Crl:
    try:
        found = Crl.parse(raw)
        (thumb,) = found.envelope.keys
        if found.envelope.signed_by(thumb, registry.keys.issuing(thumb).pub):
            return found
    except (Fault, ValueError):
        pass
    raise Broken("letterproof.crl", type=CRL)


def _seal(
    letter: Letter,
    registry: Registry,
    pades: Pades,
    pdf: bytes,
    root: bytes,
    existed: datetime | None,
    crl: Crl | None,
) -> Seal:
    try:
        seal = pades(pdf, root, existed, crl)
    except Fault as fault:
        raise Broken("letterproof.pades", why=fault) from None
    agrees(letter, seal, str(registry.members[letter.sender]["name"]))
    return seal


def agrees(letter: Letter, seal: Seal, agency: str) -> None:
    """Raises Broken where a PDF's own signature says something else than its letter/1.

    `agency`: the sender's name in the registry, which the signer's certificate has too.
    """
    first = letter.signers[0]
    if seal.letter is None:
        raise Broken("letterproof.letter_json_missing")
    if field := letter.differs(seal.letter):
        raise Broken("letterproof.letter_json", field=field)
    if sha256(seal.certificate).hexdigest() != first.certificate:
        raise Broken("letterproof.certificate", name=first.name)
    if (seal.name, seal.number, seal.agency) != (first.name, first.number, agency):
        raise Broken("letterproof.certificate_subject", name=first.name, found=seal.name)
    if abs(seal.at - letter.signed_at) > NEAR:
        raise Broken("letterproof.seal_time", at=strict.utc(seal.at))
