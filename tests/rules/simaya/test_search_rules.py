"""Queries of the search: what is typed becomes conditions whose words cannot leave their quotes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pendopo.simaya.search.rules import LONGEST, MOST, Condition, conditions

TSQUERY = re.compile(r"(\('\w+':\*( \| '\w+':\*)?\)|'\w+')( & (\('\w+':\*( \| '\w+':\*)?\)|'\w+'))*")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", []),
        (" & | ! :* ", []),
        ("mengundang rapat", [Condition("'undang'"), Condition("('rapat':*)")]),
        ("undangan", [Condition("('undang':* | 'undangan':*)")]),
        ("x", [Condition("'x'")]),
        ("3/44", [Condition("('44':*)", "3/44", "'3'")]),
        ("00.1.2/4", [Condition("'1' & '2'", "00.1.2/4", "'00'")]),
        ("4461/KOM rapat", [Condition("('kom':*)", "4461/kom", "'4461'"), Condition("('rapat':*)")]),
        ("jumat/sabtu", [Condition("'jumat' & ('sabtu':*)")]),
        ("4461", [Condition("('4461':*)")]),
    ],
)
def test_a_query(query, found):
    assert conditions(query) == found


@given(st.text(max_size=400) | st.text(alphabet="a1/.-' &|!:*\\\0%_é", max_size=400))
def test_any_text_is_a_query(text):
    found = conditions(text)
    assert len(found) <= MOST
    for one in found:
        assert one.stems or one.number
        for query in filter(None, (one.stems, one.first)):
            assert TSQUERY.fullmatch(query), query
        assert len(one.number) <= LONGEST and "\0" not in one.number
        assert bool(one.number) == bool(one.first)
