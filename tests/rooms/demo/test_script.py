"""The demo nation on paper: what its script names is there, and every outcome that people should see."""

import re
from datetime import date

import pytest

from pendopo.core import ids
from pendopo.portal.demo import messages, nation, script, tables, traffic
from pendopo.portal.demo.generate import agencies, citizens

TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def columns():
    """The columns of every table of the agencies' databases, by source and table."""
    families = list(citizens.families(200, villages=50))
    made = {"population": tables.population, "taxation": tables.taxation, "insurance": tables.insurance}
    return {(source, t.name): set(t.columns) for source, make in made.items() for t in make(families)}


def test_every_account_is_held_by_someone_with_a_number_of_their_own():
    found = list(nation.accounts(agencies.everyone(TODAY), TODAY))
    assert len({a.number for a in found}) == len(found) == len(nation.SEATS)
    assert all(a.position for a in found)


def test_every_agency_has_an_administrator_and_nodes_do_not_share_a_port():
    for agency in nation.NAMES:
        assert "ground.administrator" in nation.seats(agency)[0].roles
    ports = [port for node in nation.NODES for port in (node.portal, node.app, node.peer)]
    assert len(set(ports)) == len(ports)


@pytest.mark.parametrize("service", script.SERVICES, ids=lambda s: s.code)
def test_services_name_columns_that_their_table_has(service, columns):
    assert str(ids.ServiceId.parse(service.path)) == service.path
    assert set(service.columns) <= columns[service.system.source, service.table]
    assert set(service.filters) <= set(service.columns)


@pytest.mark.parametrize("request_", script.REQUESTS, ids=lambda r: f"{r.system.code}-{r.service.code}")
def test_requests_ask_another_agency_for_columns_it_offers(request_):
    assert request_.system.agency != request_.service.system.agency
    assert set(request_.columns) <= set(request_.service.columns)
    assert {*request_.hold, *request_.mask} <= set(request_.columns)
    assert bool(request_.reason) == (request_.outcome in ("refused", "revoked"))


def test_every_outcome_occurs_and_one_agreement_ends_within_days():
    assert {r.outcome for r in script.REQUESTS} == {"open", "approved", "offered", "refused", "revoked"}
    assert any(r.outcome == "approved" and r.days <= 7 for r in script.REQUESTS)
    asked = [(r.system.path, r.service.path) for r in script.REQUESTS]
    assert len(set(asked)) == len(asked), "one pair, one agreement"


def test_the_line_to_paste_is_the_call_itself():
    call = traffic.call_of(script.REQUESTS[2], 100, {"ID/GOV/BPJS/jkn": "rahasia"}, nik="eq.1")
    assert call.headers["Authorization"] == "Bearer rahasia"
    assert re.search(
        r"-H 'Authorization: Bearer rahasia'.* 'http://127\.0\.0\.1:8180/r1/ID/GOV/DUKCAPIL/", call.curl()
    )
    assert call.curl().endswith(f"{call.target}'")


def test_all_who_sign_in_where_there_is_mail_find_some_and_nothing_is_anybody_s():
    assert {seat.unit for seat in nation.seats(messages.AGENCY)} == set(messages.EVERYBODY)
    received = {one for plan in messages.MESSAGES for one in (*plan.to, *plan.cc)}
    assert received == set(messages.EVERYBODY)
    for number, plan in enumerate(messages.MESSAGES):
        if plan.answers is not None:
            asked = messages.MESSAGES[plan.answers]
            assert plan.answers < number and plan.hours < asked.hours
            assert plan.subject == f"Re: {asked.subject}" and asked.sender in plan.to
    assert [plan.hours for plan in messages.MESSAGES] == sorted(
        (plan.hours for plan in messages.MESSAGES), reverse=True
    ), "lists show what came last first"
    domains = {address.rpartition("@")[2] for _name, address in messages.OUTSIDERS.values()}
    assert all(domain.endswith(".example") for domain in {messages.DOMAIN, *domains})


def test_mail_of_the_demo_leaves_for_nowhere():
    mail = messages.servers(100)
    assert (mail.relay, mail.dns, mail.host) == ("127.0.0.1:9", False, "127.0.0.1")
    assert mail.smtp_port == 1125
