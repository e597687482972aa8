"""A small HTTP/1.1 server on httptools callbacks: no task and no framework for a request.

`Connection` parses, keeps limits and order, and hands each complete request to `handle(request, reply)`.
Requests of one connection are handed on one at a time, so pipelined ones are answered in order.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from email.utils import formatdate
from http import HTTPStatus
from ipaddress import ip_address

import httptools

say = logging.getLogger("pendopo.gateway.http")

URL_MAX = 8192
HEADERS_MAX = 32768
HEADER_COUNT_MAX = 100
BODY_MAX = 1 << 20
PIPELINE_MAX = 64
REQUEST_SECONDS = 20  # from the first byte of a request to its last
IDLE_SECONDS = 75
CONNECTIONS_MAX = 4096  # of a server; the gateway may open twice as many files
HIGH_WATER = 512 * 1024  # bytes waiting in a client's socket buffer before a stream pauses

FULL = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
STATUS = {s.value: f"HTTP/1.1 {s.value} {s.phrase}\r\n".encode() for s in HTTPStatus}


class Request:
    """One request as it came: `headers` in order as (lower-case name, name as sent, value)."""

    __slots__ = ("body", "headers", "http10", "keep_alive", "method", "problem", "url")

    def __init__(self) -> None:
        self.url = b""
        self.headers: list[tuple[bytes, bytes, bytes]] = []
        self.body = b""
        self.problem = ""  # "url", "header", "body", "syntax": over a limit or not HTTP

    def header(self, name: bytes) -> bytes | None:
        """Value of the last header `name` (lower case), or None."""
        found = None
        for key, _, value in self.headers:
            if key == name:
                found = value
        return found


class _Date:
    """The Date header, made once a second."""

    at = 0
    line = b""


def date_line() -> bytes:
    now = int(time.time())
    if now != _Date.at:
        _Date.at, _Date.line = now, b"Date: " + formatdate(now, usegmt=True).encode() + b"\r\n"
    return _Date.line


class Reply:
    """Answers one request. Either `send`, or `start`, `write` …, `end`; `abort` breaks a started one off."""

    __slots__ = ("closed", "conn", "head_only", "on_drain", "request", "started")

    def __init__(self, conn: "Connection", request: Request) -> None:
        self.conn, self.request = conn, request
        self.head_only = request.method == b"HEAD"
        self.on_drain: Callable[[], None] | None = None
        self.closed: Callable[[], None] | None = None  # called when the client goes away first
        self.started = False

    def send(self, status: int, headers: bytes, body: bytes) -> None:
        """A whole answer; `headers` are complete lines with their CRLF."""
        conn = self.conn
        if conn.transport.is_closing():
            return conn.finish(self)
        if status != 204:
            headers += b"Content-Length: %d\r\n" % len(body)
        if not self.request.keep_alive:
            headers += b"Connection: close\r\n"
        if self.head_only:
            body = b""
        conn.transport.write(b"".join((STATUS[status], date_line(), headers, b"\r\n", body)))
        return conn.finish(self)

    def start(self, status: int, headers: bytes) -> None:
        """Begin a chunked answer (to an HTTP/1.0 client: until close, and so without a proof of its end)."""
        self.started = True
        conn = self.conn
        if conn.transport.is_closing():
            return
        if self.request.http10:
            self.request.keep_alive = False
            coding = b"Connection: close\r\n"
        else:
            coding = b"Transfer-Encoding: chunked\r\n"
            if not self.request.keep_alive:
                coding += b"Connection: close\r\n"
        conn.transport.write(b"".join((STATUS[status], date_line(), headers, coding, b"\r\n")))

    def write(self, data: bytes) -> bool:
        """One piece of a started answer; False when the client is slow: wait for `on_drain`."""
        conn = self.conn
        if conn.transport.is_closing() or self.head_only or not data:
            return not conn.paused
        if self.request.http10:
            conn.transport.write(data)
        else:
            conn.transport.writelines((b"%x\r\n" % len(data), data, b"\r\n"))
        return not conn.paused

    def end(self, trailers: bytes = b"") -> None:
        """The end of a started answer, with trailer lines."""
        conn = self.conn
        if not conn.transport.is_closing() and not self.request.http10:
            conn.transport.write(b"" if self.head_only else b"0\r\n" + trailers + b"\r\n")
        conn.finish(self)

    def abort(self) -> None:
        """Cut the connection without the terminating chunk: the client sees that the answer is not whole."""
        self.conn.transport.abort()


class Connection(asyncio.Protocol):
    """One client's connection."""

    def __init__(self, server: "Server") -> None:
        self.server = server
        self.waiting: deque[Request] = deque()
        self.current: Reply | None = None
        self.paused = False
        self.last = False  # no further request is read
        self.request: Request | None = None
        self.header_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        if len(self.server.connections) >= self.server.most:
            self.last = True
            transport.write(FULL)
            transport.close()
            return
        transport.set_write_buffer_limits(high=HIGH_WATER)
        peer = transport.get_extra_info("peername")
        self.local = not isinstance(peer, tuple) or ip_address(peer[0].split("%")[0]).is_loopback
        self.parser = httptools.HttpRequestParser(self)
        self.deadline = time.monotonic() + IDLE_SECONDS
        self.server.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.server.connections.discard(self)
        self.waiting.clear()
        self.last = True
        reply, self.current = self.current, None
        if reply is not None and reply.closed is not None:
            reply.closed()

    def pause_writing(self) -> None:
        self.paused = True

    def resume_writing(self) -> None:
        self.paused = False
        if self.current is not None and self.current.on_drain is not None:
            self.current.on_drain()
        elif self.current is None:
            self._go_on()

    # --- parsing

    def data_received(self, data: bytes) -> None:
        if self.last:
            return
        if self.request is not None and self.header_bytes >= 0:
            self.header_bytes += len(data)
            if self.header_bytes > HEADERS_MAX + URL_MAX:
                return self._refuse(self.request, "header")
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.last = True  # the request itself is answered; another protocol is not spoken
        except httptools.HttpParserError:
            if not self.last:
                self._refuse(self.request or Request(), "syntax")

    def on_message_begin(self) -> None:
        self.request = Request()
        self.header_bytes = 0
        self.parts: list[bytes] = []
        self.size = 0
        self.deadline = time.monotonic() + REQUEST_SECONDS

    def on_url(self, url: bytes) -> None:
        self.request.url += url
        if len(self.request.url) > URL_MAX:
            self._refuse(self.request, "url")

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.last or self.header_bytes < 0:  # what follows a body is no header (RFC 9110, 6.5.1)
            return
        self.size += len(name) + len(value)
        self.request.headers.append((name.lower(), name, value))
        if self.size > HEADERS_MAX or len(self.request.headers) > HEADER_COUNT_MAX:
            self._refuse(self.request, "header")

    def on_headers_complete(self) -> None:
        if self.last:
            return
        self.header_bytes = -1
        self.size = 0
        request = self.request
        length = request.header(b"content-length")
        if length is not None and length.isdigit() and int(length) > BODY_MAX:
            self._refuse(request, "body")
        elif (request.header(b"expect") or b"").lower() == b"100-continue" and self.current is None:
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        if self.last:
            return
        self.size += len(body)
        self.parts.append(body)
        if self.size > BODY_MAX:
            self._refuse(self.request, "body")

    def on_message_complete(self) -> None:
        if self.last:
            return
        request, self.request = self.request, None
        request.method = self.parser.get_method()
        request.http10 = self.parser.get_http_version() != "1.1"
        request.keep_alive = self.parser.should_keep_alive()
        request.body = b"".join(self.parts)
        self.deadline = 0.0
        if not request.keep_alive:
            self.last = True
        self._take(request)

    def _refuse(self, request: Request, problem: str) -> None:
        """Answer a request that is not read to its end, and read no other."""
        self.last = True
        request.problem, request.method, request.http10, request.keep_alive = problem, b"GET", False, False
        self._take(request)

    def _take(self, request: Request) -> None:
        if self.current is not None or self.paused:
            self.waiting.append(request)
            if len(self.waiting) >= PIPELINE_MAX:
                self.last = True
            self.transport.pause_reading()
            return
        reply = self.current = Reply(self, request)
        try:
            self.server.handle(request, reply)
        except Exception:
            say.exception("request failed")
            self.transport.abort()

    def finish(self, reply: Reply) -> None:
        """The answer is written: take the next request, or close."""
        if self.current is not reply:
            return
        self.current = None
        self.deadline = time.monotonic() + IDLE_SECONDS
        if not reply.request.keep_alive:
            self.transport.close()
        else:
            self._go_on()

    def _go_on(self) -> None:
        """The next request, once the client has taken the answers before it."""
        if self.paused or self.transport.is_closing():
            return
        if self.waiting:
            self._take(self.waiting.popleft())
        elif self.last:
            self.transport.close()
        else:
            self.transport.resume_reading()


