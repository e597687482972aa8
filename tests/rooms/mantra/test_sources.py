"""A source's password is sealed, used, and seen by nobody; tokens too."""

import pytest

SECRET = "s4ngat-rahasia"


@pytest.fixture
def provider(nation):
    return nation.actor(nation.dukcapil, "provider")


def test_a_password_is_only_kept_sealed(nation, provider, monkeypatch, client_of):
    from django.db import connection

    from pendopo.mantra.sources import actions, probe
    from pendopo.mantra.sources.seal import unseal

    monkeypatch.setattr(probe, "test", lambda kind, address: "MariaDB 10.11")  # no server here
    address = {
        "host": "db.go.id",
        "port": 3306,
        "database": "k",
        "user": "baca",
        "password": SECRET,
        "tls": "",
    }
    source = actions.begin_source("mariadb", actor=provider)
    actions.connect(source, address, actor=provider)
    assert unseal(source.sealed) == address
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s', [f"%{SECRET}%"])
            assert cursor.fetchone()[0] == 0, table
    page = client_of(nation.dukcapil, "provider").get(f"/mantra/sumber/{source.pk}/alamat/").content.decode()
    assert "db.go.id" in page and SECRET not in page


def test_an_empty_password_means_the_kept_one_for_the_same_server_only(provider, monkeypatch):
    from pendopo.mantra.sources import actions, probe

    tried = []
    monkeypatch.setattr(probe, "test", lambda kind, address: tried.append(address) or "x")
    source = actions.begin_source("mariadb", actor=provider)
    address = {
        "host": "db.go.id",
        "port": 3306,
        "database": "k",
        "user": "baca",
        "password": SECRET,
        "tls": "",
    }
    actions.connect(source, address, actor=provider)
    actions.connect(source, address | {"database": "lain", "password": ""}, actor=provider)
    assert tried[-1]["password"] == SECRET
    actions.connect(source, address | {"host": "jahat.example", "password": ""}, actor=provider)
    assert tried[-1]["password"] == ""


def test_a_wrong_address_keeps_what_was_and_says_where(nation, table, client_of):
    from pendopo.mantra.sources.models import Source

    source = nation.source(table)
    before = source.sealed
    browser = client_of(nation.dukcapil, "provider")
    answer = browser.post(f"/mantra/sumber/{source.pk}/alamat/", {"path": "/tidak/ada.db"})
    assert answer.status_code == 422 and 'href="#id_path"' in answer.content.decode()
    assert Source.objects.get(pk=source.pk).sealed == before
    assert browser.post(f"/mantra/sumber/{source.pk}/alamat/", {"path": str(table)}).status_code == 302


def test_only_files_of_the_agencys_folder_are_read(nation, table, provider):
    """By its name there, or by the whole path; not what lies beside, above, or behind a link."""
    import shutil

    from pendopo.core.errors import Fault
    from pendopo.mantra.sources import actions, probe
    from pendopo.mantra.sources.seal import unseal

    source = actions.begin_source("sqlite", actor=provider)
    for path in (table.name, str(table)):
        assert actions.connect(source, {"path": path}, actor=provider).startswith("SQLite")
    outside = shutil.copy(table, nation.home.sources / "penduduk.db")
    link = table.with_name("tautan.db")
    link.symlink_to(outside)
    for path in (str(outside), "../../../penduduk.db", link.name, "/etc/passwd"):
        with pytest.raises(Fault, match=r"source\.outside"):
            actions.connect(source, {"path": path}, actor=provider)
    link.unlink()
    table.rename(outside)
    table.symlink_to(outside)  # after it was connected
    with pytest.raises(Fault, match=r"source\.outside"):
        probe.test("sqlite", unseal(source.sealed))


def test_folders_can_be_opened_to_all_agencies(nation, table, tmp_path, monkeypatch):
    """But a file that one of them has connected is not another's, by no way to it."""
    import shutil
    from dataclasses import replace

    from django.conf import settings

    from pendopo.core.errors import Fault
    from pendopo.mantra.sources import actions

    shared = tmp_path / "bersama"
    shared.mkdir()
    first, second = (shutil.copy(table, shared / name) for name in ("satu.db", "dua.db"))
    link = shared / "jalan-lain.db"
    link.symlink_to(first)
    ours, theirs = (nation.actor(agency, "provider") for agency in (nation.dukcapil, nation.djp))
    source = actions.begin_source("sqlite", actor=ours)
    with pytest.raises(Fault, match=r"source\.outside"):
        actions.connect(source, {"path": str(first)}, actor=ours)
    monkeypatch.setattr(settings, "HOME", replace(nation.home, source_folders=(str(shared),)))
    assert actions.connect(source, {"path": str(first)}, actor=ours).startswith("SQLite")
    other = actions.begin_source("sqlite", actor=theirs)
    for path in (first, link):
        with pytest.raises(Fault, match=r"source\.outside"):
            actions.connect(other, {"path": str(path)}, actor=theirs)
    assert actions.connect(other, {"path": str(second)}, actor=theirs).startswith("SQLite")


def test_a_source_in_use_stays(nation, service, provider):
    from pendopo.core.errors import Fault
    from pendopo.mantra.sources import actions

    with pytest.raises(Fault, match="source_in_use"):
        actions.remove_source(service.source, actor=provider)


def test_a_token_is_shown_once(nation, siak, client_of):
    import re

    from pendopo.mantra.subsystems.rules import token_sha

    browser = client_of(nation.dukcapil, "administrator")
    page = browser.post(f"/mantra/sistem/{siak.pk}/token/")
    token = re.search(r'class="secret"[^>]*>([^<]+)<', page.content.decode())[1]
    siak.refresh_from_db()
    assert siak.token_sha == token_sha(token) and page["Cache-Control"] == "no-store"
    assert token not in browser.get(f"/mantra/sistem/{siak.pk}/").content.decode()
    [compiled] = nation.node_document()["subsystems"]
    assert compiled == {"id": "ID/GOV/DUKCAPIL/siak", "auth": "bearer", "token_sha": token_sha(token)}


def test_a_new_token_ends_the_one_before(nation, siak):
    from pendopo.mantra.subsystems import actions

    administrator = nation.actor(nation.dukcapil, "administrator")
    first = actions.new_token(siak, actor=administrator)
    second = actions.new_token(siak, actor=administrator)
    assert first != second and siak.token_sha == nation.node_document()["subsystems"][0]["token_sha"]


def test_a_machine_of_one_agency_is_trusted_and_no_other(nation, monkeypatch):
    from dataclasses import replace

    from django.conf import settings

    from pendopo.core.home import Listen
    from pendopo.ground.directory.models import Agency
    from pendopo.mantra.subsystems.reads import usual_auth

    assert usual_auth() == "bearer"  # two agencies live here
    Agency.objects.filter(pk=nation.djp.pk).update(hosted=False)
    assert usual_auth() == "none"
    monkeypatch.setattr(settings, "HOME", replace(settings.HOME, app=Listen("10.0.0.5", 8080)))
    assert usual_auth() == "bearer"
