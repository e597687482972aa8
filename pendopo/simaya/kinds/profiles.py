"""Rule profiles: what an agency's own rules of official letters (tata naskah dinas) fix, as data.

A profile is a TOML file in `profiles/`; it ships with the program. Each table names the `source` it
follows. What is here is checked whole when it is loaded: a profile with a fault is never half used.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass, fields
from datetime import time
from functools import cache
from importlib.resources import files

from pendopo.core.errors import Fault

TOKENS = frozenset(
    [
        "security",
        "seq",
        "position",
        "unit",
        "agency",
        "class",
        "month2",
        "month_roman",
        "year",
        "kind",
        "region",
    ]
)
SCOPES = frozenset(["unit", "position", "kind", "security", "class", "month", "year"])
HEAD = frozenset(["number", "nature", "attachments", "subject", "to", "from", "day"])
# At least these margins in cm: top, bottom, left, right (guides in the line of ANRI 5/2021).
MARGINS = {"top": 2.0, "bottom": 2.5, "left": 3.0, "right": 2.0}
_token = re.compile(r"\{([^{}]*)\}")
_seq = re.compile(r"seq(:[1-9])?")


@dataclass(frozen=True, slots=True)
class Layout:
    """The page: lengths in centimetres, `size` in points, `spacing` in lines."""

    source: str
    font: str
    size: float
    spacing: float
    width: float
    height: float
    top: float
    bottom: float
    left: float
    right: float
    indent: float


@dataclass(frozen=True, slots=True)
class Security:
    """A degree of security. `marked`: its word stands on every page, in `colour` (#rrggbb)."""

    source: str
    word: str
    colour: str
    marked: bool


@dataclass(frozen=True, slots=True)
class Urgency:
    """A degree of urgency: answered within `hours` of working days, or by the end of working day `days`.

    Neither: this profile's rules name the degree and no time.
    """

    source: str
    word: str
    hours: int | None = None
    days: int | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of letter (jenis naskah dinas).

    `group`: `directive`, `correspondence` or `special`. `number`: the number's pattern; `scope`: what parts
    its sequences. `facing`: `letter` (to somebody outside) or `memo`; `head`: its lines, in order.
    `signs`: in a post's own name sign posts down to `deepest` levels below the agency's head (`level`), or
    the head of any unit (`heads`). `degrees`: names are written with academic titles. `numbered`: whose rank
    and number stand below the name: `none`, `all` or `not-regional-head`.
    """

    code: str
    source: str
    group: str
    title: str
    number: str
    scope: tuple[str, ...]
    facing: str
    head: tuple[str, ...]
    signs: str
    degrees: bool
    numbered: str
    deepest: int = 0


@dataclass(frozen=True, slots=True)
class Profile:
    """The rules of one line of agencies. `sha`: SHA-256 of its file, kept with every letter."""

    code: str
    title: str
    source: str
    sha: str
    layout: Layout
    closes: time
    security: dict[str, Security]
    urgency: dict[str, Urgency]
    capacity: dict[str, str]
    statement: str
    orders: dict[str, str]
    kinds: dict[str, Kind]


def codes() -> list[str]:
    """The codes of the profiles that ship with the program, sorted."""
    found = files(__package__).joinpath("profiles").iterdir()
    return sorted(entry.name.removesuffix(".toml") for entry in found if entry.name.endswith(".toml"))


@cache
def load(code: str) -> Profile:
    """The profile `code`. Fault `kinds.profile_unknown`, `kinds.profile` (names the table at fault)."""
    if code not in codes():
        raise Fault("kinds.profile_unknown", profile=code)
    profile = parse(files(__package__).joinpath("profiles", f"{code}.toml").read_bytes())
    if profile.code != code:
        raise Fault("kinds.profile", profile=code, field="code")
    return profile


def parse(data: bytes) -> Profile:
    """The profile written in `data` (TOML, UTF-8). Fault `kinds.profile` names the field at fault."""
    try:
        raw = tomllib.loads(data.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        raise Fault("kinds.profile", profile="", field="TOML") from None
    need = _Need(raw.get("code") if isinstance(raw.get("code"), str) else "")
    names = {"code", "title", "source", "layout", "clock", "security", "urgency"}
    need(raw.keys() == names | {"capacity", "statement", "orders", "kind"}, "tables")
    need(all(isinstance(raw[name], str) and raw[name] for name in ("code", "title", "source")), "title")
    layout = need.table(Layout, raw["layout"], "layout")
    for side, least in MARGINS.items():
        need(getattr(layout, side) >= least, f"layout.{side}")
    need(layout.width - layout.left - layout.right >= 12, "layout.width")
    security = need.tables(Security, raw["security"], "security")
    need(list(security) == ["B", "T", "R", "SR"], "security")
    for code, row in security.items():
        need(re.fullmatch(r"#[0-9a-f]{6}", row.colour) is not None, f"security.{code}.colour")
    urgency = need.tables(Urgency, raw["urgency"], "urgency")
    need("biasa" in urgency, "urgency")
    for code, row in urgency.items():
        given = [n for n in (row.hours, row.days) if n is not None]
        need(len(given) <= 1 and all(0 < n <= 1000 for n in given), f"urgency.{code}")
    capacity = need.words(raw["capacity"], "capacity")
    need({"an", "ub", "plt", "plh"} <= capacity.keys() <= {"an", "ub", "plt", "plh", "pj", "pjs"}, "capacity")
    statement = need.words(raw["statement"], "statement")
    need(statement.keys() == {"text"}, "statement")
    clock = need.words(raw["clock"], "clock")
    need(clock.keys() == {"closes"} and re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", clock["closes"]), "clock")
    kinds = {code: need.kind(code, row) for code, row in need.dict(raw["kind"], "kind").items()}
    return Profile(
        code=raw["code"],
        title=raw["title"],
        source=raw["source"],
        sha=hashlib.sha256(data).hexdigest(),
        layout=layout,
        closes=time.fromisoformat(clock["closes"]),
        security=security,
        urgency=urgency,
        capacity=capacity,
        statement=statement["text"],
        orders=need.words(raw["orders"], "orders"),
        kinds=kinds,
    )


class _Need:
    """Checks of one file: each refuses with the file's code and the field's name."""

    def __init__(self, profile: str) -> None:
        self.profile = profile

    def __call__(self, holds: object, field: str) -> None:
        if not holds:
            raise Fault("kinds.profile", profile=self.profile, field=field)

    def dict(self, raw: object, field: str) -> dict:
        self(isinstance(raw, dict) and raw, field)
        return raw  # type: ignore[return-value]

    def table(self, form: type, raw: object, field: str, **more: str):
        """`raw` as the dataclass `form`: no name too many, none missing, each of its type."""
        raw = self.dict(raw, field)
        types = {f.name: f.type for f in fields(form) if f.name not in more}
        self(raw.keys() <= types.keys(), field)
        made = {}
        for name, kind in types.items():
            if name not in raw:
                continue
            self(_typed(raw[name], kind), f"{field}.{name}")
            made[name] = tuple(raw[name]) if isinstance(raw[name], list) else raw[name]
        try:
            return form(**made, **more)
        except TypeError:
            raise Fault("kinds.profile", profile=self.profile, field=field) from None

    def tables(self, form: type, raw: object, field: str) -> dict:
        rows = self.dict(raw, field)
        return {code: self.table(form, row, f"{field}.{code}") for code, row in rows.items()}

    def words(self, raw: object, field: str) -> dict[str, str]:
        """A table of plain words; its `source` is asked for, then left out."""
        raw = self.dict(raw, field)
        self(raw.get("source"), f"{field}.source")
        self(all(isinstance(value, str) and value for value in raw.values()), field)
        return {name: value for name, value in raw.items() if name != "source"}

    def kind(self, code: str, raw: object) -> Kind:
        row = self.table(Kind, raw, f"kind.{code}", code=code)
        at = f"kind.{code}"
        self(row.group in ("directive", "correspondence", "special"), f"{at}.group")
        self(row.facing in ("letter", "memo"), f"{at}.facing")
        self(row.signs in ("level", "heads") and 0 <= row.deepest <= 9, f"{at}.signs")
        self(row.numbered in ("none", "all", "not-regional-head"), f"{at}.numbered")
        self(row.head and set(row.head) <= HEAD and len(set(row.head)) == len(row.head), f"{at}.head")
        self(set(row.scope) <= SCOPES, f"{at}.scope")
        tokens = _token.findall(row.number)
        names = [token.partition(":")[0] for token in tokens]
        self(set(names) <= TOKENS and names.count("seq") == 1, f"{at}.number")
        self(all(_seq.fullmatch(t) or ":" not in t for t in tokens), f"{at}.number")
        self(not re.search(r"[{}]", _token.sub("", row.number)), f"{at}.number")
        # Without the year in it a number would come back each January.
        self("year" not in row.scope or "year" in names, f"{at}.number")
        return row


def _typed(value: object, kind: str) -> bool:
    if kind == "str":
        return isinstance(value, str) and value != ""
    if kind == "bool":
        return isinstance(value, bool)
    if kind == "float":
        return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 100
    if kind == "tuple[str, ...]":
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return isinstance(value, int) and not isinstance(value, bool)
