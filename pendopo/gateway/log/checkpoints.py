"""Checkpoints of our log, and what other nodes attested of them; and what we attested of theirs.

`log/e<epoch>.ckpt` holds one JSON line a checkpoint: `{"ckpt", "attestations"}`. The last line counts; a torn
one is ignored. What was attested stays for ever; of what was not, about one line a minute stays: evidence
rests on the earliest checkpoint that covers an entry and that its witnesses attested, where there are any.
`state/witness.json` remembers, for each log we attested, the newest checkpoint, so that nobody can show us a
shorter or another history.
"""

import json
import os
import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from pendopo.core import envelope, merkle, strict
from pendopo.core import log as corelog
from pendopo.core.errors import Fault
from pendopo.core.log import Checkpoint
from pendopo.gateway.files import install
from pendopo.gateway.log.segments import write_all

CLOCK_SECONDS = 60
APART = timedelta(seconds=60)  # between checkpoints that stay though nobody attested the later one
TAIL = 1 << 20  # bytes of the file's end in which its last whole line is looked for first


class Checkpoints:
    """The file of one epoch's checkpoints."""

    def __init__(self, folder: Path, epoch: int) -> None:
        self.path = folder / f"e{epoch:04d}.ckpt"
        self.lock = threading.Lock()  # gateways keep and look from threads
        self.last = self._read_last() if self.path.exists() else None
        self.open: int | None = None  # where the last line begins, if it may still be replaced
        self.stays: datetime | None = None  # time of the line before that
        self.at: datetime | None = None  # time of the last line that we wrote

    def _read_last(self) -> tuple[bytes, list[bytes]] | None:
        """The last whole line."""
        size = self.path.stat().st_size
        with self.path.open("rb") as file:
            for start in (max(0, size - TAIL), 0):
                file.seek(start)
                for line in reversed(file.read().split(b"\n")):  # the first may be a part; it is then no JSON
                    try:
                        value = json.loads(line)
                        Checkpoint.parse(value["ckpt"])
                        return value["ckpt"].encode(), [text.encode() for text in value["attestations"]]
                    except (ValueError, KeyError, AttributeError, TypeError, Fault):
                        continue
        return None

    @property
    def known(self) -> tuple[int, bytes | None]:
        """(size, root) of the newest checkpoint; (0, None) without one."""
        if self.last is None:
            return 0, None
        checkpoint = Checkpoint.parse(self.last[0])
        return checkpoint.size, checkpoint.root

    def covering(self, seq: int, wanted: set[str]) -> tuple[bytes, list[bytes]] | None:
        """The earliest checkpoint kept that holds entry `seq` and that each node in `wanted` attested.

        The earliest proves most: a key that was revoked since was sound when the witnesses looked. Gives the
        checkpoint and the wanted attestations. Sizes only grow, so the place to begin is found by halving.
        """
        if not self.path.exists():
            return None
        with self.lock, self.path.open("rb") as file:
            low, high = 0, self.path.stat().st_size
            while low < high:
                middle = (low + high) // 2
                kept = _next_kept(file, middle)
                if kept is None or kept[0].size > seq:
                    high = middle
                else:
                    low = file.tell()
            kept = _next_kept(file, low)
            while kept is not None:
                checkpoint, attestations = kept
                theirs = [each for each in attestations if corelog.Attestation.parse(each).by in wanted]
                if checkpoint.size > seq and wanted <= {corelog.Attestation.parse(a).by for a in theirs}:
                    return checkpoint.envelope.raw, theirs
                kept = _next_kept(file)
        return None

    def keep(self, raw: bytes, attestations: list[bytes]) -> None:
        """Write a checkpoint with what was attested of it; durable when this returns.

        It takes the place of the last one, if nobody attested that and it is the same or less than a minute
        after the one before. A crash in between tears that line: the log is then read from the one before.
        """
        with self.lock:
            self._keep(raw, attestations, Checkpoint.parse(raw).at)

    def _keep(self, raw: bytes, attestations: list[bytes], at: datetime) -> None:
        near = self.stays is not None and at - self.stays < APART
        replaces = self.open is not None and (near or raw == self.last[0])
        text = {"ckpt": raw.decode(), "attestations": [each.decode() for each in attestations]}
        fd = os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            if replaces:
                os.ftruncate(fd, self.open)
                os.fsync(fd)  # never one line's beginning before another's end, which could look whole
            start = os.lseek(fd, 0, os.SEEK_END)
            write_all(fd, (b"\n" if start else b"") + strict.dumps(text))
            os.fsync(fd)
        finally:
            os.close(fd)
        if not replaces:
            self.stays = self.at
        self.last, self.at, self.open = (raw, attestations), at, None if attestations else start


def _next_kept(file: BinaryIO, at: int | None = None) -> tuple[Checkpoint, list[bytes]] | None:
    """The next whole line from here, or the first that begins at or after `at`; None at the end."""
    if at:
        file.seek(at - 1)
        file.readline()
    elif at == 0:
        file.seek(0)
    for line in iter(file.readline, b""):
        try:
            value = json.loads(line)
            return Checkpoint.parse(value["ckpt"]), [text.encode() for text in value["attestations"]]
        except (ValueError, KeyError, AttributeError, Fault):
            continue  # torn by a crash, or the empty line before the first after one
    return None


class Witness:
    """What we saw of other nodes' logs."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.seen: dict[str, dict] = json.loads(path.read_bytes()) if path.exists() else {}

    def last(self, log: str) -> tuple[int, int]:
        """(epoch, size) of the newest checkpoint of `log` that we attested; (0, 0) for none."""
        seen = self.seen.get(log)
        return (seen["epoch"], seen["size"]) if seen else (0, 0)

    def check(self, checkpoint: Checkpoint, pub: bytes, proof: list[bytes], now: float) -> None:
        """Whether we may attest it: signed, of now, and a continuation of what we saw before.

        `Fault checkpoint.signature`, `.clock`, `.epoch`, `.shrunk` or `.forked`.
        """
        if not checkpoint.envelope.signed_by(checkpoint.envelope.keys[0], pub):
            raise Fault("checkpoint.signature", log=checkpoint.log)
        if abs(checkpoint.at.timestamp() - now) > CLOCK_SECONDS:
            raise Fault("checkpoint.clock", log=checkpoint.log)
        seen = self.seen.get(checkpoint.log)
        if seen is None or seen["epoch"] < checkpoint.epoch:
            return
        if seen["epoch"] > checkpoint.epoch:
            raise Fault("checkpoint.epoch", log=checkpoint.log)
        if seen["size"] > checkpoint.size:
            raise Fault("checkpoint.shrunk", log=checkpoint.log, size=checkpoint.size, seen=seen["size"])
        before = bytes.fromhex(seen["root"])
        if not merkle.check_consistency(seen["size"], checkpoint.size, before, checkpoint.root, proof):
            raise Fault("checkpoint.forked", log=checkpoint.log, size=checkpoint.size)

    def remember(self, checkpoint: Checkpoint) -> bytes:
        """Take it as the newest; gives what must be written before it is attested."""
        self.seen[checkpoint.log] = {
            "epoch": checkpoint.epoch,
            "size": checkpoint.size,
            "root": checkpoint.root.hex(),
        }
        return strict.dumps(self.seen)

    def save(self, text: bytes) -> None:
        install(self.path, text)


def attest(checkpoint: Checkpoint, by: str, now, serial: int, key) -> bytes:
    """An attest/1 envelope by the node's log key."""
    return envelope.seal(
        corelog.ATTESTATION, corelog.attestation(checkpoint.envelope.sha, by, now, serial), [key]
    )
