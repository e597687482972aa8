from datetime import timedelta

import pytest

from pendopo.core import envelope, strict
from pendopo.core.errors import Fault
from pendopo.core.snapshot import Node, Registry
from tests import worlds
from tests.worlds import BORN, DJP, DUKCAPIL, ISSUING, NOON, ROOT, YEAR, World, key, log_key


@pytest.fixture
def world():
    return World()


def opened(world, raw=None, anchor=None):
    return Registry.open(raw or world.registry(), strict.loads(anchor or world.anchor()))


def code(call, *args):
    with pytest.raises(Fault) as fault:
        call(*args)
    return fault.value.code


def test_a_registry_document_is_lookups(world):
    world.revoke("agency", DJP, NOON)
    registry = opened(world)
    assert registry.node_of(DUKCAPIL) == "dukcapil"
    assert registry.nodes["djp"]["addrs"] == ["djp.example:5500"]
    assert registry.revoked_at("agency", DJP) == NOON and registry.revoked_at("node", "djp") is None
    assert registry.valid_until - registry.at == timedelta(hours=24)
    assert registry.sha == envelope.sha(world.registry())
    assert code(registry.node_of, "ID/GOV/ASING") == "registry.not_member"


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"instance": "MY"}, "registry.instance"),
        ({"serial": -1}, "registry.malformed"),
        ({"serial": "1"}, "registry.malformed"),
        ({"at": "2026"}, "registry.malformed"),
        ({"members": [{"id": "x"}, {"id": "x"}]}, "registry.malformed"),
        ({"nodes": None}, "registry.malformed"),
        ({"keys": ["{}"]}, "registry.malformed"),
        ({"revoked": [{"kind": "key"}]}, "registry.malformed"),
        ({"v": 2}, "registry.malformed"),
        ({"extra": 1}, "registry.malformed"),
    ],
)
def test_another_registry_document_is_refused(world, changes, fault):
    assert opened(world).serial == 1
    assert code(opened, world, world.registry(**changes)) == fault


def test_only_the_issuing_key_of_the_anchors_root_signs_it(world):
    body = strict.dumps(world.registry_body())
    true = envelope.seal("registry/1", body, [ISSUING])
    assert opened(world, true).serial == opened(world, true.decode()).serial == 1
    for signer in (ROOT, log_key("kominfo")):
        assert code(opened, world, envelope.seal("registry/1", body, [signer])) == "key.issuing"
    broken = envelope.assemble("registry/1", body + b" ", envelope.open(true).sigs)
    assert code(opened, world, broken) == "registry.signature"
    other_root = key("registry:ID", "root", 2)
    assert code(opened, world, world.registry(), world.anchor(other_root)) == "key.issuing"


def test_an_issuing_key_signs_within_its_own_time(world):
    world.at = BORN + 5 * YEAR - timedelta(seconds=1)
    assert opened(world).at == world.at
    world.at = BORN + 5 * YEAR
    assert code(opened, world) == "key.expired"


def test_a_node_document_is_lookups(world):
    node = Node.open(world.node_document(), opened(world).keys)
    assert node.services[worlds.SERVICE]["table"] == "penduduk" and node.sources["siak"]["pool"] == 4
    assert node.agreements[world.agreement_body()["id"]]["rev"] == 3


def test_only_the_nodes_own_log_key_signs_its_document(world):
    ring, raw = opened(world).keys, world.node_document()
    body = envelope.open(raw).payload
    assert Node.open(raw, ring).node == "dukcapil"
    other = envelope.seal("node/1", body, [log_key("djp")])
    assert code(Node.open, other, ring) == "key.not_signed"
    changed = envelope.assemble("node/1", body.replace(b'"spec"', b'"7.8"'), envelope.open(raw).sigs)
    assert code(Node.open, changed, ring) == "key.signature"
    world.revoke("node", "dukcapil", BORN)
    assert code(Node.open, raw, opened(world).keys) == "key.revoked"


@pytest.mark.parametrize(
    "changes",
    [{"dialect": "9"}, {"services": [{"no": 1}]}, {"serial": None}, {"v": 2}, {"extra": 1}, {"node": 5}],
)
def test_another_node_document_is_refused(world, changes):
    body = envelope.open(world.node_document()).body | changes
    raw = envelope.seal("node/1", strict.dumps(body), [log_key("dukcapil")])
    assert code(Node.open, raw, opened(world).keys) == "node.malformed"
