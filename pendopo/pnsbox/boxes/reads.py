"""Looking at a box: what it said of its lines and neighbours, as far as that makes sense."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from .models import Box, Line


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another box as this one reported it, all lines to it together: whether it answers, the quickest answer
    in milliseconds, the last handshake, and bytes each way."""

    name: str
    up: bool
    ms: int | None
    handshake: datetime | None
    received: int
    sent: int


def peers(box: Box, now: datetime) -> list[Neighbour]:
    """The neighbours that the box reported, those that do not answer first."""
    found: dict[str, list[dict]] = {}
    for one in box.report.get("peers", []):
        found.setdefault(str(one.get("box", "")), []).append(one)
    ids = [id for id in found if _is_id(id)]
    rows = Box.objects.filter(network=box.network_id, pk__in=ids).values_list("pk", "name") if ids else ()
    made = [_together(name, found[str(pk)], now) for pk, name in rows]
    return sorted(made, key=lambda one: (one.up, one.name))


def _together(name: str, said: list[dict], now: datetime) -> Neighbour:
    shaken = max(_number(one, "handshake") for one in said)
    answers = [_number(one, "ms") for one in said if one.get("up") is True and one.get("ms") is not None]
    return Neighbour(
        name,
        any(one.get("up") is True for one in said),
        min(answers, default=None),
        datetime.fromtimestamp(shaken, UTC) if 0 < shaken <= now.timestamp() + 60 else None,
        sum(_number(one, "received") for one in said),
        sum(_number(one, "sent") for one in said),
    )


def silent_lines(box: Box) -> list[Line]:
    """The lines over which nobody answers, as the box said, while it has neighbours at all."""
    if box.site is None or not box.report.get("peers"):
        return []
    down = {
        one["name"]
        for one in box.report.get("lines", [])
        if isinstance(one, dict) and isinstance(one.get("name"), str) and one.get("up") is False
    }
    return [line for line in box.site.lines.all() if line.name in down]


def _number(said: dict, field: str) -> int:
    value = said.get(field)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
