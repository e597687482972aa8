"""The network as a drawing: sites at both sides, what joins many of them in the middle, and the ways between.

A tidy scheme and no map of the country: it needs nothing typed, and a district with forty offices stays as
readable as a nation. Of many sites each agency is a block of marks. Plain functions: data in, paths out.
"""

import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Literal

Tone = Literal["green", "amber", "red", ""]
TONES: tuple[Tone, ...] = ("green", "", "amber", "red")  # drawn in this order: trouble lies on top
FEW = 24  # sites drawn one by one, and blocks
HUBS, LEADS = 3, 3  # in the middle: at most, and to how many others each leads at the least
LETTERS = 30  # of a name in a line
ACROSS, STEP = 20, 11  # marks of a block in a row, and how far apart
ROW = 46


@dataclass(frozen=True, slots=True)
class Spot:
    """A site: which it is, what people call it, its agency and first group, how it is and a word on that."""

    id: str
    name: str
    agency: str
    group: str = ""
    tone: Tone = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """Between two sites."""

    a: str
    b: str
    tone: Tone


@dataclass(slots=True)
class Node:
    """What is drawn at one place: a site, or a block of `spots`."""

    ids: frozenset[str]
    name: str
    note: str
    spots: tuple[Spot, ...]
    hub: bool = False
    block: bool = False
    x: int = 0
    y: int = 0
    end: bool = False  # its words stand before it
    words: list[tuple[int, int, str]] = field(default_factory=list)  # x, y, text

    @property
    def id(self) -> str:
        """The site, of a single one."""
        return next(iter(self.ids)) if len(self.ids) == 1 and not self.block else ""


@dataclass(frozen=True, slots=True)
class Picture:
    """`marks` and `ways` are (tone, path); nodes have their places."""

    width: int
    height: int
    nodes: tuple[Node, ...]
    marks: tuple[tuple[Tone, str], ...]
    ways: tuple[tuple[Tone, str], ...]


def nodes(spots: Sequence[Spot], ways: Sequence[Way], others: str, told: str) -> list[Node]:
    """What is to be drawn: those in the middle first. `others` is what the rest is called, `told` how a block
    says how many of its sites are sound: `%(green)d` and `%(all)d`."""
    leads = Counter(end for way in ways for end in (way.a, way.b))
    middle = sorted((spot for spot in spots if _leads(leads, spot.id)), key=lambda s: (-leads[s.id], s.name))
    hubs = middle[:HUBS]
    rest = [spot for spot in spots if spot not in hubs]
    made = [Node(frozenset({s.id}), s.name, s.note, (s,), hub=True) for s in hubs]
    if len(rest) <= FEW:
        return made + [Node(frozenset({s.id}), s.name, s.note, (s,)) for s in rest]
    one_agency = len({spot.agency for spot in rest}) == 1

    def called(spot: Spot) -> str:
        return (spot.group if one_agency else spot.agency) or others

    blocks = [(name, list(each)) for name, each in groupby(sorted(rest, key=called), called)]
    blocks.sort(key=lambda block: -len(block[1]))
    blocks, small = blocks[: FEW - 1], [spot for _name, each in blocks[FEW - 1 :] for spot in each]
    blocks.sort(key=lambda block: natural(block[0]))
    for name, each in [*blocks, *([(others, small)] if small else [])]:
        each.sort(key=lambda spot: (-TONES.index(spot.tone), natural(spot.name)))
        note = told % {"green": sum(spot.tone == "green" for spot in each), "all": len(each)}
        made.append(Node(frozenset(s.id for s in each), name, note, tuple(each), block=True))
    return made


def natural(name: str) -> list[tuple[int, str]]:
    """A key to sort names by, with 2 before 10."""
    return [
        (int(part), "") if part.isdigit() else (0, part.casefold()) for part in re.split("([0-9]+)", name)
    ]


