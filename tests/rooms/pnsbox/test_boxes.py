"""Codes, enrolment, keys, quarantine: one code one box, and a stolen box is refused everywhere."""

from datetime import timedelta

import pytest

from pendopo.core import boxconfig
from pendopo.core.errors import Fault
from tests.rooms.pnsbox.land import keys


def enrol(code, number, **changed):
    from pendopo.ground.accounts.actor import Actor
    from pendopo.pnsbox.boxes import actions

    pub, _secret, wg = keys(number)
    said = {"box_key": pub, "wg_key": wg, "capabilities": {"wireguard": "kernel"}} | changed
    return actions.enrol(code=code, **said, actor=Actor.system(via="wire"))


def refused(code, act, /, *args, **more):
    with pytest.raises(Fault) as told:
        act(*args, **more)
    assert told.value.code == code


def test_one_code_one_box_once(land):
    from pendopo.ground.audit.models import Line
    from pendopo.pnsbox.boxes import actions
    from pendopo.pnsbox.boxes.models import EnrolmentCode

    site = land.site("perizinan")
    old = actions.make_code(site, actor=land.officer)
    code = actions.make_code(site, actor=land.officer)
    refused("pnsbox.code", enrol, old, 1)
    refused("pnsbox.code", enrol, "0000-0000-0000", 1)
    box = enrol(code.lower().replace("-", " "), 1)
    assert (box.state, box.serial, box.site) == ("active", 1, site)
    assert enrol(code, 1) == box, "a box that lost the answer asks again"
    refused("pnsbox.code", enrol, code, 2)
    refused("pnsbox.code", enrol, code, 1, wg_key=keys(2)[2])
    kept = EnrolmentCode.objects.get()
    assert code not in str(vars(kept)), "only its hash is kept"
    refused("pnsbox.box_there", actions.make_code, site, actor=land.officer)
    assert Line.objects.filter(act="pnsbox.box.enrol", outcome="done").count() == 2


def test_a_code_ends(land):
    from pendopo.pnsbox.boxes import actions
    from pendopo.pnsbox.boxes.models import EnrolmentCode

    site = land.site("perizinan")
    code = actions.make_code(site, actor=land.officer)
    kept = EnrolmentCode.objects.get()
    EnrolmentCode.objects.update(expires_at=kept.expires_at - actions.CODE_LIFE - timedelta(seconds=1))
    refused("pnsbox.code", enrol, code, 1)
    EnrolmentCode.objects.update(expires_at=kept.expires_at)
    enrol(code, 1)


def test_no_two_boxes_share_a_key(land):
    from pendopo.pnsbox.boxes import actions

    land.enrolled(land.site("satu"))
    code = actions.make_code(land.site("dua"), actor=land.officer)
    refused("pnsbox.key_taken", enrol, code, 1)
    refused("pnsbox.key_taken", enrol, code, 2, wg_key=keys(1)[2])
    assert enrol(code, 2).site.code == "dua"


