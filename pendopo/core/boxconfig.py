"""box-config/1: what the controller of a private network tells one box; box-deny/1: keys all refuse;
box-roads/1: how it meets boxes that nobody can call.

All are payloads of the envelope pendopo.env/1, signed by the controller's key. `Config.payload` writes and
`open_config` reads; whatever is written otherwise, contradicts itself or is not known is refused with the
field: a box never guesses. Networks and addresses are objects of `ipaddress`, keys raw bytes, times UTC.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
    collapse_addresses,
    ip_address,
    ip_interface,
    ip_network,
)
from itertools import pairwise
from typing import Any, Literal

from . import envelope, strict
from .crypto import thumbprint
from .errors import Fault
from .home import is_url
from .ids import host_of, is_uuid7
from .reading import Wrong, between, each, inside, matching, maybe, must, one_of, record, text, written

CONFIG, DENY, ROADS = "box-config/1", "box-deny/1", "box-roads/1"
VERSIONS = (1,)  # N and, from the second version on, N-1
WAYS, PROTOCOLS = ("out", "in"), ("tcp", "udp", "icmp")
HIGHEST = 65535  # port
ZONE = "internal"  # of all private names: reserved for that (ICANN, resolution 2024.07.29.06)
SMALLEST_MTU = 1280  # RFC 8200, section 5: what IPv6 needs
SECOND = 2000  # above a line's port is that of its second tunnel

Address = IPv4Address | IPv6Address
Interface = IPv4Interface | IPv6Interface
Network = IPv4Network | IPv6Network

_line = re.compile(r"[a-z][a-z0-9]{0,9}")
_device = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}")  # Linux: IFNAMSIZ is 16 with its zero
_rule = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_host = re.compile(r"(?=.{1,253}$)[a-z0-9][a-z0-9-]{0,62}(\.[a-z0-9][a-z0-9-]{0,62})*")


@dataclass(frozen=True, slots=True)
class Site:
    """The box's own site: how people call it, and its networks."""

    name: str
    networks: tuple[Network, ...]


@dataclass(frozen=True, slots=True)
class Lan:
    """Towards the site's machines: the interface (None: as it is, the box leaves it alone) and the box's
    addresses there, each in a network of the site."""

    interface: str | None
    addresses: tuple[Interface, ...]


@dataclass(frozen=True, slots=True)
class Tunnel:
    """The box's own address on the private network, one a family, and how many bytes its packets may have;
    by which of its WireGuard keys (32 bytes, the public half) others know it, and by which in its second
    tunnels (None: it has none). They are there while the box or one of its peers changes its key."""

    addresses: tuple[Address, ...]
    mtu: int
    key: bytes
    second: bytes | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line to the Internet, best first: `gateway` None is what the interface learnt; WireGuard's port;
    `metered` if it is paid by volume, so that as little as possible is asked over it."""

    name: str
    interface: str
    gateway: Address | None
    port: int
    metered: bool = False


@dataclass(frozen=True, slots=True)
class Second:
    """Another box in our second tunnels: its WireGuard key there, and where each of our lines calls it."""

    key: bytes
    endpoints: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Peer:
    """Another box: its WireGuard key, its own addresses on the private network, the networks behind it, where
    each of our lines calls it ("IP:port", best first; a line without waits to be called; no two lines call
    the same), seconds between keepalives (0: none), and how it is in our second tunnels (None: it is not)."""

    box: str
    name: str
    key: bytes
    tunnel: tuple[Address, ...]
    addresses: tuple[Network, ...]
    endpoints: Mapping[str, tuple[str, ...]]
    keepalive: int
    second: Second | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """What one box lets pass for one rule and service, in one direction and one family of addresses."""

    rule: str
    way: Literal["out", "in"]
    near: tuple[Network, ...]  # of the box's own site
    far: tuple[Network, ...]
    protocol: Literal["tcp", "udp", "icmp"]
    ports: tuple[tuple[int, int], ...]  # first and last of each range; none for icmp


@dataclass(frozen=True, slots=True)
class Name:
    """A private name, in `ZONE`, and its addresses."""

    name: str
    addresses: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class Controller:
    """Where the controller is asked, in this order. Its key a box has from its enrolment, for good."""

    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Denied:
    """A box that all others refuse, by its WireGuard key (32 bytes)."""

    box: str
    name: str
    key: bytes


@dataclass(frozen=True, slots=True)
class Config:
    """box-config/1. A box takes a `serial` only above the last it took, and undoes the change when it cannot
    reach the controller within `confirm_seconds`. `pools` are all addresses of the private network: what of
    them is neither the site's nor behind a peer is nowhere, and no line may carry it in the clear."""

    network: str
    box: str
    serial: int
    at: datetime
    site: Site
    lan: Lan
    tunnel: Tunnel
    pools: tuple[Network, ...]
    lines: tuple[Line, ...]
    peers: tuple[Peer, ...]
    flows: tuple[Flow, ...]
    names: tuple[Name, ...]
    controller: Controller
    confirm_seconds: int
    denied: tuple[Denied, ...]

    @property
    def plain(self) -> dict[str, Any]:
        """What the payload says, as JSON."""
        return {"v": 1} | _plain(self)

    @property
    def payload(self) -> bytes:
        """The bytes to sign; `parse_config(payload) == self` for what contradicts nothing."""
        return strict.dumps(self.plain)


