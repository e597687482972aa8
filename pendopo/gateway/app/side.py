"""The application side: a program's request, checked as far as its own gateway can, and its answer.

X-Road REST protocol (docs of version 7): faults, headers, and the metaservice `listClients`; all else is an
exchange with the provider.
"""

import hashlib
import hmac
import re
import time
from functools import lru_cache
from ipaddress import ip_address

from pendopo.core import ids
from pendopo.core.errors import Fault
from pendopo.core.exchange import AnswerHead
from pendopo.core.strict import b64e
from pendopo.gateway import faults, paths
from pendopo.gateway.app import meta
from pendopo.gateway.app.dialect import render, wanted_xml
from pendopo.gateway.app.headers import travelling
from pendopo.gateway.consumer import Ask
from pendopo.gateway.http import Reply, Request
from pendopo.gateway.link.messages import Facts
from pendopo.gateway.provider.builtin import needs_no_agreement

PROBLEMS = {
    "url": "app.url_too_long",
    "header": "app.header_too_large",
    "body": "app.body_too_large",
    "syntax": "app.http",
}
# What the gateway answers by itself, to any program; everything else is an exchange: `/r1/…`.
ROUTES = {(b"GET", b"/listClients"): meta.clients}
_value = re.compile(rb"[!-~][ -~]{0,254}")
_purpose = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class AppSide:
    """Takes the requests of the agency's own programs."""

    def __init__(self, gateway) -> None:
        self.gateway = gateway

    def handle(self, request: Request, reply: Reply) -> None:
        """One request. Whatever is wrong with it becomes a fault and a line in the log."""
        try:
            if request.problem:
                raise Fault(PROBLEMS[request.problem])
            view = self.gateway.view
            view.tick(time.time())
            path, _, query = request.url.partition(b"?")
            own = ROUTES.get((request.method, path))
            if own is not None:
                view.check_valid()
                kind, body = own(view, query, request.header(b"accept") or b"")
                reply.send(200, b"Content-Type: %b\r\n" % kind, body)
                return
            AppAsk(self.gateway, request, reply).begin_request()
        except Fault as fault:
            self._refuse(reply, fault)

    def _refuse(self, reply: Reply, fault: Fault) -> None:
        """A request that never became an exchange."""
        gateway = self.gateway

        def logged(failed: Exception | None) -> None:
            send_fault(gateway, reply, fault if failed is None else Fault("log.failed"))

        gateway.refusals.note("consumer", fault.code, "", None, None, logged)


