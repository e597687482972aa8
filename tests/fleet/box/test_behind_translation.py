"""Two offices behind the translation of two ISPs: each is called where a third box sees it, and they meet."""

from dataclasses import replace

import pytest

from pendopo.box.lab import Place
from tests.fleet.box.nation import AGENCY, ALL, BOXES, LINES, MACHINE, OFFICE, PLACES, THIRD, TUNNEL, Nation
from tests.fleet.box.spaces import until
from tests.fleet.box.test_denied import PING

HIDDEN = Place(THIRD, 3, False, ALL[THIRD].machine, ALL[THIRD].gateways)


class Hidden(Nation):
    """`seen` is where the agency's box has seen the lines of the others: (box, line) → endpoint."""

    def __init__(self) -> None:
        super().__init__("t3nat", PLACES | {THIRD: HIDDEN})
        self.seen: dict[tuple[str, str], str] = {}

    def config(self, name, *arguments, **changes):
        config = super().config(name, *arguments, **changes)
        # The boxes' own addresses are of one family here; what they carry is of both.
        config = replace(config, tunnel=replace(config.tunnel, addresses=TUNNEL[name][1:]))
        if name == THIRD:
            # Its best line is the other ISP's, for two customers of one translation do not meet outside it;
            # and its ports are its own, for a translation keeps the port of the first who has it.
            first, second = config.lines
            lines = replace(second, name=first.name, port=51831), replace(first, name=second.name, port=51832)
            config = replace(config, lines=lines)
        return config

    def peer(self, name, other):
        peer = replace(super().peer(name, other), tunnel=TUNNEL[other][1:])
        known = {
            line: (self.seen[BOXES[other], line],) for line in LINES if (BOXES[other], line) in self.seen
        }
        return replace(peer, endpoints=known, keepalive=5) if known and name != AGENCY else peer

    def look(self) -> bool:
        """Take from the agency's last report where it sees the others; whether that is all their lines."""
        said = [one for box, one in self.controller.reports if box == BOXES[AGENCY]]
        peers = said[-1]["peers"] if said else []
        self.seen = {(one["box"], one["line"]): one["endpoint"] for one in peers if one["endpoint"]}
        return len(self.seen) == 2 * len(LINES)


@pytest.fixture
def nation():
    with Hidden() as made:
        yield made


def test_they_meet_where_a_third_has_seen_them(nation):
    nation.live([PING])
    for name in (OFFICE, THIRD):
        until(lambda name=name: nation.pings(AGENCY, MACHINE[name][0], 0.3))
    until(nation.look)
    assert {one.rpartition(":")[0] for one in nation.seen.values()} == {"203.0.113.1", "203.0.113.2"}
    assert not nation.pings(OFFICE, MACHINE[THIRD][0], 0.3)
    nation.live([PING])
    until(lambda: nation.pings(OFFICE, MACHINE[THIRD][0], 0.3), 12)
    until(lambda: nation.pings(THIRD, MACHINE[OFFICE][1], 0.3), 3)
