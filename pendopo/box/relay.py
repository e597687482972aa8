"""A box with a public address passes on what two others send each other, and can read none of it.

Each lease has two ports, one for each of the two. The first packet at a port says where its box is: one of
WireGuard's handshakes, for the other of the two, made by somebody who knows that one's key. Who sends it is
asked back, as boxes ask each other (seen.py), so a recorded one that somebody sends again says nothing. From
then on the kernel passes on what comes from there, by a table of its own and without connection tracking, so
that it costs no program and goes on when the agent dies. All else that comes to the ports ends here.
"""

import asyncio
import contextlib
import json
import logging
import secrets
import socket
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from pendopo.box import seen, system
from pendopo.box.system import System
from pendopo.box.wireguard import mark
from pendopo.core.boxconfig import Config, Lease
from pendopo.core.errors import Fault

log = logging.getLogger("pendopo.box")

TABLE = "pendopo_relay"
SETTLE = 0.05  # seconds: boxes come in swarms
UNDER_WAY = 1000  # questions that wait for an answer
MOST = 100  # packets a second that the agent looks at, of all that it has not learnt yet
Caller = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Side:
    """One port of a lease: the mark of its line, the key of the box that calls it, and the other box's port
    and key."""

    mark: int
    caller: bytes
    across: int
    key: bytes


def sides(config: Config, leases: Collection[Lease], refused: Collection[bytes] = ()) -> dict[int, Side]:
    """The ports of a relay; a lease ends when one of its two keys is refused."""
    marks = {line.name: mark(at) for at, line in enumerate(config.lines)}
    found = {}
    for lease in leases:
        if lease.line in marks and not set(lease.keys) & set(refused):
            number, (one, other) = marks[lease.line], lease.keys
            found[lease.port] = Side(number, one, lease.port + 1, other)
            found[lease.port + 1] = Side(number, other, lease.port, one)
    return found


def table(
    interfaces: Collection[str], sides: Mapping[int, Side], callers: Mapping[int, tuple[Caller, str]]
) -> str:
    """The text of the table; `callers` are port → where its box calls from, and our address there."""
    pairs = [
        (port, callers[port], callers[side.across])
        for port, side in sorted(sides.items())
        if port in callers and side.across in callers
    ]
    come = [f"{a[0]} . {a[1]} . {port}" for port, (a, _), _ in pairs]
    key, going = "ip saddr . udp sport . udp dport", "ip saddr . udp sport . ip daddr . udp dport"
    # As a packet leaves: from whom, to whom → the port that the receiver calls.
    go = {f"{a[0]} . {a[1]} . {b[0]} . {b[1]}": sides[port].across for port, (a, _), (b, _) in pairs}
    ours = {sides[port].across: here for port, _, (_, here) in pairs}
    lines = ", ".join(f'"{one}"' for one in sorted(set(interfaces)))
    return f"""\
table ip {TABLE}
delete table ip {TABLE}
table ip {TABLE} {{
  map marks {{
    type inet_service : mark
    {_elements(f"{port} : {side.mark:#x}" for port, side in sides.items())}
  }}
  set callers {{
    type ipv4_addr . inet_service . inet_service
    counter
    {_elements(come)}
  }}
  map hosts {{
    type ipv4_addr . inet_service . inet_service : ipv4_addr
    {_elements(f"{one} : {b[0]}" for one, (_, _, (b, _)) in zip(come, pairs, strict=True))}
  }}
  map ports {{
    type ipv4_addr . inet_service . inet_service : inet_service
    {_elements(f"{one} : {b[1]}" for one, (_, _, (b, _)) in zip(come, pairs, strict=True))}
  }}
  map across {{
    type ipv4_addr . inet_service . ipv4_addr . inet_service : inet_service
    {_elements(f"{one} : {port}" for one, port in go.items())}
  }}
  map ours {{
    type inet_service : ipv4_addr
    {_elements(f"{port} : {here}" for port, here in ours.items())}
  }}
  chain come {{
    type filter hook prerouting priority raw; policy accept;
    iifname {{ {lines} }} fib daddr type local udp dport {{ {", ".join(map(str, sorted(sides)))} }} goto door
  }}
  chain door {{
    notrack
    meta mark set udp dport map @marks
    {seen.SHARED} limit rate {MOST}/second burst {MOST} packets accept
    {key} @callers ip daddr set {key} map @hosts udp dport set {key} map @ports accept
    limit rate over {MOST}/second burst {MOST} packets drop
  }}
  chain go {{
    type filter hook postrouting priority srcnat; policy accept;
    ct state untracked udp sport set {going} map @across ip saddr set udp sport map @ours
  }}
}}
"""


def _elements(parts: Iterable[str]) -> str:
    listed = ", ".join(parts)
    return f"elements = {{ {listed} }}" if listed else ""


