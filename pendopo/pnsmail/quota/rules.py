"""How full a mailbox is, when its owner is told, and what a sender hears of a full one. Plain functions."""

from dataclasses import dataclass
from datetime import datetime, timedelta

# As the mail server counts: its "250M" are 250 * 2**20 bytes, a little more than was promised.
MB = 1024 * 1024
LEVELS = (80, 95, 100)  # per cent at which the owner is told
MARGIN = 5  # per cent below a level until it may be told again: one message in, one out, is no news


@dataclass(frozen=True, slots=True)
class QuotaClass:
    """How much a kind of person may keep. `bounce_after`: days of being full until senders are told that it
    is for good."""

    code: str
    mb: int
    bounce_after: int


# The service of 2013 promised 250 MB, its forms of 2014 asked for 1 GB: a class, not a constant.
CLASSES = {one.code: one for one in (QuotaClass("standard", 250, 7), QuotaClass("large", 1024, 7))}


def told(level: int, used: int, limit: int) -> tuple[int, int | None]:
    """The level to remember, and the one to tell the owner now (None: nothing new).

    `level` is what the owner was told last (0, 80, 95 or 100), `used` and `limit` are bytes. Each crossing is
    told once; a level is forgotten, so that it can be told again, once use is `MARGIN` per cent below it.
    """
    reached = max((one for one in LEVELS if used * 100 >= one * limit), default=0)
    if reached > level:
        return reached, reached
    kept = max((one for one in LEVELS if one <= level and used * 100 > (one - MARGIN) * limit), default=0)
    return kept, None


def full(used: int, limit: int) -> bool:
    """Whether hardly any message fits in any more: less than a hundredth is left (bytes)."""
    return used * 100 >= limit * 99


def answer(full_since: datetime | None, now: datetime, bounce_after: int) -> str:
    """What a sender hears at RCPT of a mailbox too full for the message: code, enhanced code, words.

    Temporary while the mailbox has been full for fewer than `bounce_after` days, so that mail waits at the
    sender's; then permanent, so that the sender learns of it (RFC 5321, section 4.2.3; RFC 3463, X.2.2).
    """
    if full_since is not None and now - full_since >= timedelta(days=bounce_after):
        return f"552 5.2.2 Kotak surat penuh lebih dari {bounce_after} hari / mailbox full"
    return "452 4.2.2 Kotak surat penuh, coba lagi nanti / mailbox full, try again later"
