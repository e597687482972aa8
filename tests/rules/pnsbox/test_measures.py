"""Figures of a box's lines from what it says, whatever that is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pendopo.pnsbox.health import charts
from pendopo.pnsbox.health.measures import MOST, measured, own

LINES = ["utama", "cadangan"]


def peer(line="utama", box="b", received=0, sent=0, **more):
    return {"box": box, "line": line, "received": received, "sent": sent, "in_use": True, **more}


def report(*peers, up=("utama",)):
    return {"lines": [{"name": name, "up": name in up} for name in LINES], "peers": list(peers)}


def test_what_went_over_a_line_is_what_counters_grew_by():
    before = report(peer(received=100, sent=10), peer("cadangan", received=5))
    after = report(
        peer(received=900, sent=10, ms=24, loss=3), peer(box="c", received=7), peer("cadangan", received=9)
    )
    utama, cadangan = measured(before, after, LINES)
    assert (utama.line, utama.up, utama.ms, utama.loss, utama.received, utama.sent) == (
        "utama",
        True,
        24,
        3,
        800,
        0,
    )
    assert (cadangan.up, cadangan.received) == (False, 4)
    assert [one.received for one in measured({}, after, LINES)] == [0, 0], "nothing is known before"


def test_a_counter_that_began_anew_counts_from_nought():
    (one, _) = measured(report(peer(received=900)), report(peer(received=40)), LINES)
    assert one.received == 40


def test_a_line_that_stands_there_once_more_is_the_same_line():
    assert (own("utamax1", LINES), own("cadangan", LINES), own("utamax", LINES), own(7, LINES)) == (
        "utama", "cadangan", "", "",
    )  # fmt: skip
    (one,) = measured(report(peer("utamax1", received=1)), report(peer("utamax1", received=9)), ["utama"])
    assert one.received == 8


_odd = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["box", "line", "name", "up", "ms", "loss", "received", "sent", "in_use"]),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)


@given(st.lists(st.dictionaries(st.text(max_size=4), _odd) | _odd, max_size=4), st.lists(_odd, max_size=4))
def test_a_report_may_say_anything(lines, peers):
    said = {"lines": lines, "peers": [one for one in peers if isinstance(one, dict)]}
    for one in measured(said, said, LINES):
        assert one.line in LINES and 0 <= one.received <= MOST and 0 <= one.sent <= MOST


@given(st.lists(st.none() | st.integers(0, 10**9), max_size=charts.WIDTH), st.integers(1, 1000))
def test_a_chart_stays_in_its_frame_and_leaves_gaps_where_nothing_is_known(values, least):
    made = charts.chart(values, least)
    known = [one for one in values if one is not None]
    assert made.top >= max([*known, least]) and made.last == (known[-1] if known else None)
    points = [pair.split() for part in made.line.replace("h1", "").split("M")[1:] for pair in part.split("L")]
    assert all(0 <= int(x) < charts.WIDTH and 0 <= int(y) <= charts.HEIGHT for x, y in points)
    assert sum(width for _x, width in made.gaps) == len(values) - len(known)
    assert {int(x) for x, _y in points} <= {at for at, one in enumerate(values) if one is not None}


@pytest.mark.parametrize(("value", "top"), [(0, 10), (11, 20), (21, 50), (1000, 1000), (1001, 2000)])
def test_the_top_of_a_chart_is_round(value, top):
    assert charts.chart([value], 10).top == top
