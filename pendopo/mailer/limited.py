"""Who tried to send more than an account may in an hour, as Rspamd noted it: a small file an account."""

from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Try:
    """A message beyond the limit, which was refused: when, and the address of whoever handed it in."""

    at: datetime
    client: IPv4Address | IPv6Address


def waiting(folder: Path) -> dict[str, list[Try]]:
    """Address → what was tried, the oldest first, of each note in the engine's folder `limited`."""
    notes = folder.iterdir() if folder.exists() else ()
    return {path.name: [_read(line) for line in _whole(path)] for path in notes}


def heeded(folder: Path, address: str) -> None:
    """Take the note about `address` away."""
    (folder / address).unlink(missing_ok=True)


def _whole(path: Path) -> list[str]:
    """The lines that are written to their end."""
    return path.read_text().rpartition("\n")[0].splitlines()


def _read(line: str) -> Try:
    seconds, client = line.split(" ")
    return Try(datetime.fromtimestamp(int(seconds), UTC), ip_address(client))
