"""A rule profile is checked whole: each fault names its field, beside the true file that is taken."""

from importlib.resources import files

import pytest

from pendopo.core.errors import Fault
from pendopo.simaya.kinds import profiles

FILE = files("pendopo.simaya.kinds").joinpath("profiles", "permendagri-2023.toml")
TEXT = FILE.read_text()


def test_both_profiles_ship_with_both_kinds():
    assert profiles.codes() == ["anri-2021", "permendagri-2023"]
    for code in profiles.codes():
        assert set(profiles.load(code).kinds) == {"surat-dinas", "nota-dinas"}
    with pytest.raises(Fault) as refused:
        profiles.load("../anri-2021")
    assert refused.value.code == "kinds.profile_unknown"


def test_what_the_rules_differ_in():
    nation, region = profiles.load("anri-2021"), profiles.load("permendagri-2023")
    assert (nation.layout.width, nation.layout.height) == (21.0, 29.7)
    assert (region.layout.width, region.layout.height) == (21.5, 33.0)
    assert nation.kinds["surat-dinas"].number == "{security}-{seq}/{position}/{class}/{month2}/{year}"
    assert region.kinds["surat-dinas"].number == "{class}/{seq}/{position}/{year}"
    assert list(region.urgency) == ["amat-segera", "segera", "penting", "biasa"]
    assert "penting" not in nation.urgency
    assert nation.sha != region.sha and len(nation.sha) == 64


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("top = 2.0", "top = 1.9", "layout.top"),
        ("left = 3.0", 'left = "3"', "layout.left"),
        ("size = 12", "sise = 12", "layout"),
        ("size = 12\n", "", "layout"),
        ('colour = "#c00000"', 'colour = "red"', "security.R.colour"),
        ("hours = 24", "hours = 24\ndays = 1", "urgency.amat-segera"),
        ("hours = 24", "hours = 0", "urgency.amat-segera"),
        ('closes = "16:00"', 'closes = "24:00"', "clock"),
        ('an = "a.n."\n', "", "capacity"),
        ("{class}/{seq}/{position}/{year}", "{class}/{seq}/{office}/{year}", "kind.surat-dinas.number"),
        ("{class}/{seq}/{position}/{year}", "{class}/{position}/{year}", "kind.surat-dinas.number"),
        ("{class}/{seq}/{position}/{year}", "{class}/{seq}/{position}", "kind.surat-dinas.number"),
        ("{class}/{seq}/{position}/{year}", "{class}/{seq:x}/{year}", "kind.surat-dinas.number"),
        ('scope = ["year"]', 'scope = ["day"]', "kind.surat-dinas.scope"),
        ('facing = "letter"', 'facing = "wall"', "kind.surat-dinas.facing"),
        ('head = ["number", "nature"', 'head = ["number", "number"', "kind.surat-dinas.head"),
        ("[orders]\nsource", "[orders]\norigin", "orders.source"),
        ('title = "Pemerintah daerah"', "title = 1", "title"),
        ("[clock]", "[watch]", "tables"),
        ("[layout]", "[layout", "TOML"),
    ],
)
def test_one_step_from_the_true_file(old, new, field):
    assert profiles.parse(TEXT.encode()).code == "permendagri-2023"
    assert old in TEXT
    with pytest.raises(Fault) as refused:
        profiles.parse(TEXT.replace(old, new, 1).encode())
    assert (refused.value.code, refused.value.params["field"]) == ("kinds.profile", field)


def test_every_table_names_its_source():
    lines = TEXT.splitlines()
    heads = [n for n, line in enumerate(lines) if line.startswith("[")]
    for n in heads:
        assert lines[n + 1].startswith("source = "), lines[n]
        without = "\n".join(lines[: n + 1] + lines[n + 2 :])
        with pytest.raises(Fault):
            profiles.parse(without.encode())
