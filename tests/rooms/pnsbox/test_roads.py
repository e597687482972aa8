"""Boxes that nobody can call: who is told what of them, and how relays are lent and given back."""

from datetime import timedelta

import pytest

from pendopo.core import boxconfig
from pendopo.core.errors import Fault
from tests.rooms.pnsbox.land import DUKCAPIL
from tests.rooms.pnsbox.test_calls import REPORT, SAID, answered

FIXED = "198.51.100.7:51820"


@pytest.fixture
def pair(land):
    """`satu` and `dua` reach each other and cannot be called; `pusat` can, and has no rule with anybody."""
    land.service()
    for code in ("satu", "dua", "lain"):
        land.placed(code)
    land.placed("pusat", of=DUKCAPIL, endpoint=FIXED)
    land.rule("dua", "satu")
    return land


def lends(land, code="pusat", relays=True):
    from pendopo.pnsbox.sites import actions

    site = land.network.sites.get(code=code)
    said = {"name": site.name, "place": "", "groups": [], "lan": site.lan}
    actions.edit_site(site, **said, relays=relays, actor=land.officer)


def roads(land, code):
    answer = answered(land.boxes[code].asked("GET", "/box/v1/roads"))
    assert answer.status == 200
    return boxconfig.open_roads(answer.body, bytes(land.network.key_pub))


def says(land, code, seen=None, **road):
    """A report of a box: where its line is seen, and what it says of the way to the other one."""
    other = land.boxes["dua" if code == "satu" else "satu"].id
    peers = [{"box": other, "line": "utama", "up": False, "endpoint": None, **road}] if road else []
    said = SAID | {"lines": [{"name": "utama", "up": False, "endpoint": seen}], "peers": peers}
    assert answered(land.boxes[code].asked("POST", REPORT, said)).status == 200


def roads_serials(land):
    from pendopo.pnsbox.boxes.models import Box

    return {box.name: box.roads_serial for box in Box.objects.filter(state="active")}


def test_where_a_line_is_seen_is_told_to_who_looks_for_it_and_to_nobody_else(pair):
    lends(pair)
    configurations, before = pair.serials(), roads_serials(pair)
    says(pair, "satu", "203.0.113.5:40001")
    says(pair, "satu", "203.0.113.5:40001")
    assert roads_serials(pair) == before | {"dua": before["dua"] + 1}
    assert pair.serials() == configurations, "no configuration changes by it"
    told = roads(pair, "dua")
    (road,) = told.roads
    assert (road.box, road.line, road.seen) == (pair.boxes["satu"].id, "utama", ("203.0.113.5:40001",))
    assert [one.endpoint for one in told.observers] == [FIXED] and road.relay is None
    for code in ("lain", "pusat"):
        said = roads(pair, code)
        assert said.roads == () == said.leases


def test_a_relay_is_lent_to_two_that_have_a_rule_and_is_told_their_keys(pair):
    from pendopo.ground.audit.models import Line as Entry

    says(pair, "satu", wants=True)
    assert roads(pair, "satu").roads[0].relay is None, "nobody may relay"
    lends(pair)
    configurations = pair.serials()
    says(pair, "satu", wants=True)
    says(pair, "dua", wants=True)
    one, two = (roads(pair, code).roads[0].relay for code in ("satu", "dua"))
    (lease,) = roads(pair, "pusat").leases
    assert {one.box, two.box} == {pair.boxes["pusat"].id}
    ports = {relay.endpoint: pair.boxes[code].wg_key for relay, code in ((one, "satu"), (two, "dua"))}
    host = FIXED.partition(":")[0]
    assert ports == {f"{host}:{lease.port + at}": key for at, key in enumerate(lease.keys)}
    assert pair.serials() == configurations
    assert Entry.objects.filter(act="pnsbox.relay.lend").exists()
    # Somebody without a rule asks for one with somebody: nothing.
    other = pair.boxes["satu"].id
    peers = [{"box": other, "line": "utama", "wants": True}, {"box": "x", "wants": True}, {"wants": True}]
    answered(pair.boxes["lain"].asked("POST", REPORT, SAID | {"peers": peers}))
    assert len(roads(pair, "pusat").leases) == 1 and roads(pair, "lain").roads == ()


