"""One exchange on the provider's side, from the request's frame to the durable, signed answer."""

import asyncio
import logging
import os
import time
from hashlib import sha256

from pendopo.core.errors import Fault
from pendopo.core.exchange import ANS, CHUNK, CTL, END, FAULT, AnswerHead, Frame, RequestHead, commit, target
from pendopo.core.ids import uuid7_ms
from pendopo.core.signing import answer_base, read_request, verify
from pendopo.gateway import paths
from pendopo.gateway.app.headers import request_hash
from pendopo.gateway.link.channel import Channel
from pendopo.gateway.link.link import fault_bytes
from pendopo.gateway.link.messages import STREAM, Ans, Facts, Req, pack_end, pack_start, read_asked
from pendopo.gateway.provider import builtin

say = logging.getLogger("pendopo.gateway.provider")

CLOCK_SECONDS = 60
WINDOW = 1 << 20  # bytes of a stream that may be under way unacknowledged
STALL_SECONDS = 90  # a consumer that takes nothing for so long is gone; it gives up after 60 itself
CHUNK_BYTES = 256 * 1024
WHOLE_MAX = 1 << 20  # a longer answer goes as a stream
METHODS = (b"GET", b"HEAD")  # of a table service
TYPES = {
    "json": b"application/json",
    "ndjson": b"application/x-ndjson",
    "csv": b"text/csv; charset=utf-8",
}


