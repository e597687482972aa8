"""How reports say agencies, times and numbers, in Indonesian and English."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

_DAYS = ["Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"]
_MONTHS = (
    ("Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober",
     "November", "Desember"),
    ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
     "November", "December"),
)  # fmt: skip


def printable(*lines: str) -> list[str]:
    """The lines that say something, safe for a terminal."""
    return ["".join(sign if sign.isprintable() else "?" for sign in line) for line in lines if line]


class Wording:
    """One language, "id" or "en", and the names of agencies by code."""

    def __init__(self, lang: str, names: Mapping[str, str]) -> None:
        self.id, self.names = lang == "id", names

    def pick(self, indonesian: str, english: str) -> str:
        return indonesian if self.id else english

    def agency(self, of: str) -> str:
        """`Direktorat Jenderal Pajak (ID/GOV/DJP/coretax)`"""
        code = "/".join(of.split("/")[:3])
        return f"{self.names.get(code, code)} ({of})"

    def moment(self, when: datetime) -> str:
        local = when.astimezone(UTC) + timedelta(hours=7)
        date, clock = self.date(local), f"{local:%H.%M.%S}" if self.id else f"{local:%H:%M:%S}"
        day = _DAYS[local.weekday()] if self.id else f"{local:%A}"
        return self.pick(f"{day}, {date}, pukul {clock} WIB", f"{day}, {date}, {clock} WIB (UTC+7)")

    def date(self, day: date) -> str:
        return f"{day.day} {_MONTHS[0 if self.id else 1][day.month - 1]} {day.year}"

    def number(self, value: int) -> str:
        return f"{value:,}".replace(",", ".") if self.id else f"{value:,}"

    def count(self, value: int, indonesian: str, english: str) -> str:
        many = f"{english}s" if value != 1 else english
        return f"{self.number(value)} {self.pick(indonesian, many)}"
