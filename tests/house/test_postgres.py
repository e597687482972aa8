"""The private PostgreSQL: no TCP, no trust, Indonesian text, gone with its parent."""

import os
import signal
import subprocess
import sys
import time

import psycopg
import pytest

from pendopo.core.errors import Fault
from pendopo.ops.postgres import binary


def test_it_speaks_utf8_over_a_private_socket_only(postgres):
    with psycopg.connect(postgres.url("postgres")) as connection:
        row = connection.execute(
            "select current_setting('listen_addresses'), upper('é'), version()"
        ).fetchone()
        assert row[0] == ""
        assert row[1] == "É"
        assert "PostgreSQL 18" in row[2]
        assert connection.execute("select to_tsvector('indonesian', 'penduduk')").fetchone()
    assert (postgres.run / ".s.PGSQL.5432").stat().st_mode & 0o077 == 0


def test_a_wrong_password_is_refused_and_the_right_one_not(postgres):
    url = postgres.url("postgres")
    password = postgres.password_file.read_text()
    psycopg.connect(url).close()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url.replace(password, "salah"))


def test_an_existing_cluster_is_not_made_again(postgres):
    with pytest.raises(Fault, match="exists but is not empty"):
        postgres.initdb()


def test_it_dies_with_its_parent(short_tmp, postgres):
    """kill -9 of whoever started it leaves no server behind."""
    data, run = short_tmp / "orphan", short_tmp / "orphan-run"
    run.mkdir(mode=0o700)
    script = (
        "import sys, time; from pathlib import Path; from pendopo.ops.postgres import Cluster\n"
        f"data, run, password = map(Path, {[str(data), str(run), str(postgres.password_file)]!r})\n"
        "c = Cluster(data, run, password, durable=False)\n"
        "c.initdb()\n"
        "with c.running(run / 'log'): print('ready', flush=True); time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout.readline() == "ready\n"
    server = int((data / "postmaster.pid").read_text().split()[0])
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    deadline = time.monotonic() + 20
    while alive(server):
        assert time.monotonic() < deadline, "the server outlived its parent"
        time.sleep(0.05)
    assert not (data / "postmaster.pid").exists(), "it was killed instead of stopped"


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_programs_are_found():
    assert binary("postgres").exists()
    with pytest.raises(Fault, match=r"postgres\.no_programs"):
        binary("no-such-program")
