"""What a box tells its controller of itself: `POST /box/v1/report`."""

import contextlib

from pendopo.box import wireguard
from pendopo.box.probe import Prober
from pendopo.box.roads import Roads
from pendopo.box.system import System
from pendopo.box.wireguard import Seen
from pendopo.core.boxconfig import Config, Line
from pendopo.core.errors import Fault

MOST = 4096  # peers and lines: what the controller takes


async def report(
    config: Config | None,
    state: str,
    undone: tuple[int, str] | None,
    capabilities: dict,
    system: System,
    prober: Prober,
    in_use: dict[str, str],
    roads: Roads,
) -> dict:
    """`state` is "trial", "good" or "undone"; `undone` the serial that was undone, and why.

    Of each line: whether any peer answers over it, and where it is seen from outside, if somebody says so.
    Of each peer and line: when it last shook hands (Unix seconds, 0: never), bytes received and sent, its
    endpoint, whether it answers, in how many milliseconds, how many percent were lost, whether the line
    carries its traffic, and by which relay it goes, where it has to be looked for (`Roads.said`).
    """
    peers = []
    names = {peer.key: peer.box for peer in config.peers} if config else {}
    for line in config.lines if config else ():
        with contextlib.suppress(Fault):
            seconds = await _seconds(config, wireguard.second(line), system)
            for one in await system.peers(wireguard.device(line)):
                box = names.get(one.key, "")
                row = {
                    "box": box,
                    "line": line.name,
                    "endpoint": one.endpoint,
                    "handshake": one.handshake,
                    "received": one.received,
                    "sent": one.sent,
                    "in_use": in_use.get(box) == line.name,
                    **prober.standing(box, line.name),
                    **roads.said(box, line.name, one.endpoint),
                }
                if other := seconds.get(box):
                    _add(row, other, in_use.get(box), prober.standing(box, wireguard.second(line).name))
                peers.append(row)
    answering = {one["line"] for one in peers if one["up"]}
    if len(peers) > MOST:  # those that do not answer first
        peers = sorted(peers, key=lambda one: one["up"])[:MOST]
    lines = [
        {"name": one.name, "up": one.name in answering, "endpoint": roads.endpoint(one.name)}
        for one in (config.lines if config else ())
    ]
    return {
        "v": 1,
        "serial": config.serial if config else 0,
        "state": state,
        "undone": {"serial": undone[0], "why": undone[1]} if undone else None,
        "lines": lines,
        "peers": peers,
        "capabilities": capabilities,
    }


async def _seconds(config: Config, line: Line, system: System) -> dict[str, Seen]:
    """The peers in a second tunnel, by their box, if there is one."""
    if wireguard.device(line) not in system.seconds:
        return {}
    names = {key: peer.box for peer in config.peers for key in (peer.key, peer.second and peer.second.key)}
    return {names[one.key]: one for one in await system.peers(wireguard.device(line)) if one.key in names}


def _add(row: dict, other: Seen, in_use: str | None, standing: dict) -> None:
    """Two tunnels over one line are one for whoever looks."""
    row["handshake"] = max(row["handshake"], other.handshake)
    row["received"] += other.received
    row["sent"] += other.sent
    if standing["up"]:
        row |= standing
    row["in_use"] |= in_use == row["line"] + wireguard.NEXT
