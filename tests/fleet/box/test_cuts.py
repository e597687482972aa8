"""Lines that fail ten times in each way: what is lost, counted in pings 20 ms apart, and no flapping after.

Five offices have a line cut at the same time, twice in each way, so that ten cuts take the waiting of two.
"""

from dataclasses import replace

import pytest

from tests.fleet.box.nation import AGENCY, BOXES, LINES, MACHINE, MANY, Nation
from tests.fleet.box.pings import Pings
from tests.fleet.box.spaces import until
from tests.fleet.box.test_denied import PING

OFFICES = tuple(name for name in MANY if name != AGENCY)
CUTS = 2  # of each office's first line, in each way


class Star(Nation):
    """Five offices that reach the agency and not one another."""

    def __init__(self) -> None:
        super().__init__("t7cuts", MANY)

    def config(self, name, *arguments, **changes):
        config = super().config(name, *arguments, **changes)
        near = tuple(peer for peer in config.peers if AGENCY in (name, peer.name))
        return replace(config, peers=near)


@pytest.fixture(scope="module")
def nation():
    with Star() as made:
        made.live([PING])
        yield made


def afresh(nation):
    """Agents that remember no death of a line, all lines answering, the first one in use everywhere."""
    for name in MANY:
        nation.kill(name)
    before = len(nation.controller.reports)
    for name in MANY:
        nation.start(name)

    def sound(name):
        said = [one for box, one in nation.controller.reports[before:] if box == BOXES[name]]
        return said and all(
            one["up"] and one["in_use"] == (one["line"] == LINES[0]) for one in said[-1]["peers"]
        )

    until(lambda: all(sound(name) for name in MANY), 30)


def moves(nation, office) -> list[list[str]]:
    """The lines that the office and the agency moved to for each other, in order, as their agents told."""
    ends = (office, AGENCY), (AGENCY, office)
    told = {name: nation.told(name).splitlines() for name in (office, AGENCY)}
    return [
        [line.rpartition(" by ")[2] for line in told[name] if f"{BOXES[other]} by " in line]
        for name, other in ends
    ]


def since(nation, office, before) -> list[list[str]]:
    """Those after `before`, which `moves` gave earlier."""
    return [new[len(old) :] for old, new in zip(before, moves(nation, office), strict=True)]


@pytest.mark.parametrize("silently", [False, True], ids=["link down", "silence"])
def test_ten_cuts_cost_less_than_a_second_each_and_come_back_once(nation, silently):
    afresh(nation)
    before = {name: moves(nation, name) for name in OFFICES}
    pings = {name: Pings(nation.lab, name, MACHINE[AGENCY][0]) for name in OFFICES}
    gaps = []

    def made(many):
        """Whether both ends of every tunnel have changed their line so many times."""
        return all(len(new) == many for name in OFFICES for new in since(nation, name, before[name]))

    for cut in range(CUTS):
        for one in pings.values():
            one.more(10)
            assert one.gap() < 0.1
        for name in OFFICES:
            nation.lab.cut(MANY[name], 1, silently=silently)
        until(lambda cut=cut: made(2 * cut + 1), 3)
        for one in pings.values():
            one.more(10)
        gaps += [one.gap() for one in pings.values()]
        for name in OFFICES:
            nation.lab.heal(MANY[name], 1, silently=silently)
        # Back after three seconds of answers, six the second time, and again some probes later at the worst.
        until(lambda cut=cut: made(2 * cut + 2), 3.0 * 2**cut + 2)
    for one in pings.values():
        one.more(25)
        # The way back costs nothing.
        assert one.gap() < 0.1
        one.stop()
    print(f"{'silence' if silently else 'link down'}: {', '.join(f'{gap:.2f}' for gap in sorted(gaps))} s")
    assert len(gaps) == 10 and 0 < max(gaps) < 1.0
    for name in OFFICES:
        assert since(nation, name, before[name]) == [[LINES[1], LINES[0]] * CUTS] * 2
