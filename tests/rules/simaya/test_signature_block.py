"""The signature block by capacity, post and kind, written out whole; who may sign, beside who may not."""

from dataclasses import replace
from datetime import date

import pytest

from pendopo.core.errors import Fault
from pendopo.simaya.kinds import profiles
from pendopo.simaya.kinds.rules import Capacity, Delegation, Person, may_sign, signature_block
from tests.rules.simaya import sheets
from tests.rules.simaya.sheets import AGENCY, ASSISTANT, HEAD, PERSON, SECRETARY

NATION, REGION = profiles.load("anri-2021"), profiles.load("permendagri-2023")
TITLED, RANK, NIP = "Drs. Yohanes Bata, M.Si.", "Pembina Utama Muda (IV/c)", "NIP 197001011995031001"
DAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("post", "capacity", "above", "own"),
    [
        (HEAD, Capacity(), ["Bupati Ende,"], "Bupati Ende"),
        (HEAD, Capacity("plt"), ["Plt. Bupati Ende,"], "Plt. Bupati Ende"),
        (HEAD, Capacity("plh"), ["Plh. Bupati Ende,"], "Plh. Bupati Ende"),
        (HEAD, Capacity("pj"), ["Pj. Bupati Ende,"], "Pj. Bupati Ende"),
        (HEAD, Capacity("pjs"), ["Pjs. Bupati Ende,"], "Pjs. Bupati Ende"),
        (
            SECRETARY,
            Capacity("definitive", (HEAD,)),
            ["a.n. Bupati Ende", "Sekretaris Daerah,"],
            "Sekretaris Daerah",
        ),
        (
            SECRETARY,
            Capacity("plh", (HEAD,)),
            ["a.n. Bupati Ende", "Plh. Sekretaris Daerah,"],
            "Plh. Sekretaris Daerah",
        ),
        (
            ASSISTANT,
            Capacity("definitive", (HEAD, SECRETARY)),
            ["a.n. Bupati Ende", "Sekretaris Daerah", "u.b.", "Asisten Administrasi Umum,"],
            "Asisten Administrasi Umum",
        ),
    ],
)
def test_lines_above_by_capacity(post, capacity, above, own):
    for code in ("surat-dinas", "nota-dinas"):
        block = signature_block(REGION.kinds[code], post, capacity, PERSON, REGION)
        assert list(block.above) == above
        assert block.statement == ("Ditandatangani secara elektronik oleh", own, "Yohanes Bata")


@pytest.mark.parametrize(
    ("profile", "post", "capacity", "below"),
    [
        (NATION, AGENCY, Capacity(), [TITLED]),
        (REGION, AGENCY, Capacity(), [TITLED, RANK, NIP]),
        (REGION, AGENCY, Capacity("plt"), [TITLED, RANK, NIP]),
        (REGION, ASSISTANT, Capacity("definitive", (HEAD, SECRETARY)), [TITLED, RANK, NIP]),
        (REGION, SECRETARY, Capacity("definitive", (HEAD,)), [TITLED]),  # Permendagri 1/2023 Pasal 44
        (REGION, HEAD, Capacity(), [TITLED]),
        (REGION, HEAD, Capacity("pj"), [TITLED]),
        (REGION, HEAD, Capacity("plh"), [TITLED]),
    ],
)
def test_names_ranks_and_numbers(profile, post, capacity, below):
    kind = profile.kinds["surat-dinas"]
    assert list(signature_block(kind, post, capacity, PERSON, profile).below) == below
    # A directive by the same hand: no academic titles.
    directive = replace(kind, group="directive")
    assert signature_block(directive, post, capacity, PERSON, profile).below[0] == "Yohanes Bata"


def test_nothing_stands_for_what_a_person_has_not():
    bare = signature_block(REGION.kinds["surat-dinas"], AGENCY, Capacity(), Person("Maria"), REGION)
    assert bare.below == ("Maria",)


def test_a_ministry_knows_no_acting_regional_head():
    with pytest.raises(Fault) as refused:
        signature_block(NATION.kinds["surat-dinas"], HEAD, Capacity("pj"), PERSON, NATION)
    assert refused.value.code == "kinds.capacity"


def given(of, to, capacity="an", kinds=("surat-dinas",), start=DAY, end=None):
    return Delegation(of.key, to.key, capacity, kinds, start, end)


