"""A stream needs no more memory for many rows than for few."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

ROWS = 300_000
LIMIT_MB = 16

# Run apart: a process's peak (VmHWM) never falls.
SCRIPT = """
import asyncio, json, sys
from pendopo.adapters import Terms, open_source

kind, dsn, schema, definition, fmt = json.loads(sys.argv[1])

def peak():
    lines = open("/proc/self/status")
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM"))

async def main():
    source = open_source(kind, dsn, 1)
    terms = Terms(definition, table=(schema, "penduduk"))
    counts, peaks = [], []
    for query in ("limit=all&id=lte.2000", "limit=all"):
        rows = 0
        async for piece, rows in source.stream(terms.plan(query), fmt):
            pass
        counts.append(rows)
        peaks.append(peak())
    await source.close()
    print(json.dumps([counts, peaks]))

asyncio.run(main())
"""

TABLE = "CREATE TABLE penduduk (id integer PRIMARY KEY, nama varchar(60), alamat varchar(90), lahir date)"
ADDRESS = "Jalan Merdeka Jalan Merdeka Jalan Merdeka Jalan Merdeka"
FILL = {
    "postgresql": f"INSERT INTO penduduk SELECT i, 'Penduduk ke-' || i, '{ADDRESS}', '1990-01-01' "
    f"FROM generate_series(1, {ROWS}) i",
    "mariadb": f"INSERT INTO penduduk SELECT seq, CONCAT('Penduduk ke-', seq), '{ADDRESS}', '1990-01-01' "
    f"FROM seq_1_to_{ROWS}",
    "sqlite": f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS}) "
    f"INSERT INTO penduduk SELECT i, 'Penduduk ke-' || i, '{ADDRESS}', '1990-01-01' FROM n",
}
DEFINITION = {
    "service": "ID/GOV/DUKCAPIL/kependudukan/penduduk",
    "columns": [
        {"name": "id", "type": "integer"},
        {"name": "nama", "type": "text", "mask": {"kind": "initials"}},
        {"name": "alamat", "type": "text"},
        {"name": "lahir", "type": "date", "mask": {"kind": "year"}},
    ],
    "filters": {"id": ["lte"]},
    "order": [],
    "key": ["id"],
    "limit": {"default": 10, "max": 10},
    "bulk": True,
}


@pytest.fixture(params=["postgresql", "mariadb", "sqlite"])
def filled(request, tmp_path):
    """(kind, dsn, schema) of a table with many rows."""
    kind = request.param
    if kind == "sqlite":
        with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as connection:
            connection.execute(TABLE)
            connection.execute(FILL[kind])
        return kind, {"path": str(tmp_path / "a.db")}, "main"
    server = request.getfixturevalue(f"{kind}_server")
    dsn = server.database()
    server.execute(TABLE, FILL[kind], database=dsn["database"])
    return kind, dsn, "public" if kind == "postgresql" else dsn["database"]


@pytest.mark.parametrize("fmt", ["json", "csv"])
def test_many_rows_take_no_more_memory_than_few(fmt, filled):
    argument = json.dumps([*filled, DEFINITION, fmt])
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, argument], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    counts, (few, many) = json.loads(done.stdout)
    assert counts == [2000, ROWS]
    assert many - few <= LIMIT_MB, f"{few} MB for 2,000 rows, {many} MB for {ROWS}"
