"""Sites drawn and run by the product's own controller, a process at a lab's centre that may be killed."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from pendopo.box.lab import CENTRE, Lab, Place
from tests.fleet.box.nation import PENDOPO, environment
from tests.fleet.box.spaces import lab_name, reaches, until
from tests.fleet.box.test_controller import PORT, ROOT, URL, draw


class Offices:
    """`sites` are code → (agency, whether its lines have public addresses); each has two lines."""

    def __init__(self, name: str, land, home, sites: dict[str, tuple[str, bool]]) -> None:
        from pendopo.core.home import Listen, render
        from pendopo.pnsbox.sites.models import Network

        self.land, self.home = land, home
        Network.objects.update(urls=[URL])
        land.network.refresh_from_db()
        land.service("ping", "icmp", ())
        places = []
        for number, (code, (of, public)) in enumerate(sites.items(), 1):
            draw(land, code, of, Place(code, number, public, (), ()))
            nets = [one.cidr for one in land.network.sites.get(code=code).blocks.all()]
            machine = tuple(f"{net[20]}/{net.prefixlen}" for net in nets)
            places.append(Place(code, number, public, machine, tuple(str(net[1]) for net in nets)))
        self.places = {place.name: place for place in places}
        self.address = {place.name: place.machine[0].partition("/")[0] for place in places}
        self.lab = Lab(lab_name(name), tuple(places))
        self.agents: dict[str, subprocess.Popen] = {}
        self.controller: subprocess.Popen | None = None
        self.config = home.config.read_text()
        home.config.write_text(render(replace(home, boxes=Listen(CENTRE, PORT))))

    def up(self) -> None:
        self.lab.down()
        self.lab.up()
        self.serve()

    def down(self) -> None:
        if self.controller is not None:
            self.kill_controller()
        self.lab.down()
        for agent in self.agents.values():
            agent.wait(5)
        self.home.config.write_text(self.config)

    def serve(self) -> None:
        """The controller, once it answers."""
        env = os.environ | {"PENDOPO_HOME": str(self.home.root)}
        command = [sys.executable, "-m", "pendopo.pnsbox.machines.serve"]
        with self._log("controller") as log:
            self.controller = self.lab.start("centre", *command, stdout=log, stderr=log, env=env, cwd=ROOT)
        until(lambda: reaches(self.lab.space("centre"), CENTRE, PORT), 30)

    def kill_controller(self) -> None:
        """With -9, its workers too."""
        from pendopo.box.lab import end

        end(self.lab.space("centre"))
        self.controller.wait(5)
        self.controller = None

    def enrol(self) -> None:
        """All boxes at once, then their agents."""
        from pendopo.pnsbox.boxes import actions

        asked = []
        for code in self.places:
            sheet = actions.make_code(self.land.network.sites.get(code=code), actor=self.land.officer)
            typed = (*PENDOPO, "box", "enrol", "--controller", URL, "--code", sheet)
            asked.append(self.lab.start(code, *typed, env=environment()))
        assert not any(one.wait(30) for one in asked)
        for code in self.places:
            self.start(code)
        until(self.sound, 40, 0.1)

    def start(self, code: str) -> None:
        with self._log(code) as log:
            self.agents[code] = self.lab.start(
                code, sys.executable, "-m", "pendopo.box", stdout=log, stderr=log, env=environment()
            )

    def kill(self, code: str) -> None:
        self.agents[code].kill()
        self.agents[code].wait(5)

    def sound(self) -> bool:
        """Whether every box has what it was told last, and said so."""
        from pendopo.pnsbox.sites.reads import health_of_site

        return {health_of_site(site) for site in self.land.network.sites.all()} == {"sound"}

    def box(self, code: str):
        from pendopo.pnsbox.boxes.models import Box

        return Box.objects.get(network=self.land.network, name=code)

    def pings(self, source: str, target: str, seconds: float = 0.5) -> bool:
        command = ("ping", "-n", "-c", "1", "-W", str(seconds), self.address[target])
        return " 1 received" in self.lab.run(f"{source}-pc", *command, check=False)

    def told(self, code: str) -> str:
        """What an agent, or the controller, has said."""
        return self._path(code).read_text(errors="replace")

    def _path(self, name: str) -> Path:
        return self.lab.folder / f"{name}.log"

    def _log(self, name: str):
        return open(self._path(name), "ab")
