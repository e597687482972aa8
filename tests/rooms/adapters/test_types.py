"""Types beyond the residents': what each database's own come out as, and that they page and filter."""

import json
import sqlite3
from contextlib import closing
from decimal import Decimal

import pytest

from pendopo.adapters import Terms, open_source


def definition(described, **other):
    """A service that offers every column of a described table."""
    return {
        "service": "ID/GOV/BKD/uji/aneka",
        "columns": [{"name": c.name, "type": c.type, "mask": None} for c in described.columns],
        "filters": {c.name: ["eq", "gt", "in", "neq"] for c in described.columns},
        "order": [c.name for c in described.columns],
        "key": list(described.key),
        "limit": {"default": 2, "max": 100},
        "bulk": True,
    } | other


class Table:
    """One table of one database, open for reading."""

    def __init__(self, run, kind, dsn, schema, name="aneka", **other):
        self.run, self.source, self.place = run, open_source(kind, dsn, 1), (schema, name)
        self.described = run(self.source.describe(schema, name))
        self.types = {column.name: column.type for column in self.described.columns}
        self.terms = Terms(definition(self.described, **other), table=self.place)

    def fetch(self, query):
        page = self.run(self.source.fetch(self.terms.plan(query), "json"))
        return json.loads(page.body, parse_float=Decimal), page.next

    def pages(self, query):
        """All rows, two at a time."""
        rows, after = [], ""
        while after is not None:
            got, after = self.fetch(f"{query}&limit=2" + (f"&after={after}" if after else ""))
            rows += got
        return rows

    def lines(self, fmt):
        async def read():
            return b"".join(
                [piece async for piece, _ in self.source.stream(self.terms.plan("limit=all"), fmt)]
            )

        return self.run(read()).decode().splitlines()


@pytest.fixture
def postgresql(postgresql_server, run):
    def make(*statements, **other):
        dsn = postgresql_server.database()
        postgresql_server.execute(*statements, database=dsn["database"])
        made.append(Table(run, "postgresql", dsn, "public", **other))
        return made[-1]

    made = []
    yield make
    for table in made:
        run(table.source.close())


@pytest.fixture
def mariadb(mariadb_server, run):
    def make(*statements, **other):
        dsn = mariadb_server.database()
        mariadb_server.execute(*statements, database=dsn["database"])
        made.append(Table(run, "mariadb", dsn, dsn["database"], **other))
        return made[-1]

    made = []
    yield make
    for table in made:
        run(table.source.close())


@pytest.fixture
def sqlite(tmp_path, run):
    def make(*statements, **other):
        path = tmp_path / f"{len(made)}.db"
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            for statement in statements:
                connection.execute(statement)
        made.append(Table(run, "sqlite", {"path": str(path)}, "main", **other))
        return made[-1]

    made = []
    yield make
    for table in made:
        run(table.source.close())


def test_postgresql_types(postgresql):
    table = postgresql(
        "CREATE TYPE suasana AS ENUM ('senang', 'biasa')",
        "CREATE DOMAIN nik AS numeric(16)",
        """CREATE TABLE aneka (id nik PRIMARY KEY, kecil smallint, besar bigint, nyata real,
        ganda double precision, tepat numeric, kode char(6), suasana suasana, alamat inet, daftar integer[],
        waktu timestamptz, pukul timetz, lama interval, dokumen json, uang money)""",
        """INSERT INTO aneka VALUES (3174000000000001, -1, 9223372036854775807, 0.1, 1e300,
        12345678901234567890.50, 'ab', 'senang', '10.0.0.1/8', '{1,2}', '2026-01-01 07:00:00.5+07',
        '10:00+07', '1 day', E'{"a":\n1}', 5)""",
        "INSERT INTO aneka (id, ganda, tepat) VALUES (3174000000000002, 'NaN', 'Infinity')",
    )
    assert table.described.key == ("id",)
    assert table.types == {
        **{"id": "integer", "kecil": "integer", "besar": "integer", "nyata": "number", "ganda": "number"},
        **{"tepat": "number", "kode": "text", "suasana": "text", "alamat": "text", "daftar": "text"},
        **{"waktu": "datetime", "pukul": "text", "lama": "text", "dokumen": "json", "uang": "text"},
    }
    (first, second), _ = table.fetch("order=id")
    assert first == {
        **{"id": 3174000000000001, "kecil": -1, "besar": 9223372036854775807, "nyata": Decimal("0.1")},
        **{"ganda": Decimal("1e300"), "tepat": Decimal("12345678901234567890.50"), "kode": "ab"},
        **{"suasana": "senang", "alamat": "10.0.0.1/8", "daftar": "{1,2}", "pukul": "10:00:00+07"},
        **{
            "waktu": "2026-01-01T00:00:00.5+00:00",
            "lama": "1 day",
            "dokumen": {"a": 1},
            "uang": first["uang"],
        },
    }
    # JSON has no such numbers.
    assert (second["ganda"], second["tepat"]) == ("NaN", "Infinity")
    _, line, _ = table.lines("csv")
    assert line.startswith(
        "3174000000000001,-1,9223372036854775807,0.1,1e+300,12345678901234567890.50,ab,senang"
    )
    assert "2026-01-01 00:00:00.5+00" in line
    assert len(table.lines("ndjson")) == 2
    for query in [
        *["waktu=eq.2026-01-01T00:00:00.5Z", "waktu=eq.2026-01-01T07:00:00.5%2b07:00", "kode=eq.ab"],
        *[
            "suasana=eq.senang",
            "id=eq.3174000000000001",
            "besar=eq.9223372036854775807",
            "alamat=eq.10.0.0.1/8",
        ],
        *["tepat=eq.12345678901234567890.5", "kecil=eq.-1"],
    ]:
        assert [row["id"] for row in table.fetch(query)[0]] == [3174000000000001], query
    assert table.fetch("kode=eq.ab%20")[0] == table.fetch("suasana=eq.sedih")[0] == []


