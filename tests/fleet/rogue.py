"""A peer that does not keep the rules: speaks the wire by hand, with any key, clock or bytes."""

import os
import socket
import ssl
import time

from pendopo.core import ids, strict
from pendopo.core.exchange import (
    ANS,
    FAULT,
    HELLO,
    REQ,
    Frame,
    FrameReader,
    RequestHead,
    commit,
    pack,
    target,
)
from pendopo.core.signing import request_base
from pendopo.gateway.link.messages import Req, asked, read_asked
from tests.fleet.world import CLIENT, CONSUMER, SERVICE, World


class Rogue:
    """A connection to a node's gateway side with the link key of `home` (default: the consumer's)."""

    def __init__(self, world: World, to: str, home=None) -> None:
        self.world = world
        home = home or world.nodes[world.hosts[CONSUMER]].home
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.load_cert_chain(home.tls_chain, home.tls_key)
        context.load_verify_locations(cadata=world.root_pem)
        peer = world.nodes[to].home.peer
        raw = socket.create_connection((peer.host, peer.port), timeout=10)
        self.sock = context.wrap_socket(raw)
        self.reader = FrameReader()
        self.frames: list[Frame] = []
        self.node = home.node
        self.stream = 1

    def hello(self, **changes: object) -> Frame:
        """Say hello; the next frame of stream 0."""
        mine = {"v": 1, "node": self.node, "clock": time.time_ns() // 1_000_000, "registry": 10**6}
        mine |= {"versions": [1], "algs": ["ed25519"]} | changes
        self.send(HELLO, 0, strict.dumps(mine))
        frame = self.receive(0)
        if frame.type == HELLO and not changes:
            return frame
        return frame if frame.type == FAULT else self.receive(0)

    def send(self, type: int, stream: int, payload: bytes, flags: int = 0) -> None:
        self.sock.sendall(pack(type, stream, flags, payload))

    def receive(self, stream: int) -> Frame:
        """The next frame of a stream; others are thrown away. EOFError when the peer closes."""
        while True:
            while self.frames:
                frame = self.frames.pop(0)
                if frame.stream == stream:
                    return frame
            data = self.sock.recv(65536)
            if not data:
                raise EOFError
            self.frames += self.reader.feed(data)

    def request(
        self, key=None, signer=None, query: str = "nik=eq.3174000000000007", method=b"GET", **changes
    ) -> Req:
        """A request like a good gateway's, but for `changes` in its head, the key it names or the signer."""
        world = self.world
        key = key or world.keys[CONSUMER, "exchange"]
        exchange = changes.get("exchange") or ids.new_id()
        service = changes.get("service") or SERVICE
        headers = [(b"X-Road-Client", CLIENT.encode()), (b"X-Road-Request-Id", exchange.encode())]
        text = asked(method, f"/r1/{service}?{query}".encode(), headers)
        salts = os.urandom(16), os.urandom(16)
        (agreement,) = world.agreements if len(world.agreements) == 1 else (next(iter(world.agreements)),)
        head = RequestHead(
            exchange, CLIENT, service, agreement, 1, "verifikasi",
            commit(salts[0], target(*read_asked(text))), commit(salts[1], b""), int(time.time()), key.thumb,
            strict.b64e(os.urandom(16)),
        )._replace(**changes)  # fmt: skip
        base = request_base(head)
        return Req(base, (signer or key).sign(base), *salts, text, b"")

    def exchange(self, request: Req) -> tuple[int | str, bytes]:
        """Send it: (ANS, body) or the fault's code."""
        self.send(REQ, self.stream, request.pack())
        frame = self.receive(self.stream)
        self.stream += 2
        if frame.type == ANS:
            return 200, frame.payload
        assert frame.type == FAULT
        return strict.loads(frame.payload)["code"], frame.payload

    def close(self) -> None:
        self.sock.close()
