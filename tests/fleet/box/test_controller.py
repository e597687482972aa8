"""Two offices by the product's own controller: drawn, enrolled by codes, joined by a rule, cut by a press."""

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pendopo.box.lab import CENTRE, Lab, Place
from tests.fleet.box.nation import PENDOPO, environment
from tests.fleet.box.spaces import lab_name, until

ROOT = Path(__file__).parents[3]
PORT = 8090
URL = f"http://{CENTRE}:{PORT}"
AGENCY, OFFICE = "dukcapil", "bogor"
NAME = "gerbang.dukcapil.nusa.internal"


@pytest.fixture
def land(committed_db):
    """The network, its two sites as the officer drew them, and no rule yet."""
    from pendopo.pnsbox.sites.models import Network
    from tests.rooms.pnsbox.land import DUKCAPIL, IZIN, found

    land = found()
    Network.objects.update(urls=[URL])
    land.network.refresh_from_db()
    land.service("ping", "icmp", ())
    for code, of, number, public in ((AGENCY, DUKCAPIL, 1, True), (OFFICE, IZIN, 2, False)):
        draw(land, code, of, Place(code, number, public, (), ()))
    return land


def draw(land, code, of, place):
    """A site with two lines; those of a public place have fixed addresses."""
    from pendopo.pnsbox.boxes import actions

    fixed = {isp: f"{place.line(isp)}:{51819 + isp}" if place.public else "" for isp in (1, 2)}
    site = land.site(code, of, wan="wan1", lan="lan0")
    said = {"isp": "", "phone": "", "actor": land.officer}
    actions.edit_line(site.lines.get(), interface="wan1", gateway=place.gateway(1), endpoint=fixed[1], **said)
    actions.add_line(
        site, name="kedua", interface="wan2", gateway=place.gateway(2), endpoint=fixed[2], **said
    )


@pytest.fixture
def lab(land, django_home):
    """The lab with machines at the planned addresses, and the controller at its centre."""
    with controlled(land, django_home, "t6box") as made:
        yield made


@contextlib.contextmanager
def controlled(land, django_home, name):
    from dataclasses import replace

    from pendopo.core.home import Listen, render

    made = Lab(lab_name(name), tuple(place(land, code, at) for at, code in enumerate((AGENCY, OFFICE), 1)))
    made.down()
    made.up()
    config = django_home.config.read_text()
    django_home.config.write_text(render(replace(django_home, boxes=Listen(CENTRE, PORT))))
    log = open(made.folder / "controller.log", "wb")  # noqa: SIM115 - the process keeps it
    env = os.environ | {"PENDOPO_HOME": str(django_home.root)}
    command = (
        "ip",
        "netns",
        "exec",
        made.space("centre"),
        sys.executable,
        "-m",
        "pendopo.pnsbox.machines.serve",
    )
    controller = subprocess.Popen(command, stdout=log, stderr=log, env=env, cwd=ROOT)
    try:
        yield made
    finally:
        controller.terminate()
        controller.wait(20)
        log.close()
        made.down()
        django_home.config.write_text(config)


def place(land, code, number):
    four, six = (one.cidr for one in land.network.sites.get(code=code).blocks.all())
    return Place(
        code, number, code == AGENCY,
        tuple(f"{net[20]}/{net.prefixlen}" for net in (four, six)), (str(four[1]), str(six[1])),
    )  # fmt: skip


def pings(lab, source, address):
    said = lab.run(f"{source}-pc", "ping", "-n", "-c", "1", "-W", "0.5", address, check=False)
    return " 1 received" in said


def finds(lab, source, name):
    """The addresses that a program at the machine of a site gets for a name."""
    said = lab.run(f"{source}-pc", "getent", "ahosts", name, check=False)
    return {line.split()[0] for line in said.splitlines()}


def test_the_day_of_two_offices(land, lab):
    from pendopo.pnsbox.boxes import actions as boxes
    from pendopo.pnsbox.boxes.models import Box
    from pendopo.pnsbox.reach import actions as reach
    from pendopo.pnsbox.sites.actions import name_host
    from pendopo.pnsbox.sites.reads import health_of_site

    sites = {code: land.network.sites.get(code=code) for code in (AGENCY, OFFICE)}
    agents = []
    for code, site in sites.items():
        sheet = boxes.make_code(site, actor=land.officer)
        typed = (*PENDOPO, "box", "enrol", "--controller", URL, "--code", sheet)
        until(
            lambda code=code, typed=typed: lab.start(code, *typed, env=environment()).wait(20) == 0, 30, 0.2
        )
        log = open(lab.folder / f"{code}.log", "wb")  # noqa: SIM115 - the process keeps it
        agents.append(
            lab.start(code, sys.executable, "-m", "pendopo.box", stdout=log, stderr=log, env=environment())
        )

    def all_are(state):
        return {health_of_site(site) for site in sites.values()} == {state}

    try:
        until(lambda: all_are("sound"), 30, 0.1)
        far = lab.places[0].machine[0].partition("/")[0]
        assert not pings(lab, OFFICE, far), "nobody reaches anybody without a rule"
        name_host(sites[AGENCY], "gerbang", far, actor=land.officer)
        until(lambda: finds(lab, AGENCY, NAME) == {far}, 15)
        assert finds(lab, OFFICE, NAME) == set(), "nor knows anybody's names"
        rule = land.rule(OFFICE, AGENCY, ["ping"])
        until(lambda: pings(lab, OFFICE, far), 15)
        until(lambda: finds(lab, OFFICE, NAME) == {far}, 3)
        until(lambda: all_are("sound"), 15, 0.1)
        begun = time.monotonic()
        reach.remove_rule(rule, actor=land.officer)
        until(lambda: not pings(lab, OFFICE, far), 3)
        until(lambda: finds(lab, OFFICE, NAME) == set(), 3)
        held = time.monotonic() - begun
        land.rule(OFFICE, AGENCY, ["ping"])
        until(lambda: pings(lab, OFFICE, far), 15)
        boxes.quarantine_box(Box.objects.get(name=OFFICE), actor=land.officer)
        until(lambda: not pings(lab, OFFICE, far), 5)
        assert held < 3
        print(f"withdrawn in {held:.2f} s")
        peers = lab.run(AGENCY, "wg", "show", "all", "peers")
        assert not [line for line in peers.splitlines() if len(line.split()) > 1], peers
    except BaseException:
        for name in ("controller", AGENCY, OFFICE):
            print(name, (lab.folder / f"{name}.log").read_text()[-3000:])
        raise
    finally:
        for agent in agents:
            agent.terminate()
            agent.wait(10)
