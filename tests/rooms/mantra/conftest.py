import pytest


@pytest.fixture
def home(django_home, tmp_path, monkeypatch):
    """Django's settings on a registry's home without keys; commits run at once, as they would."""
    from django.conf import settings
    from django.db import transaction
    from nacl import pwhash

    from pendopo.core import strict
    from pendopo.core.keys import SigningKey
    from pendopo.ground.nodes import reads, root
    from pendopo.ground.nodes.drawer import Drawer
    from tests.conftest import make_home

    monkeypatch.setattr(root, "EFFORT", pwhash.argon2id.OPSLIMIT_MIN)
    monkeypatch.setattr(root, "MEMORY", pwhash.argon2id.MEMLIMIT_MIN)
    made = make_home(tmp_path / "registry", node="dukcapil", registry=True, database=django_home.database)
    monkeypatch.setattr(settings, "HOME", made)

    def drawer():
        found = Drawer(made)
        for path in made.keys.glob("*.json"):
            body = strict.loads(path.read_bytes())
            key = SigningKey.from_seed(body["owner"], body["use"], strict.b64d(body["seed"]))
            found.keys[key.thumb] = key
        return found

    monkeypatch.setattr(reads, "gateway", drawer)
    # A `db` test never commits; what waits for the commit (installing documents) happens at once.
    monkeypatch.setattr(transaction, "on_commit", lambda run, *_, **__: run())
    return made


@pytest.fixture
def nation(db, home):
    """Dukcapil and the tax office, with their people."""
    from tests.rooms.mantra.nation import found

    return found(home)


@pytest.fixture
def table(home):
    """The population table's file."""
    from tests.rooms.mantra.nation import DUKCAPIL, population

    return population(home.sources / DUKCAPIL / "penduduk.db")


@pytest.fixture
def service(nation, table):
    """The population service, in the catalogue."""
    return nation.publish(table)


@pytest.fixture
def client_of(nation):
    """A browser signed in as somebody of an agency: `client_of(nation.djp, "requester")`."""
    from django.test import Client

    def make(agency, role):
        client = Client(HTTP_HOST="localhost")
        client.force_login(nation.people[agency.code][role])
        return client

    return make


@pytest.fixture
def siak(nation):
    """The population agency's system."""
    return nation.system(nation.dukcapil, "siak")