class Server:
    """Listens and keeps its connections in order."""

    def __init__(self, handle: Callable[[Request, Reply], None], most: int = CONNECTIONS_MAX) -> None:
        """Of more than `most` connections at once, each further one gets 503 and is closed."""
        self.handle, self.most = handle, most
        self.connections: set[Connection] = set()
        self.listener: asyncio.Server | None = None

    async def listen(self, *, host: str = "", port: int = 0, path: str = "") -> None:
        """On a unix socket `path`, or on host and port. Raises OSError."""
        loop = asyncio.get_running_loop()
        if path:
            self.listener = await loop.create_unix_server(lambda: Connection(self), path)
        else:
            self.listener = await loop.create_server(lambda: Connection(self), host, port, backlog=1024)
        self.sweeper = loop.create_task(self._sweep())

    @property
    def port(self) -> int:
        return self.listener.sockets[0].getsockname()[1]

    async def _sweep(self) -> None:
        """Close connections that are idle, and cut those too slow with their request or taking no answer."""
        while True:
            await asyncio.sleep(1)
            now = time.monotonic()
            for conn in list(self.connections):
                if conn.current is None and 0 < conn.deadline < now:
                    stuck = conn.request is not None or conn.paused or conn.transport.is_closing()
                    conn.transport.abort() if stuck else conn.transport.close()

    async def close(self, seconds: float = 5) -> None:
        """Take no new connection, let running answers end for `seconds`, then cut."""
        self.listener.close()
        until = time.monotonic() + seconds
        for conn in list(self.connections):
            conn.last = True
            if conn.current is None:
                conn.transport.close()
        while self.connections and time.monotonic() < until:
            await asyncio.sleep(0.02)
        for conn in list(self.connections):
            conn.transport.abort()
        self.sweeper.cancel()
