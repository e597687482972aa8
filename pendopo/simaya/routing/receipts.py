"""Receipts of letters in: the row, made within the act; sealing and sending it is work of its own."""

from pendopo.ground.accounts.actor import Actor
from pendopo.ground.directory.models import Assignment
from pendopo.simaya.letters.models import Letter

from .models import Receipt


def receipt(
    letter: Letter, event: str, *, by: Assignment | None, agenda: str = "", reason: str = "", actor: Actor
) -> Receipt:
    """What the sender is told of a letter in, once for each `event` of `routing.rules.EVENTS`."""
    capacity = {"position": by.position.title, "capacity": by.kind} if by else None
    made, _new = Receipt.objects.get_or_create(
        letter=letter,
        from_agency=letter.agency.code,
        event=event,
        of="",
        defaults={"agency": letter.agency, "agenda": agenda, "reason": reason, "by": capacity},
    )
    return made
