"""Dispositions: the table of one instruction, and when it is late."""

from collections.abc import Collection
from datetime import datetime

from pendopo.simaya.moves import move

SETTLED = ("answered", "withdrawn", "closed")

DISPOSITION = {
    ("open", "read"): move("to", "read"),
    ("open", "withdraw"): move("by", "withdrawn"),
    ("open", "forward"): move("to", "forwarded"),
    ("open", "close"): move("by", "closed"),
    ("read", "answer"): move("to", "answered", "answer"),
    ("read", "forward"): move("to", "forwarded"),
    ("read", "close"): move("by", "closed"),
    # When nobody answered (all withdrawn or closed), the work is again with whoever passed it on.
    ("forwarded", "settle"): move("system", "answered", "children_settled", ("none_answered", "read")),
    ("forwarded", "close"): move("by", "closed"),
    ("answered", "close"): move("by", "closed"),
}


def parties(by: str, to: str, posts: Collection[str]) -> frozenset[str]:
    """What the holder of `posts` is to a disposition from post `by` to post `to`."""
    return frozenset(name for name, post in (("by", by), ("to", to)) if post in posts)


def facts(children: Collection[str]) -> frozenset[str]:
    """The facts for `settle` that the states of a disposition's children make."""
    found = set()
    if all(state in SETTLED for state in children):
        found.add("children_settled")
    if "answered" not in children:
        found.add("none_answered")
    return frozenset(found)


def late(state: str, due: datetime | None, now: datetime) -> bool:
    """Whether a disposition is past its day and not settled; without a day it is never late."""
    return due is not None and due < now and state not in SETTLED
