"""A node's home: what is written is read back, is private, and a wrong setting is named."""

import dataclasses
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pendopo.core.errors import Fault
from pendopo.core.home import SETTINGS, Home, Listen, Mail, parse, render, run_dir
from pendopo.ops import home as homes
from tests.conftest import make_home

PLAIN = Home(
    root=Path("/srv/dukcapil"),
    instance="ID",
    node="dukcapil",
    portal=Listen("127.0.0.1", 8000),
    app=Listen("127.0.0.1", 8080),
    peer=Listen("::1", 5500),
    advertise="dukcapil.go.id:5500",
)
port = st.integers(1, 65535)
line = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=40)


@given(port, port, line, st.booleans())
def test_what_is_written_is_read_back(portal, peer, database, registry):
    home = dataclasses.replace(
        PLAIN,
        portal=Listen("127.0.0.1", portal),
        peer=Listen("::1", peer),
        database=database,
        registry=registry,
        public_url="https://surat.kota.go.id:8443" if registry else "",
        boxes=Listen("::", peer) if registry else PLAIN.boxes,
        source_folders=("/srv/data", '/mnt/arsip "lama"') if registry else (),
        mail=Mail("pns.kota.go.id", "surel.kota.go.id", imap_port=portal, dns=False) if registry else None,
    )
    assert parse(home.root, render(home)) == home


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("port = 8000", 'port = "8000"'), "home.setting_type"),
        (("port = 8000", "port = true"), "home.setting_type"),
        (('node = "dukcapil"', ""), "home.setting_missing"),
        (("[portal]", "[portal]\ncolour = 1"), "home.setting_unknown"),
        (("[portal]", "[portall]"), "home.setting_unknown"),
        (('lang = "id"', 'lang = "jv"'), "home.setting_value"),
        (("[portal]", "[portal"), "home.toml"),
        (('url = ""', 'url = "surat.kota.go.id"'), "home.setting_url"),
        (('url = ""', 'url = "ftp://surat.kota.go.id"'), "home.setting_url"),
        (('url = ""', 'url = "https://surat.kota.go.id/"'), "home.setting_url"),
        (('url = ""', 'url = "https://Surat.kota.go.id"'), "home.setting_url"),
        (('url = ""', 'url = "https://a@surat.kota.go.id"'), "home.setting_url"),
        (("folders = []", 'folders = "/srv"'), "home.setting_type"),
        (("folders = []", 'folders = ["srv"]'), "home.setting_folder"),
        (("folders = []", 'folders = ["/srv", "/"]'), "home.setting_folder"),
        (("folders = []", 'folders = ["/srv/pendopo/../.."]'), "home.setting_folder"),
    ],
)
def test_a_wrong_setting_is_named(change, code):
    text = render(PLAIN)
    assert parse(PLAIN.root, text) == PLAIN
    with pytest.raises(Fault) as refused:
        parse(PLAIN.root, text.replace(*change))
    assert refused.value.code == code


@pytest.mark.parametrize(
    "line",
    [
        'domain = "PNS.kota.go.id"',
        'domain = "pns"',
        'domain = "10.0.0.1"',
        'domain = "pns.kota.go.id\\nmynetworks = 0.0.0.0/0"',
        'hostname = "surel"',
        'host = "surel.kota.go.id"',
        'relay = "surel.kota.go.id"',
        "undelete = 0",
    ],
)
def test_a_wrong_setting_of_mail_is_named(line):
    text = render(dataclasses.replace(PLAIN, mail=Mail("pns.kota.go.id", "surel.kota.go.id")))
    name = line.split(" = ")[0]
    with pytest.raises(Fault) as refused:
        parse(PLAIN.root, re.sub(rf"(?m)(?<=\[mail\]\n)((?:.*\n)*?){name} = .*", lambda m: m[1] + line, text))
    assert refused.value.code == "home.setting_example" and refused.value.params["setting"] == f"mail.{name}"


def test_mail_is_there_where_it_has_a_domain():
    assert parse(PLAIN.root, render(PLAIN)).mail is None
    mail = parse(PLAIN.root, render(PLAIN).replace('domain = ""', 'domain = "pns.kota.go.id"')).mail
    assert mail == Mail("pns.kota.go.id", "dukcapil.localhost")
    assert mail.shifted(100).ports()["imap_port"] == 1243


def test_sockets_fit_however_deep_the_home_lies():
    shallow, deep = Path("/srv/dukcapil"), Path("/srv") / ("x" * 90) / "dukcapil"
    assert run_dir(shallow) == shallow / "run"
    for root in (shallow, deep):
        assert len(str(run_dir(root) / ".s.PGSQL.5432.lock")) < 100
    assert run_dir(deep) != run_dir(deep / "other")


def test_everything_in_a_home_is_private(tmp_path):
    home = make_home(tmp_path / "home")
    for path in (home.root, *home.root.rglob("*")):
        assert path.stat().st_mode & 0o077 == 0, path
    assert len(home.seal_key.read_bytes()) == 32
    assert homes.load(home.root) == home


def test_a_place_without_a_home_is_refused(tmp_path):
    with pytest.raises(Fault) as refused:
        homes.load(tmp_path)
    assert refused.value.code == "home.missing"


def test_a_socket_directory_of_somebody_else_is_refused(tmp_path):
    home = make_home(tmp_path / "home")
    assert homes.make_run_dir(home) == home.run
    home.run.chmod(0o755)
    with pytest.raises(Fault) as refused:
        homes.make_run_dir(home)
    assert refused.value.code == "home.run_not_ours"


def test_every_setting_is_documented_in_both_languages():
    rows = documented()
    for section, settings in SETTINGS.items():
        for name in settings:
            full = f"{section}.{name}" if section else name
            assert full in rows, f"docs/settings.md does not explain {full}"
            indonesian, english = rows[full]
            assert indonesian and english and indonesian != english


def test_every_environment_variable_is_documented():
    root = Path(__file__).parents[2] / "pendopo"
    used = {n for p in root.rglob("*.py") for n in re.findall(r'"(PENDOPO_[A-Z_]+)"', p.read_text())}
    assert used - documented().keys() == set()


def documented() -> dict[str, tuple[str, str]]:
    """Setting → its texts in Indonesian and English, from docs/settings.md."""
    page = (Path(__file__).parents[2] / "docs" / "settings.md").read_text()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in page.splitlines() if "| " in line]
    return {row[0].strip("`"): (row[1], row[2]) for row in rows if row[0].startswith("`")}
