"""Looking at a box: what it said of its lines and neighbours, as far as that makes sense."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from .models import Box, Line


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another box as this one reported it, all lines to it together: whether it answers, the quickest answer
    in milliseconds, the last handshake, bytes each way, and the box that passes on what they send each other
    (empty: none does)."""

    name: str
    up: bool
    ms: int | None
    handshake: datetime | None
    received: int
    sent: int
    relay: str = ""


def peers(box: Box, now: datetime) -> list[Neighbour]:
    """The neighbours that the box reported, those that do not answer first."""
    found: dict[str, list[dict]] = {}
    for one in box.report.get("peers", []):
        found.setdefault(str(one.get("box", "")), []).append(one)
    by = {id: _relay(said) for id, said in found.items()}
    ids = [id for id in {*found, *by.values()} if _is_id(id)]
    rows = Box.objects.filter(network=box.network_id, pk__in=ids).values_list("pk", "name") if ids else ()
    names = {str(pk): name for pk, name in rows}
    made = [
        _together(names[id], said, names.get(by[id], ""), now) for id, said in found.items() if id in names
    ]
    return sorted(made, key=lambda one: (one.up, one.name))


def _relay(said: list[dict]) -> str:
    """The box that carries what they send each other: of the line in use."""
    return next((str(one["relay"]) for one in said if one.get("in_use") is True and one.get("relay")), "")


def _together(name: str, said: list[dict], relay: str, now: datetime) -> Neighbour:
    shaken = max(_number(one, "handshake") for one in said)
    answers = [_number(one, "ms") for one in said if one.get("up") is True and one.get("ms") is not None]
    return Neighbour(
        name,
        any(one.get("up") is True for one in said),
        min(answers, default=None),
        datetime.fromtimestamp(shaken, UTC) if 0 < shaken <= now.timestamp() + 60 else None,
        sum(_number(one, "received") for one in said),
        sum(_number(one, "sent") for one in said),
        relay,
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
