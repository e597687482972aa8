"""Days of an agency: which day it is there, and what is valid on a day."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Protocol

from pendopo.core.agreement import ZONES


class Days(Protocol):
    """A half-open range of days, as the database keeps it: None is without bound."""

    lower: date | None
    upper: date | None


def today(zone: str, now: datetime) -> date:
    """The day in an agency's zone (`Asia/Jakarta`, `WITA`, …: a key of `ZONES`) at an aware moment."""
    return now.astimezone(timezone(timedelta(hours=ZONES[zone]))).date()


def midnight(zone: str, day: date) -> datetime:
    """The moment, in UTC, at which a day begins in a zone: where assignments begin and end."""
    return datetime.combine(day, time(), timezone(timedelta(hours=ZONES[zone]))).astimezone(UTC)


def covers(valid: Days, day: date) -> bool:
    """Whether a range has a day: its first it has, its upper bound it has not; an empty range has none."""
    if getattr(valid, "isempty", False):
        return False
    return (valid.lower is None or valid.lower <= day) and (valid.upper is None or day < valid.upper)
