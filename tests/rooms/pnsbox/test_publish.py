"""What boxes are told: exactly what the whole policy says of them, and only when it changed."""

import random
import threading

import pytest

from pendopo.core.errors import Fault
from tests.rooms.pnsbox.land import DUKCAPIL, IZIN, KOMINFO, URL, keys


def test_a_box_is_told_what_the_whole_policy_says_of_it(land):
    """Against `reach.rules.compiled` on the whole policy: random rules over sites, agencies and groups."""
    from pendopo.pnsbox.publish.around import around, plain, service
    from pendopo.pnsbox.reach import rules
    from pendopo.pnsbox.reach.models import Rule
    from pendopo.pnsbox.sites.models import Site

    chance = random.Random(6)
    land.service("web")
    land.service("dns", "udp", [(53, 53)])
    land.service("ping", "icmp", [])
    groups = ["loket", "pusat", "desa"]
    for number in range(9):
        land.site(f"s{number}", chance.choice([IZIN, DUKCAPIL, KOMINFO]), chance.sample(groups, 2))
    sites = list(Site.objects.prefetch_related("blocks"))
    names = ["all", *groups, *(one.code for one in sites), IZIN, DUKCAPIL]
    names = [one for one in names if one == "all" or any(one in (s.code, *s.names) for s in sites)]
    for _ in range(25):
        Rule.objects.all().delete()
        for number in range(chance.randrange(1, 7)):
            Rule.objects.create(
                agency=land.network.agency, network=land.network, number=number,
                sources=chance.sample(names, chance.randrange(1, 3)),
                destinations=chance.sample(names, chance.randrange(1, 3)),
                services=chance.sample(["web", "dns", "ping"], chance.randrange(1, 3)),
            )  # fmt: skip
        whole = rules.Policy(
            {one.code: plain(one) for one in sites},
            {one.name: service(one) for one in land.network.services.all()},
            tuple(
                rules.Rule(str(one.number), *map(frozenset, (one.sources, one.destinations, one.services)))
                for one in Rule.objects.order_by("number")
            ),
        )
        near = around(land.network, [one.pk for one in sites])
        for site in sites:
            told = rules.compiled(near.policy(site), plain(site))
            assert told == rules.compiled(whole, plain(site))
            far = {network for flow in told for network in flow.far}
            reached = {
                one.code for one in sites for network in plain(one).networks
                if one != site and any(f.version == network.version and network.subnet_of(f) for f in far)
            }  # fmt: skip
            assert near.partners(site) == reached


def test_only_boxes_that_a_change_concerns_get_a_configuration(land):
    from pendopo.pnsbox.reach import actions

    land.service()
    for code in ("satu", "dua", "tiga"):
        land.placed(code)
    before = land.serials()
    rule = land.rule("satu", "dua")
    assert land.serials() == before | {"satu": before["satu"] + 1, "dua": before["dua"] + 1}
    one, two, three = (land.told(code) for code in ("satu", "dua", "tiga"))
    assert [peer.name for peer in one.peers] == ["dua"] and [peer.name for peer in two.peers] == ["satu"]
    assert three.peers == () == three.flows
    assert {flow.way for flow in one.flows} == {"out"} and {flow.way for flow in two.flows} == {"in"}
    assert {flow.rule for flow in (*one.flows, *two.flows)} == {str(rule.number)}
    assert one.controller.urls == (URL,)

    said = {"sources": ["satu"], "destinations": ["dua"], "services": ["web"], "actor": land.officer}
    assert actions.change_rule(rule, **said).signed == 0, "the same again is no change"
    work = actions.change_rule(rule, **(said | {"destinations": ["dua", "tiga"]}))
    assert (work.compiled, work.signed) == (3, 2), "what two is told is the same as before"
    assert actions.remove_rule(rule, actor=land.officer).signed == 3
    assert land.told("satu").peers == () == land.told("satu").flows


def test_a_box_knows_what_is_the_networks_and_what_others_have_in_its_midst(land):
    land.placed("satu")
    assert [str(one) for one in land.told("satu").pools] == ["10.64.0.0/12", "fd00:64::/48"]
    for code, foreign, left in (
        ("dua", ["10.72.0.0/13", "192.168.0.0/16"], ["10.64.0.0/13", "fd00:64::/48"]),
        ("tiga", ["10.64.0.0/13", "fd00:64:0:8000::/49"], ["10.72.0.0/13", "fd00:64::/49"]),
    ):
        land.network.foreign = foreign
        land.network.save(update_fields=["foreign"])
        land.placed(code)
        assert [str(one) for one in land.told(code).pools] == left


def test_a_service_with_other_ports_is_told_to_who_uses_it(land):
    land.service()
    for code in ("satu", "dua", "tiga"):
        land.placed(code)
    land.rule("satu", "dua")
    before = land.serials()
    land.service("web", ports=((8443, 8443),))
    after = land.serials()
    assert after["tiga"] == before["tiga"] and after["satu"] == before["satu"] + 1
    assert {flow.ports for flow in land.told("dua").flows} == {((8443, 8443),)}


