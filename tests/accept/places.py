"""The lab as a person uses it, the machine's own programs at its places, and nodes that live there."""

import os
import re
import signal
import socket
import subprocess
from dataclasses import dataclass
from itertools import pairwise

from installation import COMMAND, Installation, pendopo, run
from seat import Seat

from tests.fleet.box.spaces import inside, lab_name

CENTRE = "203.0.113.10"  # what `pendopo box lab up` says of it


class Lab:
    """A small nation of network namespaces under a name of its own."""

    def __init__(self, name: str):
        self.name = lab_name(name)

    def up(self) -> None:
        self.down()  # what a killed run has left
        pendopo("box", "lab", "--name", self.name, "up")

    def down(self) -> None:
        pendopo("box", "lab", "--name", self.name, "down")

    def space(self, place: str) -> str:
        return f"{self.name}-{place}"

    def at(self, place: str, *words: str) -> list[str]:
        """A command as somebody at the place would type it; a box has folders of its own there."""
        path = f"PATH={COMMAND.parent}:{os.environ['PATH']}"
        return [str(COMMAND), "box", "lab", "--name", self.name, "di", place, "env", path, *words]

    def within(self, place: str, *words: str) -> list[str]:
        """One of the machine's own programs in the network of a place."""
        return ["ip", "netns", "exec", self.space(place), *words]

    def does(self, place: str, *words: str, check: bool = True) -> str:
        """What such a program says."""
        return run(self.within(place, *words), check=check).stdout

    def connect(self, place: str, port: int) -> socket.socket:
        """A connection to what listens at a place on loopback."""
        return inside(self.space(place), lambda: socket.create_connection(("127.0.0.1", port), timeout=60))


@dataclass
class Resident(Installation):
    """A node whose processes run at a place of the lab, on the usual ports."""

    lab: Lab | None = None
    place: str = ""

    def __post_init__(self):
        super().__post_init__()
        self.ports = {"portal": 8000, "app": 8080, "peer": 5500}

    def command(self, *arguments, **variables: str) -> list[str]:
        given = [f"{name}={value}" for name, value in variables.items()]
        return self.lab.at(self.place, *given, "pendopo", *map(str, arguments))

    def connect(self, door: str) -> socket.socket:
        return self.lab.connect(self.place, self.ports[door])

    @property
    def seat(self) -> Seat:
        """A fresh session at its portal."""
        return Seat(self.url, lambda: self.connect("portal"))


class Pings:
    """Pings from a machine, 20 ms apart, until they are stopped."""

    EVERY = 0.020

    def __init__(self, lab: Lab, place: str, to: str):
        command = lab.within(place, "ping", "-n", "-i", str(self.EVERY), to)
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.numbers: list[int] = []

    def more(self, count: int) -> None:
        """Waits for so many answers."""
        for line in self.process.stdout:
            if found := re.search(r"icmp_seq=(\d+) ttl", line):
                self.numbers.append(int(found[1]))
                count -= 1
                if count <= 0:
                    return

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)
        self.more(10**9)
        self.process.wait(10)

    def longest(self) -> float:
        """Seconds of the longest gap, by the numbers; nothing is sent any more."""
        self.stop()
        return max(after - one - 1 for one, after in pairwise(sorted(set(self.numbers)))) * self.EVERY
