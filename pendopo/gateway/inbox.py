"""Deliveries to agencies of this node: on disk before they are acknowledged, until the database has them.

One file a delivery, `gateway/inbox/<msg id>.<hash of sender>.json`; memory holds their names only.
A second delivery of the same (from, msg_id) changes nothing; ids that were taken are remembered in `taken`,
one line each.
"""

import asyncio
import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path

from pendopo.core import strict
from pendopo.core.errors import Fault
from pendopo.gateway.files import install
from pendopo.gateway.log.segments import sync_folder

WAITING_MAX = 10_000  # deliveries that may wait for the database
ANSWER_MAX = 8 * 1024 * 1024  # bytes of deliveries handed over at once


class Inbox:
    """Owned by the event loop; disk work runs in a thread."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # The id of each delivery that waits, with its file's size.
        self.waiting = {
            path.name.removesuffix(".json"): path.stat().st_size for path in folder.glob("*.json")
        }
        taken = folder / "taken"
        self.known = set(taken.read_text().split()) if taken.exists() else set()
        self.arrived = asyncio.Event()
        if self.waiting:
            self.arrived.set()

    @staticmethod
    def _id(sender: str, msg_id: str) -> str:
        return f"{msg_id}.{hashlib.sha256(sender.encode()).hexdigest()[:16]}"

    async def put(self, sender: str, to: str, msg_id: str, type: str, doc: str, exchange: str) -> None:
        """Keep a delivery; durable when this returns. `Fault delivery.full` when too many wait."""
        id = self._id(sender, msg_id)
        if id in self.waiting or id in self.known:
            return
        if len(self.waiting) >= WAITING_MAX:
            raise Fault("delivery.full")
        item = {
            "id": id, "from": sender, "to": to, "msg_id": msg_id, "type": type, "doc": doc,
            "exchange_id": exchange,
        }  # fmt: skip
        data = strict.dumps(item)
        await asyncio.to_thread(install, self._path(id), data)
        self.waiting[id] = len(data)
        self.arrived.set()

    async def wait(self, seconds: float) -> list[dict]:
        """What waits, oldest first, up to `ANSWER_MAX` but at least one; waits up to `seconds` for the first.

        The rest comes with the next call, once these are taken.
        """
        if not self.waiting:
            try:
                async with asyncio.timeout(seconds):
                    await self.arrived.wait()
            except TimeoutError:
                return []
        chosen, size = [], 0
        for id in sorted(self.waiting):
            size += self.waiting[id]
            if chosen and size > ANSWER_MAX:
                break
            chosen.append(id)
        return await asyncio.to_thread(self._read, chosen)

    def _read(self, ids: list[str]) -> list[dict]:
        found = []
        for id in ids:
            # One that was taken meanwhile is gone.
            with suppress(FileNotFoundError):
                found.append(json.loads(self._path(id).read_bytes()))
        return found

    def _path(self, id: str) -> Path:
        return self.folder / f"{id}.json"

    async def taken(self, id: str) -> None:
        """The database has it; `Fault delivery.unknown` when there is no such delivery."""
        if id in self.known and id not in self.waiting:
            return
        if id not in self.waiting:
            raise Fault("delivery.unknown", id=id[:80])
        await asyncio.to_thread(self._forget, id)
        self.known.add(id)
        self.waiting.pop(id, None)
        if not self.waiting:
            self.arrived.clear()

    def _forget(self, id: str) -> None:
        fd = os.open(self.folder / "taken", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(fd, f"{id}\n".encode())
            os.fsync(fd)
        finally:
            os.close(fd)
        self._path(id).unlink(missing_ok=True)
        sync_folder(self.folder)