@dataclass(frozen=True, slots=True)
class Deny:
    """box-deny/1: all keys refused in a network. A higher `serial` counts; a list never gets shorter by an
    older one."""

    network: str
    serial: int
    at: datetime
    denied: tuple[Denied, ...]

    @property
    def payload(self) -> bytes:
        """The bytes to sign; `parse_deny(payload) == self`."""
        return strict.dumps({"v": 1} | _plain(self))


@dataclass(frozen=True, slots=True)
class Relay:
    """The box that passes on sealed packets for two others, its WireGuard key, and where one of them calls it
    ("IP:port")."""

    box: str
    key: bytes
    endpoint: str


@dataclass(frozen=True, slots=True)
class Road:
    """To a peer over our `line`, where neither end has a fixed address: where the peer's line was last seen
    from outside, best first, and a relay (None: none is lent)."""

    box: str
    line: str
    seen: tuple[str, ...]
    relay: Relay | None


@dataclass(frozen=True, slots=True)
class Observer:
    """A line of a box with a fixed address, which tells us where it sees ours; `key` is its WireGuard key."""

    key: bytes
    endpoint: str


@dataclass(frozen=True, slots=True)
class Lease:
    """For a relay: what comes to `port` on our `line` from the box with the first key goes on from the next
    port to the one with the second key, and back."""

    line: str
    port: int
    keys: tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Roads:
    """box-roads/1: changes with every translation that changes, so it is told apart from the configuration.
    An older serial never counts."""

    network: str
    box: str
    serial: int
    at: datetime
    observers: tuple[Observer, ...]
    roads: tuple[Road, ...]
    leases: tuple[Lease, ...]

    @property
    def payload(self) -> bytes:
        """The bytes to sign; `parse_roads(payload) == self` for what contradicts nothing."""
        return strict.dumps({"v": 1} | _plain(self))


def behind(networks: Iterable[Network], tunnel: Iterable[Address]) -> list[Network]:
    """All that is behind a box: its site's networks, and its own addresses that lie in none of them."""
    networks = list(networks)
    own = [ip_network(one) for one in tunnel]
    return [*networks, *(one for one in own if not _within(one, networks))]


def open_config(raw: bytes | str, key: bytes) -> Config:
    """The configuration in an envelope that the controller's `key` (Ed25519, 32 bytes) signed.

    Raises `Fault box.config_signature`, or what `parse_config` says.
    """
    return parse_config(_opened(raw, CONFIG, key))


def open_deny(raw: bytes | str, key: bytes) -> Deny:
    """The deny list in an envelope that the controller's `key` signed; faults as in `open_config`."""
    return parse_deny(_opened(raw, DENY, key))


def open_roads(raw: bytes | str, key: bytes) -> Roads:
    """The roads in an envelope that the controller's `key` signed; faults as in `open_config`."""
    return parse_roads(_opened(raw, ROADS, key))


def parse_config(payload: bytes) -> Config:
    """Read a payload. Raises `Fault box.config_version`, or `box.config_field` with the field that is wrong,
    such as `peers[2].key`."""
    return _parsed(CONFIG, payload, _config)


