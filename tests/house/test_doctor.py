"""`pendopo doctor` names what is wrong and how to mend it, and its exit status says whether anything is."""

import dataclasses
import json
import socket
import threading
from datetime import UTC, datetime, timedelta

import pytest

from pendopo.core import envelope, keys, strict
from pendopo.ops.doctor import doctor
from tests.conftest import make_home


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home as after `pendopo init`: documents valid for a day."""
    monkeypatch.delenv("PENDOPO_HOME", raising=False)
    made = make_home(tmp_path / "home")
    for name in ("registry", "node"):
        write(made, name, timedelta(days=1))
    return made


def write(home, name: str, left: timedelta) -> None:
    until = strict.utc(datetime.now(UTC) + left)
    key = keys.SigningKey.generate("node:uji", "log")
    sealed = envelope.seal(f"{name}/1", strict.dumps({"v": 1, "valid_until": until}), [key])
    (home.documents / f"{name}.json").write_bytes(sealed)


def test_all_is_well(home, capsys):
    assert doctor(home.root, "id") == 0
    said = capsys.readouterr().out
    assert "kurang" not in said and "dokumen registry berlaku sampai" in said
    assert "pendopo up --home" in said


def test_without_a_home_the_machine_is_looked_at(capsys, monkeypatch):
    monkeypatch.delenv("PENDOPO_HOME", raising=False)
    assert doctor(None, "en") == 0
    assert "PostgreSQL" in capsys.readouterr().out


def test_a_secret_others_can_read(home, capsys):
    home.seal_key.chmod(0o644)
    assert doctor(home.root, "en") == 1
    assert f"readable by others: {home.seal_key}" in capsys.readouterr().out


def test_mail_that_cannot_run_is_named_with_what_to_install(home, capsys, monkeypatch):
    from pendopo.core.home import Mail, render
    from pendopo.mailer import programs
    from pendopo.ops.up import with_mail

    mailing = dataclasses.replace(home, mail=Mail("pns.test", "uji.localhost").shifted(20_000))
    home.config.write_text(render(mailing))
    monkeypatch.setattr(programs, "PACKAGES", {"rspamd": "/nonexistent/rspamd", "postfix": "/bin/sh"})
    assert doctor(home.root, "id") == 1
    assert (
        "kurang  Program surel belum terpasang. Pasang: apt-get install rspamd\n" in capsys.readouterr().out
    )
    assert not with_mail(mailing)
    said = "tanpa surel: Program surel belum terpasang. Pasang: apt-get install rspamd\n"
    assert capsys.readouterr().out == said
    assert not with_mail(home)
    assert capsys.readouterr().out == ""


def test_a_port_that_is_taken(home, capsys):
    with socket.create_server((home.peer.host, home.peer.port)):
        assert doctor(home.root, "en") == 1
    assert f"{home.peer} (gateway.peer_port)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("left", "code"), [(timedelta(hours=7), 0), (timedelta(hours=5), 1), (-timedelta(hours=1), 1)]
)
def test_a_document_that_soon_ends(home, capsys, left, code):
    write(home, "registry", left)
    assert doctor(home.root, "id") == code


def test_a_document_that_is_missing_or_broken(home, capsys):
    (home.documents / "node.json").unlink()
    (home.documents / "registry.json").write_bytes(b"{}")
    assert doctor(home.root, "en") == 1
    said = capsys.readouterr().out
    assert "there is no node document" in said and "the registry document is broken" in said


@pytest.mark.parametrize(("days", "code"), [(46, 0), (44, 1), (-1, 1)])
def test_a_certificate_that_the_registry_has_not_renewed(home, capsys, days, code):
    from pendopo.ground.nodes import x509

    now = datetime.now(UTC)
    root_key, key = x509.new_key(), x509.new_key()
    root = x509.make_root(root_key, "ID", now)
    issuing = x509.make_issuing(key, root_key, root, "ID", now)
    made = now - x509.NODE_LIFE + timedelta(days=days, minutes=1)
    home.tls_chain.write_text(x509.issue(x509.make_csr(x509.new_key(), "uji"), "uji", key, issuing, made))
    assert doctor(home.root, "en") == code
    said = capsys.readouterr().out
    assert ("pendopo nodes invite --rekey" in said) == bool(code)
    home.tls_chain.write_text("sampah")
    assert doctor(home.root, "en") == 1
    assert "is broken" in capsys.readouterr().out


@pytest.mark.parametrize(("days", "code"), [(91, 0), (89, 1), (-1, 1)])
def test_a_registry_needs_its_root_before_letters_can_no_longer_be_signed(tmp_path, capsys, days, code):
    from pendopo.certificates import SLACK
    from pendopo.core.keys import SigningKey
    from pendopo.ground.nodes import authority, letters, x509
    from pendopo.ground.nodes.root import Root

    home = make_home(tmp_path / "registri", registry=True)
    for name in ("registry", "node"):
        write(home, name, timedelta(days=1))
    assert doctor(home.root, "en") == 1
    assert "no authority for letters' signatures yet" in capsys.readouterr().out
    now = datetime.now(UTC)
    top = Root(SigningKey.generate("registry:ID", "root"), x509.new_key())
    begun = now - authority.ROOT_CRL_LIFE + SLACK + timedelta(days=days, minutes=1)
    letters.make(home, top, x509.make_root(top.x509_key, "ID", begun), begun)
    assert doctor(home.root, "en") == code
    said = capsys.readouterr().out
    assert ("pendopo nodes letters --root" in said) == bool(code)


@pytest.mark.parametrize(
    ("state", "clock", "code"), [("linked", 12, 0), ("lost", 12, 1), ("linked", 61_000, 1)]
)
def test_peers_as_the_gateway_sees_them(home, capsys, state, clock, code):
    peer = {"node": "djp", "state": state, "clock_ms": clock, "since": "2026-11-24T01:00:00.000Z"}
    with control_socket(home, {"peers": [peer], "faults": []}):
        assert doctor(home.root, "id") == code
    said = capsys.readouterr().out
    assert f"gerbang djp: {state}" in said
    assert ("NTP" in said) == (clock > 60_000)


class control_socket:
    """Answers one request on the gateway's control socket with `status`."""

    def __init__(self, home, status: dict):
        self.path, self.body = home.control, json.dumps(status).encode()

    def __enter__(self):
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.path))
        self.listener.listen()
        self.thread = threading.Thread(target=self.answer)
        self.thread.start()

    def answer(self) -> None:
        connection, _ = self.listener.accept()
        with connection:
            connection.recv(65536)
            head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(self.body)}\r\n\r\n".encode()
            connection.sendall(head + self.body)

    def __exit__(self, *_):
        self.thread.join()
        self.listener.close()