def test_mariadb_types(mariadb):
    table = mariadb(
        """CREATE TABLE aneka (id bigint unsigned PRIMARY KEY, kecil tinyint, nol int(6) zerofill,
        nyata float,
        ganda double, bulat decimal(20,0), bendera bit(1), bit bit(4), tahun year, waktu timestamp(3) NULL,
        pukul time, suasana enum('senang','biasa'), nama varchar(20) CHARACTER SET latin1, dokumen json,
        alamat inet6, isi varbinary(10))""",
        """INSERT INTO aneka VALUES (18446744073709551615, -1, 42, 0.1, 1e300, 3174000000000001, 1, 5, 2026,
        '2026-01-01 00:00:00.500', '-10:00:00', 'senang', 'é', '{"a":\n1}', '::1', x'00ff')""",
        "SET time_zone = '+07:00'",
        "INSERT INTO aneka (id, waktu, bendera, nama) VALUES (1, '2026-01-01 07:00:00', 0, '?')",
    )
    assert table.types == {
        **{"id": "integer", "kecil": "integer", "nol": "integer", "nyata": "number", "ganda": "number"},
        **{
            "bulat": "integer",
            "bendera": "boolean",
            "bit": "integer",
            "tahun": "integer",
            "waktu": "datetime",
        },
        **{
            "pukul": "time",
            "suasana": "text",
            "nama": "text",
            "dokumen": "json",
            "alamat": "text",
            "isi": "bytes",
        },
    }
    (second, first), _ = table.fetch("order=id")
    assert abs(first.pop("nyata") - Decimal("0.1")) < Decimal("1e-8")
    assert first == {
        **{"id": 18446744073709551615, "kecil": -1, "nol": 42, "ganda": Decimal("1e300")},
        **{"bulat": 3174000000000001, "bendera": True, "bit": 5, "tahun": 2026, "pukul": "-10:00:00"},
        **{"waktu": "2026-01-01T00:00:00.5+00:00", "suasana": "senang", "nama": "é", "dokumen": {"a": 1}},
        **{"alamat": "::1", "isi": "AP8="},
    }
    assert (second["waktu"], second["bendera"]) == ("2026-01-01T00:00:00+00:00", False)
    assert any("2026-01-01 00:00:00.5+00" in line for line in table.lines("csv"))
    for query in [
        *["waktu=eq.2026-01-01T00:00:00.5Z", "bendera=eq.true", "nol=eq.42", "suasana=eq.senang", "bit=eq.5"],
        *["nama=eq.%c3%a9", "bulat=eq.3174000000000001", "tahun=eq.2026", "alamat=eq.::1"],
    ]:
        assert [row["id"] for row in table.fetch(query)[0]] == [18446744073709551615], query
    # A letter the column's character set does not have is no question mark.
    assert table.fetch("nama=eq.%f0%9f%98%80")[0] == []
    assert [row["id"] for row in table.fetch("nama=in.(%f0%9f%98%80,%3f)")[0]] == [1]


