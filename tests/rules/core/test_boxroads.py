"""What a box is told of its roads means exactly what was written, or is refused with the field."""

import json

import pytest

from pendopo.core import boxconfig, strict
from pendopo.core.errors import Fault
from pendopo.core.keys import SigningKey
from tests import boxes
from tests.worlds import seed

BODY = json.loads(boxes.roads().payload)


def test_what_is_written_is_read():
    assert boxconfig.parse_roads(boxes.roads().payload) == boxes.roads()
    empty = boxes.roads(observers=(), roads=(), leases=())
    assert boxconfig.parse_roads(empty.payload) == empty


def test_only_the_controllers_key_and_this_kind_count():
    stranger = SigningKey.from_seed("registry:ID", "issuing", seed("stranger"))
    for raw, code in (
        (boxes.sealed(boxes.roads(), stranger), "box.config_signature"),
        (boxes.sealed(boxes.deny()), "box.config_field"),
    ):
        with pytest.raises(Fault) as fault:
            boxconfig.open_roads(raw, boxes.CONTROLLER.pub)
        assert fault.value.code == code


ROAD, LEASE, OBSERVER = BODY["roads"][0], BODY["leases"][0], BODY["observers"][0]
RELAY = ROAD["relay"]


@pytest.mark.parametrize(
    ("name", "bad", "field", "good"),
    [
        ("box", "LICENCES", "box", boxes.LOST),
        ("serial", 0, "serial", 1),
        ("observers", [OBSERVER | {"endpoint": "stun.example:3478"}], "observers[0].endpoint", [OBSERVER]),
        ("observers", [OBSERVER | {"key": "AAAA"}], "observers[0].key", []),
        ("roads", [ROAD, ROAD], "roads", [ROAD, ROAD | {"line": "lain"}]),
        ("roads", [ROAD | {"line": "serat; reboot"}], "roads[0].line", [ROAD | {"line": "serat"}]),
        ("roads", [ROAD | {"seen": ["203.0.113.2"]}], "roads[0].seen[0]", [ROAD | {"seen": []}]),
        (
            "roads",
            [ROAD | {"relay": {"box": boxes.LOST}}],
            "roads[0].relay.endpoint",
            [ROAD | {"relay": None}],
        ),
        ("roads", [ROAD | {"relay": RELAY | {"key": "x"}}], "roads[0].relay.key", [ROAD | {"relay": RELAY}]),
        ("leases", [LEASE | {"port": 65535}], "leases[0].port", [LEASE | {"port": 65534}]),
        ("leases", [LEASE, LEASE | {"port": 20001}], "leases", [LEASE, LEASE | {"port": 20002}]),
        ("leases", [LEASE | {"keys": LEASE["keys"][:1]}], "leases[0].keys", [LEASE]),
        ("leases", [LEASE | {"keys": LEASE["keys"][:1] * 2}], "leases[0].keys", [LEASE]),
        ("more", [], "more", None),
    ],
)
def test_nonsense_is_refused_by_its_field(name, bad, field, good):
    with pytest.raises(Fault) as fault:
        boxconfig.parse_roads(strict.dumps(BODY | {name: bad}))
    assert (fault.value.code, fault.value.params["field"]) == ("box.config_field", field)
    boxconfig.parse_roads(strict.dumps(BODY | ({name: good} if good is not None else {})))
