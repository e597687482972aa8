"""Routes of a box: what is there becomes what should be, whatever it was; then nothing is left to do."""

from dataclasses import replace
from ipaddress import ip_address, ip_interface, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pendopo.box import routes
from pendopo.box.routes import IN_USE, NOWHERE, Found, Route
from tests import boxes

CONFIG = boxes.config()
UP = {"pns-serat": 1380, "pns-seluler": 1380, "wan1": 1500, "wan2": 1500, "lan0": 1500}
THERE = Found(
    addresses=dict.fromkeys(UP, frozenset()), mtus=UP, gateways={"wan2": (ip_address("192.168.8.1"),)}
)


def done(found: Found, config=CONFIG, in_use=None, before=None) -> Found:
    """What is there after the commands, read as `ip` would understand them."""
    table = {(one.network, one.table, one.metric): one for one in found.routes}
    addresses = {name: set(those) for name, those in found.addresses.items()}
    mtus = dict(found.mtus)
    for command in routes.batch(config, found, in_use or {}, before):
        what, verb, *words = command.split()
        if what == "route":
            route = understood(words)
            key = route.network, route.table, route.metric
            if verb == "replace":
                table[key] = route
            else:
                assert table.pop(key) == route
        elif what == "addr":
            {"add": addresses[words[2]].add, "del": addresses[words[2]].remove}[verb](ip_interface(words[0]))
        else:
            mtus[words[0]] = int(words[2]) if words[1] == "mtu" else mtus.get(words[0], 1500)
    rules = {(version, number) for version, number in found.rules}
    for version, commands in routes.rules(config, found).items():
        for command in commands:
            _, verb, _, number, *_ = command.split()
            {"add": rules.add, "del": rules.remove}[verb]((version, int(number)))
    frozen = {name: frozenset(those) for name, those in addresses.items()}
    return replace(
        found, addresses=frozen, mtus=mtus, routes=frozenset(table.values()), rules=frozenset(rules)
    )


def understood(words: list[str]) -> Route:
    nowhere = words[0] == "unreachable"
    network, *rest = words[nowhere:]
    said = dict(zip(rest[::2], rest[1::2], strict=True))
    via = ip_address(said["via"]) if "via" in said else None
    return Route(ip_network(network), said.get("dev"), via, int(said["metric"]), int(said["table"]))


def test_a_bare_machine_is_led_and_the_second_time_nothing_changes():
    after = done(THERE)
    assert after.routes == routes.wanted(CONFIG, THERE, {})
    assert after.addresses["lan0"] == set(CONFIG.lan.addresses)
    assert after.addresses["pns-serat"] == {ip_interface("10.99.0.1/32"), ip_interface("fd00:99::1/128")}
    assert routes.batch(CONFIG, after, {}) == [] and not any(routes.rules(CONFIG, after).values())


def test_each_line_has_its_gateway_and_ends_nowhere_without():
    def gateway(found, at):
        return [one for one in routes.wanted(CONFIG, found, {}) if one.table == 0x7100 + at and one.dev]

    assert gateway(THERE, 0)[0].command == "0.0.0.0/0 via 100.64.1.1 dev wan1 metric 1 table 28928 proto 71"
    assert gateway(THERE, 1)[0].via == ip_address("192.168.8.1")  # what it learnt by itself
    for found in (replace(THERE, gateways={}), replace(THERE, mtus={"pns-serat": 1380})):
        assert gateway(found, 1) == []
    nowhere = [one for one in routes.wanted(CONFIG, Found(), {}) if one.metric == NOWHERE]
    assert len(nowhere) == 4 and all(one.dev is None for one in nowhere)


def test_a_peers_networks_go_by_the_line_in_use_and_stand_on_the_others():
    peer = CONFIG.peers[0]
    wanted = routes.wanted(CONFIG, THERE, {peer.box: "seluler"})
    for network in (*peer.addresses, ip_network("10.99.0.2/32")):
        ordered = sorted((one.metric, one.dev) for one in wanted if one.network == network)
        assert ordered == [(IN_USE, "pns-seluler"), (1000, "pns-serat"), (1001, "pns-seluler")]
    moved = routes.moved(CONFIG, peer.box, "serat")
    assert len(moved) == 4
    assert moved[0] == "route replace 10.64.1.0/24 dev pns-serat metric 100 table 254 proto 71"
    assert routes.in_use(CONFIG, replace(THERE, routes=frozenset(wanted))) == {peer.box: "seluler"}