def test_sqlite_values_are_what_they_are_not_what_the_column_wished(sqlite):
    table = sqlite(
        """CREATE TABLE aneka (id INTEGER PRIMARY KEY, umur INTEGER, saldo REAL, aktif BOOLEAN, nama TEXT,
        data JSON, x)""",
        "INSERT INTO aneka VALUES (1, 17, 1500000.0, 1, 'a', '{\"a\":\n1}', NULL)",
        "INSERT INTO aneka VALUES (2, 'tujuh belas', 'banyak', 'ya', x'00ff', 'bukan json', 3)",
        "INSERT INTO aneka VALUES (3, 2.5, 9e999, 0, 4, NULL, x'61')",
        "INSERT INTO aneka VALUES (4, NULL, 0.1, NULL, CAST(x'ff41' AS TEXT), '[1]', 'y')",
    )
    rows = {row["id"]: row for row in table.pages("")}
    names = ["id", "umur", "saldo", "aktif", "nama", "data", "x"]
    assert [rows[1][name] for name in names] == [1, 17, 1500000, True, "a", {"a": 1}, None]
    assert [rows[2][name] for name in names] == [2, "tujuh belas", "banyak", "ya", "AP8=", "bukan json", "3"]
    assert [rows[3][name] for name in names] == [3, Decimal("2.5"), "Infinity", False, "4", None, "YQ=="]
    assert (rows[4]["saldo"], rows[4]["nama"]) == (Decimal("0.1"), "\ufffdA")
    assert len(table.lines("ndjson")) == 4


# Text keys in collations that ignore case, accents or blanks: paging still gives every row once.
KEYS = ["a", "B", "c", "é", "Z", "z1", "ba", "Ab", "10", "9"]


def check_text_keys(table):
    rows = [row["kunci"] for row in table.pages("")]
    assert sorted(rows) == sorted(KEYS)
    assert [row["kunci"] for row in table.pages("order=kunci")] == sorted(KEYS)
    assert [row["kunci"] for row in table.pages("order=kunci.desc")] == sorted(KEYS, reverse=True)
    for key in KEYS:
        assert [row["kunci"] for row in table.fetch(f"kunci=eq.{key}")[0]] == [key]
        assert table.fetch(f"kunci=eq.{key.swapcase()}")[0] == [] or key.swapcase() == key


VALUES = ", ".join(f"('{key}')" for key in KEYS)


def test_paging_by_a_text_key_in_postgresql(postgresql):
    """The packaged server has no collation but code points; a real one may sort its keys otherwise."""
    check_text_keys(
        postgresql("CREATE TABLE aneka (kunci text PRIMARY KEY)", f"INSERT INTO aneka VALUES {VALUES}")
    )


@pytest.mark.parametrize("charset", ["utf8mb4", "utf8mb3", "latin1"])
def test_paging_by_a_text_key_in_mariadb(charset, mariadb):
    check_text_keys(
        mariadb(
            f"CREATE TABLE aneka (kunci varchar(20) CHARACTER SET {charset} PRIMARY KEY)",
            f"INSERT INTO aneka VALUES {VALUES}",
        )
    )


def test_paging_by_a_text_key_in_sqlite(sqlite):
    made = "CREATE TABLE aneka (kunci TEXT COLLATE NOCASE PRIMARY KEY)"
    check_text_keys(sqlite(made, f"INSERT INTO aneka VALUES {VALUES}"))


@pytest.mark.parametrize("kind", ["postgresql", "mariadb", "sqlite"])
def test_paging_by_a_key_of_several_columns_that_may_be_null(kind, request):
    """A view has no key of its own: the provider names one, and some of it may be empty."""
    double = "double precision" if kind == "postgresql" else "double"
    table = request.getfixturevalue(kind)(
        f"CREATE TABLE dasar (a integer, b {double}, c varchar(5))",
        "INSERT INTO dasar VALUES (NULL, 1.5, 'a'), (1, NULL, 'b'), (1, 0.1, 'c'), (NULL, NULL, 'd')",
        "INSERT INTO dasar VALUES (2, 0.1, 'e')",
        "CREATE VIEW aneka AS SELECT * FROM dasar",
        key=["a", "b"],
    )
    assert table.described.key == ()
    assert [row["c"] for row in table.pages("")] == ["c", "b", "e", "a", "d"]
    assert [row["c"] for row in table.pages("order=b.desc")] == ["b", "d", "a", "c", "e"]


@pytest.mark.parametrize("kind", ["postgresql", "mariadb", "sqlite"])
def test_names_with_quotes_and_blanks(kind, request):
    mark = "`" if kind == "mariadb" else '"'
    names = ['a"b', "a`b", "a'b", "a b", "a?b", "a%b", "a\\b", "select", "A.B", "kolom,dua", "é"]
    columns = [f"{mark}{name.replace(mark, mark * 2)}{mark} varchar(9)" for name in names]
    values = ["'x'"] * len(names)
    table = request.getfixturevalue(kind)(
        f"CREATE TABLE aneka (id integer PRIMARY KEY, {', '.join(columns)})",
        f"INSERT INTO aneka VALUES (1, {', '.join(values)})",
    )
    (row,), _ = table.fetch("id=eq.1")
    assert row == {"id": 1} | dict.fromkeys(names, "x")
    for name in set(names) - {"select"}:
        encoded = "".join(f"%{byte:02x}" for byte in name.encode())
        assert table.fetch(f"{encoded}=eq.x")[0] == [row]
        assert table.fetch(f"{encoded}=eq.y")[0] == []
    assert len(table.lines("csv")) == 2
