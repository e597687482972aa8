from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pendopo.core import agreement as rules
from pendopo.core import strict
from pendopo.core.agreement import Agreement, Request, beyond, usable
from pendopo.core.errors import Fault

START = datetime(2026, 3, 1, tzinfo=UTC)
END = datetime(2026, 12, 31, 16, 59, 59, 999000, tzinfo=UTC)
NOON = datetime(2026, 6, 1, 5, tzinfo=UTC)  # 12.00 WIB
KEY, OTHER = "k" * 43, "o" * 43
REQUEST = {
    "v": 1,
    "id": "017f22e2-79b0-7cc3-98c4-dc0c0c07398f",
    "requester": "ID/GOV/DJP/coretax",
    "requester_keys": [KEY],
    "service": "ID/GOV/DUKCAPIL/kependudukan/penduduk",
    "def_sha": "a" * 64,
    "columns": ["nik", "nama", "tgl_lahir"],
    "row_filter": [["prov", "eq", "53"]],
    "rate": {"per_second": 10},
    "quota": {"per_day": 1000},
    "from": strict.utc(START),
    "until": strict.utc(END),
    "purposes": ["verifikasi", "pembetulan"],
    "basis": {"kind": "PKS", "no": "12/2026", "date": "2026-02-01"},
    "note": "",
    "asked_by": {"name": "Ani", "position": "Kepala Seksi"},
}
GRANT = {key: value for key, value in REQUEST.items() if key not in ("note", "asked_by")} | {
    "rev": 3,
    "state": "active",
    "request_sha": "b" * 64,
    "provider": "ID/GOV/DUKCAPIL",
    "provider_keys": [OTHER],
    "masks": {"nama": {"kind": "initials"}, "nik": None},
    "hours": None,
    "offline_max": 86400,
    "reason": "",
}


def code(fault):
    return fault and fault.code


def test_a_grant_of_exactly_what_was_asked_is_within():
    assert beyond(GRANT, REQUEST) == []


WIDER = {
    "service": {"service": "ID/GOV/DUKCAPIL/kependudukan/keluarga"},
    "def_sha": {"def_sha": "c" * 64},
    "requester": {"requester": "ID/GOV/DJP/lain"},
    "basis": {"basis": REQUEST["basis"] | {"no": "13/2026"}},
    "columns": {"columns": ["nik", "alamat"], "masks": {}},
    "purposes": {"purposes": ["verifikasi", "pemasaran"]},
    "requester_keys": {"requester_keys": [KEY, OTHER]},
    "row_filter": {"row_filter": [["prov", "neq", "53"]]},
    "from": {"from": strict.utc(START - timedelta(milliseconds=1))},
    "until": {"until": strict.utc(END + timedelta(milliseconds=1))},
    "rate": {"rate": {"per_second": 11}},
    "quota": {"quota": None},
}


@pytest.mark.parametrize("field", WIDER)
def test_each_way_to_give_more_is_named(field):
    assert beyond(GRANT | WIDER[field], REQUEST) == [field]


def test_several_are_named_together():
    both = GRANT | WIDER["columns"] | WIDER["quota"]
    assert beyond(both, REQUEST) == ["columns", "quota"]


def limited(unit):
    return st.none() | st.integers(1, 50).map(lambda n: {unit: n})


names = st.lists(st.sampled_from(["nik", "nama", "tgl_lahir", "alamat"]), min_size=1, unique=True)
purposes = st.lists(st.sampled_from(["verifikasi", "pembetulan", "statistik"]), min_size=1, unique=True)
filters = st.lists(
    st.sampled_from([["prov", "eq", "53"], ["sex", "in", ["L", "P"]], ["born", "gte", "1990"]]), unique_by=str
)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)).map(strict.utc)


@st.composite
def terms(draw):
    first, last = sorted([draw(moments), draw(moments)])
    return {
        "columns": draw(names),
        "purposes": draw(purposes),
        "row_filter": draw(filters),
        "from": first,
        "until": last,
        "rate": draw(limited("per_second")),
        "quota": draw(limited("per_day")),
    }


CONDITIONS = {
    '["prov","eq","53"]': lambda row: row["prov"] == "53",
    '["sex","in",["L","P"]]': lambda row: row["sex"] in "LP",
    '["born","gte","1990"]': lambda row: row["born"] >= "1990",
}


def allows(terms, column, purpose, row, when, per_day, per_second):
    """The plain second model: does one exchange pass under these terms?"""
    return (
        column in terms["columns"]
        and purpose in terms["purposes"]
        and all(CONDITIONS[strict.dumps(term).decode()](row) for term in terms["row_filter"])
        and terms["from"] <= when <= terms["until"]
        and (terms["quota"] is None or per_day <= terms["quota"]["per_day"])
        and (terms["rate"] is None or per_second <= terms["rate"]["per_second"])
    )


exchanges = st.tuples(
    st.sampled_from(["nik", "nama", "tgl_lahir", "alamat"]),
    st.sampled_from(["verifikasi", "pembetulan", "statistik"]),
    st.fixed_dictionaries(
        {
            "prov": st.sampled_from(["53", "31"]),
            "sex": st.sampled_from("LPX"),
            "born": st.sampled_from(["1989", "1990"]),
        }
    ),
    moments,
    st.integers(1, 60),
    st.integers(1, 60),
)


@given(terms(), terms(), st.lists(exchanges, max_size=8))
def test_no_exchange_passes_a_grant_within_that_the_request_did_not_ask(given_terms, asked_terms, tried):
    found = beyond(GRANT | given_terms | {"masks": {}}, REQUEST | asked_terms)
    if not found:
        for exchange in tried:
            assert not allows(given_terms, *exchange) or allows(asked_terms, *exchange)
    assert set(found) <= given_terms.keys()


