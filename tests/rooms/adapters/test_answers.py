"""The same question to three databases gives the answer a plain model gives."""

import base64
import csv
import io
import json
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.rooms.adapters import residents

KINDS = ("postgresql", "mariadb", "sqlite")
ROWS = residents.rows()


def as_json(row):
    """A resident as the answer holds it, decoded."""
    out = {}
    for name, value in row.items():
        if isinstance(value, bytes):
            value = base64.b64encode(value).decode()
        elif name == "catatan" and value is not None:
            value = json.loads(value)
        elif not isinstance(value, (bool, int, Decimal, str, type(None))):
            value = value.isoformat()
            if "." in value:
                value = value.rstrip("0")
        out[name] = value
    return out


def decoded(body):
    return json.loads(body, parse_float=Decimal)


async def all_pages(source, terms, conditions, **other):
    """The rows of every page, following `next` to the end."""
    rows, after = [], None
    while True:
        page = await source.fetch(terms.plan(residents.query(conditions, after=after, **other)), "json")
        got = decoded(page.body)
        assert page.rows == len(got) <= other["limit"]
        assert page.more == (page.next is not None)
        rows += got
        after = page.next
        if after is None:
            return rows


def a_value(column):
    present = [row[column] for row in ROWS if row[column] is not None]
    if residents.COLUMNS[column] == "text":
        return (
            st.sampled_from(present)
            | st.sampled_from(residents.NAMES)
            | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)
        )
    if residents.COLUMNS[column] == "integer":
        return st.sampled_from(present) | st.integers(-(2**63), 2**63 - 1)
    return st.sampled_from(present)


PIECES = st.lists(
    st.sampled_from(["*", "%", "_", "\\%", "\\_", "\\\\", "Siti", "s", "S", "a", "!", "é", "😀", " ", "\n"]),
    max_size=5,
)


@st.composite
def a_condition(draw):
    column = draw(st.sampled_from(residents.COMPARED))
    op = draw(st.sampled_from(residents.OPERATORS[column]))
    if op == "is":
        choices = ["null", "not_null"] + (["true", "false"] if column == "aktif" else [])
        return column, op, draw(st.sampled_from(choices))
    if op == "in":
        return column, op, draw(st.lists(a_value(column), min_size=1, max_size=4))
    if op == "like":
        return column, op, "".join(draw(PIECES))
    return column, op, draw(a_value(column))


ORDERS = st.lists(st.sampled_from(residents.COMPARED), unique=True, max_size=3).flatmap(
    lambda names: st.tuples(*[st.tuples(st.just(n), st.booleans()) for n in names]).map(list)
)
# One server session serves all examples on purpose.
thorough = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@thorough
@given(conditions=st.lists(a_condition(), max_size=3), order=ORDERS, limit=st.integers(1, 50))
def test_pages_together_are_the_model(conditions, order, limit, sources, terms, definition, run):
    expected = [as_json(row) for row in residents.answer(ROWS, conditions, order)]
    by = ",".join(f"{name}.{'desc' if down else 'asc'}" for name, down in order)
    for kind in KINDS:
        got = run(all_pages(sources[kind], terms(kind, definition), conditions, order=by, limit=limit))
        assert got == expected, kind


@pytest.mark.parametrize("kind", KINDS)
def test_lookup_by_key_is_one_row_without_a_cursor(kind, sources, terms, definition, run):
    row = ROWS[3]
    page = run(sources[kind].fetch(terms(kind, definition).plan(f"nik=eq.{row['nik']}"), "json"))
    assert decoded(page.body) == [as_json(row)]
    assert (page.rows, page.next, page.more) == (1, None, False)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fmt", ["json", "ndjson", "csv"])
