"""Two offices on one private network, in a lab of namespaces: real agents, real tunnels, real packets."""

import contextlib
import os
import signal
import socket
import subprocess
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest

from pendopo.box import lab
from pendopo.box.lab import CENTRE
from pendopo.core import boxconfig
from pendopo.core.keys import SigningKey
from pendopo.pnsbox.reach.rules import Rule
from tests.boxes import CONTROLLER as KEY
from tests.boxes import sealed
from tests.fleet.box.nation import AGENCY, BOXES, EVERYDAY, MACHINE, OFFICE, PENDOPO, PLACES, Nation
from tests.fleet.box.pings import Pings
from tests.fleet.box.spaces import datagrams, inside, listening, reaches, until
from tests.worlds import seed

ARCHIVE = Rule("arsip", frozenset({OFFICE}), frozenset({AGENCY}), frozenset({"arsip"}))
FAR4, FAR6 = MACHINE[AGENCY]


@pytest.fixture(scope="module")
def nation():
    with Nation("t2box") as made:
        yield made


@pytest.fixture
def joined(nation):
    """The nation on an ordinary day: the office reaches the agency."""
    until(lambda: nation.pings(OFFICE, FAR4))
    return nation


@pytest.fixture
def servers(nation):
    """The agency's MANTRA and its archive, on both families."""
    made = [
        listening(nation.lab.space(f"{AGENCY}-pc"), address, port)
        for address in (FAR4, FAR6)
        for port in (5500, 5501)
    ]
    yield made
    for one in made:
        one.close()


def office(nation):
    return nation.lab.space(f"{OFFICE}-pc")


def test_both_reach_each_other_through_the_tunnel_in_both_families(joined):
    for source, target in ((OFFICE, AGENCY), (AGENCY, OFFICE)):
        for address in MACHINE[target]:
            until(lambda source=source, address=address: joined.pings(source, address, 0.3), 3)
    assert "handshake" in joined.lab.run(AGENCY, "wg", "show")
    # Nobody between them sees an address of theirs.
    assert "10.64." not in joined.lab.run("isp1", "ip", "route") + joined.lab.run("internet", "ip", "route")


def test_a_code_enrols_one_box_once(nation):
    asked = (*PENDOPO, "box", "enrol", "--controller", nation.controller.url, "--code", "kode-bogor")

    def refused():
        with pytest.raises(subprocess.CalledProcessError) as failed:
            nation.lab.run(OFFICE, *asked)
        return failed.value.stderr

    assert "(box.enrolled)" in refused()
    # A box that has forgotten who it is, with the code that it had.
    kept = nation.lab.private(OFFICE, "etc/pendopo-box") / "identity.json"
    kept.rename(kept.with_name("kept.json"))
    assert "(box.refused)" in refused() and not kept.exists()
    kept.with_name("kept.json").rename(kept)


def test_what_a_rule_names_passes_and_nothing_beside_it(joined, servers):
    for address in (FAR4, FAR6):
        assert reaches(office(joined), address, 5500)
        assert not reaches(office(joined), address, 5501)
    # Never the other way, on the same port.
    near = joined.lab.space(f"{AGENCY}-pc")
    with listening(office(joined), MACHINE[OFFICE][0], 5500):
        assert not reaches(near, MACHINE[OFFICE][0], 5500)


def test_either_end_alone_refuses(joined, servers):
    """A box that is told too much lets nothing pass that the other one was not told."""
    joined.live((*EVERYDAY, ARCHIVE))
    until(lambda: reaches(office(joined), FAR4, 5501))
    for refusing, careless in ((OFFICE, AGENCY), (AGENCY, OFFICE)):
        joined.live(EVERYDAY, only=refusing)
        before = joined.dropped(refusing), joined.dropped(careless)
        assert not reaches(office(joined), FAR4, 5501) and not reaches(office(joined), FAR6, 5501)
        assert joined.dropped(refusing) > before[0] and joined.dropped(careless) == before[1]
        joined.live((*EVERYDAY, ARCHIVE), only=refusing)
        until(lambda: reaches(office(joined), FAR4, 5501))
    joined.live()