def parse_deny(payload: bytes) -> Deny:
    """Read a payload; faults as in `parse_config`."""
    return _parsed(DENY, payload, _deny)


def parse_roads(payload: bytes) -> Roads:
    """Read a payload; faults as in `parse_config`."""
    return _parsed(ROADS, payload, _roads)


def _opened(raw: bytes | str, kind: str, key: bytes) -> bytes:
    try:
        found = envelope.open(raw, kind)
    except Fault as fault:
        raise Fault("box.config_field", type=kind, field=fault.code) from None
    if not found.signed_by(thumbprint(key), key):
        raise Fault("box.config_signature", type=kind)
    return found.payload


def _parsed(kind: str, payload: bytes, read: Callable[[Any], Any]) -> Any:
    try:
        body = strict.loads_exact(payload)
    except Fault as fault:
        raise Fault("box.config_field", type=kind, field=fault.code) from None
    version = body.pop("v", None)
    if version not in VERSIONS or isinstance(version, bool):
        raise Fault("box.config_version", type=kind, found=str(version)[:20])
    try:
        return read(body)
    except Wrong as wrong:
        raise Fault("box.config_field", type=kind, field=wrong.path[:120]) from None


def _plain(value: Any) -> Any:
    """A dataclass as JSON: the fields by name, all that is no number or text in its one written form."""
    # In this order: most is text and lists, and ten thousand boxes may be told something at once.
    if value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, (IPv4Address, IPv6Address, IPv4Network, IPv6Network)):
        return str(value)
    if isinstance(value, bytes):
        return strict.b64e(value)
    if isinstance(value, datetime):
        return strict.utc(value)
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}


def _uuid(value: Any) -> str:
    return must(is_uuid7(value), value)


def _key(value: Any) -> bytes:
    return strict.b64d(value, 32)


def _flag(value: Any) -> bool:
    return must(isinstance(value, bool), value)


def _url(value: Any) -> str:
    return must(is_url(value), value)


def _endpoint(value: Any) -> str:
    """IP and port: a name would make a tunnel wait for somebody's name server."""
    host, port = ip_address(host_of(value)), int(value.rpartition(":")[2])
    return must(value == (f"{host}:{port}" if host.version == 4 else f"[{host}]:{port}"), value)


def _name(value: Any) -> str:
    """Nobody's name on the Internet: a box would answer it to its whole site in the other's place."""
    return must(matching(_host)(value).endswith(f".{ZONE}"), value)


def _range(value: Any) -> tuple[int, int]:
    first, last = each(between(1, HIGHEST))(value)
    return must(first <= last, (first, last))


def _endpoints(value: Any) -> dict[str, tuple[str, ...]]:
    must(isinstance(value, dict))
    named = {inside(name[:40], matching(_line), name): one for name, one in value.items()}
    return {name: inside(name, each(_endpoint, least=1), one) for name, one in named.items()}


def _distinct(values: Iterable[object], path: str) -> None:
    found = list(values)
    if len(set(found)) != len(found):
        raise Wrong(path)


def _apart(networks: Iterable[Network], path: str) -> None:
    """No two networks overlap: which of them is meant would be decided by chance."""
    ordered = sorted(networks, key=lambda one: (one.version, one.network_address, one.prefixlen))
    for one, after in pairwise(ordered):
        if one.version == after.version and one.overlaps(after):
            raise Wrong(path)


def _within(network: Network, all: Iterable[Network]) -> bool:
    same = collapse_addresses(one for one in all if one.version == network.version)
    return any(network.subnet_of(one) for one in same)


def _made_flow(**fields: Any) -> Flow:
    flow = Flow(**fields)
    if len({one.version for one in (*flow.near, *flow.far)}) != 1:
        raise Wrong("far")
    if bool(flow.ports) == (flow.protocol == "icmp"):
        raise Wrong("ports")
    return flow


def _made_config(**fields: Any) -> Config:
    """The configuration, if its parts do not contradict one another."""
    config = Config(**fields)
    _apart(config.site.networks, "site.networks")
    for at, one in enumerate(config.lan.addresses):
        if not _within(one.network, config.site.networks):
            raise Wrong(f"lan.addresses[{at}]")
    _distinct((one.version for one in config.tunnel.addresses), "tunnel.addresses")
    _distinct((one.name for one in config.lines), "lines")
    _distinct((one.port for one in config.lines), "lines")
    _distinct((one.name for one in config.names), "names")
    _peers(config)
    for at, flow in enumerate(config.flows):
        if not all(_within(one, config.site.networks) for one in flow.near):
            raise Wrong(f"flows[{at}].near")
    return config