class AppAsk(Ask):
    """A program's exchange."""

    def __init__(self, gateway, request: Request, reply: Reply) -> None:
        path = paths.parse(request.url)
        client = _client(request)
        super().__init__(gateway, client, path.service, ids.new_id())
        self.request, self.reply, self.path = request, reply, path

    def begin_request(self) -> None:
        """Check what can be checked here, and send. The provider decides again."""
        gateway, request, view = self.gateway, self.request, self.gateway.view
        self.road_id = request.header(b"x-road-id") or f"{gateway.home.instance}-{self.exchange}".encode()
        if not _value.fullmatch(self.road_id):
            raise Fault("app.header", name="X-Road-Id")
        view.check_valid()
        self._authenticate(view)
        purpose = request.header(b"x-pendopo-purpose")
        if purpose is not None:
            self.purpose = purpose.decode("latin-1").strip()
            if not _purpose.fullmatch(self.purpose):
                raise Fault("app.header", name="X-Pendopo-Purpose")
        self.prepare(request.method, request.url, self._headers(), request.body)
        try:
            if paths.agency_of(self.service) not in view.registry.members:
                raise Fault("app.provider_unknown", agency=paths.agency_of(self.service))
            if not needs_no_agreement(self.service):
                self.agreement = view.held_for(self.client, self.service)
                fault = view.usable(self.agreement, self.purpose)
                if fault is not None:
                    raise fault
                if self.purpose is None:
                    self.purpose = self.agreement.purposes[0]
        except Fault as fault:
            self.refuse(fault)
            return
        self.go()

    def _authenticate(self, view) -> None:
        """The program is the subsystem it says: by its loopback address, or by its token."""
        row = view.node.subsystems.get(self.client)
        if row is None or paths.agency_of(self.client) not in view.hosted:
            raise Fault("app.client_unknown", client=self.client)
        if row["auth"] == "none":
            if not self.reply.conn.local:
                raise Fault("app.not_local", client=self.client)
            if not _here(self.request.header(b"host")):
                raise Fault("app.host", client=self.client)
            return
        scheme, _, token = (self.request.header(b"authorization") or b"").partition(b" ")
        found = hashlib.sha256(token.strip()).hexdigest()
        if scheme.lower() != b"bearer" or not hmac.compare_digest(found, row["token_sha"] or ""):
            raise Fault("app.token", client=self.client)

    def _headers(self) -> list[tuple[bytes, bytes]]:
        headers = travelling(self.request.headers)
        headers.append((b"X-Road-Client", self.client.encode()))
        headers.append((b"X-Road-Id", self.road_id))
        headers.append((b"X-Road-Request-Id", self.exchange.encode()))
        return headers

    # --- the answer

    def passed_on(self, head: AnswerHead, facts: Facts, body: bytes) -> None:
        self.reply.send(head.status, self._answer_headers(facts), body)

    def _answer_headers(self, facts: Facts) -> bytes:
        lines = (
            b"Content-Type: %b\r\nX-Road-Id: %b\r\nX-Road-Client: %b\r\nX-Road-Service: %b\r\n"
            b"X-Road-Request-Id: %b\r\nX-Road-Request-Hash: %b\r\n"
        ) % (
            facts.content_type,
            self.road_id,
            self.client.encode(),
            self.service.encode(),
            self.exchange.encode(),
            facts.request_hash,
        )
        return lines + self._link(facts.next) if facts.next else lines

    def _link(self, after: bytes) -> bytes:
        """Where the next page is: the same query with the cursor."""
        parts = [part for part in self.path.query.split(b"&") if part and not part.startswith(b"after=")]
        query = b"&".join([*parts, b"after=" + after])
        return b'Link: <%b?%b>; rel="next"\r\n' % (self.request.url.partition(b"?")[0], query)

    def begin(self, facts: Facts) -> None:
        self.reply.closed = self.give_up
        self.reply.on_drain = self.drained
        trailer = b"Trailer: X-Pendopo-Rows, X-Pendopo-Body, X-Pendopo-Signature\r\n"
        self.reply.start(200, self._answer_headers(facts) + trailer)

    def piece(self, data: bytes) -> bool:
        return self.reply.write(data)

    def finish(self, head: AnswerHead, sig: bytes) -> None:
        self.reply.closed = self.reply.on_drain = None
        self.reply.end(
            b"X-Pendopo-Rows: %d\r\nX-Pendopo-Body: %b\r\nX-Pendopo-Signature: %b\r\n"
            % (head.rows, b64e(head.body).encode(), b64e(sig).encode())
        )

    def failed(self, fault: Fault) -> None:
        send_fault(self.gateway, self.reply, fault, self.exchange, self._road_headers())

    def broken(self, fault: Fault) -> None:
        self.reply.closed = self.reply.on_drain = None
        if self.reply.started:
            self.reply.abort()
        else:
            self.failed(fault)

    def _road_headers(self) -> bytes:
        return b"X-Road-Id: %b\r\nX-Road-Request-Id: %b\r\n" % (self.road_id, self.exchange.encode())


@lru_cache(paths.CACHED)
def _here(host: bytes | None) -> bool:
    """Whether a Host header names an IP address, or this machine by the name that no name server gives.

    A page in a browser of this machine comes from loopback too. It can send any header to the name it was
    loaded from, and have that name lead here afterwards (DNS rebinding): the browser then says that name.
    """
    if host is None:  # no browser
        return True
    text = host.decode("latin-1").lower()
    name = text[1:].partition("]")[0] if text.startswith("[") else text.partition(":")[0]
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _client(request: Request) -> str:
    """X-Road-Client: of several, the last. `Fault app.client_missing` or `id.malformed`."""
    value = request.header(b"x-road-client")
    if value is None:
        raise Fault("app.client_missing")
    return _client_id(value)


@lru_cache(paths.CACHED)
def _client_id(value: bytes) -> str:
    try:
        text = value.decode("ascii").strip().strip("/")
    except UnicodeDecodeError:
        raise Fault("app.header", name="X-Road-Client") from None
    kind = ids.AgencyId if text.count("/") == 2 else ids.SubsystemId
    return str(kind.parse(text))


def send_fault(gateway, reply: Reply, fault: Fault, detail: str = "", headers: bytes = b"") -> None:
    """A fault as the caller wants it: X-Road's type, our code, a detail that stands in the log."""
    request = reply.request
    kind, telling = faults.of(fault.code)
    node = gateway.view.node
    type = render(kind, node.dialect if node is not None else "spec")
    status = faults.status(kind)
    if (request.header(b"x-pendopo-errors") or b"").strip().lower() == b"http":
        status = telling
        if isinstance(fault.params.get("retry"), int):
            headers += b"Retry-After: %d\r\n" % fault.params["retry"]
    xml = wanted_xml(request.header(b"accept") or b"")
    text = fault.text(gateway.home.lang)
    body = meta.fault(type, text, detail or f"e{gateway.log.epoch}-{gateway.log.size - 1}", xml)
    headers += b"Content-Type: %b\r\nX-Road-Error: %b\r\nX-Pendopo-Error: %b\r\n" % (
        xml or b"application/json",
        type.encode(),
        fault.code.encode("ascii", "replace"),
    )
    reply.send(status, headers, body)