def test_a_tunnel_that_is_missing_takes_nothing_with_it():
    found = replace(THERE, addresses={"pns-serat": frozenset(), "lan0": frozenset()}, mtus={})
    after = done(found)
    assert {one.dev for one in after.routes} == {None, "pns-serat"}


def test_addresses_of_the_site_change_and_nobody_elses():
    mine, other = ip_interface("10.64.0.77/24"), ip_interface("192.168.1.1/24")
    before = replace(CONFIG, lan=replace(CONFIG.lan, addresses=(mine, *CONFIG.lan.addresses)))
    old = replace(THERE, addresses={**THERE.addresses, "lan0": frozenset({mine, other})})
    assert done(old, before=before).addresses["lan0"] == {other, *CONFIG.lan.addresses}
    assert done(old).addresses["lan0"] == {mine, other, *CONFIG.lan.addresses}
    elsewhere = replace(CONFIG, lan=replace(CONFIG.lan, interface=None))
    assert done(old, elsewhere, before=before).addresses["lan0"] == {other}


nets = st.sampled_from([*boxes.PEOPLE_NETS, ip_network("10.99.0.2/32"), ip_network("10.77.0.0/16")])
routes_there = st.builds(
    Route, nets, st.sampled_from(["pns-serat", "pns-seluler"]), st.none(),
    st.sampled_from([100, 1000, 1001, 5]), st.just(254),
)  # fmt: skip


@given(
    st.sets(routes_there, max_size=12),
    st.sets(st.tuples(st.sampled_from([4, 6]), st.integers(0x7100, 0x7104))),
    st.sampled_from([{}, {boxes.PEOPLE: "seluler"}]),
)
def test_whatever_was_there_it_is_right_afterwards(there, rules, in_use):
    there = {(one.network, one.metric): one for one in there}.values()
    found = replace(THERE, routes=frozenset(there), rules=frozenset(rules))
    after = done(found, in_use=in_use)
    assert after.routes == routes.wanted(CONFIG, found, in_use)
    assert after.rules == {(version, 0x7100 + at) for version in (4, 6) for at in (0, 1)}
    assert routes.batch(CONFIG, after, in_use) == []


@pytest.mark.parametrize("metric", [100, NOWHERE])
def test_what_ip_says_is_read_back(metric):
    ours = {"protocol": "71", "metric": metric}
    said = [
        {"version": 4, "type": "unreachable", "dst": "default", "table": "28928", **ours},
        {"version": 6, "dst": "fd00:65::/64", "dev": "pns-serat", **ours},
        {"version": 4, "dst": "10.99.0.2", "dev": "pns-serat", **ours},
        {"version": 4, "dst": "default", "gateway": "100.64.1.1", "dev": "wan1", "protocol": "dhcp"},
        {"version": 4, "dst": "10.0.0.0/8", "dev": "lan0", "protocol": "kernel"},
    ]  # fmt: skip
    links = [
        {
            "ifname": "lan0",
            "mtu": 1500,
            "flags": ["UP"],
            "addr_info": [{"local": "10.64.0.1", "prefixlen": 24}],
        }
    ]
    rules = {4: [{"fwmark": "0x7100", "protocol": "71"}, {"priority": 0}], 6: []}
    found = routes.found(links, said, rules)
    assert found.routes == {
        Route(ip_network("0.0.0.0/0"), None, None, metric, 0x7100),
        Route(ip_network("fd00:65::/64"), "pns-serat", None, metric, 254),
        Route(ip_network("10.99.0.2/32"), "pns-serat", None, metric, 254),
    }
    assert found.gateways == {"wan1": (ip_address("100.64.1.1"),)} and found.rules == {(4, 0x7100)}
    assert found.addresses == {"lan0": {ip_interface("10.64.0.1/24")}} and found.mtus == {"lan0": 1500}
