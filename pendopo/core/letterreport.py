"""What a verified letter proves, in plain words and as plain data: with its receipts, or its PDF alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from . import strict
from .letter import FOR, Inside, Letter, Receipt, Signed
from .report import Held, Report
from .wording import Wording, printable

_PREFIX = {"definitive": "", "plt": "Plt. ", "plh": "Plh. ", "pj": "Pj. "}
_FOR = {"an": "a.n.", "ub": "u.b."}
LEVEL = "AdES LTA"


class Seal(Protocol):
    """What a PDF's signature proves, as `pades` gives it."""

    name: str
    number: str
    agency: str  # the agency's registered name
    certificate: bytes  # DER
    at: datetime
    letter: Inside | None  # letter.json in the PDF


@dataclass(frozen=True)
class LetterReport:
    """What holds. `names` by agency; `seal` None when the PDF's own signature was not checked.

    `existed` is when others attested the exchange that brought the letter; None without such evidence.
    `crl`: a list of revoked certificates by the registry was at hand.
    """

    instance: str
    names: Mapping[str, str]
    letter: Letter
    receipts: tuple[Receipt, ...]
    exchanges: tuple[Report, ...]
    existed: datetime | None
    seal: Seal | None
    crl: bool

    def data(self) -> dict[str, Any]:
        """The facts as plain JSON data; times in UTC, identifiers as documents write them."""
        letter = self.letter
        return {
            "v": 1,
            "valid": True,
            "kind": "letter",
            "instance": self.instance,
            "id": letter.id,
            "number": letter.number,
            "date": letter.date.isoformat(),
            "subject": letter.subject,
            "from": letter.sender,
            "to": letter.receiver,
            "role": letter.role,
            "signed_at": strict.utc(letter.signed_at),
            "signers": [
                _signed(one.said)
                | {
                    "mandate": one.mandate.envelope.sha,
                    "held": one.mandate.kind,
                    "decree": one.mandate.decree,
                }
                for one in letter.signers
            ],
            "pdf": {"sha": letter.file.sha, "size": letter.file.size, "pages": letter.file.pages},
            "pdf_signature": self.seal and _sealed(self.seal),
            "crl": self.crl,
            "attachments": [{"name": file.name, "sha": file.sha} for file in letter.attachments],
            "existed": self.existed and strict.utc(self.existed),
            "exchanges": [report.data() for report in self.exchanges],
            "receipts": [
                {
                    "event": one.event,
                    "at": strict.utc(one.at),
                    "agenda": one.agenda,
                    "reason": one.reason,
                    "by": one.by and {"position": one.by[0], "capacity": one.by[1]},
                    "exchange": one.exchange,
                }
                for one in self.receipts
            ],
        }

    def sentences(self, lang: str = "id") -> list[str]:
        """The facts as a person reads them, one sentence each, in "id" or "en"; safe for a terminal."""
        said = _Said(self, lang)
        return printable(
            said.what(),
            *said.signers(),
            said.file(),
            said.seal(),
            *said.sent(),
            *said.received(),
            said.apart(),
        )


@dataclass(frozen=True)
class PdfReport:
    """What a signed PDF proves by itself. `sha` is its SHA-256."""

    instance: str
    sha: str
    size: int
    seal: Seal

    def data(self) -> dict[str, Any]:
        """The facts as plain JSON data; times in UTC. `letter` is what the PDF says of itself, or null."""
        inside = self.seal.letter
        return {
            "v": 1,
            "valid": True,
            "kind": "pdf",
            "instance": self.instance,
            "pdf": {"sha": self.sha, "size": self.size},
            "pdf_signature": _sealed(self.seal),
            "letter": inside
            and {
                "id": inside.id,
                "number": inside.number,
                "date": inside.date.isoformat(),
                "subject": inside.subject,
                "from": inside.sender,
                "signers": [_signed(one) for one in inside.signers],
                "recipients": list(inside.recipients),
            },
        }

    def sentences(self, lang: str = "id") -> list[str]:
        """The facts as a person reads them, one sentence each, in "id" or "en"; safe for a terminal."""
        return printable(*_pdf(self, Wording(lang, {})))


def _signed(one: Signed) -> dict[str, Any]:
    said = {"name": one.name, "number": one.number, "position": one.position, "capacity": one.capacity}
    return said | {"for": one.on_behalf}


