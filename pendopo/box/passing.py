"""The deny list passes from box to box, so that it holds everywhere with the controller down.

Every probe and its answer says the serial of the sender's list. Who hears a higher one than its own fetches
the list at the neighbour's tunnel address, by TCP: it is sent whole, in its envelope, and the connection
closed. Only the controller's signature counts, so nobody can shorten it or put a box on it.
"""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterable

from pendopo.box.nft import PROBES
from pendopo.core.boxconfig import Address

MOST = 1 << 20  # bytes of a list: some four thousand boxes
SECONDS = 5.0
FREEBIND = 15  # IP_FREEBIND, ip(7): the address may come later than we
FREEBIND6 = 78  # IPV6_FREEBIND


async def fetch(address: Address | str) -> bytes:
    """The envelope that a neighbour has; OSError or TimeoutError when it does not give it."""
    async with asyncio.timeout(SECONDS):
        reader, writer = await asyncio.open_connection(str(address), PROBES)
        try:
            found = b""
            while len(found) <= MOST and (more := await reader.read(65536)):
                found += more
        finally:
            writer.close()
    if len(found) > MOST:
        raise OSError("too long")
    return found


async def offer(addresses: Iterable[Address], envelope: Callable[[], bytes]) -> list[asyncio.Server]:
    """Give `envelope()` to whoever connects to one of the box's own addresses; the rules say who may."""

    async def give(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, TimeoutError):
            writer.write(envelope())
            async with asyncio.timeout(SECONDS):
                await writer.drain()
        writer.close()

    return [await asyncio.start_server(give, sock=bound(one, PROBES), backlog=16) for one in addresses]


def bound(address: Address, port: int, kind: int = socket.SOCK_STREAM) -> socket.socket:
    """A socket at an address that the machine may get only later. Raises OSError, as where another program
    answers there."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    sock = socket.socket(family, kind | socket.SOCK_NONBLOCK)
    try:
        if kind == socket.SOCK_STREAM:  # connections that are over do not count
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if address.version == 4:
            sock.setsockopt(socket.IPPROTO_IP, FREEBIND, 1)
        else:
            sock.setsockopt(socket.IPPROTO_IPV6, FREEBIND6, 1)
        sock.bind((str(address), port))
    except OSError:
        sock.close()
        raise
    return sock
