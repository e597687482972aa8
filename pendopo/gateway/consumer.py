"""One exchange on the consumer's side: sign, send, verify, log, and only then pass on.

`Ask` does what every exchange needs. The application side and the control socket say what becomes of the
answer by `passed_on`, `failed`, and, for long answers, `begin`, `piece`, `finish` and `broken`.
"""

import asyncio
import logging
import os
import time
from hashlib import sha256

from pendopo.core import ids, strict
from pendopo.core.errors import Fault
from pendopo.core.exchange import (
    ANS,
    CHUNK,
    CTL,
    END,
    FAULT,
    REQ,
    AnswerHead,
    Frame,
    RequestHead,
    commit,
    target,
)
from pendopo.core.signing import read_answer, request_base, verify
from pendopo.gateway import paths
from pendopo.gateway.app.headers import request_hash
from pendopo.gateway.link.channel import Channel
from pendopo.gateway.link.link import fault_bytes, read_fault
from pendopo.gateway.link.messages import STREAM, Ans, Facts, Req, asked, read_end, read_start

say = logging.getLogger("pendopo.gateway.consumer")

CLOCK_SECONDS = 60
ANSWER_SECONDS = 30  # to the first frame of an answer
SILENCE_SECONDS = 60  # between two frames of a stream
UNDER_WAY_MAX = 2 << 20  # bytes of a stream not acknowledged yet; a provider keeps to half of it
CREDIT_STEP = 256 * 1024  # taken bytes are acknowledged so many at once; well below the provider's window