def _peers(config: Config) -> None:
    """Each network is behind one box: the key of a packet decides whose it is."""
    everybody = [(config.site.networks, config.tunnel.addresses)]
    everybody += [(peer.addresses, peer.tunnel) for peer in config.peers]
    _apart([one for networks, tunnel in everybody for one in behind(networks, tunnel)], "peers")
    _distinct((config.box, *(peer.box for peer in config.peers)), "peers")
    _distinct((peer.key for peer in config.peers), "peers")
    _distinct((peer.second.key for peer in config.peers if peer.second), "peers")
    lines, refused = {line.name for line in config.lines}, {one.key for one in config.denied}
    for at, peer in enumerate(config.peers):
        if not peer.endpoints.keys() <= lines:
            raise Wrong(f"peers[{at}].endpoints")
        if peer.key in refused:
            raise Wrong(f"peers[{at}].key")
        if peer.second and (
            config.tunnel.second is None
            or not peer.second.endpoints.keys() <= lines
            or peer.second.key in refused
        ):
            raise Wrong(f"peers[{at}].second")


def _made_roads(**fields: Any) -> Roads:
    """The roads, if no two say the same thing differently."""
    found = Roads(**fields)
    _distinct(((one.box, one.line) for one in found.roads), "roads")
    _distinct((port for one in found.leases for port in (one.port, one.port + 1)), "leases")
    return found


def _keys(value: Any) -> tuple[bytes, bytes]:
    one, other = each(_key)(value)
    return one, must(one != other, other)


_address, _network, _interface = written(ip_address), written(ip_network), written(ip_interface)
_denied = each(record(Denied, box=_uuid, name=text, key=_key))
_head = {
    "network": _uuid,
    "serial": between(1, strict.MAX_INTEGER),
    "at": strict.parse_utc,
    "denied": _denied,
}
_deny = record(Deny, **_head)
_config = record(
    _made_config,
    **_head,
    box=_uuid,
    site=record(Site, name=text, networks=each(_network, least=1)),
    lan=record(Lan, interface=maybe(matching(_device)), addresses=each(_interface)),
    tunnel=record(
        Tunnel,
        addresses=each(_address, least=1),
        mtu=between(SMALLEST_MTU, 9000),
        key=_key,
        second=maybe(_key),
    ),
    pools=each(_network),
    lines=each(
        record(
            Line,
            name=matching(_line),
            interface=matching(_device),
            gateway=maybe(_address),
            port=between(1, HIGHEST - SECOND),
            metered=_flag,
        ),
        least=1,
    ),
    peers=each(
        record(
            Peer,
            box=_uuid,
            name=text,
            key=_key,
            tunnel=each(_address, least=1),
            addresses=each(_network),
            endpoints=_endpoints,
            keepalive=between(0, 3600),
            second=maybe(record(Second, key=_key, endpoints=_endpoints)),
        )
    ),
    flows=each(
        record(
            _made_flow,
            rule=matching(_rule),
            way=one_of(WAYS),
            near=each(_network, least=1),
            far=each(_network, least=1),
            protocol=one_of(PROTOCOLS),
            ports=each(_range),
        )
    ),
    names=each(record(Name, name=_name, addresses=each(_address, least=1))),
    controller=record(Controller, urls=each(_url, least=1)),
    confirm_seconds=between(1, 600),
)
_roads = record(
    _made_roads,
    network=_uuid,
    box=_uuid,
    serial=between(1, strict.MAX_INTEGER),
    at=strict.parse_utc,
    observers=each(record(Observer, key=_key, endpoint=_endpoint)),
    roads=each(
        record(
            Road,
            box=_uuid,
            line=matching(_line),
            seen=each(_endpoint),
            relay=maybe(record(Relay, box=_uuid, key=_key, endpoint=_endpoint)),
        )
    ),
    leases=each(record(Lease, line=matching(_line), port=between(1, HIGHEST - 1), keys=_keys)),
)
