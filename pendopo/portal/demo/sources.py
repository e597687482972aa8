"""The agencies' own databases: MariaDB where its server is installed, PostgreSQL, SQLite.

They stand for systems that were there before Pendopo: servers of their own, with an account that may only
read. All on loopback. The tables are made once; afterwards the servers are only started.
"""

import contextlib
import os
import secrets
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import psycopg
import pymysql
from psycopg.sql import SQL, Identifier, Literal

from pendopo.core.home import run_dir
from pendopo.ops import postgres, process
from pendopo.ops.home import make_run_dir, write_private
from pendopo.ops.supervise import Part
from pendopo.portal.demo.tables import Table

READER, READER_PASSWORD = "baca", "contoh-baca"  # on loopback only, and printed for people to try
POSTGRES_PORT, MARIADB_PORT = 5540, 5541
START_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Address:
    """Where a source is and how to read it, as the wizard asks for it. ``path`` is SQLite's only field."""

    kind: str  # postgresql, mariadb or sqlite
    host: str = ""
    port: int = 0
    database: str = ""
    user: str = ""
    password: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Sources:
    """The databases under ``root``; ``offset`` moves their ports."""

    root: Path
    offset: int = 0

    @property
    def run(self) -> Path:
        return run_dir(self.root)

    @property
    def has_mariadb(self) -> bool:
        """Whether the population lives in MariaDB: decided when the tables are made, by what is here then."""
        if self.root.exists():
            return (self.root / "mariadb").exists()
        return mariadb_server() is not None

    @property
    def cluster(self) -> postgres.Cluster:
        return postgres.Cluster(self.root / "postgres", self.run, self.root / "owner.password")

    @property
    def population(self) -> Address:
        if self.has_mariadb:
            return self._address("mariadb", MARIADB_PORT, "kependudukan")
        return self._address("postgresql", POSTGRES_PORT, "kependudukan")

    @property
    def taxation(self) -> Address:
        return self._address("postgresql", POSTGRES_PORT, "pajak")

    @property
    def insurance(self) -> Address:
        return Address("sqlite", path=str(self.root / "jaminan.sqlite3"))

    def _address(self, kind: str, port: int, database: str) -> Address:
        return Address(kind, "127.0.0.1", port + self.offset, database, READER, READER_PASSWORD)

    def parts(self) -> list[Part]:
        """The servers as the supervisor runs them."""
        make_run_dir(self)  # it asks for nothing but ``run``
        at = self._address("postgresql", POSTGRES_PORT, "")
        found = [
            Part(
                name="sumber.postgresql",
                command=[
                    *self.cluster.command(), "-c", f"port={at.port}", "-c", f"listen_addresses={at.host}",
                    "-c", "shared_buffers=32MB", "-c", "max_connections=60",
                ],
                address=f"{at.host}:{at.port}",
                log=self.root / "postgresql.log",
                ready=lambda: _answers(self._postgres, "postgres"),
                env=postgres.environment(),
                stop_signal=signal.SIGINT,
                stop_seconds=20,
            )
        ]  # fmt: skip
        if self.has_mariadb:
            at = self._address("mariadb", MARIADB_PORT, "")
            found.append(
                Part(
                    name="sumber.mariadb",
                    command=[
                        *postgres.as_ordinary_user(), mariadb_server() or "mariadbd", "--no-defaults",
                        f"--datadir={self.root / 'mariadb'}", f"--socket={self.run / 'mariadb.sock'}",
                        f"--pid-file={self.run / 'mariadb.pid'}",
                        # A server that starts removes all temporary tables of the directory, also others'.
                        f"--tmpdir={self.root}",
                        f"--bind-address={at.host}", f"--port={at.port}", "--skip-name-resolve",
                        "--performance-schema=OFF", "--innodb-buffer-pool-size=64M", "--max-connections=60",
                        "--character-set-server=utf8mb4", "--innodb-fast-shutdown=1",
                    ],
                    address=f"{at.host}:{at.port}",
                    log=self.root / "mariadb.log",
                    ready=lambda: _answers(self._mariadb),
                    env=postgres.environment(),
                    stop_seconds=20,
                )
            )  # fmt: skip
        return found

    def make(self, population: list[Table], taxation: list[Table], insurance: list[Table]) -> None:
        """Make and fill all databases, in a directory beside ``root`` that then takes its place.

        Raises PostgresError or CalledProcessError when a server cannot be made or started; nothing is left.
        """
        part = Sources(self.root.with_name(f".{self.root.name}.part"), self.offset)
        shutil.rmtree(part.root, ignore_errors=True)
        with_mariadb = self.has_mariadb
        part.root.mkdir(mode=0o700, parents=True)
        try:
            write_private(part.root / "owner.password", secrets.token_urlsafe(24).encode())
            part.cluster.initdb()
            if with_mariadb:
                part._install_mariadb()
            with part.running():
                part._fill_postgres("pajak", taxation)
                if with_mariadb:
                    part._fill_mariadb("kependudukan", population)
                else:
                    part._fill_postgres("kependudukan", population)
            part._fill_sqlite(insurance)
            shutil.rmtree(part.run)
            part.root.rename(self.root)
        except BaseException:
            shutil.rmtree(part.run, ignore_errors=True)
            shutil.rmtree(part.root, ignore_errors=True)
            raise

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """The servers for as long as the block lasts. Main thread only."""
        parts = self.parts()
        try:
            for part in parts:
                part.start()
            deadline = time.monotonic() + START_SECONDS
            for part in parts:
                while not part.ready():
                    if part.child.poll() is not None or time.monotonic() > deadline:
                        raise postgres.PostgresError(f"{part.name}: {part.tail()}")
                    time.sleep(0.02)
            yield
        finally:
            for part in parts:
                if part.child is not None:
                    process.stop(part.child, part.stop_signal, part.stop_seconds)

    def _postgres(self, database: str) -> psycopg.Connection:
        return psycopg.connect(
            host="127.0.0.1", port=POSTGRES_PORT + self.offset, dbname=database, user=postgres.USER,
            password=(self.root / "owner.password").read_text(), autocommit=True, connect_timeout=2,
        )  # fmt: skip

    def _mariadb(self) -> pymysql.Connection:
        return pymysql.connect(unix_socket=str(self.run / "mariadb.sock"), user="root", charset="utf8mb4")

    def _install_mariadb(self) -> None:
        command = [
            *postgres.as_ordinary_user(), "mariadb-install-db", "--no-defaults",
            f"--datadir={self.root / 'mariadb'}", "--auth-root-authentication-method=normal",
            f"--tmpdir={self.root}", "--skip-test-db", "--innodb-log-file-size=8M",
        ]  # fmt: skip
        with (self.root / "mariadb.log").open("ab") as log:
            subprocess.run(command, stdout=log, stderr=log, env=postgres.environment(), check=True)

    def _fill_postgres(self, database: str, tables: list[Table]) -> None:
        with self._postgres("postgres") as link:
            link.execute(SQL("CREATE DATABASE {}").format(Identifier(database)))
            if not link.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [READER]).fetchone():
                link.execute(
                    SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(
                        Identifier(READER), Literal(READER_PASSWORD)
                    )
                )
        with self._postgres(database) as link, link.transaction():
            for table in tables:
                link.execute(table.create())
                with link.cursor().copy(SQL("COPY {} FROM STDIN").format(Identifier(table.name))) as copy:
                    for row in table.rows:
                        copy.write_row(row)
                link.execute(
                    SQL("GRANT SELECT ON {} TO {}").format(Identifier(table.name), Identifier(READER))
                )

    def _fill_mariadb(self, database: str, tables: list[Table]) -> None:
        link = self._mariadb()
        try:
            with link.cursor() as cursor:
                cursor.execute(f"CREATE DATABASE {database} CHARACTER SET utf8mb4")
                cursor.execute(f"USE {database}")
                for table in tables:
                    cursor.execute(table.create())
                    marks = ", ".join(["%s"] * len(table.columns))
                    cursor.executemany(f"INSERT INTO {table.name} VALUES ({marks})", table.rows)  # noqa: S608
                cursor.execute("CREATE USER %s@'127.0.0.1' IDENTIFIED BY %s", [READER, READER_PASSWORD])
                cursor.execute(f"GRANT SELECT ON {database}.* TO %s@'127.0.0.1'", [READER])
            link.commit()
        finally:
            link.close()

    def _fill_sqlite(self, tables: list[Table]) -> None:
        path = Path(self.insurance.path)
        path.touch(mode=0o600)
        with contextlib.closing(sqlite3.connect(path)) as link, link:
            for table in tables:
                link.execute(table.create())
                marks = ", ".join("?" * len(table.columns))
                rows = ([_iso(value) for value in row] for row in table.rows)
                link.executemany(f"INSERT INTO {table.name} VALUES ({marks})", rows)  # noqa: S608


def _iso(value):
    """SQLite has no dates: their ISO text stands in the column."""
    if isinstance(value, datetime):
        return value.isoformat(" ")
    return value.isoformat() if isinstance(value, date) else value


def mariadb_server() -> str | None:
    """The path of the MariaDB server with its installer beside it, or None."""
    path = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin"
    if not shutil.which("mariadb-install-db", path=path):
        return None
    return shutil.which("mariadbd", path=path)


def _answers(connect, *arguments: str) -> bool:
    try:
        connect(*arguments).close()
    except (OSError, psycopg.OperationalError, pymysql.MySQLError):
        return False
    return True
