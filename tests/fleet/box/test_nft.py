"""The table of a box against real packets: machines near, far and on the line, and the box between them.

The interface to the far side only has the name of a tunnel's: what is in it is tried in test_two_boxes.py.
"""

import contextlib
import random
import socket
import subprocess
import time
from dataclasses import replace
from ipaddress import ip_address

import pytest

from pendopo.box import lab, nft
from pendopo.core.boxconfig import Flow
from tests import boxes
from tests.boxes import networks
from tests.fleet.box.spaces import datagrams, inside, listening, until

NEAR = ("10.64.0.20", "10.64.0.21", "fd00:64::20", "fd00:64::21")
FAR = ("10.64.1.20", "10.64.2.20", "fd00:65::20", "fd00:66::20")
OWN = ("10.64.0.1", "fd00:64::1", "10.99.0.1")
PEER = "10.99.0.2"
STRANGER = "10.64.0.66"  # on the line, with an address of the site
PORTS = (5500, 5501, 8080, 8090)
CABLES = {"near": "lan0", "far": "pns-serat", "line": "wan1"}
LIVES = {"near": NEAR, "far": (*FAR, PEER), "line": (STRANGER,)}

OUT = Flow("r1", "out", networks("10.64.0.0/24"), networks("10.64.1.0/24"), "udp", ((5500, 5500),))


def space(name):
    return f"tnft-{name}"


def nodad(address):
    """An IPv6 address counts at once."""
    return "nodad" if ":" in address else ""


def run(name, *command, **how):
    return subprocess.run(
        ["ip", "netns", "exec", space(name), *command], text=True, capture_output=True, check=True, **how
    ).stdout


@pytest.fixture(scope="module")
def router():
    """The box with three cables; everybody knows everybody's way and hardware address."""
    try:
        for name in ("box", *CABLES):
            subprocess.run(["ip", "netns", "add", space(name)], check=True)
        for name, device in CABLES.items():
            lab.batch(space("box"), [f"link add {device} type veth peer name e netns {space(name)}"])
        wire("box", {CABLES[name]: those for name, those in LIVES.items() if name != "line"})
        lab.batch(space("box"), ["link set wan1 up", *(f"addr add {one} dev lo {nodad(one)}" for one in OWN)])
        for name in CABLES:
            others = [one for other, those in LIVES.items() if other != name for one in those]
            wire(name, {"e": (*others, *OWN)})
            lab.batch(space(name), [f"addr add {one} dev e {nodad(one)}" for one in LIVES[name]])
        for setting in ("ipv4.ip_forward=1", "ipv6.conf.all.forwarding=1", "ipv4.conf.all.rp_filter=0"):
            run("box", "sysctl", "-qw", f"net.{setting}")
        run("box", "sysctl", "-qw", "net.ipv4.conf.wan1.rp_filter=0")
        yield
    finally:
        for name in ("box", *CABLES):
            subprocess.run(["ip", "netns", "del", space(name)], check=False, capture_output=True)


def wire(name, ways):
    """Routes to addresses by device, and the hardware address of the other end for each."""
    lab.batch(space(name), [f"link set {device} up" for device in ("lo", *ways)])
    for device, those in ways.items():
        other, end = next(
            (("box", cable) if name != "box" else (at, "e"))
            for at, cable in CABLES.items()
            if name == at or (name == "box" and cable == device)
        )
        mac = run(other, "cat", f"/sys/class/net/{end}/address").strip()
        for one in those:
            lab.batch(
                space(name),
                [f"route add {one} dev {device}", f"neigh replace {one} lladdr {mac} dev {device}"],
            )


def load(*flows: Flow) -> None:
    """The table of the licence office's box with these flows."""
    text = nft.table(boxes.config(flows=flows))
    run("box", "nft", "-c", "-f", "-", input=text)
    run("box", "nft", "-f", "-", input=text)


def counted(name: str) -> int:
    return int(run("box", "nft", "list", "counter", "inet", nft.TABLE, name).split("packets ")[1].split()[0])