def _sealed(seal: Seal) -> dict[str, Any]:
    said = {"level": LEVEL, "name": seal.name, "number": seal.number, "agency": seal.agency}
    return said | {"at": strict.utc(seal.at)}


def _numbered(name: str, number: str) -> str:
    """`Sari Dewi (NIP 197805052003122001)`; a number of another kind stands alone."""
    return f"{name} ({'NIP ' if len(number) == 18 and number.isdecimal() else ''}{number})"


def _who(one: Signed, held: str) -> str:
    """`Sari Dewi (NIP …), Sekretaris a.n. Kepala`; `held` is how the signer has their own post."""
    behalf = f" {_FOR[one.capacity]} {one.on_behalf}" if one.capacity in FOR else ""
    return f"{_numbered(one.name, one.number)}, {_PREFIX[held]}{one.position}{behalf}"


class _Said(Wording):
    """A report in one language; each method is one sentence or several, or "" with nothing to say."""

    def __init__(self, report: LetterReport, lang: str) -> None:
        super().__init__(lang, report.names)
        self.r, self.letter = report, report.letter

    def what(self) -> str:
        letter, day = self.letter, self.date(self.letter.date)
        sender, receiver = self.agency(letter.sender), self.agency(letter.receiver)
        role = self.pick("kepada", "to")
        if letter.role == "copy":
            role = self.pick("dengan tembusan kepada", "with a copy to")
        return self.pick(
            f"Surat nomor {letter.number}, {day}, hal “{letter.subject}”, dari {sender} {role} {receiver}.",
            f"Letter number {letter.number}, {day}, on “{letter.subject}”, from {sender} {role} {receiver}.",
        )

    def signers(self) -> list[str]:
        when = self.moment(self.letter.signed_at)
        return [
            self.pick("Ditandatangani ", "Signed by ")
            + _who(one.said, one.mandate.kind)
            + self.pick(f", pada {when}; mandatnya", f", on {when}; the mandate")
            + (one.mandate.decree and f" ({one.mandate.decree})")
            + self.pick(" dari instansi itu berlaku saat itu.", " by that agency held then.")
            for one in self.letter.signers
        ]

    def file(self) -> str:
        file = self.letter.file
        size = self.count(file.size, "byte", "byte")
        return self.pick(
            f"PDF terlampir ({size}) adalah berkas yang dikirim; SHA-256 {file.sha}.",
            f"The enclosed PDF ({size}) is the file that was sent; SHA-256 {file.sha}.",
        )

    def seal(self) -> str:
        seal = self.r.seal
        if seal is None:
            return self.pick(
                "TIDAK DIPERIKSA: tanda tangan di dalam PDF dan keterangan surat di dalamnya. "
                "Agar diperiksa: pip install 'pendopo[letters]'.",
                "NOT CHECKED: the signature inside the PDF, and what the PDF says of itself. "
                "To have them checked: pip install 'pendopo[letters]'.",
            )
        listed = self.pick(
            "tidak dicabut menurut daftar registri yang terlampir",
            "not revoked by the registry's enclosed list",
        )
        alone = self.pick(
            "tidak dicabut menurut daftar di dalam PDF", "not revoked by the lists inside the PDF"
        )
        good = listed if self.r.crl else alone
        return self.pick(
            f"Tanda tangan di dalam PDF sah sebagai {LEVEL}: {seal.name}, {seal.agency}, dengan cap waktu "
            f"{self.moment(seal.at)}; sertifikatnya {good}.",
            f"The signature inside the PDF is valid as {LEVEL}: {seal.name}, {seal.agency}, time stamp "
            f"{self.moment(seal.at)}; the certificate was {good}.",
        )

    def sent(self) -> list[str]:
        if not self.r.exchanges:
            return [
                self.pick(
                    "Catatan pertukaran yang membawa surat ini tidak ada dalam berkas ini.",
                    "The record of the exchange that brought this letter is not in this file.",
                )
            ]
        return [self._exchange(report, held) for report in self.r.exchanges for held in report.logs]

    def _exchange(self, report: Report, held: Held) -> str:
        """The one record of an exchange that stands in one side's log."""
        consumer = held.side == "consumer"
        what = (
            self.pick("Pengirim: dikirim", "Sender: sent")
            if consumer
            else self.pick("Penerima: sampai", "Receiver: delivered")
        )
        seen = self.pick(" dan ", " and ").join(by for by, _ in held.by)
        last = self.moment(held.proven)
        return (
            f"{what} {self.moment(held.at)}; "
            + self.pick(
                f"catatan ke-{held.seq + 1} dari {held.size} di log node {held.log}",
                f"entry {held.seq + 1} of {held.size} in the log of node {held.log}",
            )
            + (
                self.pick(f", disaksikan {seen} paling akhir {last}", f", attested by {seen} by {last}")
                if seen
                else self.pick("; waktunya menurut node itu sendiri", "; the time is that node's own word")
            )
            + "."
        )

    def received(self) -> list[str]:
        if not self.r.receipts:
            return [
                self.pick(
                    "Tanda terima dari penerima tidak ada dalam berkas ini.",
                    "No receipt by the receiver is in this file.",
                )
            ]
        return [self._receipt(one) for one in self.r.receipts]

    def _receipt(self, one: Receipt) -> str:
        event = {
            "received": self.pick("diterima", "received"),
            "registered": self.pick("dicatat dalam agenda", "registered"),
            "read": self.pick("dibaca", "read"),
            "rejected": self.pick("ditolak", "rejected"),
        }[one.event]
        agenda = self.pick(f" nomor {one.agenda}", f" under number {one.agenda}") if one.agenda else ""
        reason = self.pick(f", alasan: “{one.reason}”", f", reason: “{one.reason}”") if one.reason else ""
        return (
            self.pick("Tanda terima penerima: ", "Receipt by the receiver: ")
            + f"{event}{agenda}{reason}, {self.moment(one.at)}{self._by(one)}."
        )

    def _by(self, one: Receipt) -> str:
        if one.by is None:
            return ""
        position, capacity = one.by
        post = f"{_FOR.get(capacity) or _PREFIX[capacity or 'definitive'].strip()} {position}".strip()
        return self.pick(f", oleh {post}", f", by {post}")

    def apart(self) -> str:
        """Attachments lie beside the letter, and so are not looked at here."""
        if not self.letter.attachments:
            return ""
        names = ", ".join(f"{file.name} (SHA-256 {file.sha})" for file in self.letter.attachments)
        return self.pick(
            f"TIDAK DIPERIKSA: lampiran tidak ikut dalam berkas ini; sidiknya ditandatangani: {names}.",
            f"NOT CHECKED: attachments are not in this file; their digests are signed: {names}.",
        )


