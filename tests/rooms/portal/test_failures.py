"""Pages for what went wrong: in words, in the house's look, with a code, never a traceback."""

import logging
import re

import pytest
from browser.rooms import ground


@pytest.fixture
def client(db, django_home, assets):
    from django.test import Client

    from pendopo.ground.accounts import actions
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.directory import actions as directory

    agency = directory.create_agency("ID/GOV/A", "Agency A", "Asia/Makassar", actor=Actor.system(via="cli"))
    someone = ground.person(agency, "Yosefina Dhae", ground.ADMIN, Actor.system(agency))
    account, code = actions.create_account(someone, actor=Actor.system(agency))
    actions.activate(account.username, code, "empat kata yang mudah")
    account.refresh_from_db()
    client = Client(HTTP_HOST=f"{django_home.node}.localhost", raise_request_exception=False)
    client.force_login(account, backend="pendopo.ground.accounts.signin.NumberBackend")
    return client


def heading(answer):
    return re.search(r"<h1[^>]*>(.*?)</h1>", answer.content.decode())[1]


def test_absent_and_not_yours_read_the_same(client):
    absent = client.get("/tidak-ada")
    assert absent.status_code == 404 and heading(absent) == "Halaman ini tidak ada"


def test_refused_names_the_act(client):
    answer = client.get("/instansi/orang/")
    assert answer.status_code == 403
    assert "directory.read" in answer.content.decode()


def test_a_rules_fault_is_told_with_its_code(client, monkeypatch):
    from pendopo.core.errors import Fault
    from pendopo.portal import words

    monkeypatch.setattr(words, "greeting", lambda: (_ for _ in ()).throw(Fault("nip.length", count=3)))
    answer = client.get("/")
    assert answer.status_code == 422
    assert "nip.length" in answer.content.decode()


def test_what_breaks_gets_a_code_that_the_log_has_too(client, monkeypatch, caplog):
    from pendopo.portal import words

    monkeypatch.setattr(words, "greeting", lambda: 1 / 0)
    with caplog.at_level(logging.ERROR):
        answer = client.get("/")
    text = answer.content.decode()
    assert answer.status_code == 500 and heading(answer) == "Ada yang rusak di sini"
    code = re.search(r"<code>([0-9a-f]{8})</code>", text)[1]
    assert any(code in record.getMessage() for record in caplog.records)
    assert "ZeroDivisionError" not in text and "Traceback" not in text


def test_a_field_left_empty_says_which(client):
    answer = client.post("/akun/sandi", {})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert text.count("Isi “Kata sandi baru”.") == 2  # in the box and above the field
