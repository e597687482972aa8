"""What REQ, ANS and END frames carry (docs/wire.md, "Messages").

    REQ          base u16‖… | sig 64 | target salt 16 | body salt 16 | asked u32‖… | body
    ANS          base u16‖… | sig 64 | body salt 16 | facts u16‖… | body
    ANS+STREAM   body salt 16 | facts u16‖…            then CHUNK …, then
    END          base u16‖… | sig 64

`base` is the RFC 9421 signature base, from which the head is read. `asked` is the request's first line and
headers as the X-Road request hash takes them; the committed target is made from it. `facts` are content
type, request hash and the query of the next page, a line each.
"""

import re
import struct
from typing import NamedTuple

from pendopo.core.errors import Fault
from pendopo.core.exchange import target

STREAM = 1  # flag of ANS: the body follows in CHUNK frames
_lengths = struct.Struct(">H")
_asked = struct.Struct(">I")
_facts = re.compile(rb"[!-~ ]{0,255}\n[A-Za-z0-9+/=]{0,88}\n[!-~]{0,9000}")


class Req(NamedTuple):
    base: bytes
    sig: bytes
    target_salt: bytes
    body_salt: bytes
    asked: bytes
    body: bytes

    def pack(self) -> bytes:
        return b"".join(
            (
                _lengths.pack(len(self.base)),
                self.base,
                self.sig,
                self.target_salt,
                self.body_salt,
                _asked.pack(len(self.asked)),
                self.asked,
                self.body,
            )
        )

    @classmethod
    def read(cls, raw: bytes) -> "Req":
        """`Fault wire.malformed` when the parts do not fit."""
        try:
            (size,) = _lengths.unpack_from(raw)
            at = 2 + size
            (asked,) = _asked.unpack_from(raw, at + 96)
            begin = at + 100
        except struct.error:
            raise Fault("wire.malformed") from None
        if begin + asked > len(raw):
            raise Fault("wire.malformed")
        return cls(
            raw[2:at],
            raw[at : at + 64],
            raw[at + 64 : at + 80],
            raw[at + 80 : at + 96],
            raw[begin : begin + asked],
            raw[begin + asked :],
        )


class Facts(NamedTuple):
    """What an answer says beside its body. Not signed: it follows from the request and the body."""

    content_type: bytes
    request_hash: bytes
    next: bytes

    def pack(self) -> bytes:
        text = b"\n".join(self)
        return _lengths.pack(len(text)) + text

    @classmethod
    def read(cls, text: bytes) -> "Facts":
        if not _facts.fullmatch(text):
            raise Fault("wire.malformed")
        return cls(*text.split(b"\n"))


class Ans(NamedTuple):
    base: bytes
    sig: bytes
    salt: bytes
    facts: Facts
    body: bytes

    def pack(self) -> bytes:
        return b"".join(
            (_lengths.pack(len(self.base)), self.base, self.sig, self.salt, self.facts.pack(), self.body)
        )

    @classmethod
    def read(cls, raw: bytes) -> "Ans":
        try:
            at = 2 + _lengths.unpack_from(raw)[0]
            begin = at + 82
            size = _lengths.unpack_from(raw, at + 80)[0]
        except struct.error:
            raise Fault("wire.malformed") from None
        if begin + size > len(raw):
            raise Fault("wire.malformed")
        facts = Facts.read(raw[begin : begin + size])
        return cls(raw[2:at], raw[at : at + 64], raw[at + 64 : at + 80], facts, raw[begin + size :])


def pack_start(salt: bytes, facts: Facts) -> bytes:
    """ANS+STREAM."""
    return salt + facts.pack()


def read_start(raw: bytes) -> tuple[bytes, Facts]:
    if len(raw) < 18 or len(raw) != 18 + _lengths.unpack_from(raw, 16)[0]:
        raise Fault("wire.malformed")
    return raw[:16], Facts.read(raw[18:])


def pack_end(base: bytes, sig: bytes) -> bytes:
    """END."""
    return _lengths.pack(len(base)) + base + sig


def read_end(raw: bytes) -> tuple[bytes, bytes]:
    if len(raw) < 66 or len(raw) != 66 + _lengths.unpack_from(raw)[0]:
        raise Fault("wire.malformed")
    return raw[2:-64], raw[-64:]


def asked(method: bytes, path_query: bytes, headers: list[tuple[bytes, bytes]]) -> bytes:
    """The head that X-Road-Request-Hash covers: verb, path with query, `name:value` each, ended by CRLF."""
    lines = b"".join([b"%b:%b\r\n" % header for header in headers])
    return b"%b\r\n%b\r\n%b" % (method, path_query, lines)


def read_asked(head: bytes) -> tuple[bytes, bytes, list[tuple[bytes, bytes]]]:
    """Method, path with query, and headers (names lower case); `Fault wire.malformed`."""
    method, *lines = head.split(b"\r\n")
    if len(lines) < 2 or lines[-1]:
        raise Fault("wire.malformed")
    headers = []
    for line in lines[1:-1]:
        name, colon, value = line.partition(b":")
        if not colon:
            raise Fault("wire.malformed")
        headers.append((name.lower(), value.strip()))
    return method, lines[0], headers


def target_of(head: bytes) -> bytes:
    """The bytes that the request's target commitment covers (`core.exchange.target`)."""
    return target(*read_asked(head))
