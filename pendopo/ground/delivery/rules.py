"""When to try again, and when to stop; and what is kept of a refusal."""

from collections.abc import Mapping
from datetime import timedelta

GIVE_UP_AFTER = timedelta(days=7)
LONGEST_WAIT = 60  # seconds: a peer that comes back has its messages within a minute

# Refusals that no waiting mends: the peer's gateway does not take this.
PERMANENT = frozenset({"delivery.type", "delivery.sender", "delivery.msg_id", "envelope.malformed"})


def backoff(attempts: int) -> timedelta:
    """How long to wait after the n-th failed attempt (n ≥ 1): 1 s, doubling, at most a minute."""
    return timedelta(seconds=min(2 ** min(attempts - 1, 10), LONGEST_WAIT))


def hopeless(code: str, age: timedelta) -> bool:
    """Whether a message refused with fault `code`, `age` after it was written, is given up."""
    return code in PERMANENT or age > GIVE_UP_AFTER


def storable(params: Mapping[str, object]) -> dict[str, str | int | bool | None]:
    """The facts of a refusal as a column of the database can keep them.

    They may repeat what a peer sent: a fact that could not be stored would hold up all that comes after.
    """
    return {_text(name): _plain(value) for name, value in params.items()}


def _plain(value: object) -> str | int | bool | None:
    return value if isinstance(value, int | bool | None) else _text(str(value))


def _text(text: str) -> str:
    """Without the one character PostgreSQL has no place for."""
    return text.replace("\0", "\ufffd")
