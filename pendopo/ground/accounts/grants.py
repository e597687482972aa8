"""Roles given and ended. Steps of acts that asked their own right."""

from __future__ import annotations

from datetime import date

from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone

from pendopo.ground.directory.models import Agency
from pendopo.ground.directory.rules import today

from .models import Account, RoleGrant


def hold(
    account: Account, agency: Agency, room: str, role: str, *, by: Account | None, until: date | None = None
) -> tuple[RoleGrant, bool]:
    """The grant by which `account` holds the role today, and whether it was made now."""
    day = today(agency.zone, timezone.now())
    held = account.grants.filter(agency=agency, room=room, role=role, valid__contains=day).first()
    if held is not None:
        return held, False
    valid = DateRange(day, until)
    made = RoleGrant.objects.create(account=account, agency=agency, room=room, role=role, valid=valid, by=by)
    return made, True


def end(grant: RoleGrant) -> None:
    """The grant counts no longer."""
    since, day = grant.valid.lower, today(grant.agency.zone, timezone.now())
    grant.valid = DateRange(since, day) if since < day else DateRange(empty=True)
    grant.save(update_fields=["valid"])
