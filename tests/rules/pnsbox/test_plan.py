"""The address plan against the plainest model there is: sets of single addresses."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pendopo.core.errors import Fault
from pendopo.pnsbox.sites.plan import REST, Plan, add

NOW = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
POOL4, POOL6 = ip_network("10.64.0.0/22"), ip_network("fd00:64::/56")
EMPTY = Plan(POOL4, POOL6)
# A small pool, so that it runs full: add a site with so many machines, remove one, let days pass.
steps = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(0, 12), st.integers(1, 120)),
        st.tuples(st.just("remove"), st.integers(0, 12), st.just(0)),
        st.tuples(st.just("wait"), st.integers(1, 40), st.just(0)),
    ),
    max_size=40,
)


def remove(plan: Plan, site: str, now: datetime) -> Plan:
    """As `sites.actions` does with the rows: what the site had rests."""
    given = {one: pair for one, pair in plan.given.items() if one != site}
    resting = {**plan.resting, **dict.fromkeys(plan.given.get(site, ()), now)}
    return replace(plan, given=given, resting=resting)


@settings(max_examples=400)
@given(steps, st.booleans())
def test_no_address_is_ever_two_sites_and_none_moves(moves, shared):
    foreign = (ip_network("10.64.1.0/26"),) if shared else ()
    plan, now = Plan(POOL4, POOL6, foreign=foreign), NOW
    owner = dict.fromkeys((a for one in foreign for a in one), "foreign")  # single address -> who has it
    left: dict[object, datetime] = {}  # single address -> given back when
    for what, number, machines in moves:
        site = f"site{number}"
        if what == "wait":
            now += timedelta(days=number)
            continue
        if what == "remove":
            mine = [address for address, who in owner.items() if who == site]
            for address in mine:
                del owner[address]
                left[address] = now
            plan = remove(plan, site, now)
            continue
        if site in plan.given:
            continue
        before = dict(plan.given)
        try:
            plan = add(plan, site, machines, now)
        except Fault as fault:
            assert fault.code == "pnsbox.pool" and dict(plan.given) == before
            continue
        assert before.items() <= dict(plan.given).items(), "somebody else's network moved"
        network4, network6 = plan.given[site]
        assert network4.subnet_of(POOL4) and network6.subnet_of(POOL6)
        assert network4.num_addresses >= machines + 3
        for address in network4:
            assert address not in owner, f"{address} has an owner"
            assert address not in left or now - left[address] >= REST
            owner[address] = site
    sixes = [pair[1] for pair in plan.given.values()]
    assert len(set(sixes)) == len(sixes)


def test_small_sites_leave_the_large_gap_whole():
    plan = add(EMPTY, "a", 100, NOW)
    for name in "bcde":
        plan = add(plan, name, 10, NOW)
    plan = add(plan, "f", 200, NOW)
    plan = add(plan, "g", 500 - 3, NOW)
    assert str(plan.given["g"][0]) == "10.64.2.0/23"


def test_a_network_rests_before_it_is_given_again():
    plan = add(EMPTY, "a", 1000, NOW)
    plan = remove(plan, "a", NOW)
    with pytest.raises(Fault) as told:
        add(plan, "b", 1000, NOW + REST - timedelta(seconds=1))
    assert told.value.code == "pnsbox.pool"
    assert add(plan, "b", 1000, NOW + REST).given["b"][0] == POOL4


@pytest.mark.parametrize(
    ("machines", "bits"), [(1, 29), (5, 29), (6, 28), (13, 28), (14, 27), (253, 24), (254, 23)]
)
def test_as_many_machines_as_fit(machines, bits):
    assert add(EMPTY, "a", machines, NOW).given["a"][0].prefixlen == bits


@pytest.mark.parametrize(("machines", "twin"), [(0, 1), (4094, 4093)])
def test_numbers_that_no_site_has(machines, twin):
    with pytest.raises(Fault) as told:
        add(Plan(ip_network("10.0.0.0/8"), POOL6), "a", machines, NOW)
    assert told.value.code == "pnsbox.machines"
    assert add(Plan(ip_network("10.0.0.0/8"), POOL6), "a", twin, NOW).given
