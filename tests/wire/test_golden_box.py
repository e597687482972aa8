"""What boxes are told, of every released version: today's code reads, verifies and still writes it."""

import pytest

from pendopo.core import boxconfig
from tests import boxes
from tests.wire.make_box import FOLDER, files

WRITTEN = files()


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.iterdir()))
def test_todays_code_writes_the_same_bytes(name):
    assert WRITTEN[name] == (FOLDER / name).read_bytes()


def test_no_golden_file_is_missing():
    assert WRITTEN.keys() == {path.name for path in FOLDER.iterdir()}


def test_what_they_say():
    config = boxconfig.open_config((FOLDER / "box-config.json").read_bytes(), boxes.CONTROLLER.pub)
    assert config == boxes.config()
    assert config.peers[0].endpoints["seluler"] == ("[2001:db8::7]:51822", "198.51.100.9:51822")
    assert str(config.lan.addresses[0]) == "10.64.0.1/24" and config.flows[0].ports[1] == (8080, 8089)
    denied = boxconfig.open_deny((FOLDER / "box-deny.json").read_bytes(), boxes.CONTROLLER.pub)
    roads = boxconfig.open_roads((FOLDER / "box-roads.json").read_bytes(), boxes.CONTROLLER.pub)
    assert roads == boxes.roads() and roads.roads[0].relay.endpoint == "198.51.100.7:20008"
    assert denied == boxes.deny() and denied.denied[0].name == "Kantor Kecamatan Lama"
