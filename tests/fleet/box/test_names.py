"""Private names at the boxes: answered to the site's machines whatever happens to controller and agent."""

import os
import signal
import threading
import time
from dataclasses import replace
from ipaddress import ip_address

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import dns.reversename
import dns.rrset
import pytest

from pendopo.box.lab import CENTRE
from pendopo.core.boxconfig import Name
from tests.fleet.box.nation import AGENCY, BOXES, MACHINE, OFFICE, PLACES, Nation
from tests.fleet.box.spaces import datagrams, inside, until

GATE = "gerbang.dukcapil.kab.internal"
NAMES = (
    Name("bogor.kab.internal", tuple(map(ip_address, PLACES[OFFICE].gateways))),
    Name(GATE, tuple(map(ip_address, MACHINE[AGENCY]))),
)
# Whatever a configuration may say: dnsmasq leaves out what it takes for no name.
ODD = (
    "0.internal",
    "a-.b--c.internal",
    "xn--zzzzzz.internal",
    f"{'a' * 63}.internal",
    f"{'a.' * 122}internal",
)
FOUR, SIX = PLACES[OFFICE].gateways  # the office's box, as its machines see it


class Outside:
    """The name server that boxes ask, at the centre: it answers 192.0.2.80, `asked` is what it heard."""

    def __init__(self, space: str) -> None:
        self.asked: list[str] = []
        self.sock = datagrams(space, CENTRE, 53)
        self.sock.setblocking(True)
        threading.Thread(target=self.answer, daemon=True).start()

    def answer(self) -> None:
        while True:
            try:
                raw, sender = self.sock.recvfrom(4096)
            except OSError:
                return
            question = dns.message.from_wire(raw)
            name = question.question[0].name.to_text()
            self.asked.append(name)
            answer = dns.message.make_response(question)
            if question.question[0].rdtype == dns.rdatatype.A:
                answer.answer.append(dns.rrset.from_text(name, 60, "IN", "A", "192.0.2.80"))
            self.sock.sendto(answer.to_wire(), sender)


@pytest.fixture(scope="module")
def nation():
    with Nation("t7names") as made:
        made.outside = Outside(made.lab.space("centre"))
        made.live(names=NAMES)
        yield made
        made.outside.sock.close()


def ask(nation, name, kind="A", server=FOUR, by=dns.query.udp, place=f"{OFFICE}-pc", seconds=1.0):
    """The answer that a place gets, None when there is none."""

    def asked():
        try:
            return by(dns.message.make_query(name, kind), server, timeout=seconds)
        except (OSError, dns.exception.DNSException):
            return None

    return inside(nation.lab.space(place), asked)


def found(nation, name, kind="A", server=FOUR, **how):
    """What the answer says: the data in order, the code where it is none."""
    answer = ask(nation, name, kind, server, **how)
    if answer is None or answer.rcode():
        return answer and dns.rcode.to_text(answer.rcode())
    return sorted(one.to_text() for rrset in answer.answer for one in rrset)


def test_the_sites_machines_are_answered_by_both_families_and_protocols(nation):
    for server in (FOUR, SIX):
        for by in (dns.query.udp, dns.query.tcp):
            assert found(nation, GATE, "A", server, by=by) == [MACHINE[AGENCY][0]]
            assert found(nation, GATE.upper(), "AAAA", server, by=by) == [MACHINE[AGENCY][1]]
    for address in MACHINE[AGENCY]:
        assert found(nation, dns.reversename.from_address(address), "PTR") == [f"{GATE}."]
    assert ask(nation, GATE).flags & dns.flags.AA
    nation.live(only=OFFICE, names=(*NAMES, *(Name(one, (ip_address("10.64.1.30"),)) for one in ODD)))
    for name in ODD:
        assert found(nation, name) == ["10.64.1.30"]
    # As a program asks that knows nothing but a name.
    said = nation.lab.run(f"{OFFICE}-pc", "getent", "ahosts", GATE)
    assert {line.split()[0] for line in said.splitlines()} == set(MACHINE[AGENCY])


def test_what_is_not_private_is_asked_outside_and_nothing_else(nation):
    nation.outside.asked.clear()
    for name in ("tidak.ada.kab.internal", "lain.internal", "internal", "gerbang"):
        assert found(nation, name) in ("NXDOMAIN", []), name
    for address in ("10.64.0.9", "192.168.7.7", "fd00:66::9"):
        assert found(nation, dns.reversename.from_address(address), "PTR") == "NXDOMAIN"
    assert found(nation, GATE, "TXT") == found(nation, "bogor.kab.internal", "MX") == []
    assert found(nation, "www.go.id") == ["192.0.2.80"]
    assert nation.outside.asked == ["www.go.id."]


