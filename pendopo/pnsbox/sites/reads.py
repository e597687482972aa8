"""Looking at networks and sites."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Model, Prefetch, QuerySet
from django.http import Http404
from django.utils import timezone

from pendopo.ground.accounts.actor import Actor
from pendopo.pnsbox.boxes.health import Health, health
from pendopo.pnsbox.boxes.models import Box
from pendopo.pnsbox.door import door, visible

from . import plan
from .models import Block, Network, Site

STANDING = [Box.State.INVITED, Box.State.ACTIVE]


def network_of(actor: Actor) -> Network | None:
    """The network that the actor's agency runs; its first, should it have several."""
    return visible(Network.objects.defer("deny"), actor).order_by("pk").first()


def network_with(actor: Actor) -> Network | None:
    """The network that the actor's agency runs, else the first that one of its sites is on."""
    if (found := network_of(actor)) is not None:
        return found
    site = visible(Site.objects.select_related("network").defer("network__deny"), actor, of="of").first()
    return site and site.network


def access_site(actor: Actor, id, *, to_change: bool = False) -> Site:
    """The site, if the actor may see it (or, to change it, runs its network); else "not found"."""
    rows = Site.objects.select_related("network__agency", "of", "agency")
    return door(rows.defer("network__deny"), actor, id, of="" if to_change else "of")


def place_of(rows: type[Model], id) -> UUID:
    """The site that a line or a named machine belongs to; "not found" for one that there is not."""
    found = rows.objects.filter(pk=id).values_list("site", flat=True).first()
    if found is None:
        raise Http404
    return found


def sites(actor: Actor) -> QuerySet[Site]:
    """The sites that the actor may see, by name, each with its networks and the box that stands there."""
    boxes = Box.objects.order_by("-number")
    rows = visible(Site.objects.select_related("of"), actor, of="of").order_by("name")
    return rows.prefetch_related("blocks", Prefetch("boxes", boxes))


def waiting(network: Network) -> QuerySet[Site]:
    """Sites whose box waits for its code."""
    return network.sites.filter(boxes__state=Box.State.INVITED).select_related("of").order_by("name")


def box_at(site: Site) -> Box | None:
    """The box that stands at the site, else the last that did; its boxes are loaded, newest first."""
    return standing(list(site.boxes.all()))


def standing(boxes: list[Box]) -> Box | None:
    """Of a site's boxes, newest first, the one that stands there, else the last that did."""
    return next((one for one in boxes if one.state in STANDING), boxes[0] if boxes else None)


def health_of(box: Box | None, now: datetime) -> Health:
    """How the box of a site is; one without a box waits for one."""
    if box is None:
        return "invited"
    return health(box.state, box.serial, box.report, box.enrolled_at, box.reported_at, now)


def health_of_site(site: Site) -> Health:
    """How the box that stands at a site is."""
    box = site.boxes.filter(state__in=STANDING).order_by("-number").first()
    return health_of(box, timezone.now())


@dataclass(frozen=True, slots=True)
class Used:
    """How much of a pool is given: addresses of IPv4, networks of IPv6."""

    pool: object
    given: int
    all: int


def used(network: Network, blocks: list[Block]) -> list[Used]:
    """What of each pool is given or rests."""
    four = sum(one.cidr.num_addresses for one in blocks if one.cidr.version == 4)
    six = sum(1 for one in blocks if one.cidr.version == 6)
    return [
        Used(network.pool4, four, network.pool4.num_addresses),
        Used(network.pool6, six, 2 ** (plan.SITE6 - network.pool6.prefixlen)),
    ]
