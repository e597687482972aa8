"""Whole-or-nothing file writing: what is acknowledged after this is on disk under its name."""

import os
from pathlib import Path

from pendopo.gateway.log.segments import sync_folder, write_all


def install(path: Path, data: bytes) -> None:
    """Write `data` to a temporary file beside `path`, make it durable, rename it. Raises OSError."""
    new = path.with_name(f".{path.name}.new")
    fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        write_all(fd, data)
        os.fsync(fd)
    finally:
        os.close(fd)
    os.rename(new, path)
    sync_folder(path.parent)
