"""What one box is told of its roads: box-roads/1, made when it asks, for translations change any time."""

from collections.abc import Iterable, Iterator

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from pendopo.core import boxconfig, envelope
from pendopo.core.boxconfig import Observer, Relay, Road, Roads
from pendopo.pnsbox.boxes.lines import MOST as LINES
from pendopo.pnsbox.boxes.models import Box, Line
from pendopo.pnsbox.publish import keys, links
from pendopo.pnsbox.publish.around import around
from pendopo.pnsbox.publish.links import End
from pendopo.pnsbox.sites.models import Network, Site

from .models import Lease

FIRST = 20000  # the first port of relays: below those that programs get by chance
PORTS = 2 * LINES  # of a lease
LEASES = (32768 - FIRST) // PORTS  # of a relay
OBSERVERS = 4


def envelope_of(box: Box) -> bytes:
    """What `box` (with its site and network) is told, signed."""
    return envelope.seal(boxconfig.ROADS, roads(box).payload, [keys.of(box.network)])


def roads(box: Box) -> Roads:
    """What `box` (with its site and network) is told now."""
    near = around(box.network, [box.site_id])
    (site,) = near.targets
    partners = [near.sites[code] for code in sorted(near.partners(site))]
    mine, found = links.own(site, partners), []
    leases = {frozenset((one.one_id, one.other_id)): one for one in leases_of(box)}
    for other in partners:
        for peer in active(other):
            lease = leases.get(frozenset((box.pk, peer.pk)))
            for at, here, there in hidden(mine, site, other):
                seen = (there.seen,) if there.seen else ()
                relay = _relay(lease, at, box) if lease else None
                found.append(Road(str(peer.pk), here.name, seen, relay))
    return Roads(
        network=str(box.network_id),
        box=str(box.pk),
        serial=box.roads_serial,
        at=timezone.now(),
        observers=tuple(_observers(box.network, partners)) if found else (),
        roads=tuple(found),
        leases=tuple(_lent(box, site)),
    )


def active(site: Site) -> list[Box]:
    """The box in service at a site; its boxes are loaded."""
    return [one for one in site.boxes.all() if one.state == Box.State.ACTIVE]


def hidden(mine: list[End], site: Site, other: Site) -> Iterator[tuple[int, End, End]]:
    """The ends between two boxes of which neither can be called: their number, ours and theirs."""
    for at, (here, there) in enumerate(links.pairs(mine, site, other)):
        if not here.endpoint and not there.endpoint:
            yield at, here, there


def leases_of(box: Box) -> QuerySet[Lease]:
    """The leases of which a box is one of the two, each with its relay."""
    rows = Lease.objects.filter(Q(one=box) | Q(other=box), relay__state=Box.State.ACTIVE)
    return rows.select_related("relay__site").prefetch_related("relay__site__lines")


def fixed(site: Site) -> list[Line]:
    """The lines of a site that can be called by IPv4, the only family that is translated."""
    return [one for one in site.lines.all() if one.endpoint and not one.endpoint.startswith("[")]


def _door(lease: Lease, lines: list[Line], at: int) -> tuple[Line, int]:
    """The relay's line, and the first of the two ports there, for the ends number `at` of a pair."""
    return lines[at % len(lines)], FIRST + lease.number * PORTS + 2 * at


def _relay(lease: Lease, at: int, box: Box) -> Relay | None:
    lines = fixed(lease.relay.site) if lease.relay.site else []
    if not lines:
        return None
    line, port = _door(lease, lines, at)
    host = line.endpoint.rpartition(":")[0]
    door = port if lease.one_id == box.pk else port + 1
    return Relay(str(lease.relay_id), bytes(lease.relay.wg_key), f"{host}:{door}")


def _lent(box: Box, site: Site) -> Iterator[boxconfig.Lease]:
    """What the box passes on for others."""
    lines = fixed(site)
    if not lines:
        return
    pair = Prefetch("site", Site.objects.prefetch_related("lines"))
    boxes = Box.objects.defer("report", "capabilities").prefetch_related(pair)
    rows = Lease.objects.filter(
        relay=box, one__state=Box.State.ACTIVE, other__state=Box.State.ACTIVE
    ).prefetch_related(Prefetch("one", boxes), Prefetch("other", boxes))
    for lease in rows:
        one, other = lease.one, lease.other
        mine = links.own(one.site, [other.site])
        for at, _here, _there in hidden(mine, one.site, other.site):
            line, port = _door(lease, lines, at)
            yield boxconfig.Lease(line.name, port, (bytes(one.wg_key), bytes(other.wg_key)))


def _observers(network: Network, partners: Iterable[Site]) -> Iterable[Observer]:
    """Some lines with fixed addresses: of boxes that it knows, else of relays."""
    found: dict[str, Observer] = {}
    for site in (*partners, *relays(network)):
        for box in active(site):
            for line in fixed(site):
                found.setdefault(line.endpoint, Observer(bytes(box.wg_key), line.endpoint))
    return list(found.values())[:OBSERVERS]


def relays(network: Network) -> list[Site]:
    """The sites whose boxes may pass on packets of others, with their lines and boxes."""
    boxes = Box.objects.filter(state=Box.State.ACTIVE).defer("report", "capabilities")
    rows = Site.objects.filter(network=network, relays=True).order_by("code")
    return [one for one in rows.prefetch_related("lines", Prefetch("boxes", boxes)) if fixed(one)]
