"""How full a mailbox is: when its owner is told, and what a sender hears."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pendopo.pnsmail.quota.rules import CLASSES, LEVELS, MARGIN, MB, answer, full, told

NOW = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
LIMIT = 1000


@pytest.mark.parametrize(
    ("level", "used", "after"),
    [
        (0, 799, (0, None)),
        (0, 800, (80, 80)),
        (80, 800, (80, None)),
        (80, 949, (80, None)),
        (80, 950, (95, 95)),
        (95, 1000, (100, 100)),
        (0, 1200, (100, 100)),  # past two levels at once: told of the highest
        (100, 951, (100, None)),
        (100, 950, (95, None)),
        (95, 901, (95, None)),
        (95, 900, (80, None)),
        (80, 751, (80, None)),
        (80, 750, (0, None)),
    ],
)
def test_each_crossing_is_told_once(level, used, after):
    assert told(level, used, LIMIT) == after


@given(st.lists(st.integers(0, 1300), max_size=60))
def test_never_the_same_level_twice_without_having_been_well_below(uses):
    """Against the plain story: a level is told when it is reached, if use was below its margin since."""
    level, armed = 0, dict.fromkeys(LEVELS, True)
    for used in uses:
        level, news = told(level, used, LIMIT)
        due = [one for one in LEVELS if used * 100 >= one * LIMIT and armed[one]]
        if news is not None:
            assert news == max(one for one in LEVELS if used * 100 >= one * LIMIT)
        else:
            assert not due or max(due) < level
        for one in LEVELS:
            if used * 100 <= (one - MARGIN) * LIMIT:
                armed[one] = True
            elif one <= level:
                armed[one] = False


@pytest.mark.parametrize(
    ("full_since", "code"),
    [
        (None, "452 4.2.2"),  # room for a smaller message
        (NOW, "452 4.2.2"),
        (NOW - timedelta(days=7) + timedelta(seconds=1), "452 4.2.2"),
        (NOW - timedelta(days=7), "552 5.2.2"),
    ],
)
def test_a_sender_is_told_to_wait_then_that_it_is_for_good(full_since, code):
    assert answer(full_since, NOW, CLASSES["standard"].bounce_after).startswith(code)


@pytest.mark.parametrize(("used", "so"), [(0, False), (989, False), (990, True), (1200, True)])
def test_full_is_where_hardly_a_message_fits(used, so):
    assert full(used, LIMIT) is so


def test_everybody_has_what_was_promised():
    assert CLASSES["standard"].mb * MB >= 250_000_000
