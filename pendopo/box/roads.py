"""How a box meets others that nobody can call: it learns where it is seen, and knocks where they are.

Each line has a socket that shares WireGuard's port with it: nftables gives what leaves it the tunnel's port,
and brings back what begins with `PNSR` (see seen.py), without connection tracking, so that a translation
outside sees one caller. So what an observer answers is where WireGuard is seen, and an answer from a peer
itself, asked where it was last seen, proves the way in both directions before any traffic takes it. Until
one comes a relay carries the tunnel, where one is lent.
"""

import asyncio
import contextlib
import logging
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass

from pendopo.box import seen, state, system, wireguard
from pendopo.box.probe import Prober
from pendopo.box.relay import Relay
from pendopo.box.state import Identity, Paths
from pendopo.box.system import System
from pendopo.core import boxconfig
from pendopo.core.boxconfig import Config, Peer, Road
from pendopo.core.errors import Fault

log = logging.getLogger("pendopo.box")

TABLE = "pendopo_roads"
SHARED = 51700  # UDP port of the first line's socket, on this machine only
TICK = 1.0  # seconds between looks
OBSERVE = 20.0  # seconds between questions to observers: less than translations keep an entry (RFC 4787, 4.3)
DIRECT = 3.0  # seconds that the direct way is tried alone
SHAKE = 7.0  # seconds for a handshake there: a second try comes after five (WireGuard's Rekey-Timeout)
EAGER, KNOCK = 10.0, 10.0  # seconds: knocking every tick for so long, then so seldom
AGAIN = 2.0  # seconds, while no observer has answered
AFTER = 0.5  # seconds that the second box lets the first one begin
FORGET = 50.0  # seconds in which an answer may come, and an observer that no longer answers counts
MOST = 200  # questions a second that a box answers

Key = tuple[str, str]  # a peer's box, our line


@dataclass(slots=True)
class Way:
    """One road as it goes: since when it is looked for (seconds, monotonic), when it was last knocked at,
    whether the peer answered us directly and the tunnel goes there, whether we had it call a relay."""

    since: float
    knocked: float = 0.0
    direct: bool = False
    relayed: str = ""
    wants: bool = False


@dataclass(slots=True)
class Asked:
    """A question under way: over which line, whom where by which key, when (seconds, monotonic), and for
    which road (None: to an observer)."""

    line: str
    endpoint: str
    key: bytes
    at: float
    road: Key | None = None


@dataclass(slots=True)
class Seen:
    """Where one observer sees a line, and when it said so."""

    endpoint: str
    at: float