def test_a_rule_with_a_slip_of_the_pen_is_refused(land):
    land.service()
    land.placed("satu")
    land.placed("dua")
    for sources, destinations, services in (
        ("satu", "duaa", ["web"]), ("kantor", "dua", ["web"]), ("satu", "dua", ["wep"]),
    ):  # fmt: skip
        with pytest.raises(Fault) as told:
            land.rule(sources, destinations, services)
        assert told.value.code == "pnsbox.name"
    assert land.told("satu").flows == ()
    land.rule("satu", "dua")
    assert land.told("satu").flows


def test_of_what_is_signed_little_is_held_at_a_time(land, monkeypatch):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from pendopo.pnsbox.publish import publishing

    land.service()
    for code in ("satu", "dua", "tiga", "empat"):
        land.placed(code)
    land.rule("satu", "dua tiga empat")
    before, size = land.serials(), len(land.told("dua").payload)
    for batch, inserts in ((size * 10, 1), (size * 5 // 2, 2), (1, 4)):
        monkeypatch.setattr(publishing, "BATCH", batch)
        with CaptureQueriesContext(connection) as asked:
            land.service("web", ports=((batch % 60_000 + 1,) * 2,))
        kept = [one for one in asked.captured_queries if 'INSERT INTO "pnsbox_configuration"' in one["sql"]]
        assert len(kept) == inserts
        after = land.serials()
        assert after == {code: serial + 1 for code, serial in before.items()}
        assert len({land.told(code).flows[0].ports for code in after}) == 1
        before = after


def test_rules_made_at_once_are_all_in_the_last_configuration(committed_db):
    """Each is compiled from what the others have made: the network's row is the lock."""
    from django.db import connection

    from tests.rooms.pnsbox.land import found

    land, ready, troubles = found(), threading.Barrier(6), []
    land.service()
    for number in range(7):
        land.placed(f"s{number}")
    serial = land.serials()["s0"]

    def make(number):
        try:
            ready.wait(10)
            land.rule("s0", f"s{number}")
        except Exception as trouble:
            troubles.append(trouble)
        finally:
            connection.close()

    threads = [threading.Thread(target=make, args=(number,)) for number in range(1, 7)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert not troubles
    told = land.told("s0")
    assert (len(told.flows), len(told.peers), told.serial) == (12, 6, serial + 6)


def many(land, number):
    """So many sites with boxes in service, in pairs that reach each other; no acts, for speed."""
    from ipaddress import ip_network

    from pendopo.pnsbox.boxes.models import Box, Line
    from pendopo.pnsbox.reach.models import Rule
    from pendopo.pnsbox.sites.models import Block, Site

    base = {"agency": land.network.agency, "network": land.network}
    of = land.agencies[IZIN]
    sites = [
        Site(**base, of=of, code=f"s{n}", name=f"Kantor {n}", machines=20, names=[f"k{n // 2}"])
        for n in range(number)
    ]
    Site.objects.bulk_create(sites)
    Block.objects.bulk_create(
        Block(network=land.network, site=site, cidr=cidr)
        for n, site in enumerate(sites)
        for cidr in (ip_network((10 * 2**24 + 2**22 + n * 32, 27)), ip_network(f"fd00:64:0:{n + 1:x}::/64"))
    )
    Line.objects.bulk_create(
        Line(agency=base["agency"], site=site, name="utama", place=1, interface="eth0", port=51820)
        for site in sites
    )
    Box.objects.bulk_create(
        Box(**base, site=site, name=site.code, number=n + 1, state="active", box_key=keys(n + 1)[0],
            wg_key=keys(n + 1)[2])
        for n, site in enumerate(sites)
    )  # fmt: skip
    Rule.objects.bulk_create(
        Rule(**base, number=n, sources=[f"s{2 * n}"], destinations=[f"k{n}"], services=["web"])
        for n in range(number // 2)
    )
    land.network.last_rule = number
    land.network.save()


def test_a_change_for_two_boxes_costs_the_same_among_a_thousand(land, django_home):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from pendopo.pnsbox.publish.publishing import publish
    from pendopo.pnsbox.reach import actions
    from pendopo.pnsbox.reach.models import Rule
    from pendopo.pnsbox.sites.models import Site

    land.service()
    cost = {}
    for number in (100, 1000):
        from django.db import transaction

        with transaction.atomic():
            many(land, number)
            publish(land.network, Site.objects.values_list("pk", flat=True))
            rule = Rule.objects.get(number=7)
            with CaptureQueriesContext(connection) as asked:
                said = {"sources": ["s14"], "destinations": ["s15"], "services": ["web"]}
                work = actions.change_rule(rule, **said, note="lain", actor=land.officer)
                more = actions.change_rule(
                    rule, sources=["s14", "s20"], destinations=["s15"], services=["web"], actor=land.officer
                )
            cost[number] = work, more, len(asked)
            transaction.set_rollback(True)
    assert cost[100] == cost[1000]
    work, more, queries = cost[1000]
    assert (work.compiled, work.signed, more.compiled, more.signed) == (2, 0, 3, 2)
    assert work.rows <= 4 and more.rows <= 7 and queries <= 52
