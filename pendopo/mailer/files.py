"""Files that are there whole or not at all."""

import os
from pathlib import Path


def write(path: Path, data: bytes, mode: int) -> None:
    """Put `data` at `path` with exactly `mode`, durable before its name is there."""
    part = path.with_name(f"{path.name}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(data)
        os.fchmod(descriptor, mode)
        out.flush()
        os.fsync(descriptor)
    part.rename(path)