def test_a_change_is_live_and_ends_what_it_no_longer_allows(joined, servers):
    """An open connection under a rule that is withdrawn stops; one under a rule that stays goes on."""
    joined.live((*EVERYDAY, ARCHIVE))
    talks = {}
    for port, server in zip((5500, 5501), servers, strict=False):
        near = until(lambda port=port: connected(office(joined), port))
        far, _ = server.accept()
        far.settimeout(1)
        talks[port] = near, far
        assert passes(near, far)
    joined.live()
    assert passes(*talks[5500])
    assert not passes(*talks[5501])
    for pair in talks.values():
        for one in pair:
            one.close()


def connected(space, port):
    try:
        return inside(space, lambda: socket.create_connection((FAR4, port), timeout=1))
    except OSError:
        return None


def passes(near, far) -> bool:
    near.sendall(b"x")
    try:
        return far.recv(1) == b"x"
    except TimeoutError:
        return False


def test_nobody_on_the_way_reads_a_word(joined, servers):
    """What passes the ISP is searched: a word in the open is found, one in the tunnel is not."""
    every = socket.htons(3)  # ETH_P_ALL
    wire = inside(joined.lab.space("isp1"), lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, every))
    near = connected(office(joined), 5500)
    far, _ = servers[0].accept()
    with wire, near, far, datagrams(joined.lab.space(OFFICE), PLACES[OFFICE].line(1), 7000) as plain:
        near.sendall(b"kata rahasia " * 50)
        assert b"kata rahasia kata rahasia" in far.recv(1000)
        plain.sendto(b"kata terbuka", (CENTRE, 7000))
        wire.settimeout(2)
        frames = [wire.recv(4096)]
        while b"kata terbuka" not in frames[-1]:
            frames.append(wire.recv(4096))
    assert sum(map(len, frames)) > 650 and not any(b"rahasia" in one for one in frames)


def test_a_change_that_cuts_the_box_off_undoes_itself(joined):
    """Both lines with a wrong gateway: neither the controller nor a tunnel can be reached any more."""
    lines = [
        replace(one, gateway=ip_address(f"100.64.{at}.99"))
        for at, one in enumerate(joined.config(OFFICE).lines, 1)
    ]
    serial = joined.publish(only=OFFICE, lines=tuple(lines), confirm_seconds=1)
    found = until(lambda: undone(joined, serial), 15)
    assert "box.cut_off" in found["why"] or "box.unreachable" in found["why"]
    until(lambda: joined.pings(OFFICE, FAR4))
    # Nothing of it is left, and the next change is taken.
    assert "via 100.64.1.99" not in joined.lab.run(OFFICE, "ip", "route", "show", "table", "all")
    joined.live(only=OFFICE)


def undone(nation, serial):
    told = (report["undone"] for _, report in nation.controller.reports if report["undone"])
    return next((one for one in told if one["serial"] == serial), None)


def test_what_is_not_meant_for_the_box_changes_nothing(joined):
    """Old, another box's, signed by somebody else, nonsense: each is refused, and the next good one taken."""
    good = joined.config(OFFICE)
    stranger = SigningKey.from_seed("registry:ID", "issuing", seed("stranger"))
    later = replace(good, serial=joined.serial + 50, flows=())
    for raw, code in (
        (sealed(replace(later, serial=1)), "box.config_old"),
        (sealed(replace(joined.config(AGENCY), serial=later.serial)), "box.config_other"),
        (sealed(later, stranger), "box.config_signature"),
        (sealed(replace(later, tunnel=replace(later.tunnel, addresses=()))), "box.config_field"),
        (b"<html>", "box.config_field"),
    ):
        told = joined.told(OFFICE).count(code)
        joined.controller.publish(later, raw)
        until(lambda code=code, told=told: joined.told(OFFICE).count(code) > told)
        assert joined.pings(OFFICE, FAR4)
    joined.live(only=OFFICE)


