"""What a box tells its controller of itself: `POST /box/v1/report`."""

import contextlib

from pendopo.box import wireguard
from pendopo.box.probe import Prober
from pendopo.box.system import System
from pendopo.core.boxconfig import Config
from pendopo.core.errors import Fault


async def report(
    config: Config | None,
    state: str,
    undone: tuple[int, str] | None,
    capabilities: dict,
    system: System,
    prober: Prober,
    in_use: dict[str, str],
) -> dict:
    """`state` is "trial", "good" or "undone"; `undone` the serial that was undone, and why.

    Of each line: whether any peer answers over it. Of each peer and line: when it last shook hands (Unix
    seconds, 0: never), bytes received and sent, its endpoint, whether it answers, in how many milliseconds,
    how many percent were lost, and whether the line carries its traffic.
    """
    peers = []
    names = {peer.key: peer.box for peer in config.peers} if config else {}
    for line in config.lines if config else ():
        with contextlib.suppress(Fault):
            for one in await system.peers(wireguard.device(line)):
                box = names.get(one.key, "")
                peers.append(
                    {
                        "box": box,
                        "line": line.name,
                        "endpoint": one.endpoint,
                        "handshake": one.handshake,
                        "received": one.received,
                        "sent": one.sent,
                        "in_use": in_use.get(box) == line.name,
                        **prober.standing(box, line.name),
                    }
                )
    answering = {one["line"] for one in peers if one["up"]}
    lines = [{"name": one.name, "up": one.name in answering} for one in config.lines] if config else []
    return {
        "v": 1,
        "serial": config.serial if config else 0,
        "state": state,
        "undone": {"serial": undone[0], "why": undone[1]} if undone else None,
        "lines": lines,
        "peers": peers,
        "capabilities": capabilities,
    }
