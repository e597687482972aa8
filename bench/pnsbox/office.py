"""The controller with a network of many sites: its own PostgreSQL, Django, and the process that boxes ask."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import make_home
from tests.ports import free_port

ROOT = Path(__file__).parents[2]


@contextmanager
def office(folder: Path, boxes: int) -> Iterator[object]:
    """A network of so many sites with their boxes in service, in pairs that reach each other, as tests have
    it (tests/rooms/pnsbox); its database writes to the disk before it answers."""
    from pendopo.core.home import Listen
    from pendopo.ops import schema
    from pendopo.ops.postgres import Cluster

    password = folder / "password"
    password.touch(0o600)
    password.write_text(uuid.uuid4().hex)
    cluster = Cluster(folder / "pg", folder, password)
    cluster.initdb()
    with cluster.running(folder / "pg.log"):
        cluster.create_database("pendopo")
        where = Listen("127.0.0.1", free_port())
        home = make_home(folder / "home", database=cluster.url("pendopo"), boxes=where)
        os.environ |= {"PENDOPO_HOME": str(home.root), "DJANGO_SETTINGS_MODULE": "pendopo.portal.settings"}
        import django

        django.setup()
        from django.db import connections

        schema.load(home.database)
        try:
            yield _filled(boxes)
        finally:
            connections.close_all()


def _filled(boxes: int):
    from django.db import connection

    from pendopo.pnsbox.publish.publishing import publish
    from pendopo.pnsbox.sites.models import Site
    from tests.rooms.pnsbox.land import found
    from tests.rooms.pnsbox.test_publish import many

    land = found()
    land.service()
    many(land, boxes)
    publish(land.network, Site.objects.values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return land


@contextmanager
def door(folder: Path) -> Iterator[tuple[str, int]]:
    """The process that boxes ask: its URL, and the pid of the one that answers."""
    from django.conf import settings

    from pendopo.ops.up import answers

    where = settings.HOME.boxes
    command = [sys.executable, "-m", "pendopo.pnsbox.machines.serve"]
    with (folder / "boxes.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT)
    try:
        while not answers(where, "/box/v1/"):
            assert process.poll() is None, (folder / "boxes.log").read_text()
            time.sleep(0.05)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        yield f"http://{where}", int(children[0])
    finally:
        process.terminate()
        process.wait(20)


def processor(*pids: int) -> float:
    """Milliseconds of processor time that these processes have had, all their threads together."""
    files = [file for pid in pids for file in Path(f"/proc/{pid}/task").glob("*/schedstat")]
    return sum(int(file.read_text().split()[0]) for file in files) / 1e6
