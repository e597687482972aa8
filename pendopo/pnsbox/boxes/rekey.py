"""When a box changes its WireGuard key. Plain functions, the clock passed in."""

from datetime import datetime, timedelta

EVERY = timedelta(days=30)  # a key serves so long
CALM = timedelta(minutes=2)  # after a change, until a neighbour may begin one


def due(since: datetime | None, asked: datetime | None, next_key: bytes | None, now: datetime) -> bool:
    """Whether a box is to make its next key: the one it has serves `since` long enough, or somebody `asked`
    for another; not while it changes to `next_key`."""
    if next_key is not None:
        return False
    return asked is not None or (since is not None and now - since >= EVERY)


def changes(since: datetime | None, next_key: bytes | None, now: datetime) -> bool:
    """Whether a box changes its key, or did a moment ago (`since`; None: never): no neighbour may begin
    meanwhile, for in the second tunnel between two boxes one of them keeps its key."""
    return next_key is not None or (since is not None and timedelta() <= now - since < CALM)
