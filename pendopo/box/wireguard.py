"""WireGuard of a box: one interface a line, all with the one key of the box; text for `wg`, and its dump."""

import base64
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from pendopo.core.boxconfig import Config, Line, Peer, behind

DEVICES = "pns-"  # every interface of ours begins so
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
    refused = {*refused, *(one.key for one in config.denied)}
    text = (
        f"[Interface]\nPrivateKey = {_key(private)}\nListenPort = {line.port}\n"
        f"FwMark = {mark(config.lines.index(line)):#x}\n"
    )
    for peer in config.peers:
        if peer.key not in refused:
            networks = ", ".join(map(str, behind(peer.addresses, peer.tunnel)))
            text += f"\n[Peer]\nPublicKey = {_key(peer.key)}\nAllowedIPs = {networks}\n"
            if endpoint := called(config, peer).get(line.name) or (heard or {}).get(peer.key):
                text += f"Endpoint = {endpoint}\n"
            text += f"PersistentKeepalive = {peer.keepalive or 'off'}\n"
    return text


def called(config: Config, peer: Peer) -> dict[str, str]:
    """Where each line calls a peer, by the line's name; a line for which no endpoint is left calls nowhere.

    An interface of the peer takes one caller: two lines of ours at one endpoint would push each other out.
    """
    found: dict[str, str] = {}
    for line in config.lines:
        free = (one for one in peer.endpoints.get(line.name, ()) if one not in found.values())
        if endpoint := next(free, None):
            found[line.name] = endpoint
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


def _key(key: bytes) -> str:
    return base64.b64encode(key).decode()
