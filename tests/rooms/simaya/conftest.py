import pytest


@pytest.fixture
def desk(db):
    """A communication office with five posts, their holders and the roles."""
    from tests.rooms.simaya import office

    return office.found(office.OFFICE)


@pytest.fixture
def other(desk):
    """Another agency on the same node."""
    from tests.rooms.simaya import office

    return office.found(office.OTHER)


@pytest.fixture
def client(desk, other, django_home, assets):
    """`client("registrar")`: somebody of the office, signed in; `client("registrar", other)` of the other."""
    from django.test import Client

    def signed_in(who, at=None):
        client = Client(HTTP_HOST="localhost")
        account = (at or desk).accounts[who]
        client.force_login(account, backend="pendopo.ground.accounts.signin.NumberBackend")
        return client

    return signed_in


@pytest.fixture
def road(db, django_home, tmp_path, monkeypatch):
    """Two agencies that send each other letters, on a node whose gateway is stood in for."""
    from django.conf import settings

    from tests.conftest import make_home
    from tests.rooms.simaya.road import build

    home = make_home(tmp_path / "node", node="uji", database=django_home.database)
    monkeypatch.setattr(settings, "HOME", home)
    with build(home, monkeypatch) as made:
        yield made


@pytest.fixture
def trusted(desk, other, django_home, tmp_path, monkeypatch):
    """Both on a registry's node with their letter keys; what waits for a commit happens at once."""
    from django.conf import settings
    from django.db import transaction
    from nacl import pwhash

    from pendopo.ground.nodes import reads, root
    from tests.conftest import make_home
    from tests.rooms.simaya import trust

    monkeypatch.setattr(root, "EFFORT", pwhash.argon2id.OPSLIMIT_MIN)
    monkeypatch.setattr(root, "MEMORY", pwhash.argon2id.MEMLIMIT_MIN)
    home = make_home(tmp_path / "registry", node="kominfo", registry=True, database=django_home.database)
    monkeypatch.setattr(settings, "HOME", home)
    monkeypatch.setattr(reads, "gateway", lambda: trust.Gateway(home))
    monkeypatch.setattr(transaction, "on_commit", lambda run, *_, **__: run())
    return trust.found(home, desk, other)
