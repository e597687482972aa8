"""WireGuard of a box: one interface a line, all with the one key of the box; text for `wg`, and its dump.

While a key changes there is a second interface a line, with the next key of whoever changes it. It is
another tunnel over the same line, so that traffic moves from one to the other as between lines, and no packet
is lost. Its name is the line's and `NEXT`, which no line's name has.
"""

import base64
from collections.abc import Collection, Mapping
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


def syncconf(
    config: Config,
    line: Line,
    private: bytes,
    refused: Collection[bytes] = (),
    heard: Mapping[bytes, str] | None = None,
) -> str:
    """What `wg syncconf` makes of the interface of `line`: peers that are not named are gone.

    `refused` are keys that count no more, whatever the configuration says. A peer without an endpoint for the
    line keeps the one it was last heard from; `heard` says it (key → endpoint) for an interface that is new.
    """
    at = [one.name for one in config.lines].index(line.name.removesuffix(NEXT))
    text = f"[Interface]\nPrivateKey = {_key(private)}\nListenPort = {line.port}\nFwMark = {mark(at):#x}\n"
    for key, peer in those_in(config, line, refused).items():
        networks = ", ".join(map(str, behind(peer.addresses, peer.tunnel)))
        text += f"\n[Peer]\nPublicKey = {_key(key)}\nAllowedIPs = {networks}\n"
        if endpoint := called(config, peer, is_second(line.name)).get(line.name) or (heard or {}).get(key):
            text += f"Endpoint = {endpoint}\n"
        text += f"PersistentKeepalive = {peer.keepalive or 'off'}\n"
    return text


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


def settled(
    dump: str, config: Config, line: Line, private: bytes, refused: Collection[bytes] = (), alone: bool = True
) -> bool:
    """Whether an interface, of which this is the `wg show INTERFACE dump`, is as `syncconf` would make it;
    not `alone`: it may have more peers.

    To say again what is there costs packets: wireguard-go opens its socket anew, and for a moment no peer has
    its networks.
    """
    head, *rows = (row.split("\t") for row in dump.splitlines())
    at = [one.name for one in config.lines].index(line.name.removesuffix(NEXT))
    if [head[0], head[2], head[3]] != [_key(private), str(line.port), f"{mark(at):#x}"]:
        return False
    there, wanted = {base64.b64decode(row[0]): row for row in rows}, those_in(config, line, refused)
    if not (wanted.keys() == there.keys() if alone else wanted.keys() <= there.keys()):
        return False
    for key, peer in wanted.items():
        _, _, endpoint, networks, *_, keepalive = there[key]
        if set(networks.split(",")) != {str(one) for one in behind(peer.addresses, peer.tunnel)}:
            return False
        calls = called(config, peer, is_second(line.name)).get(line.name, endpoint)
        if (endpoint, keepalive) != (calls, str(peer.keepalive or "off")):
            return False
    return True


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


def _key(key: bytes) -> str:
    return base64.b64encode(key).decode()
