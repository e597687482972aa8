"""One TLS connection to a peer: hello, ping, control messages, and the frames of exchanges."""

import asyncio
import itertools
import logging
import re
import time

from pendopo.core import strict
from pendopo.core.errors import Fault
from pendopo.core.exchange import CTL, FAULT, HELLO, PING, Frame, FrameReader
from pendopo.gateway.link.channel import Channel
from pendopo.gateway.link.tls import spki_sha

say = logging.getLogger("pendopo.gateway.link")

VERSIONS = [1]
ALGS = ["ed25519"]
CLOCK_MS = 60_000
HELLO_SECONDS = 10
PING_SECONDS = 10
SILENT_SECONDS = 35
ANSWER = 1  # flag of a ping or control message that answers one
HIGH_WATER = 1 << 20
_code = re.compile(r"[a-z0-9_]{1,40}\.[a-z0-9_]{1,40}")
# What TLS decrypts into, for every link: frames are cut out of it before another link is read.
_buffer = memoryview(bytearray(256 * 1024))


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class Link(Channel, asyncio.BufferedProtocol):
    """`gateway` answers: who a key belongs to, what we say in hello, what to do with each message."""

    def __init__(self, gateway, dialled: bool, wanted: str = "") -> None:
        super().__init__(gateway.serve, odd=dialled)
        self.gateway, self.dialled, self.wanted = gateway, dialled, wanted
        self.reader = FrameReader()
        self.ready = self.loop.create_future()  # result: None once both hellos are right; else a Fault
        self.ready.add_done_callback(lambda f: f.cancelled() or f.exception())
        self.clock_ms = 0
        self.since = 0
        self.heard = self.loop.time()
        self.asked: dict[int, asyncio.Future] = {}
        self.numbers = itertools.count(1)
        self.timer: asyncio.TimerHandle | None = None

    # --- the connection

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        transport.set_write_buffer_limits(high=HIGH_WATER)
        self.timer = self.loop.call_later(HELLO_SECONDS, self._slow)
        try:
            der = transport.get_extra_info("ssl_object").getpeercert(binary_form=True)
            self.spki = spki_sha(der)
            self.peer = self.gateway.node_of_key(self.spki)
            if self.wanted and self.peer != self.wanted:
                raise Fault("link.other_node", wanted=self.wanted, found=self.peer)
        except Fault as fault:
            self.refuse(fault)
            return
        self.send(HELLO, 0, strict.dumps(self.gateway.hello() | {"v": 1, "versions": VERSIONS, "algs": ALGS}))

    def connection_lost(self, exc: Exception | None) -> None:
        if self.timer is not None:
            self.timer.cancel()
        if not self.ready.done():
            self.ready.set_exception(Fault("link.closed"))
        for future in self.asked.values():
            if not future.done():
                future.set_exception(Fault("link.closed"))
        self.lost()
        self.gateway.unlinked(self)

    def pause_writing(self) -> None:
        self.writable.clear()

    def resume_writing(self) -> None:
        self.writable.set()

    def move(self, frames: list[bytes]) -> None:
        self.transport.write(frames[0] if len(frames) == 1 else b"".join(frames))

    def refuse(self, fault: Fault) -> None:
        """Say why, and close."""
        say.warning("link with %s closed: %s", self.node or getattr(self, "peer", "?"), fault)
        if not self.ready.done():
            self.ready.set_exception(fault)
        if not self.closed:
            self.send(FAULT, 0, fault_bytes(fault))
            self._flush()
            self.closed = True
            self.transport.close()

    def _slow(self) -> None:
        self.refuse(Fault("link.silent"))

    # --- frames

    def get_buffer(self, sizehint: int) -> memoryview:
        return _buffer

    def buffer_updated(self, size: int) -> None:
        self.heard = self.loop.time()
        try:
            for frame in self.reader.feed(_buffer[:size]):
                if self.closed:
                    return
                if frame.stream:
                    if not self.node:
                        raise Fault("link.hello_first")
                    self.dispatch(frame)
                else:
                    self._own(frame)
        except Fault as fault:
            self.refuse(fault)

    def _own(self, frame: Frame) -> None:
        """A frame of stream 0."""
        if frame.type == FAULT:
            fault = read_fault(frame.payload)
            say.warning("%s closes the link: %s", getattr(self, "peer", "?"), fault)
            if not self.ready.done():
                self.ready.set_exception(fault)
            self.transport.close()
        elif frame.type == HELLO and not self.node:
            self._hello(strict.loads(frame.payload))
        elif not self.node:
            raise Fault("link.hello_first")
        elif frame.type == PING:
            self._ping(frame)
        elif frame.type == CTL:
            message = strict.loads(frame.payload)
            if frame.flags & ANSWER:
                future = self.asked.pop(message.get("id"), None)
                if future is not None and not future.done():
                    future.set_result(message)
            else:
                self.gateway.control_message(self, message)

    def _hello(self, hello: dict) -> None:
        versions, clock = hello.get("versions"), hello.get("clock")
        if not isinstance(versions, list) or not set(versions) & set(VERSIONS):
            raise Fault("link.version", ours=str(VERSIONS), theirs=str(versions)[:80])
        if hello.get("node") != self.peer:
            raise Fault("link.other_node", wanted=self.peer, found=str(hello.get("node"))[:80])
        if not isinstance(clock, int) or abs(clock - now_ms()) > CLOCK_MS:
            off = round((clock - now_ms()) / 1000) if isinstance(clock, int) else 0
            raise Fault("link.clock", seconds=off)
        self.node = self.peer
        self.clock_ms, self.since = clock - now_ms(), now_ms()
        self.timer.cancel()
        self.timer = self.loop.call_later(PING_SECONDS, self._tick)
        if not self.ready.done():
            self.ready.set_result(None)
        self.gateway.linked(self, hello)

    def _tick(self) -> None:
        if self.loop.time() - self.heard > SILENT_SECONDS:
            self.refuse(Fault("link.silent"))
            self.transport.abort()
            return
        self.send(PING, 0, now_ms().to_bytes(8, "big"))
        self.timer = self.loop.call_later(PING_SECONDS, self._tick)

    def _ping(self, frame: Frame) -> None:
        """A ping carries the sender's clock; its answer adds ours."""
        if not frame.flags & ANSWER:
            self.send(PING, 0, frame.payload[:8] + now_ms().to_bytes(8, "big"), ANSWER)
            return
        sent, theirs = int.from_bytes(frame.payload[:8], "big"), int.from_bytes(frame.payload[8:16], "big")
        self.clock_ms = theirs - (sent + now_ms()) // 2
        if abs(self.clock_ms) > CLOCK_MS:
            raise Fault("link.clock", seconds=round(self.clock_ms / 1000))

    # --- control messages

    async def ask(self, kind: str, seconds: float = 10, **fields: object) -> dict:
        """A control message and its answer; raises Fault when the peer refuses, or is silent or gone."""
        if self.closed:
            raise Fault("link.closed")
        number = next(self.numbers)
        future = self.asked[number] = self.loop.create_future()
        self.send(CTL, 0, strict.dumps({"id": number, "kind": kind} | fields))
        try:
            message = await asyncio.wait_for(future, seconds)
        except TimeoutError:
            raise Fault("link.silent") from None
        finally:
            self.asked.pop(number, None)
        if "code" in message:
            raise said(message["code"], message.get("params"))
        return message

    def answer(self, asked: dict, fields: dict) -> None:
        """Answer a peer's control message; a Fault travels as its code and params."""
        self.send(CTL, 0, strict.dumps({"id": asked.get("id")} | fields), ANSWER)


def fault_bytes(fault: Fault) -> bytes:
    """A fault as it travels in a frame."""
    return strict.dumps(fault_fields(fault))


def fault_fields(fault: Fault) -> dict:
    """A fault as a JSON object."""
    return {"code": fault.code, "params": {k: _plain(v) for k, v in fault.params.items()}}


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | bool) or value is None else str(value)


def said(code: object, params: object) -> Fault:
    """A peer's refusal as ours; what is no code becomes `link.fault`.

    The code goes into our log and into a header of our answer: nothing else may travel in its place.
    """
    try:
        if _code.fullmatch(code):
            return Fault(code, **{name: _plain(value) for name, value in params.items()})
    except (TypeError, AttributeError):
        pass
    return Fault("link.fault")


def read_fault(payload: bytes) -> Fault:
    """The fault in a frame."""
    try:
        value = strict.loads(payload)
        return said(value["code"], value["params"])
    except (Fault, KeyError):
        return Fault("link.fault")
