"""Sums a day come out of log entries and lose none."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from pendopo.mantra.monitoring.rules import per_day

entries = st.lists(
    st.fixed_dictionaries(
        {
            "day": st.sampled_from([date(2026, 11, 23), date(2026, 11, 24)]),
            "agreement": st.sampled_from([None, "a", "b"]),
            "agency": st.just("x"),
            "side": st.sampled_from(["provider", "requester"]),
            "kind": st.sampled_from(["exchange", "refusal", "act"]),
            "rows": st.integers(0, 1000),
            "bytes": st.integers(0, 1000),
            "times": st.integers(1, 50),
        }
    )
)


@given(entries)
def test_sums_agree_with_a_plain_count(found):
    sums = per_day(found).values()
    answered = [e for e in found if e["agreement"] and e["kind"] == "exchange"]
    refused = [e for e in found if e["agreement"] and e["kind"] == "refusal"]
    assert sum(s.ok for s in sums) == len(answered)
    assert sum(s.rows for s in sums) == sum(e["rows"] for e in answered)
    assert sum(s.refused for s in sums) == sum(e["times"] for e in refused)
