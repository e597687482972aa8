"""A lab with a controller and sites: an agency with public lines, an office behind translation, a third."""

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from ipaddress import ip_address, ip_interface, ip_network
from typing import Self

from pendopo.box import lab
from pendopo.box.lab import CENTRE, Lab, Place
from pendopo.core.boxconfig import Config, Controller, Denied, Lan, Line, Peer, Tunnel
from pendopo.core.boxconfig import Site as Described
from pendopo.pnsbox.reach.rules import Policy, Rule, Service, Site, compiled
from tests.boxes import AT, NETWORK
from tests.fleet.box.controller import Controller as Running
from tests.fleet.box.spaces import lab_name, until

AGENCY, OFFICE, THIRD, FOURTH, FIFTH = "dukcapil", "bogor", "bandung", "cianjur", "sukabumi"
SIXTH = "garut"
PLACES = {place.name: place for place in lab.PLACES[:2]}


def further(name: str, number: int) -> Place:
    """One more site with public addresses; `number` is from 3 on."""
    four, six = f"10.64.{number - 1}", f"fd00:{number + 63}:"
    return Place(name, number, True, (f"{four}.20/24", f"{six}:20/64"), (f"{four}.1", f"{six}:1"))


ALL = PLACES | {THIRD: further(THIRD, 3)}
FIVE = ALL | {name: further(name, number) for number, name in ((4, FOURTH), (5, FIFTH))}
MANY = FIVE | {SIXTH: further(SIXTH, 6)}
BOXES = {name: f"019a8f00-0000-7000-8000-{place.number:012}" for name, place in MANY.items()}
NETWORKS = {name: tuple(ip_interface(one).network for one in place.machine) for name, place in MANY.items()}
TUNNEL = {
    name: (ip_address(f"10.99.0.{place.number}"), ip_address(f"fd00:99::{place.number}"))
    for name, place in MANY.items()
}
POOLS = (ip_network("10.64.0.0/12"), ip_network("fd00:60::/28"))
MACHINE = {name: tuple(one.partition("/")[0] for one in place.machine) for name, place in MANY.items()}
SERVICES = {
    "mantra": Service("tcp", ((5500, 5500),)),
    "arsip": Service("tcp", ((5501, 5501),)),
    "web": Service("tcp", ((8080, 8082),)),
    "nama": Service("udp", ((5353, 5353),)),
    "ping": Service("icmp"),
}
PENDOPO = (sys.executable, "-c", "from pendopo.cli import main; main()")
LINES = ("serat", "seluler")
EVERYDAY = (
    Rule("layanan", frozenset({OFFICE}), frozenset({AGENCY}), frozenset({"mantra", "ping"})),
    Rule("balik", frozenset({AGENCY}), frozenset({OFFICE}), frozenset({"ping"})),
)


