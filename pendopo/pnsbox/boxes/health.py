"""How a box is, in one word, from what it last said. Plain functions, the clock passed in."""

from datetime import datetime, timedelta
from typing import Literal

Health = Literal["invited", "cut", "silent", "never", "undone", "behind", "sound"]

SILENT = timedelta(seconds=90)  # without a report: boxes report several times a minute


def health(
    state: str, serial: int, report: dict, enrolled: datetime | None, reported: datetime | None, now: datetime
) -> Health:
    """The first that holds: it waits for its code, is cut off, was never or long not heard, undid the last
    change, has not taken it yet; else it is sound. `serial` is that of its newest configuration."""
    if state == "invited":
        return "invited"
    if state != "active":
        return "cut"
    if reported is None:
        return "never" if enrolled is None or now - enrolled < SILENT else "silent"
    if now - reported >= SILENT:
        return "silent"
    if report.get("state") == "undone":
        return "undone"
    return "behind" if report.get("serial") != serial else "sound"
