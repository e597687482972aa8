"""Holidays as people write them down. Plain functions."""

from datetime import date, datetime

from pendopo.core.errors import Fault

MOST, NAME = 200, 80  # holidays of an agency, signs of a name


def read_holidays(text: str) -> dict[date, str]:
    """Holidays with their names, one a line such as "25-12-2026 Hari Raya Natal", by day.

    Lines without a word are left out. `Fault offices.holiday` names the line (counted from 1) that does not
    begin with a day, has no name or one of more than 80 signs; `offices.holidays` for more than 200.
    """
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        day, _, name = line.strip().partition(" ")
        name = " ".join(name.split())
        try:
            known = datetime.strptime(day, "%d-%m-%Y").date()
        except ValueError:
            raise Fault("offices.holiday", line=number) from None
        if not 0 < len(name) <= NAME:
            raise Fault("offices.holiday", line=number)
        found[known] = name
    if len(found) > MOST:
        raise Fault("offices.holidays", most=MOST)
    return dict(sorted(found.items()))


def write_holidays(days: dict[date, str]) -> str:
    """As `read_holidays` reads them."""
    return "\n".join(f"{day:%d-%m-%Y} {name}" for day, name in sorted(days.items()))
