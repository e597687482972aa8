"""Secrets of mail programs have the chance they claim; a birth date is read however people type it."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pendopo.pnsmail.mailboxes.rules import ALPHABET, GROUPS, SIGNS, birth, new_secret

BORN = st.dates(date(1900, 1, 1), date(2026, 1, 1))


def test_a_secret_has_80_bits_and_no_sign_that_is_taken_for_another():
    assert len(set(ALPHABET)) ** (GROUPS * SIGNS) >= 2**80
    assert not set(ALPHABET) & set("ilouILOU")
    made = {new_secret() for _ in range(1000)}
    assert len(made) == 1000
    assert all(re.fullmatch(r"([0-9a-z]{4}-){3}[0-9a-z]{4}", one) for one in made)
    assert {sign for one in made for sign in one} == {*ALPHABET, "-"}


@given(BORN)
def test_a_birth_date_is_read_in_every_form(day):
    d, m, y = day.day, day.month, day.year
    for typed in (
        f"{d:02}-{m:02}-{y}", f"{d}/{m}/{y}", f"{d:02} {m:02} {y}", f"{d}.{m}.{y}", f" {day} ",
        f"{d:02}{m:02}{y}",
    ):  # fmt: skip
        assert birth(typed) == day, typed


@given(BORN.filter(lambda day: day.day > 12 or day.year % 100 > 12))
def test_eight_digits_are_a_year_first_only_where_they_are_no_day_first(day):
    typed = f"{day:%Y%m%d}"
    read = birth(typed)
    try:
        swapped = date(int(typed[4:]), int(typed[2:4]), int(typed[:2]))
    except ValueError:
        swapped = None
    assert read == (swapped if swapped and swapped.year >= 1900 else day)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("31-02-1985", "28-02-1985"),
        ("15-03-85", "15-03-1985"),
        ("15-13-1985", "15-12-1985"),
        ("15-03-1885", "15-03-1985"),
        ("lima belas", "15-03-1985"),
        ("15-03-1985 x", "15-03-1985"),
        ("١٥-٠٣-١٩٨٥", "15-03-1985"),
        ("", "15-03-1985"),
    ],
)
def test_what_is_no_day_is_none(wrong, right):
    assert birth(wrong) is None and birth(right) is not None


@given(st.text(max_size=24))
def test_nothing_typed_breaks_it(typed):
    read = birth(typed)
    assert read is None or read.year >= 1900
