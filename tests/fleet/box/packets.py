"""Real packets between the machines of sites, many at once: which of them arrive."""

import contextlib
import errno
import itertools
import selectors
import socket
import struct
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tests.fleet.box.spaces import family, inside

TCP, UDP, ICMP = "tcp", "udp", "icmp"
ECHO = {4: (8, 0), 6: (128, 129)}  # ICMP types: question, answer (RFC 792, RFC 4443)


@dataclass(frozen=True, slots=True)
class Packet:
    """What one machine sends another; `port` is None for icmp."""

    source: str
    target: str
    protocol: str
    port: int | None

    @property
    def version(self) -> int:
        return 6 if ":" in self.target else 4


class Machines:
    """Machines that answer at some ports; `spaces` are address → network namespace."""

    def __init__(self, spaces: dict[str, str], tcp: Iterable[int], udp: Iterable[int]) -> None:
        self.spaces = spaces
        self.stack = contextlib.ExitStack()
        self.numbers = itertools.count(1)
        self.servers, self.echoes = [], {}
        for address, space in spaces.items():
            for kind, ports in ((socket.SOCK_STREAM, tcp), (socket.SOCK_DGRAM, udp)):
                for port in ports:
                    self.servers.append(self._made(space, address, kind, port))
            kind = socket.IPPROTO_ICMPV6 if ":" in address else socket.IPPROTO_ICMP
            self.echoes[address] = self._made(space, address, socket.SOCK_RAW, 0, kind)

    def _made(self, space: str, address: str, kind: int, port: int, protocol: int = 0) -> socket.socket:
        def make() -> socket.socket:
            sock = socket.socket(family(address), kind, protocol)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((address, port))
            sock.setblocking(False)
            if kind == socket.SOCK_STREAM and port:
                sock.listen(128)
            return sock

        return self.stack.enter_context(inside(space, make))

    def arrived(self, sent: Iterable[Packet], enough: Callable[[set[Packet]], bool], seconds: float = 20.0):
        """The packets that arrived, of those that are sent now: a connection came about, a datagram was
        received, an echo was answered. Looks until `enough` of what arrived so far."""
        with contextlib.ExitStack() as stack, selectors.DefaultSelector() as selector:
            numbers = {next(self.numbers): packet for packet in sent}
            for server in self.servers:
                if server.type == socket.SOCK_DGRAM:
                    selector.register(server, selectors.EVENT_READ, None)
            for sock in self.echoes.values():
                selector.register(sock, selectors.EVENT_READ, None)
            for number, packet in numbers.items():
                self._send(number, packet, stack, selector)
            found: set[Packet] = set()
            end = time.monotonic() + seconds
            while not enough(found):
                assert time.monotonic() < end, (len(found), len(numbers))
                for key, _ in selector.select(0.05):
                    if key.data is not None:
                        if not key.fileobj.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                            found.add(key.data)
                        selector.unregister(key.fileobj)
                    else:
                        found |= {numbers[one] for one in _received(key.fileobj) if one in numbers}
            return found

    def _send(self, number: int, packet: Packet, stack, selector) -> None:
        space = self.spaces[packet.source]
        if packet.protocol == ICMP:
            question = ECHO[packet.version][0]
            said = struct.pack(">BBHHH", question, 0, 0, number, 1)
            if packet.version == 4:
                said = struct.pack(">BBHHH", question, 0, _checksum(said), number, 1)
            self.echoes[packet.source].sendto(said, (packet.target, 0))
            return
        kind = socket.SOCK_STREAM if packet.protocol == TCP else socket.SOCK_DGRAM

        def make() -> socket.socket:
            sock = socket.socket(family(packet.source), kind)
            sock.setblocking(False)
            sock.bind((packet.source, 0))
            return sock

        sock = stack.enter_context(inside(space, make))
        if packet.protocol == UDP:
            sock.sendto(number.to_bytes(4), (packet.target, packet.port))
        else:
            code = sock.connect_ex((packet.target, packet.port))
            assert code in (0, errno.EINPROGRESS), errno.errorcode[code]
            selector.register(sock, selectors.EVENT_WRITE, packet)

    def close(self) -> None:
        self.stack.close()


def _received(sock: socket.socket) -> Iterable[int]:
    """The numbers in what a socket holds: of datagrams, or of answers to echoes."""
    with contextlib.suppress(BlockingIOError):
        while True:
            said = sock.recv(2048)
            if sock.type == socket.SOCK_DGRAM:
                yield int.from_bytes(said[:4])
                continue
            version = 4 if sock.family == socket.AF_INET else 6
            said = said[(said[0] & 15) * 4 :] if version == 4 else said
            if said[0] == ECHO[version][1]:
                yield int.from_bytes(said[4:6])


def _checksum(said: bytes) -> int:
    """Of the Internet (RFC 1071)."""
    total = sum(struct.unpack(f">{len(said) // 2}H", said))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
