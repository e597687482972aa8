"""Reading a staff list from CSV: each row checked by itself. No database, no Django."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from datetime import date

from pendopo.core import nip
from pendopo.core.errors import Fault

COLUMNS = (
    "nama",
    "gelar_depan",
    "gelar_belakang",
    "jenis_nomor",
    "nomor",
    "lahir",
    "unit_kode",
    "unit_nama",
    "jabatan",
    "kepala",
    "jenis",
    "mulai",
    "sampai",
    "sk",
)
REQUIRED = ("nama", "nomor")
MAX_BYTES = 2_000_000
MAX_ROWS = 2_000
KINDS = {"": "definitive", "definitif": "definitive", "plt": "plt", "plh": "plh", "pj": "pj"}
SCHEMES = {"": "nip", "nip": "nip", "nippppk": "nippppk", "lokal": "local"}
LENGTHS = {"nama": 200, "gelar_depan": 64, "gelar_belakang": 64, "unit_kode": 32, "unit_nama": 200}
LENGTHS |= {"jabatan": 200, "sk": 120}


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with one value: a stable code, the column, and what a text about it names."""

    code: str
    column: str
    params: dict[str, object] = field(default_factory=dict)
    fault: Fault | None = None


@dataclass(slots=True)
class Row:
    """A row as it will be imported. `line` is its line in the file (the header is 1)."""

    line: int
    name: str = ""
    front_title: str = ""
    back_title: str = ""
    number: nip.PersonNumber | None = None
    birth: date | None = None
    unit_code: str = ""
    unit_name: str = ""
    position: str = ""
    heads: bool = False
    kind: str = "definitive"
    since: date | None = None
    until: date | None = None
    decree: str = ""
    troubles: list[Trouble] = field(default_factory=list)


class SheetError(Exception):
    """The file as a whole cannot be read: `code` is import.size, .encoding, .empty, .columns or .rows."""

    def __init__(self, code: str, **params: object):
        super().__init__(code)
        self.code = code
        self.params = params


def read(data: bytes) -> list[Row]:
    """The rows of a CSV file in UTF-8, with commas or semicolons, each with its troubles.

    Raises SheetError.
    """
    if len(data) > MAX_BYTES:
        raise SheetError("import.size", mb=MAX_BYTES // 1_000_000)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SheetError("import.encoding") from None
    header, _, _ = text.partition("\n")
    delimiter = ";" if header.count(";") > header.count(",") else ","
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        raise SheetError("import.csv") from None
    names = [re.sub(r"\s+", "_", name.strip().lower()) for name in (lines[0] if lines else [])]
    missing = [name for name in REQUIRED if name not in names]
    unknown = [name for name in names if name not in COLUMNS]
    if missing or unknown or len(set(names)) != len(names):
        raise SheetError("import.columns", missing=", ".join(missing), unknown=", ".join(unknown))
    filled = [
        (at, values) for at, values in enumerate(lines[1:], 2) if any(value.strip() for value in values)
    ]
    if not filled:
        raise SheetError("import.empty")
    if len(filled) > MAX_ROWS:
        raise SheetError("import.rows", most=MAX_ROWS)
    rows = [_row(at, names, values) for at, values in filled]
    _find_doubles(rows)
    return rows


def _row(line: int, names: list[str], values: list[str]) -> Row:
    row = Row(line)
    if len(values) > len(names):
        row.troubles.append(Trouble("row.cells", ""))
    value = {name: cell.strip() for name, cell in zip(names, values, strict=False)}
    value = {name: value.get(name, "") for name in COLUMNS}
    for name, most in LENGTHS.items():
        if len(value[name]) > most:
            row.troubles.append(Trouble("row.long", name, {"most": most}))
    row.name, row.front_title, row.back_title = value["nama"], value["gelar_depan"], value["gelar_belakang"]
    if not row.name:
        row.troubles.append(Trouble("row.name", "nama"))
    row.number = _number(row, value["jenis_nomor"], value["nomor"])
    row.birth = _birth(row, value["lahir"])
    row.unit_code, row.unit_name, row.position = value["unit_kode"], value["unit_nama"], value["jabatan"]
    row.heads = _yes(row, value["kepala"])
    row.decree = value["sk"]
    row.kind = KINDS.get(value["jenis"].lower().rstrip("."), "")
    if not row.kind:
        row.troubles.append(Trouble("row.kind", "jenis", {"value": value["jenis"][:20]}))
    row.since, row.until = _date(row, "mulai", value["mulai"]), _date(row, "sampai", value["sampai"])
    if row.position and not row.unit_code:
        row.troubles.append(Trouble("row.unit", "unit_kode"))
    if row.since and row.until and row.until <= row.since:
        row.troubles.append(Trouble("row.until", "sampai"))
    return row


def _number(row: Row, scheme: str, value: str) -> nip.PersonNumber | None:
    known = SCHEMES.get(scheme.lower().replace("-", "").replace(" ", ""))
    if known is None:
        row.troubles.append(Trouble("row.scheme", "jenis_nomor", {"value": scheme[:20]}))
        return None
    # A spreadsheet writes a long number as 1,98503E+17: its last digits are gone for good.
    if re.fullmatch(r"\d[.,]\d+[eE]\+\d+", value):
        row.troubles.append(Trouble("row.rounded", "nomor"))
        return None
    try:
        return nip.parse(known, value)
    except Fault as fault:
        row.troubles.append(Trouble(fault.code, "nomor", fault=fault))
        return None


def _birth(row: Row, value: str) -> date | None:
    """The birth date that a national number says, else the column's; both must agree."""
    known = row.number.birth if row.number else None
    given = _date(row, "lahir", value)
    if given and known and given != known:
        row.troubles.append(Trouble("row.birth", "lahir", {"day": f"{known:%d-%m-%Y}"}))
    return known or given


def _yes(row: Row, value: str) -> bool:
    if value.lower() in ("ya", "y", "1"):
        return True
    if value.lower() not in ("", "tidak", "t", "0"):
        row.troubles.append(Trouble("row.yes", "kepala", {"value": value[:20]}))
    return False


def _date(row: Row, column: str, value: str) -> date | None:
    """`2026-11-23`, `23-11-2026` or `23/11/2026`."""
    if not value:
        return None
    iso = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", value)
    local = re.fullmatch(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})", value)
    parts = iso.groups() if iso else local.groups()[::-1] if local else None
    try:
        return date(*map(int, parts))
    except (TypeError, ValueError):
        row.troubles.append(Trouble("row.date", column, {"value": value[:20]}))
        return None


def _find_doubles(rows: list[Row]) -> None:
    """The same number twice, or two definitive holders of one post at one time, within the file."""
    numbers: dict[tuple[str, str], int] = {}
    posts: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if row.number:
            first = numbers.setdefault((row.number.scheme, row.number.value), row.line)
            if first != row.line:
                row.troubles.append(Trouble("row.double", "nomor", {"line": first}))
        if row.position and row.kind == "definitive":
            held = posts.setdefault((row.unit_code, row.position), [])
            for other in held:
                if overlap(row, other):
                    row.troubles.append(Trouble("row.held", "jabatan", {"line": other.line}))
                    break
            held.append(row)


def overlap(one: Row, other: Row) -> bool:
    """Whether two rows' assignments share a day. No beginning or no end means open there."""
    since = [row.since or date.min for row in (one, other)]
    return (one.until or date.max) > since[1] and (other.until or date.max) > since[0]
