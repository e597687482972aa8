"""A letter's body as data (body/1): what the editor writes and the template reads. Plain functions, no I/O.

    doc           {"content": [block+]}                       block = paragraph | ordered_list | table
    paragraph     {"content"?: [text | hard_break]}
    text          {"text": str, "marks"?: [{"type": mark}]}   mark = strong | em | underline
    ordered_list  {"attrs": {"order": n}, "content": [list_item+]}
    list_item     {"content": [paragraph, (paragraph | ordered_list)*]}
    table         {"content": [table_row+]}                   table_row {"content": [cell+]}
    cell          table_header | table_cell
                  {"attrs": {"colspan", "rowspan", "colwidth": null}, "content": [paragraph+]}

Every node also has its "type".
"""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher

from pendopo.core.errors import Fault

MARKS = {"strong", "em", "underline"}
DEPTH, NODES, TEXT, COLUMNS, LEVELS = 16, 20_000, 200_000, 12, 4
# Comparing words costs the square of their count: longer changes are shown whole.
WORDWISE = 20_000
# Changes of direction and other signs without a shape can make a page say something else than its data.
HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
CELL = {"attrs", "content"}
FIELDS = {
    "doc": {"content"},
    "paragraph": {"content"},
    "ordered_list": {"attrs", "content"},
    "list_item": {"content"},
    "table": {"content"},
    "table_row": {"content"},
    "table_header": CELL,
    "table_cell": CELL,
    "text": {"text", "marks"},
    "hard_break": set(),
}
INSIDE = {
    "doc": {"paragraph", "ordered_list", "table"},
    "paragraph": {"text", "hard_break"},
    "ordered_list": {"list_item"},
    "list_item": {"paragraph", "ordered_list"},
    "table": {"table_row"},
    "table_row": {"table_header", "table_cell"},
    "table_header": {"paragraph"},
    "table_cell": {"paragraph"},
    "text": set(),
    "hard_break": set(),
}


class BadBody(Fault):
    """The body is not of the form: `paper.body_form`, `_size` (name the `part`), `_sign` (names the `sign`),
    `_table` (its rows do not fill a rectangle).
    """

    def __init__(self, what: str, detail: str = "") -> None:
        facts = {"form": {"part": detail}, "size": {"part": detail}, "sign": {"sign": detail}}
        super().__init__(f"paper.body_{what}", **facts.get(what, {}))


def parse(doc: object, counts: dict[str, int] | None = None) -> dict:
    """The body with its text in NFC, or BadBody. What comes back holds nothing but what the form names.

    `doc` is any JSON value. parse(parse(doc)) == parse(doc). Bodies parsed with one `counts` keep to the
    limits together.
    """
    counts = {} if counts is None else counts
    counts.setdefault("nodes", 0)
    counts.setdefault("text", 0)
    clean = _node(doc, "doc", 0, 0, counts)
    if not clean.get("content"):
        raise BadBody("form", "doc")
    return clean


def _node(node: object, kind: str, depth: int, level: int, counts: dict[str, int]) -> dict:
    if not isinstance(node, dict) or node.get("type") != kind or not node.keys() <= {"type", *FIELDS[kind]}:
        raise BadBody("form", kind)
    counts["nodes"] += 1
    level += kind == "ordered_list"
    if depth > DEPTH or level > LEVELS or counts["nodes"] > NODES:
        raise BadBody("size", kind)
    if kind == "text":
        return _text(node, counts)
    if kind == "hard_break":
        return {"type": kind}
    clean: dict = {"type": kind}
    if "attrs" in FIELDS[kind]:
        clean["attrs"] = _attrs(node.get("attrs", {}), kind)
    children = node.get("content", [])
    if not isinstance(children, list) or (not children and kind != "paragraph"):
        raise BadBody("form", kind)
    made = []
    for child in children:
        inner = child.get("type") if isinstance(child, dict) else None
        if not isinstance(inner, str) or inner not in INSIDE[kind]:
            raise BadBody("form", kind)
        made.append(_node(child, inner, depth + 1, level, counts))
    if kind == "list_item" and made[0]["type"] != "paragraph":
        raise BadBody("form", kind)
    if kind == "table":
        _square(made)
    if made:
        clean["content"] = made
    return clean


def _text(node: dict, counts: dict[str, int]) -> dict:
    text = node.get("text")
    if not isinstance(text, str) or not text:
        raise BadBody("form", "text")
    return {"type": "text", "text": sound(text, counts)} | _marks(node.get("marks", []))


def sound(text: str, counts: dict[str, int] | None = None) -> str:
    """`text` in NFC; BadBody `sign`, naming it, for a sign without a shape. For every field of a letter."""
    text = unicodedata.normalize("NFC", text)
    for sign in text:
        if unicodedata.category(sign) in HIDDEN:
            raise BadBody("sign", f"U+{ord(sign):04X}")
    if counts is not None:
        counts["text"] += len(text)
        if counts["text"] > TEXT:
            raise BadBody("size", "text")
    return text


