"""What somebody typed into the search, as conditions that PostgreSQL understands.

All conditions have to hold. One is a text search query over stems; where the word looks like a part of a
letter's number it may also stand anywhere in the number.
"""

import re
import unicodedata
from dataclasses import dataclass

from .stems import stem, words

LONGEST, MOST = 200, 12  # signs of a query, conditions of it; what is beyond counts for nothing
_token = re.compile(r"\w+(?:[./-]+\w+)*")
_number = re.compile(r"(?=.*\d).*[./-]")


@dataclass(frozen=True, slots=True)
class Condition:
    """`stems`, a tsquery or '' for none, has to hold; and of the others, if there are any, one.

    `number` is a part of a letter's number in small letters, `first` a tsquery: that of the word which the
    part begins with, as it is where the part stands in a text.
    """

    stems: str
    number: str = ""
    first: str = ""


def conditions(query: str) -> list[Condition]:
    """The conditions of a query, at most `MOST`; none for a query without any word.

    The last word may go on: it is what somebody is still typing.
    """
    query = unicodedata.normalize("NFC", query[:LONGEST])
    tokens = _token.findall(query.lower())[:MOST]
    return [_condition(token, last=n == len(tokens)) for n, token in enumerate(tokens, 1)]


def _condition(token: str, last: bool) -> Condition:
    first, *more = words(token)
    if more and _number.match(token):
        # A part of a number: its first word may end, its last begin one of the number; the others are whole.
        *whole, end = more
        rest = [*(_exact(word) for word in whole), *([_begun(end)] if len(end) > 1 else [])]
        return Condition(" & ".join(rest), token, _exact(first))
    *whole, end = (first, *more)
    return Condition(" & ".join([*(_exact(word) for word in whole), _begun(end) if last else _exact(end)]))


def _exact(word: str) -> str:
    return f"'{stem(word)}'"


def _begun(word: str) -> str:
    """A word that may go on: as it stands, or by its stem. A single sign begins too many words."""
    if len(word) == 1:
        return _exact(word)
    return " | ".join(f"'{begun}':*" for begun in sorted({word, stem(word)})).join("()")
