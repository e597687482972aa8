"""Append-only files of length- and checksum-framed records.

A segment is `e<epoch>-<first seq>.seg`: a 16-byte header, then records `length u32 | crc32 u32 | bytes`
(big endian). Only the last segment is ever written; zeros lie ahead of its end, so that a flush has bytes
to carry to the disk but no new length. A record that a crash tore is cut off when the log is opened again; a
damaged record anywhere else is an error, never skipped.
"""

import os
import struct
import zlib
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

HEADER = b"pendopo.seg/1\n\0\0"
RECORD = struct.Struct(">II")
SEGMENT_BYTES = 32 << 20
RECORD_MAX = 1 << 20
AHEAD = 256 * 1024  # zeros written at once: every few hundred entries


class LogDamaged(Exception):
    """The log on disk contradicts itself: the gateway must not start on it."""


def pack(entry: bytes) -> bytes:
    """One record as it lies on disk."""
    return RECORD.pack(len(entry), zlib.crc32(entry)) + entry


def path_of(folder: Path, epoch: int, first: int) -> Path:
    return folder / f"e{epoch:04d}-{first:012d}.seg"


def find(folder: Path, epoch: int) -> list[tuple[int, Path]]:
    """(first seq, path) of every segment of `epoch`, in order."""
    return sorted((int(p.stem.split("-")[1]), p) for p in folder.glob(f"e{epoch:04d}-*.seg"))


def scan(data: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    """(offset of the entry's bytes, entry) of each whole record of a segment's bytes, from offset `start`.

    Ends before the first record that is torn or damaged; the caller decides whether that may be.
    """
    at = start
    while at + RECORD.size <= len(data):
        length, crc = RECORD.unpack_from(data, at)
        entry = data[at + RECORD.size : at + RECORD.size + length]
        if length == 0 or length > RECORD_MAX or len(entry) < length or zlib.crc32(entry) != crc:
            return
        yield at + RECORD.size, entry
        at += RECORD.size + length


def sync_folder(folder: Path) -> None:
    """Make a created or renamed file's name durable."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def write_all(fd: int, data: bytes) -> None:
    """`os.write` until all is written; raises OSError."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


class Writer:
    """The end of the log: `put` writes, `sync` makes durable what was put. Never both at once."""

    def __init__(self, folder: Path, epoch: int, first: int, offset: int | None) -> None:
        """Goes on in the segment that starts with `first` at `offset`; None makes that segment."""
        self.folder, self.epoch = folder, epoch
        self.fd = -1
        self.offset = self.length = 0  # where the next record goes; where the file ends, after its zeros
        self._open(first, offset)

    def _open(self, first: int, offset: int | None) -> None:
        path = path_of(self.folder, self.epoch, first)
        if offset is None:
            self.fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            write_all(self.fd, HEADER)
            os.fsync(self.fd)
            sync_folder(self.folder)
            self.offset = len(HEADER)
        else:
            self.fd = os.open(path, os.O_WRONLY)
            self.offset = os.lseek(self.fd, offset, os.SEEK_SET)
        self.length = self.offset

    def put(self, data: bytes, next_seq: int) -> int:
        """Write packed records, the first of entry `next_seq`; the offset of the first. Raises OSError."""
        if self.offset >= SEGMENT_BYTES:
            os.ftruncate(self.fd, self.offset)
            os.fsync(self.fd)  # a segment that is not the last ends with its last record
            os.close(self.fd)
            self._open(next_seq, None)
        start = self.offset
        self.offset += len(data)
        if self.offset <= self.length:
            write_all(self.fd, data)
        else:
            write_all(self.fd, data + bytes(AHEAD))
            self.length = os.lseek(self.fd, self.offset, os.SEEK_SET) + AHEAD
        return start

    def sync(self) -> None:
        """Raises OSError: then nothing that was put since the last may be called durable, now or later."""
        os.fdatasync(self.fd)

    def close(self) -> None:
        os.ftruncate(self.fd, self.offset)
        os.close(self.fd)


class Recovery:
    """Reads the segments of an epoch from entry `known` on and cuts a torn end.

    Iterating gives (segment's first seq, offset, entry) for seq `known`, `known + 1` …; afterwards `first`
    and `end` say where the last segment starts and ends (`end` None: there is no segment yet).
    """

    def __init__(self, folder: Path, epoch: int, known: int) -> None:
        self.folder, self.epoch, self.known = folder, epoch, known
        self.first, self.end = 0, None

    def __iter__(self) -> Iterator[tuple[int, int, bytes]]:
        """Raises LogDamaged where a record is damaged that no crash can have torn."""
        found = find(self.folder, self.epoch)
        # A crash between making a segment and writing its header leaves a file that holds nothing.
        if found and found[-1][1].stat().st_size < len(HEADER):
            found.pop()[1].unlink()
        following = [first for first, _ in found[1:]]
        for (first, path), after in zip_longest(found, following):
            if after is not None and after <= self.known:
                continue
            data = path.read_bytes()
            if data[: len(HEADER)] != HEADER:
                raise LogDamaged(f"{path.name}: not a segment")
            seq, end = first, len(HEADER)
            for offset, entry in scan(data, len(HEADER)):
                if seq >= self.known:
                    yield first, offset, entry
                seq, end = seq + 1, offset + len(entry)
            if after is None:
                _settle(path, data, end)
                self.first, self.end = first, end
            elif seq != after or end != len(data):
                raise LogDamaged(f"{path.name}: damaged after entry {seq - 1}")


def _settle(path: Path, data: bytes, end: int) -> None:
    """Cut a torn end and write the rest again in place.

    After a failed flush the kernel may hold pages as clean that never reached the disk; writing the same
    bytes once more makes the following fsync carry them there, so that what we read is what is durable.
    """
    fd = os.open(path, os.O_WRONLY)
    try:
        write_all(fd, data[:end])
        os.ftruncate(fd, end)
        os.fsync(fd)
    finally:
        os.close(fd)
