"""HTTP as far as a box needs it to ask its controller: one request, one answer, over the line it says."""

import asyncio
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pendopo.core.errors import Fault

MOST = 8 << 20  # bytes of an answer
CONNECT = 5.0  # seconds
RESOLVE = 2.0  # seconds for the addresses of a name, while those found earlier are known
# A line that dies while the controller holds our question is noticed in some ten seconds (tcp(7)).
ALIVE = {socket.TCP_KEEPIDLE: 5, socket.TCP_KEEPINTVL: 2, socket.TCP_KEEPCNT: 3}


_found: dict[tuple[str, int], list] = {}  # host and port → its addresses, as they were found last


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, body, and headers by their names in lower case."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


async def call(
    url: str,
    method: str,
    target: str,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    mark: int = 0,
    seconds: float = 10.0,
) -> Answer:
    """Ask `url` (scheme, host, port) for `target`; packets carry `mark`, which chooses the line.

    Raises `Fault box.unreachable` for anything that is no whole answer within `seconds`.
    """
    try:
        async with asyncio.timeout(seconds):
            return await _call(url, method, target, body, headers or {}, mark)
    except (OSError, EOFError, ValueError, IndexError, TimeoutError, asyncio.LimitOverrunError) as error:
        why = str(error) or type(error).__name__
        raise Fault("box.unreachable", url=url, why=why[:120]) from None


async def _call(
    url: str, method: str, target: str, body: bytes, headers: Mapping[str, str], mark: int
) -> Answer:
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    sock = await _connected(parts.hostname, parts.port or (443 if secure else 80), mark)
    reader, writer = await asyncio.open_connection(
        sock=sock, ssl=_context() if secure else None, server_hostname=parts.hostname if secure else None
    )
    try:
        lines = [f"{method} {target} HTTP/1.1", f"Host: {parts.netloc}", "Connection: close"]
        lines += [f"Content-Length: {len(body)}", *(f"{name}: {value}" for name, value in headers.items())]
        if body:
            lines.append("Content-Type: application/json")
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        await writer.drain()
        return await _answer(reader)
    finally:
        writer.close()


async def _connected(host: str, port: int, mark: int) -> socket.socket:
    """A connection to the first address of the host that takes one."""
    loop = asyncio.get_running_loop()
    last: OSError | TimeoutError = OSError(f"{host} has no address")
    for family, kind, protocol, _, address in await _addresses(host, port):
        sock = socket.socket(family, kind, protocol)
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            for option, value in ALIVE.items():
                sock.setsockopt(socket.IPPROTO_TCP, option, value)
            if mark:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, mark)
            async with asyncio.timeout(CONNECT):
                await loop.sock_connect(sock, address)
            return sock
        except (OSError, TimeoutError) as error:
            sock.close()
            last = error
        except BaseException:
            sock.close()
            raise
    raise last


async def _addresses(host: str, port: int) -> list:
    """What `getaddrinfo` says. A name server that hangs behind a dead line leaves us the last it said: the
    question itself leaves by the line we choose, but the machine's resolver by the one it likes."""
    known = _found.get((host, port))
    asked = asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    try:
        async with asyncio.timeout(RESOLVE if known else None):
            _found[host, port] = await asked
    except (OSError, TimeoutError):
        if known is None:
            raise
    return _found[host, port]


def _context() -> object:
    import ssl

    return ssl.create_default_context()


async def _answer(reader: asyncio.StreamReader) -> Answer:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    status = int(head[0].split(" ")[1])
    fields = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)
    }
    if fields.get("transfer-encoding", "").lower() == "chunked":
        return Answer(status, await _chunks(reader), fields)
    if status == 204:
        return Answer(status, b"", fields)
    size = int(fields["content-length"]) if "content-length" in fields else None
    if size is None:
        body = await reader.read(MOST + 1)
        while len(body) <= MOST and (more := await reader.read(MOST + 1)):
            body += more
    else:
        body = await reader.readexactly(size) if size <= MOST else b"x" * (MOST + 1)
    if len(body) > MOST:
        raise ValueError("too long")
    return Answer(status, body, fields)


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    """A body in pieces (RFC 9112, section 7.1)."""
    body = b""
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        if len(body) + size > MOST:
            raise ValueError("too long")
        body += await reader.readexactly(size)
        await reader.readexactly(2)
    return body
