"""Where each entry lies: one fixed record an entry, in order.

`exchange id (16) | offset u32 | length u32 | opening u64`, big endian. The offset counts inside the
segment that holds the entry; `opening` is the place of its box in the day's file, 0 when it has none or
its place was lost in a crash. An entry without an exchange id (an act, an epoch) has 16 zero bytes.
"""

import mmap
import os
import struct
from pathlib import Path

RECORD = struct.Struct(">16sIIQ")
NO_ID = bytes(16)


class Index:
    """One file; appended by one thread, read by any."""

    def __init__(self, path: Path, size: int) -> None:
        """Opens (or makes) the file and forgets what lies beyond `size` records; ValueError if shorter."""
        self.fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        if os.fstat(self.fd).st_size < size * RECORD.size:
            raise ValueError("index file is shorter than its checkpoint")
        os.ftruncate(self.fd, size * RECORD.size)
        self.size = size

    def extend(self, records: list[tuple[bytes, int, int, int]]) -> None:
        data = b"".join([RECORD.pack(*record) for record in records])
        while data:
            data = data[os.write(self.fd, data) :]
        self.size += len(records)

    def get(self, seq: int) -> tuple[bytes, int, int, int]:
        """(exchange id, offset, length, opening) of entry `seq`; IndexError when there is none."""
        if not 0 <= seq < self.size:
            raise IndexError(seq)
        return RECORD.unpack(os.pread(self.fd, RECORD.size, seq * RECORD.size))

    def find(self, exchange_id: bytes) -> list[int]:
        """Sequence numbers of the entries with this id, newest first. Reads the whole file through the page
        cache: about 10 ms a million entries, for evidence only."""
        size = self.size * RECORD.size
        if not size or exchange_id == NO_ID:
            return []
        found: list[int] = []
        with mmap.mmap(self.fd, size, access=mmap.ACCESS_READ) as view:
            at = view.rfind(exchange_id)
            while at >= 0:
                if at % RECORD.size == 0:
                    found.append(at // RECORD.size)
                at = view.rfind(exchange_id, 0, at + len(exchange_id) - 1)
        return found

    def flush(self) -> None:
        os.fdatasync(self.fd)

    def close(self) -> None:
        os.close(self.fd)
