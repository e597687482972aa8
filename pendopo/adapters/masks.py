"""What the receiver sees of a masked value: the plain definition every database's SQL must agree with.

A mask works on the text of a value, by Unicode code points, and leaves NULL as NULL; only "hide" gives its
constant for every row, so that not even an absent value shows. The wizard's previews use these functions, and
SQLite calls them itself.
"""

import re
from collections.abc import Mapping

HIDDEN = "•••"
DOT = "•"
KINDS = ("ends", "year", "initials", "hide")

_dated = re.compile(r"([0-9]{4})-[0-9]{2}-[0-9]{2}")
_rest_of_word = re.compile(r"(?<=[^ ])[^ ]+")


def ends(text: str | None, head: int, tail: int) -> str | None:
    """The first `head` and last `tail` characters, a dot for each one between.

    A text of `head + tail` characters or fewer is all dots: short values must not come out whole.
    """
    if text is None:
        return None
    hidden = len(text) - head - tail
    if hidden <= 0:
        return DOT * len(text)
    return text[:head] + DOT * hidden + text[len(text) - tail :]


def year(text: str | None) -> str | None:
    """The year of a text that starts as an ISO 8601 date; of any other, nothing (`•••`)."""
    if text is None:
        return None
    found = _dated.match(text)
    return found[1] if found else HIDDEN


def initials(text: str | None) -> str | None:
    """Of each word the first character, a full stop for the rest; words are parted by spaces, which stay."""
    return None if text is None else _rest_of_word.sub(".", text)


def hide(text: str | None) -> str:
    """The same three dots, whatever the value."""
    return HIDDEN


def apply(mask: Mapping | None, text: str | None) -> str | None:
    """`text` as the receiver of a column with `mask` sees it; `mask` as in docs/architecture.md, or None."""
    match mask and mask["kind"]:
        case None:
            return text
        case "ends":
            return ends(text, mask["head"], mask["tail"])
        case "year":
            return year(text)
        case "initials":
            return initials(text)
        case "hide":
            return hide(text)
    raise ValueError(f"no such mask: {mask['kind']}")
