"""Sources that change, slow down or die: a fault with its code, and the next question is answered again."""

import asyncio
import sqlite3
import time
from contextlib import aclosing, closing

import pytest

from pendopo.adapters import Terms, open_source
from pendopo.core.errors import Fault
from tests import databases

KINDS = ("postgresql", "mariadb", "sqlite")
DEADLINE = 20


class Place:
    """A database of its own for one test: `execute` writes to it, `source` reads it."""

    def __init__(self, kind, execute, dsn, schema, server):
        self.kind, self.execute, self.dsn, self.schema, self.server = kind, execute, dsn, schema, server

    def open(self, pool=2, **other):
        return open_source(self.kind, self.dsn, pool, **other)

    def terms(self, definition, table="barang"):
        return Terms(definition, table=(self.schema, table))


@pytest.fixture(params=KINDS)
def place(request, postgresql_server, mariadb_server, tmp_path):
    servers = {"postgresql": postgresql_server, "mariadb": mariadb_server}
    if request.param == "sqlite":
        path = tmp_path / "barang.db"

        def execute(*statements):
            with closing(sqlite3.connect(path, isolation_level=None)) as connection:
                for statement in statements:
                    connection.execute(statement)

        made = Place("sqlite", execute, {"path": str(path)}, "main", None)
    else:
        server = servers[request.param]
        dsn = server.database()

        def execute(*statements):
            server.execute(*statements, database=dsn["database"])

        schema = "public" if request.param == "postgresql" else dsn["database"]
        made = Place(request.param, execute, dsn, schema, server)
    made.execute(
        "CREATE TABLE barang (id integer PRIMARY KEY, nama varchar(40), harga integer)",
        "INSERT INTO barang VALUES (1, 'meja', 500), (2, 'kursi', 200)",
    )
    return made


DEFINITION = {
    "service": "ID/GOV/BKD/gudang/barang",
    "columns": [
        {"name": "id", "type": "integer", "mask": None},
        {"name": "nama", "type": "text", "mask": None},
        {"name": "harga", "type": "integer", "mask": None},
    ],
    "filters": {"id": ["eq"], "nama": ["eq"]},
    "order": ["id"],
    "key": ["id"],
    "limit": {"default": 10, "max": 10},
    "bulk": True,
}


async def code(awaitable):
    """The code of the fault, or None."""
    try:
        await awaitable
    except Fault as fault:
        assert fault.params == {}, "nothing of the database's own words goes along"
        return fault.code
    return None


async def drain(stream):
    async with aclosing(stream) as pieces:
        return [piece async for piece, _ in pieces]


async def eventually(what, check):
    """Waits for `check()` to be true."""
    deadline = time.monotonic() + DEADLINE
    while not await asyncio.to_thread(check):
        assert time.monotonic() < deadline, what
        await asyncio.sleep(0.02)


def test_a_dropped_column_is_drift_for_whoever_asks_for_it_only(place, run):
    async def go():
        source, terms = place.open(), place.terms(DEFINITION)
        assert await code(source.fetch(terms.plan(""), "json")) is None
        assert not await source.drift(DEFINITION, place.schema, "barang")
        place.execute("ALTER TABLE barang DROP COLUMN harga")
        assert await code(source.fetch(terms.plan(""), "json")) == "source.drift"
        assert await code(drain(source.stream(terms.plan("limit=all"), "csv"))) == "source.drift"
        assert await code(source.fetch(terms.plan("select=id,nama"), "json")) is None
        found = await source.drift(DEFINITION, place.schema, "barang")
        assert (found.missing, found.retyped) == (("harga",), ())
        place.execute("ALTER TABLE barang ADD COLUMN harga integer")
        assert not await source.drift(DEFINITION, place.schema, "barang")
        assert await code(source.fetch(terms.plan(""), "json")) is None
        await source.close()

    run(go())


