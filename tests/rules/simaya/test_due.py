"""The working-day clock, in the three zones, around weekends and holidays."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pendopo.simaya.kinds import profiles
from pendopo.simaya.kinds.rules import due

REGION, NATION = profiles.load("permendagri-2023"), profiles.load("anri-2021")
ZONES = ["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"]


def at(text: str, zone: str = "Asia/Makassar") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("urgency", "received", "holidays", "answer"),
    [
        ("amat-segera", "2026-11-25T08:10", [], "2026-11-26T08:10"),
        ("segera", "2026-11-25T08:10", [], "2026-11-27T08:10"),
        ("penting", "2026-11-25T08:10", [], "2026-11-30T08:10"),  # Wednesday to Monday
        ("segera", "2026-11-27T10:00", [], "2026-12-01T10:00"),  # over a weekend
        ("segera", "2026-11-28T10:00", [], "2026-12-02T00:00"),  # came on a Saturday: from Monday on
        ("amat-segera", "2026-12-24T09:00", ["2026-12-25"], "2026-12-28T09:00"),
        ("biasa", "2026-11-25T08:10", [], "2026-12-02T16:00"),
        ("biasa", "2026-11-25T23:59", ["2026-11-30"], "2026-12-03T16:00"),
        ("biasa", "2026-11-28T10:00", [], "2026-12-04T16:00"),
    ],
)
def test_by_the_calendar(urgency, received, holidays, answer):
    days = [date.fromisoformat(day) for day in holidays]
    assert due(urgency, at(received), "Asia/Makassar", days, REGION) == at(answer)


def test_one_moment_is_two_days_in_two_zones():
    # 16:30 UTC on Friday: still Friday in Jakarta, already Saturday in Jayapura.
    moment = datetime(2026, 11, 27, 16, 30, tzinfo=UTC)
    west = due("biasa", moment, "Asia/Jakarta", [], REGION)
    east = due("biasa", moment, "Asia/Jayapura", [], REGION)
    assert west == at("2026-12-04T16:00", "Asia/Jakarta")
    assert east == at("2026-12-04T16:00", "Asia/Jayapura")
    west = due("amat-segera", moment, "Asia/Jakarta", [], REGION)
    assert west == at("2026-11-30T23:30", "Asia/Jakarta")
    assert due("amat-segera", moment, "Asia/Jayapura", [], REGION) == at("2026-12-01T00:00", "Asia/Jayapura")


def test_the_national_rule_names_no_hours():
    assert due("segera", at("2026-11-25T08:10"), "Asia/Jakarta", [], NATION) is None


def test_a_time_without_zone_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="zone"):
        due("biasa", datetime(2026, 11, 25), "Asia/Jakarta", [], REGION)


@settings(max_examples=80, deadline=None)
@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(
        lambda t: t.replace(second=0, microsecond=0)
    ),
    st.sets(st.dates(date(2026, 1, 1), date(2028, 1, 31)), max_size=30),
    st.sampled_from(ZONES),
    st.sampled_from([("amat-segera", 24), ("segera", 48), ("penting", 72)]),
)
def test_hours_counted_minute_by_minute(moment, holidays, zone, rule):
    """A second, plain model: walk on in minutes (whole hours where one is free), counting those that run."""
    urgency, hours = rule
    now, left = moment.replace(tzinfo=ZoneInfo(zone)), hours * 60
    found = due(urgency, now, zone, holidays, REGION)

    def runs(t: datetime) -> bool:
        return t.weekday() < 5 and t.date() not in holidays

    while left or not runs(now):
        step = 60 - now.minute if left >= 60 or not runs(now) else min(left, 60 - now.minute)
        left -= step if runs(now) else 0
        now += timedelta(minutes=step)
    assert found == now
