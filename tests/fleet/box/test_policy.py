"""Five sites, a random policy, and every pair by real packets: as it is, and with one end's rules opened.

A box whose rules somebody opened by hand lets everything pass. What the policy refuses then has to be refused
by the other box alone, at either end.
"""

import contextlib
import itertools
import random
import re
import signal
import socket
import subprocess

import pytest

from pendopo.box.lab import CENTRE
from pendopo.box.nft import TABLE
from pendopo.core import strict
from pendopo.pnsbox.reach.rules import Rule
from tests.fleet.box.nation import AGENCY, FIVE, MACHINE, OFFICE, THIRD, Nation
from tests.fleet.box.packets import ICMP, TCP, UDP, Machines, Packet
from tests.fleet.box.spaces import datagrams, inside, listening, until

PORTS = {"mantra": (TCP, 5500), "web": (TCP, 8081), "nama": (UDP, 5353), "ping": (ICMP, None)}
SITE = {address: name for name in FIVE for address in MACHINE[name]}
PAIRS = [(a, b) for a in FIVE for b in FIVE if a != b]
LAST = b"sekian dari kantor"
TEXT = b"NIK 3171234509870001 Siti Rahmawati, hanya untuk dinas"


def drawn(chance: random.Random) -> set[tuple[str, str, str]]:
    """Who may reach what: about half of all."""
    return {(a, b, name) for a, b in PAIRS for name in PORTS if chance.random() < 0.5}


def written(allowed: set[tuple[str, str, str]]) -> list[Rule]:
    """The same as rules: those of one source and service in one, in the name of the destinations."""
    found = []
    for (source, service), those in itertools.groupby(
        sorted(allowed, key=lambda one: (one[0], one[2])), key=lambda one: (one[0], one[2])
    ):
        to = frozenset(one[1] for one in those)
        found.append(Rule(f"{source}-{service}", frozenset({source}), to, frozenset({service})))
    return found


ALLOWED = drawn(random.Random(6)) | {
    (OFFICE, AGENCY, "mantra"),
    (OFFICE, AGENCY, "ping"),
    (THIRD, AGENCY, "nama"),
}
ALLOWED -= {(OFFICE, AGENCY, "web")}


@pytest.fixture(scope="module")
def nation():
    with Nation("t7box", FIVE) as made:
        made.live(written(ALLOWED))
        until(lambda: meshed(made), 20)
        yield made


def meshed(nation) -> bool:
    """Whether every box hears every other, as they last said."""
    newest = dict(nation.controller.reports)
    up = [{one["box"] for one in said["peers"] if one["up"]} for said in newest.values()]
    return len(up) == len(FIVE) and all(len(those) == len(FIVE) - 1 for those in up)


@pytest.fixture
def machines(nation):
    spaces = {address: nation.lab.space(f"{name}-pc") for address, name in SITE.items()}
    ports = [(kind, port) for kind, port in PORTS.values()]
    made = Machines(spaces, [p for k, p in ports if k == TCP], [p for k, p in ports if k == UDP])
    yield made
    made.close()


def packets() -> dict[Packet, tuple[str, str, str]]:
    """Each pair of sites, service and family of addresses."""
    found = {}
    for a, b in PAIRS:
        for source, target in zip(MACHINE[a], MACHINE[b], strict=True):
            for name, (protocol, port) in PORTS.items():
                found[Packet(source, target, protocol, port)] = a, b, name
    return found


def opened(nation, name: str) -> str:
    """Somebody opens the rules of a box by hand; how to close them again."""
    said = nation.lab.run(name, "nft", "-e", "-a", "insert", "rule", "inet", TABLE, "forward", "accept")
    return re.search(r"# handle (\d+)", said)[1]


def tried(nation, machines, sent: dict[Packet, tuple], open: set[str]) -> None:
    """Those arrive that may; each of the others is dropped by the first box whose rules are its own."""
    may = {packet for packet, one in sent.items() if one in ALLOWED}
    refusing = [b if a in open else a for a, b, _ in (one for p, one in sent.items() if p not in may)]
    before = {name: nation.dropped(name) for name in set(refusing)}

    def enough(found) -> bool:
        return found >= may and all(
            nation.dropped(name) - was >= refusing.count(name) for name, was in before.items()
        )

    assert machines.arrived(sent, enough) == may


def test_every_pair_by_real_packets_and_either_box_alone_refuses(nation, machines, record_property):
    every = packets()
    tried(nation, machines, every, set())
    alone = {"source": set(), "destination": set()}
    # Five sites have numbers of three bits: any two differ in one, so either is once the open one.
    for bit, value in itertools.product((0, 1, 2), (0, 1)):
        open = {name for at, name in enumerate(FIVE) if at >> bit & 1 == value}
        sent = {packet: one for packet, one in every.items() if (one[0] in open) != (one[1] in open)}
        handles = {name: opened(nation, name) for name in open}
        tried(nation, machines, sent, open)
        for name, handle in handles.items():
            nation.lab.run(name, "nft", "delete", "rule", "inet", TABLE, "forward", "handle", handle)
        for packet, one in sent.items():
            alone["destination" if one[0] in open else "source"].add(packet)
    assert alone["source"] == alone["destination"] == set(every)
    allowed = sum(one in ALLOWED for one in every.values())
    assert len(every) >= 100 and min(allowed, len(every) - allowed) >= 50
    record_property("figure", f"pnsbox.pairs {len(every)}, allowed {allowed}, refused at either end alone")


