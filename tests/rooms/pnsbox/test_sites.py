"""Networks, sites and their addresses: never overlapping, whoever plans at once; and who sees what."""

import threading

import pytest

from pendopo.core.errors import Fault
from tests.rooms.pnsbox.land import DUKCAPIL, IZIN


def refused(code, act, /, *args, **more):
    with pytest.raises(Fault) as told:
        act(*args, **more)
    assert told.value.code == code
    return told.value


def cidrs(site):
    return [one.cidr for one in site.blocks.all()]


def test_a_site_gets_networks_a_line_and_a_box_that_waits(land):
    site = land.site("perizinan", groups=["kantor"], machines=50, isp="Telkom", phone="Rina 0812-1111")
    four, six = cidrs(site)
    assert four.prefixlen == 26 and four.subnet_of(land.network.pool4)
    assert six.prefixlen == 64 and six.subnet_of(land.network.pool6)
    assert site.names == [IZIN, "kantor"] and site.groups == ["kantor"]
    (line,) = site.lines.all()
    assert (line.isp, line.phone, line.interface, line.port) == ("Telkom", "Rina 0812-1111", "eth0", 51820)
    (box,) = site.boxes.all()
    assert (box.state, box.number, box.name) == ("invited", 1, "perizinan")


def test_operators_that_plan_at_once_never_get_the_same_addresses(committed_db):
    from django.db import connection

    from tests.rooms.pnsbox.land import found

    land, ready, troubles = found(), threading.Barrier(6), []

    def plan(number):
        try:
            ready.wait(10)
            for at in range(3):
                land.site(f"s{number}-{at}", machines=100)
        except Exception as trouble:
            troubles.append(trouble)
        finally:
            connection.close()

    threads = [threading.Thread(target=plan, args=(number,)) for number in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert not troubles
    given = [one.cidr for one in land.network.blocks.all()]
    assert len(given) == 36
    assert not [
        (a, b) for a in given for b in given if a is not b and a.version == b.version and a.overlaps(b)
    ]
    assert sorted(land.network.boxes.values_list("number", flat=True)) == list(range(1, 19))


def test_the_database_itself_refuses_an_overlap(land):
    from django.db import IntegrityError, transaction

    from pendopo.pnsbox.sites.models import Block

    site = land.site("perizinan")
    four = cidrs(site)[0]
    inside = next(four.subnets(new_prefix=32))
    with pytest.raises(IntegrityError, match="pnsbox_block_once"), transaction.atomic():
        Block.objects.create(network=land.network, site=site, cidr=inside)
    beyond = type(four)((int(four.broadcast_address) + 1, 32))
    Block.objects.create(network=land.network, site=site, cidr=beyond)


def test_what_a_site_gives_back_rests(land):
    land.site("sekolah", machines=20)
    site = land.site("puskesmas", machines=20)
    before = cidrs(site)
    from pendopo.pnsbox.sites import actions

    actions.remove_site(site, actor=land.officer)
    again = land.site("puskesmas", machines=20)
    assert not set(before) & set(cidrs(again))
    from pendopo.pnsbox.sites.models import Block

    Block.objects.filter(site=None).update(rests_since="2020-01-01T00:00:00Z")
    assert set(cidrs(land.site("kelurahan", machines=20))) == set(before)


def test_names_mean_one_thing(land):
    site = land.site("perizinan", groups=["kantor"])
    refused("pnsbox.site_taken", land.site, "perizinan")
    refused("pnsbox.group_taken", land.site, "kantor")
    refused("pnsbox.group_taken", land.site, "samsat", groups=["perizinan"])
    refused("pnsbox.label", land.site, "all")
    refused("pnsbox.label", land.site, "Kantor Camat")
    assert land.site("samsat", groups=["kantor"]).groups == site.groups


def test_a_box_is_told_of_another_interface_to_the_office(land):
    from pendopo.pnsbox.sites import actions

    site = land.placed("satu")
    said = {"name": site.name, "place": "", "groups": [], "actor": land.officer}
    refused("pnsbox.device", actions.edit_site, site, lan="eth 2", **said)
    assert land.told("satu").lan.interface == "eth1"
    assert actions.edit_site(site, lan="eth2", **said).signed == 1
    assert land.told("satu").lan.interface == "eth2"


def test_a_name_that_no_box_could_be_told_is_refused_where_it_is_entered(land):
    from pendopo.pnsbox.sites import actions

    land.service()
    site = land.placed("satu")
    said = {"place": "", "groups": [], "lan": "eth1", "actor": land.officer}
    for wrong in ("Kantor\u202edua", "Kantor\ndua", " Kantor dua", "", "x" * 200):
        refused("pnsbox.site_name", actions.edit_site, site, name=wrong, **said)
    actions.edit_site(site, name="Kantor Désa №2", **said)
    assert land.told("satu").site.name == "Kantor Désa №2"


def test_a_name_that_a_rule_uses_stays(land):
    from pendopo.pnsbox.reach import actions as reach
    from pendopo.pnsbox.sites import actions

    land.service()
    one, two = land.site("satu", groups=["loket"]), land.site("dua", DUKCAPIL, groups=["loket"])
    rule = land.rule("loket", "dua")
    edit = {"name": one.name, "place": "", "groups": [], "lan": "eth1", "actor": land.officer}
    actions.edit_site(one, **edit)  # the other is left in the group
    told = refused("pnsbox.site_named", actions.edit_site, two, **(edit | {"name": two.name}))
    assert told.params == {"rule": rule.number, "name": "loket"}
    refused("pnsbox.site_named", actions.remove_site, two, actor=land.officer)
    reach.remove_rule(rule, actor=land.officer)
    actions.remove_site(two, actor=land.officer)


def test_only_its_officer_changes_a_network_and_others_see_their_own_sites(land):
    from django.http import Http404

    from pendopo.ground.accounts.rights import Refused
    from pendopo.pnsbox.door import door, visible
    from pendopo.pnsbox.sites import actions
    from pendopo.pnsbox.sites.models import Site

    own, other = land.site("perizinan"), land.site("dukcapil", DUKCAPIL)
    rows = Site.objects.all()
    assert set(visible(rows, land.officer, of="of")) == {own, other}
    assert set(visible(rows, land.viewer, of="of")) == {own}
    assert set(visible(rows, land.outsider, of="of")) == set()
    for actor in (land.viewer, land.outsider):
        with pytest.raises(Refused):
            actions.remove_site(own, actor=actor)
        with pytest.raises(Http404):
            door(rows, actor, other.pk, of="of")
    assert door(rows, land.viewer, own.pk, of="of") == own
    actions.remove_site(other, actor=land.officer)
    assert set(rows) == {own}


def test_a_machine_has_a_name_where_its_site_may_be_reached(land):
    from pendopo.pnsbox.reach import actions as reach
    from pendopo.pnsbox.sites import actions

    land.service()
    land.placed("perizinan")
    site = land.placed("dukcapil", of=DUKCAPIL)
    land.placed("samsat")
    address = str(cidrs(site)[0][10])
    land.rule("perizinan", "dukcapil")
    actions.name_host(site, "gerbang", address, actor=land.officer)
    refused("pnsbox.host_taken", actions.name_host, site, "gerbang", address, actor=land.officer)
    refused("pnsbox.host_outside", actions.name_host, site, "luar", "10.9.9.9", actor=land.officer)
    name = "gerbang.dukcapil.nusa.internal"
    told = {one.name: [str(a) for a in one.addresses] for one in land.told("perizinan").names}
    assert told[name] == [address]
    assert name not in {one.name for one in land.told("samsat").names}
    # Who may be asked and may not ask knows no names of those who ask.
    assert {one.name for one in land.told("dukcapil").names} == {"dukcapil.nusa.internal", name}
    back = land.rule("dukcapil", "perizinan")
    assert "perizinan.nusa.internal" in {one.name for one in land.told("dukcapil").names}
    reach.remove_rule(back, actor=land.officer)
    assert {one.name for one in land.told("dukcapil").names} == {"dukcapil.nusa.internal", name}
    actions.forget_host(site.hosts.get(), actor=land.officer)
    assert name not in {one.name for one in land.told("perizinan").names}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"pool4": "11.0.0.0/12"}, "pnsbox.pools"),
        ({"pool4": "10.0.0.0/24"}, "pnsbox.pools"),
        ({"pool6": "2001:db9::/48"}, "pnsbox.pools"),
        ({"pool6": "fd00::/64"}, "pnsbox.pools"),
        ({"code": "nusa"}, "pnsbox.network_taken"),
        ({"code": "Nusa Dua"}, "pnsbox.label"),
        ({"urls": []}, "pnsbox.url"),
        ({"urls": ["ftp://a"]}, "pnsbox.url"),
        ({}, None),
    ],
)
def test_a_network_that_cannot_be(land, change, code):
    from ipaddress import ip_network

    from pendopo.pnsbox.sites import actions

    said = {"code": "dua", "pool4": "10.0.0.0/16", "pool6": "fd00:1::/48", "urls": ["http://192.0.2.1:1"]}
    said |= change
    said |= {"pool4": ip_network(said["pool4"]), "pool6": ip_network(said["pool6"]), "name": "Dua"}
    if code:
        refused(code, actions.create_network, **said, actor=land.officer)
    else:
        assert actions.create_network(**said, actor=land.officer).deny_serial == 1
