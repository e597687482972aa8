"""A channel carries frames of many streams in both directions; `Link` is one over TLS, `Loop` one in memory.

Frames sent in one turn of the event loop leave in one write. Each side numbers the streams it opens: the
side that dialled takes odd numbers, the other even ones. Stream 0 belongs to the link itself.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

from pendopo.core.exchange import FAULT, REQ, Frame, pack

STREAMS_MAX = 4096  # streams a peer may have open towards us at once


class Stream(Protocol):
    """One side of an exchange on a channel."""

    def on_frame(self, frame: Frame) -> None:
        """The next frame of the stream."""

    def on_lost(self) -> None:
        """The channel is gone: no further frame comes or can be sent."""


class Channel:
    """Streams over something that moves bytes; `serve(channel, frame)` takes a peer's new request and enters
    itself in `streams`."""

    def __init__(self, serve: Callable[["Channel", Frame], None], odd: bool) -> None:
        self.serve = serve
        self.node = ""  # the peer, once it is known
        self.streams: dict[int, Stream] = {}
        self.next_stream = 1 if odd else 2
        self.out: list[bytes] = []
        self.closed = False
        self.writable = asyncio.Event()
        self.writable.set()
        self.loop = asyncio.get_running_loop()

    # --- sending

    def open(self, stream: Stream) -> int:
        """Number a new stream of ours; `stream` gets its frames until `drop`."""
        number = self.next_stream
        self.next_stream = number + 2 if number < 0xFFFFFFF0 else 2 - number % 2
        self.streams[number] = stream
        return number

    def drop(self, number: int) -> None:
        """The stream is over on our side; later frames of it are ignored."""
        self.streams.pop(number, None)

    def send(self, type: int, stream: int, payload: bytes, flags: int = 0) -> None:
        """Queue a frame; it leaves at the end of this turn."""
        if self.closed:
            return
        if not self.out:
            self.loop.call_soon(self._flush)
        self.out.append(pack(type, stream, flags, payload))

    def _flush(self) -> None:
        out, self.out = self.out, []
        if out and not self.closed:
            self.move(out)

    def move(self, frames: list[bytes]) -> None:
        """Hand the bytes to the other side."""
        raise NotImplementedError

    # --- receiving

    def dispatch(self, frame: Frame) -> None:
        """One frame of a stream other than 0."""
        stream = self.streams.get(frame.stream)
        if stream is not None:
            stream.on_frame(frame)
        elif frame.type == REQ and frame.stream % 2 != self.next_stream % 2:
            if len(self.streams) >= STREAMS_MAX:
                self.send(FAULT, frame.stream, b'{"code":"gateway.busy","params":{}}')
                return
            self.serve(self, frame)

    def lost(self) -> None:
        """Tell every stream, once."""
        self.closed = True
        self.writable.set()
        streams, self.streams = self.streams, {}
        for stream in streams.values():
            stream.on_lost()


class Loop(Channel):
    """Both ends of an exchange between two agencies of one node: the same frames, no network."""

    def __init__(self, serve: Callable[[Channel, Frame], None], odd: bool) -> None:
        super().__init__(serve, odd)
        self.other: Loop

    def move(self, frames: list[bytes]) -> None:
        self.other.loop.call_soon(self.other.arrive, frames)

    def arrive(self, frames: list[bytes]) -> None:
        for raw in frames:
            self.dispatch(Frame.read(raw))

    @classmethod
    def pair(cls, node: str, serve: Callable[[Channel, Frame], None]) -> tuple["Loop", "Loop"]:
        """Two connected ends; requests are opened on the first."""
        a, b = cls(serve, odd=True), cls(serve, odd=False)
        a.other, b.other = b, a
        a.node = b.node = node
        return a, b
