"""`python -m pendopo.box`: run the box's agent until SIGTERM."""

import asyncio
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
