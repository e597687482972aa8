"""Naming and ending the assistants of a post: its holder does it, or the room's administrator."""

from datetime import date

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone

from pendopo.core.errors import Fault
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.accounts.rights import Refused
from pendopo.ground.audit.act import act
from pendopo.ground.directory.models import Person, Position
from pendopo.ground.directory.rules import today
from pendopo.simaya import acts

from .models import Assistant
from .validity import ended

EDIT = "simaya.assistant.edit"


def name(position: Position, person: Person, *, start: date, end: date | None, actor: Actor) -> Assistant:
    """From `start` until before `end` (None: open), `person` prepares for whoever holds `position`.

    Refused to whoever neither holds the post nor looks after the room. `Fault offices.assistant_person` for
    another agency's person, `offices.assistant_days` for an end not after its start,
    `offices.assistant_twice` where they are one in part of these days already.
    """
    with act(EDIT, actor=_in_post(actor, position), subject=position) as line:
        if not may_edit(position, actor):
            raise Refused(EDIT)
        if person.agency_id != position.agency_id:
            raise Fault("offices.assistant_person")
        if end is not None and end <= start:
            raise Fault("offices.assistant_days")
        try:
            with transaction.atomic():
                made = Assistant.objects.create(
                    agency=actor.agency,
                    position=position,
                    person=person,
                    valid=DateRange(start, end),
                    by=actor.record(),
                )
        except IntegrityError:
            raise Fault("offices.assistant_twice", name=str(person)) from None
        line.subject = made
        line.detail.update(person=str(person.pk), position=str(position.pk))
    return made


def end(assistant: Assistant, *, actor: Actor) -> None:
    """End it: today is the first day without it. Refused as in `name`."""
    with act(EDIT, actor=_in_post(actor, assistant.position), subject=assistant) as line:
        if not may_edit(assistant.position, actor):
            raise Refused(EDIT)
        day = today(actor.agency.zone, timezone.now())
        if (left := ended(assistant.valid, day)) is None:
            raise Fault("offices.assistant_ended")
        assistant.valid = left
        assistant.save(update_fields=["valid"])
        line.detail.update(ended=day.isoformat())


def may_edit(position: Position, actor: Actor) -> bool:
    """Whether the actor holds the post today, or looks after the room in its agency."""
    holds = any(one.position_id == position.pk for one in actor.posts)
    return holds or acts.ADMINISTRATOR in actor.roles("simaya")


def _in_post(actor: Actor, position: Position) -> Actor:
    return actor.acting_as(next((one for one in actor.posts if one.position_id == position.pk), actor.grant))