def test_a_key_changes_by_second_tunnels_and_an_old_request_changes_nothing(land):
    """Box `satu` gets another key: `dua`, its peer, has it in second tunnels at first, then alone."""
    from pendopo.ground.accounts.actor import Actor
    from pendopo.pnsbox.boxes import actions
    from pendopo.pnsbox.boxes.models import Box

    land.service()
    land.placed("satu", endpoint="203.0.113.7:51820")
    land.placed("dua", endpoint="198.51.100.2:40000")  # a forwarded port: nobody knows of a second one
    land.placed("tiga")
    land.rule("satu", "dua")
    box, other = Box.objects.get(name="satu"), Box.objects.get(name="dua")
    system = Actor.system(land.network.agency, via="wire")
    was, key, before = keys(1)[2], keys(50)[2], land.serials()

    refused("pnsbox.rotate_none", actions.rotated, box, key, 999, actor=system)
    refused("pnsbox.key_taken", actions.rotate, box, keys(2)[2], 999, actor=system)
    actions.rotate(box, key, 1000, actor=system)
    own, peers = land.told("satu"), land.told("dua")
    assert (own.tunnel.key, own.tunnel.second) == (was, key)
    assert (own.peers[0].second.key, own.peers[0].second.endpoints) == (keys(2)[2], {})
    assert (peers.tunnel.key, peers.tunnel.second) == (keys(2)[2], keys(2)[2])
    assert (peers.peers[0].key, peers.peers[0].second.key) == (was, key)
    assert peers.peers[0].second.endpoints == {"utama": ("203.0.113.7:53820",)}
    refused("pnsbox.rotate_old", actions.rotated, box, key, 1000, actor=system)
    refused("pnsbox.rotate_busy", actions.rotate, other, keys(51)[2], 1000, actor=system)

    actions.rotated(box, key, 1010, actor=system)
    own, peers = land.told("satu"), land.told("dua")
    assert (own.tunnel.key, own.tunnel.second, own.peers[0].second) == (key, None, None)
    assert (peers.tunnel.second, peers.peers[0].key, peers.peers[0].second) == (None, key, None)
    assert land.serials() == before | {"satu": before["satu"] + 2, "dua": before["dua"] + 2}
    refused("pnsbox.rotate_busy", actions.rotate, other, keys(51)[2], 1000, actor=system)
    Box.objects.update(key_since="2026-01-01T00:00:00Z")
    actions.rotate(other, keys(51)[2], 1001, actor=system)


def test_a_stolen_box_is_refused_by_every_key_it_had(land):
    from pendopo.ground.accounts.actor import Actor
    from pendopo.pnsbox.boxes import actions
    from pendopo.pnsbox.boxes.models import Box

    land.service()
    land.placed("satu")
    land.placed("dua")
    land.rule("satu", "dua")
    box, system = Box.objects.get(name="satu"), Actor.system(land.network.agency, via="wire")
    for number, call, at in ((50, "rotate", 1), (50, "rotated", 2), (51, "rotate", 3)):
        getattr(actions, call)(box, keys(number)[2], at, actor=system)
    actions.quarantine_box(box, actor=land.officer)
    land.network.refresh_from_db()
    deny = boxconfig.open_deny(bytes(land.network.deny), bytes(land.network.key_pub))
    assert {one.key for one in deny.denied} == {keys(number)[2] for number in (1, 50, 51)}
    assert {one.key for one in land.told("dua").denied} == {one.key for one in deny.denied}


def test_a_stolen_box_is_refused_everywhere_and_another_takes_its_place(land):
    from pendopo.pnsbox.boxes import actions
    from pendopo.pnsbox.boxes.models import Box

    land.service()
    sites = {code: land.placed(code) for code in ("satu", "dua", "tiga")}
    land.rule("satu", "dua")
    stolen = Box.objects.get(name="satu")
    before = land.serials()
    actions.quarantine_box(stolen, actor=land.officer)
    assert land.serials() == {"dua": before["dua"] + 1, "tiga": before["tiga"]}
    told = land.told("dua")
    assert told.peers == () and [one.key for one in told.denied] == [keys(1)[2]]
    land.network.refresh_from_db()
    deny = boxconfig.open_deny(bytes(land.network.deny), bytes(land.network.key_pub))
    assert (deny.serial, [one.box for one in deny.denied]) == (2, [str(stolen.pk)])
    refused("pnsbox.box_gone", actions.quarantine_box, stolen, actor=land.officer)
    taken = land.told("satu").tunnel.addresses
    land.enrolled(sites["satu"])
    assert [peer.key for peer in land.told("dua").peers] == [keys(4)[2]]
    (other,) = land.told("satu").tunnel.addresses
    assert other not in taken and str(other).startswith("fd00:64::"), "nobody mistakes it for the one before"
    assert [one.key for one in land.told("dua").denied] == [keys(1)[2]]


