"""Policies in names against a deliberately plain second model: one packet, one rule after the other."""

import random
from ipaddress import ip_address, ip_network
from typing import NamedTuple

import pytest

from pendopo.core.errors import Fault
from pendopo.pnsbox.reach.rules import (
    Flow,
    Policy,
    Rule,
    Service,
    Site,
    compiled,
    matrix,
    preview,
    why,
)

SEED, POLICIES, PACKETS = 6, 1_000, 40
PORTS = {
    "web": ("tcp", ((80, 80), (443, 443))),
    "mantra": ("tcp", ((5500, 5500),)),
    "names": ("udp", ((53, 53),)),
    "calls": ("udp", ((5060, 5061), (10000, 20000))),
    "ping": ("icmp", ()),
}
SERVICES = {name: Service(*said) for name, said in PORTS.items()}
GROUPS = ("layanan", "pusat", "kecamatan")


class Drawn(NamedTuple):
    """A policy as somebody would draw it: what both models are told, in nobody's own words."""

    sites: dict[str, tuple[set[str], list[str]]]  # names besides its own; networks
    rules: list[tuple[str, set[str], set[str], set[str]]]  # id, sources, destinations, services

    @property
    def policy(self) -> Policy:
        """In the words of the compiler."""
        sites = {
            id: Site(id, frozenset(names), tuple(map(ip_network, networks)))
            for id, (names, networks) in self.sites.items()
        }
        return Policy(sites, SERVICES, tuple(Rule(id, *map(frozenset, said)) for id, *said in self.rules))


def nation(chance: random.Random) -> dict[str, tuple[set[str], list[str]]]:
    """A few sites: some with two networks, some with IPv6 only or besides."""
    found = {}
    for n in range(chance.randint(2, 7)):
        networks = [f"10.64.{n * 4 + k}.0/24" for k in range(chance.randint(0, 2))]
        if not networks or chance.random() < 0.5:
            networks.append(f"fd00:{n:x}::/48")
        names = {f"agency{n // 2}", *chance.sample(GROUPS, chance.randint(0, 2))}
        found[f"site{n}"] = names, networks
    return found


def draw(chance: random.Random) -> Drawn:
    sites = nation(chance)
    names = ["all", *sites, *{name for own, _ in sites.values() for name in own}]

    def some(of) -> set[str]:
        of = sorted(of)
        return set(chance.sample(of, min(len(of), chance.randint(1, 2))))

    rules = [(f"r{n}", some(names), some(names), some(PORTS)) for n in range(chance.randint(0, 5))]
    return Drawn(sites, rules)


def random_policy(chance: random.Random) -> Policy:
    return draw(chance).policy


def plain(drawn: Drawn, source, destination, protocol: str, port: int | None) -> set[str]:
    """The second model: the rules that let one packet from one address to another pass, by looking. Nothing
    of the compiler is in it."""

    def home(address) -> str | None:
        for id, (_, networks) in drawn.sites.items():
            for text in networks:
                base, _, length = text.partition("/")
                lowest = ip_address(base)
                if lowest.version == address.version:
                    size = 2 ** ((32 if address.version == 4 else 128) - int(length))
                    if int(lowest) <= int(address) < int(lowest) + size:
                        return id
        return None

    a, b = home(source), home(destination)
    if a is None or b is None or a == b or source.version != destination.version:
        return set()
    found = set()
    for id, sources, destinations, services in drawn.rules:
        from_it = a in sources or "all" in sources or bool(drawn.sites[a][0] & sources)
        to_it = b in destinations or "all" in destinations or bool(drawn.sites[b][0] & destinations)
        for name in services:
            kind, ranges = PORTS[name]
            fits = kind == protocol and (
                protocol == "icmp" or any(port in range(first, last + 1) for first, last in ranges)
            )
            if from_it and to_it and fits:
                found.add(id)
    return found


def passes(flows: list[Flow], way: str, near, far, protocol: str, port: int | None) -> set[str]:
    """The rules by which a box lets a packet pass, out of what was compiled for it."""
    return {
        flow.rule
        for flow in flows
        if flow.way == way
        and flow.protocol == protocol
        and (port is None or any(first <= port <= last for first, last in flow.ports))
        and any(near in one for one in flow.near)
        and any(far in one for one in flow.far)
    }


def packets(policy: Policy, chance: random.Random):
    """Packets between addresses of the sites, at and beside the ports of services."""
    places = [(site, net) for site in policy.sites.values() for net in site.networks]
    for _ in range(PACKETS):
        (a, from_net), (b, to_net) = chance.choice(places), chance.choice(places)
        protocol = chance.choice(("tcp", "udp", "icmp"))
        ports = [
            edge for s in SERVICES.values() for pair in s.ports for edge in (pair[0] - 1, *pair, pair[1] + 1)
        ]
        port = None if protocol == "icmp" else chance.choice(ports)
        yield a, from_net[chance.randrange(1, 200)], b, to_net[chance.randrange(1, 200)], protocol, port


