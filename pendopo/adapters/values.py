"""Values in a query: text to the Python value a column of one of our types compares with.

    text str · integer int (64 bits) · number Decimal · boolean bool · date date · time time
    datetime datetime without zone, in UTC · uuid str in its usual form

json and bytes are not compared.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from uuid import UUID

Value = str | int | Decimal | bool | date | time | datetime

_integer = re.compile(r"-?[0-9]{1,19}", re.ASCII)
_number = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,2})?", re.ASCII)
_boolean = re.compile(r"true|false")
_date = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_time = re.compile(r"[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?", re.ASCII)
_datetime = re.compile(rf"({_date.pattern})[T ]({_time.pattern})(Z|[+-][0-9]{{2}}:[0-9]{{2}})?", re.ASCII)


def parse(type: str, text: str) -> Value:
    """`text` as a value of `type`; ValueError when it is none (the text is not repeated in it)."""
    if "\0" in text:
        raise ValueError("NUL")
    return _PARSERS[type](text)


def _matched(pattern: re.Pattern, text: str) -> str:
    if not pattern.fullmatch(text):
        raise ValueError("form")
    return text


def _parse_text(text: str) -> str:
    return text


def _parse_integer(text: str) -> int:
    number = int(_matched(_integer, text))
    if not -(2**63) <= number < 2**63:
        raise ValueError("range")
    return number


def _parse_number(text: str) -> Decimal:
    return Decimal(_matched(_number, text))


def _parse_boolean(text: str) -> bool:
    return _matched(_boolean, text) == "true"


def _parse_date(text: str) -> date:
    return date.fromisoformat(_matched(_date, text))


def _fraction(text: str) -> str:
    """Python 3.11 reads any number of digits, but only 3 or 6 mean what they say in every version."""
    whole, dot, digits = text.partition(".")
    return f"{whole}.{digits:0<6}" if dot else text


def _parse_time(text: str) -> time:
    return time.fromisoformat(_fraction(_matched(_time, text)))


def _parse_datetime(text: str) -> datetime:
    found = _datetime.fullmatch(text)
    if not found:
        raise ValueError("form")
    day, clock, zone = found[1], found[2], found[5]
    moment = datetime.fromisoformat(f"{day}T{_fraction(clock)}{zone or ''}")
    try:
        return moment.astimezone(UTC).replace(tzinfo=None) if zone else moment
    except OverflowError:
        raise ValueError("range") from None


def _parse_uuid(text: str) -> str:
    value = str(UUID(text))
    if value != text.lower():
        raise ValueError("form")
    return value


_PARSERS: dict[str, Callable[[str], Value]] = {
    "text": _parse_text,
    "integer": _parse_integer,
    "number": _parse_number,
    "boolean": _parse_boolean,
    "date": _parse_date,
    "time": _parse_time,
    "datetime": _parse_datetime,
    "uuid": _parse_uuid,
}
COMPARED = frozenset(_PARSERS)
TYPES = (*_PARSERS, "json", "bytes")


def pattern(text: str) -> str:
    """A `like` pattern as SQL's LIKE with `!` as escape character.

    In `text`, `*` and `%` stand for any characters, `_` for one, and a backslash takes the next one as it is.
    """
    out, rest = [], iter(text)
    for char in rest:
        if char == "\\":
            char = next(rest, "\\")
        elif char in "*%":
            out.append("%")
            continue
        elif char == "_":
            out.append("_")
            continue
        out.append("!" + char if char in "!%_" else char)
    return "".join(out)
