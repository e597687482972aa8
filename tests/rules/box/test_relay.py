"""What a relay's table passes on: between the two of a lease that have called, and nothing else."""

from pendopo.box import relay
from pendopo.core.boxconfig import Lease
from tests import boxes
from tests.worlds import seed

ONE, OTHER = seed("one"), seed("other")
LEASE = Lease("seluler", 20000, (ONE, OTHER))
CALLERS = {20000: (("203.0.113.1", 4000), "198.51.100.7"), 20001: (("203.0.113.2", 5000), "198.51.100.7")}


def test_each_port_takes_first_packets_for_the_other_box():
    sides = relay.sides(boxes.config(), [LEASE])
    assert sides == {
        20000: relay.Side(0x7101, ONE, 20001, OTHER),
        20001: relay.Side(0x7101, OTHER, 20000, ONE),
    }
    assert relay.sides(boxes.config(), [LEASE], [OTHER]) == {} == relay.sides(boxes.config(), [])
    assert relay.sides(boxes.config(), [Lease("lain", 20000, (ONE, OTHER))]) == {}


def test_packets_pass_once_both_have_called():
    sides = relay.sides(boxes.config(), [LEASE])
    text = relay.table(["wan2"], sides, CALLERS)
    for part in (
        "203.0.113.1 . 4000 . 20000, 203.0.113.2 . 5000 . 20001",
        "203.0.113.1 . 4000 . 20000 : 203.0.113.2, 203.0.113.2 . 5000 . 20001 : 203.0.113.1",
        "203.0.113.1 . 4000 . 203.0.113.2 . 5000 : 20001, 203.0.113.2 . 5000 . 203.0.113.1 . 4000 : 20000",
    ):
        assert f"elements = {{ {part} }}" in text
    assert 'iifname { "wan2" } fib daddr type local udp dport { 20000, 20001 }' in text
    alone = relay.table(["wan2"], sides, {20000: CALLERS[20000]})
    assert "203.0.113.1" not in alone