def test_a_relay_that_nobody_uses_any_more_is_given_back(pair):
    from pendopo.pnsbox.boxes.models import Box
    from pendopo.pnsbox.roads.models import Lease

    lends(pair)
    says(pair, "satu", wants=True)
    relay = pair.boxes["pusat"].id

    def later(**minutes):
        """So long ago it was used; and the two have reported so long ago."""
        now = Box.objects.get(name="pusat").reported_at
        Lease.objects.update(used_at=now - timedelta(minutes=11))
        for name, ago in minutes.items():
            Box.objects.filter(name=name).update(reported_at=now - timedelta(minutes=ago))
        answered(pair.boxes["pusat"].asked("POST", REPORT, SAID))
        return Lease.objects.exists()

    answered(pair.boxes["pusat"].asked("POST", REPORT, SAID))
    assert later(satu=10, dua=10), "the controller was down: nobody could say that it is used"
    says(pair, "satu", relay=relay)
    assert Lease.objects.get().used_at > Box.objects.get(name="pusat").reported_at - timedelta(minutes=1)
    assert later(satu=0, dua=10)
    before = roads_serials(pair)
    assert not later(satu=0, dua=0)
    assert roads(pair, "pusat").leases == () and roads(pair, "dua").roads[0].relay is None
    after = roads_serials(pair)
    assert {name for name in after if after[name] > before[name]} == {"satu", "dua", "pusat"}


def test_what_ends_a_lease_ends_it_at_the_relay(pair):
    from pendopo.pnsbox.boxes import actions
    from pendopo.pnsbox.boxes.models import Box
    from pendopo.pnsbox.roads.models import Lease

    lends(pair)
    says(pair, "satu", wants=True)
    lends(pair, relays=False)
    assert roads(pair, "pusat").leases == () == tuple(Lease.objects.all())
    lends(pair)
    says(pair, "satu", wants=True)
    assert roads(pair, "pusat").leases
    before = roads_serials(pair)["pusat"]
    actions.quarantine_box(Box.objects.get(name="dua"), actor=pair.officer)
    assert roads(pair, "pusat").leases == () and roads_serials(pair)["pusat"] > before


def test_a_line_that_gets_a_fixed_address_needs_no_road(pair):
    from pendopo.pnsbox.boxes import actions

    lends(pair)
    assert roads(pair, "satu").roads
    line = pair.network.sites.get(code="dua").lines.get()
    said = {"interface": "eth0", "gateway": "", "isp": "", "phone": "", "actor": pair.officer}
    actions.edit_line(line, endpoint="198.51.100.9:51820", **said)
    assert roads(pair, "satu").roads == () == roads(pair, "dua").roads
    assert pair.told("satu").peers[0].endpoints == {"utama": ("198.51.100.9:51820",)}


def test_only_a_site_that_can_be_called_relays(pair):
    with pytest.raises(Fault) as fault:
        lends(pair, "lain")
    assert fault.value.code == "pnsbox.relay_address"
    lends(pair, "pusat")
    assert pair.network.sites.get(code="pusat").relays and not pair.network.sites.get(code="lain").relays


def test_a_new_key_is_told_where_it_is_known_by_it(pair):
    from pendopo.core import strict
    from tests.rooms.pnsbox.land import keys

    lends(pair)
    says(pair, "satu", wants=True)
    key = keys(77)[2]
    before = roads_serials(pair)["pusat"]
    for call in ("rotate", "rotated"):
        said = {"v": 1, "wg_key": strict.b64e(key)}
        assert answered(pair.boxes["satu"].asked("POST", f"/box/v1/{call}", said)).status == 200
    assert key in roads(pair, "pusat").leases[0].keys and roads_serials(pair)["pusat"] > before


def test_who_waits_hears_of_new_roads_and_who_never_asks_does_not(pair):
    lends(pair)
    serial = pair.serials()["dua"]
    told = roads(pair, "dua").serial

    def asks(query):
        return answered(pair.boxes["dua"].asked("GET", f"/box/v1/config?{query}"))

    assert asks(f"after={serial}&roads={told}") is None and asks(f"after={serial}") is None
    says(pair, "satu", "203.0.113.5:40001")
    answer = asks(f"after={serial}&roads={told}")
    assert (answer.status, answer.headers["Pendopo-Roads"]) == (204, str(told + 1))
    assert asks(f"after={serial}") is None
    assert asks(f"after=0&roads={told}").status == 200, "a newer configuration comes first"
    for odd in ("roads=x", "roads=1&roads=2", "roads=-1"):
        assert asks(odd).status == 400
