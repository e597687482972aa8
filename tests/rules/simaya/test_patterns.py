"""Number patterns: what they write they read, nothing else, and real numbers stay as they are."""

from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pendopo.core.errors import Fault
from pendopo.simaya.register.rules import TOKENS, Pattern, Tokens, scope

# Numbers of real letters, from the guides of ministries, regions and the police.
REAL = [
    (
        "{security}-{seq}/{position}/{class}/{month2}/{year}",
        "R-99/IJ/KP.07.6/04/2020",
        Tokens(security="R", seq=99, position="IJ", classification="KP.07.6", month=4, year=2020),
    ),
    (
        "{security}-{seq}/{agency}/{unit}/{class}/{month2}/{year}",
        "B-235/PANRB/D-IV/KKA/06/2012",
        Tokens(security="B", seq=235, agency="PANRB", unit="D-IV", classification="KKA", month=6, year=2012),
    ),
    (
        "{seq}/{position}/{class}/{month2}/{year}",
        "124/D-IV/KKA/02/2012",
        Tokens(seq=124, position="D-IV", classification="KKA", month=2, year=2012),
    ),
    (
        "{seq:2}/{position}/{month2}/{year}",
        "05/IJ/04/2016",
        Tokens(seq=5, position="IJ", month=4, year=2016),
    ),
    ("NOMOR {seq} TAHUN {year}", "NOMOR 23 TAHUN 2020", Tokens(seq=23, year=2020)),
    (
        "{class}/{seq}/{position}/{year}",
        "000.1.2.3/4461/107.1/2025",
        Tokens(classification="000.1.2.3", seq=4461, position="107.1", year=2025),
    ),
    (
        "{class}-{unit}/{seq}",
        "UM 02.01-Mn/201",
        Tokens(classification="UM 02.01", unit="Mn", seq=201),
    ),
    (
        "{security}/{kind}-{seq}/{month_roman}/{class}/{year}/{unit}",
        "B/Speng-3/II/KKA/2023/Setum",
        Tokens(security="B", kind="Speng", seq=3, month=2, classification="KKA", year=2023, unit="Setum"),
    ),
    ("{seq}/{class}/{year}", "14/KP.01/2021", Tokens(seq=14, classification="KP.01", year=2021)),
]


@pytest.mark.parametrize(("pattern", "number", "tokens"), REAL)
def test_numbers_of_real_letters_are_read_and_written_as_they_are(pattern, number, tokens):
    assert Pattern.parse(pattern).read(number) == tokens
    assert Pattern.parse(pattern).write(tokens) == number


codes = st.text("ABKn019.", min_size=1, max_size=8)
literals = st.text("/- NOxy", min_size=1, max_size=4)
tokens = st.builds(
    Tokens,
    seq=st.integers(1, 999_999_999),
    year=st.integers(1000, 9999),
    month=st.integers(1, 12),
    security=st.sampled_from(["B", "T", "R", "SR"]),
    **dict.fromkeys(("position", "unit", "agency", "classification", "kind", "region"), codes),
)


@st.composite
def patterns(draw):
    names = draw(st.permutations(sorted(TOKENS)))[: draw(st.integers(0, len(TOKENS)))]
    names = [name for name in names if name not in ("seq", "month_roman" if "month2" in names else "")]
    names.insert(draw(st.integers(0, len(names))), "seq")
    pads = draw(st.sampled_from(["", ":1", ":3", ":9"]))
    text = "".join(
        (draw(literals) if n else draw(st.just("") | literals))
        + "{"
        + name
        + (pads if name == "seq" else "")
        + "}"
        for n, name in enumerate(names)
    )
    return Pattern.parse(text + draw(st.just("") | literals)), {TOKENS[name] for name in names}


@given(patterns(), tokens)
def test_what_a_pattern_writes_it_reads_back(made, all_tokens):
    pattern, shown = made
    number = pattern.write(all_tokens)
    assert asdict(pattern.read(number)) == {
        name: value if name in shown else None for name, value in asdict(all_tokens).items()
    }


@given(patterns(), st.text("ABKn019./- NOxyIVXSRT", max_size=40))
def test_what_a_pattern_reads_it_writes_the_same(made, text):
    read = made[0].read(text)
    assert read is None or made[0].write(read) == text


