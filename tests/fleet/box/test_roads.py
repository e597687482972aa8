"""Offices that nobody can call, by the product's own controller: they meet where they are seen, and where
their translation gives each destination another port, a relay passes on what it cannot read."""

import os
import re
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from pendopo.box.lab import CENTRE, Lab, Place
from tests.fleet.box.nation import PENDOPO, environment
from tests.fleet.box.pings import EVERY, Pings
from tests.fleet.box.spaces import datagrams, lab_name, until
from tests.rules.box.test_seen import handshake

ROOT = Path(__file__).parents[3]
PORT = 8090
URL = f"http://{CENTRE}:{PORT}"
RELAY, ONE, TWO, FAR, FURTHER = "dukcapil", "bogor", "bandung", "cimahi", "garut"
# The best line of each second one is the other ISP's: two customers of one translation do not meet outside.
PLACES = {
    RELAY: Place(RELAY, 1, True, (), ()),
    ONE: Place(ONE, 2, False, (), ()),
    TWO: Place(TWO, 3, False, (), ()),
    FAR: Place(FAR, 4, False, (), (), symmetric=True),
    FURTHER: Place(FURTHER, 5, False, (), (), symmetric=True),
}
CLEAR = b"pendopo-terang!!"  # what a ping carries, 16 bytes
MARKER = b"\x04\0\0\0-pihak-ketiga-"


@pytest.fixture
def land(committed_db):
    """The network as the officer drew it: four offices without fixed addresses, and a site that may relay."""
    from pendopo.pnsbox.boxes import actions
    from pendopo.pnsbox.sites import actions as sites
    from pendopo.pnsbox.sites.models import Network
    from tests.rooms.pnsbox.land import DUKCAPIL, IZIN, found

    land = found()
    Network.objects.update(urls=[URL])
    land.network.refresh_from_db()
    land.service("ping", "icmp", ())
    for code, place in PLACES.items():
        first, second = (2, 1) if code in (TWO, FURTHER) else (1, 2)
        site = land.site(code, DUKCAPIL if place.public else IZIN, wan=f"wan{first}", lan="lan0")
        said = {"isp": "", "phone": "", "actor": land.officer}
        fixed = {at: f"{place.line(at)}:{51819 + at}" if place.public else "" for at in (1, 2)}
        actions.edit_line(
            site.lines.get(), interface=f"wan{first}", gateway=place.gateway(first), endpoint=fixed[first],
            **said,
        )  # fmt: skip
        actions.add_line(
            site, name="kedua", interface=f"wan{second}", gateway=place.gateway(second),
            endpoint=fixed[second], **said,
        )  # fmt: skip
        if code == RELAY:
            names = {"name": site.name, "place": "", "groups": [], "lan": site.lan}
            sites.edit_site(site, **names, relays=True, actor=land.officer)
    land.rule(ONE, TWO, ["ping"])
    land.rule(FAR, FURTHER, ["ping"])
    return land


def planned(land, place):
    """The place with the addresses that the controller planned for it."""
    four, six = (one.cidr for one in land.network.sites.get(code=place.name).blocks.all())
    machine = tuple(f"{net[20]}/{net.prefixlen}" for net in (four, six))
    return replace(place, machine=machine, gateways=(str(four[1]), str(six[1])))


class Country:
    """The lab, the controller at its centre, and an agent in each box."""

    def __init__(self, land, home):
        self.lab = Lab(lab_name("t8roads"), tuple(planned(land, place) for place in PLACES.values()))
        self.home, self.agents = home, {}

    def up(self):
        self.lab.down()
        self.lab.up()
        env = os.environ | {"PENDOPO_HOME": str(self.home.root)}
        command = [sys.executable, "-m", "pendopo.pnsbox.machines.serve"]
        log = open(self.lab.folder / "controller.log", "wb")  # noqa: SIM115 - the process keeps it
        self.controller = self.lab.start("centre", *command, stdout=log, stderr=log, env=env, cwd=ROOT)

    def down(self):
        for one in (*self.agents.values(), self.controller):
            one.terminate()
        for one in (*self.agents.values(), self.controller):
            one.wait(20)
        self.lab.down()

    def enrol(self, codes):
        """Everybody types the code, again and again until the controller is there."""
        typed = {
            code: (*PENDOPO, "box", "enrol", "--controller", URL, "--code", sheet)
            for code, sheet in codes.items()
        }
        until(lambda: self.lab.start(RELAY, *typed[RELAY], env=environment()).wait(20) == 0, 30, 0.2)
        rest = [self.lab.start(one, *typed[one], env=environment()) for one in codes if one != RELAY]
        assert not any(one.wait(20) for one in rest)
        for code in codes:
            self.start(code)

    def start(self, code):
        log = open(self.lab.folder / f"{code}.log", "ab")  # noqa: SIM115 - the process keeps it
        self.agents[code] = self.lab.start(
            code, sys.executable, "-m", "pendopo.box", stdout=log, stderr=log, env=environment()
        )

    def far(self, code):
        place = next(one for one in self.lab.places if one.name == code)
        return place.machine[0].partition("/")[0]

    def pings(self, source, to):
        """Whether a ping from the machine of a site is answered."""
        far = self.far(to)
        said = self.lab.run(f"{source}-pc", "ping", "-n", "-c", "1", "-W", "0.5", far, check=False)
        return " 1 received" in said

    def lost(self, source, to, count, *options):
        """How many are lost while so many pings, 20 ms apart, are answered."""
        pings = Pings(self.lab, source, self.far(to), EVERY, *options)
        pings.more(count)
        return pings.stop()

    def endpoints(self, code):
        """interface → where it calls its only peer."""
        rows = self.lab.run(code, "wg", "show", "all", "endpoints").splitlines()
        return {one.split()[0].removeprefix("pns-"): one.split()[2] for one in rows}

    def carried(self, code):
        """What the relay passes on of the box at a site and its peer: port → (caller, packets)."""
        from pendopo.pnsbox.roads.models import Lease
        from pendopo.pnsbox.roads.telling import FIRST, PORTS

        pairs = Lease.objects.filter(one__name=code) | Lease.objects.filter(other__name=code)
        mine = {FIRST + PORTS * lease.number + at for lease in pairs for at in range(PORTS)}
        said = self.lab.run(RELAY, "nft", "list", "set", "ip", "pendopo_relay", "callers", check=False)
        rows = re.findall(r"(\S+ \. \d+) \. (\d+) counter packets (\d+)", said)
        return {int(port): (caller, int(count)) for caller, port, count in rows if int(port) in mine}

    def capture(self, what, *arguments):
        """A running tcpdump that says when it listens, and writes to a file."""
        file = self.lab.folder / f"{what}-{len(list(self.lab.folder.glob('*.pcap')))}.pcap"
        with file.open("wb") as out:
            command = ["tcpdump", "-Z", "root", "-U", "-w", "-", *arguments]
            process = self.lab.start(what, *command, stdout=out, stderr=subprocess.PIPE)
        os.set_blocking(process.stderr.fileno(), False)
        until(lambda: b"listening" in (process.stderr.read() or b""))
        return process, file


