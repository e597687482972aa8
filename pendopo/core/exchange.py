"""What travels between two gateways: heads, salted commitments, and frames.

A head is what one agency signs. It holds no personal data: what was asked for and what was answered stand
in it as SHA-256(salt ‖ data) under a fresh 16-byte salt, and only an opening shows them (docs/wire.md).
"""

import struct
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import NamedTuple, Self

from .errors import Fault

SALT = 16

HELLO, REQ, CHUNK, END, ANS, FAULT, CTL, PING = range(1, 9)
VERSION = 1
# Longest frame after its length field: an answer with a body of 1 MiB and its headers fits several times.
FRAME_MAX = 4 << 20
_frame = struct.Struct(">IBBIB")
_HEAD = _frame.size - 4


class RequestHead(NamedTuple):
    """What the requester signs. Commitments are 32 bytes; `created` is Unix seconds; `key` a thumbprint.

    `agreement` and `rev` are None for the built-in services, `purpose` where none was said.
    """

    exchange: str
    client: str
    service: str
    agreement: str | None
    rev: int | None
    purpose: str | None
    target: bytes
    body: bytes
    created: int
    key: str
    nonce: str


class AnswerHead(NamedTuple):
    """What the provider signs, together with the request's signature. `size` counts the body's bytes."""

    status: int
    exchange: str
    rows: int
    size: int
    body: bytes
    created: int
    key: str


def commit(salt: bytes, data: bytes) -> bytes:
    """The commitment to `data`: 32 bytes. A body that comes in pieces goes through `sha256(salt)`."""
    return sha256(salt + data).digest()


def target(method: bytes, path_query: bytes, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """What a request asks for, as bytes to commit to: `METHOD path?query`, then `name:value` a line.

    Path and query are those the program sent, names are lower case, values without blanks around them. No
    part can hold a line feed (`Fault exchange.target`), so no two requests give the same bytes.
    """
    lines = [method + b" " + path_query]
    lines += [name + b":" + value for name, value in headers]
    text = b"\n".join(lines)
    if text.count(b"\n") != len(lines) - 1:
        raise Fault("exchange.target")
    return text


class Frame(NamedTuple):
    """One frame: `len u32 | ver u8 | type u8 | stream u32 | flags u8 | payload`, big endian.

    `len` counts what follows it. Stream 0 belongs to the link itself.
    """

    type: int
    stream: int
    flags: int
    payload: bytes

    @classmethod
    def read(cls, raw: bytes) -> Self:
        """The one frame that `raw` is; `Fault frame.*` when it is not exactly one."""
        frames = list(FrameReader().feed(raw))
        if len(frames) != 1 or len(raw) != _frame.size + len(frames[0].payload):
            raise Fault("frame.length", length=len(raw), limit=FRAME_MAX)
        return frames[0]


def pack(type: int, stream: int, flags: int = 0, payload: bytes = b"") -> bytes:
    """A frame's bytes; `Fault frame.length` when it is too long to be taken."""
    if len(payload) > FRAME_MAX - _HEAD:
        raise Fault("frame.length", length=len(payload) + _HEAD, limit=FRAME_MAX)
    return _frame.pack(len(payload) + _HEAD, VERSION, type, stream, flags) + payload


class FrameReader:
    """Cuts a byte stream into frames, however it arrives."""

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that `data` completes, in order; what is left waits for more.

        Raises `Fault frame.length`, `frame.version` or `frame.type` as soon as a header shows it; the frames
        before it were given by then. Nothing can be read after a fault.
        """
        if self._rest:
            data = self._rest + data
            self._rest = b""
        at, end = 0, len(data)
        while end - at >= _frame.size:
            length, version, type, stream, flags = _frame.unpack_from(data, at)
            if not _HEAD <= length <= FRAME_MAX:
                raise Fault("frame.length", length=length, limit=FRAME_MAX)
            if version != VERSION:
                raise Fault("frame.version", version=version)
            if not HELLO <= type <= PING:
                raise Fault("frame.type", type=type)
            after = at + 4 + length
            if after > end:
                break
            yield Frame(type, stream, flags, bytes(data[at + _frame.size : after]))
            at = after
        self._rest = bytes(data[at:]) if at else bytes(data)
