"""The room's first page, with the map, and what was wrong."""

import re
from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from pendopo.ground.web import may, need, page_of
from pendopo.pnsbox.sites import reads as sites
from pendopo.pnsbox.sites.models import Network

from . import picture, reads, told
from .models import Trouble
from .reads import Place

FIRST = 3  # troubles above the map; all are on their own page
LISTED = 15  # sites below it
_number = re.compile(r"\+?[0-9][0-9 ().-]{5,}")


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The map: how the network is, what is wrong first, then the sites, those that want a look first."""
    need(request, "pnsbox.site.view")
    actor, now = request.actor, timezone.now()
    network = sites.network_of(actor)
    if network is None and may(actor, "pnsbox.network.create"):
        return redirect("pnsbox:network-new")
    found = reads.places(actor, now)
    listed = sorted(found, key=lambda one: -picture.TONES.index(one.tone))[:LISTED]
    reads.measure(listed, now)
    counts = {tone: sum(one.tone == tone for one in found) for tone in picture.TONES}
    open_now = list(reads.open_troubles(actor)[: FIRST + 1])
    context = {
        "network": network,
        "rows": [(one, told.rate(one.received), told.rate(one.sent)) for one in listed],
        "counts": counts,
        "waiting": counts[""],
        "all": len(found),
        "connected": counts["green"] + counts["amber"],
        "pictures": _pictures(found, network) if found else (),
        "troubles": [_shown(one) for one in open_now[:FIRST]],
        "more": len(open_now) > FIRST,
        "now": now,
    }
    template = "pnsbox/health/live.html" if request.htmx else "pnsbox/health/map.html"
    return render(request, template, context)


@require_GET
def troubles(request: HttpRequest) -> HttpResponse:
    """What is wrong now, with the likely cause and whom to call; and what was."""
    need(request, "pnsbox.site.view")
    open_now = [_shown(one) for one in reads.open_troubles(request.actor)]
    page = page_of(request, reads.troubles(request.actor).exclude(ended_at=None))
    page.object_list = [_shown(one) for one in page.object_list]
    return render(request, "pnsbox/health/troubles.html", {"open": open_now, "page": page})


def _shown(trouble: Trouble) -> dict:
    """A trouble in the reader's words."""
    phone = trouble.facts.get("phone", "")
    number = _number.search(phone)
    return {
        "row": trouble,
        "sentence": told.sentence(trouble.kind, trouble.cause, trouble.facts),
        "reasons": told.reasons(trouble.kind, trouble.cause, trouble.facts),
        "phone": phone,
        "tel": re.sub(r"[^0-9+]", "", number[0]) if number else "",
        "minutes": round((trouble.ended_at - trouble.since).total_seconds() / 60) if trouble.ended_at else 0,
    }


def _pictures(found: Sequence[Place], network: Network | None) -> list[tuple[str, picture.Picture]]:
    """(class, drawing): for wide windows and for phones."""
    id = {str(place.box.pk): str(place.site.pk) for place in found if place.box}
    spots = [
        picture.Spot(
            str(place.site.pk), place.site.name, place.site.of.name, next(iter(place.site.groups), ""),
            place.tone, _note(place),
        )
        for place in found
    ]  # fmt: skip
    worst: dict[tuple[str, str], picture.Tone] = {}
    for place in found:
        for link in place.links:
            if link.other in id:
                ends = tuple(sorted((str(place.site.pk), id[link.other])))
                worst[ends] = max(worst.get(ends, link.tone), link.tone, key=picture.TONES.index)
    for ends in reads.planned(network, [place.site for place in found]) if network else ():
        worst.setdefault(ends, "")
    ways = [picture.Way(*ends, tone) for ends, tone in worst.items()]
    nodes = picture.nodes(spots, ways, _("Other sites"), _("%(green)d of %(all)d connected"))
    return [(name, picture.drawn(nodes, ways, slim=slim)) for name, slim in (("wide", False), ("slim", True))]


def _note(place: Place) -> str:
    """Beside a site on the map: how quick its way is, or what is wrong."""
    if place.health in reads.HEARD:
        if place.ms is None:
            return _("connected")
        parts = [_("%(n)d ms") % {"n": place.ms}]
        if place.loss:
            parts.append(_("%(n)d %% lost") % {"n": place.loss})
        if place.lost:
            parts.append(_("without %(line)s") % {"line": ", ".join(place.lost)})
        return ", ".join(parts)
    return {
        "silent": pgettext("box", "not heard"),
        "cut": pgettext("box", "cut off"),
        "invited": pgettext("box", "waits for its code"),
        "never": pgettext("box", "has not reported yet"),
    }[place.health]