def _leads(leads: Counter, id: str) -> bool:
    """Whether a site stands in the middle: it leads to at least three, and to twice as many as most do."""
    usual = sorted(leads.values())[len(leads) // 2] if leads else 0
    return leads[id] >= max(LEADS, 2 * usual)


def drawn(made: Sequence[Node], ways: Iterable[Way], *, slim: bool) -> Picture:
    """The nodes in their places: `slim` in one column, for a phone."""
    made = [replace(node) for node in made]
    hubs, rest = [n for n in made if n.hub], [n for n in made if not n.hub]
    half = (len(rest) + 1) // 2
    columns = [([*hubs, *rest], 96, False)] if slim else [(rest[:half], 320, True), (rest[half:], 680, False)]
    heights = [sum(map(_height, column)) for column, _x, _end in columns]
    height = 24 + max(*heights, ROW * (1 if slim else 2 * len(hubs)), ROW)
    for (column, x, end), tall in zip(columns, heights, strict=True):
        y = (height - tall) // 2
        for node in column:
            node.x, node.y, node.end = x, y + (14 if node.block else ROW // 2), end
            if node.hub:
                node.x = 24 + 16 * hubs.index(node)
            _say(node)
            y += _height(node)
    for at, node in enumerate(() if slim else hubs):
        node.x, node.y = 500, 12 + (height - 24) * (2 * at + 1) // (2 * len(hubs))
        _above(node)
    width = 340 if slim else 1000
    return Picture(width, height, tuple(made), _marks(made), _ways(made, ways, slim=slim))


def _height(node: Node) -> int:
    return 40 + STEP * -(-len(node.spots) // ACROSS) if node.block else ROW


def _say(node: Node) -> None:
    """Name and note beside the mark: two lines of the name at most, of a very long one what fits."""
    x = node.x - 16 if node.end else node.x + 16
    name = textwrap.wrap(node.name, LETTERS, max_lines=2, placeholder="…") or [""]
    y = node.y + 4 - (7 if node.note and not node.block else 0) - 7 * (len(name) - 1)
    node.words = [(x, y + 14 * at, line) for at, line in enumerate(name)]
    if node.note:
        node.words.append((x, y + 14 * len(name), node.note))


def _above(node: Node) -> None:
    name = textwrap.wrap(node.name, LETTERS, max_lines=2, placeholder="…") or [""]
    node.words = [(node.x, node.y - 16 - 14 * (len(name) - 1 - at), line) for at, line in enumerate(name)]
    if node.note:
        node.words.append((node.x, node.y + 24, node.note))


def _marks(made: Sequence[Node]) -> tuple[tuple[Tone, str], ...]:
    paths: dict[Tone, list[str]] = {tone: [] for tone in TONES}
    for node in made:
        for at, spot in enumerate(node.spots):
            x, y, size = node.x, node.y, 8 if node.hub else 5
            if node.block:
                across = STEP * (at % ACROSS)
                x = node.x - 16 - across if node.end else node.x + 16 + across
                y, size = node.y + 32 + STEP * (at // ACROSS) - 4, 4
            paths[spot.tone].append(mark(spot.tone, x, y, size))
        if node.block:
            tone = _together(spot.tone for spot in node.spots)
            paths[tone].append(mark(tone, node.x, node.y, 5))
    return tuple((tone, "".join(each)) for tone, each in paths.items() if each)


def mark(tone: Tone, x: int, y: int, size: int) -> str:
    """A circle is sound, a triangle wants a look, a diamond is broken, a bar is not expected."""
    if tone == "amber":
        return f"M{x} {y - size}l{size} {2 * size - 1}h{-2 * size}z"
    if tone == "red":
        return f"M{x} {y - size - 1}l{size + 1} {size + 1}-{size + 1} {size + 1}-{size + 1}-{size + 1}z"
    if tone == "":
        return f"M{x - size} {y - 1}h{2 * size}v2h{-2 * size}z"
    return f"M{x - size} {y}a{size} {size} 0 1 0 {2 * size} 0a{size} {size} 0 1 0 {-2 * size} 0z"


def _together(tones: Iterable[Tone]) -> Tone:
    """Of many: broken if all are, sound if all are, else it wants a look."""
    found = {tone for tone in tones if tone}
    if not found:
        return ""
    return next(iter(found)) if len(found) == 1 else "amber"


def _ways(made: Sequence[Node], ways: Iterable[Way], *, slim: bool) -> tuple[tuple[Tone, str], ...]:
    at = {id: place for place, node in enumerate(made) for id in node.ids}
    joined: dict[tuple[int, int], list[Tone]] = {}
    for way in ways:
        if way.a in at and way.b in at and at[way.a] != at[way.b]:
            joined.setdefault(tuple(sorted((at[way.a], at[way.b]))), []).append(way.tone)
    paths: dict[Tone, list[str]] = {tone: [] for tone in TONES}
    for (a, b), tones in joined.items():
        paths[_together(tones)].append(_curve(made[a], made[b], slim=slim))
    return tuple((tone, "".join(each)) for tone, each in paths.items() if each)


def _curve(a: Node, b: Node, *, slim: bool) -> str:
    """Level at both ends; two of one column lead round through the middle, and down a column from its top."""
    if slim and a.hub and not b.hub:
        return f"M{a.x} {a.y}C{a.x} {b.y} {a.x} {b.y} {b.x} {b.y}"
    if a.hub and b.hub and not slim:
        return f"M{a.x} {a.y}L{b.x} {b.y}"
    if a.x == b.x or slim:
        bow = min(a.x, b.x) - 40 if slim else a.x + (120 if a.end else -120)
        return f"M{a.x} {a.y}C{bow} {a.y} {bow} {b.y} {b.x} {b.y}"
    middle = (a.x + b.x) // 2
    return f"M{a.x} {a.y}C{middle} {a.y} {middle} {b.y} {b.x} {b.y}"
