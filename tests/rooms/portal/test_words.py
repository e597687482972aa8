"""Times, names and numbers as people say them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest


@pytest.fixture
def now(django_home, monkeypatch):
    """Monday, 23 November 2026, 08.10 WITA, in Indonesian."""
    from django.utils import timezone, translation

    moment = datetime(2026, 11, 23, 0, 10, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: moment)
    with timezone.override(ZoneInfo("Asia/Makassar")), translation.override("id"):
        yield moment


def test_days_and_times(now):
    from pendopo.portal.templatetags import house

    assert house.day(now) == "Senin, 23 November 2026"
    assert house.clock(now) == "08.10 WITA"
    assert house.moment(now) == "23 Nov 2026, 08.10"
    assert house.shortday(date(2026, 8, 3)) == "3 Agu 2026"
    assert house.number(10000) == "10.000"
    assert house.day(None) == house.clock(None) == house.moment(None) == house.number(None) == ""


@pytest.mark.parametrize(
    ("after", "said", "tone"),
    [
        (timedelta(days=3), "3 hari lagi", ""),
        (timedelta(days=1), "Besok", ""),
        (timedelta(hours=2), "Hari ini", "amber"),
        (timedelta(hours=-2), "Lewat hari ini", "red"),
        (timedelta(days=-3), "Lewat 3 hari", "red"),
    ],
)
def test_how_long_is_left(now, after, said, tone):
    from pendopo.portal import words

    assert words.left(now + after) == said
    assert words.tone(now + after) == tone


def test_a_day_is_late_only_when_it_is_over(now):
    from pendopo.portal import words

    assert not words.is_late(date(2026, 11, 23))
    assert words.is_late(date(2026, 11, 22))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Ratna Wulandari", "RW"),
        ("Fransiskus Xaverius Mbete, S.Kom.", "FM"),
        ("dr. Siti", "S"),
        ("Siti", "S"),
        ("198503152010012001", "–"),
        ("", "–"),
    ],
)
def test_initials(django_home, name, said):
    from pendopo.portal import words

    assert words.initials(name) == said


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        ("Mozilla/5.0 (Windows NT 6.1) AppleWebKit/537.36 Chrome/109.0 Safari/537.36", "Chrome, Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0", "Firefox, Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17) Version/17 Mobile Safari/604.1", "Safari, iPhone"),
        ("curl/8.5.0", "curl"),
        ("", "Perangkat tak dikenal"),
    ],
)
def test_devices(now, agent, said):
    from pendopo.portal import words

    assert words.device(agent) == said


@pytest.mark.parametrize(
    ("hour", "said"), [(5, "pagi"), (10, "pagi"), (11, "siang"), (15, "sore"), (19, "malam"), (2, "malam")]
)
def test_greetings(now, monkeypatch, hour, said):
    from django.utils import timezone

    from pendopo.portal import words

    monkeypatch.setattr(timezone, "localtime", lambda: datetime(2026, 11, 23, hour))
    assert words.greeting() == f"Selamat {said}"
