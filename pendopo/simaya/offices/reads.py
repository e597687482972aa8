"""Whose letters somebody prepares today, and on which days an agency does not work."""

from datetime import date
from uuid import UUID

from django.utils import timezone

from pendopo.ground.accounts.actor import Actor
from pendopo.ground.directory.models import Agency, Assignment
from pendopo.ground.directory.rules import today
from pendopo.ground.fixed import Fixed

from .models import Assistant, Office


def assistances(actor: Actor) -> tuple[Assistant, ...]:
    """The rows by which the actor is an assistant today, in its agency's zone; one query an actor."""
    if actor.person is None or actor.agency is None:
        return ()
    return actor.once("assistances", lambda: tuple(_assistances(*_today(actor))))


def _today(actor: Actor) -> tuple[UUID, UUID, date]:
    return actor.agency.pk, actor.person.pk, today(actor.agency.zone, timezone.now())


_assistances = Fixed(
    lambda agency, person, day: Assistant.objects.filter(
        agency=agency, person=person, valid__contains=day
    ).select_related("position"),
    UUID(int=1),
    UUID(int=2),
    date(1, 1, 1),
)


def assisted(actor: Actor) -> list[UUID]:
    """The posts for whose holders the actor prepares today."""
    return [one.position_id for one in assistances(actor)]


def prepared_for(actor: Actor) -> list[Assignment]:
    """Who holds those posts today, definitive or acting: whose letters the actor may begin."""
    if not (keys := assisted(actor)):
        return []
    day = today(actor.agency.zone, timezone.now())
    rows = Assignment.objects.filter(position__in=keys, valid__contains=day)
    return list(rows.select_related("person", "position__unit").order_by("position__title", "kind", "id"))


def holidays(agency: Agency) -> dict[date, str]:
    """The agency's holidays besides Saturdays and Sundays, with their names."""
    rows = Office.objects.filter(agency=agency).values_list("holidays", flat=True).first() or []
    return {date.fromisoformat(day): name for day, name in rows}