def test_a_disk_that_takes_nothing_ends_no_agent(joined):
    """What is to be kept cannot be written: it is said, all else goes on, and it is taken once it can."""
    blocked = joined.lab.private(OFFICE, "var/lib/pendopo-box") / ".trial.json.new"
    blocked.mkdir()
    told = joined.told(OFFICE).count("Is a directory")
    serial = joined.publish(only=OFFICE)
    until(lambda: joined.told(OFFICE).count("Is a directory") > told)
    assert joined.pings(OFFICE, FAR4) and joined.agents[OFFICE].poll() is None
    blocked.rmdir()
    joined.controller.report(BOXES[OFFICE], "good", serial)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_traffic_goes_on_while_the_agent_is_dead(joined, how):
    pings = Pings(joined.lab, OFFICE, FAR4)
    pings.more(1)
    joined.agents[OFFICE].send_signal(how)
    assert joined.agents[OFFICE].wait(5) == (0 if how == signal.SIGTERM else -how)
    pings.more(50)
    assert pings.stop() == 0
    joined.start(OFFICE)
    joined.live()
    assert joined.pings(OFFICE, FAR4)


def test_a_box_whose_machine_changed_goes_on_and_takes_what_fits(joined):
    """The interface to its site has another name when it starts: a configuration that fits is taken."""
    joined.kill(OFFICE)
    lab.batch(joined.lab.space(OFFICE), ["link set lan0 down", "link set lan0 name lan9", "link set lan9 up"])
    joined.start(OFFICE)
    until(lambda: "Cannot find device" in joined.told(OFFICE))
    addresses = joined.config(OFFICE).lan.addresses
    joined.live(only=OFFICE, lan=boxconfig.Lan("lan9", addresses))
    until(lambda: joined.pings(OFFICE, FAR4, 0.3))
    lab.batch(joined.lab.space(OFFICE), ["link set lan9 down", "link set lan9 name lan0", "link set lan0 up"])
    joined.live(only=OFFICE)
    until(lambda: joined.pings(OFFICE, FAR4, 0.3))


@pytest.mark.parametrize("after", [0.02, 0.07, 0.15])
def test_an_agent_killed_in_the_middle_of_a_change_finishes_it(joined, after):
    """Wherever the kill falls, what is on the disk is whole: the old one or the new one, then the new one."""
    joined.publish(only=OFFICE)
    with contextlib.suppress(subprocess.TimeoutExpired):
        joined.agents[OFFICE].wait(after)
    joined.kill(OFFICE)
    kept = joined.lab.private(OFFICE, "var/lib/pendopo-box") / "good.json"
    held = boxconfig.open_config(kept.read_bytes(), KEY.pub)
    assert held.serial in (joined.serial - 1, joined.serial)
    joined.start(OFFICE)
    joined.controller.report(BOXES[OFFICE], "good", joined.serial)
    assert joined.pings(OFFICE, FAR4)


@pytest.mark.parametrize("name", [OFFICE, AGENCY])
def test_a_tunnel_whose_program_died_comes_back(joined, name):
    """Also at the box that is called: it remembers where its callers are."""
    until(lambda: (joined.lab.private(AGENCY, "var/lib/pendopo-box") / "heard.json").exists(), 12)
    found = lab.pids(joined.lab.space(name))
    programs = [pid for pid in found if b"wireguard-go" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    assert len(programs) == 2
    for pid in programs:
        os.kill(pid, signal.SIGKILL)
    until(lambda: joined.pings(OFFICE, FAR4, 0.3), 5)


def test_a_box_comes_up_without_its_controller(joined):
    """Power cut at the office while nobody answers: from its disk alone it is on the network again."""
    joined.controller.stop()
    joined.lab.reboot(PLACES[OFFICE])
    joined.agents[OFFICE].wait(5)
    assert not joined.pings(OFFICE, FAR4, 0.3)
    joined.start(OFFICE)
    until(lambda: joined.pings(OFFICE, FAR4))
    joined.controller.start()
    joined.live()


def test_a_stolen_box_is_refused(joined):
    """The thief's box keeps what it was told; the other one does not listen any more."""
    joined.live(only=AGENCY, peers=(), flows=(), denied=(joined.denied(OFFICE),))
    assert not joined.pings(OFFICE, FAR4, 0.5)
    assert "peer" not in joined.lab.run(AGENCY, "wg", "show")
    assert "peer" in joined.lab.run(OFFICE, "wg", "show")
