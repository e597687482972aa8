"""An office with two lines: what is lost when one of them fails, counted in pings 20 ms apart."""

import pytest

from tests.fleet.box.nation import AGENCY, BOXES, LINES, MACHINE, OFFICE, PLACES, Nation
from tests.fleet.box.pings import EVERY, Pings
from tests.fleet.box.spaces import until

FAR = MACHINE[AGENCY][0]


@pytest.fixture(scope="module")
def nation():
    with Nation("t2lines") as made:
        yield made


@pytest.fixture
def fresh(nation):
    afresh(nation)
    return nation


def afresh(nation):
    """Agents that remember no death of a line, both lines answering, the first one in use at both ends."""
    for name in PLACES:
        nation.kill(name)
    before = len(nation.controller.reports)
    for name in PLACES:
        nation.start(name)
    until(lambda: all(sound(nation, name, before) for name in PLACES), 15)
    until(lambda: all(by(nation, name) == LINES[0] for name in PLACES))


def sound(nation, name, since):
    """Whether the box of a site last said that all its lines answer."""
    said = [one for box, one in nation.controller.reports[since:] if box == BOXES[name]]
    return said and len(said[-1]["peers"]) == len(LINES) and all(one["up"] for one in said[-1]["peers"])


def by(nation, name):
    """The line that carries the traffic of the box of a site to the other one."""
    other = next(one for one in PLACES if one != name)
    said = nation.lab.run(name, "ip", "route", "get", MACHINE[other][0])
    return said.partition("dev pns-")[2].partition(" ")[0]


def ended(pings) -> float:
    """Seconds of the longest gap, after the last ping."""
    pings.stop()
    return pings.gap()


def measured(nation, silently) -> float:
    """Seconds without an answer when the office's first line is cut; its traffic has moved afterwards."""
    pings = Pings(nation.lab, OFFICE, FAR)
    pings.more(25)
    nation.lab.cut(PLACES[OFFICE], 1, silently=silently)
    until(lambda: all(by(nation, name) == LINES[1] for name in PLACES), 3)
    pings.more(25)
    return ended(pings)


def test_a_line_whose_link_is_down_costs_less_than_a_second(fresh):
    gap = measured(fresh, silently=False)
    print(f"link down: {gap:.2f} s")
    assert 0 < gap < 0.9
    fresh.lab.heal(PLACES[OFFICE], 1, silently=False)


def test_a_line_that_falls_silent_costs_less_than_a_second_and_its_return_nothing(fresh):
    gap = measured(fresh, silently=True)
    print(f"silence: {gap:.2f} s")
    assert 0.1 < gap < 0.9
    pings = Pings(fresh.lab, OFFICE, FAR)
    pings.more(5)
    fresh.lab.heal(PLACES[OFFICE], 1, silently=True)
    until(lambda: all(by(fresh, name) == LINES[0] for name in PLACES), 8)
    pings.more(25)
    assert ended(pings) <= EVERY
    assert all(by(fresh, name) == LINES[0] for name in PLACES)


def test_the_line_not_in_use_may_fail_unnoticed(fresh):
    pings = Pings(fresh.lab, OFFICE, FAR)
    pings.more(5)
    fresh.lab.cut(PLACES[OFFICE], 2, silently=True)
    pings.more(75)
    assert ended(pings) == 0
    fresh.lab.heal(PLACES[OFFICE], 2, silently=True)


def test_the_controller_is_asked_over_the_line_that_works(fresh):
    """The question for news hung in the line that fell silent; a change reaches the office all the same."""
    fresh.lab.cut(PLACES[OFFICE], 1, silently=True)
    until(lambda: by(fresh, OFFICE) == LINES[1], 3)
    serial = fresh.publish()
    fresh.controller.report(BOXES[OFFICE], "good", serial, 3)
    fresh.lab.heal(PLACES[OFFICE], 1, silently=True)