@given(terms())
def test_everything_is_within_itself_and_every_narrowing_too(asked):
    assert beyond(GRANT | asked | {"masks": {}}, REQUEST | asked) == []
    narrow = asked | {
        "columns": asked["columns"][:1],
        "purposes": asked["purposes"][-1:],
        "until": asked["from"],
        "row_filter": [*asked["row_filter"], ["kec", "eq", "01"]],
        "rate": {"per_second": 1},
        "quota": {"per_day": 1},
    }
    mask = {asked["columns"][0]: {"kind": "hide"}}
    assert beyond(GRANT | narrow | {"masks": mask}, REQUEST | asked) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"state": "draft"}, "state"),
        ({"rev": 0}, "rev"),
        ({"rev": True}, "rev"),
        ({"v": 2}, "v"),
        ({"id": "7"}, "id"),
        ({"provider": "ID/GOV/DJP"}, "provider"),
        ({"requester": "ID/GOV/DJP"}, "requester"),
        ({"requester_keys": []}, "requester_keys"),
        ({"provider_keys": ["x"]}, "provider_keys"),
        ({"columns": []}, "columns"),
        ({"columns": ["nik", "nik"]}, "columns"),
        ({"masks": {"alamat": None}}, "masks"),
        ({"masks": {"nik": {"kind": "rot13"}}}, "masks"),
        ({"row_filter": [["a", "sounds", 1]]}, "row_filter"),
        ({"rate": 5}, "rate"),
        ({"quota": {"per_day": 0}}, "quota"),
        ({"until": strict.utc(START - timedelta(1))}, "until"),
        ({"from": "2026-03-01"}, "from"),
        ({"purposes": ["Verifikasi Data"]}, "purposes"),
        ({"basis": "PKS"}, "basis"),
        ({"hours": {"from": "8", "until": "17.00", "zone": "WIB"}}, "hours"),
        ({"hours": {"from": "08.00", "until": "17.00", "zone": "Europe/Paris"}}, "hours"),
        ({"offline_max": -1}, "offline_max"),
        ({"extra": 1}, "extra"),
        ({"def_sha": "A" * 64}, "def_sha"),
    ],
)
def test_a_wrong_field_is_named(change, field):
    assert Agreement.parse(GRANT).rev == 3
    with pytest.raises(Fault) as fault:
        Agreement.parse(GRANT | change)
    assert (fault.value.code, fault.value.params) == ("agreement.malformed", {"field": field})


def test_a_request_says_who_asks():
    assert Request.parse(REQUEST).asked_by["name"] == "Ani"
    for body in (
        {key: value for key, value in REQUEST.items() if key != "note"},
        [],
        REQUEST | {"note": None},
    ):
        with pytest.raises(Fault) as fault:
            Request.parse(body)
        assert fault.value.code == "agreement.malformed"


def made(**changes):
    return Agreement.parse(GRANT | changes)


def test_an_agreement_holds_from_its_first_moment_to_its_last():
    milli = timedelta(milliseconds=1)
    assert usable(made(), "verifikasi", START) is None
    assert usable(made(), "verifikasi", END) is None
    assert code(usable(made(), "verifikasi", START - milli)) == "agreement.not_yet"
    assert code(usable(made(), "verifikasi", END + milli)) == "agreement.expired"


def test_states_and_purposes():
    assert usable(made(), "pembetulan", NOON) is None
    assert code(usable(made(state="revoked"), "pembetulan", NOON)) == "agreement.revoked"
    assert code(usable(made(state="suspended"), "pembetulan", NOON)) == "agreement.suspended"
    assert code(usable(made(), "pemasaran", NOON)) == "agreement.purpose"
    assert code(usable(made(), None, NOON)) == "agreement.purpose_missing"
    assert usable(made(purposes=["verifikasi"]), None, NOON) is None


@pytest.mark.parametrize(
    ("first", "last", "zone", "at", "allowed"),
    [
        ("08.00", "17.00", "WIB", "01:00", True),
        ("08.00", "17.00", "WIB", "00:59", False),
        ("08.00", "17.00", "Asia/Jakarta", "09:59", True),
        ("08.00", "17.00", "WIB", "10:00", False),
        ("08:00", "17:00", "WITA", "00:00", True),
        ("08.00", "17.00", "WITA", "09:00", False),
        ("08.00", "17.00", "WIT", "23:00", True),
        ("08.00", "17.00", "WIT", "08:00", False),
        ("22.00", "06.00", "WIB", "15:00", True),
        ("22.00", "06.00", "WIB", "22:59", True),
        ("22.00", "06.00", "WIB", "23:00", False),
        ("22.00", "06.00", "WIB", "14:59", False),
    ],
)
def test_hours_are_those_of_the_zone(first, last, zone, at, allowed):
    grant = made(hours={"from": first, "until": last, "zone": zone})
    now = datetime.fromisoformat(f"2026-06-01T{at}:00+00:00")
    assert code(usable(grant, "verifikasi", now)) == (None if allowed else "agreement.hours")


def test_the_masks_that_hold():
    columns = [{"name": name, "mask": {"kind": "hide"}} for name in ("nik", "tgl_lahir")] + [
        {"name": "nama", "mask": None}
    ]
    assert rules.masks(made(), {"columns": columns}) == {
        "nama": {"kind": "initials"},
        "tgl_lahir": {"kind": "hide"},
    }
