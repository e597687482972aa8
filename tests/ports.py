"""Free TCP ports for what tests start.

A server listens seconds after a test chose its port, and meanwhile others choose too: each process therefore
takes from blocks of its own. Whoever listens on the first port of a block has that block.
"""

import socket
import threading
from collections.abc import Iterator

# Below net.ipv4.ip_local_port_range, from which the system serves clients; above those that tests name.
BLOCKS = range(21_400, 30_000, 100)


def free_port() -> int:
    """A port on loopback that nobody listens on, and that no other process of tests is given."""
    with _one_at_a_time:
        return next(_free)


def _take() -> Iterator[int]:
    held = []  # listening as long as the process lives
    for block in BLOCKS:
        guard = socket.socket()
        try:
            guard.bind(("127.0.0.1", block))
            guard.listen()
        except OSError:
            guard.close()
            continue
        held.append(guard)
        for port in range(block + 1, block + BLOCKS.step):
            if _is_free(port):
                yield port
    raise RuntimeError(f"no free block of ports in {BLOCKS}")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


_free, _one_at_a_time = _take(), threading.Lock()