def test_nobody_is_answered_but_the_site(nation):
    """Neither the ISP's network, at any address of the box, nor another site that no rule lets ask."""
    line = PLACES[OFFICE].line(1)
    nation.lab.run("isp1", "ip", "route", "replace", FOUR, "via", line)
    for server in (line, FOUR):
        assert ask(nation, GATE, server=server, place="isp1", seconds=0.3) is None
        assert ask(nation, GATE, server=server, place="isp1", seconds=0.3, by=dns.query.tcp) is None
    assert ask(nation, GATE, server=FOUR, place=f"{AGENCY}-pc", seconds=0.3) is None
    assert found(nation, GATE, server=FOUR) == [MACHINE[AGENCY][0]]


class Asker:
    """Asks for a name on and on; `said` are the answers, None where there was none."""

    def __init__(self, nation) -> None:
        self.nation, self.said, self.over = nation, [], threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self) -> None:
        while not self.over.is_set():
            self.said.append(found(self.nation, GATE))
            time.sleep(0.002)

    def end(self) -> list:
        self.over.set()
        self.thread.join()
        return self.said


def test_a_change_is_answered_without_a_gap_and_an_undone_one_is_gone(nation):
    other = (Name(GATE, (ip_address("10.64.1.99"),)),)
    asker = Asker(nation)
    for names in (other, NAMES, other, NAMES):
        nation.live(names=names)
        until(lambda names=names: found(nation, GATE) == [str(names[-1].addresses[0])], 1)
    assert {str(one) for one in asker.end()} == {"['10.64.1.99']", f"['{MACHINE[AGENCY][0]}']"}
    assert len(asker.said) > 50
    # A change after which the controller is out of reach takes its names with it.
    lines = tuple(
        replace(one, gateway=ip_address(f"100.64.{at}.99"))
        for at, one in enumerate(nation.config(OFFICE).lines, 1)
    )
    nation.publish(only=OFFICE, names=other, lines=lines, confirm_seconds=1)
    until(lambda: found(nation, GATE) == ["10.64.1.99"], 5)
    until(lambda: found(nation, GATE) == [MACHINE[AGENCY][0]], 10)
    nation.live(names=NAMES)


def pid(nation, name=OFFICE):
    return int((nation.lab.private(name, "run") / "pendopo-box" / "dnsmasq.pid").read_text())


def test_names_outlive_agent_program_and_power_without_a_controller(nation):
    nation.controller.stop()
    nation.kill(OFFICE)
    assert found(nation, GATE) == [MACHINE[AGENCY][0]]
    kept = pid(nation)
    nation.start(OFFICE)
    until(lambda: nation.told(OFFICE).count("in force") and nation.pings(OFFICE, MACHINE[AGENCY][0]))
    assert pid(nation) == kept and found(nation, GATE) == [MACHINE[AGENCY][0]]
    os.kill(kept, signal.SIGKILL)
    until(lambda: found(nation, GATE, seconds=0.2) == [MACHINE[AGENCY][0]], 3)
    assert pid(nation) != kept
    nation.lab.reboot(PLACES[OFFICE])
    nation.agents[OFFICE].wait(5)
    assert found(nation, GATE, seconds=0.2) is None
    nation.start(OFFICE)
    until(lambda: found(nation, GATE, seconds=0.2) == [MACHINE[AGENCY][0]])
    nation.controller.start()
    nation.live(names=NAMES)


def test_a_port_that_another_program_holds_is_told_and_taken_once_it_is_free(nation):
    nation.kill(AGENCY)
    os.kill(pid(nation, AGENCY), signal.SIGKILL)
    gateway = PLACES[AGENCY].gateways[0]
    with until(lambda: taken(nation, gateway), 2):
        nation.start(AGENCY)
        nation.live(names=NAMES)
        last = [one for box, one in nation.controller.reports if box == BOXES[AGENCY]][-1]
        assert last["capabilities"]["names"] == "box.port_taken"
        assert "box.port_taken" in nation.told(AGENCY) and gateway in nation.told(AGENCY)
        assert nation.pings(AGENCY, MACHINE[OFFICE][0])
    until(lambda: found(nation, GATE, server=gateway, place=f"{AGENCY}-pc", seconds=0.2), 15)
    assert found(nation, GATE, server=gateway, place=f"{AGENCY}-pc") == [MACHINE[AGENCY][0]]
    until(lambda: nation.controller.reports[-1][1]["capabilities"]["names"] == "dnsmasq", 5)


def taken(nation, address):
    """A program of somebody else at the port, once it is free."""
    try:
        return datagrams(nation.lab.space(AGENCY), address, 53)
    except OSError:
        return None
