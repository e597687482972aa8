"""Times, names and counts in the words people use. Plain functions; the clock and zone are Django's."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

ZONES = {"Asia/Jakarta": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}


def zone() -> str:
    """The current zone's short name: WIB, WITA or WIT."""
    name = timezone.get_current_timezone_name()
    return ZONES.get(name, name)


def initials(name: str) -> str:
    """At most two letters for the round mark beside a name: `RW` for Ratna Wulandari."""
    words = [word for word in str(name).split(",")[0].split() if word[0].isalpha() and not word.endswith(".")]
    picked = words[:1] + words[1:][-1:]
    return "".join(word[0] for word in picked).upper() or "–"


def days_left(due: date | datetime) -> int:
    """Whole days from today until `due`, in the current zone; negative once it is past."""
    if isinstance(due, datetime):
        due = timezone.localtime(due).date()
    return (due - timezone.localdate()).days


def is_late(due: date | datetime) -> bool:
    """Whether `due` is past: by the moment for a datetime, by the day for a date."""
    return due < timezone.now() if isinstance(due, datetime) else days_left(due) < 0


def left(due: date | datetime | None) -> str:
    """How long is left: "3 hari lagi", "Hari ini", "Lewat 2 hari"."""
    if due is None:
        return ""
    days = days_left(due)
    if is_late(due):
        return (
            _("Overdue today") if days == 0 else ngettext("%d day overdue", "%d days overdue", -days) % -days
        )
    if days == 0:
        return _("Today")
    if days == 1:
        return _("Tomorrow")
    return ngettext("%d day left", "%d days left", days) % days


def tone(due: date | datetime | None) -> str:
    """The colour of a tag that says `left(due)`: red when late, amber today, else none."""
    if due is None:
        return ""
    return "red" if is_late(due) else "amber" if days_left(due) == 0 else ""


def greeting() -> str:
    """A greeting by the hour in the current zone.

    Pagi until 11, siang until 15, sore until 19, then malam.
    """
    hour = timezone.localtime().hour
    if 4 <= hour < 11:
        return _("Good morning")
    if hour < 15 and hour >= 11:
        return _("Good day")
    if 15 <= hour < 19:
        return _("Good afternoon")
    return _("Good evening")


BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"))
BROWSERS += (("Safari/", "Safari"),)
SYSTEMS = (("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"))
SYSTEMS += (("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"))


def device(user_agent: str) -> str:
    """A browser and system people recognise.

    "Firefox, Windows". The program's own name when it is neither.
    """
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    known = ", ".join(part for part in (browser, system) if part)
    return known or user_agent.partition("/")[0][:40] or _("Unknown device")
