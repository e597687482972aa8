"""The address plan: each site gets networks of its own, and none ever overlaps another. Plain functions.

A site keeps what it was given for as long as it exists: boxes, policies and people's habits stand on it.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Network

from pendopo.core.errors import Fault

Network = IPv4Network | IPv6Network
SITE6 = 64  # bits of a site's IPv6 network (RFC 4291, section 2.5.1)
SMALLEST, LARGEST = 29, 20  # bits of a site's IPv4 network: 6 to 4,094 machines
REST = timedelta(days=30)  # before a network is given again: somebody may still have it written down


@dataclass(frozen=True, slots=True)
class Plan:
    """The pools, what is given to whom, what the sites had before us, and what rests since when."""

    pool4: IPv4Network
    pool6: IPv6Network
    given: Mapping[str, tuple[IPv4Network, IPv6Network]] = field(default_factory=dict)
    foreign: tuple[Network, ...] = ()
    resting: Mapping[Network, datetime] = field(default_factory=dict)


def add(plan: Plan, site: str, machines: int, now: datetime) -> Plan:
    """The plan with networks for `site`, large enough for `machines` besides its box.

    The smallest gap that fits is taken, the lowest first, so that large networks stay whole.
    `Fault pnsbox.machines` for a number no site has, `pnsbox.pool` when nothing fits.
    """
    bits = _bits(machines)
    used = [
        *(network for pair in plan.given.values() for network in pair),
        *plan.foreign,
        *(network for network, since in plan.resting.items() if now - since < REST),
    ]
    pair = _free(plan.pool4, bits, used), _free(plan.pool6, SITE6, used)
    resting = {one: since for one, since in plan.resting.items() if now - since < REST}
    return Plan(plan.pool4, plan.pool6, {**plan.given, site: pair}, plan.foreign, resting)


def _bits(machines: int) -> int:
    """The length of the prefix with room for the machines, the box, and the two addresses of each network."""
    if not 1 <= machines <= 2 ** (32 - LARGEST) - 3:
        raise Fault("pnsbox.machines", most=2 ** (32 - LARGEST) - 3)
    return min(SMALLEST, 32 - (machines + 2).bit_length())


def _free(pool: Network, bits: int, used: Collection[Network]) -> Network:
    inside = sorted(one for one in used if one.version == pool.version and one.overlaps(pool))
    fits = [gap for gap in _gaps(pool, inside) if gap.prefixlen <= bits]
    if not fits:
        raise Fault("pnsbox.pool", pool=str(pool))
    # Of the smallest gaps the lowest.
    best = min(fits, key=lambda gap: (-gap.prefixlen, int(gap.network_address)))
    return type(pool)((int(best.network_address), bits))


def _gaps(pool: Network, used: Collection[Network]) -> Iterator[Network]:
    """The parts of `pool` that no network of `used` touches, as few and large as they are."""
    if not any(one.overlaps(pool) for one in used):
        yield pool
    elif not any(pool.subnet_of(one) for one in used):
        for half in pool.subnets():
            yield from _gaps(half, [one for one in used if one.overlaps(half)])
