"""What the DNS holds under a record's name at this moment."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import dns.exception
import dns.resolver

from .rules import Found, Record, compared

SECONDS = 4  # for all servers of this machine's settings together
AT_ONCE = 12


def answers(record: Record) -> list[str] | None:
    """The values there, as `rules.compared` takes them; None where no server answered."""
    try:
        found = dns.resolver.resolve(
            f"{record.name}.", record.kind, lifetime=SECONDS, raise_on_no_answer=False
        )
    except dns.resolver.NXDOMAIN:
        return []
    except dns.exception.DNSException:
        return None
    if record.kind == "TXT":
        return [b"".join(one.strings).decode("utf-8", "replace") for one in found.rrset or ()]
    return [one.to_text() for one in found.rrset or ()]


def look(
    records: Sequence[Record], ask: Callable[[Record], list[str] | None] = answers
) -> list[Found | None]:
    """How what is there stands to each of the records; None where nobody could say."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = pool.map(ask, records)
        return [
            None if values is None else compared(record, values)
            for record, values in zip(records, found, strict=True)
        ]
