"""The Merkle tree of the log (RFC 6962), kept on disk so that any proof costs a few reads.

The file holds the hash of every complete subtree in the order in which subtrees become complete: each
leaf is followed by the parents it completes. `position` finds a node; nothing but the right edge is kept
in memory.
"""

import os
from pathlib import Path

from pendopo.core import merkle

HASH = 32


def position(level: int, n: int) -> int:
    """Where the `n`-th complete subtree of 2^level leaves lies, counted in hashes.

    It becomes complete with leaf ((n+1) << level) - 1. Before that leaf lie, for each level, as many
    hashes as complete subtrees existed; after it follow its `level` ancestors.
    """
    leaf = ((n + 1) << level) - 1
    return count(leaf) + level


def count(size: int) -> int:
    """How many hashes a tree of `size` leaves keeps: size + size/2 + size/4 + …"""
    return 2 * size - size.bit_count()


class StoredTree:
    """One file of hashes; `extend` belongs to one thread, reading may happen from another."""

    def __init__(self, path: Path, size: int) -> None:
        """Opens (or makes) the file and forgets what lies beyond `size` leaves.

        Raises ValueError when the file holds fewer.
        """
        self.fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        if os.fstat(self.fd).st_size < count(size) * HASH:
            raise ValueError("tree file is shorter than its checkpoint")
        os.ftruncate(self.fd, count(size) * HASH)
        os.lseek(self.fd, 0, os.SEEK_END)
        self.size = size
        self.edge = [self._read(level, (size >> level) - 1) for level in self._levels(size)]

    @staticmethod
    def _levels(size: int) -> list[int]:
        """Levels of the complete subtrees on the right edge, largest first."""
        return [level for level in range(size.bit_length() - 1, -1, -1) if size >> level & 1]

    def _read(self, level: int, n: int) -> bytes:
        got = os.pread(self.fd, HASH, position(level, n) * HASH)
        if len(got) != HASH:
            raise ValueError("tree file is shorter than asked")
        return got

    def extend(self, entries: list[bytes]) -> None:
        """Append the entries' leaves and every parent they complete (written, not flushed)."""
        out: list[bytes] = []
        edge, size = self.edge, self.size
        for entry in entries:
            h = merkle.leaf(entry)
            out.append(h)
            rest = size
            while rest & 1:
                h = merkle.node(edge.pop(), h)
                out.append(h)
                rest >>= 1
            edge.append(h)
            size += 1
        data = b"".join(out)
        while data:
            data = data[os.write(self.fd, data) :]
        self.size = size

    def root(self) -> bytes:
        """Root of the tree as it is now."""
        return merkle.Tree.of(self.size, self.edge).root()

    def subtree(self, low: int, high: int) -> bytes:
        """MTH(D[low:high]) of RFC 6962 section 2.1, for a subtree that occurs in a proof."""
        if low == high:
            return merkle.EMPTY
        width = high - low
        if width & (width - 1) == 0 and low % width == 0:
            level = width.bit_length() - 1
            return self._read(level, low >> level)
        split = low + _split(width)
        return merkle.node(self.subtree(low, split), self.subtree(split, high))

    def inclusion(self, seq: int, size: int) -> list[bytes]:
        """PATH(seq, D[0:size]): proves the entry's place under the root of `size` (RFC 6962 2.1.1)."""
        proof: list[bytes] = []
        low, high = 0, size
        while high - low > 1:
            split = low + _split(high - low)
            if seq < split:
                proof.append(self.subtree(split, high))
                high = split
            else:
                proof.append(self.subtree(low, split))
                low = split
        return proof[::-1]

    def consistency(self, old: int, size: int) -> list[bytes]:
        """PROOF(old, D[0:size]): the tree of `old` is a prefix of that of `size` (RFC 6962 2.1.2)."""
        if old in (0, size):
            return []
        proof: list[bytes] = []
        low, high, whole = 0, size, True
        while old != high:
            split = low + _split(high - low)
            if old <= split:
                proof.append(self.subtree(split, high))
                high = split
            else:
                proof.append(self.subtree(low, split))
                low, whole = split, False
        if not whole:
            proof.append(self.subtree(low, high))
        return proof[::-1]

    def flush(self) -> None:
        os.fdatasync(self.fd)

    def close(self) -> None:
        os.close(self.fd)


def _split(width: int) -> int:
    """Largest power of two below `width` (> 1)."""
    return 1 << (width - 1).bit_length() - 1