def test_a_changed_type_is_drift_when_the_table_is_looked_at_again(place, run):
    if place.kind == "sqlite":
        change = ["DROP TABLE barang", "CREATE TABLE barang (id integer PRIMARY KEY, nama text, harga text)"]
    elif place.kind == "postgresql":
        change = ["ALTER TABLE barang ALTER COLUMN harga TYPE text"]
    else:
        change = ["ALTER TABLE barang MODIFY harga varchar(20)"]

    async def go():
        source, terms = place.open(), place.terms(DEFINITION)
        assert await code(source.fetch(terms.plan(""), "json")) is None
        place.execute(*change)
        found = await source.drift(DEFINITION, place.schema, "barang")
        assert (found.missing, found.retyped) == ((), (("harga", "integer", "text"),))
        source._tables.clear()  # as the minute does after which a table is looked at again
        assert await code(source.fetch(terms.plan(""), "json")) == "source.drift"
        assert await code(source.fetch(terms.plan("select=id"), "json")) is None
        await source.close()

    run(go())


def test_a_dropped_table_is_drift_and_comes_back(place, run):
    async def go():
        source, terms = place.open(), place.terms(DEFINITION)
        assert await code(source.fetch(terms.plan(""), "json")) is None
        place.execute("ALTER TABLE barang RENAME TO lain")
        assert await code(source.fetch(terms.plan(""), "json")) == "source.drift"
        assert await code(source.fetch(terms.plan(""), "json")) == "source.drift"
        assert (await source.drift(DEFINITION, place.schema, "barang")).missing == ("id", "nama", "harga")
        place.execute("ALTER TABLE lain RENAME TO barang")
        assert await code(source.fetch(terms.plan(""), "json")) is None
        await source.close()

    run(go())


SLOW = {
    "postgresql": "CREATE VIEW lambat AS SELECT id, nama, harga FROM barang, pg_sleep(30)",
    "mariadb": "CREATE VIEW lambat AS SELECT id, nama, harga + SLEEP(30) AS harga FROM barang",
    "sqlite": "CREATE VIEW lambat AS WITH RECURSIVE n(i) AS "
    "(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1e10) "
    "SELECT id, nama, harga + (SELECT count(*) FROM n) AS harga FROM barang",
}
VIEW = DEFINITION | {
    "columns": [c | {"type": "text"} if c["name"] == "harga" else c for c in DEFINITION["columns"]],
    "key": [],
}


def slow_definition(place):
    # MariaDB and PostgreSQL know the view's type, SQLite does not.
    return VIEW if place.kind == "sqlite" else DEFINITION | {"key": []}


def test_a_slow_statement_ends_in_time_and_the_source_goes_on(place, run):
    place.execute(SLOW[place.kind])

    async def go():
        source = place.open(pool=1, timeout=0.5, bulk_timeout=0.5)
        slow = place.terms(slow_definition(place), "lambat")
        fast = place.terms(DEFINITION)
        assert await code(source.fetch(fast.plan(""), "json")) is None
        began = time.monotonic()
        assert await code(source.fetch(slow.plan(""), "json")) == "source.timeout"
        assert await code(drain(source.stream(slow.plan("limit=all"), "csv"))) == "source.timeout"
        assert time.monotonic() - began < 15
        assert await code(source.fetch(fast.plan(""), "json")) is None
        await source.close()

    run(go())


RUNNING = {
    "postgresql": "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' "
    "AND query LIKE %s AND query NOT LIKE '%%pg_stat_activity%%'",
    "mariadb": "SELECT count(*) FROM information_schema.PROCESSLIST WHERE INFO LIKE %s "
    "AND INFO NOT LIKE '%%PROCESSLIST%%'",
}


def running(place, source, word):
    """Does the server run a statement with `word`? SQLite has no server: is the connection in use?"""
    if place.server is None:
        return bool(source._used)
    with closing(place.server.connect()) as connection, connection.cursor() as cursor:
        cursor.execute(RUNNING[place.kind], [f"%{word}%"])
        return cursor.fetchone()[0] > 0