class Talk:
    """A UDP socket at every address and port."""

    def __init__(self) -> None:
        self.stack = contextlib.ExitStack()
        self.sockets = {
            (name, address, port): self.stack.enter_context(datagrams(space(name), address, port))
            for name in ("near", "far")
            for address in LIVES[name]
            for port in PORTS
        }

    def arrive(self, sent: list[tuple], expected: list[bool], port: int = 5500) -> list[bool]:
        """Whether each of (from, to, to port) arrives, waiting for those that should; `port` sends."""
        with contextlib.ExitStack() as stack:
            for number, (source, target, to) in enumerate(sent):
                sock = self.sockets.get((*source, port)) or stack.enter_context(
                    datagrams(space(source[0]), source[1], port + number)
                )
                sock.sendto(number.to_bytes(4), (target[1], to))
        wanted = {number for number, arrives in enumerate(expected) if arrives}
        got: set[int] = set()
        end = time.monotonic() + 1
        while True:
            for sock in self.sockets.values():
                with contextlib.suppress(BlockingIOError):
                    while True:
                        got.add(int.from_bytes(sock.recv(8)))
            if wanted <= got or time.monotonic() > end:
                return [number in got for number in range(len(sent))]


@pytest.fixture
def talk(router):
    made = Talk()
    with made.stack:
        yield made


def test_random_policies_by_real_packets_at_random(talk):
    """Against what the flows say, read one by one; each packet has a port of its own: none is an answer."""
    chance = random.Random(6)
    passed = refused = 0
    for turn in range(20):
        flows = [flow(chance) for _ in range(chance.randrange(1, 16))]
        load(*flows)
        sent = []
        while len(sent) < 10:
            near, far = ("near", chance.choice(NEAR)), ("far", chance.choice(FAR))
            if ip_address(near[1]).version == ip_address(far[1]).version:
                sent.append((*chance.sample((near, far), 2), chance.choice(PORTS)))
        expected = [allowed(flows, *packet) for packet in sent]
        assert talk.arrive(sent, expected, 10_000 + 10 * turn) == expected, (flows, sent)
        passed, refused = passed + sum(expected), refused + expected.count(False)
    assert passed > 30 and refused > 30, passed


def flow(chance: random.Random) -> Flow:
    near, far = chance.choice(
        [
            ("10.64.0.0/24", ["10.64.1.0/24", "10.64.2.0/25", "10.64.0.0/16"]),
            ("10.64.0.20/32", ["10.64.1.20/32", "10.64.2.0/24", "10.0.0.0/8"]),
            ("fd00:64::/64", ["fd00:65::/64", "fd00:66::20/128", "fd00::/16"]),
        ]
    )
    ports = tuple(tuple(sorted(chance.choices(range(4000, 10_000), k=2))) for _ in range(2))
    return Flow(
        f"r{chance.randrange(3)}",
        chance.choice(("out", "in")),
        networks(near),
        networks(*chance.sample(far, 2)),
        chance.choice(("udp", "udp", "udp", "tcp")),
        ports,
    )


def allowed(flows, source, target, port) -> bool:
    way = "out" if source[0] == "near" else "in"
    near, far = (ip_address(one[1]) for one in ((source, target) if way == "out" else (target, source)))
    return any(
        (one.protocol, one.way) == ("udp", way)
        and any(near in network for network in one.near)
        and any(far in network for network in one.far)
        and any(first <= port <= last for first, last in one.ports)
        for one in flows
    )


def test_answers_come_back_and_questions_do_not(talk):
    load(OUT)
    asking, asked, beside = ("near", NEAR[0]), ("far", FAR[0]), ("near", NEAR[1])
    for sent, arrives in (
        ((asked, asking, 5500), False),
        ((asking, asked, 5500), True),
        ((asked, asking, 5500), True),
        ((asked, beside, 5500), False),
    ):
        assert talk.arrive([sent], [arrives]) == [arrives], sent


def test_a_withdrawn_rule_ends_what_it_let_through_and_another_goes_on(talk):
    gone, stays, far = ("near", NEAR[1]), ("near", NEAR[0]), ("far", FAR[0])
    other = Flow("r2", "out", networks("10.64.0.20/32"), networks("10.64.1.0/24"), "udp", ((5501, 5501),))
    load(OUT, other)
    assert talk.arrive([(gone, far, 5500), (stays, far, 5501)], [True, True], 5501) == [True, True]
    load(other)
    assert talk.arrive([(far, gone, 5501)], [False]) == [False]
    assert talk.arrive([(gone, far, 5500)], [False], 5501) == [False]
    assert talk.arrive([(stays, far, 5501), (far, stays, 5501)], [True, True], 5501) == [True, True]


