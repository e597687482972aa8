"""When sending beyond the limit looks like a stolen password. Plain functions."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from ipaddress import ip_network

from pendopo.mailer.limited import Try

WINDOW = timedelta(hours=1)  # of the limit itself
# A person who reaches the limit reads the refusal and stops, or presses "send" a few times more; a program
# that keeps an outbox tries again every few minutes, some ten times an hour. Who is refused more often than
# both together does not read refusals.
MOST_TRIES = 20
# A person has a desk and a phone: two networks within an hour. A password that went round is used from many.
MOST_NETWORKS = 2
# What an access provider gives one household or office (RFC 6177 for IPv6).
PREFIX = {4: 24, 6: 48}


def stolen(tries: Iterable[Try], now: datetime) -> bool:
    """Whether what was tried beyond the limit within the last hour looks like somebody else's doing."""
    recent = [one for one in tries if now - one.at <= WINDOW]
    return len(recent) > MOST_TRIES or networks(recent) > MOST_NETWORKS


def past(tries: Iterable[Try], now: datetime) -> bool:
    """Whether all of it is longer ago than counts."""
    return all(now - one.at > WINDOW for one in tries)


def networks(tries: Iterable[Try]) -> int:
    """From how many networks they came."""
    return len({ip_network((one.client, PREFIX[one.client.version]), strict=False) for one in tries})