def _marks(marks: object) -> dict:
    if not isinstance(marks, list):
        raise BadBody("form", "marks")
    kinds = [
        mark.get("type") if isinstance(mark, dict) and mark.keys() == {"type"} else None for mark in marks
    ]
    if not all(isinstance(kind, str) and kind in MARKS for kind in kinds) or len(set(kinds)) != len(kinds):
        raise BadBody("form", "marks")
    return {"marks": [{"type": kind} for kind in kinds]} if kinds else {}


def _attrs(attrs: object, kind: str) -> dict:
    names = {"ordered_list": {"order": 999}}.get(kind, {"colspan": COLUMNS, "rowspan": 500})
    if not isinstance(attrs, dict) or not attrs.keys() <= {*names, "colwidth"}:
        raise BadBody("form", kind)
    found = {name: attrs.get(name, 1) for name in names}
    for name, value in found.items():
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= names[name]:
            raise BadBody("form", f"{kind} {name}")
    return found


def _square(rows: list[dict]) -> None:
    """BadBody `table` unless every row of the grid is filled exactly, spans counted."""
    width = sum(cell["attrs"]["colspan"] for cell in rows[0]["content"])
    if width > COLUMNS:
        raise BadBody("size", "table")
    hanging = [0] * width  # rows that a cell above still covers, column by column
    for row in rows:
        cells = iter(row["content"])
        at, below = 0, [max(n - 1, 0) for n in hanging]
        while at < width:
            if hanging[at]:
                at += 1
                continue
            cell = next(cells, None)
            if cell is None:
                raise BadBody("table")
            across, down = cell["attrs"]["colspan"], cell["attrs"]["rowspan"]
            if at + across > width or any(hanging[at : at + across]):
                raise BadBody("table")
            below[at : at + across] = [down - 1] * across
            at += across
        if next(cells, None) is not None:
            raise BadBody("table")
        hanging = below
    if any(hanging):
        raise BadBody("table")


def plain(body: dict) -> str:
    """The body's words, for search and for reading as text: one line a paragraph."""
    lines: list[str] = []

    def walk(node: dict) -> None:
        if node["type"] == "paragraph":
            lines.append("".join(part.get("text", "\n") for part in node.get("content", [])))
        else:
            for child in node.get("content", []):
                walk(child)

    walk(body)
    return "\n".join(lines)


def from_text(text: str) -> dict:
    """The body of plain text, as typed without scripts: empty lines part paragraphs, "1. " makes points.

    Raises BadBody (`size`, `sign`).
    """
    blocks: list[dict] = []
    for part in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n").replace("\r", "\n")):
        lines = [line.strip() for line in part.split("\n") if line.strip()]
        points = [line.split(". ", 1) for line in lines]
        if lines and all(len(p) == 2 and re.fullmatch(r"[1-9][0-9]{0,2}", p[0]) and p[1] for p in points):
            items = [{"type": "list_item", "content": [paragraph(point[1])]} for point in points]
            blocks.append({"type": "ordered_list", "attrs": {"order": int(points[0][0])}, "content": items})
        elif lines:
            blocks.append(paragraph(" ".join(lines)))
    return parse({"type": "doc", "content": blocks or [{"type": "paragraph"}]})


def compare(old: dict, new: dict) -> list[tuple[str, str]]:
    """What changed from body `old` to body `new`, as runs of (sign, text): `=` kept, `-` gone, `+` added.

    Words are compared, paragraph by paragraph. `=` and `-` joined give plain(old), `=` and `+` plain(new).
    """
    runs: list[tuple[str, str]] = []
    before, after = plain(old).splitlines(keepends=True), plain(new).splitlines(keepends=True)
    for how, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        left, right = "".join(before[i:j]), "".join(after[k:m])
        if how == "replace" and len(left) + len(right) <= WORDWISE:
            _runs(runs, re.findall(r"\s+|[^\s]+", left), re.findall(r"\s+|[^\s]+", right))
        elif how == "equal":
            _add(runs, "=", left)
        else:
            _add(runs, "-", left)
            _add(runs, "+", right)
    return runs


def _runs(runs: list[tuple[str, str]], before: list[str], after: list[str]) -> None:
    for how, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        _add(runs, "=" if how == "equal" else "-", "".join(before[i:j]))
        _add(runs, "+", "" if how == "equal" else "".join(after[k:m]))


def _add(runs: list[tuple[str, str]], sign: str, text: str) -> None:
    if text and runs and runs[-1][0] == sign:
        runs[-1] = (sign, runs[-1][1] + text)
    elif text:
        runs.append((sign, text))


def paragraph(text: str) -> dict:
    """A paragraph of words without marks; `text` is not empty."""
    return {"type": "paragraph", "content": [{"type": "text", "text": text}]}