def test_stream_and_page_say_the_same(kind, fmt, sources, terms, definition, run):
    made = terms(kind, definition)

    async def streamed():
        pieces, counts = [], []
        async for piece, count in sources[kind].stream(made.plan("limit=all&order=nik"), fmt):
            pieces.append(piece)
            counts.append(count)
        return b"".join(pieces), counts

    async def paged():
        rows = []
        after = ""
        while after is not None:
            page = await sources[kind].fetch(
                made.plan("order=nik&limit=50" + (f"&after={after}" if after else "")), fmt
            )
            rows.append(page.body)
            after = page.next
        return rows

    body, counts = run(streamed())
    pages = run(paged())
    assert counts[-1] == len(ROWS) and counts == sorted(counts)
    match fmt:
        case "json":
            assert decoded(body) == [row for page in pages for row in decoded(page)]
        case "ndjson":
            assert body == b"".join(pages)
        case "csv":
            header = pages[0].split(b"\n", 1)[0] + b"\n"
            assert body == header + b"".join(page.removeprefix(header) for page in pages)


def test_csv_tells_null_from_empty_and_keeps_every_character(sources, terms, definition, run):
    bodies = {}
    for kind in KINDS:
        plan = terms(kind, definition).plan(
            "limit=all&order=nik&select=nik,nama,kota,umur,aktif,lahir,dibuat,jam,kode,foto"
        )

        async def body(source=sources[kind], plan=plan):
            return b"".join([piece async for piece, _ in source.stream(plan, "csv")]).decode()

        bodies[kind] = run(body())
    assert bodies["postgresql"] == bodies["mariadb"] == bodies["sqlite"]
    expected = [as_json(row) for row in residents.answer(ROWS, [], [])]
    # csv.reader cannot tell NULL from "": look at the raw line of one of each.
    lines = list(csv.reader(io.StringIO(bodies["sqlite"], newline="")))
    assert lines[0][:2] == ["nik", "nama"]
    assert [line[1] for line in lines[1:]] == [row["nama"] or "" for row in expected]
    empty = next(row["nik"] for row in expected if row["nama"] == "")
    absent = next(row["nik"] for row in expected if row["nama"] is None)
    assert f'\n{empty},"",' in bodies["sqlite"]
    assert f"\n{absent},," in bodies["sqlite"]


def test_numbers_are_the_same_decimals_everywhere(sources, terms, definition, run):
    plans = {kind: terms(kind, definition).plan("select=nik,saldo&limit=50") for kind in KINDS}
    bodies = {kind: run(sources[kind].fetch(plans[kind], "json")).body for kind in KINDS}
    assert bodies["postgresql"] == bodies["mariadb"]
    assert decoded(bodies["postgresql"]) == decoded(bodies["sqlite"])


def test_select_keeps_the_asked_order_of_columns(sources, terms, definition, run):
    for kind in KINDS:
        page = run(sources[kind].fetch(terms(kind, definition).plan("select=kota,nik&limit=1"), "csv"))
        assert page.body.startswith(b"kota,nik\n"), kind


@pytest.mark.parametrize("kind", KINDS)
def test_row_filter_on_an_unpublished_column_holds_and_only_then(kind, sources, terms, definition, run):
    definition["columns"] = [c for c in definition["columns"] if c["name"] in ("nik", "nama")]
    definition |= {"filters": {}, "order": []}
    everything = run(all_pages(sources[kind], terms(kind, definition), [], limit=50))
    definition["row_filter"] = [
        ["umur", "gte", 18],
        ["kota", "in", ["Jakarta", "Ende"]],
        ["aktif", "is", True],
    ]
    kept = run(all_pages(sources[kind], terms(kind, definition), [], limit=50))
    expected = residents.answer(
        ROWS, [("umur", "gte", 18), ("kota", "in", ["Jakarta", "Ende"]), ("aktif", "is", "true")], []
    )
    assert len(everything) == len(ROWS)
    assert [row["nik"] for row in kept] == [row["nik"] for row in expected] != []


@pytest.mark.parametrize("kind", KINDS)
def test_both_row_filters_of_definition_and_agreement_hold(kind, sources, terms, definition, run):
    definition["row_filter"] = [["kota", "eq", "Jakarta"]]
    grant = {
        "requester": "ID/GOV/DJP/coretax",
        "columns": ["nik", "kota"],
        "row_filter": [["umur", "eq", 17]],
    }
    got = run(all_pages(sources[kind], terms(kind, definition, grant), [], limit=50))
    expected = residents.answer(ROWS, [("kota", "eq", "Jakarta"), ("umur", "eq", 17)], [])
    assert got == [{"nik": row["nik"], "kota": row["kota"]} for row in expected] != []
