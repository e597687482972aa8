"""Who may reach what on the private network: a policy in names, and what each box makes of it.

Nothing is allowed that no rule names. A rule is compiled for both ends: the box of the source lets it out,
the box of the destination lets it in, so that neither has to trust the other. Plain functions.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, collapse_addresses
from typing import Literal

from pendopo.core.boxconfig import Flow
from pendopo.core.errors import Fault

Network = IPv4Network | IPv6Network
Protocol = Literal["tcp", "udp", "icmp"]
EVERYBODY = "all"
HIGHEST = 65535  # port


@dataclass(frozen=True, slots=True)
class Site:
    """A place with a box. `names` are what a rule may call it besides its own: its agency and its groups."""

    id: str
    names: frozenset[str]
    networks: tuple[Network, ...]


@dataclass(frozen=True, slots=True)
class Service:
    """What is reached: a protocol, and of tcp and udp the ports, first and last of each range."""

    protocol: Protocol
    ports: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        """`Fault pnsbox.ports` for a range that is none, or ports of a protocol without any."""
        sound = all(0 < first <= last <= HIGHEST for first, last in self.ports)
        if not sound or bool(self.ports) == (self.protocol == "icmp"):
            raise Fault("pnsbox.ports")

    def has(self, protocol: Protocol, port: int | None) -> bool:
        """Whether a packet is of this service; `port` is None for icmp."""
        if protocol != self.protocol:
            return False
        return port is None or any(first <= port <= last for first, last in self.ports)


@dataclass(frozen=True, slots=True)
class Rule:
    """`sources` may reach `services` of `destinations`; each is named by site, agency, group or `all`."""

    id: str
    sources: frozenset[str]
    destinations: frozenset[str]
    services: frozenset[str]


@dataclass(frozen=True, slots=True)
class Policy:
    """Rules, and what their names stand for."""

    sites: Mapping[str, Site]
    services: Mapping[str, Service]
    rules: tuple[Rule, ...]

    def __post_init__(self) -> None:
        """`Fault pnsbox.name` for a name in a rule that stands for nothing, with rule and name: a slip of the
        pen must not shut an office out in silence."""
        known = {EVERYBODY, *self.sites, *(name for site in self.sites.values() for name in site.names)}
        for rule in self.rules:
            for names, there in ((rule.sources | rule.destinations, known), (rule.services, self.services)):
                if lost := sorted(names - set(there)):
                    raise Fault("pnsbox.name", rule=rule.id, name=lost[0])


@dataclass(frozen=True, slots=True)
class Why:
    """Why somebody reaches something (`rules` that allow it), or does not: `near` are rules that name the
    pair, but not the service."""

    rules: tuple[str, ...]
    near: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        return bool(self.rules)


def meant(site: Site, names: Iterable[str]) -> bool:
    """Whether one of the names stands for the site."""
    return not site.names.isdisjoint(names) or site.id in names or EVERYBODY in names


def compiled(policy: Policy, site: Site) -> list[Flow]:
    """What the box of `site` lets pass, in the order of the rules; adjoining networks are joined.

    A site is never its own peer: what stays in the office does not pass the box.
    """
    found = []
    others = [one for one in policy.sites.values() if one.id != site.id]
    for rule in policy.rules:
        for way, mine, theirs in (
            ("out", rule.sources, rule.destinations),
            ("in", rule.destinations, rule.sources),
        ):
            if meant(site, mine):
                far = [network for one in others if meant(one, theirs) for network in one.networks]
                found += _flows(policy, rule, way, site.networks, far)
    return found


def _flows(
    policy: Policy, rule: Rule, way: Literal["out", "in"], near: Iterable[Network], far: Iterable[Network]
) -> list[Flow]:
    """One flow a family that both ends have, and a service."""
    sides = [(_family(near, version), _family(far, version)) for version in (4, 6)]
    services = [policy.services[name] for name in sorted(rule.services)]
    return [
        Flow(rule.id, way, here, there, service.protocol, service.ports)
        for here, there in sides
        if here and there
        for service in services
    ]


def _family(networks: Iterable[Network], version: int) -> tuple[Network, ...]:
    return tuple(collapse_addresses(one for one in networks if one.version == version))


def why(policy: Policy, source: Site, destination: Site, protocol: Protocol, port: int | None) -> Why:
    """Why `source` reaches a port of `destination`, or does not."""
    pair = [
        rule
        for rule in policy.rules
        if source.id != destination.id
        and meant(source, rule.sources)
        and meant(destination, rule.destinations)
    ]
    lets = {
        rule.id for rule in pair if any(policy.services[name].has(protocol, port) for name in rule.services)
    }
    ids = [rule.id for rule in pair]
    return Why(tuple(id for id in ids if id in lets), tuple(id for id in ids if id not in lets))


def matrix(policy: Policy) -> dict[tuple[str, str], frozenset[str]]:
    """(source, destination) → names of the services that it reaches; pairs without any are left out."""
    found: dict[tuple[str, str], set[str]] = {}
    for rule in policy.rules:
        to = [one.id for one in policy.sites.values() if meant(one, rule.destinations)]
        for source in policy.sites.values():
            if meant(source, rule.sources):
                for destination in to:
                    if destination != source.id:
                        found.setdefault((source.id, destination), set()).update(rule.services)
    return {pair: frozenset(services) for pair, services in found.items()}


def preview(before: Policy, after: Policy) -> tuple[set[tuple[str, str, str]], set[tuple[str, str, str]]]:
    """What a change cuts and what it opens: (source, destination, service) by name.

    A service that means other ports afterwards is cut as it was and opened as it is.
    """
    old, new = _reached(before), _reached(after)
    return {one[:3] for one in old - new}, {one[:3] for one in new - old}


def _reached(policy: Policy) -> set[tuple[str, str, str, Service]]:
    return {
        (source, destination, name, policy.services[name])
        for (source, destination), names in matrix(policy).items()
        for name in names
    }
