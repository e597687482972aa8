"""What a box's report says of its lines: whether they answer, how quickly, how much is lost, and how much
went over them since the report before. Plain functions; nothing in a report is taken for what it should be.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

MOST = 2**53  # bytes between two reports
SLOWEST = 60_000  # ms


@dataclass(frozen=True, slots=True)
class Measure:
    """One line: `ms` there and back and `loss` in percent of the slowest link in use, None where it carries
    nothing; bytes since the report before."""

    line: str
    up: bool
    ms: int | None
    loss: int | None
    received: int
    sent: int


def own(name: Any, lines: Collection[str]) -> str:
    """The line that `name` in a report stands for, empty for none: one that stands there once more has the
    line's first eight letters and a number (`publish.links`)."""
    if name in lines:
        return name
    head, _, number = name.rpartition("x") if isinstance(name, str) else ("", "", "")
    return next((one for one in lines if number.isdigit() and one[:8] == head), "")


def whole(said: Any, most: int) -> int | None:
    """`said` if it is a number that is not negative, `most` at the most."""
    good = isinstance(said, int) and not isinstance(said, bool) and said >= 0
    return min(said, most) if good else None


def up(report: dict, lines: Collection[str]) -> dict[str, bool]:
    """line → whether anybody answers over it, of those that the report says."""
    found: dict[str, bool] = {}
    for one in report.get("lines", []):
        name = own(one.get("name"), lines) if isinstance(one, dict) else ""
        if name and isinstance(one.get("up"), bool):
            found[name] = found.get(name, False) or one["up"]
    return found


def measured(before: dict, after: dict, lines: Collection[str]) -> list[Measure]:
    """Each line that the report `after` says, with what went over it since `before` (empty: not known)."""
    bytes_before = _counters(before, lines)
    bytes_after = _counters(after, lines)
    found = []
    for name, answers in up(after, lines).items():
        links = [
            one for one in _peers(after) if own(one.get("line"), lines) == name and one.get("in_use") is True
        ]
        went = [0, 0]
        for key in bytes_after[name].keys() & bytes_before[name].keys() if name in bytes_before else ():
            for way in (0, 1):
                new, old = bytes_after[name][key][way], bytes_before[name][key][way]
                went[way] += new - old if new >= old else new  # a new interface counts from nought
        ms = [value for one in links if (value := whole(one.get("ms"), SLOWEST)) is not None]
        loss = [value for one in links if (value := whole(one.get("loss"), 100)) is not None]
        found.append(
            Measure(
                name, answers, max(ms, default=None), max(loss, default=None),
                *(min(value, MOST) for value in went),
            )
        )  # fmt: skip
    return found


def _peers(report: dict) -> Iterable[dict]:
    return (one for one in report.get("peers", []) if isinstance(one, dict))


def _counters(report: dict, lines: Collection[str]) -> dict[str, dict[tuple[str, str], tuple[int, int]]]:
    """line → {(peer, name in the report): (bytes received, sent)}."""
    found: dict[str, dict[tuple[str, str], tuple[int, int]]] = {name: {} for name in lines}
    for one in _peers(report):
        if name := own(one.get("line"), lines):
            key = (str(one.get("box")), str(one.get("line")))
            found[name][key] = (whole(one.get("received"), MOST) or 0, whole(one.get("sent"), MOST) or 0)
    return found