def callers(carried):
    return {port: caller for port, (caller, _) in carried.items()}


@pytest.fixture
def country(land, django_home):
    from pendopo.core.home import Listen, render

    config = django_home.config.read_text()
    django_home.config.write_text(render(replace(django_home, boxes=Listen(CENTRE, PORT))))
    made = Country(land, django_home)
    made.up()
    try:
        yield made
    finally:
        for name in ("controller", *PLACES):
            log = made.lab.folder / f"{name}.log"
            print(name, log.read_text()[-3000:] if log.exists() else "")
        made.down()
        django_home.config.write_text(config)


def test_offices_that_nobody_can_call_meet_directly_or_by_a_relay_that_reads_nothing(land, country):
    from pendopo.pnsbox.boxes import actions as boxes
    from pendopo.pnsbox.boxes import reads
    from pendopo.pnsbox.boxes.models import Box, Configuration

    sites = {site.code: site for site in land.network.sites.all()}
    country.enrol({code: boxes.make_code(sites[code], actor=land.officer) for code in PLACES})
    begun = time.monotonic()

    until(lambda: country.pings(ONE, TWO), 30)
    direct = time.monotonic() - begun
    outside = {"utama": "203.0.113.2:51820", "kedua": "203.0.113.1:51821"}
    until(lambda: country.endpoints(ONE) == outside, 15)
    until(lambda: country.pings(FAR, FURTHER), 30)
    relayed = time.monotonic() - begun
    ports = r"198\.18\.[12]\.11:20\d{3}"
    until(lambda: all(re.fullmatch(ports, one) for one in country.endpoints(FAR).values()), 15)
    until(lambda: len(country.carried(FAR)) == 4, 15)
    still, before = country.carried(ONE), country.carried(FAR)
    for one, other in ((ONE, TWO), (FAR, FURTHER)):
        assert country.lost(one, other, 20) == 0
    assert country.carried(ONE) == still, "nothing goes by the relay that can go directly"
    assert sum(now - before[port][1] for port, (_, now) in country.carried(FAR).items()) >= 40
    print(f"direct after {direct:.1f} s, by relay after {relayed:.1f} s")

    def by(code):
        box = Box.objects.get(name=code)
        return [one.relay for one in reads.peers(box, box.reported_at) if one.up] if box.reported_at else []

    until(lambda: (by(ONE), by(FAR)) == ([""], [RELAY]), 40, 0.2)

    # The relay's agent is killed: the kernel goes on, and whoever listens there reads nothing.
    before = country.carried(FAR)
    country.agents[RELAY].kill()
    country.agents[RELAY].wait(5)
    there, file = country.capture(RELAY, "-i", "any", "udp")
    within, clear = country.capture(FAR, "-i", "any", "icmp")
    port = min(before)
    third = datagrams(country.lab.space("centre"), CENTRE, 7000)
    home = f"198.18.{1 if port % 4 < 2 else 2}.11"
    keys = [bytes(Box.objects.get(name=code).wg_key) for code in (FAR, FURTHER)]
    for _ in range(5):
        for said in (MARKER, *(handshake(1, key) for key in keys)):
            third.sendto(said, (home, port))
    assert country.lost(FAR, FURTHER, 100, "-p", CLEAR.hex()) == 0
    for one in (there, within):
        one.terminate()
        one.wait(5)
    assert CLEAR in clear.read_bytes() and CLEAR not in file.read_bytes()
    assert file.read_bytes().count(MARKER) == 5, "it came, and did not go on"
    after = country.carried(FAR)
    assert sum(now - before[port][1] for port, (_, now) in after.items()) >= 200
    assert callers(after) == callers(before)

    # The agent comes back and has not forgotten; the right words from elsewhere take nothing over.
    country.start(RELAY)
    until(lambda: country.pings(FAR, FURTHER))
    for _ in range(3):
        for key in keys:
            third.sendto(handshake(1, key), (home, port))
        assert country.lost(FAR, FURTHER, 25) == 0
    assert callers(country.carried(FAR)) == callers(before)
    third.close()
    assert Configuration.objects.filter(box__name=ONE).count() <= 2, "what is seen changes no configuration"
