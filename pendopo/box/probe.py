"""Asks every peer over every line whether it answers, and says which line is to carry the traffic.

One UDP socket a line and family, bound to the tunnel's interface; a question and its answer are 21 bytes:
`PNS1`, what it is, a number, the serial of the sender's deny list (see passing.py). Who may ask is settled
before: WireGuard knows whose address a packet has, and the rules let nobody else in. The line in use is asked
ten times a second where another one could take over, all others once, or less where that is paid for. What is
decided is in lines.py; how long an answer may take follows from how long it took so far, so a line by
satellite is no dead line.
"""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from pendopo.box.lines import INTERVAL, TIMEOUT, Line, Lines, heard, pause
from pendopo.box.nft import PROBES
from pendopo.box.wireguard import NEXT, device, mark, order, public, second
from pendopo.core.boxconfig import Address, Config, Peer

STANDBY = 1.0  # seconds between questions where no traffic waits for the answer
METERED = 10.0  # the same on a line that is paid by volume: 0.1 GB a month and peer
FIRST = 1.0  # seconds for the first answers, whose time nobody knows yet
TIMES = 2.0  # an answer may take so many times as long as usual
SHARE = 0.02  # of the last question in what is lost: the last fifty count
KEEP = 20  # questions whose late answers still teach how long a line takes

_packet = struct.Struct(">4sBQQ")
MAGIC = b"PNS1"
QUESTION, ANSWER, CARRIES = (
    0,
    1,
    2,
)  # what a packet is; a question may say that its tunnel carries the traffic


@dataclass(slots=True)
class Track:
    """One tunnel to one peer: questions that wait for an answer (number → when asked), and the usual time."""

    box: str
    line: str
    to: Address
    metered: bool
    keys: tuple[bytes, bytes]  # ours and the peer's: with others it is another tunnel
    number: int = 0
    asked: float = 0.0  # when last
    waiting: dict[int, float] = field(default_factory=dict)
    late: dict[int, float] = field(default_factory=dict)
    usual: float | None = None  # seconds there and back
    carries: bool = False  # the peer sends its traffic to us by it, as it said last
    loss: float = 0.0  # share of the last questions that nobody answered
    next: asyncio.TimerHandle | None = None
    timers: dict[int, asyncio.TimerHandle] = field(default_factory=dict)

    @property
    def patience(self) -> float:
        """Seconds until a question counts as a silence."""
        return FIRST if self.usual is None else max(TIMEOUT, TIMES * self.usual)


