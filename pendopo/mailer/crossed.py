"""Which mailboxes reached a part of their quota, as Dovecot noted it: a small file each, until it is heeded.

Only the way up is noted, and only the last level: how full a mailbox is now, its quota says over IMAP.
"""

from pathlib import Path


def waiting(folder: Path) -> dict[str, int]:
    """Address → per cent reached (80, 95 or 100), of each note in the engine's folder `crossed`."""
    notes = folder.iterdir() if folder.exists() else ()
    return {path.name: int(path.read_text()) for path in notes if not path.name.startswith(".")}


def heeded(folder: Path, address: str) -> None:
    """Take the note about `address` away."""
    (folder / address).unlink(missing_ok=True)
