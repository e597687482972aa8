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
    """`stems`: a tsquery. `number`: a part of a letter's number in small letters, or '' for none."""

    stems: str
    number: str = ""


def conditions(query: str) -> list[Condition]:
    """The conditions of a query, at most `MOST`; none for a query without any word.

    The last word may go on: it is what somebody is still typing.
    """
    query = unicodedata.normalize("NFC", query[:LONGEST])
    tokens = _token.findall(query.lower())[:MOST]
    return [_condition(token, last=n == len(tokens)) for n, token in enumerate(tokens, 1)]


def _condition(token: str, last: bool) -> Condition:
    found = list(words(token))
    parts = [_exact(word) for word in found[:-1]]
    parts.append(_begun(found[-1]) if last else _exact(found[-1]))
    return Condition(" & ".join(parts), token if _number.match(token) else "")


def _exact(word: str) -> str:
    return f"'{stem(word)}'"


def _begun(word: str) -> str:
    """A word that may go on: as it stands, or by its stem. A single sign begins too many words."""
    if len(word) == 1:
        return _exact(word)
    return " | ".join(f"'{begun}':*" for begun in sorted({word, stem(word)})).join("()")
