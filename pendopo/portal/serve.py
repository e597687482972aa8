"""`python -m pendopo.portal.serve`: the portal's web server, for the home PENDOPO_HOME."""

import gc

from django.conf import settings
from django.urls import get_resolver
from granian.constants import Interfaces

from pendopo.ground.serving import serve
from pendopo.portal.wsgi import application


def main() -> None:
    """Serve until SIGTERM with two workers.

    Each thread keeps a database connection of its own: their number stays far below PostgreSQL's limit.
    """
    _ = get_resolver().url_patterns  # loads every view
    gc.freeze()  # what is shared now stays shared: no collection touches its pages
    # A page makes thousands of objects that are gone by themselves: looking at them each 700 costs a tenth.
    gc.set_threshold(50_000, 20, 100)
    serve(
        lambda: application,
        Interfaces.WSGI,
        settings.HOME.portal,
        workers=2,
        blocking_threads=8,
        workers_kill_timeout=10,
    )


if __name__ == "__main__":
    main()
