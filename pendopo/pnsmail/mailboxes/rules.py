"""Secrets of mail programs, and birth dates as people type them. Plain functions."""

import re
import secrets
from datetime import date

# Crockford's base 32 in small letters, as phones type them. 16 signs are 80 bits: guessing is hopeless.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
GROUPS, SIGNS = 4, 4

_iso = re.compile(r"(\d{4})[-/. ]?(\d{2})[-/. ]?(\d{2})", re.ASCII)
_spoken = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})|(\d{2})(\d{2})(\d{4})", re.ASCII)


def new_secret() -> str:
    """A fresh password for one mail program: `k7m2-9qxa-41tb-0hge`, typed with its hyphens."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(SIGNS)) for _ in range(GROUPS))


def birth(typed: str) -> date | None:
    """The day in `15-03-1985`, `15/3/1985`, `15 03 1985`, `15031985` or `1985-03-15`; None for no day.

    Eight digits are read as day, month, year where that is a day, else as year, month, day.
    """
    text = typed.strip()
    readings = []
    if found := _spoken.fullmatch(text):
        readings.append([part for part in found.groups() if part is not None][::-1])
    if found := _iso.fullmatch(text):
        readings.append(list(found.groups()))
    for year, month, day in readings:
        try:
            made = date(int(year), int(month), int(day))
        except ValueError:
            continue
        if made.year >= 1900:
            return made
    return None
