"""The agencies' own databases of the demo nation, on real servers, with a nation of three hundred."""

import contextlib
import dataclasses
import shutil
import socket
import sqlite3
import stat

import psycopg
import pymysql
import pytest

from pendopo.portal.demo import sources, tables
from pendopo.portal.demo.generate import citizens

PEOPLE = 300


@pytest.fixture(scope="module")
def families():
    return list(citizens.families(PEOPLE, villages=60))


def offset() -> int:
    """One by which the ports of both servers are free."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            with contextlib.suppress(OSError):
                second.bind(("127.0.0.1", port + 1))
                return port - sources.POSTGRES_PORT


@pytest.fixture(scope="module", params=["mariadb", "postgresql"])
def made(request, families, tmp_path_factory):
    """The databases running; once with MariaDB, once as on a machine that has none."""
    patch = pytest.MonkeyPatch()
    if request.param == "postgresql":
        patch.setattr(sources, "mariadb_server", lambda: None)
    elif not sources.mariadb_server():
        pytest.skip("no MariaDB server here")
    found = sources.Sources(tmp_path_factory.mktemp("nation") / "sources", offset())
    found.make(tables.population(families), tables.taxation(families), tables.insurance(families))
    with found.running():
        yield found
    patch.undo()
    shutil.rmtree(found.run, ignore_errors=True)


def connect(address):
    fields = {"host": address.host, "port": address.port, "user": address.user, "password": address.password}
    if address.kind == "mariadb":
        return pymysql.connect(database=address.database, **fields)
    return psycopg.connect(dbname=address.database, **fields)


def ask(address, statement: str):
    with contextlib.closing(connect(address)) as link, link.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def test_the_population_is_there_and_may_only_be_read(made, families):
    expected = {(p.nik, p.nama, p.tanggal_lahir) for f in families for p in f.members}
    rows = ask(made.population, "SELECT nik, nama_lengkap, tanggal_lahir FROM penduduk")
    assert {tuple(row) for row in rows} == expected
    with pytest.raises((pymysql.MySQLError, psycopg.Error)):
        ask(made.population, "DELETE FROM penduduk")


def test_the_reader_of_one_agency_s_table_sees_all_of_its_rows(made, families):
    members = ask(made.population, "SELECT SUM(jumlah_anggota), COUNT(*) FROM keluarga")[0]
    assert tuple(map(int, members)) == (PEOPLE, len(families))
    taxpayers = ask(made.taxation, "SELECT COUNT(*) FROM wajib_pajak")[0][0]
    assert taxpayers == len(tables.taxation(families)[0].rows) > 50


def test_the_insured_are_in_a_file_of_the_owner_alone(made, families):
    with contextlib.closing(sqlite3.connect(made.insurance.path)) as link:
        assert link.execute("SELECT COUNT(*) FROM peserta").fetchone()[0] > PEOPLE / 2
        day = link.execute("SELECT tanggal_lahir FROM peserta LIMIT 1").fetchone()[0]
    assert day.count("-") == 2
    assert stat.S_IMODE(made.root.stat().st_mode) == 0o700
    assert stat.S_IMODE((made.root / "jaminan.sqlite3").stat().st_mode) == 0o600


def test_where_mariadb_is_installed_the_population_is_in_it(made):
    kind = "mariadb" if (made.root / "mariadb").exists() else "postgresql"
    assert made.population.kind == kind
    assert (made.population.port == made.taxation.port) == (kind == "postgresql")
    assert [part.name for part in made.parts()] == ["sumber.postgresql", "sumber.mariadb"][
        : 2 if kind == "mariadb" else 1
    ]


def test_a_failed_making_leaves_nothing(tmp_path, families):
    found = sources.Sources(tmp_path / "sources", offset())
    broken = [dataclasses.replace(tables.taxation(families)[0], key=("no_such_column",))]
    with pytest.raises(psycopg.Error):
        found.make(tables.population(families), broken, [])
    assert list(tmp_path.iterdir()) == []
