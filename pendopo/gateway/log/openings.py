"""Openings: what the log's salted commitments hide, kept apart and encrypted by a day key.

`openings/<day>.box` holds one box a group commit: `length u32 | first seq u64 | last seq u64 | box`, the
box a libsodium SecretBox of `seq u64 | length u32 | opening` records under `openings/<day>.key`. Shredding
the day's key takes away who asked for what; every proof stays valid. Days are UTC.
"""

import os
import secrets
import struct
from pathlib import Path

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from pendopo.gateway.log.segments import sync_folder, write_all

HEADER = b"pendopo.box/1\n\0\0"
BOX = struct.Struct(">IQQ")
PART = struct.Struct(">QI")


class Openings:
    """Appended by the log's thread, read by any."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.day = ""
        self.fd = -1
        self.offset = 0

    def _turn(self, day: str) -> None:
        """Go over to the files of `day`, making key and file where they are new."""
        self.close()
        key = self.folder / f"{day}.key"
        if not key.exists():
            fd = os.open(key.with_suffix(".new"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            write_all(fd, secrets.token_bytes(SecretBox.KEY_SIZE))
            os.fsync(fd)
            os.close(fd)
            os.rename(key.with_suffix(".new"), key)
            sync_folder(self.folder)
        self.box = SecretBox(key.read_bytes())
        self.fd = os.open(self.folder / f"{day}.box", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.offset = os.fstat(self.fd).st_size
        if self.offset < len(HEADER):
            os.ftruncate(self.fd, 0)
            write_all(self.fd, HEADER)
            self.offset = len(HEADER)
        self.day = day

    def write(self, day: str, parts: list[tuple[int, bytes]]) -> int:
        """Append one box of (seq, opening) parts, in order; gives its place. Not flushed by itself."""
        if day != self.day:
            self._turn(day)
        plain = b"".join([PART.pack(seq, len(text)) + text for seq, text in parts])
        box = self.box.encrypt(plain)
        place = self.offset
        data = BOX.pack(len(box), parts[0][0], parts[-1][0]) + box
        write_all(self.fd, data)
        self.offset += len(data)
        return place

    def read(self, days: tuple[str, ...], seq: int, place: int) -> bytes | None:
        """The opening of entry `seq`, which lies at `place` of one of the `days`' files (0: look for it).

        None when there is none, or its day key was shredded.
        """
        for day in days:
            found = self._read_day(day, seq, place) or (self._read_day(day, seq, 0) if place else None)
            if found is not None:
                return found
        return None

    def _read_day(self, day: str, seq: int, place: int) -> bytes | None:
        try:
            key = (self.folder / f"{day}.key").read_bytes()
            file = open(self.folder / f"{day}.box", "rb")  # noqa: SIM115 (closed below)
        except FileNotFoundError:
            return None
        with file:
            at = place or len(HEADER)
            while True:
                file.seek(at)
                head = file.read(BOX.size)
                if len(head) < BOX.size:
                    return None
                length, first, last = BOX.unpack(head)
                if first <= seq <= last:
                    return _part(key, file.read(length), seq)
                if place:
                    return None
                at += BOX.size + length

    def flush(self) -> None:
        if self.fd >= 0:
            os.fdatasync(self.fd)

    def close(self) -> None:
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


def _part(key: bytes, box: bytes, seq: int) -> bytes | None:
    try:
        plain = SecretBox(key).decrypt(box)
    except (CryptoError, ValueError):
        return None
    at = 0
    while at < len(plain):
        number, length = PART.unpack_from(plain, at)
        at += PART.size
        if number == seq:
            return plain[at : at + length]
        at += length
    return None
