"""The gateway: its parts, and how they find each other. One process, one event loop, one log thread."""

import asyncio
import json
import logging
import os
import time
from collections.abc import Callable, Coroutine
from datetime import datetime

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from pendopo.adapters import Source, open_source
from pendopo.core import log as corelog
from pendopo.core import strict
from pendopo.core.errors import Fault
from pendopo.core.exchange import AnswerHead, Frame, RequestHead
from pendopo.core.home import Home
from pendopo.gateway.app.side import AppSide
from pendopo.gateway.blobs import Blobs
from pendopo.gateway.consumer import Ask
from pendopo.gateway.control import Control
from pendopo.gateway.documents import Documents
from pendopo.gateway.files import install
from pendopo.gateway.http import Server
from pendopo.gateway.inbox import Inbox
from pendopo.gateway.keys import Keys
from pendopo.gateway.link.asks import KINDS
from pendopo.gateway.link.channel import Channel, Loop
from pendopo.gateway.link.link import Link, fault_fields, now_ms
from pendopo.gateway.link.peers import Peers
from pendopo.gateway.log.checkpoints import Checkpoints, Witness
from pendopo.gateway.log.index import NO_ID
from pendopo.gateway.log.store import Log
from pendopo.gateway.provider.limits import Quota, Rate
from pendopo.gateway.provider.replay import WINDOW_SECONDS, ReplayWindow
from pendopo.gateway.provider.serving import Serving
from pendopo.gateway.refusals import Refusals
from pendopo.gateway.view import View
from pendopo.gateway.witnessing import Witnessing

say = logging.getLogger("pendopo.gateway")

EPOCH = 1
SOURCE_SECONDS = 20  # for a small answer and for a free connection; below what a consumer waits


