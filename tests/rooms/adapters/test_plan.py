"""What a caller may ask: every refusal beside a question one step away that is allowed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pendopo.adapters import Terms, cursor, plan
from pendopo.adapters.plan import MAX_CONDITIONS, MAX_QUERY, MAX_VALUES
from pendopo.core.errors import Fault, texts
from tests.rooms.adapters import residents

ENDS = {"kind": "ends", "head": 4, "tail": 4}


def code(terms, query):
    """The fault's code, or None when the query is allowed."""
    try:
        terms.plan(query)
    except Fault as fault:
        assert fault.text("id") and fault.text("en")
        return fault.code
    return None


# (what is refused, the code, the twin that is allowed)
REFUSED = [
    ("gaji=eq.1", "query.column_unknown", "umur=eq.1"),
    ("NIK=eq.1", "query.column_unknown", "nik=eq.1"),
    ("select=nik,gaji", "query.column_unknown", "select=nik,umur"),
    ("order=gaji", "query.column_unknown", "order=umur"),
    ("select=nik,nik", "query.column_repeated", "select=nik,nama"),
    ("order=umur,umur.desc", "query.column_repeated", "order=umur,nama.desc"),
    ("select=", "query.column_unknown", "select=nik"),
    ("umur=like.1*", "query.filter_not_allowed", "nama=like.1*"),
    ("aktif=gt.true", "query.filter_not_allowed", "aktif=eq.true"),
    ("catatan=eq.1", "query.filter_not_allowed", "nama=eq.1"),
    ("umur=between.1", "query.operator_unknown", "umur=gte.1"),
    ("umur=.1", "query.operator_unknown", "umur=eq.1"),
    ("umur=1", "query.syntax", "umur=eq.1"),
    ("umur", "query.syntax", "umur=is.null"),
    ("nama=eq.%zz", "query.syntax", "nama=eq.%7a"),
    ("nama=eq.%e9", "query.syntax", "nama=eq.%c3%a9"),
    ("nama=eq.%4", "query.syntax", "nama=eq.%44"),
    ("umur=in.1,2", "query.syntax", "umur=in.(1,2)"),
    ("umur=in.()", "query.syntax", "umur=in.(1)"),
    ('nama=in.("a)', "query.syntax", 'nama=in.("a")'),
    ('nama=in.("a"b)', "query.syntax", 'nama=in.("a",b)'),
    ("umur=eq.satu", "query.value_invalid", "umur=eq.1"),
    ("umur=eq.1.0", "query.value_invalid", "saldo=eq.1.0"),
    ("umur=eq.9223372036854775808", "query.value_invalid", "umur=eq.9223372036854775807"),
    ("umur=eq.٣", "query.value_invalid", "umur=eq.3"),
    ("umur=in.(1,dua)", "query.value_invalid", "umur=in.(1,2)"),
    ("saldo=eq.1e999", "query.value_invalid", "saldo=eq.1e9"),
    ("saldo=eq.NaN", "query.value_invalid", "saldo=eq.0"),
    ("aktif=eq.1", "query.value_invalid", "aktif=eq.true"),
    ("lahir=eq.2026-02-29", "query.value_invalid", "lahir=eq.2024-02-29"),
    ("lahir=eq.20240229", "query.value_invalid", "lahir=eq.2024-02-29"),
    ("jam=eq.24:00", "query.value_invalid", "jam=eq.23:59"),
    ("dibuat=eq.2026-01-01", "query.value_invalid", "dibuat=eq.2026-01-01T00:00"),
    ("dibuat=eq.0001-01-01T00:00%2b01:00", "query.value_invalid", "dibuat=eq.0001-01-01T00:00-01:00"),
    ("kode=eq.{2de264cf-ba9f-4a54-96ff-00529f41caa2}", "query.value_invalid",
     "kode=eq.2de264cf-ba9f-4a54-96ff-00529f41caa2"),
    ("nama=is.kosong", "query.value_invalid", "nama=is.null"),
    ("nama=is.true", "query.value_invalid", "aktif=is.true"),
    ("nama=eq.a%00b", "query.value_invalid", "nama=eq.a%01b"),
    ("limit=0", "query.limit_invalid", "limit=1"),
    ("limit=-1", "query.limit_invalid", "limit=1"),
    ("limit=", "query.limit_invalid", "limit=all"),
    ("limit=51", "query.limit_too_large", "limit=50"),
    ("limit=1&limit=2", "query.parameter_repeated", "limit=1&umur=eq.2"),
    ("select=nik&select=nama", "query.parameter_repeated", "select=nik,nama"),
    ("order=catatan", "query.order_not_allowed", "order=umur"),
    ("order=umur.naik", "query.column_unknown", "order=umur.asc"),
    ("format=xml", "query.format_not_offered", "format=csv"),
    ("after=bukan-penanda", "query.cursor_invalid", ""),
    ("nama=eq." + "a" * MAX_QUERY, "query.too_long", "nama=eq." + "a" * (MAX_QUERY - 8)),
    ("&".join(["umur=gt.1"] * (MAX_CONDITIONS + 1)), "query.too_many_conditions",
     "&".join(["umur=gt.1"] * MAX_CONDITIONS)),
    ("umur=in.(" + ",".join("1" * (MAX_VALUES + 1)) + ")", "query.too_many_values",
     "umur=in.(" + ",".join("1" * MAX_VALUES) + ")"),
]  # fmt: skip


@pytest.mark.parametrize(("refused", "expected", "allowed"), REFUSED)
def test_refusal_beside_its_twin(refused, expected, allowed, definition):
    terms = Terms(definition)
    assert code(terms, refused) == expected
    assert code(terms, allowed) is None


