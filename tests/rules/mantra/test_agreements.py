"""What leaves, what is masked, what stays; and which revision may follow which."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pendopo.core.agreement import beyond
from pendopo.mantra.agreements import rules
from pendopo.mantra.agreements.rules import Choice, Limits, Outcome, Revision

DEFINITION = {
    "columns": [
        {"name": "nik", "type": "text", "personal": True, "mask": {"kind": "ends", "head": 4, "tail": 4}},
        {"name": "nama", "type": "text", "personal": True, "mask": None},
        {"name": "lahir", "type": "date", "personal": True, "mask": None},
        {"name": "status", "type": "integer", "personal": False, "mask": None},
    ]
}
NAMES = [column["name"] for column in DEFINITION["columns"]]
REQUEST = {
    "v": 1,
    "id": "0190a6c0-0000-7000-8000-000000000001",
    "requester": "ID/GOV/DJP/coretax",
    "requester_keys": ["k" * 43],
    "service": "ID/GOV/DUKCAPIL/siak/penduduk",
    "def_sha": "d" * 64,
    "columns": NAMES,
    "row_filter": [],
    "rate": None,
    "quota": {"per_day": 50_000},
    "from": "2026-11-23T01:00:00.000Z",
    "until": "2027-12-31T16:59:59.999Z",
    "purposes": ["TJ-04"],
    "basis": {"kind": "PKS", "no": "14/PJ/2026", "date": "2026-08-03"},
    "note": "Pencocokan",
    "asked_by": {"name": "Bagus Prakoso", "position": "Direktorat Data"},
}
ASKED = Limits(per_day=50_000, until=date(2027, 12, 31))
DEFAULTS = rules.default_choices(NAMES, DEFINITION)

choices = st.fixed_dictionaries({name: st.sampled_from(Choice) for name in NAMES})
limits = st.builds(
    Limits,
    per_day=st.none() | st.integers(1, 100_000),
    until=st.dates(date(2026, 11, 24), date(2030, 1, 1)),
    per_second=st.none() | st.integers(1, 50),
    rows=st.sampled_from([(), (("status", "eq", "2"),)]),
)


def grant(chosen, limit=ASKED):
    return rules.grant(
        REQUEST,
        DEFINITION,
        chosen,
        limit,
        agreement_id="0190a6c0-0000-7000-8000-000000000002",
        request_sha="a" * 64,
        provider_keys=["p" * 43],
        zone="Asia/Makassar",
    )


def test_the_default_masks_what_the_service_masks_and_nothing_else():
    assert DEFAULTS == {"nik": "mask", "nama": "give", "lahir": "give", "status": "give"}


def test_a_mask_fits_its_column():
    nik, nama, lahir, status = DEFINITION["columns"]
    assert rules.mask_of(nik) == nik["mask"]
    assert rules.mask_of(nama) == {"kind": "initials"}
    assert rules.mask_of(lahir) == {"kind": "year"}
    assert rules.mask_of(status) == {"kind": "hide"}


@given(choices)
def test_every_column_is_counted_once(chosen):
    found = rules.counts(chosen)
    assert found.given + found.masked + found.held == found.asked == len(NAMES)


@given(choices, limits)
def test_a_grant_holds_what_was_chosen_and_nothing_else(chosen, limit):
    if all(choice == Choice.HOLD for choice in chosen.values()):
        with pytest.raises(ValueError):
            grant(chosen, limit)
        return
    made = grant(chosen, limit)
    assert made["columns"] == [name for name in NAMES if chosen[name] != Choice.HOLD]
    masked = {name for name, mask in made["masks"].items() if mask}
    assert masked == {name for name in NAMES if chosen[name] == Choice.MASK}
    # the service's own mask holds wherever the agreement says nothing, so lifting one must be said
    assert [name for name, mask in made["masks"].items() if mask is None] == (
        ["nik"] if chosen["nik"] == Choice.GIVE else []
    )
    assert made["provider"] == "ID/GOV/DUKCAPIL"
    assert made["quota"] == ({"per_day": limit.per_day} if limit.per_day else None)


@given(choices, limits)
def test_what_is_not_narrower_gives_all_that_was_asked(chosen, limit):
    if not rules.narrower(chosen, limit, ASKED):
        made = grant(chosen, limit)
        assert made["columns"] == NAMES and not any(made["masks"].values())
        assert limit.per_day is None or limit.per_day >= 50_000
        assert limit.until >= ASKED.until


@given(choices, limits)
def test_a_grant_is_within_the_request_unless_a_limit_exceeds_it(chosen, limit):
    """What the page says of the limits is what the requester's node will find by itself."""
    if any(choice != Choice.HOLD for choice in chosen.values()):
        assert bool(beyond(grant(chosen, limit), REQUEST)) == rules.exceeds(limit, ASKED)


