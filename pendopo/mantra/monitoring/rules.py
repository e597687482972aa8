"""From entries of the exchange log to figures a person asks for: per day and agreement."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date


@dataclass
class Usage:
    """What one agreement carried in one day: answered and refused requests, rows and bytes that left."""

    ok: int = 0
    refused: int = 0
    rows: int = 0
    bytes: int = 0

    def __iadd__(self, other: "Usage") -> "Usage":
        self.ok += other.ok
        self.refused += other.refused
        self.rows += other.rows
        self.bytes += other.bytes
        return self


def per_day(entries: Iterable[Mapping]) -> dict[tuple[date, str, str, str], Usage]:
    """Adds up `entries` (keys day, agreement, agency, side, kind, rows, bytes, times) by the first four.

    An entry of kind "refusal" counts its `times` as refused; one that names no agreement is left out.
    """
    total: dict[tuple[date, str, str, str], Usage] = defaultdict(Usage)
    for entry in entries:
        if not entry["agreement"]:
            continue
        key = (entry["day"], entry["agreement"], entry["agency"], entry["side"])
        if entry["kind"] == "refusal":
            total[key] += Usage(refused=entry["times"])
        elif entry["kind"] == "exchange":
            total[key] += Usage(ok=1, rows=entry["rows"], bytes=entry["bytes"])
    return dict(total)
