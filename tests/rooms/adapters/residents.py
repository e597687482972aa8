"""The same table in three databases, and a plain second model of what a query on it answers."""

import datetime as dt
import random
import uuid
from decimal import Decimal
from urllib.parse import quote

SEED = 20261123
COLUMNS = {
    "nik": "text",
    "nama": "text",
    "kota": "text",
    "umur": "integer",
    "saldo": "number",
    "aktif": "boolean",
    "lahir": "date",
    "dibuat": "datetime",
    "jam": "time",
    "kode": "uuid",
    "catatan": "json",
    "foto": "bytes",
}
COMPARED = [name for name, type in COLUMNS.items() if type not in ("json", "bytes")]
ORDERED = ["eq", "neq", "gt", "gte", "lt", "lte", "in", "is"]
OPERATORS = {
    name: {"text": [*ORDERED, "like"], "boolean": ["eq", "in", "is"], "uuid": ["eq", "neq", "in", "is"]}.get(
        type, ORDERED
    )
    for name, type in COLUMNS.items()
    if name in COMPARED
}
# Text that trips collations, quoting, LIKE and CSV.
NAMES = [
    *["Siti", "siti", "SITI", "Siti ", " Siti", "Sīti", "Siti Nurhaliza", "", " ", "I Wayan  Putra"],
    *[
        "O'Neil",
        'kata "kutip"',
        "a,b",
        "baris\nbaru",
        "baris\r\nbaru",
        "50%",
        "a_b",
        "a\\b",
        "a!b",
        "tab\tdi sini",
    ],
    *[
        "é",
        "é",
        "👩‍👩‍👧",
        "😀 Budi",
        "Ω",
        "ß",
        "ss",
        "zz",
        "Zz",
        "null",
        "NULL",
        "\\N",
        "\\.",
        "•••",
        "'; DROP TABLE t; --",
    ],
]

TABLES = {
    "postgresql": """CREATE TABLE penduduk (nik varchar(16) PRIMARY KEY, nama text, kota char(12), umur int,
        saldo numeric(14,2), aktif boolean, lahir date, dibuat timestamp, jam time, kode uuid,
        catatan jsonb, foto bytea)""",
    "mariadb": """CREATE TABLE penduduk (nik varchar(16) PRIMARY KEY, nama text, kota char(12), umur int,
        saldo decimal(14,2), aktif boolean, lahir date, dibuat datetime(6), jam time(6), kode uuid,
        catatan json, foto blob) CHARACTER SET utf8mb4""",
    "sqlite": """CREATE TABLE penduduk (nik TEXT PRIMARY KEY NOT NULL, nama TEXT, kota TEXT, umur INTEGER,
        saldo DECIMAL(14,2), aktif BOOLEAN, lahir DATE, dibuat DATETIME, jam TIME, kode UUID,
        catatan JSON, foto BLOB)""",
}
INSERT = f"INSERT INTO penduduk VALUES ({', '.join(['%s'] * len(COLUMNS))})"


def rows(count: int = 120) -> list[dict]:
    """Residents as Python values; about one value in six is absent."""
    rand = random.Random(SEED)
    maybe = lambda value: None if rand.random() < 0.16 else value  # noqa: E731
    out = []
    for i in range(count):
        day = dt.date(1950, 1, 1) + dt.timedelta(days=rand.randrange(25000))
        moment = dt.datetime(2026, 1, 1) + dt.timedelta(
            seconds=rand.randrange(40), microseconds=rand.choice([0, 500000, 123456])
        )
        out.append(
            {
                "nik": f"{3174000000000000 + rand.randrange(10**6) * 1000 + i}",
                "nama": maybe(rand.choice(NAMES)),
                "kota": maybe(rand.choice(["Jakarta", "jakarta", "Depok", "Bogor", "Ende"])),
                "umur": maybe(rand.choice([0, 1, -1, 17, 17, 18, 65, 2**31 - 1])),
                "saldo": maybe(Decimal(rand.choice(["0.00", "1.50", "-1.50", "99.99", "100000.25", "0.10"]))),
                "aktif": maybe(rand.random() < 0.5),
                "lahir": maybe(day),
                "dibuat": maybe(moment),
                "jam": maybe(dt.time(rand.randrange(3), 30, 5, rand.choice([0, 250000]))),
                "kode": maybe(str(uuid.UUID(int=rand.getrandbits(128), version=4))),
                "catatan": maybe(rand.choice(['{"a": 1, "b": [true, null]}', '"teks"', "[]", "12.5"])),
                "foto": maybe(rand.choice([b"", b"\x00\xff", b"x" * 100])),
            }
        )
    return out


def text(value: object) -> str:
    """A value as one writes it in a query."""
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, (dt.date, dt.time)) else str(value)


def query(conditions: list[tuple], **other: object) -> str:
    """The query string of (column, operator, value or list of values) and parameters."""
    parts = []
    for column, op, value in conditions:
        if op == "in":
            value = (
                "("
                + ",".join('"' + text(v).replace("\\", "\\\\").replace('"', '\\"') + '"' for v in value)
                + ")"
            )
        parts.append(f"{column}={op}.{quote(text(value), safe='')}")
    parts += [
        f"{name}={quote(str(value), safe='')}" for name, value in other.items() if value not in (None, "")
    ]
    return "&".join(parts)


def matches(row: dict, column: str, op: str, value: object) -> bool:
    """The plain meaning of one condition."""
    found = row[column]
    if op == "is":
        return {
            "null": found is None,
            "not_null": found is not None,
            "true": found is True,
            "false": found is False,
        }[value]
    if found is None:
        return False
    match op:
        case "eq":
            return found == value
        case "neq":
            return found != value
        case "gt":
            return found > value
        case "gte":
            return found >= value
        case "lt":
            return found < value
        case "lte":
            return found <= value
        case "in":
            return found in value
        case "like":
            return like(value, found)
    raise AssertionError(op)


def like(pattern: str, found: str) -> bool:
    """LIKE by trying, a character at a time."""
    if not pattern:
        return not found
    head, rest = pattern[0], pattern[1:]
    if head in "*%":
        return any(like(rest, found[i:]) for i in range(len(found) + 1))
    if head == "\\" and rest:
        head, rest = rest[0], rest[1:]
    elif head == "_":
        return bool(found) and like(rest, found[1:])
    return found.startswith(head) and like(rest, found[1:])


def answer(rows: list[dict], conditions: list[tuple], order: list[tuple[str, bool]]) -> list[dict]:
    """Every row the query means, in its order: NULL last, first when descending; at the end by key."""
    kept = [row for row in rows if all(matches(row, *condition) for condition in conditions)]
    for column, descending in reversed([*order, ("nik", False)]):
        present = sorted(
            (r for r in kept if r[column] is not None), key=lambda r: r[column], reverse=descending
        )
        absent = [r for r in kept if r[column] is None]
        kept = absent + present if descending else present + absent
    return kept
