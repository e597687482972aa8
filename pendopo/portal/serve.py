"""`python -m pendopo.portal.serve`: the portal's web server, for the home PENDOPO_HOME."""

import gc

from granian.constants import Interfaces

from pendopo.ground import loading
from pendopo.ground.serving import serve


def main() -> None:
    """Serve until SIGTERM with two workers.

    Each thread keeps a database connection of its own: their number stays far below PostgreSQL's limit.
    """
    with loading.for_good():
        from django.conf import settings
        from django.urls import get_resolver

        from pendopo.portal.wsgi import application

        _ = get_resolver().url_patterns  # loads every view
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
