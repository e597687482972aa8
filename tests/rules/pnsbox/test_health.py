"""How a box is, from what it last said."""

from datetime import UTC, datetime, timedelta

import pytest

from pendopo.pnsbox.boxes.health import SILENT, health

NOW = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
LONG = NOW - timedelta(days=3)
GOOD = {"state": "good", "serial": 7}


@pytest.mark.parametrize(
    ("state", "report", "enrolled", "reported", "wanted"),
    [
        ("invited", {}, None, None, "invited"),
        ("active", {}, NOW, None, "never"),
        ("active", {}, NOW - SILENT, None, "silent"),
        ("active", GOOD, LONG, NOW, "sound"),
        ("active", GOOD, LONG, NOW - SILENT + timedelta(seconds=1), "sound"),
        ("active", GOOD, LONG, NOW - SILENT, "silent"),
        ("active", GOOD | {"serial": 6}, LONG, NOW, "behind"),
        ("active", GOOD | {"state": "undone"}, LONG, NOW, "undone"),
        ("active", {}, LONG, NOW, "behind"),
        ("quarantined", GOOD, LONG, NOW, "cut"),
        ("retired", GOOD, LONG, NOW, "cut"),
    ],
)
def test_health(state, report, enrolled, reported, wanted):
    assert health(state, 7, report, enrolled, reported, NOW) == wanted