@given(patterns(), tokens, tokens)
def test_two_numbers_are_the_same_text_only_for_the_same_tokens(made, one, two):
    pattern, shown = made
    same = all(getattr(one, name) == getattr(two, name) for name in shown)
    assert (pattern.write(one) == pattern.write(two)) is same


SOUND = "{security}-{seq}/{class}/{month2}/{year}"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{security}-{nomor}/{class}/{month2}/{year}", "register.pattern"),
        ("{security}-{class}/{month2}/{year}", "register.pattern"),
        ("{security}-{seq}/{seq}/{year}", "register.pattern"),
        ("{seq}/{month2}/{month_roman}/{year}", "register.pattern"),
        ("{security}-{seq}/{class/{year}", "register.pattern"),
        ("{seq}/{year:4}", "register.pattern"),
        ("{seq}\n/{year}", "register.pattern"),
        ("{seq}/" + "x" * 120, "register.pattern"),
        ("{security}-{seq}{class}/{month2}/{year}", "register.pattern_joined"),
        ("{security}-{seq}0/{class}/{month2}/{year}", "register.pattern_joined"),
        ("{seq}/{month_roman}I{kind}/{year}", "register.pattern_joined"),
    ],
)
def test_a_pattern_that_could_not_be_read_is_refused(text, code):
    with pytest.raises(Fault) as refused:
        Pattern.parse(text)
    assert refused.value.code == code
    assert Pattern.parse(SOUND)


FULL = Tokens(seq=7, year=2026, month=3, security="B", classification="KP.1")


@pytest.mark.parametrize(
    "change",
    [
        {"seq": 0},
        {"seq": True},
        {"seq": None},
        {"year": 26},
        {"month": 13},
        {"security": "K"},
        {"classification": ""},
        {"classification": "KP/1"},
        {"classification": " KP"},
        {"classification": "KP\u202e1"},
        {"classification": "K" * 121},
    ],
)
def test_a_token_that_could_not_be_read_back_is_refused(change):
    pattern = Pattern.parse(SOUND)
    with pytest.raises(Fault) as refused:
        pattern.write(replace(FULL, **change))
    assert refused.value.code == "register.token"
    assert pattern.write(FULL) == "B-7/KP.1/03/2026"


@pytest.mark.parametrize(
    "text", ["B-07/KP.1/03/2026", "B-7/KP.1/13/2026", "B-7/KP.1/3/2026", "B-7/KP.1/03/2026 "]
)
def test_a_number_in_another_form_is_not_of_the_pattern(text):
    pattern = Pattern.parse(SOUND)
    assert pattern.read(text) is None
    assert pattern.read("B-7/KP.1/03/2026") == FULL


def test_the_scope_names_one_sequence():
    pattern = Pattern.parse(SOUND, ["year", "unit", "kind"])
    mine = replace(FULL, unit="D-IV", kind="surat-dinas")
    assert scope(pattern, mine) == "kind=surat-dinas;unit=D-IV;year=2026"
    assert scope(pattern, replace(mine, seq=8, month=4)) == scope(pattern, mine)
    assert scope(Pattern.parse(SOUND), mine) == "year=2026"
    assert scope(Pattern.parse(SOUND, []), mine) == ""
    for other in ({"unit": "D-V"}, {"kind": "nota-dinas"}, {"year": 2027}):
        assert scope(pattern, replace(mine, **other)) != scope(pattern, mine)
    with pytest.raises(Fault, match=r"register\.token"):
        scope(pattern, replace(mine, unit=None))


@pytest.mark.parametrize("names", [["seq"], ["bulan"], ["year", "year"]])
def test_a_scope_of_something_else_is_refused(names):
    with pytest.raises(Fault, match=r"register\.scope"):
        Pattern.parse(SOUND, names)
    assert Pattern.parse(SOUND, ["year", "class"])


@given(tokens, tokens, st.sets(st.sampled_from(sorted(TOKENS.keys() - {"seq"})), max_size=4))
def test_two_sequences_are_one_only_when_every_token_of_the_scope_agrees(one, two, names):
    pattern = Pattern.parse(SOUND, sorted(names))
    same = all(getattr(one, TOKENS[name]) == getattr(two, TOKENS[name]) for name in names)
    assert (scope(pattern, one) == scope(pattern, two)) is same
