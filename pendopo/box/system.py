"""The machine's network, as the box's programs see and change it: `nft`, `ip`, `wg`, `wireguard-go`."""

import asyncio
import base64
import json
import shutil
import socket
from collections.abc import Mapping
from pathlib import Path

from pendopo.box import nft, routes, wireguard
from pendopo.core.boxconfig import Config, Line, Peer
from pendopo.core.errors import Fault

SOCKETS = Path("/var/run/wireguard")  # of wireguard-go, one an interface
SYSCTL = Path("/proc/sys/net")
PATIENCE = 50  # looks, 10 ms apart, until an interface without its program is taken away
LOOSE = "2"  # RFC 3704, section 2.4: an answer may come by another line than the question went
# In a tunnel not even that is asked: without an IPv4 address of its own Linux is strict all the same, and
# WireGuard knows better whose address a packet has. The larger of an interface's value and all's counts.
NEVER = "0"


async def run(*command: str, text: str | None = None) -> str:
    """What a program says, given `text`. Raises `Fault box.command` with its first words when it fails."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL if text is None else asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    except FileNotFoundError:
        raise Fault("box.program", program=command[0]) from None
    said, wrong = await process.communicate(None if text is None else text.encode())
    if process.returncode:
        why = (wrong or said).decode(errors="replace").strip().splitlines() or [str(process.returncode)]
        raise Fault("box.command", command=" ".join(command)[:80], why=why[0][:200])
    return said.decode()


async def capabilities() -> dict[str, object]:
    """What this machine can do, tried in a network of its own that is thrown away.

    `wireguard` is "kernel", "program" or None; `booted` is when the machine was started, Unix seconds; the
    others say whether the kernel has them.
    """
    tried = {
        "vrf": "ip link add name try1 type vrf table 1",
        "dummy": "ip link add name try2 type dummy",
        "vxlan": "ip link add name try3 type vxlan id 1 dstport 4789",
        "wireguard": "ip link add name try4 type wireguard",
        "netem": "tc qdisc add dev lo root netem delay 1ms",
    }
    script = "".join(f"if {command}; then echo {name}; fi\n" for name, command in tried.items())
    try:
        has = (await run("unshare", "--net", "sh", "-c", script)).split()
    except Fault:  # not even a network
        has = []
    program = shutil.which("wireguard-go") is not None
    return {name: name in has for name in tried} | {
        "wireguard": "kernel" if "wireguard" in has else "program" if program else None,
        "booted": _booted(),
    }


def _booted() -> int:
    """When the machine was started (proc(5), `btime`)."""
    lines = Path("/proc/stat").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("btime ")).split()[1])


class System:
    """Makes the machine do what a configuration says; `kernel`: its own WireGuard, else wireguard-go. `keys`
    are the box's own of WireGuard, public → private."""

    def __init__(self, kernel: bool, keys: Mapping[bytes, bytes]) -> None:
        self.kernel, self.keys = kernel, keys
        self.seconds: frozenset[str] = frozenset()  # interfaces of second tunnels that are there
        self.refused: frozenset[bytes] = frozenset()  # keys on the deny list
        self.heard: dict[str, dict[bytes, str]] = {}  # interface → where its peers were last heard from
        self.known: frozenset[bytes] = frozenset()  # keys of the peers in force
        self.changing = asyncio.Lock()  # who is a peer

    async def check(self, config: Config) -> None:
        """`Fault box.command` when the rules would not load; nothing is changed."""
        await run("nft", "-c", "-f", "-", text=nft.table(config))

    async def apply(self, config: Config, in_use: Mapping[str, str], before: Config | None = None) -> None:
        """All of it, what may pass first; `before` was in force until now. Raises `Fault box.command`."""
        await run("nft", "-f", "-", text=nft.table(config))
        self.known = frozenset(peer.key for peer in config.peers)
        lines = {wireguard.device(line) for line in config.lines}
        for name in await self.devices():
            if name.removesuffix(wireguard.NEXT) not in lines:
                await run("ip", "link", "del", name)
        made = {
            name for line in wireguard.tunnels(config) if await self._made(name := wireguard.device(line))
        }
        if made:
            # First the way out: a tunnel that has peers calls them at once, by whatever line there is.
            found = await self.found()
            await self._rules(config, found)
            await self.batch(routes.outside(config, found))
        for line in wireguard.tunnels(config):
            # Who is in a second tunnel and no longer named there goes on until the first one works again.
            alone = not wireguard.is_second(line.name)
            await self._tunnel(config, line, alone=alone, made=wireguard.device(line) in made)
        self.seconds = frozenset(filter(wireguard.is_second, await self.devices()))
        for name in self.seconds:
            await self._refuse(name, config)
        self._switches(config)
        await self.reroute(config, in_use, before)

    async def reroute(self, config: Config, in_use: Mapping[str, str], before: Config | None = None) -> None:
        """Addresses, routes and rules alone. Raises `Fault box.command`."""
        found = await self.found()
        await self._rules(config, found)
        await self.batch(routes.batch(config, found, in_use, before))

    async def _rules(self, config: Config, found: routes.Found) -> None:
        for family, commands in routes.rules(config, found).items():
            await self.batch(commands, family)

    async def retire(self, config: Config) -> None:
        """In second tunnels are those whom the configuration names there and nobody else; without any they
        are gone. Raises `Fault box.command`."""
        wanted = {wireguard.device(line): line for line in wireguard.tunnels(config)}
        for name in self.seconds - wanted.keys():
            await run("ip", "link", "del", name)
        self.seconds &= wanted.keys()
        for name in self.seconds:
            await self._tunnel(config, wanted[name], alone=True)

    async def _tunnel(self, config: Config, line: Line, *, alone: bool, made: bool = False) -> None:
        """The interface of a tunnel has its peers, and if `alone` no others. `made`: it is new."""
        name, public = wireguard.device(line), wireguard.public(config, line)
        if public not in self.keys:
            raise Fault("box.key_unknown", key=base64.b64encode(public).decode())
        private = self.keys[public]
        heard = self.heard.get(name) if made else None
        async with self.changing:
            there = await run("wg", "show", name, "dump")
            change = wireguard.change(there, config, line, private, self.refused, heard, alone=alone)
            if change.text:
                await run("wg", "addconf", name, "/dev/stdin", text=change.text)
            if change.gone:
                await run(*wireguard.forgetting(name, change.gone))

    async def _refuse(self, name: str, config: Config) -> None:
        """Whose key counts no more is in no second tunnel either."""
        refused = {*self.refused, *(one.key for one in config.denied)}
        if gone := [one.key for one in await self.peers(name) if one.key in refused]:
            await run(*wireguard.forgetting(name, gone))

    async def clear(self) -> None:
        """No tunnel is left, as before the first configuration; the rules let nothing pass without one."""
        for name in await self.devices():
            await run("ip", "link", "del", name)

    async def batch(self, commands: list[str], family: int | None = None) -> None:
        """Run lines of `ip`, all of one `family` where they do not say it; the first that fails ends it."""
        if commands:
            option = [] if family is None else [f"-{family}"]
            await run("ip", *option, "-batch", "-", text="\n".join(commands) + "\n")

    async def devices(self) -> list[str]:
        """Our interfaces that are there."""
        links = json.loads(await run("ip", "-j", "link", "show") or "[]")
        return [one["ifname"] for one in links if one["ifname"].startswith(wireguard.DEVICES)]

    async def found(self) -> routes.Found:
        """Addresses, routes and rules that are there."""
        addresses, rules4, rules6, *both = (
            json.loads(text or "[]")
            for text in await asyncio.gather(
                run("ip", "-j", "address", "show"),
                run("ip", "-4", "-j", "rule", "show"),
                run("ip", "-6", "-j", "rule", "show"),
                run("ip", "-4", "-j", "route", "show", "table", "all"),
                run("ip", "-6", "-j", "route", "show", "table", "all"),
            )
        )
        all = [
            one | {"version": version} for version, those in zip((4, 6), both, strict=True) for one in those
        ]
        return routes.found(addresses, all, {4: rules4, 6: rules6})

    async def peers(self, device: str) -> list[wireguard.Seen]:
        """What WireGuard knows of the peers of one of our interfaces."""
        return wireguard.seen(await run("wg", "show", device, "dump"))

    async def call(self, device: str, peer: Peer, endpoint: str, afresh: bool) -> None:
        """Have one of our interfaces call a peer at an endpoint from now on, `afresh` with a handshake first.
        Raises `Fault box.command`."""
        async with self.changing:
            # One that has gone meanwhile would be let in again.
            if peer.key in self.known - self.refused:
                await run(*wireguard.calling(device, peer, endpoint, afresh))

    async def _made(self, name: str) -> bool:
        """The interface is there; whether it had to be made."""
        if self.kernel:
            if name in await self.devices():
                return False
            await run("ip", "link", "add", name, "type", "wireguard")
            return True
        if alive(name):
            return False
        # The interface of one that died goes with it, in a moment.
        for _ in range(PATIENCE):
            if name not in await self.devices():
                break
            await asyncio.sleep(0.01)
        else:
            await run("ip", "link", "del", name)
        # It goes into the background once the interface is there, and lives on when the agent dies.
        await run("setsid", "wireguard-go", name)
        return True

    def _switches(self, config: Config) -> None:
        """The machine is a router. A line that is not there has no switches, and needs none."""
        values = {"ipv4/ip_forward": "1", "ipv6/conf/all/forwarding": "1"}
        values["ipv4/conf/all/rp_filter"] = NEVER
        for line in wireguard.tunnels(config):
            values[f"ipv4/conf/{wireguard.device(line)}/rp_filter"] = NEVER
        for line in config.lines:
            values[f"ipv4/conf/{line.interface}/rp_filter"] = LOOSE
            # A router would no longer hear which gateway an IPv6 line has.
            values[f"ipv6/conf/{line.interface}/accept_ra"] = "2"
        for name, value in values.items():
            try:
                (SYSCTL / name).write_text(value)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise Fault("box.command", command=f"sysctl net/{name}={value}", why=str(error)) from None


def alive(device: str) -> bool:
    """Whether a wireguard-go answers for the interface."""
    with socket.socket(socket.AF_UNIX) as sock:
        try:
            sock.connect(str(SOCKETS / f"{device}.sock"))
        except OSError:
            return False
    return True


async def ended(device: str) -> None:
    """Return when the wireguard-go of an interface has died, however that happened."""
    try:
        reader, writer = await asyncio.open_unix_connection(str(SOCKETS / f"{device}.sock"))
    except OSError:
        return
    try:
        await reader.read()
    except ConnectionError:
        pass
    finally:
        writer.close()


def links() -> socket.socket:
    """A socket with something to read whenever an interface or its IPv4 address changed (rtnetlink(7))."""
    link, address = 0x1, 0x10  # RTMGRP_LINK, RTMGRP_IPV4_IFADDR
    found = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, socket.NETLINK_ROUTE)
    found.bind((0, link | address))
    return found
