"""A description in words: what pages say of its columns, filters and drift."""

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _

from .forms import OPERATORS
from .models import Service


def type_words(type: str) -> str:
    """A column's type as people say it."""
    words = {
        "text": _("text"),
        "integer": _("whole number"),
        "number": _("number"),
        "boolean": _("yes or no"),
        "date": _("date"),
        "time": _("time"),
        "datetime": _("date and time"),
    }
    return words.get(type, type)


def mask_words(mask: Mapping | None) -> str:
    """A mask's rule as people say it; empty for none."""
    match mask and mask["kind"]:
        case "ends":
            return _("first %(head)d and last %(tail)d characters") % {
                "head": mask["head"],
                "tail": mask["tail"],
            }
        case "year":
            return _("year only")
        case "initials":
            return _("initials only")
        case "hide":
            return _("three dots for every value")
    return ""


def columns(definition: Mapping) -> list[dict]:
    """The columns with type and mask in words, and whether callers may filter by them."""
    return [
        column
        | {
            "words": type_words(column["type"]),
            "rule": mask_words(column["mask"]),
            "filter": column["name"] in definition["filters"],
            "key": column["name"] in definition["key"],
        }
        for column in definition["columns"]
    ]


def filters(terms: Iterable, definition: Mapping) -> list[str]:
    """Row filters in words: "Kode wilayah is 53.08"."""
    titles = {column["name"]: column["title"] for column in definition["columns"]}
    operators = dict(OPERATORS)
    return [
        f"{titles.get(name, name)} {operators[operator]} "
        + (", ".join(map(str, value)) if isinstance(value, list) else str(value))
        for name, operator, value in terms
    ]


def drift(service: Service, definition: Mapping) -> list[str]:
    """What changed in the table, a sentence a column."""
    if not service.drift:
        return []
    titles = {column["name"]: column["title"] for column in definition["columns"]}
    gone = [
        _("%(title)s (%(column)s) is no longer in the table")
        % {"title": titles.get(name, name), "column": name}
        for name in service.drift["missing"]
    ]
    changed = [
        _("%(title)s (%(column)s) was %(before)s and is now %(now)s")
        % {
            "title": titles.get(name, name),
            "column": name,
            "before": type_words(before),
            "now": type_words(now),
        }
        for name, before, now in service.drift["retyped"]
    ]
    return gone + changed
