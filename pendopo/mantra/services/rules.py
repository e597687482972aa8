"""What a table service may say about itself: its columns, filters, limits, and what a changed table does to it."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pendopo.core import strict

TYPES = ("text", "integer", "number", "boolean", "date", "time", "datetime", "uuid", "json", "bytes")
FORMATS = ["json", "ndjson", "csv"]

_EXACT = ["eq", "neq", "in", "is"]
_ORDERED = ["eq", "neq", "gt", "gte", "lt", "lte", "in", "is"]
OPERATORS: dict[str, list[str]] = {
    "text": ["eq", "neq", "in", "like", "is"],
    "integer": _ORDERED,
    "number": _ORDERED,
    "boolean": ["eq", "is"],
    "date": _ORDERED,
    "time": _ORDERED,
    "datetime": _ORDERED,
    "uuid": _EXACT,
    "json": ["is"],
    "bytes": ["is"],
}
ORDERABLE = frozenset({"text", "integer", "number", "date", "time", "datetime", "uuid"})

MASKS: dict[str, dict | None] = {
    "none": None,
    "ends": {"kind": "ends", "head": 4, "tail": 4},
    "year": {"kind": "year"},
    "initials": {"kind": "initials"},
    "hide": {"kind": "hide"},
}
MASK_TYPES = {"year": frozenset({"date", "datetime"})}  # masks that make sense for some types only

LIMIT_MAX = 10_000
LIMIT_DEFAULT = 100


@dataclass(frozen=True)
class Column:
    """One column of a table as the provider decides on it while drafting a service."""

    name: str
    type: str
    title: str
    nullable: bool = True
    personal: bool = False
    chosen: bool = False
    mask: str = "none"
    filter: bool = False

    @classmethod
    def from_dict(cls, data: Mapping) -> "Column":
        """From a draft's stored form; unknown keys are dropped."""
        return cls(**{name: data[name] for name in cls.__dataclass_fields__ if name in data})


@dataclass(frozen=True)
class Problem:
    """Something to put right before a service can be published: `step` of the wizard, `code`, `params`."""

    step: str
    code: str
    params: dict = field(default_factory=dict)


def masks_for(type: str) -> list[str]:
    """The masks that may be chosen for a column of `type`, "none" first."""
    return [name for name in MASKS if type in MASK_TYPES.get(name, {type})]


def definition(spec: Mapping, *, service: str, version: int) -> dict:
    """The payload of service/1 that the draft `spec` describes (keys as docs/architecture.md).

    Filters and order leave out masked columns: comparing a hidden value would give it away letter by letter.
    A key column that is masked or not chosen cannot page, so the key falls away with it.
    """
    columns = [column for column in map(Column.from_dict, spec["columns"]) if column.chosen]
    open_names = [c.name for c in columns if c.mask == "none"]
    key = spec.get("key") or []
    limit = spec.get("limit") or LIMIT_DEFAULT
    return {
        "v": 1,
        "service": service,
        "version": version,
        "title": {"id": spec["title"], "en": spec.get("title_en") or spec["title"]},
        "description": spec.get("description", ""),
        "columns": [
            {
                "name": c.name,
                "type": c.type,
                "title": c.title,
                "personal": c.personal,
                "mask": MASKS[c.mask],
                "nullable": c.nullable,
            }
            for c in columns
        ],
        "filters": {c.name: OPERATORS[c.type] for c in columns if c.filter and c.mask == "none"},
        "order": [c.name for c in columns if c.mask == "none" and c.type in ORDERABLE],
        "key": list(key) if key and all(name in open_names for name in key) else [],
        "row_filter": [list(term) for term in spec.get("row_filter", [])],
        "limit": {"default": min(LIMIT_DEFAULT, limit), "max": limit},
        "bulk": bool(spec.get("bulk")),
        "formats": FORMATS,
        "subject_column": spec.get("subject_column") or None,
    }


def problems(spec: Mapping) -> list[Problem]:
    """What keeps the draft `spec` from being published, in the order of the wizard's steps."""
    found = []
    if not spec.get("table"):
        return [Problem("table", "table-missing")]
    columns = [Column.from_dict(column) for column in spec.get("columns", [])]
    chosen = {column.name: column for column in columns if column.chosen}
    if not chosen:
        found.append(Problem("columns", "no-column"))
    for column in chosen.values():
        if column.mask not in masks_for(column.type):
            found.append(Problem("columns", "mask-type", {"column": column.name}))
        if not column.title.strip():
            found.append(Problem("columns", "title-missing", {"column": column.name}))
    if not 1 <= (spec.get("limit") or 0) <= LIMIT_MAX:
        found.append(Problem("limits", "limit-range", {"max": LIMIT_MAX}))
    types = {column.name: column.type for column in columns}
    for name, operator, _value in spec.get("row_filter", []):
        if operator not in OPERATORS.get(types.get(name, ""), []):
            found.append(Problem("limits", "row-filter", {"column": name}))
    if not spec.get("title"):
        found.append(Problem("limits", "service-title-missing"))
    if not spec.get("code"):
        found.append(Problem("limits", "service-code-missing"))
    return found


@dataclass(frozen=True)
class Drift:
    """How a table differs from what a published service promises."""

    missing: tuple[str, ...] = ()
    retyped: tuple[tuple[str, str, str], ...] = ()  # (column, promised type, type found)

    def __bool__(self) -> bool:
        return bool(self.missing or self.retyped)

    def columns(self) -> set[str]:
        return {*self.missing, *(name for name, _promised, _found in self.retyped)}

    def to_dict(self) -> dict:
        return {"missing": list(self.missing), "retyped": [list(change) for change in self.retyped]}


def drift(promised: Iterable[Mapping], found: Mapping[str, str]) -> Drift:
    """Compares a description's columns (`name`, `type`) with a table's columns now, name -> type.

    A column that was added, or one that may now be empty, harms nobody and is no drift.
    """
    missing, retyped = [], []
    for column in promised:
        now = found.get(column["name"])
        if now is None:
            missing.append(column["name"])
        elif now != column["type"]:
            retyped.append((column["name"], column["type"], now))
    return Drift(tuple(missing), tuple(retyped))


def schema_sha(columns: Iterable[tuple[str, str]]) -> str:
    """SHA-256 (hex) of a table's shape: (name, type) pairs in any order."""
    return hashlib.sha256(strict.dumps({"columns": [list(pair) for pair in sorted(columns)]})).hexdigest()
