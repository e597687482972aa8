from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pendopo.core import nip
from pendopo.core.errors import Fault


@given(
    birth=st.dates(date(1940, 1, 1), date(2005, 12, 31)),
    age=st.integers(18, 60),
    month=st.integers(1, 12),
    sex=st.sampled_from("12"),
    serial=st.integers(1, 999),
)
def test_every_part_of_a_nip_is_read(birth, age, month, sex, serial):
    number = nip.parse("nip", f"{birth:%Y%m%d}{birth.year + age}{month:02d}{sex}{serial:03d}")
    assert (number.birth, number.appointed, number.serial) == (birth, (birth.year + age, month), serial)
    assert number.sex == {"1": "male", "2": "female"}[sex]
    assert nip.parse("nip", number.shown) == number


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("19850720200901101", "nip.length"),
        ("19850720200901101A", "nip.length"),
        ("198502302009011015", "nip.birth"),
        ("188507202009011015", "nip.birth"),
        ("198507202009131015", "nip.appointment"),
        ("198507202009001015", "nip.appointment"),
        ("198507201990011015", "nip.appointment"),
        ("198507202009013015", "nip.sex"),
        ("198507202009011000", "nip.serial"),
        ("١٩٨٥٠٧٢٠٢٠٠٩٠١١٠١٥", "nip.length"),
    ],
)
def test_a_wrong_part_is_named(value, code):
    assert nip.parse("nip", "19850720 200901 1 015").birth == date(1985, 7, 20)
    with pytest.raises(Fault) as fault:
        nip.parse("nip", value)
    assert fault.value.code == code


def test_contract_staff_have_a_count_where_the_month_stands():
    number = nip.parse("nippppk", "199001012022211015")
    assert number.contract == (2022, 21) and number.appointed is None
    with pytest.raises(Fault) as fault:
        nip.parse("nip", "199001012022211015")
    assert fault.value.code == "nip.appointment"
    with pytest.raises(Fault) as fault:
        nip.parse("nippppk", "199001012022001015")
    assert fault.value.code == "nip.contract"


def test_local_numbers_and_unknown_schemes():
    assert nip.parse("local", " hn-0042/a ").value == "HN-0042/A"
    for scheme, value, code in [
        ("local", "a_b", "nip.local"),
        ("local", "", "nip.local"),
        ("nik", "1", "nip.scheme"),
    ]:
        with pytest.raises(Fault) as fault:
            nip.parse(scheme, value)
        assert fault.value.code == code


@given(st.text(max_size=30), st.sampled_from(nip.SCHEMES))
def test_whatever_is_typed_gives_a_number_or_a_fault(value, scheme):
    try:
        assert nip.parse(scheme, value).scheme == scheme
    except Fault as fault:
        assert fault.code.startswith("nip.") and fault.text("id") != fault.code


def test_leap_days():
    assert nip.parse("nip", "200002292020011001").birth + timedelta(days=1) == date(2000, 3, 1)
    with pytest.raises(Fault):
        nip.parse("nip", "190002291920011001")