def test_a_thousand_policies_mean_the_same_to_a_plain_reader():
    """At both ends, in the answer to why, and in the matrix; and enough of both outcomes was tried."""
    chance, outcomes = random.Random(SEED), [0, 0]
    for _ in range(POLICIES):
        drawn = draw(chance)
        policy = drawn.policy
        table = matrix(policy)
        box = {site.id: compiled(policy, site) for site in policy.sites.values()}
        for a, source, b, destination, protocol, port in packets(policy, chance):
            told = plain(drawn, source, destination, protocol, port)
            assert passes(box[a.id], "out", source, destination, protocol, port) == told
            assert passes(box[b.id], "in", destination, source, protocol, port) == told
            answer = why(policy, a, b, protocol, port)
            if source.version == destination.version:
                assert set(answer.rules) == told and answer.allowed == bool(told)
                named = table.get((a.id, b.id), frozenset())
                assert bool(told) == any(SERVICES[name].has(protocol, port) for name in named)
            outcomes[bool(told)] += 1
    assert min(outcomes) > 1_000, outcomes


def test_a_change_is_foretold_flow_by_flow():
    """What preview says is cut passed before and does not after; and the other way round."""
    chance, seen = random.Random(SEED + 1), 0
    for _ in range(200):
        before = random_policy(chance)
        kept = [rule for rule in before.rules if chance.random() < 0.6]
        after = Policy(before.sites, SERVICES, (*kept, *random_rules_of(before, chance)))
        cut, opened = preview(before, after)
        for changed, was, now in ((cut, before, after), (opened, after, before)):
            for source, destination, name in changed:
                service = SERVICES[name]
                port = service.ports[0][0] if service.ports else None
                ends = before.sites[source], before.sites[destination]
                assert why(was, *ends, service.protocol, port).allowed
                assert not why(now, *ends, service.protocol, port).allowed
                seen += 1
        assert not cut & opened
    assert seen > 500
    assert preview(before, before) == (set(), set())


def random_rules_of(policy: Policy, chance: random.Random) -> list[Rule]:
    """One new rule between sites of the policy."""
    names = sorted(policy.sites)
    pick = frozenset((chance.choice(names),)), frozenset((chance.choice(names),))
    return [Rule("new", *pick, frozenset((chance.choice(sorted(SERVICES)),)))]


LICENCES = Site("dpmptsp", frozenset({"ID/GOV/DPMPTSP"}), (ip_network("10.64.0.0/24"),))
PEOPLE = Site(
    "dukcapil", frozenset({"ID/GOV/DUKCAPIL"}), (ip_network("10.64.1.0/24"), ip_network("fd00:1::/48"))
)
OTHERS = Site("kominfo", frozenset({"ID/GOV/KOMINFO"}), (ip_network("10.64.2.0/24"),))
SITES = {one.id: one for one in (LICENCES, PEOPLE, OTHERS)}
ONLY = Rule("r1", frozenset({"dpmptsp"}), frozenset({"ID/GOV/DUKCAPIL"}), frozenset({"mantra"}))


def test_the_licence_office_reaches_mantra_of_the_population_agency_and_nobody_else_does():
    policy = Policy(SITES, SERVICES, (ONLY,))
    assert why(policy, LICENCES, PEOPLE, "tcp", 5500).rules == ("r1",)
    assert why(policy, LICENCES, PEOPLE, "tcp", 443) == why(policy, LICENCES, PEOPLE, "icmp", None)
    assert why(policy, LICENCES, PEOPLE, "tcp", 443).near == ("r1",)
    assert not why(policy, OTHERS, PEOPLE, "tcp", 5500).allowed
    assert not why(policy, PEOPLE, LICENCES, "tcp", 5500).allowed
    assert compiled(policy, OTHERS) == []
    [out], [into] = compiled(policy, LICENCES), compiled(policy, PEOPLE)
    assert (out.way, into.way) == ("out", "in") and (out.near, out.far) == (into.far, into.near)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"sources": frozenset({"dpmptps"})}, "dpmptps"),
        ({"destinations": frozenset({"ID/GOV/DUKCAPI"})}, "ID/GOV/DUKCAPI"),
        ({"services": frozenset({"mantras"})}, "mantras"),
    ],
)
def test_a_name_that_stands_for_nothing_is_said(change, name):
    from dataclasses import replace

    with pytest.raises(Fault) as told:
        Policy(SITES, SERVICES, (replace(ONLY, **change),))
    assert (told.value.code, told.value.params) == ("pnsbox.name", {"rule": "r1", "name": name})
    assert Policy(SITES, SERVICES, (ONLY,)).rules == (ONLY,)


@pytest.mark.parametrize(
    ("protocol", "ports", "good"),
    [
        ("tcp", ((0, 1),), ((1, 1),)),
        ("tcp", ((2, 1),), ((1, 2),)),
        ("udp", ((1, 65536),), ((1, 65535),)),
        ("tcp", (), ((80, 80),)),
        ("icmp", ((1, 1),), ()),
    ],
)
def test_ports_that_are_none(protocol, ports, good):
    with pytest.raises(Fault) as told:
        Service(protocol, ports)
    assert told.value.code == "pnsbox.ports"
    assert Service(protocol, good).ports == good


def test_an_address_beside_a_network_is_nobodys():
    policy = Policy(
        SITES, SERVICES, (Rule("r1", frozenset({"all"}), frozenset({"all"}), frozenset({"web"})),)
    )
    inside, outside = ip_address("10.64.1.7"), ip_address("10.64.3.7")
    assert passes(compiled(policy, LICENCES), "out", ip_address("10.64.0.9"), inside, "tcp", 443) == {"r1"}
    assert passes(compiled(policy, LICENCES), "out", ip_address("10.64.0.9"), outside, "tcp", 443) == set()
