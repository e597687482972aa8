"""Identifiers of agencies, subsystems and services, and UUIDv7 for everything else.

An identifier is written with slashes, as on the X-Road application interface: `ID/GOV/DUKCAPIL` is an
agency, a fourth part names one of its subsystems, a fifth a service of that subsystem.
"""

import os
import re
import time
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Self

from .errors import Fault

# X-Road's identifier rule without its underscore, and short enough for a header line. A part of dots only
# would be a path trick once the identifier stands in a URL.
PART = r"(?!\.+(?:/|$))[A-Za-z0-9'()+,\-.=?]{1,64}"
_part = re.compile(PART)
_uuid7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_host = re.compile(r"(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})(?:\.[A-Za-z0-9][A-Za-z0-9-]{0,62})*")
_node = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


def _split(text: str, count: int) -> list[str]:
    parts = text.split("/") if isinstance(text, str) else []
    if len(parts) != count or not all(_part.fullmatch(part) for part in parts):
        raise Fault("id.malformed", value=str(text)[:120], parts=count)
    return parts


@dataclass(frozen=True, slots=True, order=True)
class AgencyId:
    """A government body: `INSTANCE/CLASS/CODE`."""

    instance: str
    cls: str
    code: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read three parts; `Fault id.malformed` otherwise."""
        return cls(*_split(text, 3))

    def __str__(self) -> str:
        return f"{self.instance}/{self.cls}/{self.code}"


@dataclass(frozen=True, slots=True, order=True)
class SubsystemId:
    """One information system of an agency: `INSTANCE/CLASS/CODE/SUBSYSTEM`."""

    agency: AgencyId
    code: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read four parts; `Fault id.malformed` otherwise."""
        *agency, code = _split(text, 4)
        return cls(AgencyId(*agency), code)

    def __str__(self) -> str:
        return f"{self.agency}/{self.code}"


@dataclass(frozen=True, slots=True, order=True)
class ServiceId:
    """A service of a subsystem: `INSTANCE/CLASS/CODE/SUBSYSTEM/SERVICE`."""

    subsystem: SubsystemId
    code: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read five parts; `Fault id.malformed` otherwise."""
        *agency, subsystem, code = _split(text, 5)
        return cls(SubsystemId(AgencyId(*agency), subsystem), code)

    @property
    def agency(self) -> AgencyId:
        """The agency that offers the service."""
        return self.subsystem.agency

    def __str__(self) -> str:
        return f"{self.subsystem}/{self.code}"


def is_node(text: str) -> bool:
    """Whether `text` may name a node: lower case letters, digits and inner hyphens, as in a host name."""
    return _node.fullmatch(text) is not None


def uuid7(now_ms: int, rand: bytes) -> str:
    """UUID version 7 (RFC 9562, 5.7) of a Unix time in milliseconds and 10 random bytes."""
    tail = bytearray(rand[:10])
    tail[0] = 0x70 | tail[0] & 0x0F
    tail[2] = 0x80 | tail[2] & 0x3F
    text = f"{now_ms:012x}{tail.hex()}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def new_id() -> str:
    """A fresh UUIDv7 of this machine's clock and random source."""
    return uuid7(time.time_ns() // 1_000_000, os.urandom(10))


def is_uuid7(text: str) -> bool:
    """Whether `text` is a UUIDv7 in the one lower-case form this platform writes."""
    return _uuid7.fullmatch(text) is not None


def uuid7_ms(text: str) -> int:
    """The Unix time in milliseconds that a UUIDv7 carries; `Fault id.uuid` when it is none."""
    if not is_uuid7(text):
        raise Fault("id.uuid", value=text[:60])
    return int(text[:8] + text[9:13], 16)


def host_of(address: str) -> str:
    """The host of "host:port", by which one node dials another: a name, an IPv4 address, or `[IPv6]`.

    `Fault nodes.address` when it is none of these, is the unspecified address, or has no port of 1 to 65535.
    """
    host, _, port = address.rpartition(":")
    if not (port.isascii() and port.isdigit() and len(port) <= 5 and 1 <= int(port) <= 65535):
        raise Fault("nodes.address")
    plain = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    try:
        found = ip_address(plain)
    except ValueError:
        if _host.fullmatch(host) and not host.rpartition(".")[2].isdigit():
            return host.lower()
        raise Fault("nodes.address") from None
    # What stands after "%" is a name on one machine only, and any text at all to Python.
    if found.is_unspecified or "%" in plain or (found.version == 6) != (plain is not host):
        raise Fault("nodes.address")
    return str(found)


def is_loopback(host: str) -> bool:
    """Whether `host`, as `host_of` gives it, is this very machine for whoever dials it."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
