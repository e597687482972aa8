"""SQLite's dialect. Its columns have wishes rather than types; values are read by what the column declares.

Dates and times are expected as SQLite's own functions write them: 2024-01-31, 03:04:05, "2024-01-31 03:04:05"
(or with T), in UTC.
"""

import base64
import json
import math
import re
from datetime import datetime
from decimal import Decimal

from . import masks
from .plan import Output
from .render import Encode, json_string
from .source import Column
from .sql import Statement

MASK = "pendopo_mask"  # the function of masks.py, registered in every connection

_DECLARED: list[tuple[str, str]] = [
    ("BOOL", "boolean"),
    ("DATETIME", "datetime"),
    ("TIMESTAMP", "datetime"),
    ("DATE", "date"),
    ("TIME", "time"),
    ("UUID", "uuid"),
    ("JSON", "json"),
    ("INT", "integer"),
    ("CHAR", "text"),
    ("CLOB", "text"),
    ("TEXT", "text"),
    ("BLOB", "bytes"),
    ("REAL", "number"),
    ("FLOA", "number"),
    ("DOUB", "number"),
    ("NUMERIC", "number"),
    ("DEC", "number"),
]
_whole = re.compile(r"\(\s*\d+\s*(,\s*0\s*)?\)")


def kind(declared: str) -> tuple[str, str]:
    """(our type, family) of a declared type, by the first known word in it; others, and none, are text."""
    upper = declared.upper()
    type = next((type for word, type in _DECLARED if word in upper), "text")
    if type == "number" and _whole.search(upper):
        type = "integer"
    return (type, type)


class SQLiteStatement(Statement):
    """Parameters are ?1, ?2, …"""

    def parameter(self, index: int, column: Column, *, portable: bool = True) -> str:
        return f"?{index + 1}"

    def operand(self, column: Column, *, portable: bool = True) -> str:
        name = self.ref(column.name)
        match column.type:
            case "text":
                return f"{name} COLLATE BINARY" if portable else name
            case "boolean":
                return f"({name} <> 0)"
            case "datetime":
                return _trimmed(f"rtrim(replace({name}, 'T', ' '), 'Z')")
            case "time":
                return _trimmed(name)
            case "uuid":
                return f"lower({name})"
            case _:
                return name

    def equals(self, column: Column, indexes: list[int]) -> str:
        marks = f"IN ({', '.join(self.parameter(index, column) for index in indexes)})"
        exact = f"{self.operand(column)} {marks}"
        # The column's own collation may ignore case, but its index finds.
        return f"({self.ref(column.name)} {marks} AND {exact})" if column.type == "text" else exact

    def like(self, column: Column, index: int) -> str:
        return f"{self.ref(column.name)} LIKE {self.parameter(index, column)} ESCAPE '!'"

    def select(self) -> str:
        """The query for the answer's columns, followed by the cursor's."""
        fields = [self._output(output) for output in self.plan.columns]
        if self.plan.pages and not self.stream:
            orders = [self.table.find(order.column, order.type) for order in self.plan.order]
            fields += [self.operand(column, portable=False) for column in orders]
        return f"SELECT {', '.join(fields)} FROM {self.name()}{self.tail()}"  # noqa: S608

    def _output(self, output: Output) -> str:
        column = self.table.find(output.name, output.type)
        name = self.ref(column.name)
        if not output.mask:
            return name
        kind, head, tail = (*output.mask, 0, 0)[:3]
        return f"{MASK}({name}, '{column.type}', '{kind}', {head}, {tail})"


def _trimmed(time: str) -> str:
    """A time as text without the zeros at the end of its fraction, as arguments are written."""
    return f"CASE WHEN instr({time}, '.') THEN rtrim(rtrim({time}, '0'), '.') ELSE {time} END"


def mask(value: object, type: str, kind: str, head: int, tail: int) -> str | None:
    """The SQL function `pendopo_mask`."""
    text = None if value is None else text_of(type)(value)
    return masks.apply({"kind": kind, "head": head, "tail": tail}, text)


def argument(type: str, value: object) -> object:
    """A parameter (see `sql.parameters`) as SQLite compares it."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, Decimal):
        whole = value == value.to_integral_value() and abs(value) < 2**63
        return int(value) if whole else float(value)
    if isinstance(value, datetime):
        return _fine(str(value))
    return value if isinstance(value, (int, float, str)) else _fine(str(value))


def _fine(text: str) -> str:
    """A time without the zeros at the end of its fraction."""
    return text.rstrip("0").rstrip(".") if "." in text else text


def _plain(value: object) -> str:
    """Any value as text."""
    if isinstance(value, float):
        if not math.isfinite(value):
            return "Infinity" if value > 0 else "-Infinity"  # NaN is NULL here
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)


def _boolean(value: object) -> str:
    return _plain(value) if isinstance(value, (str, bytes)) else ("true" if value else "false")


def _moment(value: object) -> str:
    return _fine(value.replace("T", " ", 1)) if isinstance(value, str) else _plain(value)


def _clock(value: object) -> str:
    return _fine(value) if isinstance(value, str) else _plain(value)


_TEXTS: dict[str, Encode] = {"boolean": _boolean, "datetime": _moment, "time": _clock}


def text_of(type: str) -> Encode:
    """Writes a value of a column of `type` as the text of a CSV field."""
    return _TEXTS.get(type, _plain)


def json_of(type: str) -> Encode:
    """Writes a value as a JSON fragment: unquoted only where the value is what the column declares."""
    text = text_of(type)
    if type in ("integer", "number", "boolean"):
        return lambda value: text(value) if _is_number(value) else json_string(text(value))
    if type == "json":
        return _document
    if type == "datetime":
        return lambda value: json_string(text(value).replace(" ", "T", 1))
    return lambda value: json_string(text(value))


def _is_number(value: object) -> bool:
    return isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))


def _document(value: object) -> str:
    text = _plain(value)
    try:
        json.loads(text)
    except ValueError:
        return json_string(text)
    return text.replace("\n", " ").replace("\r", " ")
