"""`python -m pendopo.gateway HOME`: run a node's gateway until SIGTERM."""

import asyncio
import logging
import os
import resource
import signal
import sys
from pathlib import Path

import uvloop

from pendopo.core.errors import Fault
from pendopo.core.home import parse
from pendopo.gateway.gateway import Gateway
from pendopo.gateway.log.segments import LogDamaged

FILES = 8192  # a thousand clients at once, and then some


async def run(root: Path) -> int:
    """The whole life of the process; its exit code."""
    try:
        home = parse(root, (root / "pendopo.toml").read_text())
        gateway = Gateway(home)
        await gateway.start()
    except (OSError, ValueError, Fault, LogDamaged) as why:
        print(f"gateway: {why}", file=sys.stderr, flush=True)
        return 1
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        gateway.loop.add_signal_handler(number, stop.set)
    until = gateway.view.valid_until
    print(
        f"gateway {home.node}: application side {home.app}, gateway side {home.peer}, log of "
        f"{gateway.log.size} entries, documents "
        + (f"until {until:%Y-%m-%d %H:%M} UTC" if until else "not there yet"),
        flush=True,
    )
    await stop.wait()
    await gateway.stop()
    return 0


def main() -> int:
    """Read the arguments and run."""
    if len(sys.argv) != 2:
        print("usage: python -m pendopo.gateway HOME", file=sys.stderr)
        return 2
    logging.basicConfig(
        stream=sys.stderr,
        level=os.environ.get("PENDOPO_LOG", "WARNING"),
        format="%(asctime)s %(name)s %(levelname)s %(message)s",
    )
    os.umask(0o077)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(FILES, most), most))
    return uvloop.run(run(Path(sys.argv[1]).resolve()))


if __name__ == "__main__":
    sys.exit(main())
