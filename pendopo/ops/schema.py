"""The tables of a new node, made at once: `schema.sql` is what all migrations make of an empty database.

Migrations are for databases that hold data. Running sixty of them on an empty one takes seconds, in which
nothing happens that the file does not say. After a new migration: `python -m pendopo.ops.schema`; a test
compares file and migrations.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg

from pendopo.core.errors import Fault
from pendopo.core.home import Home, Listen
from pendopo.ops import home as homes
from pendopo.ops import postgres

FILE = Path(__file__).with_name("schema.sql")
DUMP = ("--inserts", "--rows-per-insert=1000", "--no-owner", "--no-privileges", "--no-comments")
# Of the session that dumps; how each pg_dump names itself.
SESSION = re.compile(r"^(SET |SELECT pg_catalog\.set_config|\\|--).*\n", re.MULTILINE)
APPLIED = re.compile(r"'\d{4}-\d\d-\d\d [\d:.]+\+00'(?=\))")  # when a migration ran


def load(url: str) -> None:
    """Make tables and first rows in the empty database `url` (libpq), all or nothing."""
    with psycopg.connect(url) as connection:
        connection.execute(FILE.read_text())


def migrated() -> str:
    """What the migrations of today make of an empty database, as `schema.sql` has it.

    It runs them in a process of its own on a cluster that is gone afterwards.
    """
    with tempfile.TemporaryDirectory(prefix="pdp-") as folder:
        local = Listen("127.0.0.1", 1)
        home = Home(Path(folder) / "home", "ID", "uji", local, local, local, "127.0.0.1:1")
        homes.create(home)
        homes.make_run_dir(home)
        cluster = homes.cluster(home)
        cluster.initdb()
        with cluster.running(home.logs / "database.log"):
            cluster.create_database()
            env = os.environ | {
                "PENDOPO_HOME": str(home.root),
                "DJANGO_SETTINGS_MODULE": "pendopo.portal.settings",
            }
            env.pop("PENDOPO_DATABASE_URL", None)
            subprocess.run([sys.executable, "-m", "django", "migrate", "-v", "0"], env=env, check=True)
            command = [postgres.binary("pg_dump"), *DUMP, cluster.url()]
            said = subprocess.run(command, capture_output=True, text=True)
    if said.returncode:
        raise Fault("ops.unexpected", what=said.stderr.strip())
    text = APPLIED.sub("now()", SESSION.sub("", said.stdout))
    # A failed `init` takes its tables back; functions stay, and must not be in the way of the next one.
    text = text.replace("\nCREATE FUNCTION", "\nCREATE OR REPLACE FUNCTION")
    return re.sub(r"\n{2,}", "\n", text).lstrip()


if __name__ == "__main__":
    FILE.write_text(migrated())
