"""Home, and "search or do"."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from pendopo.ground import rooms

from . import words
from .shell import Shell

SHOWN = 3


@dataclass(frozen=True, slots=True)
class Panel:
    """A room's panel on home: its first things, and how many more there are."""

    room: rooms.Room
    url: str
    things: list[rooms.Waiting]

    @property
    def count(self) -> int:
        return sum(thing.count for thing in self.things)

    @property
    def first(self) -> list[dict]:
        return [_row(thing) for thing in self.things[:SHOWN]]

    @property
    def more(self) -> int:
        return max(0, len(self.things) - SHOWN)


def _row(thing: rooms.Waiting) -> dict:
    return {
        "title": thing.title,
        "detail": thing.detail,
        "url": thing.url,
        "tag": thing.tag,
        "due": thing.due,
        "tone": thing.tone,
        "icon": thing.icon or ("clock" if thing.due and not thing.tag else ""),
        "due_tone": words.tone(thing.due),
        "due_words": words.left(thing.due),
    }


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What waits for the actor: the one late thing on top, then a panel a room that has something."""
    shell = Shell(request)
    panels = [
        Panel(room, reverse(room.url), shell.waiting[room.code])
        for room in shell.open_rooms
        if shell.waiting[room.code]
    ]
    things = [thing for panel in panels for thing in panel.things]
    late = min((t for t in things if t.due and words.is_late(t.due)), key=lambda t: t.due, default=None)
    today = sum(t.count for t in things if t.due and words.days_left(t.due) <= 0)
    context = {
        "shell": shell,
        "panels": panels,
        "late": late,
        "greeting": words.greeting(),
        "now": timezone.now(),
        "sum": _sum(sum(t.count for t in things), today),
    }
    return render(request, "portal/home.html", context)


def _sum(count: int, today: int) -> str:
    if count == 0:
        return ""  # the panel below says it
    if today == 0:
        return ngettext("There is %d thing.", "There are %d things.", count) % count
    return ngettext(
        "There is %(n)d thing; %(today)d is due today.",
        "There are %(n)d things; %(today)d are due today.",
        count,
    ) % {"n": count, "today": today}


@require_GET
def find(request: HttpRequest) -> HttpResponse:
    """Pages and acts whose words hold every word asked for; the fragment alone for htmx."""
    q = request.GET.get("q", "")[:80]
    asked = q.casefold().split()
    commands = [
        command
        for command in Shell(request).commands
        if all(word in f"{command.label} {command.words}".casefold() for word in asked)
    ]
    template = "portal/parts/found.html" if request.htmx else "portal/find.html"
    return render(request, template, {"q": q, "commands": commands[:30]})
