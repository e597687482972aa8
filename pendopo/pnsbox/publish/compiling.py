"""What one box is told: box-config/1 from the rows around its site. Reads loaded rows only."""

from collections.abc import Iterable
from datetime import datetime
from ipaddress import IPv6Address, IPv6Network, ip_address, ip_interface, ip_network

from pendopo.core import boxconfig
from pendopo.core.boxconfig import ZONE
from pendopo.pnsbox.boxes.models import Box
from pendopo.pnsbox.reach.rules import Policy, compiled
from pendopo.pnsbox.sites.models import Network, Site

from . import links
from .around import Around, plain

MTU = 1420  # of WireGuard over IPv6 over Ethernet: 1500 less 40, 8 and 32 (https://www.wireguard.com/papers)
KEEPALIVE = 25  # seconds: below what NATs keep a UDP mapping for (RFC 4787, REQ-5: 2 minutes, often 30 s)
CONFIRM = 30  # seconds in which a box must reach the controller over a change


def boxes_own(network: Network) -> IPv6Network:
    """The first /64 of the IPv6 pool: no site gets it, boxes have their own addresses there."""
    return next(network.pool6.subnets(new_prefix=64))


def own_address(network: Network, number: int) -> IPv6Address:
    """The address of box `number` on the private network."""
    return boxes_own(network)[number]


def config(around: Around, site: Site, box: Box, serial: int, at: datetime) -> boxconfig.Config:
    """What the box of `site` is told."""
    network = around.network
    policy = around.policy(site)
    partners = [around.sites[code] for code in sorted(policy.sites) if code != site.code]
    mine = links.own(site, partners)
    peers = [(other, one) for other in partners for one in other.boxes.all() if one.state == Box.State.ACTIVE]
    # While a key changes, this one's or a peer's, there is a second tunnel a line.
    second = box.next_key or (box.wg_key if any(one.next_key for _, one in peers) else None)
    return boxconfig.Config(
        network=str(network.pk),
        box=str(box.pk),
        serial=serial,
        at=at,
        site=boxconfig.Site(site.name, tuple(one.cidr for one in site.blocks.all())),
        lan=boxconfig.Lan(site.lan or None, tuple(gateways(site))),
        tunnel=boxconfig.Tunnel(
            (own_address(network, box.number),), MTU, bytes(box.wg_key), second and bytes(second)
        ),
        pools=tuple(_pools(network)),
        lines=tuple(links.told(end) for end in mine),
        peers=tuple(
            _peer(network, links.pairs(mine, site, other), other, one, box.next_key) for other, one in peers
        ),
        flows=tuple(compiled(policy, plain(site))),
        names=tuple(_names(network, [around.sites[code] for code in sorted(_reached(policy, site))])),
        controller=boxconfig.Controller(tuple(network.urls)),
        confirm_seconds=CONFIRM,
        denied=tuple(
            kept
            for other in partners
            for one in other.boxes.all()
            if one.state == Box.State.QUARANTINED
            for kept in denied(one)
        ),
    )


def denied(box: Box) -> list[boxconfig.Denied]:
    """A box as deny lists name it: by each of its keys."""
    return [boxconfig.Denied(str(box.pk), box.name, key) for key in box.keys]


def gateways(site: Site) -> Iterable[boxconfig.Interface]:
    """The box's address in each network of the site: the first."""
    for block in site.blocks.all():
        yield ip_interface((block.cidr[1], block.cidr.prefixlen))


def _peer(
    network: Network, pairs: list[links.Pair], site: Site, box: Box, next_key: bytes | None
) -> boxconfig.Peer:
    """Another box; `pairs` are our lines and its own that they call, `next_key` the one we change to."""
    second = None
    if next_key or box.next_key:
        second = boxconfig.Second(bytes(box.next_key or box.wg_key), links.called(pairs, second=True))
    return boxconfig.Peer(
        box=str(box.pk),
        name=site.code,
        key=bytes(box.wg_key),
        tunnel=(own_address(network, box.number),),
        addresses=tuple(one.cidr for one in site.blocks.all()),
        endpoints=links.called(pairs),
        keepalive=KEEPALIVE,
        second=second,
    )


def _pools(network: Network) -> list[boxconfig.Network]:
    """All that is or may become the private network's, without what others have in its midst."""
    found = [network.pool4, network.pool6]
    for foreign in map(ip_network, network.foreign):
        for pool in [one for one in found if one.version == foreign.version and one.overlaps(foreign)]:
            found.remove(pool)
            found += pool.address_exclude(foreign) if foreign.subnet_of(pool) else ()
    return sorted(found, key=lambda one: (one.version, one))


def _reached(policy: Policy, site: Site) -> set[str]:
    """The codes of a site and of all that it may begin to speak with."""
    return {site.code}.union(*(rule.destinations for rule in policy.rules if site.code in rule.sources))


def _names(network: Network, sites: Iterable[Site]) -> Iterable[boxconfig.Name]:
    """Names of the sites' boxes and of the machines there that have one, in order."""
    found: dict[str, list] = {}
    for site in sites:
        found[f"{site.code}.{network.code}.{ZONE}"] = [one.ip for one in gateways(site)]
        for host in site.hosts.all():
            found[f"{host.name}.{site.code}.{network.code}.{ZONE}"] = [ip_address(host.address)]
    return (boxconfig.Name(name, tuple(found[name])) for name in sorted(found))