class Roads:
    """`changed()` is called when what the controller should hear has changed. Runs on the event loop."""

    def __init__(
        self, paths: Paths, identity: Identity, system: System, prober: Prober, changed: Callable[[], None]
    ) -> None:
        self.paths, self.identity, self.system, self.prober = paths, identity, system, prober
        self.changed = changed
        self.told = state.held_roads(paths, identity.controller_key)
        self.relay = Relay(system)
        self.config: Config | None = None
        self.peers: dict[str, Peer] = {}
        self.sockets: dict[str, socket.socket] = {}
        self.asked: dict[bytes, Asked] = {}
        self.ways: dict[Key, Way] = {}
        self.seen: dict[str, dict[str, Seen]] = {}  # line → observer's endpoint → where it sees us
        self.observed = 0.0
        self.wake = asyncio.Event()
        self.moving: set[asyncio.Task] = set()

    @property
    def serial(self) -> int:
        return self.told.serial if self.told else 0

    async def use(self, config: Config) -> None:
        """Go by a configuration that has come in force. Raises `Fault box.command`."""
        before, self.config = self.config, config
        refused = {*self.system.refused, *(one.key for one in config.denied)}
        keys = {box: peer.key for box, peer in self.peers.items()}
        self.peers = {peer.box: peer for peer in config.peers if peer.key not in refused}
        for box, line in list(self.ways):  # who has another key is met anew
            if box in self.peers and keys.get(box) != self.peers[box].key:
                del self.ways[box, line]
        if before is None or before.lines != config.lines:
            self._close()
            await system.run("nft", "-f", "-", text=table(config))
            for at, line in enumerate(config.lines):
                self._open(at, line.name)
        await self._go()

    async def take(self, raw: bytes) -> None:
        """Go by what the controller says now. Raises `Fault box.config_old`, `box.config_other`, or what
        `boxconfig.open_roads` says."""
        told = boxconfig.open_roads(raw, self.identity.controller_key)
        if (told.network, told.box) != (self.identity.network, self.identity.box):
            raise Fault("box.config_other", box=told.box)
        if told.serial < self.serial:
            raise Fault("box.config_old", serial=told.serial, last=self.serial)
        state.install(self.paths.roads, raw)
        before, self.told = self.told, told
        known = {(one.box, one.line): one for one in before.roads} if before else {}
        for road in told.roads:
            key = (road.box, road.line)
            if known.get(key) != road and (way := self.ways.get(key)):
                way.knocked = 0.0
                if key in known and known[key].seen != road.seen:
                    way.since = self._now()
        if self.config:
            await self._go()

    async def run(self) -> None:
        """Look at the roads that there are, for ever."""
        while True:
            self.wake.clear()
            busy = self.config is not None and self.told is not None and self.told.roads
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TICK if busy else None):
                    await self.wake.wait()
            if self.config is not None and self.told is not None:
                self._observe()
                for road in self.told.roads:
                    self._look(road)

    def close(self) -> None:
        """Knock nowhere any more; what is in force stays."""
        self._close()
        self.config = None

    def endpoint(self, line: str) -> str | None:
        """Where a line is seen from outside: None if nobody says so, or each says something else."""
        now = self._now()
        found = {one.endpoint for one in self.seen.get(line, {}).values() if now - one.at < FORGET}
        return found.pop() if len(found) == 1 else None

    def said(self, box: str, line: str, endpoint: str | None) -> dict:
        """What a report says of a road: `relay`, the box that carries it now (None: none does), and whether
        it `wants` one. Nothing of a peer that can be called."""
        roads = self.told.roads if self.told else ()
        road = next((one for one in roads if (one.box, one.line) == (box, line)), None)
        if road is None:
            return {}
        way = self.ways[box, line]
        by = road.relay.box if road.relay and road.relay.endpoint == endpoint else None
        if by:
            way.direct = False  # the peer has gone back to the relay, and our tunnel after it
        return {"relay": by, "wants": way.wants}

    async def _go(self) -> None:
        self.ways = {
            (one.box, one.line): self.ways.get((one.box, one.line)) or Way(self._now())
            for one in (self.told.roads if self.told else ())
        }
        await self.relay.use(self.config, self.told.leases if self.told else (), self.system.refused)
        self.observed = 0.0
        self.wake.set()

    def _observe(self) -> None:
        """Ask where our lines are seen, which also keeps their entries in translations."""
        now = self._now()
        if not self.told.roads or now - self.observed < (OBSERVE if self.seen else AGAIN) - TICK / 2:
            return
        self.observed = now
        for line in {road.line for road in self.told.roads}:
            for one in self.told.observers:
                self._ask(Asked(line, one.endpoint, one.key, now))
        for number, one in list(self.asked.items()):
            if now - one.at > FORGET:
                del self.asked[number]

    def _look(self, road: Road) -> None:
        """Knock at a peer, or have the tunnel go by a relay after a while."""
        key, now = (road.box, road.line), self._now()
        way, peer = self.ways.get(key), self.peers.get(road.box)
        if way is None or peer is None or road.line not in self.sockets:
            return
        up = self.prober.standing(*key)["up"]
        if up and way.direct:
            way.since = now
            return
        if way.direct and now - way.since > SHAKE:
            way.direct, way.relayed = False, ""
        if now - way.knocked >= (TICK if now - way.since < EAGER else KNOCK) * 0.9:
            way.knocked = now
            for endpoint in road.seen:
                self._ask(Asked(road.line, endpoint, peer.key, now, key))
        if up or way.direct or now - way.since < DIRECT:
            wants = False
        elif road.relay:
            wants = False
            if way.relayed != road.relay.endpoint:  # called once it answers: its port may not be open yet
                self._ask(Asked(road.line, road.relay.endpoint, road.relay.key, now, key))
        else:
            wants = True
        if wants != way.wants:
            way.wants = wants
            self.changed()

    def _ask(self, asked: Asked) -> None:
        sock, (host, _, port) = self.sockets.get(asked.line), asked.endpoint.rpartition(":")
        if sock is None or host.startswith("["):
            return
        number = secrets.token_bytes(seen.NUMBER)
        self.asked[number] = asked
        with contextlib.suppress(OSError):
            sock.sendto(seen.question(number, asked.key), (host, int(port)))

    def _read(self, line: str, sock: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                data, sender = sock.recvfrom(64)
                if answer := seen.answer(data, self.system.keys, sender):
                    sock.sendto(answer, sender)
                elif asked := self.asked.pop(seen.number_of(data), None):
                    place = seen.place(data, asked.key)
                    if place and asked.line == line and asked.endpoint == f"{sender[0]}:{sender[1]}":
                        self._answered(asked, place)

    def _answered(self, asked: Asked, place: str) -> None:
        if asked.road is None:
            before = self.endpoint(asked.line)
            self.seen.setdefault(asked.line, {})[asked.endpoint] = Seen(place, self._now())
            if self.endpoint(asked.line) != before:
                self.changed()
            return
        way, peer = self.ways.get(asked.road), self.peers.get(asked.road[0])
        if way and peer and not way.direct and way.relayed != asked.endpoint:
            if asked.key == peer.key:
                way.direct, way.since, way.wants = True, self._now(), False
            else:
                way.relayed = asked.endpoint
            task = asyncio.create_task(self._call(peer, asked.line, asked.endpoint))
            self.moving.add(task)
            task.add_done_callback(self.moving.discard)

    async def _call(self, peer: Peer, line: str, endpoint: str) -> None:
        """Have the tunnel go to an endpoint from now on."""
        try:
            # One of the two begins: WireGuard forgets a handshake that it began when one comes in.
            if self.identity.box > peer.box:
                await asyncio.sleep(AFTER)
            # A session that does not carry is made anew: a relay learns who calls by the handshake.
            afresh = not self.prober.standing(peer.box, line)["up"]
            await self.system.call(wireguard.device(line), peer, endpoint, afresh)
        except Fault as fault:
            log.warning("%s", fault)
            return
        log.info("%s by %s at %s", peer.name, line, endpoint)
        self.prober.again(peer.box, line)
        self.changed()

    def _open(self, at: int, line: str) -> None:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, wireguard.mark(at))
        try:
            sock.bind(("", SHARED + at))
        except OSError as error:
            sock.close()
            log.warning("port %d: %s", SHARED + at, error)
            return
        self.sockets[line] = sock
        asyncio.get_running_loop().add_reader(sock, self._read, line, sock)

    def _close(self) -> None:
        for sock in self.sockets.values():
            asyncio.get_running_loop().remove_reader(sock)
            sock.close()
        self.sockets, self.asked, self.seen = {}, {}, {}

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


def table(config: Config) -> str:
    """Rules that let a socket of ours share the port of each line's tunnel."""
    # No connections of anybody, and no more than we can answer.
    sharing = f"notrack limit rate {MOST}/second burst {MOST} packets"
    out, come = [], []
    for at, line in enumerate(config.lines):
        out.append(
            f"meta mark {wireguard.mark(at):#x} udp sport {SHARED + at} notrack udp sport set {line.port}"
        )
        come.append(f"udp dport {line.port} {seen.SHARED} {sharing} udp dport set {SHARED + at}")
    rules = "\n    ".join
    return f"""\
table inet {TABLE}
delete table inet {TABLE}
table inet {TABLE} {{
  chain out {{
    type filter hook output priority raw; policy accept;
    {rules(out)}
  }}
  chain come {{
    type filter hook prerouting priority raw; policy accept;
    {rules(come)}
  }}
}}
"""
