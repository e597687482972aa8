"""A registry's home in Django's process, and a second home to join it: founding needs no running gateway."""

import dataclasses
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

PASSPHRASE = "sandi akar untuk uji"
PEERS = [{"node": "djp", "state": "linked", "clock_ms": -2300, "since": "2026-11-23T01:10:00.000Z"}]


@pytest.fixture
def fresh_home(django_home, tmp_path, monkeypatch):
    """Django's settings on a registry's home without keys."""
    from conftest import make_home
    from django.conf import settings
    from nacl import pwhash

    from pendopo.ground.nodes import root

    monkeypatch.setattr(root, "EFFORT", pwhash.argon2id.OPSLIMIT_MIN)  # the real effort is in test_root
    monkeypatch.setattr(root, "MEMORY", pwhash.argon2id.MEMLIMIT_MIN)
    home = make_home(tmp_path / "registry", node="dukcapil", registry=True, database=django_home.database)
    monkeypatch.setattr(settings, "HOME", home)
    return home


@pytest.fixture
def drawer(fresh_home, monkeypatch):
    """Stands where the gateway stands: the same calls, on the key files of the registry's home."""
    from pendopo.core import strict
    from pendopo.core.keys import SigningKey
    from pendopo.ground.nodes import reads
    from pendopo.ground.nodes.drawer import Drawer

    class Standing(Drawer):
        def status(self) -> dict:
            return {"node": "dukcapil", "epoch": 1, "size": 3, "serials": {}, "peers": PEERS, "faults": []}

    def now():
        drawer = Standing(fresh_home)
        for path in fresh_home.keys.glob("*.json"):
            body = strict.loads(path.read_bytes())
            key = SigningKey.from_seed(body["owner"], body["use"], strict.b64d(body["seed"]))
            drawer.keys[key.thumb] = key
        return drawer

    monkeypatch.setattr(reads, "gateway", now)
    return now


@pytest.fixture
def registry(db, fresh_home, drawer):
    """A founded registry: its agency."""
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.directory.models import Agency
    from pendopo.ground.nodes import setup

    agency = Agency.objects.create(code="ID/GOV/DUKCAPIL", name="Dukcapil", hosted=True)
    setup.found_registry(
        fresh_home,
        agency,
        PASSPHRASE,
        fresh_home.root / "root-offline",
        actor=Actor.system(agency, via="cli"),
    )
    return agency


@pytest.fixture
def operator(registry):
    """The operator at the command line."""
    from pendopo.ground.accounts.actor import Actor

    return Actor.system(registry, via="cli")


@dataclasses.dataclass
class Joiner:
    """A node that is not there yet: its keys, and its request."""

    home: object
    drawer: object
    tls_key: bytes

    def request(self, token, addr="127.0.0.1:5510") -> bytes:
        from pendopo.ground.nodes import tokens, x509

        return tokens.ask(token, self.drawer.keys.values(), x509.make_csr(self.tls_key, self.home.node), addr)


@pytest.fixture
def joiner(tmp_path):
    """Makes joiners: `joiner("ID/GOV/DJP", "djp")`."""
    from conftest import make_home

    from pendopo.ground.nodes import keys, x509
    from pendopo.ground.nodes.drawer import Drawer

    def make(agency: str, node: str) -> Joiner:
        home = make_home(tmp_path / f"{node}-{len(list(tmp_path.iterdir()))}", node=node)
        drawer = Drawer(home)
        for use in keys.AGENCY_USES:
            drawer.make_key(f"agency:{agency}", use)
        drawer.make_key(f"node:{node}", "log")
        return Joiner(home, drawer, x509.new_key())

    return make
