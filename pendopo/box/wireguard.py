"""WireGuard of a box: one interface a line, all with the one key of the box; text for `wg`, and its dump.

While a key changes there is a second interface a line, with the next key of whoever changes it. It is
another tunnel over the same line, so that traffic moves from one to the other as between lines, and no packet
is lost. Its name is the line's and `NEXT`, which no line's name has.
"""

import base64
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pendopo.core.boxconfig import SECOND, Config, Line, Peer, behind

DEVICES = "pns-"  # every interface of ours begins so
NEXT = "N"
MARKS = 0x7100  # the mark of the first line's own packets; its routing table and rule have the same number


@dataclass(frozen=True, slots=True)
class Seen:
    """What WireGuard knows of a peer on one interface: where it was last heard from, when (Unix seconds, 0:
    never), bytes received and sent."""

    key: bytes
    endpoint: str | None
    handshake: int
    received: int
    sent: int


def device(line: Line | str) -> str:
    """The name of a line's interface."""
    return DEVICES + (line if isinstance(line, str) else line.name)


def mark(at: int) -> int:
    """The mark of the packets, and the number of the routing table, of the line `at` (0: the first)."""
    return MARKS + at


def second(line: Line) -> Line:
    """The second tunnel over a line, as if it were one."""
    return replace(line, name=line.name + NEXT, port=line.port + SECOND)


def is_second(name: str) -> bool:
    """Whether the name of a line or an interface is that of a second tunnel."""
    return name.endswith(NEXT)


def tunnels(config: Config) -> tuple[Line, ...]:
    """All tunnels that the configuration has: the lines, and the second ones while there are any."""
    return (*config.lines, *map(second, config.lines)) if config.tunnel.second else config.lines


def order(config: Config, peer: Peer, there: Collection[str] = ()) -> tuple[str, ...]:
    """The tunnels to a peer by name, best first. `there` are interfaces of second tunnels that still stand
    after a change of key: what is in them goes on until the first ones work again."""
    found: list[str] = []
    for line in config.lines:
        if peer.second:
            found += [line.name + NEXT, line.name]
        else:
            found += [line.name, line.name + NEXT] if device(line.name + NEXT) in there else [line.name]
    return tuple(found)


def public(config: Config, line: Line) -> bytes:
    """The key by which the box is known in a tunnel."""
    return (config.tunnel.second or config.tunnel.key) if is_second(line.name) else config.tunnel.key


@dataclass(frozen=True, slots=True)
class Change:
    """What an interface lacks: text for `wg addconf`, and keys of peers that it has to forget."""

    text: str
    gone: tuple[bytes, ...]


def change(
    dump: str,
    config: Config,
    line: Line,
    private: bytes,
    refused: Collection[bytes] = (),
    heard: Mapping[bytes, str] | None = None,
    *,
    alone: bool = True,
) -> Change:
    """What makes an interface, of which this is the `wg show INTERFACE dump`, that of the tunnel `line`.

    What is as it should be is not said again, of the interface or of any peer: wireguard-go opens its socket
    anew for a port it has, and all peers lose packets then. `refused` are keys that count no more, whatever
    the configuration says. A peer without an endpoint for the line keeps the one it was last heard from;
    `heard` says it (key → endpoint) for an interface that is new. Not `alone`: it may have more peers.
    """
    head, *rows = (row.split("\t") for row in dump.splitlines())
    at = [one.name for one in config.lines].index(line.name.removesuffix(NEXT))
    said = (
        ("PrivateKey", _key(private), head[0]),
        ("ListenPort", str(line.port), head[2]),
        ("FwMark", f"{mark(at):#x}", head[3]),
    )
    text = _section("Interface", [(name, value) for name, value, there in said if value != there])
    there, wanted = {base64.b64decode(row[0]): row for row in rows}, those_in(config, line, refused)
    for key, peer in wanted.items():
        calls = called(config, peer, is_second(line.name)).get(line.name) or (heard or {}).get(key)
        networks, often = [*map(str, behind(peer.addresses, peer.tunnel))], str(peer.keepalive or "off")
        if key in there:
            _, _, endpoint, those, *_, keepalive = there[key]
            same = set(those.split(",")) == set(networks) and keepalive == often
            if same and calls in (None, endpoint):
                continue
        peer_lines = [("PublicKey", _key(key)), ("AllowedIPs", ", ".join(networks))]
        peer_lines += [("Endpoint", calls)] if calls else []
        text += _section("Peer", [*peer_lines, ("PersistentKeepalive", often)])
    return Change(text, tuple(there.keys() - wanted.keys()) if alone else ())


def _section(name: str, lines: Sequence[tuple[str, str]]) -> str:
    return f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in lines) if lines else ""


def forgetting(device: str, keys: Iterable[bytes]) -> tuple[str, ...]:
    """The command that has an interface forget peers."""
    return ("wg", "set", device, *(word for key in keys for word in ("peer", _key(key), "remove")))


def those_in(config: Config, line: Line, refused: Collection[bytes] = ()) -> dict[bytes, Peer]:
    """The peers in the tunnel of `line`, by the key that they have there."""
    refused = {*refused, *(one.key for one in config.denied)}
    if is_second(line.name):
        found = {peer.second.key: peer for peer in config.peers if peer.second}
    else:
        found = {peer.key: peer for peer in config.peers}
    return {key: peer for key, peer in found.items() if key not in refused and peer.key not in refused}


def calling(device: str, peer: Peer, endpoint: str, afresh: bool) -> tuple[str, ...]:
    """The command that has an interface call a peer at an endpoint; `afresh`: without what it knows of it, so
    that it shakes hands at once and not five seconds after the last try."""
    named = ("peer", _key(peer.key))
    networks = ",".join(map(str, behind(peer.addresses, peer.tunnel)))
    often = str(peer.keepalive or "off")
    said = ("endpoint", endpoint, "persistent-keepalive", often, "allowed-ips", networks)
    return ("wg", "set", device, *(*named, "remove") * afresh, *named, *said)


def called(config: Config, peer: Peer, second: bool = False) -> dict[str, str]:
    """Where each line (each second tunnel, if `second`) calls a peer, by its name; one for which no endpoint
    is left calls nowhere.

    An interface of the peer takes one caller: two lines of ours at one endpoint would push each other out.
    """
    endpoints = peer.second.endpoints if second and peer.second else peer.endpoints
    found: dict[str, str] = {}
    for line in config.lines:
        free = (one for one in endpoints.get(line.name, ()) if one not in found.values())
        if endpoint := next(free, None):
            found[line.name + (NEXT if second else "")] = endpoint
    return found


def seen(dump: str) -> list[Seen]:
    """The peers in the output of `wg show INTERFACE dump`."""
    found = []
    for line in dump.splitlines()[1:]:
        key, _, endpoint, _, handshake, received, sent, _ = line.split("\t")
        found.append(
            Seen(
                base64.b64decode(key),
                None if endpoint == "(none)" else endpoint,
                int(handshake),
                int(received),
                int(sent),
            )
        )
    return found


def heard(before: Mapping[bytes, str], now: Iterable[Seen], config: Config) -> dict[bytes, str]:
    """Where the peers of an interface were last heard from, key → endpoint.

    WireGuard says nothing of one that it has been told of a moment ago: then what was known `before` counts.
    """
    keys = {key for peer in config.peers for key in (peer.key, peer.second and peer.second.key)}
    found = {**before, **{one.key: one.endpoint for one in now if one.endpoint}}
    return {key: endpoint for key, endpoint in found.items() if key in keys}


def _key(key: bytes) -> str:
    return base64.b64encode(key).decode()