def test_every_code_has_its_texts():
    for _, expected, _ in REFUSED:
        assert expected in texts("id") and expected in texts("en")


def test_no_value_is_repeated_in_a_fault(definition):
    with pytest.raises(Fault) as caught:
        Terms(definition).plan("umur=eq.31741234123412341234")
    assert "3174" not in str(caught.value) + caught.value.text("id")


GRANT = {"requester": "ID/GOV/DJP/coretax", "columns": ["nik", "nama", "umur"], "masks": {}, "row_filter": []}


@pytest.mark.parametrize("query", ["kota=eq.Ende", "select=nik,kota", "order=kota"])
def test_a_column_outside_the_grant_is_refused_and_without_the_grant_it_is_not(query, definition):
    assert code(Terms(definition, GRANT), query) == "query.column_not_granted"
    assert code(Terms(definition, GRANT | {"columns": [*GRANT["columns"], "kota"]}), query) is None


def test_without_select_only_granted_columns_come(definition):
    assert [output.name for output in Terms(definition, GRANT).plan("").columns] == ["nik", "nama", "umur"]


def test_bulk_only_where_the_service_offers_it(definition):
    assert Terms(definition).plan("limit=all").limit is None
    assert code(Terms(definition | {"bulk": False}), "limit=all") == "query.bulk_not_offered"


def masked(definition, column, mask):
    return definition | {
        "columns": [c | {"mask": mask} if c["name"] == column else c for c in definition["columns"]]
    }


@pytest.mark.parametrize("query", ["nik=gt.3", "nik=like.3*", "nik=neq.3", "nik=lte.3", "nik=is.null"])
def test_a_masked_column_is_looked_up_but_never_compared(query, definition):
    terms = Terms(masked(definition, "nik", ENDS))
    assert code(terms, query) == "query.filter_not_allowed"
    assert code(terms, "nik=eq.3174000000000001") is None
    assert code(terms, "nik=in.(3174000000000001)") is None
    assert code(Terms(definition), query) is None


def test_a_mask_that_only_the_agreement_sets_closes_the_filter_but_for_key_and_subject(definition):
    terms = Terms(definition, GRANT | {"masks": {"nama": {"kind": "initials"}, "nik": ENDS}})
    assert code(terms, "nama=eq.Siti") == "query.filter_not_allowed"
    assert code(terms, "nik=eq.3174000000000001") is None
    assert code(Terms(definition, GRANT), "nama=eq.Siti") is None


def test_a_masked_column_does_not_sort(definition):
    assert code(Terms(masked(definition, "nama", ENDS)), "order=nama") == "query.order_not_allowed"
    assert code(Terms(definition), "order=nama") is None


def test_the_agreements_mask_stands_and_null_lifts_the_definitions(definition):
    definition = masked(definition, "nama", {"kind": "initials"})

    def mask(masks):
        return Terms(definition, GRANT | {"masks": masks}).plan("select=nama").columns[0].mask

    assert mask({}) == ("initials",)
    assert mask({"nama": {"kind": "hide"}}) == ("hide",)
    assert mask({"nama": None}) is None


def a_cursor(terms, query="order=umur"):
    return terms.plan(query).cursor(["17", "3174000000000001"])


def test_a_cursor_fits_its_own_question_only(definition):
    terms = Terms(definition, GRANT)
    after = a_cursor(terms)
    assert terms.plan(f"order=umur&after={after}").after == ("17", "3174000000000001")
    assert code(terms, f"order=umur.desc&after={after}") == "query.cursor_invalid"
    assert code(terms, f"order=nama&after={after}") == "query.cursor_invalid"
    other = GRANT | {"requester": "ID/GOV/BKN/asn"}
    assert code(Terms(definition, other), f"order=umur&after={after}") == "query.cursor_invalid"
    assert (
        code(Terms(definition, GRANT, secret=b"x" * 32), f"order=umur&after={after}")
        == "query.cursor_invalid"
    )
    assert code(Terms(definition | {"key": []}, GRANT), f"order=umur&after={after}") == "query.cursor_invalid"


@given(position=st.integers(0, 200), bit=st.integers(0, 7))
def test_a_changed_cursor_is_refused(position, bit):
    good = cursor.seal(b"k" * 32, "context", ["17", "3174000000000001"])
    data = bytearray(good.encode())
    data[position % len(data)] ^= 1 << bit
    with pytest.raises(Fault, match=r"query\.cursor_invalid"):
        cursor.unseal(b"k" * 32, "context", data.decode("latin-1"), 2)
    assert cursor.unseal(b"k" * 32, "context", good, 2) == ["17", "3174000000000001"]


def test_a_cursor_shows_nothing_of_the_key(definition):
    terms = Terms(masked(definition, "nik", ENDS))
    one, two = a_cursor(terms, ""), a_cursor(terms, "")
    assert one != two and "3174" not in one


WORDS = (
    b"nik umur nama select order limit after = & . eq in ( ) , \" \\ % %00 ' ; -- 1 null is like * all \xff"
)
ANY_QUERY = st.binary(max_size=60) | st.lists(st.sampled_from(WORDS.split()), max_size=14).map(b"".join)


@given(query=ANY_QUERY)
def test_any_query_is_planned_or_refused_never_more(query):
    definition = {
        "service": "ID/GOV/DUKCAPIL/kependudukan/penduduk",
        "columns": [{"name": n, "type": t} for n, t in residents.COLUMNS.items()],
        "filters": residents.OPERATORS,
        "order": residents.COMPARED,
        "key": ["nik"],
        "limit": {"default": 20, "max": 50},
        "bulk": True,
    }
    try:
        made = plan(definition, None, query)
    except Fault as fault:
        assert fault.code in texts("id")
    else:
        assert {output.name for output in made.columns} <= set(residents.COLUMNS)
