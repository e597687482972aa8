"""What answers HTTP for a node: Granian, with the application loaded once and forked into its workers.

The second worker costs neither the time nor the memory of a second load, and one that died is back at once.
Nothing may open a connection or start a thread before the fork.
"""

import multiprocessing
from collections.abc import Callable
from typing import Any

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from pendopo.core.home import Listen


class Server(Granian):
    """Granian that may be told to stop twice."""

    def signal_handler_interrupt(self, *args: Any, **kwargs: Any) -> None:
        # It sets an event under a lock. A second signal that interrupts it there (a supervisor's, and that of
        # the supervisor's death) would wait for this lock for good, and go on holding the port.
        if not self.interrupt_signal:
            super().signal_handler_interrupt(*args, **kwargs)


def serve(load: Callable[[], Any], interface: Interfaces, where: Listen, **options: Any) -> None:
    """Answer at `where` until SIGTERM, over HTTP/1.1, with the application that `load` gives each worker.

    `options` are Granian's own.
    """
    multiprocessing.set_start_method("fork")
    server = Server(
        "forked",  # by name it would be loaded again
        address=where.host,
        port=where.port,
        interface=interface,
        respawn_failed_workers=True,
        http=HTTPModes.http1,
        websockets=False,
        log_level=LogLevels.error,
        **options,
    )
    server.serve(target_loader=load, wrap_loader=False)
