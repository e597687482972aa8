"""The Merkle tree of RFC 6962, section 2.1: hashes, proofs, their checks, and a tree that only grows.

A leaf hash is SHA-256(0x00 ‖ entry), an inner one SHA-256(0x01 ‖ left ‖ right); 32 bytes each. Functions
over a whole tree take the sequence of its leaf hashes.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Self

EMPTY = sha256().digest()


def leaf(entry: bytes) -> bytes:
    """Hash of one entry."""
    return sha256(b"\0" + entry).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Hash of two subtrees."""
    return sha256(b"\1" + left + right).digest()


def root(leaves: Iterable[bytes]) -> bytes:
    """MTH: the head of the tree over `leaves`; the hash of nothing when there are none."""
    tree = Tree()
    for each in leaves:
        tree.append(each)
    return tree.root()


class Tree:
    """An append-only tree that keeps one hash per complete subtree: O(log n), O(1) amortised an append."""

    __slots__ = ("_edge", "size")

    def __init__(self) -> None:
        self.size = 0
        self._edge: list[bytes] = []

    def append(self, leaf_hash: bytes) -> None:
        """Add one leaf by its hash."""
        edge, rest = self._edge, self.size
        while rest & 1:
            leaf_hash = sha256(b"\1" + edge.pop() + leaf_hash).digest()
            rest >>= 1
        edge.append(leaf_hash)
        self.size += 1

    def root(self) -> bytes:
        """The head of the tree as it is now."""
        edge = self._edge
        if not edge:
            return EMPTY
        head = edge[-1]
        for left in reversed(edge[:-1]):
            head = sha256(b"\1" + left + head).digest()
        return head

    def state(self) -> tuple[int, list[bytes]]:
        """Size and right edge, largest subtree first: all that is needed to go on."""
        return self.size, list(self._edge)

    @classmethod
    def of(cls, size: int, edge: Sequence[bytes]) -> Self:
        """The tree that `state` described; ValueError when the edge does not fit the size."""
        if len(edge) != size.bit_count() or any(len(each) != 32 for each in edge):
            raise ValueError("this edge does not belong to a tree of this size")
        tree = cls()
        tree.size, tree._edge = size, list(edge)
        return tree


def inclusion(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """PATH(index, D): the hashes that lead from a leaf to the root, lowest first (2.1.1). O(n)."""
    if not 0 <= index < len(leaves):
        raise IndexError(index)
    path: list[bytes] = []
    low, high = 0, len(leaves)
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append(root(leaves[middle:high]))
            high = middle
        else:
            path.append(root(leaves[low:middle]))
            low = middle
    return path[::-1]


def consistency(leaves: Sequence[bytes], old: int) -> list[bytes]:
    """PROOF(old, D): the tree of the first `old` leaves is the beginning of this one (2.1.2). O(n)."""
    if not 0 <= old <= len(leaves):
        raise IndexError(old)
    if old in (0, len(leaves)):
        return []
    proof: list[bytes] = []
    low, high = 0, len(leaves)
    while old != high:
        middle = low + _split(high - low)
        if old <= middle:
            proof.append(root(leaves[middle:high]))
            high = middle
        else:
            proof.append(root(leaves[low:middle]))
            low = middle
    if low:
        proof.append(root(leaves[low:high]))
    return proof[::-1]


def check_inclusion(
    leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root_hash: bytes
) -> bool:
    """Whether `proof` shows that leaf `index` of the tree of `size` under `root_hash` is `leaf_hash`.

    The algorithm of RFC 9162, 2.1.3.2. True for exactly one proof: no hash more, none less.
    """
    if not 0 <= index < size:
        return False
    at, last, head = index, size - 1, leaf_hash
    for step in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            head = node(step, head)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            head = node(head, step)
        at, last = at >> 1, last >> 1
    return last == 0 and head == root_hash


def check_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether `proof` shows that the tree of `old` leaves is the beginning of that of `new`.

    The algorithm of RFC 9162, 2.1.4.2, with the empty tree before every other.
    """
    if not 0 <= old <= new:
        return False
    if old == 0:
        return not proof and old_root == EMPTY and (new > 0 or new_root == EMPTY)
    if old == new:
        return not proof and old_root == new_root
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    if not path:
        return False
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    first = second = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            first, second = node(step, first), node(step, second)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            second = node(second, step)
        at, last = at >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root


def _split(width: int) -> int:
    """The largest power of two below `width` (> 1)."""
    return 1 << (width - 1).bit_length() - 1