def test_a_box_that_lies_about_its_addresses_helps_nobody(nation):
    """With its own rules opened a machine of the office calls itself by an address of a site that may."""
    handle = opened(nation, OFFICE)
    theirs, target = MACHINE[THIRD][0], MACHINE[AGENCY][0]
    nation.lab.run(f"{OFFICE}-pc", "ip", "addr", "add", f"{theirs}/32", "dev", "lo")
    try:
        with (
            datagrams(nation.lab.space(f"{AGENCY}-pc"), target, 5353) as hears,
            datagrams(nation.lab.space(f"{OFFICE}-pc"), theirs, 9) as false,
            datagrams(nation.lab.space(f"{THIRD}-pc"), theirs, 9) as true,
        ):
            false.sendto(b"false", (target, 5353))
            # What follows it through the same tunnel has arrived: so would it have.
            assert nation.pings(OFFICE, target)
            assert heard(hears) is None
            true.sendto(b"true", (target, 5353))
            assert until(lambda: heard(hears)) == b"true"
    finally:
        nation.lab.run(OFFICE, "nft", "delete", "rule", "inet", TABLE, "forward", "handle", handle)
        nation.lab.run(f"{OFFICE}-pc", "ip", "addr", "del", f"{theirs}/32", "dev", "lo")


def heard(sock: socket.socket) -> bytes | None:
    try:
        return sock.recv(64)
    except BlockingIOError:
        return None


def test_lines_and_centre_see_no_clear_text(nation):
    """A known text crosses from machine to machine; tcpdump listens at both providers, between them, at the
    controller, and, as the twin that finds it, in the office."""
    blind, seeing = ("isp1", "isp2", "internet", "centre"), f"{OFFICE}-pc"
    keys = {
        name: (nation.lab.private(name, "etc/pendopo-box") / "wireguard.key").read_bytes().strip()
        for name in FIVE
    }
    target = MACHINE[AGENCY][0]
    with (
        captured(nation, (*blind, seeing)) as files,
        listening(nation.lab.space(f"{AGENCY}-pc"), target, 5500) as server,
    ):
        with inside(
            nation.lab.space(f"{OFFICE}-pc"), lambda: socket.create_connection((target, 5500), 5)
        ) as client:
            client.sendall(TEXT * 200)
            client.shutdown(socket.SHUT_WR)
            taken, _ = server.accept()
            with taken, taken.makefile("rb") as read:
                assert read.read() == TEXT * 200
                taken.sendall(TEXT[::-1] * 200)
            with client.makefile("rb") as read:
                assert len(read.read()) == len(TEXT) * 200
        # Both ends apply and confirm something while it is listened: all that they say to the controller.
        nation.live(written(ALLOWED))
    assert TEXT in files[seeing] and TEXT[::-1] in files[seeing]
    assert b"/box/v1/report" in files["centre"]
    assert len(files["isp1"]) > 2 * len(TEXT) * 200, "the tunnel ran over the first line"
    for place in blind:
        for secret in (
            TEXT,
            TEXT[::-1],
            *keys.values(),
            *(strict.b64d(one.decode()) for one in keys.values()),
        ):
            assert secret not in files[place], place


@contextlib.contextmanager
def captured(nation, places):
    """What tcpdump hears at the places until the end: place → bytes, filled in then."""
    found, running = {}, {}
    for place in places:
        file = nation.lab.folder / f"{place}.pcap"
        command = ("tcpdump", "-U", "-Z", "root", "-B", "32768", "-n", "-i", "any", "-w", str(file))
        running[place] = (
            nation.lab.start(place, *command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE),
            file,
        )
    for process, _ in running.values():
        while b"listening on" not in (line := process.stderr.readline()):
            assert line, "tcpdump ended"
    yield found
    # What was sent last is seen by all; then so was everything before it.
    for place, source, targets in (
        ("centre", CENTRE, ("203.0.113.1", "203.0.113.2")),
        (f"{OFFICE}-pc", MACHINE[OFFICE][0], FIVE[OFFICE].gateways[:1]),
    ):
        with datagrams(nation.lab.space(place), source, 9) as sock:
            for target in targets:
                sock.sendto(LAST, (target, 9))
    for place, (process, file) in running.items():
        until(lambda file=file: LAST in file.read_bytes())
        process.send_signal(signal.SIGINT)
        process.wait(10)
        with process.stderr:
            assert b"\n0 packets dropped by kernel" in process.stderr.read()
        found[place] = file.read_bytes()
