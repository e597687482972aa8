"""Assignments begin and end at midnight where the agency is: WIB, WITA and WIT."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pendopo.ground.directory.rules import covers, midnight, today

ZONES = {"Asia/Jakarta": 7, "Asia/Makassar": 8, "Asia/Jayapura": 9}
DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)
FIRST, LAST = date(2026, 3, 2), date(2026, 3, 6)


def days(lower, upper):
    return SimpleNamespace(lower=lower, upper=upper)


# A post: its holder until a Plt. follows, and a Plh. for the days of leave; upper bounds are the day after.
POST = {
    "definitive": days(date(2024, 1, 1), date(2026, 6, 1)),
    "plh": days(FIRST, LAST),
    "plt": days(date(2026, 6, 1), None),
}


def hold(zone, moment):
    return {kind for kind, valid in POST.items() if covers(valid, today(zone, moment))}


@pytest.mark.parametrize(("zone", "hours"), ZONES.items())
@pytest.mark.parametrize(
    ("day", "before", "after"),
    [
        (FIRST, {"definitive"}, {"definitive", "plh"}),
        (LAST, {"definitive", "plh"}, {"definitive"}),
        (date(2026, 6, 1), {"definitive"}, {"plt"}),
        (date(2024, 1, 1), set(), {"definitive"}),
    ],
)
def test_who_holds_a_post_changes_at_midnight_of_its_agency(zone, hours, day, before, after):
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=hours)
    assert midnight(zone, day) == moment
    assert hold(zone, moment - TICK) == before
    assert hold(zone, moment) == after


def test_at_one_moment_the_plh_holds_in_the_east_and_not_yet_in_the_west():
    moment = datetime(2026, 3, 1, 15, 30, tzinfo=UTC)
    assert {zone: "plh" in hold(zone, moment) for zone in ZONES} == {
        "Asia/Jakarta": False,
        "Asia/Makassar": False,
        "Asia/Jayapura": True,
    }
    assert all("plh" in hold(zone, moment + timedelta(hours=2)) for zone in ZONES)


@given(st.sampled_from(sorted(ZONES)), st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)))
def test_every_moment_is_of_exactly_one_day(zone, naive):
    moment = naive.replace(tzinfo=UTC)
    day = today(zone, moment)
    assert midnight(zone, day) <= moment < midnight(zone, day + DAY)


def test_an_empty_range_covers_nothing_and_an_open_one_all():
    assert not covers(SimpleNamespace(lower=None, upper=None, isempty=True), FIRST)
    assert covers(days(None, None), FIRST)
    assert not covers(days(FIRST, FIRST), FIRST)