def test_a_box_of_a_removed_site_is_refused(land):
    from pendopo.pnsbox.sites import actions

    land.service()
    land.placed("satu")
    site = land.placed("dua")
    land.placed("tiga")
    rule = land.rule("satu", "tiga dua")
    from pendopo.pnsbox.reach import actions as reach

    reach.change_rule(rule, sources=["satu"], destinations=["tiga"], services=["web"], actor=land.officer)
    actions.remove_site(site, actor=land.officer)
    land.network.refresh_from_db()
    deny = boxconfig.open_deny(bytes(land.network.deny), bytes(land.network.key_pub))
    assert [one.key for one in deny.denied] == [keys(2)[2]]


def test_line_number_i_calls_line_number_i(land):
    """A box with one line stands twice where its peer has two: one caller for each key and interface."""
    from pendopo.pnsbox.boxes import actions

    land.service()
    site = land.placed("satu", endpoint="203.0.113.7:51820")
    other = land.placed("dua", endpoint="198.51.100.2:51820")
    land.rule("satu", "dua")
    assert land.told("dua").peers[0].endpoints == {"utama": ("203.0.113.7:51820",)}
    add = {"name": "cadangan", "interface": "eth2", "endpoint": "192.0.2.5:40000", "actor": land.officer}
    line = actions.add_line(site, **add, metered=True)
    one, two = land.told("satu"), land.told("dua")
    assert [(end.name, end.interface, end.port, end.metered) for end in one.lines] == [
        ("utama", "eth0", 51820, False), ("cadangan", "eth2", 51821, True),
    ]  # fmt: skip
    assert [(end.name, end.interface, end.port) for end in two.lines] == [
        ("utama", "eth0", 51820), ("utamax1", "eth0", 52821),
    ]  # fmt: skip
    assert two.peers[0].endpoints == {"utama": ("203.0.113.7:51820",), "utamax1": ("192.0.2.5:40000",)}
    assert one.peers[0].endpoints == {"utama": ("198.51.100.2:51820",), "cadangan": ("198.51.100.2:52821",)}

    land.placed("tiga", endpoint="198.51.100.3:51820")
    land.rule("dua", "tiga")
    third = {peer.name: peer.endpoints for peer in land.told("dua").peers}["tiga"]
    assert third == {"utama": ("198.51.100.3:51820",)}, "where both have one line, one calls one"
    assert len(land.told("tiga").lines) == 1

    said = {"gateway": "", "isp": "", "phone": "", "actor": land.officer}
    actions.edit_line(other.lines.get(), interface="eth0", endpoint="198.51.100.2:7000", **said)
    endpoints = land.told("satu").peers[0].endpoints
    assert endpoints == {"utama": ("198.51.100.2:7000",)}, "a translated port says nothing of another"
    work = actions.edit_line(line, interface="eth2", endpoint="192.0.2.6:40000", **said)
    assert work.signed == 2 and land.told("dua").peers[0].endpoints["utamax1"] == ("192.0.2.6:40000",)
    actions.remove_line(line, actor=land.officer)
    assert [one.name for one in land.told("dua").lines] == ["utama"]


def test_lines_that_cannot_be(land):
    from pendopo.pnsbox.boxes import actions

    site = land.site("satu")
    add = {"name": "cadangan", "interface": "eth2", "endpoint": "203.0.113.7:51821", "actor": land.officer}
    line = actions.add_line(site, **add)
    for change, code in (
        ({}, "line_taken"), ({"name": "a"}, "line_taken"), ({"name": "Kabel 1"}, "line_name"),
        ({"name": "utamax1"}, "line_name"), ({"name": "a", "interface": "eth 3"}, "device"),
        ({"name": "a", "endpoint": "vpn.go.id:1"}, "endpoint"),
    ):  # fmt: skip
        refused(f"pnsbox.{code}", actions.add_line, site, **(add | change))
    said = {"gateway": "", "endpoint": "", "isp": "", "phone": "", "actor": land.officer}
    refused("pnsbox.line_taken", actions.edit_line, line, interface="eth0", **said)
    actions.add_line(site, **(add | {"name": "ketiga", "interface": "eth3"}))
    actions.remove_line(line, actor=land.officer)
    actions.remove_line(site.lines.last(), actor=land.officer)
    refused("pnsbox.line_last", actions.remove_line, site.lines.get(), actor=land.officer)