AN, UB = given(HEAD, SECRETARY), given(SECRETARY, ASSISTANT, "ub")
OWN, FOR_HEAD = Capacity(), Capacity("definitive", (HEAD,))
THROUGH = Capacity("definitive", (HEAD, SECRETARY))
OTHER = replace(SECRETARY, key="other", line=("elsewhere",))


@pytest.mark.parametrize(
    ("kind", "post", "capacity", "mandates", "code"),
    [
        ("surat-dinas", HEAD, OWN, [], None),
        ("surat-dinas", SECRETARY, OWN, [], "kinds.not_signer"),
        ("nota-dinas", SECRETARY, OWN, [], None),
        ("nota-dinas", replace(SECRETARY, heads=False), OWN, [], "kinds.not_signer"),
        ("surat-dinas", HEAD, Capacity("pj"), [], None),
        ("surat-dinas", AGENCY, Capacity("pj"), [], "kinds.acting"),
        ("surat-dinas", AGENCY, Capacity("plt"), [], None),
        ("surat-dinas", SECRETARY, FOR_HEAD, [AN], None),
        ("surat-dinas", SECRETARY, FOR_HEAD, [], "kinds.delegation"),
        ("nota-dinas", SECRETARY, FOR_HEAD, [AN], "kinds.delegation"),
        ("surat-dinas", SECRETARY, FOR_HEAD, [given(HEAD, SECRETARY, end=DAY)], "kinds.delegation"),
        ("surat-dinas", SECRETARY, FOR_HEAD, [given(HEAD, SECRETARY, end=date(2026, 11, 26))], None),
        (
            "surat-dinas",
            SECRETARY,
            FOR_HEAD,
            [given(HEAD, SECRETARY, start=date(2026, 11, 26))],
            "kinds.delegation",
        ),
        ("surat-dinas", SECRETARY, Capacity("plh", (HEAD,)), [AN], None),
        ("surat-dinas", ASSISTANT, FOR_HEAD, [given(HEAD, ASSISTANT)], "kinds.level"),
        ("surat-dinas", OTHER, FOR_HEAD, [given(HEAD, OTHER)], "kinds.level"),
        ("surat-dinas", ASSISTANT, THROUGH, [AN, UB], None),
        ("surat-dinas", ASSISTANT, THROUGH, [AN], "kinds.delegation"),
        ("surat-dinas", ASSISTANT, THROUGH, [UB], "kinds.delegation"),
        ("surat-dinas", ASSISTANT, THROUGH, [AN, replace(UB, capacity="an")], "kinds.delegation"),
        ("surat-dinas", SECRETARY, THROUGH, [AN, UB], "kinds.level"),
        ("surat-dinas", ASSISTANT, Capacity("definitive", (SECRETARY, HEAD)), [AN, UB], "kinds.not_signer"),
    ],
)
def test_who_may_sign(kind, post, capacity, mandates, code):
    answer = may_sign(REGION.kinds[kind], post, capacity, mandates, DAY)
    assert (answer and answer.code) == code


def test_a_ministry_signs_one_level_down_in_its_own_name():
    kind = NATION.kinds["surat-dinas"]
    assert may_sign(kind, SECRETARY, OWN, [], DAY) is None
    assert may_sign(kind, ASSISTANT, OWN, [], DAY).code == "kinds.not_signer"


def test_the_word_that_travels():
    assert [c.code for c in (OWN, Capacity("plh"), FOR_HEAD, THROUGH)] == ["definitive", "plh", "an", "ub"]


@pytest.mark.parametrize(("profile", "kind"), sheets.KINDS)
def test_the_sheet_has_the_head_in_the_profiles_order(profile, kind):
    made = sheets.sheet(profile, kind)
    labels = [label for label, _ in made["facts"]]
    assert (
        labels
        == {
            ("anri-2021", "surat-dinas"): ["Nomor", "Sifat", "Lampiran", "Hal"],
            ("anri-2021", "nota-dinas"): ["Yth.", "Dari", "Hal", "Tanggal"],
            ("permendagri-2023", "surat-dinas"): ["Nomor", "Sifat", "Lampiran", "Hal"],
            ("permendagri-2023", "nota-dinas"): [
                *("Yth.", "Dari", "Tanggal", "Nomor", "Sifat", "Lampiran", "Hal"),
            ],
        }[profile, kind]
    )
    assert made["place_date"] == "Ende, 25 November 2026"
    # The number stands exactly once: in the head, or below the heading.
    assert (made["number"] != "") != ("Nomor" in labels)