def test_each_rule_counts_its_packets_both_ways(talk):
    load(OUT, Flow("r2", "in", networks("fd00:64::/64"), networks("fd00:65::/64"), "udp", ((5500, 5501),)))
    near, far = ("near", NEAR[1]), ("far", FAR[0])
    for sent in ((near, far, 5500), (far, near, 5500), (near, far, 5500)):
        assert talk.arrive([sent], [True]) == [True]
    assert talk.arrive([(near, far, 8080)], [False]) == [False]
    until(lambda: counted("dropped") == 1, 2)
    assert (counted("rule-r1"), counted("rule-r2")) == (3, 0)


def test_a_stranger_on_the_line_reaches_nothing_behind_the_tunnel(talk):
    """It sends with an address of the site, by the box as its router; the site's own machine passes."""
    load(OUT)
    with datagrams(space("line"), STRANGER, 5500) as sock:
        until(lambda: sock.sendto(b"", (FAR[0], 5500)) == 0 and counted("dropped") >= 1, 5)
    assert talk.arrive([(("near", NEAR[0]), ("far", FAR[0]), 5500)], [True], 8080) == [True]


def knocks(place, address, port=5500, seconds=0.4):
    """None when a connection comes about, else what it failed by."""
    source = (NEAR if place == "near" else FAR)[0]
    try:
        inside(space(place), lambda: socket.create_connection((address, port), seconds, (source, 0))).close()
    except OSError as error:
        return type(error)


def test_the_sites_own_machines_are_refused_at_once_and_others_in_silence(router):
    flow = replace(OUT, protocol="tcp")
    load(flow)
    with listening(space("far"), FAR[0], 5500), listening(space("near"), NEAR[0], 5500):
        assert knocks("near", FAR[0]) is None
        assert knocks("near", FAR[0], 5501) is ConnectionRefusedError
        assert knocks("far", NEAR[0]) is TimeoutError
        # What is open ends by the first word after its rule is gone.
        talk = inside(space("near"), lambda: socket.create_connection((FAR[0], 5500), 1))
        load(replace(flow, ports=((5501, 5501),)))
        with talk, contextlib.suppress(BrokenPipeError, ConnectionResetError):
            talk.sendall(b"x")
            assert talk.recv(1) == b"never"


def test_what_leads_to_no_peer_leaves_by_no_line(router):
    """An address of the private network whose peer is gone would go the way of all others: to the ISP."""
    load(OUT)
    line, near = (
        run(place, "cat", f"/sys/class/net/{device}/address").strip()
        for place, device in (("line", "e"), ("box", "lan0"))
    )
    for address, passes in (("10.64.9.9", False), ("192.0.2.9", True)):
        for place, device, far in (("box", "wan1", line), ("near", "e", near)):
            lab.batch(
                space(place),
                [f"route add {address} dev {device}", f"neigh replace {address} lladdr {far} dev {device}"],
            )
        lab.batch(space("line"), [f"addr add {address} dev e"])
        with listening(space("line"), address, 5500):
            assert knocks("near", address) is (None if passes else ConnectionRefusedError)


def test_nobody_on_a_line_reaches_the_box_by_its_address_towards_the_site(router):
    load()
    with listening(space("box"), OWN[0], 53):
        assert knocks("near", OWN[0], 53) is None
        with pytest.raises(TimeoutError):
            inside(space("line"), lambda: socket.create_connection((OWN[0], 53), 0.3, (STRANGER, 0)))
    assert counted("dropped") > 0


def test_the_box_itself_answers_neighbours_and_who_is_allowed(router):
    def pings(source, address):
        done = ["ping", "-n", "-c", "1", "-W", "0.3", "-I", source, address]
        with contextlib.suppress(subprocess.CalledProcessError):
            return bool(run("far", *done))
        return False

    load(OUT)
    assert pings(PEER, "10.99.0.1")  # another box
    assert not pings(FAR[0], "10.99.0.1")  # a machine behind it
    assert not pings(FAR[0], OWN[0])
    load(Flow("r3", "in", networks("10.64.0.0/24"), networks("10.64.1.0/24"), "icmp", ()))
    assert pings(FAR[0], OWN[0]) and not pings(FAR[1], OWN[0])


def test_whatever_its_reader_takes_is_loaded(router):
    """Overlapping networks and ports, a rule's longest and oddest name, no rule at all."""
    odd = "A" + "._-" * 21
    wide = ((1, 65535), (80, 80), (81, 90))
    load(Flow(odd, "out", networks("10.64.0.0/24", "10.64.0.0/25"), networks("0.0.0.0/0"), "tcp", wide))
    assert counted(f"rule-{odd}") == 0
    load()
    assert counted("dropped") == 0
