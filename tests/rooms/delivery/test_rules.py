"""When a message is tried again, and when it is given up."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from pendopo.ground.delivery import rules


@given(st.integers(1, 10_000))
def test_waits_grow_and_stay_within_a_minute(attempts):
    wait = rules.backoff(attempts)
    assert timedelta(seconds=1) <= wait <= timedelta(seconds=rules.LONGEST_WAIT)
    assert wait <= rules.backoff(attempts + 1)


def test_only_a_refusal_that_waiting_does_not_mend_is_given_up_before_a_week():
    hour = timedelta(hours=1)
    assert rules.hopeless("delivery.type", hour)
    assert not rules.hopeless("link.unreachable", rules.GIVE_UP_AFTER)
    assert rules.hopeless("link.unreachable", rules.GIVE_UP_AFTER + hour)
