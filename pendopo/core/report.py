"""What verified evidence proves, in plain words and as plain data."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from . import agreement as agreements
from . import strict
from .agreement import Agreement
from .errors import Fault
from .ids import ServiceId
from .log import Entry
from .wording import Wording, printable


@dataclass(frozen=True)
class Held:
    """Where an entry stands, and who saw it there. `proven` is the latest time of those who attest."""

    log: str
    side: str
    at: datetime
    epoch: int
    seq: int
    size: int
    proven: datetime
    by: tuple[tuple[str, datetime], ...]


@dataclass(frozen=True)
class Report:
    """What holds. `names` by agency; `target` the bytes asked for, where they were opened."""

    instance: str
    names: Mapping[str, str]
    entry: Entry
    agreement: Agreement | None
    definition: Mapping | None
    logs: list[Held]
    target: bytes | None
    body: bool

    def columns(self) -> tuple[list[str], bool]:
        """The columns that left, and whether that is exact: without the opening it is what may have left."""
        granted = list(self.agreement.columns) if self.agreement else []
        if self.target is None:
            return granted, False
        query = self.target.split(b"\n")[0].partition(b"?")[2].decode("utf-8", "replace")
        chosen = {name for part in parse_qs(query).get("select", []) for name in part.split(",")}
        return [name for name in granted if not chosen or name in chosen], True

    def masks(self) -> dict[str, Mapping]:
        """The masks of the columns that left."""
        if not self.agreement or not self.definition:
            return {}
        shown = set(self.columns()[0])
        return {
            name: mask
            for name, mask in agreements.masks(self.agreement, self.definition).items()
            if name in shown
        }

    def data(self) -> dict[str, Any]:
        """The facts as plain JSON data; times in UTC, identifiers as documents write them."""
        entry, agreed = self.entry, self.agreement
        columns, exact = self.columns()
        return {
            "v": 1,
            "valid": True,
            "instance": self.instance,
            "kind": entry.kind,
            "at": strict.utc(entry.at),
            "exchange": entry.exchange,
            "client": entry.req and entry.req.client,
            "service": entry.req and entry.req.service,
            "purpose": entry.req and entry.req.purpose,
            "request_signed": entry.req_sig is not None,
            "answer": entry.ans
            and {"status": entry.ans.status, "rows": entry.ans.rows, "bytes": entry.ans.size},
            "fault": entry.fault,
            "times": entry.times,
            "columns": columns,
            "columns_exact": exact,
            "masks": self.masks(),
            "basis": agreed and agreed.basis,
            "agreement": agreed
            and {
                "id": agreed.id,
                "rev": agreed.rev,
                "from": strict.utc(agreed.since),
                "until": strict.utc(agreed.until),
            },
            "logs": [
                {
                    "node": held.log,
                    "side": held.side,
                    "at": strict.utc(held.at),
                    "epoch": held.epoch,
                    "seq": held.seq,
                    "size": held.size,
                    "attested": [{"by": by, "at": strict.utc(at)} for by, at in held.by],
                }
                for held in self.logs
            ],
            "opened": self.target is not None,
            "body_opened": self.body,
        }

    def sentences(self, lang: str = "id") -> list[str]:
        """The facts as a person reads them, one sentence each, in "id" or "en"; safe for a terminal."""
        said = _Said(self, lang)
        return printable(
            said.what(), said.when(), said.how_much(), said.masked(), said.purpose(), said.basis(),
            said.agreed(), said.signed(), *said.held(), said.opened(),
        )  # fmt: skip


class _Said(Wording):
    """A report in one language; each method is one sentence, or "" where there is nothing to say."""

    def __init__(self, report: Report, lang: str) -> None:
        super().__init__(lang, report.names)
        self.r, self.entry = report, report.entry

    def service(self) -> str:
        code = self.entry.req.service
        definition = self.r.definition
        return f"{definition['title']['id' if self.id else 'en']} ({code})" if definition else code

    def what(self) -> str:
        entry = self.entry
        if entry.req is None:
            return self.pick(
                f"{self.number(entry.times)} permintaan tanpa kepala yang sah ditolak.",
                f"{self.number(entry.times)} requests without a valid head were refused.",
            )
        who, provider = self.agency(entry.req.client), self.agency(_provider(entry))
        asked = self.pick(
            f"{who} meminta layanan {self.service()} dari {provider}",
            f"{who} asked {provider} for the service {self.service()}",
        )
        if entry.kind == "refusal":
            why = Fault(entry.fault).text("id" if self.id else "en")
            refused = self.pick("dan ditolak", "and was refused")
            return f"{asked}, {refused} ({entry.fault}): {why}"
        if entry.ans is None:
            return asked + self.pick(
                ". Jawaban lengkapnya tidak tercatat.", ". No complete answer is on record."
            )
        if entry.ans.status >= 400:
            cannot = self.pick("yang tidak dapat memenuhinya", "which could not give it")
            return f"{asked}, {cannot} (status {entry.ans.status})."
        return self.pick(
            f"{who} menerima jawaban layanan {self.service()} dari {provider}.",
            f"{who} received the answer of the service {self.service()} from {provider}.",
        )

    def when(self) -> str:
        return self.pick("Waktu: ", "Time: ") + self.moment(self.entry.at) + "."

    def how_much(self) -> str:
        answer = self.entry.ans
        if answer is None or answer.status >= 400:
            return ""
        rows, size = self.count(answer.rows, "baris", "row"), self.count(answer.size, "byte", "byte")
        columns, exact = self.r.columns()
        names = ", ".join(columns)
        if not names:
            return self.pick(f"Isi: {size}.", f"Content: {size}.")
        if exact:
            return self.pick(
                f"Isi: {rows} ({size}), kolom {names}.",
                f"Content: {rows} ({size}), columns {names}.",
            )
        return self.pick(
            f"Isi: {rows} ({size}), paling banyak kolom {names}.",
            f"Content: {rows} ({size}), at most the columns {names}.",
        )

    def masked(self) -> str:
        if self.entry.ans is None or self.entry.ans.status >= 400:
            return ""
        each = ", ".join(f"{name} ({self.mask(mask)})" for name, mask in self.r.masks().items())
        return each and self.pick(f"Disamarkan: {each}.", f"Masked: {each}.")

    def mask(self, mask: Mapping) -> str:
        kind = mask["kind"]
        if kind == "ends":
            head, tail = mask.get("head", 0), mask.get("tail", 0)
            return self.pick(
                f"{head} huruf awal dan {tail} huruf akhir", f"first {head} and last {tail} characters"
            )
        if kind == "year":
            return self.pick("hanya tahun", "year only")
        return (
            self.pick("inisial", "initials") if kind == "initials" else self.pick("disembunyikan", "hidden")
        )

    def purpose(self) -> str:
        code = self.entry.req and (self.entry.req.purpose or self._only_purpose())
        return (code and self.pick(f"Tujuan: {code}.", f"Purpose: {code}.")) or ""

    def _only_purpose(self) -> str | None:
        agreed = self.r.agreement
        return agreed.purposes[0] if agreed and len(agreed.purposes) == 1 else None

    def basis(self) -> str:
        agreed = self.r.agreement
        if agreed is None:
            return ""
        kind, no, date = (agreed.basis[name] for name in ("kind", "no", "date"))
        with contextlib.suppress(ValueError):  # a date written in words stays as it is
            date = self.date(datetime.fromisoformat(date))
        return self.pick(f"Dasar: {kind} nomor {no}, {date}.", f"Legal basis: {kind} number {no}, {date}.")

    def agreed(self) -> str:
        agreed = self.r.agreement
        if agreed is None:
            return ""
        since, until = (self.date(day + timedelta(hours=7)) for day in (agreed.since, agreed.until))
        return self.pick(
            f"Perjanjian {agreed.id} revisi {agreed.rev}, ditandatangani kedua instansi, "
            f"berlaku {since} sampai {until}.",
            f"Agreement {agreed.id}, revision {agreed.rev}, signed by both agencies, "
            f"in force {since} to {until}.",
        )

    def signed(self) -> str:
        entry = self.entry
        if entry.req is None:
            return ""
        if entry.req_sig is None:
            return self.pick(
                "Pengirim permintaan ini tidak terbukti: tidak ada tanda tangannya.",
                "The sender of this request is not proven: there is no signature.",
            )
        client, provider = (
            self.agency("/".join(entry.req.client.split("/")[:3])),
            self.agency(_provider(entry)),
        )
        if entry.ans is None:
            return self.pick(f"Permintaan ditandatangani {client}.", f"The request is signed by {client}.")
        return self.pick(
            f"Permintaan ditandatangani {client}; jawaban atas permintaan itu ditandatangani {provider}.",
            f"The request is signed by {client}; the answer to this very request is signed by {provider}.",
        )

    def held(self) -> list[str]:
        lines = []
        for held in self.r.logs:
            seen = self.pick(" dan ", " and ").join(f"{by} ({self.moment(at)})" for by, at in held.by)
            where = self.pick(
                f"Catatan ke-{held.seq + 1} dari {held.size} di log node {held.log}, masa {held.epoch}",
                f"Entry {held.seq + 1} of {held.size} in the log of node {held.log}, epoch {held.epoch}",
            )
            alone = self.pick(
                "; waktunya menurut node itu sendiri, yang memegang registri.",
                "; the time is that node's own word, which keeps the registry.",
            )
            lines.append(
                where + (self.pick("; disaksikan ", "; attested by ") + seen + "." if seen else alone)
            )
        if len(lines) == 1:
            lines.append(
                self.pick(
                    "Catatan pihak lain tidak ada dalam berkas ini.",
                    "The other side's record is not in this file.",
                )
            )
        return lines

    def opened(self) -> str:
        if self.r.target is None:
            return self.pick(
                "Isi permintaan dan jawaban tidak dilampirkan; sidiknya terikat tanda tangan di atas.",
                "What was asked and answered is not enclosed; its digests are bound by the signatures above.",
            )
        asked = self.r.target.split(b"\n")[0].decode("utf-8", "replace")
        return self.pick(
            f"Yang diminta, sesuai sidiknya: {asked}"
            + (" (jawaban terlampir dan cocok)." if self.r.body else "."),
            f"What was asked, matching its digest: {asked}"
            + (" (the answer is enclosed and matches)." if self.r.body else "."),
        )


def _provider(entry: Entry) -> str:
    return str(ServiceId.parse(entry.req.service).agency)
