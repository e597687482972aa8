"""`python -m pendopo.portal.serve`: the portal's web server, for the home PENDOPO_HOME.

The application is loaded once and its workers are forked from that: the second one costs neither the time nor
the memory of a second load, and a worker that died is back at once. Nothing here may open a connection or
start a thread before the fork.
"""

import gc
import multiprocessing

from django.conf import settings
from django.urls import get_resolver
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from pendopo.portal.wsgi import application


def main() -> None:
    """Serve until SIGTERM: two workers, whose death is mended, and HTTP/1.1 only.

    Each thread keeps a database connection of its own: their number stays far below PostgreSQL's limit.
    """
    multiprocessing.set_start_method("fork")
    _ = get_resolver().url_patterns  # loads every view
    gc.freeze()  # what is shared now stays shared: no collection touches its pages
    server = Granian(
        "pendopo.portal.wsgi:application",
        address=settings.HOME.portal.host,
        port=settings.HOME.portal.port,
        interface=Interfaces.WSGI,
        workers=2,
        blocking_threads=8,
        respawn_failed_workers=True,
        http=HTTPModes.http1,
        websockets=False,
        workers_kill_timeout=10,
        log_level=LogLevels.error,
    )
    server.serve(target_loader=lambda: application, wrap_loader=False)


if __name__ == "__main__":
    main()
