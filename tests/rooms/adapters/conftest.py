"""Three sources with the same residents, one event loop for the session."""

import asyncio
import sqlite3

import pytest

from pendopo.adapters import Terms, open_source
from tests.databases import mariadb_server, postgresql_server  # noqa: F401  (fixtures)
from tests.rooms.adapters import residents

KINDS = ("postgresql", "mariadb", "sqlite")


@pytest.fixture(scope="session")
def run():
    """Runs a coroutine on the session's loop, which the sources live on."""
    with asyncio.Runner() as runner:
        yield runner.run


@pytest.fixture(scope="session")
def rows():
    return residents.rows()


@pytest.fixture(scope="session")
def dsns(postgresql_server, mariadb_server, rows, tmp_path_factory):  # noqa: F811
    """The three databases, filled: kind -> dsn."""
    values = [tuple(row.values()) for row in rows]
    dsns = {}
    for server in (postgresql_server, mariadb_server):
        dsn = dsns[server.kind] = server.database()
        with server.connect(dsn["database"]) as connection, connection.cursor() as cursor:
            cursor.execute(residents.TABLES[server.kind])
            cursor.executemany(residents.INSERT, values)
    path = tmp_path_factory.mktemp("sqlite") / "penduduk.db"
    with sqlite3.connect(path) as connection:
        connection.execute(residents.TABLES["sqlite"])
        plain = [
            [
                v if isinstance(v, (int, bytes, type(None))) else float(v) if k == "saldo" else str(v)
                for k, v in row.items()
            ]
            for row in rows
        ]
        connection.executemany(residents.INSERT.replace("%s", "?"), plain)
    connection.close()
    dsns["sqlite"] = {"path": str(path)}
    return dsns


@pytest.fixture(scope="session")
def sources(dsns, run):
    """kind -> an open source with two connections."""

    async def open_all():
        return {kind: open_source(kind, dsn, 2) for kind, dsn in dsns.items()}

    opened = run(open_all())
    yield opened
    for source in opened.values():
        run(source.close())


@pytest.fixture(scope="session")
def schemas(dsns):
    """kind -> the schema the residents' table is in."""
    return {"postgresql": "public", "mariadb": dsns["mariadb"]["database"], "sqlite": "main"}


@pytest.fixture
def definition():
    """A service/1 over the residents' table that offers everything, nothing masked."""
    return {
        "v": 1,
        "service": "ID/GOV/DUKCAPIL/kependudukan/penduduk",
        "version": 1,
        "columns": [
            {"name": n, "type": t, "title": n, "personal": False, "mask": None, "nullable": n != "nik"}
            for n, t in residents.COLUMNS.items()
        ],
        "filters": residents.OPERATORS,
        "order": residents.COMPARED,
        "key": ["nik"],
        "row_filter": [],
        "limit": {"default": 20, "max": 50},
        "bulk": True,
        "formats": ["json", "ndjson", "csv"],
        "subject_column": "nik",
    }


@pytest.fixture
def terms(schemas):
    """`terms(kind, definition, grant=None)`: the Terms for the residents' table of one source."""

    def make(kind, definition, grant=None):
        return Terms(definition, grant, table=(schemas[kind], "penduduk"))

    return make
