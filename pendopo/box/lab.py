"""A small nation in network namespaces on one machine: two ISPs, an Internet between them, a centre, sites.

A site is a box and a machine behind it, which reaches the Internet by the box's translation as in any
office. The box has a line to each ISP, either with a public address or behind the ISP's translation, which
lets nothing in that was not asked for. A box sees folders of its own at /run, /etc/pendopo-box and
/var/lib/pendopo-box, so that its agent cannot know where it runs. Names are asked of the centre by a box, and
of its box by a machine (resolv.conf), as DHCP would tell them. Everything is made under one name and taken
away by it; nothing else on the machine is touched.

Of the further offices, which are there when asked for, two are behind translation that gives each
destination another port.

The Internet is 203.0.113.0/24 (the centre is .10); ISP number i gives 198.18.i.0/24 publicly, 100.64.i.0/24
behind its translation; the site number n has address 10 + n in each.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pendopo.core.errors import Fault

ROOT = Path("/run/pendopo-lab")
PRIVATE = ("etc/pendopo-box", "var/lib/pendopo-box", "run")  # each box's own; /run last: the others lie in it
RESOLVER = Path("/etc/resolv.conf").resolve()  # where name servers are told; a link to a file in /run on some
ISPS = (1, 2)
CENTRE = "203.0.113.10"

# Translation as at most ISPs: answers come back, the rest ends at the door; a port stays if it can. That of
# some gives each destination another port, so nobody can tell where to knock (RFC 4787, 4.1).
ISP_RULES = """\
table inet isp {{
  set symmetric {{ type ipv4_addr; {symmetric} }}
  chain forward {{
    type filter hook forward priority filter; policy accept;
    oifname "shared" ct state new drop
  }}
  chain input {{
    type filter hook input priority filter; policy accept;
    meta l4proto udp ct state new drop
  }}
  chain postrouting {{
    type nat hook postrouting priority srcnat; policy accept;
    iifname "shared" oifname != "shared" ip saddr @symmetric snat ip to {outside} fully-random
    iifname "shared" oifname != "shared" snat ip to {outside}
  }}
}}
"""
# What every office's router does for the machines behind it: they reach the Internet by its own addresses.
OFFICE_RULES = """\
table inet office {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    iifname "lan0" oifname "wan*" masquerade
  }
}
"""
SILENCE = "table netdev {0}\ndelete table netdev {0}\ntable netdev {0} {{\n{1}\n}}\n"


@dataclass(frozen=True, slots=True)
class Place:
    """A site: its name, number (from 1), whether its lines have public addresses, and its networks there."""

    name: str
    number: int
    public: bool
    machine: tuple[str, ...]  # addresses of the machine behind the box, with prefix
    gateways: tuple[str, ...]  # the box's own addresses there, without prefix
    symmetric: bool = False  # its ISPs' translation gives each destination another port

    def line(self, isp: int) -> str:
        """The address of the box on its line to an ISP."""
        return f"{'198.18' if self.public else '100.64'}.{isp}.{10 + self.number}"

    def gateway(self, isp: int) -> str:
        return f"{'198.18' if self.public else '100.64'}.{isp}.1"


# An agency's machine room with public addresses, an office behind its ISPs' translation, a data centre.
PLACES = (
    Place("dukcapil", 1, True, ("10.64.1.20/24", "fd00:65::20/64"), ("10.64.1.1", "fd00:65::1")),
    Place("bogor", 2, False, ("10.64.0.20/24", "fd00:64::20/64"), ("10.64.0.1", "fd00:64::1")),
    Place("pusatdata", 3, True, ("10.64.2.20/24", "fd00:66::20/64"), ("10.64.2.1", "fd00:66::1")),
)


# Offices that nobody can call, to try how they meet.
FURTHER = (
    Place("bandung", 4, False, ("10.64.3.20/24", "fd00:67::20/64"), ("10.64.3.1", "fd00:67::1")),
    Place("cimahi", 5, False, ("10.64.4.20/24", "fd00:68::20/64"), ("10.64.4.1", "fd00:68::1"), True),
    Place("garut", 6, False, ("10.64.5.20/24", "fd00:69::20/64"), ("10.64.5.1", "fd00:69::1"), True),
)


@dataclass(frozen=True, slots=True)
class Lab:
    """One lab; `name` is the first part of all its namespaces, `places` the sites in it."""

    name: str
    places: tuple[Place, ...] = PLACES
    root: Path = ROOT

    @property
    def folder(self) -> Path:
        return self.root / self.name

    def space(self, what: str) -> str:
        """The namespace of "internet", "centre", "isp1", a box ("bogor") or its machine ("bogor-pc")."""
        return f"{self.name}-{what}"

    def up(self) -> None:
        """Make it; `Fault box.lab_there` when one of this name is there already."""
        if any(name.startswith(f"{self.name}-") for name in spaces()):
            raise Fault("box.lab_there", name=self.name)
        try:
            self._make()
        except BaseException:
            self.down()
            raise

    def down(self) -> None:
        """End what runs in it and take it away; works after any failure, also where nothing is."""
        ours = [name for name in spaces() if name.startswith(f"{self.name}-")]
        for name in ours:
            end(name)
        for name in ours:
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        with contextlib.suppress(OSError):
            self.root.rmdir()
            # The last lab: also the empty folders that boxes have mounted theirs over.
            for one in PRIVATE:
                Path("/", one).rmdir()

    def said(self) -> list[str]:
        """The places, one a line, each with its addresses."""
        lines = [f"centre       {CENTRE}"]
        for place in self.places:
            own = " ".join(f"wan{isp}={place.line(isp)}" for isp in ISPS)
            lines += [f"{place.name:<12} {own}", f"{place.name + '-pc':<12} {' '.join(place.machine)}"]
        return lines

    def command(self, what: str, *command: str) -> list[str]:
        """`command` as it is run at a place; at a site with the files of the box or machine."""
        within = ["ip", "netns", "exec", self.space(what)]
        boxes = {place.name for place in self.places}
        if what.removesuffix("-pc") not in boxes:
            return [*within, *command]
        own = [(self.private(what, "resolv.conf"), RESOLVER)]
        own += [(self.private(what, one), f"/{one}") for one in PRIVATE if what in boxes]
        mounts = "".join(f"mount --bind {mine} {seen} && " for mine, seen in own)
        return [*within, "unshare", "--mount", "--propagation", "private", "sh", "-c",
                f'{mounts}exec "$@"', "sh", *command]  # fmt: skip

    def private(self, what: str, one: str) -> Path:
        """Where a box's own folder, one of `PRIVATE`, or the resolv.conf of a box or machine lies outside."""
        return self.folder / what / one

    def run(self, what: str, *command: str, check: bool = True, text: str | None = None) -> str:
        """What a command at a place says. `subprocess.CalledProcessError` when it fails, if `check`."""
        whole = self.command(what, *command)
        return subprocess.run(whole, input=text, capture_output=True, text=True, check=check).stdout

    def start(self, what: str, *command: str, **how: object) -> subprocess.Popen:
        """A process at a place, that the caller or `down` ends."""
        return subprocess.Popen(self.command(what, *command), start_new_session=True, **how)

    def cut(self, place: Place, isp: int, *, silently: bool) -> None:
        """A line fails: its link goes down, or nothing passes any more and nobody says so."""
        if not silently:
            self.run(place.name, "ip", "link", "set", f"wan{isp}", "down")
            return
        device = f"s{place.number}"
        chains = (
            f'  chain {way} {{ type filter hook {way} device "{device}" priority 0; policy drop; }}'
            for way in ("ingress", "egress")
        )
        self.run(f"isp{isp}", "nft", "-f", "-", text=SILENCE.format(f"cut-{device}", "\n".join(chains)))

    def heal(self, place: Place, isp: int, *, silently: bool) -> None:
        """The line is as before the cut; its address and route are back, as DHCP would bring them."""
        if silently:
            self.run(f"isp{isp}", "nft", "delete", "table", "netdev", f"cut-s{place.number}")
            return
        self.run(place.name, "ip", "link", "set", f"wan{isp}", "up")
        self.run(place.name, "ip", "route", "replace", *_default(place, isp).split())

    def reboot(self, place: Place) -> None:
        """A box loses its power: every process, its network and all of /run are gone; its disk stays."""
        end(self.space(place.name))
        # Cables first: a namespace goes away in its own time.
        batch(self.space(place.name), [f"link del {one}" for one in ("lan0", *(f"wan{isp}" for isp in ISPS))])
        subprocess.run(["ip", "netns", "del", self.space(place.name)], check=True)
        shutil.rmtree(self.private(place.name, "run"))
        self._site(place)

    def _make(self) -> None:
        for name in ("internet", "centre", *(f"isp{isp}" for isp in ISPS)):
            self._space(name)
        batch(self.space("internet"), ["link add lan type bridge", "link set lan up"])
        self._wire("internet", "centre", "centre", "wan")
        batch(self.space("internet"), ["link set centre master lan", "link set centre up"])
        batch(self.space("centre"), [f"addr add {CENTRE}/24 dev wan", "link set wan up"])
        for isp in ISPS:
            self._isp(isp)
            batch(
                self.space("centre"),
                [f"route add 198.18.{isp}.0/24 via 203.0.113.{isp}"],
            )
        for isp in ISPS:
            others = [
                f"route add 198.18.{other}.0/24 via 203.0.113.{other}" for other in ISPS if other != isp
            ]
            batch(self.space(f"isp{isp}"), others)
        for place in self.places:
            self._site(place)

    def _isp(self, isp: int) -> None:
        name = f"isp{isp}"
        self._wire("internet", name, name, "internet")
        batch(self.space("internet"), [f"link set {name} master lan", f"link set {name} up"])
        batch(
            self.space(name),
            [
                f"addr add 203.0.113.{isp}/24 dev internet",
                "link set internet up",
                # A router keeps its address; a bridge without one of its own takes another as cables come and
                # go, and those it serves would send to the old one for half a minute.
                *(
                    f"link add {one} address 02:00:00:00:0{isp}:0{at} type bridge"
                    for at, one in enumerate(("public", "shared"), 1)
                ),
                f"addr add 198.18.{isp}.1/24 dev public",
                f"addr add 100.64.{isp}.1/24 dev shared",
                *(f"link set {one} up" for one in ("public", "shared")),
            ],
        )
        self.run(name, "sysctl", "-qw", "net.ipv4.ip_forward=1")
        those = ", ".join(place.line(isp) for place in self.places if place.symmetric)
        symmetric = f"elements = {{ {those} }}" if those else ""
        rules = ISP_RULES.format(outside=f"203.0.113.{isp}", symmetric=symmetric)
        self.run(name, "nft", "-f", "-", text=rules)

    def _site(self, place: Place) -> None:
        for one in PRIVATE:
            self.private(place.name, one).mkdir(parents=True, exist_ok=True)
            Path("/", one).mkdir(parents=True, exist_ok=True)
        self._asks(place.name, CENTRE)
        self._space(place.name)
        for isp in ISPS:
            self._wire(f"isp{isp}", f"s{place.number}", place.name, f"wan{isp}")
            bridge = "public" if place.public else "shared"
            port = f"s{place.number}"
            batch(self.space(f"isp{isp}"), [f"link set {port} master {bridge}", f"link set {port} up"])
            batch(
                self.space(place.name),
                [
                    f"addr add {place.line(isp)}/24 dev wan{isp}",
                    f"link set wan{isp} up",
                    f"route add {_default(place, isp)}",
                ],
            )
        self.run(place.name, "sysctl", "-qw", "net.ipv4.ip_forward=1")
        self.run(place.name, "nft", "-f", "-", text=OFFICE_RULES)
        self._machine(place)

    def _machine(self, place: Place) -> None:
        name = f"{place.name}-pc"
        if self.space(name) not in spaces():
            self._space(name)
        self._asks(name, *place.gateways)
        self._wire(place.name, "lan0", name, "lan")
        batch(self.space(place.name), ["link set lan0 up"])
        batch(self.space(name), [
            *(f"addr add {one} dev lan{' nodad' if ':' in one else ''}" for one in place.machine),
            "link set lan up",
            *(f"route replace default via {one}" for one in place.gateways),
        ])  # fmt: skip

    def _asks(self, what: str, *servers: str) -> None:
        """The name servers of a place."""
        files = [self.private(what, "resolv.conf")]
        if RESOLVER.is_relative_to("/run"):  # a box's own /run lies over that
            files.append(self.private(what, "run") / RESOLVER.relative_to("/run"))
        for one in files:
            one.parent.mkdir(parents=True, exist_ok=True)
            one.write_text("".join(f"nameserver {server}\n" for server in servers))

    def _space(self, name: str) -> None:
        subprocess.run(["ip", "netns", "add", self.space(name)], check=True)
        batch(self.space(name), ["link set lo up"])

    def _wire(self, one: str, end: str, other: str, other_end: str) -> None:
        """A cable between two places, named at each end."""
        batch(self.space(one), [f"link add {end} type veth peer name {other_end} netns {self.space(other)}"])


def _default(place: Place, isp: int) -> str:
    return f"default via {place.gateway(isp)} dev wan{isp} metric {100 * isp}"


def spaces() -> list[str]:
    """The names of all network namespaces of the machine."""
    said = subprocess.run(["ip", "-j", "netns", "list"], check=True, capture_output=True, text=True).stdout
    return [one["name"] for one in json.loads(said or "[]")]


def batch(space: str, commands: Sequence[str]) -> None:
    """Lines of `ip` in a namespace. Raises `subprocess.CalledProcessError`."""
    text = "\n".join(commands) + "\n"
    subprocess.run(["ip", "-n", space, "-batch", "-"], input=text, text=True, check=True, capture_output=True)


def pids(space: str) -> list[int]:
    """The processes whose network is a namespace."""
    said = subprocess.run(["ip", "netns", "pids", space], check=False, capture_output=True, text=True).stdout
    return [int(one) for one in said.split()]


def end(space: str) -> None:
    """Kill what runs in a namespace, and wait until it is gone."""
    until = time.monotonic() + 5
    while (found := pids(space)) and time.monotonic() < until:
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)