class Gateway:
    """Everything of one node's gateway. Made on the running loop; `start` listens, `stop` ends cleanly."""

    def __init__(self, home: Home) -> None:
        """Reads keys, documents and log. Raises ValueError, OSError or LogDamaged with a plain reason."""
        self.home = home
        self.loop = asyncio.get_running_loop()
        self.faults: list[str] = []
        self.anchor_raw = home.anchor.read_bytes()
        self.anchor = json.loads(self.anchor_raw)
        self.keys = Keys(home.keys)
        self.blobs = Blobs(home.blobs)
        self.seal = SecretBox(home.seal_key.read_bytes())
        self.secret = self._cursor_secret()
        self.view = View(None, None, self.blobs, self.keys, self.secret)
        self.documents = Documents(self)
        self.checkpoints = Checkpoints(home.log, EPOCH)
        self.witness = Witness(home.state / "witness.json")
        self.log = Log(home.log, home.openings, EPOCH, *self.checkpoints.known)
        self.rate = Rate()
        self.quota = Quota(home.state / "quota.json", home.zone)
        self.replay = ReplayWindow()
        self._remember()
        self.refusals = Refusals(self.record, self.loop)
        self.inbox = Inbox(home.inbox)
        self.sources: dict[str, tuple[str, Source]] = {}
        self.streams: set[Serving] = set()
        self.asking: set[Ask] = set()
        self.tasks: set[asyncio.Task] = set()
        self.witnessing = Witnessing(self)
        self.peers = Peers(self)
        self.loopback, _ = Loop.pair(home.node, self.serve)
        self.app = Server(AppSide(self).handle)
        self.control = Server(Control(self).handle)
        self._at: tuple[int, str] = (0, "")

    def _cursor_secret(self) -> bytes:
        """Seals paging cursors; kept, so that a cursor outlives a restart."""
        path = self.home.state / "cursor.key"
        if not path.exists():
            install(path, os.urandom(32))
        return path.read_bytes()

    def _remember(self) -> None:
        """Fill quota and replay window from the log."""
        now = time.time()
        self.quota.turn(now)
        first = self.quota.load(EPOCH, self.log.size)
        self.quota.turn(now)
        for _, raw in self.log.entries(first, self.log.size):
            entry = corelog.decode(raw)
            if entry.side == "provider" and entry.kind == "exchange" and entry.req.agreement:
                self.quota.recount(entry.req.agreement, entry.at)
        since = now - 2 * WINDOW_SECONDS
        for seq in range(self.log.size - 1, -1, -1):
            entry = corelog.decode(self.log.entry(seq))
            if entry.at.timestamp() < since:
                break
            if entry.side == "provider" and entry.req_sig is not None:
                self.replay.seen(bytes.fromhex(entry.req.exchange.replace("-", "")), now)

    # --- life

    async def start(self) -> None:
        """Listen on all sides. Raises OSError when an address is taken."""
        home = self.home
        self.log.start(self.loop)
        self.documents.load()
        await self.peers.listen(home.peer.host, home.peer.port)
        await self.app.listen(host=home.app.host, port=home.app.port)
        home.control.unlink(missing_ok=True)
        await self.control.listen(path=str(home.control))
        os.chmod(home.control, 0o600)
        self.peers.keeping = self.loop.create_task(self.peers.keep())
        self.background(self.witnessing.run())
        self.background(self._sweep())

    async def stop(self) -> None:
        """Let running exchanges end for a moment, write what is counted, close."""
        await self.app.close()
        await self._served(5)
        await self.control.close(1)
        await self.peers.close()
        self.refusals.close()
        for task in list(self.tasks):
            task.cancel()
        if self.log.fault is None and self.view.registry is not None and self.log.durable:
            try:
                await self.witnessing.checkpoint()
            except Fault as fault:
                say.warning("no last checkpoint: %s", fault)
        await self.log.close()
        for _, source in self.sources.values():
            await source.close()

    async def _served(self, seconds: float) -> None:
        """Let answers to peers end, for `seconds` at most."""
        until = self.loop.time() + seconds
        while any(link.streams for link in self.peers.all) and self.loop.time() < until:
            await asyncio.sleep(0.02)

    def background(self, work: Coroutine) -> None:
        """Run something that nobody waits for; what goes wrong is said."""
        task = self.loop.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task) -> None:
        self.tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            say.error("in the background", exc_info=task.exception())

    async def _sweep(self) -> None:
        """Once a second: exchanges that wait too long, streams whose agreement has ended, our certificate."""
        while True:
            await asyncio.sleep(1)
            now = self.loop.time()
            for ask in list(self.asking):
                ask.late(now)
            self.recheck()
            try:
                self.peers.renew()
            except OSError as why:  # ssl.SSLError is one
                say.error("the new certificate cannot be used: %s", why)

    # --- the log

    def record(
        self,
        kind: str,
        side: str,
        req: RequestHead | None,
        req_sig: bytes | None,
        ans: AnswerHead | None = None,
        ans_sig: bytes | None = None,
        *,
        fault: str | None = None,
        times: int | None = None,
        opening: bytes | None = None,
        done: Callable[[Exception | None], None] | None = None,
    ) -> None:
        """Append an entry; `done` is called when it is durable, with None, or when it cannot be, with why."""
        log = self.log
        ms = now_ms()
        if self._at[0] != ms:
            self._at = ms, strict.utc_ms(ms)
        entry = corelog.record(
            self.home.node, log.epoch, log.size, self._at[1], kind, side,
            req, req_sig, ans, ans_sig, fault, times,
        )  # fmt: skip
        exchange = bytes.fromhex(req.exchange.replace("-", "")) if req is not None else NO_ID
        log.append(exchange, entry, opening, done or _nothing)

    async def recorded(self, *what: object, **more: object) -> None:
        """`record`, awaited; `Fault log.failed` when it cannot be durable."""
        future = self.loop.create_future()

        def done(fault: Exception | None) -> None:
            if not future.done():
                future.set_result(fault)

        self.record(*what, **more, done=done)
        if await future is not None:
            raise Fault("log.failed")

    # --- documents

    def swap(self, view: View) -> None:
        """New documents are in force for the next exchange; what they no longer allow is cut now."""
        self.view = view
        self.peers.recheck()
        self.recheck()
        kept = view.node.sources if view.node is not None else {}
        for id, (sealed, source) in list(self.sources.items()):
            if id not in kept or kept[id]["sealed"] != sealed:
                del self.sources[id]
                self.background(self._retire(source))

    async def _retire(self, source: Source) -> None:
        """Close a source that is no longer ours to use, once running answers had their time."""
        await asyncio.sleep(5)
        await source.close()

    def recheck(self) -> None:
        for stream in list(self.streams):
            stream.recheck()
        for ask in list(self.asking):
            ask.recheck()

    def source(self, id: str) -> Source:
        """The source `id` of our own document; `Fault source.settings` when it cannot be opened."""
        row = self.view.node.sources.get(id)
        if row is None:
            raise Fault("source.settings", name=id)
        known = self.sources.get(id)
        if known is not None and known[0] == row["sealed"]:
            return known[1]
        try:
            dsn = self.home.located(json.loads(self.seal.decrypt(strict.b64d(row["sealed"]))))
        except (CryptoError, ValueError, Fault):
            raise Fault("source.settings", name=id) from None
        source = open_source(row["kind"], dsn, row["pool"], timeout=SOURCE_SECONDS)
        self.sources[id] = (row["sealed"], source)
        return source

    # --- links

    def serve(self, channel: Channel, frame: Frame) -> None:
        Serving.serve(self, channel, frame)

    def channel(self, node: str) -> Channel | None:
        """An open channel to a node, our own too."""
        return self.loopback if node == self.home.node else self.peers.get(node)

    def node_of_key(self, spki: str) -> str:
        return self.view.node_of_key(spki)

    def addresses(self, node: str) -> list[str]:
        row = self.view.registry.nodes.get(node) if self.view.registry else None
        return row["addrs"] if row is not None else []

    def registry_node(self) -> str | None:
        return self.view.registry_node()

    def hello(self) -> dict:
        """What we say of ourselves on a new link."""
        serial = self.view.registry.serial if self.view.registry else 0
        return {"node": self.home.node, "clock": now_ms(), "registry": serial}

    def linked(self, link: Link, hello: dict) -> None:
        """A link is up: whoever has the newer registry document passes it on."""
        self.peers.linked(link)
        registry = self.view.registry
        if registry is not None and hello.get("registry", 0) < registry.serial:
            self.background(self.push(link))

    def unlinked(self, link: Link) -> None:
        self.peers.unlinked(link)

    async def push(self, link: Link) -> None:
        """Pass our registry document on over one link."""
        try:
            await link.ask("registry", doc=self.view.registry.envelope.raw.decode())
        except Fault as fault:
            say.warning("%s did not take the registry document: %s", link.node, fault)

    def push_registry(self) -> None:
        """Pass it on over every link, at once."""
        for link in list(self.peers.links.values()):
            self.background(self.push(link))

    def control_message(self, link: Link, message: dict) -> None:
        self.background(self._answer(link, message))

    async def _answer(self, link: Link, message: dict) -> None:
        try:
            ask = KINDS.get(message.get("kind"))
            if ask is None:
                raise Fault("link.kind", kind=str(message.get("kind"))[:40])
            answer = await ask(self, link.node, message)
        except Fault as fault:
            answer = fault_fields(fault)
        except (KeyError, TypeError, AttributeError, ValueError):
            answer = fault_fields(Fault("wire.malformed"))
        link.answer(message, answer)

    # --- what is seen from outside

    def status(self) -> dict:
        """For `GET /status`."""
        view = self.view
        until: datetime | None = view.valid_until
        links = [
            {
                "node": link.node,
                "state": "linked",
                "clock_ms": link.clock_ms,
                "since": strict.utc_ms(link.since),
            }
            for link in self.peers.links.values()
        ]
        faults = list(self.faults)
        if self.log.fault is not None:
            faults.append(f"log.failed: {self.log.fault}")
        return {
            "node": self.home.node,
            "epoch": self.log.epoch,
            "size": self.log.durable,
            "serials": {
                "registry": view.registry.serial if view.registry else 0,
                "node": view.node.serial if view.node else 0,
            },
            "valid_until": strict.utc(until) if until else None,
            "peers": links,
            "faults": faults,
            "flushes": self.log.flushes,
        }


def _nothing(fault: Exception | None) -> None:
    """Nobody waits for this entry."""
