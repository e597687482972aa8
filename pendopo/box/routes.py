"""Addresses, routes and rules of a box, as lines for `ip -batch` that make what is there into what should be.

Each line has a routing table for its own packets, so that WireGuard and questions to the controller leave by
the line they are meant for and by no other. A peer's networks have a standing route over every line and one
before them over the line in use: when an interface is gone its routes go with it, and the next one stands.
All of it is marked with a protocol number of its own; nothing else on the machine is touched. Pure text.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_interface, ip_network
from typing import Any

from pendopo.box.wireguard import NEXT, device, mark
from pendopo.core.boxconfig import Address, Config, Interface, Network, behind

PROTOCOL = 71  # who made a route (`ip route … proto 71`): none of /etc/iproute2/rt_protos
IN_USE, STANDING = 100, 1000  # metrics
MAIN = 254  # the main table
NOWHERE = 2**31 - 1  # metric of the last route in a line's table


@dataclass(frozen=True, slots=True)
class Route:
    """One route of ours; `via` None is on the link, `dev` None leads nowhere."""

    network: Network
    dev: str | None
    via: Address | None
    metric: int
    table: int  # 254 is the main one

    @property
    def command(self) -> str:
        """As `ip route` takes it after `replace` or `del`."""
        kind = "unreachable " if self.dev is None else ""
        via = f" via {self.via}" if self.via else ""
        dev = f" dev {self.dev}" if self.dev else ""
        return f"{kind}{self.network}{via}{dev} metric {self.metric} table {self.table} proto {PROTOCOL}"


@dataclass(frozen=True, slots=True)
class Found:
    """What is there now: interfaces with their addresses, the MTU of those that are up, our routes, our rules
    (family, mark), and which gateways the interfaces learnt by themselves."""

    addresses: Mapping[str, frozenset[Interface]] = field(default_factory=dict)
    mtus: Mapping[str, int] = field(default_factory=dict)
    routes: frozenset[Route] = frozenset()
    rules: frozenset[tuple[int, int]] = frozenset()
    gateways: Mapping[str, tuple[Address, ...]] = field(default_factory=dict)


def batch(config: Config, found: Found, in_use: Mapping[str, str], before: Config | None = None) -> list[str]:
    """The commands; `in_use` is the line that carries the traffic of each peer, by the peer's box.

    `before` is what was in force: only its addresses are taken from the site's interface.
    """
    return [
        *_devices(config, found),
        *_site(config, found, before),
        *_changed(found.routes, wanted(config, found, in_use)),
    ]


def outside(config: Config, found: Found) -> list[str]:
    """Of the commands those about the lines' own tables: by which way the tunnels themselves go."""
    there = {one for one in found.routes if one.table != MAIN}
    return _changed(there, {one for one in wanted(config, found, {}) if one.table != MAIN})


def rules(config: Config, found: Found) -> dict[int, list[str]]:
    """The commands about rules, by family: packets with a line's mark take the line's table."""
    wanted = {mark(at) for at in range(len(config.lines))}
    commands = {}
    for family in (4, 6):
        there = {number for version, number in found.rules if version == family}
        commands[family] = [f"rule del {_rule(number)}" for number in sorted(there - wanted)]
        commands[family] += [f"rule add {_rule(number)}" for number in sorted(wanted - there)]
    return commands


def in_use(config: Config, found: Found) -> dict[str, str]:
    """The tunnel that carries the traffic of each peer, by its box, as the routes have it."""
    names = [name for line in config.lines for name in (line.name, line.name + NEXT)]
    lines = {device(name): name for name in names}
    carried = {
        one.network: lines[one.dev] for one in found.routes if one.metric == IN_USE and one.dev in lines
    }
    return {
        peer.box: carried[network]
        for peer in config.peers
        for network in behind(peer.addresses, peer.tunnel)[:1]
        if network in carried
    }


def wanted(config: Config, found: Found, in_use: Mapping[str, str]) -> set[Route]:
    """Every route that should be there; a line whose interface is not up has only the one to nowhere."""
    routes = set()
    for at, line in enumerate(config.lines):
        table = mark(at)
        routes |= {Route(ip_network(one), None, None, NOWHERE, table) for one in ("0.0.0.0/0", "::/0")}
        gateways = (line.gateway,) if line.gateway else found.gateways.get(line.interface, ())
        if line.interface in found.mtus:  # up: no other takes a gateway
            routes |= {Route(_everywhere(one), line.interface, one, 1, table) for one in gateways}
    for peer in config.peers:
        for network in behind(peer.addresses, peer.tunnel):
            routes |= set(_to(config, network, in_use.get(peer.box)))
    return {one for one in routes if one.dev is None or one.dev in found.addresses}


def moved(config: Config, box: str, line: str) -> list[str]:
    """The commands that let `line` carry the traffic of the peer `box`."""
    peer = next(one for one in config.peers if one.box == box)
    networks = behind(peer.addresses, peer.tunnel)
    return [f"route replace {_first(network, line).command}" for network in networks]


