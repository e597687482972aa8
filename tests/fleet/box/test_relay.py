"""A relay by real packets: who is taken for a caller, what passes in the kernel, who takes a place over."""

import asyncio
import subprocess
import threading
from dataclasses import replace

import pytest

from pendopo.box import relay, seen
from pendopo.box.lab import batch, end
from pendopo.box.system import System
from pendopo.core.boxconfig import Lease, Line
from tests import boxes
from tests.fleet.box.spaces import datagrams, inside, lab_name, until
from tests.rules.box.test_seen import handshake
from tests.worlds import seed

RELAY, ONE, OTHER = seed("relay"), seed("one"), seed("other")
PORTS = 20000, 20001
HERE = "192.0.2.1"
CALLERS = "192.0.2.11", "192.0.2.12", "192.0.2.13"
CONFIG = replace(boxes.config(), lines=(Line("serat", "wan", None, 51820),))
LEASES = [Lease("serat", PORTS[0], (ONE, OTHER))]
DATA = b"\x04\0\0\0" + b"sealed"  # WireGuard's data: nobody can tell who sent it


@pytest.fixture
def spaces():
    names = [lab_name(f"trelay-{one}") for one in ("box", "out")]
    try:
        for name in names:
            subprocess.run(["ip", "netns", "add", name], check=True)
        box, out = names
        batch(box, [f"link add wan type veth peer name lan netns {out}", f"addr add {HERE}/24 dev wan",
                    "link set wan up", "link set lo up"])  # fmt: skip
        batch(out, ["link set lan up", *(f"addr add {one}/24 dev lan" for one in CALLERS)])
        # As on a box: it is a router, and a line's mark has a table.
        subprocess.run(["ip", "netns", "exec", box, "sysctl", "-qw", "net.ipv4.ip_forward=1"], check=True)
        yield box, out
    finally:
        for name in names:
            end(name)
            subprocess.run(["ip", "netns", "del", name], check=False)


class Running:
    """A relay as the agent runs it, in the box's network."""

    def __init__(self, space):
        self.space, self.ready = space, threading.Event()

    def start(self):
        self.thread = threading.Thread(target=inside, args=(self.space, lambda: asyncio.run(self._run())))
        self.ready.clear()
        self.thread.start()
        assert self.ready.wait(10)

    def stop(self):
        """It dies; what is in the kernel stays."""
        if self.thread.is_alive():
            self.loop.call_soon_threadsafe(self.over.set)
            self.thread.join(10)

    async def _run(self):
        self.loop, self.over, made = (
            asyncio.get_running_loop(),
            asyncio.Event(),
            relay.Relay(System(False, {RELAY: b""})),
        )
        await made.use(CONFIG, LEASES, ())
        self.ready.set()
        await self.over.wait()
        made.close()


def got(sock):
    try:
        return sock.recvfrom(2048)
    except BlockingIOError:
        return None


def known(space):
    said = subprocess.run(
        ["ip", "netns", "exec", space, "nft", "list", "set", "ip", relay.TABLE, "callers"],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    return {one for one in CALLERS if f"{one} ." in said}


def answers(sock, key, *first):
    """Answer as the box with the key does when it sends `first` to the relay and is asked back."""
    sock.sendto(*first)
    asked, sender = until(lambda: got(sock))
    sock.sendto(seen.answer(seen.question(seen.number_of(asked), key), [key], sender), sender)


def test_two_that_called_are_joined_and_nobody_else(spaces):
    box, out = spaces
    running = Running(box)
    running.start()
    try:
        with (
            datagrams(out, CALLERS[0], 4000) as one,
            datagrams(out, CALLERS[1], 5000) as other,
            datagrams(out, CALLERS[2], 6000) as third,
        ):
            doors = [(HERE, port) for port in PORTS]
            # Who knows the relay's key is told where it is seen; who does not hears nothing.
            third.sendto(seen.question(bytes(8), OTHER), doors[0])
            third.sendto(seen.question(bytes(8), RELAY), doors[0])
            assert seen.place(until(lambda: got(third))[0], RELAY) == f"{CALLERS[2]}:6000"
            assert got(third) is None

            # First packets, kept until the other has called; what the wrong one sends counts for nothing,
            # and keeps nobody out: who calls at the same moment as many others is heard.
            first, crossing = handshake(1, OTHER), handshake(1, ONE, b"\x09")
            for said in (*[DATA] * 50, handshake(1, ONE), first[:-20] + bytes(20)):
                third.sendto(said, doors[0])
            answers(one, ONE, first, doors[0])
            answers(other, OTHER, crossing, doors[1])
            assert until(lambda: got(other)) == (first, doors[1])
            response = handshake(2, ONE)
            other.sendto(response, doors[1])
            assert until(lambda: got(one)) == (response, doors[0]), "and not what crossed the first"
            until(lambda: known(box) == set(CALLERS[:2]))

            # In the kernel, with the agent dead: between the two, and not for the third.
            running.stop()
            for _ in range(3):
                third.sendto(DATA + b" of a third", doors[0])
                one.sendto(DATA, doors[0])
                assert until(lambda: got(other)) == (DATA, doors[1])
                other.sendto(DATA, doors[1])
                assert until(lambda: got(one)) == (DATA, doors[0])
            assert got(other) is None

            # It comes back and knows them; a recorded first packet from elsewhere is asked back, in vain.
            running.start()
            for key in (OTHER, seed("stranger")):
                answers(third, key, first, doors[0])
            third.sendto(DATA, doors[0])
            one.sendto(DATA + b".", doors[0])
            assert until(lambda: got(other)) == (DATA + b".", doors[1])
            assert known(box) == set(CALLERS[:2])

            # The box itself has moved there.
            answers(third, ONE, first, doors[0])
            assert until(lambda: got(other)) == (first, doors[1])
            until(lambda: known(box) == set(CALLERS[1:]))
            for sock, to, port in ((third, other, 0), (other, third, 1)):
                sock.sendto(DATA, doors[port])
                assert until(lambda to=to: got(to)) == (DATA, doors[1 - port])
            assert got(one) is None
    finally:
        running.stop()
