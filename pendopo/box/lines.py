"""Which of a site's lines carries its traffic: a machine fed with answers and silences, clock passed in.

A line is dead after `DEAD` probes in a row without an answer; after the first of them probes come faster, so
that a cut is known in half a second while one lost packet is only a lost packet. A dead line is used again
once it has answered without a gap for its hold, and each death within `CALM` doubles the hold: a line that
comes and goes is left alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

INTERVAL = 0.100  # seconds between probes of a line that answers
QUICK = 0.040  # after a silence
TIMEOUT = 0.150  # without an answer for so long a probe is a silence
DEAD = 6  # silences in a row; chance makes so many of ten per cent loss once in a day
HOLD, LONGEST_HOLD = 3.0, 300.0  # seconds of answers until a dead line is used again
CALM = 600.0  # seconds without a death after which the hold is the shortest again


@dataclass(frozen=True, slots=True)
class Line:
    """One line: whether it counts as up, silences in a row, since when it answers again, its hold."""

    up: bool = False
    silences: int = 0
    answering_since: float | None = None
    hold: float = HOLD
    died_at: float | None = None


def answered(line: Line, now: float) -> Line:
    """A probe came back at `now` (seconds, monotonic)."""
    since = now if line.answering_since is None else line.answering_since
    # A line that never died needs no trial: a box that starts has nothing better.
    steady = line.died_at is None or now - since >= line.hold
    return replace(line, up=line.up or steady, silences=0, answering_since=since)


def silent(line: Line, now: float) -> Line:
    """A probe had no answer in time."""
    silences = line.silences + 1
    if not line.up:
        return replace(line, silences=silences, answering_since=None)
    if silences < DEAD:
        return replace(line, silences=silences)
    again = line.died_at is not None and now - line.died_at < CALM
    hold = min(line.hold * 2, LONGEST_HOLD) if again else HOLD
    return Line(False, silences, None, hold, now)


def pause(line: Line) -> float:
    """Seconds from one probe to the next."""
    return QUICK if line.up and line.silences else INTERVAL


@dataclass(frozen=True, slots=True)
class Lines:
    """A site's lines in order of preference, and the one in use (None: none answers)."""

    order: tuple[str, ...]
    each: Mapping[str, Line] = field(default_factory=dict)
    active: str | None = None


def heard(lines: Lines, name: str, now: float, *, answer: bool) -> Lines:
    """After a probe of the line `name`: the best line that is up carries the traffic.

    When no line is up the last one stays: it costs nothing, and may be the first to come back.
    """
    line = lines.each.get(name, Line())
    each = {**lines.each, name: answered(line, now) if answer else silent(line, now)}
    best = next((one for one in lines.order if one in each and each[one].up), lines.active)
    return Lines(lines.order, each, best)
