"""A large PostgreSQL table is read by two connections at a time: every row once, and of one moment."""

import csv
import io
import json
from contextlib import aclosing, closing

import pytest

from pendopo.adapters import Terms, open_source
from pendopo.adapters.postgresql import HALVES_MB
from pendopo.core.errors import Fault
from tests.rooms.adapters.test_trouble import eventually

ROWS = 60_000
DEFINITION = {
    "service": "ID/GOV/DUKCAPIL/kependudukan/besar",
    "columns": [
        {"name": "id", "type": "integer", "mask": None},
        {"name": "isi", "type": "text", "mask": {"kind": "ends", "head": 1, "tail": 1}},
    ],
    "filters": {"id": ["lte"]},
    "order": ["id"],
    "key": ["id"],
    "limit": {"default": 10, "max": 10},
    "formats": ["json", "ndjson", "csv"],
    "bulk": True,
}


@pytest.fixture(scope="module")
def large(postgresql_server):
    """(server, dsn) of a table of more than HALVES_MB."""
    dsn = postgresql_server.database()
    postgresql_server.execute(
        "CREATE TABLE besar (id integer PRIMARY KEY, isi text)",
        f"INSERT INTO besar SELECT n, repeat('x', 200) FROM generate_series(1, {ROWS}) n",
        database=dsn["database"],
    )
    with closing(postgresql_server.connect(dsn["database"])) as connection:
        size = connection.execute("SELECT pg_relation_size('besar')").fetchone()[0]
    assert size > HALVES_MB << 20
    return postgresql_server, dsn


def plan(query="limit=all"):
    return Terms(DEFINITION, table=("public", "besar")).plan(query)


def ids(body, fmt):
    if fmt == "csv":
        return [int(row[0]) for row in list(csv.reader(io.StringIO(body.decode())))[1:]]
    rows = json.loads(body) if fmt == "json" else map(json.loads, body.splitlines())
    return [row["id"] for row in rows]


def busy(connection):
    """How many sessions of the adapter stand in a transaction, or at work, now."""
    asked = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pendopo' AND state <> 'idle'"
    return connection.execute(asked).fetchone()[0]


@pytest.mark.parametrize("fmt", ["csv", "json", "ndjson"])
@pytest.mark.parametrize(
    ("pool", "query", "sessions"),
    [
        (3, "limit=all", 2),
        (2, "limit=all", 1),
        (3, f"limit=all&id=lte.{ROWS}", 1),
        (3, "limit=all&order=id", 1),
    ],
)
def test_each_row_comes_once_from_as_many_sessions_as_may_be(pool, query, sessions, fmt, large, run):
    server, dsn = large

    async def go():
        source = open_source("postgresql", dsn, pool)
        with closing(server.connect(dsn["database"])) as watcher:
            watcher.autocommit = True
            async with aclosing(source.stream(plan(query), fmt)) as pieces:
                piece, _ = await anext(pieces)
                assert busy(watcher) == sessions
                body = bytes(piece) + b"".join([piece async for piece, rows in pieces if (last := rows)])
        await source.close()
        return body, last

    body, rows = run(go())
    assert rows == ROWS
    assert sorted(ids(body, fmt)) == list(range(1, ROWS + 1))


def test_both_halves_show_the_same_moment(large, run):
    """A row moved from the end of the table to its front, or away, while it is read still comes as it was."""
    server, dsn = large

    async def go():
        source = open_source("postgresql", dsn, 3)
        async with aclosing(source.stream(plan(), "csv")) as pieces:
            body = bytes((await anext(pieces))[0])
            server.execute("UPDATE besar SET id = id + 1000000", database=dsn["database"])
            body += b"".join([piece async for piece, _ in pieces])
        server.execute("UPDATE besar SET id = id - 1000000", database=dsn["database"])
        await source.close()
        return body

    assert sorted(ids(run(go()), "csv")) == list(range(1, ROWS + 1))


@pytest.mark.parametrize("which", [0, 1])
def test_when_one_half_ends_the_other_does_and_both_connections_are_free_again(which, large, run):
    server, dsn = large

    async def go():
        source = open_source("postgresql", dsn, 3)
        with closing(server.connect(dsn["database"])) as watcher:
            watcher.autocommit = True
            with pytest.raises(Fault) as caught:
                async with aclosing(source.stream(plan(), "csv")) as pieces:
                    await anext(pieces)
                    watcher.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'active' "
                        "AND application_name = 'pendopo' ORDER BY backend_start OFFSET %s LIMIT 1",
                        [which],
                    )
                    async for _ in pieces:
                        pass
            await eventually("both sessions end", lambda: busy(watcher) == 0)
            async with aclosing(source.stream(plan(), "csv")) as pieces:
                await anext(pieces)  # left early
                assert busy(watcher) == 2
            await eventually("both sessions end", lambda: busy(watcher) == 0)
        for _ in range(3):
            total = [rows async for _, rows in source.stream(plan(), "csv")][-1]
        await source.close()
        return caught.value.code, total

    assert run(go()) == ("source.lost", ROWS)