class Relay:
    """Runs on the event loop from the first `use` with a lease on; `system` has the keys of the box."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.sides: dict[int, Side] = {}
        self.sockets: dict[int, socket.socket] = {}
        self.callers: dict[int, tuple[Caller, str]] = {}
        self.held: dict[int, bytes] = {}  # port → a first packet whose other box has not called yet
        self.asked: dict[bytes, tuple[int, Caller, bytes]] = {}  # number → port, who is asked, what it sent
        self.interfaces: set[str] = set()
        self.writing: asyncio.Task | None = None
        self.learnt = asyncio.Event()  # and not written yet
        self.there = True  # what an agent before us has left

    async def use(self, config: Config, leases: Collection[Lease], refused: Collection[bytes]) -> None:
        """Pass on for these leases and no others. Raises `Fault box.command`."""
        found = sides(config, leases, refused)
        if not found and not self.there:
            return
        if not self.sides and self.there:
            self.callers = await _known(found)
        for port in [one for one in self.sockets if self.sides.get(one) != found.get(one)]:
            self._close(port)
        self.sides, self.interfaces = found, {line.interface for line in config.lines}
        for port, side in found.items():
            if port not in self.sockets:
                self._open(port, side)
        await self._write()

    def close(self) -> None:
        """Look at nothing any more; what is learnt goes on."""
        for port in list(self.sockets):
            self._close(port)
        if self.writing:
            self.writing.cancel()

    def _open(self, port: int, side: Side) -> None:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, side.mark)
        try:
            sock.bind(("", port))
        except OSError as error:  # another program has it: this lease does not work, the others do
            sock.close()
            log.warning("port %d: %s", port, error)
            return
        self.sockets[port] = sock
        asyncio.get_running_loop().add_reader(sock, self._read, port, sock)

    def _close(self, port: int) -> None:
        sock = self.sockets.pop(port)
        asyncio.get_running_loop().remove_reader(sock)
        sock.close()
        for known in (self.callers, self.held):
            known.pop(port, None)
        self.asked = {number: one for number, one in self.asked.items() if one[0] != port}

    def _read(self, port: int, sock: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                data, sender = sock.recvfrom(2048)
                side = self.sides[port]
                if answer := seen.answer(data, self.system.keys, sender):
                    sock.sendto(answer, sender)
                    continue
                if number := seen.number_of(data):
                    self._answered(number, data, sender)
                elif seen.is_for(data, side.key):
                    known = self.callers.get(port)
                    if known and known[0] == sender:
                        self._pass(port, data)
                    else:
                        self._ask(port, sender, data)

    def _ask(self, port: int, sender: Caller, data: bytes) -> None:
        """Ask back who sends a first packet."""
        number = secrets.token_bytes(seen.NUMBER)
        self.asked[number] = port, sender, data
        while len(self.asked) > UNDER_WAY:
            self.asked.pop(next(iter(self.asked)))
        self.sockets[port].sendto(seen.question(number, self.sides[port].caller), sender)

    def _answered(self, number: bytes, data: bytes, sender: Caller) -> None:
        port, asked, first = self.asked.get(number, (0, None, b""))
        if asked != sender or seen.place(data, self.sides[port].caller) is None:
            return
        del self.asked[number]
        self.callers[port] = sender, _own(sender, self.sides[port].mark)
        self._later()
        self._pass(port, first)

    def _pass(self, port: int, data: bytes) -> None:
        """Send a first packet on, or keep it until the other box has called.

        Of two that cross only the older one goes on: WireGuard forgets what it began when it is called.
        """
        across = self.sides[port].across
        if across not in self.callers:
            self.held[port] = data
            return
        older = self.held.pop(across, None)
        to, packet = (port, older) if older else (across, data)
        if to in self.sockets:
            self.sockets[to].sendto(packet, self.callers[to][0])

    def _later(self) -> None:
        """Write the table soon: boxes come in swarms."""
        self.learnt.set()
        if self.writing is None or self.writing.done():
            self.writing = asyncio.create_task(self._soon())

    async def _soon(self) -> None:
        while self.learnt.is_set():
            await asyncio.sleep(SETTLE)
            self.learnt.clear()
            await self._written()

    async def _written(self) -> None:
        try:
            await self._write()
        except Fault as fault:
            log.warning("%s", fault)

    async def _write(self) -> None:
        if self.sides:
            await system.run("nft", "-f", "-", text=table(self.interfaces, self.sides, self.callers))
        else:
            await system.run("nft", "-f", "-", text=f"table ip {TABLE}\ndelete table ip {TABLE}\n")
        self.there = bool(self.sides)


def _own(caller: Caller, mark: int) -> str:
    """Our address towards a caller, on the line with this mark."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, mark)
        sock.connect(caller)
        return sock.getsockname()[0]


async def _known(sides: Mapping[int, Side]) -> dict[int, tuple[Caller, str]]:
    """What an agent before us had learnt."""
    try:
        said = json.loads(await system.run("nft", "-j", "list", "set", "ip", TABLE, "callers"))
    except Fault:  # there is no table
        return {}
    listed = [one["elem"] for part in said["nftables"] for one in part.get("set", {}).get("elem", ())]
    found: dict[int, tuple[Caller, str]] = {}
    for one in listed:
        host, sport, port = one["val"]["concat"]
        if port in sides:
            with contextlib.suppress(OSError):
                found[port] = (host, sport), _own((host, sport), sides[port].mark)
    return found
