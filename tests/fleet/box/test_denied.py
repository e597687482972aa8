"""A stolen box among five: who has heard that it is denied tells the others, with the controller down."""

import time

import pytest

from pendopo.box.nft import PROBES
from pendopo.core.boxconfig import Deny
from pendopo.core.keys import SigningKey
from pendopo.pnsbox.reach.rules import Rule
from tests.boxes import AT, NETWORK, sealed
from tests.fleet.box.nation import (
    AGENCY,
    ALL,
    BOXES,
    EVERYDAY,
    FIFTH,
    FIVE,
    FOURTH,
    MACHINE,
    OFFICE,
    THIRD,
    TUNNEL,
    Nation,
)
from tests.fleet.box.pings import Pings
from tests.fleet.box.spaces import datagrams, until
from tests.worlds import seed

PING = Rule("ping", frozenset({"all"}), frozenset({"all"}), frozenset({"ping"}))

STOLEN = FIFTH


@pytest.fixture(scope="module")
def nation():
    with Nation("t3box", FIVE) as made:
        made.live((*EVERYDAY, PING))
        yield made


def test_a_neighbour_that_talks_nonsense_is_survived(nation):
    """Bytes of all kinds to the port of probes, and the claim to have a newer list, which it has not."""
    until(lambda: nation.pings(AGENCY, MACHINE[THIRD][0]))
    mine, theirs = str(TUNNEL[THIRD][0]), str(TUNNEL[AGENCY][0])
    with datagrams(nation.lab.space(THIRD), mine, 9) as sock:
        for text in (
            b"",
            b"PNS1",
            b"x" * 21,
            b"PNS1" + bytes(17),
            b"PNS1\x01" + b"\xff" * 8 + bytes(8),
            b"y" * 1300,
        ):
            sock.sendto(text, (theirs, PROBES))
        before = nation.told(AGENCY).count(f"deny list of {mine}: box.config_field")
        sock.sendto(b"PNS1\x00" + bytes(8) + b"\xff" * 8, (theirs, PROBES))
        until(lambda: nation.told(AGENCY).count(f"deny list of {mine}: box.config_field") == before + 1)
        sock.sendto(b"PNS1\x00" + bytes(7) + b"\x07" + bytes(8), (theirs, PROBES))
        assert until(lambda: answer(sock)) == b"PNS1\x01" + bytes(7) + b"\x07" + bytes(8)
    assert nation.agents[AGENCY].poll() is None and nation.pings(AGENCY, MACHINE[THIRD][0])


def answer(sock) -> bytes | None:
    """The answer to the probe number 7; others to what was sent before it are passed over."""
    try:
        found = sock.recv(64)
    except BlockingIOError:
        return None
    return found if found[12] == 7 else None


def test_a_list_passes_on_without_the_controller_and_only_the_controllers_counts(nation):
    for name in (AGENCY, THIRD):
        until(lambda name=name: nation.pings(OFFICE, MACHINE[name][0]))
    until(lambda: nation.pings(AGENCY, MACHINE[THIRD][0]))
    controller, stranger = nation.controller, SigningKey.from_seed("registry:ID", "issuing", seed("stranger"))
    denied = Deny(NETWORK, 1, AT, (nation.denied(OFFICE),))

    # Signed by nobody who counts: fetched, refused, and everybody still reaches everybody.
    controller.deny = (1, sealed(denied, stranger))
    nation.live((*EVERYDAY, PING), only=AGENCY)
    until(lambda: "box.config_signature" in nation.told(AGENCY))
    assert nation.pings(OFFICE, MACHINE[AGENCY][0])

    # One box alone hears of the controller's own, then nobody can ask it any more.
    nation.kill(THIRD)
    controller.deny = (1, sealed(denied))
    nation.live((*EVERYDAY, PING), only=AGENCY)
    until(lambda: "deny list 1 in force" in nation.told(AGENCY))
    controller.stop()
    assert nation.pings(OFFICE, MACHINE[THIRD][0])
    nation.start(THIRD)
    until(lambda: "deny list 1 in force" in nation.told(THIRD), 5)
    for name in (AGENCY, THIRD):
        assert not nation.pings(OFFICE, MACHINE[name][0], 0.4)
    assert nation.pings(AGENCY, MACHINE[THIRD][0])

    # It holds over a loss of power, though the configuration on the disk still names the stolen box.
    nation.lab.reboot(ALL[THIRD])
    nation.agents[THIRD].wait(5)
    nation.start(THIRD)
    until(lambda: nation.pings(AGENCY, MACHINE[THIRD][0]))
    assert not nation.pings(OFFICE, MACHINE[THIRD][0], 0.4)


def test_it_is_refused_in_seconds_by_those_who_cannot_ask_anybody(nation):
    """The press reaches one box and the controller is gone; three others hear of it from one another."""
    others = (AGENCY, THIRD, FOURTH)
    nation.controller.deaf = {BOXES[name] for name in FIVE if name != AGENCY}
    nation.controller.start()
    nation.live((*EVERYDAY, PING), only=AGENCY)  # it waits for news
    for name in others:
        until(lambda name=name: nation.pings(STOLEN, MACHINE[name][0]))
    pings = {name: Pings(nation.lab, STOLEN, MACHINE[name][0]) for name in others}
    for one in pings.values():
        one.more(10)
    begun = time.monotonic()
    both = tuple(nation.denied(name) for name in (OFFICE, STOLEN))
    nation.controller.deny = (2, sealed(Deny(NETWORK, 2, AT, both)))
    nation.publish((*EVERYDAY, PING), only=AGENCY)
    until(lambda: "deny list 2 in force" in nation.told(AGENCY))
    nation.controller.stop()
    until(lambda: all(one.silent(0.4) for one in pings.values()), 10)
    for one in pings.values():
        one.process.kill()
    took = {name: one.last - begun for name, one in pings.items()}
    print(", ".join(f"{name} refuses it after {seconds:.2f} s" for name, seconds in took.items()))
    assert max(took.values()) < 5
    assert nation.pings(THIRD, MACHINE[AGENCY][0]) and nation.pings(FOURTH, MACHINE[THIRD][0])
