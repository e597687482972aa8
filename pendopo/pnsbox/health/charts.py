"""Small charts of a day, drawn by the server. Plain functions: numbers in, a path of SVG out."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 288, 48  # one unit wide for five minutes of a day


@dataclass(frozen=True, slots=True)
class Chart:
    """`line` and `area` are paths of a WIDTH × HEIGHT drawing whose top is `top`; `gaps` are (x, width) of
    the times of which nothing is known."""

    line: str
    area: str
    top: int
    last: int | None
    gaps: tuple[tuple[int, int], ...]


def chart(values: Sequence[int | None], least: int = 1) -> Chart:
    """Of WIDTH values, the oldest first; None where nothing is known. The top is round, `least` or more."""
    top = _round(max((one for one in values if one is not None), default=0), least)
    parts: list[list[tuple[int, int]]] = [[]]
    gaps: list[tuple[int, int]] = []
    for x, value in enumerate(values):
        if value is None:
            if gaps and sum(gaps[-1]) == x:
                gaps[-1] = (gaps[-1][0], gaps[-1][1] + 1)
            else:
                gaps.append((x, 1))
            if parts[-1]:
                parts.append([])
        else:
            parts[-1].append((x, round(HEIGHT - value * (HEIGHT - 2) / top)))
    runs = [part for part in parts if part]
    line = "".join("M" + "L".join(f"{x} {y}" for x, y in _bends(part)) + "h1" for part in runs)
    area = "".join(
        f"M{part[0][0]} {HEIGHT}L" + "L".join(f"{x} {y}" for x, y in _bends(part)) + f"h1V{HEIGHT}z"
        for part in runs
    )
    known = [one for one in values if one is not None]
    return Chart(line, area, top, known[-1] if known else None, tuple(gaps))


def _bends(part: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Without the points in the middle of a level stretch."""
    return [
        point
        for at, point in enumerate(part)
        if at in (0, len(part) - 1) or not part[at - 1][1] == point[1] == part[at + 1][1]
    ]


def _round(value: int, least: int) -> int:
    """The next of 1, 2, 5, 10, 20, … that is not below."""
    value, power = max(value, least), 1
    while True:
        for step in (1, 2, 5):
            if step * power >= value:
                return step * power
        power *= 10
