"""The log: entries go in, are flushed in groups, and are acknowledged in order.

All entries appended in one turn of the event loop, and all that come while a flush is under way, share
the next flush. A thread does nothing but flush: whatever else it did would fight with the loop for the
interpreter. `done(None)` is called when the entry is durable, `done(fault)` when it never will be: one
failed flush poisons the log until the gateway is restarted, because the kernel reports it only once.
"""

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from pendopo.gateway.log import segments
from pendopo.gateway.log.index import NO_ID, Index
from pendopo.gateway.log.openings import Openings
from pendopo.gateway.log.segments import LogDamaged, Recovery, Writer
from pendopo.gateway.log.tree import StoredTree

say = logging.getLogger("pendopo.gateway.log")

Done = Callable[[Exception | None], None]


class LogFault(Exception):
    """The log cannot be written: nothing may be answered."""


class Log:
    """One epoch of one node's log. Only its flushes run outside of the event loop."""

    def __init__(self, folder: Path, openings: Path, epoch: int, known: int, root: bytes | None) -> None:
        """Opens the log in `folder` after whatever happened to the process that wrote it.

        `known` and `root` are the newest checkpoint's size and root (0 and None without one): the tree up to
        there is taken from disk, everything later is read again. Raises LogDamaged when segments and
        checkpoint contradict each other.
        """
        self.folder, self.epoch = folder, epoch
        self.openings = Openings(openings)
        try:
            self._load(known, root)
        except ValueError as why:
            say.warning("tree and index are made anew from the segments: %s", why)
            self._load(0, None)
            if root is not None and (self.size < known or self.tree.subtree(0, known) != root):
                raise LogDamaged(f"entries 0 to {known - 1} do not give the checkpoint's root") from None
        self.durable = self.size  # entries acknowledged as durable
        self.fault: Exception | None = None
        self.flushes = 0
        self._pending: list[tuple[bytes, bytes, bytes | None, Done]] = []
        self._busy = False
        self._queue: queue.SimpleQueue = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def _load(self, known: int, root: bytes | None) -> None:
        self.tree = StoredTree(self.folder / f"e{self.epoch:04d}.tree", known)
        self.index = Index(self.folder / f"e{self.epoch:04d}.index", known)
        if root is not None and self.tree.root() != root:
            raise ValueError("tree file does not give the checkpoint's root")
        recovery = Recovery(self.folder, self.epoch, known)
        for _, offset, entry in recovery:
            self.tree.extend([entry])
            self.index.extend([(exchange_id_of(entry), offset, len(entry), 0)])
        if self.tree.size < known:
            raise LogDamaged(f"the log ends at entry {self.tree.size - 1}, its checkpoint has {known}")
        self.size = self.tree.size
        self.writer = Writer(self.folder, self.epoch, recovery.first, recovery.end)

    # --- the event loop's side

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)
        self._thread.start()

    def append(self, exchange_id: bytes, entry: bytes, opening: bytes | None, done: Done) -> None:
        """Append the encoded `entry`, which must carry `size` as its seq. `done` is called on the loop."""
        if self.fault is not None:
            self.loop.call_soon(done, self.fault)
            return
        self._pending.append((exchange_id, entry, opening, done))
        self.size += 1
        if not self._busy:
            self._busy = True
            self.loop.call_soon(self._kick)

    def _kick(self) -> None:
        """Write what waits, and have it flushed."""
        batch, self._pending = self._pending, []
        try:
            place = self._open_boxes(batch)
            start = self.writer.put(b"".join([segments.pack(item[1]) for item in batch]), self.durable)
        except OSError as why:
            self._poison(batch, LogFault(f"{why.strerror}"))
            return
        self._queue.put((self.writer.sync, lambda fault: self._flushed(batch, start, place, fault)))

    def _flushed(self, batch: list, start: int, place: int, fault: Exception | None) -> None:
        """The batch is durable, or the log is poisoned."""
        if fault is not None:
            self._poison(batch, fault)
            return
        self.flushes += 1
        self.durable += len(batch)
        self._busy = bool(self._pending)
        if self._busy:
            self.loop.call_soon(self._kick)
        _tell(batch, None)
        # Tree and index follow the acknowledgement: after a crash they are made again from the segments.
        try:
            self._note(batch, start, place)
        except OSError as why:
            self._poison([], LogFault(f"{why.strerror}"))

    def _poison(self, batch: list, fault: Exception) -> None:
        say.critical("the log cannot be written (%s): nothing is answered until a restart", fault)
        self.fault, self._busy = fault, False
        batch, self._pending = batch + self._pending, []
        _tell(batch, fault)

    async def written(self, exchange_id: bytes, entry: bytes, opening: bytes | None) -> None:
        """Append and wait until durable; raises LogFault."""
        future = self.loop.create_future()

        def done(fault: Exception | None) -> None:
            if future.cancelled():
                return
            future.set_exception(fault) if fault else future.set_result(None)

        self.append(exchange_id, entry, opening, done)
        await future

    async def head(self) -> tuple[int, bytes]:
        """(size, root) of the log with all that was appended before, all of it durable, also tree, index and
        openings. Raises LogFault."""
        least = self.size
        while self.durable < least and self.fault is None:
            await self._in_thread(_nothing)
        if self.fault is not None:
            raise self.fault
        size, root = self.tree.size, self.tree.root()
        await self._in_thread(self._flush_rest)
        return size, root

    def _flush_rest(self) -> None:
        self.openings.flush()
        self.tree.flush()
        self.index.flush()

    async def _in_thread(self, what: Callable[[], None]) -> None:
        """Done by the thread after all it was given before; raises LogFault."""
        future = self.loop.create_future()

        def then(fault: Exception | None) -> None:
            if not future.cancelled():
                future.set_exception(fault) if fault else future.set_result(None)

        self._queue.put((what, then))
        await future

    async def close(self) -> None:
        """Flush what waits, end the thread, close the files."""
        while self._busy and self.fault is None:
            await self.head()
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)
        for part in (self.writer, self.tree, self.index, self.openings):
            part.close()

    # --- reading (any thread)

    def entry(self, seq: int) -> bytes:
        """The bytes of entry `seq`; IndexError when there is none yet."""
        _, offset, length, _ = self.index.get(seq)
        path = self._segment_of(seq)
        with open(path, "rb") as file:
            file.seek(offset)
            return file.read(length)

    def entries(self, first: int, limit: int) -> Iterator[tuple[int, bytes]]:
        """(seq, entry) from `first` on, at most `limit`."""
        path, file = None, None
        try:
            for seq in range(first, min(first + limit, self.index.size)):
                _, offset, length, _ = self.index.get(seq)
                if path != (path := self._segment_of(seq)) or file is None:
                    if file:
                        file.close()
                    file = open(path, "rb")  # noqa: SIM115 (closed below; one a segment, not one an entry)
                file.seek(offset)
                yield seq, file.read(length)
        finally:
            if file:
                file.close()

    def opening(self, seq: int, days: tuple[str, ...]) -> bytes | None:
        """The opening of entry `seq`, written on one of the `days`."""
        return self.openings.read(days, seq, self.index.get(seq)[3])

    def _segment_of(self, seq: int) -> Path:
        for first, path in reversed(segments.find(self.folder, self.epoch)):
            if first <= seq:
                return path
        raise IndexError(seq)

    # --- the thread

    def _run(self) -> None:
        while (work := self._queue.get()) is not None:
            what, then = work
            fault = None
            try:
                what()
            except OSError as why:
                fault = LogFault(f"{why.strerror}")
            self.loop.call_soon_threadsafe(then, fault)

    # --- what lies beside the segments

    def _open_boxes(self, batch: list) -> int:
        parts = [(self.durable + i, item[2]) for i, item in enumerate(batch) if item[2] is not None]
        return self.openings.write(f"{datetime.now(UTC):%Y-%m-%d}", parts) if parts else 0

    def _note(self, batch: list, start: int, place: int) -> None:
        records = []
        for exchange_id, entry, opening, _ in batch:
            start += segments.RECORD.size
            records.append((exchange_id, start, len(entry), place if opening is not None else 0))
            start += len(entry)
        self.tree.extend([item[1] for item in batch])
        self.index.extend(records)


def _nothing() -> None:
    """Only to be waited for."""


def _tell(batch: list, fault: Exception | None) -> None:
    for _, _, _, done in batch:
        try:
            done(fault)
        except Exception:
            say.exception("after a flush")


def exchange_id_of(entry: bytes) -> bytes:
    """The 16 bytes of the exchange id in an encoded entry's request head; zeros where it has none.

    Read off the bytes: a log of a million entries is indexed again without parsing each.
    """
    at = entry.find(b'"exchange":"')
    text = entry[at + 12 : at + 48] if at >= 0 else b""
    try:
        return bytes.fromhex(text.decode().replace("-", ""))[:16] if len(text) == 36 else NO_ID
    except ValueError:
        return NO_ID