@pytest.mark.parametrize("way", ["fetch", "stream"])
def test_a_cancelled_question_ends_at_the_server(way, place, run):
    place.execute(SLOW[place.kind])

    async def go():
        source = place.open(pool=1)
        slow = place.terms(slow_definition(place), "lambat").plan("limit=all" if way == "stream" else "")
        asked = drain(source.stream(slow, "csv")) if way == "stream" else source.fetch(slow, "json")
        task = asyncio.create_task(asked)
        await eventually("the statement runs", lambda: running(place, source, "lambat"))
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        await eventually("the statement has ended", lambda: not running(place, source, "lambat"))
        assert await code(source.fetch(place.terms(DEFINITION).plan(""), "json")) is None
        await source.close()

    run(go())


MANY = {
    "postgresql": "INSERT INTO barang SELECT i, repeat('x', 30), i FROM generate_series(3, 400000) i",
    "mariadb": "INSERT INTO barang SELECT seq, REPEAT('x', 30), seq FROM seq_3_to_400000",
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 3 UNION ALL SELECT i + 1 FROM n WHERE i < 400000)"
    " INSERT INTO barang SELECT i, 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', i FROM n",
}


def test_a_stream_left_early_gives_its_connection_back(place, run):
    place.execute(MANY[place.kind])

    async def go():
        source, terms = place.open(pool=1, timeout=2), place.terms(DEFINITION)
        stream = source.stream(terms.plan("limit=all"), "ndjson")
        _, rows = await anext(stream)
        assert 0 < rows < 400000
        assert await code(source.fetch(terms.plan(""), "json")) == "source.busy"
        await stream.aclose()
        await eventually("the statement has ended", lambda: not running(place, source, "barang"))
        assert await code(source.fetch(terms.plan(""), "json")) is None
        pieces = await drain(source.stream(terms.plan("limit=all"), "ndjson"))
        assert sum(piece.count(b"\n") for piece in pieces) == 400000
        await source.close()

    run(go())


def test_closing_the_source_ends_a_stream_with_a_fault(place, run):
    place.execute(MANY[place.kind])

    async def go():
        source = place.open()
        stream = source.stream(place.terms(DEFINITION).plan("limit=all"), "csv")
        await anext(stream)
        await anext(stream)
        await source.close()
        assert await code(drain(stream)) in ("source.lost", "source.timeout")

    run(go())


@pytest.mark.parametrize("start", [databases.postgresql, databases.mariadb], ids=["postgresql", "mariadb"])
def test_a_server_that_dies_is_a_fault_and_its_successor_is_found(start, run):
    with start() as server:
        schema = "public" if server.kind == "postgresql" else "uji"
        server.execute(
            "CREATE TABLE barang (id integer PRIMARY KEY, nama varchar(40), harga integer)",
            "INSERT INTO barang VALUES (1, 'meja', 500)",
        )

        async def go():
            source = open_source(server.kind, server.dsn, 2, timeout=5)
            plan = Terms(DEFINITION, table=(schema, "barang")).plan("")
            assert await code(source.fetch(plan, "json")) is None
            server.stop()
            assert await code(source.fetch(plan, "json")) in ("source.lost", "source.refused")
            assert await code(source.fetch(plan, "json")) == "source.refused"
            server.start()
            assert await code(source.fetch(plan, "json")) is None
            await source.close()

        run(go())


def test_a_sqlite_file_that_is_gone_is_a_fault(tmp_path, run):
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE barang (id integer PRIMARY KEY, nama text, harga integer)")

    async def go():
        source = open_source("sqlite", {"path": str(path)}, 1)
        plan = Terms(DEFINITION, table=("main", "barang")).plan("")
        assert await code(source.fetch(plan, "json")) is None
        path.rename(tmp_path / "b.db")
        assert await code(source.fetch(plan, "json")) == "source.file_missing"
        (tmp_path / "b.db").rename(path)
        assert await code(source.fetch(plan, "json")) is None
        await source.close()

    run(go())