class Serving:
    """A request we answer. Its checks run in one fixed order, and none after the first that fails."""

    __slots__ = (
        "agreement", "channel", "credit", "cut", "gateway", "head", "number", "plan", "request", "reserved",
        "rows", "sha", "size", "started", "task", "verified", "wake",
    )  # fmt: skip

    def __init__(self, gateway, channel: Channel, number: int) -> None:
        self.gateway, self.channel, self.number = gateway, channel, number
        self.head: RequestHead | None = None
        self.request: Req | None = None
        self.verified = False
        self.agreement = self.plan = None
        self.reserved = ""  # the agreement whose quota holds a place for this exchange
        self.task: asyncio.Task | None = None
        self.started = False  # a stream whose first row may have left
        self.cut: Fault | None = None
        self.wake: asyncio.Future | None = None
        self.rows = self.size = 0

    @classmethod
    def serve(cls, gateway, channel: Channel, frame: Frame) -> None:
        """Take a peer's request."""
        serving = cls(gateway, channel, frame.stream)
        channel.streams[frame.stream] = serving
        try:
            serving._begin(frame.payload)
        except Fault as fault:
            serving.refuse(fault)
        except Exception:
            say.exception("request failed")
            serving.refuse(Fault("gateway.internal"))

    # --- checks

    def _begin(self, payload: bytes) -> None:
        gateway, view = self.gateway, self.gateway.view
        now = time.time()
        view.tick(now)
        view.check_valid()
        request = self.request = Req.read(payload)
        head = self.head = read_request(request.base)
        agency = paths.agency_of(head.client)
        if view.node_of(agency) != self.channel.node:
            raise Fault("exchange.wrong_node", agency=agency, node=self.channel.node)
        if not verify(view.exchange_key(head.key, agency), request.base, request.sig):
            raise Fault("exchange.signature")
        self.verified = True
        if abs(head.created - now) > CLOCK_SECONDS:
            raise Fault("exchange.clock", seconds=round(head.created - now))
        id = bytes.fromhex(head.exchange.replace("-", ""))
        if not gateway.replay.fresh(id, now):
            raise Fault("exchange.clock", seconds=round(uuid7_ms(head.exchange) / 1000 - now))
        if gateway.replay.seen(id, now):
            raise Fault("exchange.replayed")
        method, url, headers = read_asked(request.asked)
        path = paths.parse(url)
        if (
            commit(request.target_salt, target(method, url, headers)) != head.target
            or commit(request.body_salt, request.body) != head.body
            or path.service != head.service
        ):
            raise Fault("exchange.mismatch")
        if paths.agency_of(head.service) not in view.hosted:
            raise Fault("service.unknown", service=head.service)
        found = builtin.find(head.service)
        if found is not None:
            self._check_method(method, (found.method,))
            self._spawn(self._run_builtin(found.run(self, path)))
            return
        agreement = self.agreement = view.granted(head.client, head.service)
        self._check_agreement(view)
        offer = view.offer(head.service)
        if offer.def_sha != agreement.def_sha:
            raise Fault("agreement.definition", service=head.service)
        self._check_method(method, METHODS)
        if path.rest:
            raise Fault("service.path")
        self._check_limits(now)
        plan = self.plan = view.terms(offer, agreement).plan(path.query)
        form = _format(plan.format, headers, offer.definition["formats"])
        if method == b"HEAD":
            self.answer(200, 0, b"", TYPES[form])
        else:
            self._spawn(self._run(gateway.source(offer.source), form))

    def _check_method(self, method: bytes, taken: tuple[bytes, ...]) -> None:
        if method not in taken:
            raise Fault("service.method", method=method.decode("latin-1")[:20])

    def _check_agreement(self, view) -> None:
        """Also asked again of an open stream whenever a document changes."""
        head, agreement = self.head, self.agreement
        fault = view.usable(agreement, head.purpose)
        if fault is not None:
            raise fault
        if (head.agreement, head.rev) != (agreement.id, agreement.rev):
            raise Fault("agreement.other", agreement=agreement.id, rev=agreement.rev)
        if not view.pinned(head.key, agreement.requester_keys):
            raise Fault("agreement.key", key=head.key)

    def _check_limits(self, now: float) -> None:
        gateway, agreement = self.gateway, self.agreement
        if agreement.rate is not None:
            wait = gateway.rate.take(agreement.id, agreement.rate, time.monotonic())
            if wait:
                raise Fault("agreement.rate", per_second=agreement.rate, retry=max(1, round(wait + 0.5)))
        if agreement.quota is not None:
            if not gateway.quota.reserve(agreement.id, agreement.quota, now):
                retry = gateway.quota.seconds_left(now)
                raise Fault("agreement.quota", per_day=agreement.quota, retry=retry)
            self.reserved = agreement.id

    def recheck(self) -> None:
        """New documents: cut an open stream that would not be served any more."""
        if not self.started or self.cut is not None:
            return
        view = self.gateway.view
        try:
            view.tick(time.time())
            view.check_valid()
            agency = paths.agency_of(self.head.client)
            view.node_of(agency)
            view.exchange_key(self.head.key, agency)
            self.agreement = view.granted(self.head.client, self.head.service)
            self._check_agreement(view)
            view.offer(self.head.service)
        except Fault as fault:
            self._cut(fault)

    def _cut(self, fault: Fault) -> None:
        self.cut = fault
        if self.task is not None:
            self.task.cancel()

    # --- work

    def _spawn(self, work) -> None:
        self.task = self.gateway.loop.create_task(work)

    async def _run(self, source, form: str) -> None:
        """Ask the source; a small answer at once, a long one as a stream."""
        try:
            if self.plan.limit is None:
                await self._stream(source.stream(self.plan, form), TYPES[form])
                return
            page = await source.fetch(self.plan, form)
            if len(page.body) > WHOLE_MAX:
                await self._stream(_pieces(page), TYPES[form], page.next)
            else:
                self.answer(200, page.rows, page.body, TYPES[form], page.next)
        except (Exception, asyncio.CancelledError) as why:
            self._broke(why)

    async def _run_builtin(self, work) -> None:
        try:
            status, kind, body = await work
            self.answer(status, 0, body, kind)
        except (Exception, asyncio.CancelledError) as why:
            self._broke(why)

    def _broke(self, why: BaseException) -> None:
        """The work ended without an answer. Once it was cut, whatever it raised follows from that."""
        if self.cut is not None:
            self._failed(self.cut)
        elif isinstance(why, Fault):
            self._failed(why)
        elif isinstance(why, asyncio.CancelledError):
            self._failed(Fault("exchange.client_gone"))
        else:
            say.error("exchange %s failed", self.head.exchange, exc_info=why)
            self._failed(Fault("gateway.internal"))

    def _failed(self, fault: Fault) -> None:
        if self.started:
            self._incomplete(fault)
        else:
            self.refuse(fault)

    # --- answers

    def answer(self, status: int, rows: int, body: bytes, kind: bytes, after: str | None = None) -> None:
        """Sign a whole answer, log it, and let it go when it is durable."""
        head, request = self.head, self.request
        salt = os.urandom(16)
        signed, base, sig = self._sign(status, rows, len(body), commit(salt, body))
        facts = Facts(kind, request_hash(request.asked, request.body), after.encode() if after else b"")
        frame = Ans(base, sig, salt, facts, body).pack()

        def durable(fault: Exception | None) -> None:
            if fault is None:
                self.channel.send(ANS, self.number, frame)
                self.channel.drop(self.number)
            else:
                self._say_fault(Fault("log.failed"))

        self.gateway.record(
            "exchange", "provider", head, request.sig, signed, sig, opening=self._opening(salt), done=durable
        )
        self._settle(True)

    async def _stream(self, pieces, kind: bytes, after: str | None = None) -> None:
        """The request durable, then rows, then the signed end, durable before it is sent."""
        gateway, channel, request = self.gateway, self.channel, self.request
        await gateway.recorded(
            "request", "provider", self.head, request.sig, opening=self._opening(bytes(16))
        )
        if channel.closed:
            raise Fault("exchange.client_gone")
        salt = os.urandom(16)
        self.sha = sha256(salt)
        self.credit = WINDOW
        self.started = True
        gateway.streams.add(self)
        facts = Facts(kind, request_hash(request.asked, request.body), after.encode() if after else b"")
        channel.send(ANS, self.number, pack_start(salt, facts), STREAM)
        try:
            async for piece, rows in pieces:
                whole = memoryview(piece)
                for at in range(0, len(whole), CHUNK_BYTES):
                    await self._send_chunk(whole[at : at + CHUNK_BYTES])
                self.rows = rows
        finally:
            await pieces.aclose()
        signed, base, sig = self._sign(200, self.rows, self.size, self.sha.digest())
        # From here on the answer is whole: what happens to the link no longer makes it incomplete.
        self.started = False
        gateway.streams.discard(self)

        def durable(fault: Exception | None) -> None:
            if fault is None:
                channel.send(END, self.number, pack_end(base, sig))
                channel.drop(self.number)
            else:
                self._say_fault(Fault("log.failed"))

        opening = self._opening(salt)
        gateway.record(
            "exchange", "provider", self.head, request.sig, signed, sig, opening=opening, done=durable
        )
        self._settle(True)

    async def _send_chunk(self, data: memoryview) -> None:
        self.sha.update(data)
        self.size += len(data)
        try:
            async with asyncio.timeout(STALL_SECONDS):
                while self.credit <= 0 and not self.channel.closed:
                    self.wake = self.gateway.loop.create_future()
                    await self.wake
                await self.channel.writable.wait()
        except TimeoutError:
            raise Fault("exchange.client_gone") from None
        if self.channel.closed:
            raise Fault("exchange.client_gone")
        self.credit -= len(data)
        self.channel.send(CHUNK, self.number, data)

    def _incomplete(self, fault: Fault) -> None:
        """Log a broken stream with what has left, and tell the consumer."""
        self.gateway.streams.discard(self)
        self.started = False
        try:
            signed, _, sig = self._sign(200, self.rows, self.size, self.sha.digest())
            self.gateway.record(
                "exchange", "provider", self.head, self.request.sig, signed, sig, fault=fault.code
            )
        except Fault:  # our own key is gone: the refusal stands without a count
            self.gateway.record("refusal", "provider", self.head, self.request.sig, fault=fault.code)
        self._settle(True)
        self._say_fault(fault)

    def refuse(self, fault: Fault) -> None:
        """Log a refusal, then say it; a flood of the same is counted instead."""
        self._settle(False)
        gateway, head = self.gateway, self.head
        sig = self.request.sig if self.verified else None
        gateway.refusals.note(
            "provider",
            fault.code,
            head.client if head and self.verified else self.channel.node,
            head,
            sig,
            lambda failed: self._say_fault(fault if failed is None else Fault("log.failed")),
        )

    def _say_fault(self, fault: Fault) -> None:
        self.channel.send(FAULT, self.number, fault_bytes(fault))
        self.channel.drop(self.number)

    def _settle(self, answered: bool) -> None:
        """Right after the entry went into the log: counts are saved with the size that the log then has."""
        if self.reserved:
            self.gateway.quota.settle(self.reserved, answered, time.time())
            self.reserved = ""

    def _sign(self, status: int, rows: int, size: int, body: bytes) -> tuple[AnswerHead, bytes, bytes]:
        head = self.head
        key = self.gateway.view.signer(paths.agency_of(head.service))
        signed = AnswerHead(status, head.exchange, rows, size, body, int(time.time()), key.thumb)
        base = answer_base(signed, self.request.sig)
        return signed, base, key.sign(base)

    def _opening(self, answer_salt: bytes) -> bytes:
        request = self.request
        return b"".join((request.target_salt, answer_salt, request.body_salt, request.asked))

    # --- the channel's side

    def on_frame(self, frame: Frame) -> None:
        if frame.type == CTL and len(frame.payload) == 4:
            self.credit += int.from_bytes(frame.payload, "big")
            self._awake()
        elif frame.type == FAULT:
            self.on_lost()

    def on_lost(self) -> None:
        """The consumer gave up, or is gone."""
        self._awake()
        if self.task is not None and not self.task.done() and (self.started or self.plan is not None):
            self._cut(Fault("exchange.client_gone"))

    def _awake(self) -> None:
        if self.wake is not None and not self.wake.done():
            self.wake.set_result(None)


async def _pieces(page):
    """A long page as a stream of one piece."""
    yield page.body, page.rows


def _format(asked: str | None, headers: list[tuple[bytes, bytes]], offered: list[str]) -> str:
    """The answer's format: `format=`, else the first of Accept that the service offers, else JSON."""
    if asked is not None:
        return asked
    for name, value in headers:
        if name == b"accept":
            for part in value.split(b","):
                kind = part.split(b";")[0].strip().lower()
                for form, type in TYPES.items():
                    if form in offered and kind == type.split(b";")[0]:
                        return form
    return "json" if "json" in offered else offered[0]
