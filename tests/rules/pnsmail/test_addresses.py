"""Addresses from names: 20,000 generated Indonesian names, one after the other, and the odd ones by hand."""

import random
import re

import pytest
from faker import Faker
from hypothesis import given
from hypothesis import strategies as st

from pendopo.core.errors import Fault
from pendopo.pnsmail.addresses.refusals import IMPOLITE, RESERVED
from pendopo.pnsmail.addresses.rules import LONGEST, PROPOSED, proposals, refused, words

SEED = 20_131_127
FRONT = ("", "", "", "Dr. ", "Ir. H. ", "Prof. Dr. ", "Hj. ", "drg. ", "Drs. ")
BACK = ("", "", ", S.Kom.", ", S.H., M.H.", ", S.Pd.SD", ", Ph.D", ", A.Md.Keb.")
ODD = (
    "Suharto", "Ma'ruf Amin", "Nur’aini", "I Gusti Ngurah Rai", "Ni Luh Putu Ayu", "M. Ridwan", "Moh. Ali",
    "Siti-Nurbaya", "Andi bin Yusuf", "José Ximenes", "Ye", "Al Amin", "R.A. Kartini", "Bantuan", "Info",
)  # fmt: skip
FORM = re.compile(r"[a-z]+(\.[a-z]+)*[0-9]*")


def names(number: int) -> list[str]:
    """Many names, many of them alike, as in a nation's list of appointments."""
    fake, chance = Faker("id_ID"), random.Random(SEED)
    fake.seed_instance(SEED)
    given_names = [fake.first_name() for _ in range(400)]
    last = [fake.last_name() for _ in range(300)]
    found = list(ODD)
    while len(found) < number:
        parts = [chance.choice(given_names) for _ in range(chance.choice((1, 1, 2, 2, 2, 3)))]
        parts += [chance.choice(last)] if chance.random() < 0.7 else []
        found.append(chance.choice(FRONT) + " ".join(parts) + chance.choice(BACK))
    return found


def test_twenty_thousand_people_each_get_an_address_of_their_own():
    taken: set[str] = set()
    numbered = 0
    for name in names(20_000):
        offered = proposals(name, taken.__contains__)
        assert offered == proposals(name, taken.__contains__)
        assert len(set(offered)) == PROPOSED and not taken & set(offered)
        letters = set("".join(words(name)))
        for one in offered:
            assert FORM.fullmatch(one) and len(one) <= LONGEST and refused(one) is None, (name, one)
            assert set(re.sub(r"[.\d]", "", one)) <= letters, (name, one)
        numbered += offered[0][-1].isdigit()
        taken.add(offered[0])
    assert len(taken) == 20_000
    print(f"first proposal with a number: {numbered} of 20000")


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("Dr. Ir. H. Ahmad Yusuf, S.Kom., M.Si.", "ahmad.yusuf"),
        ("Siti Nur'aini Hasibuan", "siti.hasibuan"),
        ("Suharto", "suharto"),
        ("M. Ridwan Kamil", "m.kamil"),
        ("Andi bin Yusuf", "andi.yusuf"),
        ("Ni Luh Putu Ayu", "ni.ayu"),
        ("José Ximenes", "jose.ximenes"),
        ("Siti-Nurbaya", "siti.nurbaya"),
        ("H. Salim", "salim"),
        ("Ir", "i.ir"),
    ],
)
def test_as_people_would_write_it(name, first):
    assert proposals(name, lambda _one: False)[0] == first


def test_a_number_only_where_nothing_else_is_left():
    taken = set(proposals("Suharto", lambda _one: False))
    assert proposals("Suharto", taken.__contains__) == ["suharto2", "s.suharto2", "suharto.s2"]
    taken.discard("suharto")
    assert proposals("Suharto", taken.__contains__)[0] == "suharto"


@pytest.mark.parametrize("name", ["", "   ", "12345", "李明", ", S.Kom."])
def test_a_name_that_gives_no_address_is_said(name):
    with pytest.raises(Fault) as told:
        proposals(name, lambda _one: False)
    assert told.value.code == "pnsmail.name"


@pytest.mark.parametrize(
    ("local", "code", "twin"),
    [
        ("postmaster", "address_reserved", "postma.ster"),
        ("admin2", "address_reserved", "adminah2"),
        ("adm1n", "address_reserved", "adm1na"),
        ("kepala", "address_reserved", "kepala.suku"),
        ("wali.kota", "address_reserved", "wali.kotak"),
        ("asu", "address_impolite", "asun"),
        ("budi.anjing", "address_impolite", "budi.anjingan"),
        ("a.su", "address_impolite", "a.sun"),
        ("ba81", "address_impolite", "ba81n"),
        ("ab", "address_form", "abc"),
        ("a..b", "address_form", "aa.b"),
        (".abc", "address_form", "abc"),
        ("Abc", "address_form", "abc"),
        ("a b c", "address_form", "a.b.c"),
        ("x" * 65, "address_form", "x" * 64),
    ],
)
def test_what_no_address_may_be(local, code, twin):
    found = refused(local)
    if twin == "postma.ster":  # a full stop hides nothing
        assert refused(twin).code == "pnsmail.address_reserved"
        twin = "postmasters"
    assert found is not None and found.code == f"pnsmail.{code}"
    assert refused(twin) is None, twin


@given(st.text(max_size=120))
def test_whatever_stands_for_a_name(name):
    """Proposals or one known fault; never a sign that an address cannot have."""
    try:
        found = proposals(name, lambda _one: False)
    except Fault as fault:
        assert fault.code == "pnsmail.name"
    else:
        assert all(refused(one) is None for one in found)


def test_the_lists_are_written_as_they_are_compared():
    for one in RESERVED | IMPOLITE:
        assert re.fullmatch("[a-z]+", one), one
