"""Pages of a PDF from outside, as PNG, and its text: read in a process of its own that has nothing.

The child (`outside_child.py`) reads a request (JSON, one line) and the file from its standard input and
writes the answer. First it limits its own memory, time and files, so that a hostile file ends it and
nothing else.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path

from pendopo.core.errors import Fault

SECONDS, PAGES = 10, 200
CHILD = Path(__file__).with_name("outside_child.py")
REFUSED = 3  # the child's exit code when it names a reason


class Unreadable(Fault):
    """The file is nothing we can show: `paper.file_format`, `_locked`, `_pages`, `_limit`, `_picture`."""

    def __init__(self, why: str) -> None:
        super().__init__(f"paper.file_{why}", **({"pages": PAGES} if why == "pages" else {}))


def look(data: bytes, first: int = 0, count: int = 1, width: int = 910) -> dict:
    """`{"pages": n, "text": str, "images": [PNG]}` of `count` pages from `first` (0-based), `width` px wide.

    `text` is of those pages, 200,000 signs at most; images are in 16 greys, none for a width of 0. Costs
    a process, 0.3 s or more, so it belongs in a job. Raises Unreadable.
    """
    asked = {"first": first, "count": count, "width": width}
    answer = json.loads(_child(asked, data))
    answer["images"] = [base64.b64decode(image) for image in answer["images"]]
    return answer


def from_picture(data: bytes) -> bytes:
    """A PDF of one page, as wide as A4, that shows a JPEG or PNG. Raises Unreadable."""
    return _child({"picture": True}, data)


def _child(asked: dict, data: bytes) -> bytes:
    """What the child wrote."""
    line = json.dumps(asked | {"seconds": SECONDS, "limit": PAGES}).encode()
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(CHILD)],
            input=line + b"\n" + data,
            capture_output=True,
            timeout=SECONDS + 5,
            env={},
        )
    except subprocess.TimeoutExpired:
        raise Unreadable("limit") from None
    if done.returncode == REFUSED and done.stdout in (b"format", b"locked", b"pages", b"picture"):
        raise Unreadable(done.stdout.decode())
    if done.returncode:
        raise Unreadable("limit")
    return done.stdout