class Nation:
    """Boxes that are not enrolled yet, and their controller."""

    def __init__(self, name: str, places: Mapping[str, Place] = PLACES, confirm_seconds: int = 2) -> None:
        self.places = places
        self.lab = Lab(lab_name(name), tuple(places.values()))
        self.controller = Running(self.lab.space("centre"), CENTRE)
        self.agents: dict[str, subprocess.Popen] = {}
        self.serial = 0
        self.confirm_seconds = confirm_seconds
        self.patience = 20.0  # seconds: a controller that was away is asked after 15 again, at the latest

    def up(self) -> None:
        self.lab.down()  # what a killed run has left
        self.lab.up()
        self.controller.start()

    def down(self) -> None:
        self.controller.stop()
        self.lab.down()
        for agent in self.agents.values():
            agent.wait(self.patience)

    def __enter__(self) -> Self:
        """All boxes enrolled, holding what they were told."""
        self.up()
        try:
            self.enrol()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """It is gone; what the agents said is printed, for whoever failed."""
        for name in self.places:
            print(name, self.told(name)[-6000:])
        self.down()

    def enrol(self) -> None:
        """All boxes get their code at once, as on the first day; their agents hold what they are told."""
        asked = []
        for name in self.places:
            self.controller.codes[f"kode-{name}"] = BOXES[name]
            asked.append(
                self.lab.start(
                    name, *PENDOPO, "box", "enrol", "--controller", self.controller.url,
                    "--code", f"kode-{name}", env=environment(),
                )
            )  # fmt: skip
        until(lambda: len(self.controller.keys) == len(self.places), self.patience)
        self.publish()
        assert not any(one.wait(self.patience) for one in asked)
        # Who is called first: WireGuard calls again only after five seconds.
        for public in (True, False):
            those = [name for name, place in self.places.items() if place.public == public]
            for name in those:
                self.start(name)
            for name in those:
                self.controller.report(BOXES[name], "good", self.serial, self.patience)

    def start(self, name: str) -> None:
        """The agent of a box, as its service starts it."""
        log = open(self.lab.folder / f"{name}.log", "ab")  # noqa: SIM115 - the process keeps it
        self.agents[name] = self.lab.start(
            name, sys.executable, "-m", "pendopo.box", stdout=log, stderr=log, env=environment()
        )
        log.close()

    def kill(self, name: str) -> None:
        self.agents[name].kill()
        self.agents[name].wait(5)

    def told(self, name: str) -> str:
        """What the agent of a box has said."""
        log = self.lab.folder / f"{name}.log"
        return log.read_text() if log.exists() else ""

    def config(self, name: str, rules: Iterable[Rule] = EVERYDAY, **changes: object) -> Config:
        """What the box of a site is told; `changes` are fields of Config."""
        place = self.places[name]
        sites = {one: Site(one, frozenset(), NETWORKS[one]) for one in self.places}
        flows = compiled(Policy(sites, SERVICES, tuple(rules)), sites[name])
        lines = tuple(
            Line(line, f"wan{isp}", ip_address(place.gateway(isp)), 51820 + isp)
            for isp, line in enumerate(LINES, 1)
        )
        config = Config(
            network=NETWORK,
            box=BOXES[name],
            serial=self.serial,
            at=AT,
            site=Described(name, NETWORKS[name]),
            lan=Lan("lan0", tuple(ip_interface(one.replace("20/", "1/")) for one in place.machine)),
            tunnel=Tunnel(TUNNEL[name], 1380, self.controller.keys[BOXES[name]][1]),
            pools=POOLS,
            lines=lines,
            peers=tuple(self.peer(name, other) for other in self.places if other != name),
            flows=tuple(flows),
            names=(),
            controller=Controller((self.controller.url,)),
            confirm_seconds=self.confirm_seconds,
            denied=(),
        )
        return replace(config, **changes)

    def peer(self, name: str, other: str) -> Peer:
        """What the box of a site is told of another one."""
        # Whoever is behind translation calls the one who is not.
        place = self.places[other]
        endpoints = {line: (f"{place.line(isp)}:{51820 + isp}",) for isp, line in enumerate(LINES, 1)}
        return Peer(
            BOXES[other], other, self.controller.keys[BOXES[other]][1], TUNNEL[other], NETWORKS[other],
            endpoints if place.public else {}, 0 if self.places[name].public else 5,
        )  # fmt: skip

    def publish(self, rules: Iterable[Rule] = EVERYDAY, only: str | None = None, **changes: object) -> int:
        """A new configuration for all boxes, or one of them; its serial."""
        self.serial += 1
        for name in [only] if only else self.places:
            self.controller.publish(self.config(name, rules, **changes))
        return self.serial

    def live(self, rules: Iterable[Rule] = EVERYDAY, only: str | None = None, **changes: object) -> None:
        """Publish, and wait until it is in force."""
        serial = self.publish(rules, only, **changes)
        for name in [only] if only else self.places:
            self.controller.report(BOXES[name], "good", serial, self.patience)

    def denied(self, name: str) -> Denied:
        return Denied(BOXES[name], name, self.controller.keys[BOXES[name]][1])

    def pings(self, source: str, address: str, seconds: float = 1.0) -> bool:
        """Whether one ping from the machine of a site is answered."""
        said = self.lab.run(f"{source}-pc", "ping", "-n", "-c", "1", "-W", str(seconds), address, check=False)
        return " 1 received" in said

    def dropped(self, name: str) -> int:
        """Packets that the box of a site has refused."""
        said = self.lab.run(name, "nft", "list", "counter", "inet", "pendopo_box", "dropped")
        return int(said.split("packets ")[1].split()[0])


def environment() -> dict[str, str]:
    return os.environ | {"PENDOPO_LOG": "INFO", "PENDOPO_LANG": "en"}