class Prober:
    """Runs on the event loop from `use` on. `moved(box, line)` is called when a peer changes its line,
    `changed()` when a line to a peer begins or ceases to answer, and `newer(address)` when a peer's deny list
    has a higher serial than `deny`."""

    def __init__(
        self,
        moved: Callable[[str, str], None],
        changed: Callable[[], None],
        newer: Callable[[str], None],
    ) -> None:
        self.moved, self.changed, self.newer = moved, changed, newer
        self.deny = 0
        self.order: tuple[str, ...] = ()
        self.loop = asyncio.get_running_loop()
        self.lines: dict[str, Lines] = {}
        self.tracks: dict[tuple[str, str], Track] = {}
        self.sockets: dict[tuple[str, int], tuple[int, socket.socket]] = {}  # interface's index, socket
        self.boxes: dict[Address | str, str] = {}

    def use(self, config: Config, in_use: dict[str, str], there: frozenset[str] = frozenset()) -> None:
        """Ask the peers of a configuration; what is known of a tunnel that stays is kept. `there` are the
        interfaces of second tunnels."""
        self.order = tuple(line.name for line in config.lines)
        self.boxes = {str(one): peer.box for peer in config.peers for one in peer.tunnel}
        orders = {peer.box: order(config, peer, there) for peer in config.peers}
        self._sockets(config, {*self.order, *(name for names in orders.values() for name in names)})
        wanted = {
            (peer.box, name): (to, metered, keys)
            for peer in config.peers
            for name, to, metered, keys in _asked(config, peer, orders[peer.box])
        }
        gone = {
            key
            for key, track in self.tracks.items()
            if wanted.get(key) != (track.to, track.metered, track.keys)
        }
        for key in gone:
            self._forget(self.tracks.pop(key))
        self.lines = {
            box: self._lines(box, names, in_use.get(box), {name for other, name in gone if other == box})
            for box, names in orders.items()
        }
        for (box, name), (to, metered, keys) in wanted.items():
            if (box, name) not in self.tracks:
                track = self.tracks[box, name] = Track(box, name, to, metered, keys)
                self._ask(track)

    def close(self) -> None:
        """Ask nobody any more."""
        for track in self.tracks.values():
            self._forget(track)
        self.tracks = {}
        for key in list(self.sockets):
            self._close(key)

    def again(self, box: str, line: str) -> None:
        """Ask a peer at once: the way to it is another one now."""
        if track := self.tracks.get((box, line)):
            track.next.cancel()
            self._ask(track)

    def standing(self, box: str, line: str) -> dict:
        """How a line to a peer is: whether it answers, the usual time in milliseconds (None: unknown), and
        the percentage of questions that were lost of late."""
        track = self.tracks.get((box, line))
        if track is None:
            return {"up": False, "ms": None, "loss": None}
        return {
            "up": self._line(track).up,
            "ms": None if track.usual is None else round(track.usual * 1000),
            "loss": None if track.usual is None else round(track.loss * 100),
        }

    def used(self, box: str) -> set[str]:
        """The tunnels by which traffic goes to a peer or comes from it, as far as is known."""
        carry = {track.line for track in self.tracks.values() if track.box == box and track.carries}
        active = self.lines[box].active if box in self.lines else None
        return carry | ({active} if active else set())

    def silent(self) -> frozenset[int]:
        """The marks of lines over which no peer answers, where another line has one that does."""
        answering = {track.line.removesuffix(NEXT) for track in self.tracks.values() if self._line(track).up}
        return frozenset(
            mark(at) for at, name in enumerate(self.order) if answering and name not in answering
        )

    def _lines(self, box: str, order: tuple[str, ...], active: str | None, anew: set[str]) -> Lines:
        old = self.lines.get(box)
        if old is None:
            return Lines(order, {}, active)
        each = {name: line for name, line in old.each.items() if name in order and name not in anew}
        return Lines(order, each, old.active if old.active in order else active)

    def _line(self, track: Track) -> Line:
        return self.lines[track.box].each.get(track.line, Line())

    def _sockets(self, config: Config, names: set[str]) -> None:
        """A socket for each interface and family; an interface that was made anew needs a new one."""
        wanted = {}
        for name in names:
            for own in config.tunnel.addresses:
                with contextlib.suppress(OSError):
                    wanted[name, own.version] = (socket.if_nametoindex(device(name)), own)
        for key, (index, sock) in list(self.sockets.items()):
            same = key in wanted and wanted[key][0] == index
            if not same or sock.getsockname()[0] != str(wanted[key][1]):
                self._close(key)
        for key, (index, own) in wanted.items():
            if key not in self.sockets:
                sock = _socket(device(key[0]), own)
                self.sockets[key] = (index, sock)
                self.loop.add_reader(sock, self._read, key[0], sock)

    def _close(self, key: tuple[str, int]) -> None:
        _, sock = self.sockets.pop(key)
        self.loop.remove_reader(sock)
        sock.close()

    def _forget(self, track: Track) -> None:
        for timer in (track.next, *track.timers.values()):
            if timer is not None:
                timer.cancel()

    def _ask(self, track: Track) -> None:
        now = self.loop.time()
        track.number += 1
        track.waiting[track.number] = track.asked = now
        track.timers[track.number] = self.loop.call_later(track.patience, self._silent, track, track.number)
        track.next = self.loop.call_later(self._pause(track), self._ask, track)
        found = self.sockets.get((track.line, track.to.version))
        if found is not None:
            # What cannot be sent is not answered either.
            with contextlib.suppress(OSError):
                kind = CARRIES if self.lines[track.box].active == track.line else QUESTION
                found[1].sendto(_packet.pack(MAGIC, kind, track.number, self.deny), (str(track.to), PROBES))

    def _pause(self, track: Track) -> float:
        """Seconds to the next question: soon after a silence, often where another line could take over."""
        line, lines = self._line(track), self.lines[track.box]
        others = any(one.up for name, one in lines.each.items() if name != track.line)
        if (line.up and line.silences) or (lines.active == track.line and others):
            return pause(line)
        return METERED if track.metered else STANDBY

    def _read(self, line: str, sock: socket.socket) -> None:
        with contextlib.suppress(OSError, struct.error):
            while True:
                data, sender = sock.recvfrom(64)
                magic, kind, number, deny = _packet.unpack(data)
                box = self.boxes.get(sender[0])
                if magic != MAGIC or box is None:
                    continue
                if deny > self.deny:
                    self.newer(sender[0])
                track = self.tracks.get((box, line))
                if kind != ANSWER:
                    if track:
                        track.carries = kind == CARRIES
                    sock.sendto(_packet.pack(MAGIC, ANSWER, number, self.deny), sender)
                    # Whoever can ask can be asked: a line that comes up is up at both ends at once.
                    if track and not self._line(track).up and self.loop.time() - track.asked > INTERVAL:
                        track.next.cancel()
                        self._ask(track)
                elif track:
                    self._answered(track, number)

    def _answered(self, track: Track, number: int) -> None:
        now = self.loop.time()
        asked = track.waiting.pop(number, None)
        if asked is None:
            asked = track.late.pop(number, None)
            if asked is not None:
                self._learn(track, now - asked)
            return
        track.timers.pop(number).cancel()
        self._learn(track, now - asked)
        self._heard(track, now, answer=True)

    def _learn(self, track: Track, took: float) -> None:
        # The first answers may have waited seconds for a handshake: one half as long counts at once, or a
        # line that has just come up could die unnoticed for as long.
        if track.usual is None or took < track.usual / 2:
            track.usual = took
        else:
            track.usual = 0.875 * track.usual + 0.125 * took

    def _silent(self, track: Track, number: int) -> None:
        track.late[number] = track.waiting.pop(number)
        track.timers.pop(number)
        while len(track.late) > KEEP:
            track.late.pop(next(iter(track.late)))
        now = self.loop.time()
        self._heard(track, now, answer=False)
        if track.next is not None and track.next.when() > now + self._pause(track):
            track.next.cancel()
            track.next = self.loop.call_later(self._pause(track), self._ask, track)

    def _heard(self, track: Track, now: float, *, answer: bool) -> None:
        track.loss += SHARE * ((not answer) - track.loss)
        before = self.lines[track.box]
        after = self.lines[track.box] = heard(before, track.line, now, answer=answer)
        if after.active is not None and after.active != before.active:
            self.moved(track.box, after.active)
        if after.each[track.line].up != before.each.get(track.line, Line()).up:
            self.changed()


def _asked(
    config: Config, peer: Peer, names: tuple[str, ...]
) -> Iterator[tuple[str, Address, bool, tuple[bytes, bytes]]]:
    """The tunnels over which a peer is asked: name, where, whether that is paid for, and the keys of both."""
    own = {one.version for one in config.tunnel.addresses}
    to = next((one for one in peer.tunnel if one.version in own), None)
    tunnels = {one.name: one for line in config.lines for one in (line, second(line))}
    for name in names if to else ():
        line = tunnels[name]
        there = peer.second.key if peer.second and name.endswith(NEXT) else peer.key
        yield name, to, line.metered, (public(config, line), there)


def _socket(name: str, own: Address) -> socket.socket:
    family = socket.AF_INET if own.version == 4 else socket.AF_INET6
    sock = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, name.encode())
    sock.bind((str(own), PROBES))
    return sock