WRITING = {
    "postgresql": [
        "CREATE FUNCTION tulis() RETURNS integer LANGUAGE sql VOLATILE AS "
        "'INSERT INTO barang VALUES (99, NULL, NULL) RETURNING id'",
        "CREATE VIEW penulis AS SELECT tulis() AS id, nama, harga FROM barang WHERE id = 1",
    ],
    "mariadb": [
        "CREATE FUNCTION tulis() RETURNS integer MODIFIES SQL DATA BEGIN "
        "INSERT INTO barang VALUES (99, NULL, NULL); RETURN 99; END",
        "CREATE VIEW penulis AS SELECT tulis() AS id, nama, harga FROM barang WHERE id = 1",
    ],
}


def test_nothing_can_be_written_through_a_source(place, run):
    if place.kind == "sqlite":

        async def direct():
            source = place.open()
            await source.test()
            (connection,) = source._slots.empty()
            with closing(connection), pytest.raises(sqlite3.OperationalError, match="readonly"):
                connection.execute("INSERT INTO barang VALUES (99, NULL, NULL)")
            await source.close()

        run(direct())
        return
    place.execute(*WRITING[place.kind])

    async def go():
        source = place.open()
        writer = place.terms(DEFINITION | {"key": []}, "penulis").plan("")
        # MariaDB does not even describe such a view in a read-only session.
        expected = {"postgresql": "source.failed", "mariadb": "source.drift"}[place.kind]
        assert await code(source.fetch(writer, "json")) == expected
        assert b'"id":99' not in (await source.fetch(place.terms(DEFINITION).plan(""), "json")).body
        await source.close()

    run(go())


def test_sql_in_a_value_is_a_value(place, run):
    words = [
        "'",
        "''",
        "\\",
        "\\'",
        '"',
        "`",
        "x'; DROP TABLE barang; --",
        "' OR '1'='1",
        "%' --",
        "?",
        "$1",
        "%s",
    ]
    words += ["\x1a", "ʼ", "＇"]

    async def go():
        source, terms = place.open(), place.terms(DEFINITION)
        for word in words:
            quoted = "".join(f"%{byte:02x}" for byte in word.encode())
            page = await source.fetch(terms.plan(f"nama=eq.{quoted}"), "json")
            assert page.body == b"[]", word
            async for _, rows in source.stream(terms.plan(f"nama=eq.{quoted}&limit=all"), "csv"):
                assert rows == 0
        assert (await source.fetch(terms.plan("nama=eq.meja"), "json")).rows == 1
        await source.close()

    run(go())


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_a_refused_question_never_reaches_the_server(kind, request, sources, terms, definition, run):
    server = request.getfixturevalue(f"{kind}_server")
    made = terms(kind, definition | {"filters": {"nik": ["eq"]}})

    async def go():
        await sources[kind].fetch(made.plan("nik=eq.1"), "json")
        before = server.statements()
        for query in ["gaji=eq.1", "nik=gt.1", "umur=eq.1", "limit=99", "after=x"]:
            with pytest.raises(Fault):
                await sources[kind].fetch(made.plan(query), "json")
        assert server.statements() == before
        await sources[kind].fetch(made.plan("nik=eq.2"), "json")
        await eventually("the twin is in the log", lambda: server.statements() != before)

    run(go())


def test_a_slow_taker_holds_the_server_back(postgresql_server, run):
    """The server waits for us to read; it does not fill our memory."""
    dsn = postgresql_server.database()
    postgresql_server.execute(
        "CREATE TABLE barang (id integer PRIMARY KEY, nama varchar(40), harga integer)",
        "INSERT INTO barang SELECT i, repeat('x', 30), i FROM generate_series(1, 400000) i",
        database=dsn["database"],
    )

    def waiting():
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event = 'ClientWrite'"
        with closing(postgresql_server.connect()) as connection:
            return connection.execute(query, [dsn["database"]]).fetchone()[0] == 1

    async def go():
        source = open_source("postgresql", dsn, 1)
        stream = source.stream(Terms(DEFINITION, table=("public", "barang")).plan("limit=all"), "csv")
        taken = len((await anext(stream))[0])
        await eventually("the server waits", waiting)
        rest = await drain(stream)
        assert taken < sum(map(len, rest))
        await source.close()

    run(go())
