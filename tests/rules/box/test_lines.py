"""Choosing between two lines, against simulated ones: cut, lossy, coming and going."""

import heapq
import random
from collections.abc import Callable

import pytest

from pendopo.box.lines import DEAD, HOLD, LONGEST_HOLD, TIMEOUT, Line, Lines, heard, pause

ORDER = ("murah", "cadangan")
ROUND_TRIP = 0.02


def simulated(alive: Callable[[str, float], bool], seconds: float) -> list[tuple[float, str | None]]:
    """(when, line in use) at each change, for lines of which `alive(name, when sent)` tells what answers."""
    lines, changes = Lines(ORDER), [(0.0, None)]
    # Probes in the order in which their fate is known: an answer after the round trip, silence later.
    fates: list[tuple[float, str, bool]] = []

    def probe(name: str, at: float) -> None:
        answer = alive(name, at)
        heapq.heappush(fates, (at + (ROUND_TRIP if answer else TIMEOUT), name, answer))

    following = dict.fromkeys(ORDER, 0.0)
    now = 0.0
    while now < seconds:
        name = min(following, key=following.get)
        if fates and fates[0][0] <= following[name]:
            now, name, answer = heapq.heappop(fates)
            lines = heard(lines, name, now, answer=answer)
            if lines.active != changes[-1][1]:
                changes[len(changes) - (changes[-1][0] == now) :] = [(now, lines.active)]
            if not answer:  # what is asked next is asked soon
                following[name] = min(following[name], now + pause(lines.each[name]))
        else:
            now = following[name]
            probe(name, now)
            following[name] = now + pause(lines.each.get(name, Line()))
    return changes


@pytest.mark.parametrize("offset", [n * 0.0137 for n in range(20)])
def test_a_cut_is_known_in_less_than_seven_tenths_of_a_second_whenever_it_comes(offset):
    cut = 5.0 + offset
    changes = simulated(lambda name, at: name != "murah" or at < cut, 12.0)
    assert [name for _, name in changes] == [None, "murah", "cadangan"]
    assert 0 < changes[-1][0] - cut < 0.7


def test_it_comes_back_once_it_has_held_and_does_not_flap():
    cut, back = 5.0, 8.0
    changes = simulated(lambda name, at: name != "murah" or not cut <= at < back, 60.0)
    assert [name for _, name in changes] == [None, "murah", "cadangan", "murah"]
    assert HOLD <= changes[-1][0] - back < HOLD + 0.5


@pytest.mark.parametrize("seed", range(5))
def test_a_tenth_of_all_packets_lost_moves_nothing_in_ten_minutes(seed):
    chance = random.Random(seed)
    changes = simulated(lambda _name, _at: chance.random() >= 0.1, 600.0)
    assert [name for _, name in changes] == [None, "murah"]


def test_a_line_that_comes_and_goes_is_used_less_and_less():
    """Ten seconds up, two seconds down, for an hour."""
    changes = simulated(lambda name, at: name != "murah" or at % 12 < 10, 3600.0)
    used = [at for at, name in changes if name == "murah"]
    assert len(used) < 8
    assert simulated(lambda _name, _at: True, 600.0) == [(0.0, None), (pytest.approx(ROUND_TRIP), "murah")]


def test_one_answer_short_of_death_is_life():
    lines, now = heard(Lines(ORDER), "murah", 0.0, answer=True), 0.0
    for _ in range(DEAD - 1):
        now += 0.04
        lines = heard(lines, "murah", now, answer=False)
    assert lines.each["murah"].up
    assert heard(lines, "murah", now + 0.04, answer=True).each["murah"].silences == 0
    assert not heard(lines, "murah", now + 0.04, answer=False).each["murah"].up


def test_without_any_line_the_last_one_stays():
    lines = heard(Lines(ORDER), "cadangan", 0.0, answer=True)
    for n in range(3 * DEAD):
        lines = heard(lines, "cadangan", n * 0.1, answer=False)
    assert lines.active == "cadangan" and not lines.each["cadangan"].up


def test_the_hold_has_an_end():
    line = Line(up=True, hold=LONGEST_HOLD, died_at=0.0)
    lines = Lines(ORDER, {"murah": line}, "murah")
    for n in range(DEAD):
        lines = heard(lines, "murah", 1.0 + n, answer=False)
    assert lines.each["murah"].hold == LONGEST_HOLD
