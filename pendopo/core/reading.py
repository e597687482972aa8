"""Readers of one JSON value each, put together to read a document; what is wrong has a path.

A reader takes the value and gives what it means, or raises `Wrong`. Nothing is guessed: an object has exactly
the fields that are read, and text that means something has one written form.
"""

import re
from collections.abc import Callable
from typing import Any

from .errors import Fault

Read = Callable[[Any], Any]


class Wrong(ValueError):
    """What is wrong, by its path from where it was noticed: `peers[2].key`; empty: the value itself."""

    def __init__(self, path: str = "") -> None:
        super().__init__(path)
        self.path = path


def inside(step: str, read: Read, value: Any) -> Any:
    """Read a part; what is wrong in it is wrong at `step`."""
    try:
        return read(value)
    except Wrong as wrong:
        dot = "." if wrong.path and not wrong.path.startswith("[") else ""
        raise Wrong(step + dot + wrong.path) from None
    except (Fault, ValueError, TypeError, AttributeError):
        raise Wrong(step) from None


def record(make: Callable[..., Any], **reads: Read) -> Read:
    """Reads an object with exactly these fields and makes something of them."""

    def read(value: Any) -> Any:
        if not isinstance(value, dict):
            raise Wrong
        if odd := value.keys() ^ reads.keys():
            raise Wrong(min(odd)[:40])
        return make(**{name: inside(name, one, value[name]) for name, one in reads.items()})

    return read


def each(read: Read, least: int = 0) -> Read:
    """Reads a list of at least so many."""

    def every(value: Any) -> tuple:
        must(isinstance(value, list) and len(value) >= least)
        return tuple(inside(f"[{at}]", read, one) for at, one in enumerate(value))

    return every


def maybe(read: Read) -> Read:
    """None, or what `read` reads."""
    return lambda value: None if value is None else read(value)


def must(good: object, value: Any = None) -> Any:
    """`value`, if all is good."""
    if not good:
        raise Wrong
    return value


def matching(pattern: re.Pattern[str]) -> Read:
    """Text that the whole pattern matches."""
    return lambda value: must(pattern.fullmatch(value), value)


def one_of(values: tuple[str, ...]) -> Read:
    """One of these words."""
    return lambda value: must(isinstance(value, str) and value in values, value)


def between(least: int, most: int) -> Read:
    """A whole number, both bounds included."""
    return lambda value: must(
        isinstance(value, int) and not isinstance(value, bool) and least <= value <= most, value
    )


def written(read: Callable[[str], Any]) -> Read:
    """Reads text that has one form only: the one `str` writes."""

    def exact(value: Any) -> Any:
        # What stands after "%" in an IPv6 address is any text at all to Python, line breaks too.
        found = read(must(isinstance(value, str) and "%" not in value, value))
        return must(str(found) == value, found)

    return exact


def text(value: Any) -> str:
    """One line for people to read, without blanks around it, of less than 200 characters."""
    good = (
        isinstance(value, str) and value.isprintable() and value.strip() == value != "" and len(value) < 200
    )
    return must(good, value)
