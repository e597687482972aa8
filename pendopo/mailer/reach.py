"""Connecting to a server of the engine, wherever its socket lies."""

import os
import socket
from pathlib import Path

from pendopo.core.home import reachable

SECONDS = 5  # how long a server that runs may take to greet


def connected(where: Path | tuple[str, int]) -> socket.socket:
    """A connection to a unix socket, or to a host and port. OSError when nobody takes it."""
    if isinstance(where, tuple):
        return socket.create_connection((reachable(where[0]), where[1]), timeout=SECONDS)
    folder = os.open(where.parent, os.O_PATH | os.O_DIRECTORY)  # its whole path may be too long for a socket
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(SECONDS)
        connection.connect(f"/proc/self/fd/{folder}/{where.name}")
    except OSError:
        connection.close()
        raise
    finally:
        os.close(folder)
    return connection
