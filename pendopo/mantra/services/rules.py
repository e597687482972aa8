"""What a table service says about itself: columns, filters, masks, limits."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

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
LOOKUPS = frozenset({"eq", "in"})  # what a masked column still answers to
ORDERABLE = frozenset({"text", "integer", "number", "date", "time", "datetime", "uuid"})

MASKS: dict[str, dict | None] = {
    "none": None,
    "ends": {"kind": "ends", "head": 4, "tail": 4},
    "year": {"kind": "year"},
    "initials": {"kind": "initials"},
    "hide": {"kind": "hide"},
}
MASK_TYPES = {"year": frozenset({"date", "datetime"})}  # masks that make sense for some types only

ACRONYMS = frozenset(
    ["bpjs", "hp", "id", "kk", "ktp", "nik", "nip", "npwp", "nrp", "nuptk", "opd", "rt", "rw", "spt", "wa"]
)

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


def mask_name(mask: Mapping | None) -> str:
    """The name under which `MASKS` has `mask`; "none" for none, and for one it does not offer."""
    return next((name for name, known in MASKS.items() if known == mask), "none")


def title_of(column: str) -> str:
    """A first title for a column: `nama_lengkap` becomes "Nama lengkap"; short codes such as `nik` go up."""
    words = [word for word in re.split(r"[^A-Za-z0-9]+|(?<=[a-z])(?=[A-Z])", column) if word]
    text = " ".join(word.upper() if word.lower() in ACRONYMS else word.lower() for word in words)
    return text[:1].upper() + text[1:]


def subject_of(columns: list[Mapping]) -> str | None:
    """The published column that says whom a row is about: the one that looks like a NIK, if there is one."""
    return next((c["name"] for c in columns if c["chosen"] and c.get("reason") == "national_id"), None)


def operators(column: Column) -> list[str]:
    """The operators a caller may filter `column` by, where the provider lets it be filtered at all."""
    offered = OPERATORS[column.type]
    return offered if column.mask == "none" else [name for name in offered if name in LOOKUPS]


def definition(spec: Mapping, *, service: str, version: int) -> dict:
    """The payload of service/1 that the draft `spec` describes (keys as docs/architecture.md).

    A masked column can be looked up by a value the caller knows already, but neither compared nor sorted by:
    that would give it away bit by bit. Pages need the whole key, masked or not.
    """
    columns = [column for column in map(Column.from_dict, spec["columns"]) if column.chosen]
    names = {c.name for c in columns}
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
        "filters": {c.name: operators(c) for c in columns if c.filter and operators(c)},
        "order": [c.name for c in columns if c.mask == "none" and c.type in ORDERABLE],
        "key": list(key) if names.issuperset(key) else [],
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
