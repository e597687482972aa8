"""Days for which something is valid, ended before their time."""

from datetime import date

from django.db.backends.postgresql.psycopg_any import DateRange


def ended(valid: DateRange, day: date) -> DateRange | None:
    """`valid` with `day` as the first day without it; None where it has ended before."""
    if valid.isempty or (valid.upper is not None and valid.upper <= day):
        return None
    return DateRange(valid.lower, day) if valid.lower < day else DateRange(empty=True)