@given(choices, limits)
def test_the_outcome_never_calls_a_lifted_mask_safe(chosen, limit):
    lifted = any(chosen[name] == Choice.GIVE and DEFAULTS[name] == Choice.MASK for name in NAMES)
    found = rules.outcome(chosen, DEFAULTS, limit, ASKED)
    assert (found == Outcome.WIDER) == (lifted and found != Outcome.NOTHING)


def test_outcomes_one_step_apart():
    assert rules.outcome(DEFAULTS, DEFAULTS, ASKED, ASKED) == Outcome.NARROWER
    lifted = DEFAULTS | {"nik": Choice.GIVE}
    assert rules.outcome(lifted, DEFAULTS, ASKED, ASKED) == Outcome.WIDER
    assert rules.outcome(lifted, lifted, ASKED, ASKED) == Outcome.AS_ASKED
    held = dict.fromkeys(NAMES, Choice.HOLD)
    assert rules.outcome(held, DEFAULTS, ASKED, ASKED) == Outcome.NOTHING


def test_a_limit_beyond_the_request_needs_the_requesters_consent():
    assert not rules.exceeds(ASKED, ASKED)
    assert rules.exceeds(Limits(50_001, ASKED.until), ASKED)
    assert rules.exceeds(Limits(None, ASKED.until), ASKED)
    assert rules.exceeds(Limits(50_000, date(2028, 1, 1)), ASKED)
    assert not rules.exceeds(Limits(49_999, date(2027, 12, 30)), ASKED)


@given(st.dates(date(2020, 1, 1), date(2099, 1, 1)))
def test_a_day_ends_on_that_day(day):
    assert rules.day_of(rules.end_of(day)) == day


def test_a_day_ends_at_midnight_in_the_capital():
    assert rules.end_of(date(2026, 12, 31)) == datetime(2026, 12, 31, 16, 59, 59, 999000, tzinfo=UTC)


# -- revisions ---------------------------------------------------------------------------------------------

P, R = "ID/GOV/DUKCAPIL", "ID/GOV/DJP"
BOTH = frozenset({P, R})


def revision(rev, state, by, **changed):
    return Revision(
        rev, state, frozenset(by), {"id": "x", "rev": rev, "state": state, "reason": ""} | changed
    )


FIRST = revision(1, "active", BOTH)


@pytest.mark.parametrize("state", ["suspended", "revoked"])
@pytest.mark.parametrize("by", [{P}, {R}])
def test_either_side_may_stop_an_agreement_alone(state, by):
    stop = revision(2, state, by)
    assert rules.may_follow(FIRST, stop, P, R) is None
    assert rules.fold([FIRST, stop], P, R) == state


@pytest.mark.parametrize(
    ("current", "following", "why"),
    [
        (FIRST, revision(2, "suspended", {"ID/GOV/BPJS"}), "signature"),
        (FIRST, revision(3, "suspended", {P}), "gap"),
        (FIRST, revision(2, "suspended", {P}, columns=["nik"]), "terms"),
        (FIRST, revision(2, "active", BOTH), "not-suspended"),
        (revision(2, "revoked", {P}), revision(3, "active", BOTH), "revoked"),
        (revision(2, "suspended", {P}), revision(3, "active", {R}), "not-yours"),
        (revision(2, "suspended", {P}), revision(3, "suspended", {R}), "suspended"),
    ],
)
def test_what_may_not_follow(current, following, why):
    assert rules.may_follow(current, following, P, R) == why


def test_who_suspended_may_resume():
    suspended = revision(2, "suspended", {P})
    resumed = revision(3, "active", {P})
    assert rules.may_follow(suspended, resumed, P, R) is None
    assert rules.fold([FIRST, suspended, resumed], P, R) == "suspended"
    assert rules.fold([FIRST, suspended, revision(3, "active", BOTH)], P, R) == "active"


@given(st.sampled_from(rules.STATES[1:]), st.sampled_from(rules.STATES[1:]))
def test_two_stops_at_the_same_moment_end_the_same_way_on_both_sides(mine, theirs):
    """Each side made revision 2 before it saw the other's: both must come to the stricter one."""
    here, there = revision(2, mine, {P}), revision(2, theirs, {R})
    at_p = there if rules.may_follow(here, there, P, R) is None else here
    at_r = here if rules.may_follow(there, here, P, R) is None else there
    assert at_p.state == at_r.state == max(mine, theirs, key=rules.STATES.index)


def test_terms_were_in_force_once_both_had_signed_them():
    stop = revision(2, "suspended", {P})
    assert rules.was_in_force([FIRST, stop], P, R)
    assert not rules.was_in_force([revision(1, "active", {P}), stop], P, R)


def test_a_proposal_is_not_in_force():
    assert rules.fold([revision(1, "active", {P})], P, R) == "proposed"


def test_an_agreement_that_ends_within_a_month_is_ending():
    today = date(2026, 11, 23)
    assert rules.ending_soon(date(2026, 12, 23), today)
    assert not rules.ending_soon(date(2026, 12, 24), today)
    assert not rules.ending_soon(date(2026, 11, 22), today)
