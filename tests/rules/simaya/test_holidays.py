"""Holidays as an administrator types or pastes them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pendopo.core.errors import Fault
from pendopo.simaya.offices.rules import read_holidays, write_holidays

name = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=80)


@given(st.dictionaries(st.dates(min_value=date(1000, 1, 1)), name, max_size=20))
def test_what_is_written_is_read_back(days):
    assert read_holidays(write_holidays(days)) == days


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("2026-12-25 Natal", "offices.holiday"),
        ("31-02-2027 Libur", "offices.holiday"),
        ("25-12-2026", "offices.holiday"),
        ("Natal 25-12-2026", "offices.holiday"),
        ("25-12-2026 " + "x" * 81, "offices.holiday"),
    ],
)
def test_a_line_that_is_no_holiday_is_named(line, told):
    good = "17-08-2026  Hari   Kemerdekaan \n\n"
    with pytest.raises(Fault) as refused:
        read_holidays(good + line)
    assert (refused.value.code, refused.value.params) == (told, {"line": 3})
    assert read_holidays(good + "25-12-2026 Natal") == {
        date(2026, 8, 17): "Hari Kemerdekaan",
        date(2026, 12, 25): "Natal",
    }


def test_how_many_there_may_be():
    years = [f"01-01-{year} Tahun Baru" for year in range(1900, 2100)]
    assert len(read_holidays("\n".join(years))) == 200
    with pytest.raises(Fault) as refused:
        read_holidays("\n".join([*years, "01-01-2100 Tahun Baru"]))
    assert refused.value.code == "offices.holidays"