def _to(config: Config, network: Network, line: str | None) -> Iterable[Route]:
    for at, one in enumerate(config.lines):
        yield Route(network, device(one), None, STANDING + at, MAIN)
        # Of a second tunnel, where there is one: IPv6 asks nobody over an interface without a route.
        yield Route(network, device(one) + NEXT, None, STANDING + len(config.lines) + at, MAIN)
    yield _first(network, line or config.lines[0].name)


def _first(network: Network, line: str) -> Route:
    return Route(network, device(line), None, IN_USE, MAIN)


def _devices(config: Config, found: Found) -> list[str]:
    """Our interfaces: up, with the box's own addresses and no others."""
    commands = []
    own = {ip_interface(one) for one in config.tunnel.addresses}
    for name in (name for line in config.lines for name in (device(line), device(line) + NEXT)):
        if name not in found.addresses:
            continue
        there = found.addresses[name]
        # Only what changes something: each change of an interface is told to whoever listens, us too.
        if found.mtus.get(name) != config.tunnel.mtu:
            commands.append(f"link set {name} mtu {config.tunnel.mtu} up")
        commands += _assigned(name, own, {one for one in there - own if not one.ip.is_link_local}, there)
    return commands


def _site(config: Config, found: Found, before: Config | None) -> list[str]:
    """The box's addresses towards the site's machines; what somebody else set there stays."""
    name, now = config.lan.interface, set(config.lan.addresses)
    commands = []
    if before is not None and before.lan.interface in found.addresses:
        kept = now if before.lan.interface == name else set()
        there = found.addresses[before.lan.interface]
        commands += _assigned(before.lan.interface, set(), (set(before.lan.addresses) - kept) & there, there)
    if name is not None:
        if name not in found.mtus:
            commands.append(f"link set {name} up")
        commands += _assigned(name, now, set(), found.addresses.get(name, frozenset()))
    return commands


def _assigned(
    name: str, wanted: Iterable[Interface], gone: Iterable[Interface], there: Iterable[Interface]
) -> list[str]:
    commands = [f"addr del {one} dev {name}" for one in sorted(gone, key=str)]
    for one in sorted(set(wanted) - set(there), key=str):
        # Ours alone by plan: nobody has to be asked for two seconds whether he has it (RFC 4862, 5.4).
        commands.append(f"addr add {one} dev {name}{' nodad' if one.version == 6 else ''}")
    return commands


def _rule(number: int) -> str:
    return f"pref {number} fwmark {number:#x} lookup {number} protocol {PROTOCOL}"


def _changed(there: Iterable[Route], wanted: Iterable[Route]) -> list[str]:
    there, wanted = set(there), set(wanted)
    # A route with the same network, table and metric is replaced, not removed first: no packet falls between.
    replaced = {(one.network, one.table, one.metric) for one in wanted}
    gone = [one for one in there - wanted if (one.network, one.table, one.metric) not in replaced]
    return [
        *(f"route replace {one.command}" for one in sorted(wanted - there, key=str)),
        *(f"route del {one.command}" for one in sorted(gone, key=str)),
    ]


def _everywhere(gateway: Address) -> Network:
    return ip_network("0.0.0.0/0" if gateway.version == 4 else "::/0")


def found(addresses: Sequence[dict], routes: Sequence[dict], rules: Mapping[int, Sequence[dict]]) -> Found:
    """What `ip -j address`, `ip -j route show table all` of both families and `ip -j rule` said."""
    interfaces = {
        link["ifname"]: frozenset(
            ip_interface(f"{one['local']}/{one['prefixlen']}") for one in link.get("addr_info", ())
        )
        for link in addresses
    }
    gateways: dict[str, list[Address]] = {}
    for one in routes:
        if one["dst"] == "default" and "gateway" in one and one.get("table", "main") == "main":
            gateways.setdefault(one["dev"], []).append(ip_address(one["gateway"]))
    ours = frozenset(_route(one) for one in routes if str(one.get("protocol")) == str(PROTOCOL))
    return Found(
        interfaces,
        {link["ifname"]: link["mtu"] for link in addresses if "UP" in link.get("flags", ())},
        ours,
        frozenset(
            (version, int(one["fwmark"], 16))
            for version, those in rules.items()
            for one in those
            if str(one.get("protocol")) == str(PROTOCOL)
        ),
        {name: tuple(dict.fromkeys(those)) for name, those in gateways.items()},
    )


def _route(said: Mapping[str, Any]) -> Route:
    nowhere = said.get("type") == "unreachable"
    via = said.get("gateway") or said.get("via", {}).get("host")
    version = said["version"]
    default = "0.0.0.0/0" if version == 4 else "::/0"
    table = said.get("table", "main")
    return Route(
        ip_network(default if said["dst"] == "default" else said["dst"]),
        None if nowhere else said["dev"],
        ip_address(via) if via else None,
        said.get("metric", 0),
        MAIN if table == "main" else int(table),
    )