class Ask:
    """A request we send. Made, then `go`."""

    def __init__(self, gateway, client: str, service: str, exchange: str) -> None:
        self.gateway = gateway
        self.client, self.service, self.exchange = client, service, exchange
        self.agreement = None
        self.purpose: str | None = None
        self.head: RequestHead | None = None
        self.sig: bytes | None = None
        self.channel: Channel | None = None
        self.number = 0
        self.streaming = False
        self.recorded = False  # a stream whose request is durable: its pieces may be passed on
        self.waiting: list[bytes] = []
        self.ended: tuple[bytes, bytes] | None = None
        self.over = False
        self.deadline = 0.0
        self.owed = self.under_way = 0

    # --- sending

    def prepare(self, method: bytes, url: bytes, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        """Take what is asked; `headers` as they travel, with X-Road-Client, -Id and -Request-Id."""
        self.asked = asked(method, url, headers)
        self.body = body
        random = os.urandom(48)
        self.target_salt, self.body_salt, self.nonce = random[:16], random[16:32], random[32:]
        self.target = target(method, url, [(name.lower(), value.strip()) for name, value in headers])

    def go(self) -> None:
        """Send it, over a link that is dialled first where there is none."""
        gateway = self.gateway
        self.deadline = gateway.loop.time() + ANSWER_SECONDS
        gateway.asking.add(self)
        try:
            node = gateway.view.node_of(paths.agency_of(self.service))
            channel = gateway.channel(node)
            if channel is not None:
                self._send(channel)
            else:
                gateway.background(self._dial(node))
        except Fault as fault:
            self.refuse(fault)

    async def _dial(self, node: str) -> None:
        try:
            channel = await self.gateway.peers.dial(node)
            if not self.over:
                self._send(channel)
        except Fault as fault:
            self.refuse(fault)

    def _send(self, channel: Channel) -> None:
        key = self.gateway.view.signer(paths.agency_of(self.client))
        self.head = self.unsigned(key.thumb)
        base = request_base(self.head)
        self.sig = key.sign(base)
        frame = Req(base, self.sig, self.target_salt, self.body_salt, self.asked, self.body).pack()
        self.channel = channel
        self.number = channel.open(self)
        channel.send(REQ, self.number, frame)

    def unsigned(self, thumb: str) -> RequestHead:
        """The head as it would be signed by the key `thumb`."""
        agreement = self.agreement
        return RequestHead(
            self.exchange,
            self.client,
            self.service,
            agreement.id if agreement else None,
            agreement.rev if agreement else None,
            self.purpose,
            commit(self.target_salt, self.target),
            commit(self.body_salt, self.body),
            int(time.time()),
            thumb,
            strict.b64e(self.nonce),
        )

    # --- receiving

    def on_frame(self, frame: Frame) -> None:
        if self.over:
            return
        try:
            if frame.type == CHUNK and self.streaming:
                self.deadline = self.gateway.loop.time() + SILENCE_SECONDS
                self._chunk(frame.payload)
            elif frame.type == ANS and not self.streaming:
                if frame.flags & STREAM:
                    self._start(frame.payload)
                else:
                    self._whole(Ans.read(frame.payload))
            elif frame.type == END and self.streaming:
                self.ended = read_end(frame.payload)
                if self.recorded:
                    self._end()
            elif frame.type == FAULT:
                self._close()
                self.refuse(read_fault(frame.payload), said=True)
            else:
                raise Fault("wire.unexpected", type=frame.type)
        except Fault as fault:
            self._cancel(fault)
            self.refuse(fault)

    def _whole(self, answer: Ans) -> None:
        if commit(answer.salt, answer.body) != (head := self._verified(answer.base, answer.sig)).body:
            raise Fault("app.answer_invalid")
        self._check_facts(answer.facts)
        if head.size != len(answer.body):
            raise Fault("app.answer_invalid")
        self._close()

        def durable(fault: Exception | None) -> None:
            self.over = True
            if fault is None:
                self.passed_on(head, answer.facts, answer.body)
            else:
                self.failed(Fault("log.failed"))

        self.gateway.record(
            "exchange",
            "consumer",
            self.head,
            self.sig,
            head,
            answer.sig,
            opening=self._opening(answer.salt),
            done=durable,
        )

    def _verified(self, base: bytes, sig: bytes) -> AnswerHead:
        """The answer's head, if the provider's agency signed it for this request."""
        head = read_answer(base, self.sig)
        view = self.gateway.view
        now = time.time()
        view.tick(now)
        pub = view.exchange_key(head.key, paths.agency_of(self.service))
        # Anything but 200 is a FAULT: a status without a body would let the body pass for the next answer.
        if head.exchange != self.exchange or head.status != 200 or not verify(pub, base, sig):
            raise Fault("app.answer_invalid")
        if self.agreement is not None and not view.pinned(head.key, self.agreement.provider_keys):
            raise Fault("agreement.key", key=head.key)
        if abs(head.created - now) > CLOCK_SECONDS:
            raise Fault("exchange.clock", seconds=round(head.created - now))
        return head

    def _check_facts(self, facts: Facts) -> None:
        if facts.request_hash != request_hash(self.asked, self.body):
            raise Fault("app.request_hash")

    def _start(self, payload: bytes) -> None:
        self.salt, self.facts = read_start(payload)
        self._check_facts(self.facts)
        self.streaming = True
        self.sha, self.size = sha256(self.salt), 0

        def durable(fault: Exception | None) -> None:
            if self.over:
                return
            if fault is not None:
                self._cancel(Fault("log.failed"))
                self.over = True
                self._close()
                self.failed(Fault("log.failed"))
                return
            self.recorded = True
            self.begin(self.facts)
            waiting, self.waiting = self.waiting, []
            for piece in waiting:
                self._pass(piece)
            if self.ended is not None:
                self._end()

        self.gateway.record(
            "request", "consumer", self.head, self.sig, opening=self._opening(bytes(16)), done=durable
        )

    def _chunk(self, piece: bytes) -> None:
        self.under_way += len(piece)
        if self.under_way > UNDER_WAY_MAX:
            raise Fault("wire.unexpected", type=CHUNK)
        self.sha.update(piece)
        self.size += len(piece)
        if self.recorded:
            self._pass(piece)
        else:
            self.waiting.append(piece)

    def _pass(self, piece: bytes) -> None:
        self.owed += len(piece)
        if self.piece(piece):
            self.drained()

    def drained(self) -> None:
        """The client has taken what was passed on: let the provider send as much again."""
        if self.owed >= CREDIT_STEP and self.number and self.channel is not None:
            self.channel.send(CTL, self.number, self.owed.to_bytes(4, "big"))
            self.under_way -= self.owed
            self.owed = 0

    def _end(self) -> None:
        base, sig = self.ended
        head = self._verified(base, sig)
        if head.body != self.sha.digest() or head.size != self.size:
            raise Fault("app.answer_invalid")
        self._close()
        self.deadline = self.gateway.loop.time() + SILENCE_SECONDS

        def durable(fault: Exception | None) -> None:
            self.over = True
            if fault is None:
                self.finish(head, sig)
            else:
                self.broken(Fault("log.failed"))

        self.gateway.record(
            "exchange",
            "consumer",
            self.head,
            self.sig,
            head,
            sig,
            opening=self._opening(self.salt),
            done=durable,
        )

    # --- ends

    def refuse(self, fault: Fault, said: bool = False) -> None:
        """The exchange fails: log it, then say so. `said`: by the provider, who logged it too."""
        if self.over:
            return
        self.over = True
        self._close()
        head = self.head
        if head is None:
            head = self._unsent()
        if self.streaming:
            self.gateway.record(
                "refusal",
                "consumer",
                head,
                self.sig,
                fault=fault.code,
                done=lambda failed: self.broken(fault),
            )
            return
        self.gateway.refusals.note(
            "consumer",
            fault.code,
            self.client,
            head,
            self.sig,
            lambda failed: self.failed(fault if failed is None else Fault("log.failed")),
        )

    def _unsent(self) -> RequestHead | None:
        """The head of a request that was never signed, for the log; None where we have no key to name."""
        try:
            return self.unsigned(self.gateway.view.signer(paths.agency_of(self.client)).thumb)
        except Fault:
            return None

    def give_up(self) -> None:
        """The client is gone. A small answer is still taken and logged; a stream is ended."""
        if self.streaming and not self.over:
            fault = Fault("exchange.client_gone")
            self._cancel(fault)
            self.refuse(fault)

    def recheck(self) -> None:
        """New documents: cut an open stream that may no longer be."""
        if not self.streaming or self.over:
            return
        view = self.gateway.view
        try:
            view.tick(time.time())
            view.check_valid()
            view.node_of(paths.agency_of(self.service))
            view.exchange_key(self.head.key, paths.agency_of(self.client))
            if self.agreement is not None:
                fault = view.usable(view.held_for(self.client, self.service), self.purpose)
                if fault is not None:
                    raise fault
        except Fault as fault:
            self._cancel(fault)
            self.refuse(fault)

    def late(self, now: float) -> None:
        """Give up on a provider that is silent for too long."""
        if now > self.deadline and not self.over:
            fault = Fault("link.no_answer")
            self._cancel(fault)
            self.refuse(fault)

    def on_lost(self) -> None:
        """The link broke. What was already being logged as complete stays so."""
        if self.number:
            self.number = 0
            self.channel = None
            self.gateway.asking.discard(self)
            self.refuse(Fault("link.lost"))

    def _cancel(self, fault: Fault) -> None:
        if self.number and self.channel is not None:
            self.channel.send(FAULT, self.number, fault_bytes(fault))

    def _close(self) -> None:
        """No further frame matters."""
        self.gateway.asking.discard(self)
        if self.number and self.channel is not None:
            self.channel.drop(self.number)
            self.number = 0

    def _opening(self, answer_salt: bytes) -> bytes:
        return b"".join((self.target_salt, answer_salt, self.body_salt, self.asked))

    # --- what becomes of it

    def passed_on(self, head: AnswerHead, facts: Facts, body: bytes) -> None:
        """A whole answer, durable on both sides."""
        raise NotImplementedError

    def failed(self, fault: Fault) -> None:
        """Nothing was answered."""
        raise NotImplementedError

    def begin(self, facts: Facts) -> None:
        """A long answer starts. Only those that want one need this and the following."""
        self._cancel(Fault("wire.unexpected", type=ANS))
        self.refuse(Fault("wire.unexpected", type=ANS))

    def piece(self, data: bytes) -> bool:
        """A piece of it; False when no more can be taken until `drained` is called."""
        return True

    def finish(self, head: AnswerHead, sig: bytes) -> None:
        """Its end, durable on both sides."""

    def broken(self, fault: Fault) -> None:
        """It broke off."""
        self.failed(fault)


class Call(Ask):
    """An exchange of the gateway's own, awaited: deliveries and descriptions."""

    def __init__(self, gateway, client: str, service: str) -> None:
        super().__init__(gateway, client, service, ids.new_id())
        self.future: asyncio.Future = gateway.loop.create_future()

    async def run(self, method: bytes, url: bytes, body: bytes = b"") -> tuple[AnswerHead, bytes]:
        """(answer's head, body); raises the exchange's Fault."""
        headers = [
            (b"X-Road-Client", self.client.encode()),
            (b"X-Road-Id", self.exchange.encode()),
            (b"X-Road-Request-Id", self.exchange.encode()),
        ]
        view = self.gateway.view
        view.tick(time.time())
        view.check_valid()
        self.prepare(method, url, headers, body)
        self.go()
        return await self.future

    def passed_on(self, head: AnswerHead, facts: Facts, body: bytes) -> None:
        if not self.future.done():
            self.future.set_result((head, body))

    def failed(self, fault: Fault) -> None:
        if not self.future.done():
            self.future.set_exception(fault)