def _pdf(report: PdfReport, word: Wording) -> list[str]:
    seal, inside = report.seal, report.seal.letter
    signed = word.pick(
        f"Ditandatangani {_numbered(seal.name, seal.number)}, {seal.agency}; sah sebagai {LEVEL}, cap waktu "
        f"{word.moment(seal.at)}.",
        f"Signed by {_numbered(seal.name, seal.number)}, {seal.agency}; valid as {LEVEL}, time stamp "
        f"{word.moment(seal.at)}.",
    )
    size = word.count(report.size, "byte", "byte")
    file = word.pick(
        f"Berkas ini ({size}) tidak berubah sejak itu; SHA-256 {report.sha}.",
        f"This file ({size}) has not changed since; SHA-256 {report.sha}.",
    )
    until = word.pick(
        "TIDAK DIPERIKSA: mandat penanda tangan, pengiriman, dan pencabutan sertifikat setelah saat itu; "
        "mintalah berkas bukti surat (.pendopo.json).",
        "NOT CHECKED: the signer's mandate, the delivery, and whether the certificate was revoked later; "
        "ask for the letter's proof file (.pendopo.json).",
    )
    if inside is None:
        none = word.pick("PDF ini tidak memuat data surat.", "This PDF holds no data of a letter.")
        return [signed, none, file, until]
    day = word.date(inside.date)
    what = word.pick(
        f"Surat nomor {inside.number}, {day}, hal “{inside.subject}”, dari instansi {inside.sender} "
        f"kepada {'; '.join(inside.recipients)}.",
        f"Letter number {inside.number}, {day}, on “{inside.subject}”, from agency {inside.sender} "
        f"to {'; '.join(inside.recipients)}.",
    )
    acting = [_who(one, one.capacity if one.capacity in _PREFIX else "definitive") for one in inside.signers]
    capacity = word.pick(
        f"Kapasitas menurut isi PDF: {'; '.join(acting)}.", f"Capacity as the PDF says: {'; '.join(acting)}."
    )
    return [what, signed, capacity, file, until]
