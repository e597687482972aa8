"""Giving a disposition: on a phone, without a script, with one sentence over one button."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from pendopo.core.errors import Fault
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.directory.models import Position
from pendopo.ground.directory.rules import today
from pendopo.ground.web import text
from pendopo.simaya import moves, posts
from pendopo.simaya.incoming import reads as incoming
from pendopo.simaya.incoming import show as shown
from pendopo.simaya.kinds import profiles
from pendopo.simaya.kinds.rules import working
from pendopo.simaya.letters import reads as letters
from pendopo.simaya.letters.models import Letter
from pendopo.simaya.letters.rules import IN
from pendopo.simaya.offices.reads import holidays

from . import actions

DAYS = 3  # chips with a working day, today among them; and the letter's own


@require_http_methods(["GET", "POST"])
def give(request: HttpRequest, id: UUID) -> HttpResponse:
    """Whom, what, by when. Each change shows again what the button will do."""
    letter, actor = incoming.opened(request.actor, id), request.actor
    if "dispose" not in moves.moves(IN, letter.state, letters.parties(letter, actor)):
        raise Http404
    people, data, profile = _people(letter, actor), request.POST, profiles.load(letter.profile)
    chosen = [one for one in people if str(one["post"].pk) in data.getlist("to")]
    orders = [code for code in data.getlist("orders") if code in profile.orders]
    due, fault = _due(request, letter), None
    if request.method == "POST" and not request.htmx:
        try:
            given = actions.give(
                letter,
                [one["post"] for one in chosen],
                orders,
                data.get("note", ""),
                due,
                actor=actor,
            )
        except Fault as found:
            fault = text(request, found)
        else:
            n = len(given)
            said = ngettext("Disposition sent to %(n)d person.", "Disposition sent to %(n)d people.", n)
            messages.success(request, said % {"n": n})
            return redirect("simaya:disposition", given[0].pk)
    context = {
        "letter": letter,
        "subject": letters.subject(letter, actor),
        "told": letters.told(letter),
        "agenda": incoming.agenda(letter),
        "facts": [tag for tag in shown.facts(letter) if tag["tone"] in ("amber", "red")],
        "people": [one | {"chosen": one in chosen} for one in people],
        "orders": [(code, words, code in orders) for code, words in profile.orders.items()],
        "days": _days(letter),
        "picked": data.get("day", _preset(letter)),
        "other": data.get("other", ""),
        "note": data.get("note", ""),
        "found": [("", fault)] if fault else [],
        "failed": fault,
        "count": len(chosen),
        "sentence": _sentence(chosen, [profile.orders[code] for code in orders], due),
    }
    if request.htmx:
        return render(request, "simaya/disposition/send.html", context)
    template = "simaya/disposition/give.html"
    return render(request, template, context, status=422 if fault else 200)


def _people(letter: Letter, actor: Actor) -> list[dict]:
    """Whom the actor's posts that have the letter may send it to, with who holds the post today."""
    every = posts.posts(letter.agency)
    access = set(letter.access.values_list("post", flat=True))
    keys = {
        UUID(post.key)
        for one in actor.posts
        if one.position_id in access
        for post in posts.below(every[one.position_id], every.values())
    }
    held = posts.holders(letter.agency, keys)
    found = (
        Position.objects.filter(pk__in=keys).select_related("unit").order_by("-heads", "unit__code", "title")
    )
    return [{"post": post, "holder": next(iter(reversed(held.get(post.pk, []))), None)} for post in found]


def _days(letter: Letter) -> list[dict]:
    """Days to choose from: today, the next working days, and the one by which the letter asks an answer."""
    now, free = today(letter.agency.zone, timezone.now()), holidays(letter.agency)
    days = [now]
    while len(days) < DAYS:
        days.append(working(days[-1] + timedelta(days=1), free))
    asked = _asked(letter)
    if asked and asked not in days:
        days.append(asked)
    return [
        {"value": day.isoformat(), "label": _("Today") if day == now else date_format(day, "l, j M")}
        for day in days
    ]


def _asked(letter: Letter) -> date | None:
    """The last day on which the letter is answered in time, while there is one."""
    day = timezone.localtime(letter.due).date() if letter.due else None
    return day if day and day >= today(letter.agency.zone, timezone.now()) else None


def _preset(letter: Letter) -> str:
    asked = _asked(letter)
    return asked.isoformat() if asked else ""


def _due(request: HttpRequest, letter: Letter) -> date | None:
    """The day of the form; what is no day counts as none."""
    given = request.POST.get("day", _preset(letter))
    try:
        return date.fromisoformat(request.POST.get("other", "") if given == "other" else given)
    except ValueError:
        return None


def _sentence(chosen: list[dict], orders: list[str], due: date | None) -> str:
    """What the button sends, as people say it."""
    if not chosen:
        return _("Choose whom the disposition is for.")
    names = [str(one["holder"].person.name if one["holder"] else one["post"].title) for one in chosen]
    words = [order[:1].lower() + order[1:] for order in orders]
    said = _and(names) + (f": {_and(words)}" if words else "")
    if due is None:
        return f"{said}."
    return _("%(said)s, by %(day)s.") % {"said": said, "day": date_format(due, "l, j F")}


def _and(words: list[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return _("%(first)s and %(last)s") % {"first": ", ".join(words[:-1]), "last": words[-1]}
