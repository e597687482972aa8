"""How the boxes of a network are, put together from what each said last."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import F, QuerySet

from pendopo.ground.accounts.actor import Actor
from pendopo.ground.directory.models import Agency
from pendopo.pnsbox.boxes.health import Health
from pendopo.pnsbox.boxes.models import Box, Line
from pendopo.pnsbox.door import visible
from pendopo.pnsbox.publish.around import names_of
from pendopo.pnsbox.reach.models import Rule
from pendopo.pnsbox.sites import reads as sites
from pendopo.pnsbox.sites.models import Network, Site

from . import measures, rules, samples
from .models import Sample, Trouble

HEARD = ("sound", "behind", "undone")
WIDE = 2000  # pairs of a rule
BITS = 8 / samples.SPAN.total_seconds()  # bytes of five minutes in bits a second


def in_service(network: Network) -> list[Box]:
    """The boxes in service at sites, with the lines there."""
    rows = Box.objects.filter(network=network, state=Box.State.ACTIVE, site__isnull=False)
    return list(rows.select_related("site").prefetch_related("site__lines"))


def offices(boxes: Iterable[Box], now: datetime) -> list[rules.Office]:
    """What the rules of health look at."""
    health = {str(box.pk): sites.health_of(box, now) for box in boxes}
    site = {str(box.pk): str(box.site_id) for box in boxes}
    heard = {id for id, how in health.items() if how in HEARD}
    answers = {id: _answers(box.report, site) for box in boxes if (id := str(box.pk))}
    having: dict[str, set[str]] = {id: set() for id in site}  # box → those that are heard and have it as peer
    hearing: dict[str, set[str]] = {id: set() for id in site}
    for id in heard:
        for other, up in answers[id].items():
            having[other].add(id)
            if up:
                hearing[other].add(id)
    found = []
    for box in boxes:
        if health[id := str(box.pk)] in ("never", "invited"):
            continue
        lines = list(box.site.lines.all())
        up = measures.up(box.report, [line.name for line in lines])
        near = having[id] | (answers[id].keys() & heard)
        undone = box.report.get("undone")
        found.append(
            rules.Office(
                site[id], box.site.name, health[id],
                tuple(rules.Line(one.name, one.isp, one.phone, up.get(one.name)) for one in lines),
                frozenset(site[one] for one in near),
                len(hearing[id]),
                sum(answers[id].get(one, False) for one in near),
                box.reported_at is not None,
                str(undone.get("why", ""))[:60] if isinstance(undone, dict) else "",
                "" if (names := box.capabilities.get("names")) in (None, "dnsmasq") else str(names)[:60],
            )
        )  # fmt: skip
    return found


def _answers(report: dict, known: dict[str, str]) -> dict[str, bool]:
    """box → whether it answers over any line, of the neighbours that a report names."""
    found: dict[str, bool] = {}
    for one in report.get("peers", []):
        if (box := str(one.get("box"))) in known:
            found[box] = found.get(box, False) or one.get("up") is True
    return found


@dataclass(slots=True)
class Link:
    """The way between two boxes as one of them said: `tone` green, amber (over another line than the first),
    red (nobody answers)."""

    other: str
    tone: str
    ms: int | None = None
    loss: int | None = None


@dataclass(slots=True)
class Place:
    """A site as map and list show it: `tone` green, amber, red or empty (nothing is expected of it), the
    slowest way it uses in ms and percent lost, bits a second of the last five minutes."""

    site: Site
    box: Box | None
    health: Health
    tone: str
    lost: tuple[str, ...] = ()  # names of lines that answer nobody
    links: list[Link] = field(default_factory=list)
    ms: int | None = None
    loss: int | None = None
    received: int | None = None
    sent: int | None = None


def places(actor: Actor, now: datetime) -> list[Place]:
    """The sites that the actor may see, by name, each with its box and what that said last.

    Four questions and as few objects as can be: the map asks for all of a network.
    """
    rows = visible(Site.objects.all(), actor, of="of")
    found, ids = list(rows.defer("created_at").order_by("name")), rows.order_by().values("pk")
    agencies = Agency.objects.in_bulk({site.of_id for site in found})
    boxes, lines = defaultdict(list), defaultdict(list)
    for box in Box.objects.filter(site__in=ids).only(*SAID).order_by("-number"):
        boxes[box.site_id].append(box)
    for site, name in Line.objects.filter(site__in=ids).order_by("place").values_list("site", "name"):
        lines[site].append(name)
    for site in found:
        site.of = agencies[site.of_id]
    return [_place(site, sites.standing(boxes[site.pk]), lines[site.pk], now) for site in found]


# Of a box.
SAID = ("site", "number", "name", "state", "serial", "report", "enrolled_at", "reported_at")


def _place(site: Site, box: Box | None, lines: list[str], now: datetime) -> Place:
    how = sites.health_of(box, now)
    place = Place(site, box, how, _tone(how))
    if how in HEARD:
        up = measures.up(box.report, lines)
        place.links = _links(box.report, lines, lines[0] if lines else "")
        if any(up.values()):
            place.lost = tuple(name for name in lines if up.get(name) is False)
        used = {link.tone for link in place.links} - {"red"}  # who does not answer has a mark of its own
        if place.tone == "green" and (place.lost or used == {"amber"}):
            place.tone = "amber"
        place.ms = max((one.ms for one in place.links if one.ms is not None), default=None)
        place.loss = max((one.loss for one in place.links if one.loss is not None), default=None)
    return place


def _tone(how: Health) -> str:
    return {"sound": "green", "silent": "red", "cut": "red", "invited": ""}.get(how, "amber")


def _links(report: dict, lines: Sequence[str], first: str) -> list[Link]:
    """One for each neighbour."""
    said: dict[str, list[dict]] = {}
    for one in report.get("peers", []):
        said.setdefault(str(one.get("box")), []).append(one)
    found = []
    for other, entries in said.items():
        up = [one for one in entries if one.get("up") is True]
        used = next((one for one in up if one.get("in_use") is True), up[0] if up else None)
        if used is None:
            found.append(Link(other, "red"))
            continue
        tone = "green" if measures.own(used.get("line"), lines) == first else "amber"
        ms, loss = measures.whole(used.get("ms"), measures.SLOWEST), measures.whole(used.get("loss"), 100)
        found.append(Link(other, tone, ms, loss))
    return found


def planned(network: Network, some: Sequence[Site]) -> set[tuple[str, str]]:
    """The pairs of these sites that a rule joins, whether their boxes are there or not. Rules that join very
    many are left out: the drawing says nothing of them."""
    named = defaultdict(set)
    for site in some:
        for name in names_of(site):
            named[name].add(str(site.pk))
    found = set()
    for rule in Rule.objects.filter(network=network):
        sources, destinations = (
            set().union(*(named[name] for name in names)) for names in (rule.sources, rule.destinations)
        )
        if len(sources) * len(destinations) <= WIDE:
            found |= {tuple(sorted((a, b))) for a in sources for b in destinations if a != b}
    return found


def measure(some: Sequence[Place], now: datetime) -> None:
    """Fills in what went over the lines of these in the last whole five minutes."""
    boxes = {place.box.pk: place for place in some if place.health in HEARD}
    at = samples.begin(now) - samples.SPAN
    for row in Sample.objects.filter(box__in=list(boxes), at=at):
        place = boxes[row.box_id]
        place.received = (place.received or 0) + round(row.received * BITS)
        place.sent = (place.sent or 0) + round(row.sent * BITS)


def troubles(actor: Actor) -> QuerySet[Trouble]:
    """What was told, newest first, of networks of the agency or of its own sites."""
    rows = visible(Trouble.objects.exclude(told_at=None), actor, of="site__of")
    return rows.select_related("site", "network").defer("network__deny").order_by("-since")


def open_troubles(actor: Actor) -> QuerySet[Trouble]:
    """What was told and is not over, the widest first."""
    return troubles(actor).filter(ended_at=None).order_by(F("site").asc(nulls_first=True), "since")
