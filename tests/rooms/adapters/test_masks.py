"""Each database masks as the plain functions say, on any text and on every type."""

import sqlite3
from contextlib import closing

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pendopo.adapters import Terms, masks, open_source
from tests.rooms.adapters.test_answers import decoded

KINDS = ("postgresql", "mariadb", "sqlite")
MASKS = [
    *(
        {"kind": "ends", "head": head, "tail": tail}
        for head, tail in [(4, 4), (0, 0), (1, 0), (0, 3), (30, 1)]
    ),
    {"kind": "year"},
    {"kind": "initials"},
    {"kind": "hide"},
]


def test_the_plain_definition_by_example():
    assert masks.ends("3174012345670001", 4, 4) == "3174••••••••0001"
    assert masks.ends("12345678", 4, 4) == "••••••••"
    assert masks.ends("123456789", 4, 4) == "1234•6789"
    assert masks.year("1990-04-01") == masks.year("1990-04-01 10:00:00") == "1990"
    assert masks.year("1 April 1990") == "•••"
    assert masks.initials("Siti Nurhaliza binti Abdul") == "S. N. b. A."
    assert masks.initials("  I Made") == "  I M."
    assert masks.hide(None) == "•••"
    assert [masks.apply(mask, None) for mask in MASKS] == [None] * 7 + ["•••"]


@given(text=st.text(), head=st.integers(0, 8), tail=st.integers(0, 8))
def test_ends_shows_no_more_than_the_ends_and_never_a_short_text(text, head, tail):
    out = masks.ends(text, head, tail)
    assert len(out) == len(text)
    if len(text) <= head + tail:
        assert set(out) <= {"•"}
    else:
        assert set(out[head : len(text) - tail]) == {"•"}


def service(mask):
    return {
        "service": "ID/GOV/DUKCAPIL/kependudukan/teks",
        "columns": [
            {"name": "id", "type": "integer", "mask": None},
            {"name": "isi", "type": "text", "mask": mask},
        ],
        "filters": {},
        "order": [],
        "key": ["id"],
        "limit": {"default": 100, "max": 100},
        "formats": ["json"],
    }


@pytest.fixture(scope="module")
def texts(postgresql_server, mariadb_server, tmp_path_factory, run):
    """`write(values)` puts texts in a table of each database; `sources` reads them."""
    dsns = {server.kind: server.database() for server in (postgresql_server, mariadb_server)}
    writers = [
        postgresql_server.connect(dsns["postgresql"]["database"]),
        mariadb_server.connect(dsns["mariadb"]["database"]),
    ]
    path = tmp_path_factory.mktemp("sqlite") / "teks.db"
    dsns["sqlite"] = {"path": str(path)}
    writers.append(sqlite3.connect(path, isolation_level=None))
    for writer in writers:
        mysql = "CHARACTER SET utf8mb4" if writer is writers[1] else ""
        with closing(writer.cursor()) as cursor:
            cursor.execute(f"CREATE TABLE teks (id integer PRIMARY KEY, isi text) {mysql}")

    def write(values):
        for writer in writers:
            mark = "?" if writer is writers[2] else "%s"
            with closing(writer.cursor()) as cursor:
                cursor.execute("DELETE FROM teks")
                cursor.executemany(f"INSERT INTO teks VALUES ({mark}, {mark})", list(enumerate(values)))

    async def open_all():
        return {kind: open_source(kind, dsn, 1) for kind, dsn in dsns.items()}

    sources = run(open_all())
    schemas = {"postgresql": "public", "mariadb": dsns["mariadb"]["database"], "sqlite": "main"}
    yield write, sources, schemas
    for source in sources.values():
        run(source.close())
    for writer in writers:
        writer.close()


# Names, numbers, dates, combining marks, emoji of several code points, blanks of all kinds.
BLANKS = [" ", "  ", "\t", "\n", "\r", "\u00a0", "\u2003"]
LETTERS = ["é", "e", "\u0301", "👩‍👩‍👧", "😀", "•", "ß", "İ", "ﷺ", "1", "-", ".", "'", "\\"]
PIECE = st.sampled_from(["Siti", "Nur", "1990-04-01", *BLANKS, *LETTERS])
TEXT = st.lists(PIECE, max_size=8).map("".join) | st.text(
    st.characters(codec="utf-8", exclude_characters="\0"), max_size=20
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(st.none() | TEXT, min_size=1, max_size=12), mask=st.sampled_from(MASKS))
@example(values=["", "a", "12345678", "123456789", None, "١٩٩٠-٠٤-٠١"], mask=MASKS[0])
@example(
    values=["1990-04-01", "1990-04", "0990-04-01 BC", "19900-04-01", "\n1990-04-01", "١٩٩٠-٠٤-٠١"],
    mask={"kind": "year"},
)
@example(values=["a\nb c\td", " x", "y ", "\u00a0 z", "é", "👩‍👩‍👧 x"], mask={"kind": "initials"})
def test_every_database_masks_text_as_the_plain_functions(values, mask, texts, run):
    write, sources, schemas = texts
    write(values)
    expected = [masks.apply(mask, value) for value in values]
    for kind in KINDS:
        plan = Terms(service(mask), table=(schemas[kind], "teks")).plan("")
        page = run(sources[kind].fetch(plan, "json"))
        assert [row["isi"] for row in decoded(page.body)] == expected, kind


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mask", MASKS, ids=lambda mask: "-".join(map(str, mask.values())))
def test_a_masked_column_of_any_type_is_the_mask_of_its_text(kind, mask, sources, terms, definition, run):
    """What CSV shows of a column unmasked, masked by the plain functions, is what comes masked."""
    hidden = definition | {"columns": [c | {"mask": mask} for c in definition["columns"]]}

    async def lines(made):
        plan = made.plan("limit=all&order=nik" if made is plain else "limit=all")
        return b"".join([piece async for piece, _ in sources[kind].stream(plan, "csv")]).decode()

    plain, covered = terms(kind, definition), terms(kind, hidden)
    expected = [[masks.apply(mask, value) for value in row] for row in fields(run(lines(plain)))[1:]]
    got = fields(run(lines(covered)))[1:]
    assert sorted(map(str, got)) == sorted(map(str, expected))

    async def as_json(fmt):
        plan = covered.plan("limit=50")
        return (await sources[kind].fetch(plan, fmt)).body

    rows = decoded(run(as_json("json")))
    assert [list(row.values()) for row in rows] == fields(run(as_json("csv")).decode())[1:]


def fields(text):
    """CSV as lists, NULL (nothing) told from the empty text (two quotes), which csv.reader does not."""
    rows, row, field, quoted = [], [], None, False
    for char in text:
        if char == '"':
            quoted = not quoted
            # A quote right after a closing one was a doubled one.
            field = (field or "") + ('"' if quoted and field is not None else "")
        elif quoted or char not in ",\n":
            field = (field or "") + char
        else:
            row.append(field)
            field = None
            if char == "\n":
                rows.append(row)
                row = []
    return rows
