"""`python -m pendopo.box`: run the box's agent until SIGTERM."""

import asyncio
import contextlib
import logging
import os
import sys

from pendopo.box.agent import Agent
from pendopo.box.state import Paths
from pendopo.core.errors import Fault


def main() -> int:
    """The whole life of the process; its exit code."""
    logging.basicConfig(
        stream=sys.stderr,
        level=os.environ.get("PENDOPO_LOG", "INFO"),
        format="%(asctime)s %(name)s %(levelname)s %(message)s",
    )
    os.umask(0o077)
    # A machine that is busy, such as with its own tunnels, changes lines in time all the same; what the agent
    # starts has no such right. Some kernels give it to nobody.
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(1))
    try:
        asyncio.run(Agent(Paths()).run())
    except Fault as fault:
        print(
            f"pendopo: {fault.text('en' if os.environ.get('PENDOPO_LANG') == 'en' else 'id')}",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
