"""What a form gives as a letter's body, and what its plain field shows. Plain functions, no I/O.

The editor sends body/1 as JSON in `doc`; without scripts there is only the text of the field `body`.
"""

from __future__ import annotations

from pendopo.core import strict
from pendopo.simaya.paper import document
from pendopo.simaya.paper.document import BadBody

# Signs of JSON: a body of the most text and nodes that document.py takes stays below.
LONGEST = 2_000_000


def body(doc: str, text: str, kept: dict | None = None) -> dict:
    """The body/1 that the fields `doc` and `body` hold; `doc` counts when it is not empty.

    `kept` is the body the form was made from: when its text came back as it was, so does the whole body, with
    what plain text cannot hold. Raises BadBody and `Fault json.*`.
    """
    if doc:
        if len(doc) > LONGEST:
            raise BadBody("size", "doc")
        # "replace" turns half a surrogate pair into "?", which JSON allows nowhere but in text.
        return document.parse(strict.loads(doc.encode("utf-8", "replace")))
    if kept is not None and _lines(text) == _lines(as_text(kept)[0]):
        return kept
    return document.from_text(text)


def as_text(body: dict) -> tuple[str, bool]:
    """A body as the plain field shows it, and whether `document.from_text` makes the same body of it."""
    text = "\n\n".join(_text(block) for block in body["content"])
    try:
        return text, document.from_text(text) == body
    except BadBody:
        return text, False


def _text(block: dict) -> str:
    if block["type"] != "ordered_list":
        return document.plain(block)
    first = block["attrs"]["order"]
    return "\n".join(f"{first + n}. {document.plain(item)}" for n, item in enumerate(block["content"]))


def _lines(text: str) -> list[str]:
    """The text apart from what browsers change in a field: kinds of line ends, blanks at the ends."""
    return text.strip().splitlines()
