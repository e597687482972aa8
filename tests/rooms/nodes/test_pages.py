"""The node's pages: who sees them, what they do, and that they say so when the gateway is down."""

import pytest


def holder(agency, number, *roles):
    from pendopo.ground.accounts.models import Account, RoleGrant

    account = Account.objects.create_user(number, state="active", language="en")
    for role in roles:
        RoleGrant.objects.create(
            account=account, agency=agency, room="ground", role=role, valid=("2020-01-01", None)
        )
    return account


@pytest.fixture
def browser(registry, monkeypatch):
    """Signed-in clients: `browser("operator")`."""
    from django.test import Client

    made = iter(range(100))

    def sign_in(*roles, agency=registry):
        client = Client(HTTP_HOST="localhost")
        client.force_login(holder(agency, f"19900101201501100{next(made)}", *roles))
        return client

    return sign_in


@pytest.fixture
def djp(operator, joiner):
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.nodes import actions

    joined = joiner("ID/GOV/DJP", "djp")
    token = actions.invite("ID/GOV/DJP", "Pajak", "djp", actor=operator)
    actions.enrol(joined.request(token), actor=Actor.system(via="wire"))
    return joined


OPERATORS = ["/simpul/", "/simpul/anggota/", "/simpul/anggota/undang"]


def test_each_page_is_for_its_role_only(browser, djp):
    operator, administrator, nobody = browser("operator"), browser("administrator"), browser()
    for url in OPERATORS:
        assert operator.get(url).status_code == 200, url
        assert administrator.get(url).status_code == 403, url
        assert nobody.get(url).status_code == 403, url
    for url in ("/simpul/kunci/", "/simpul/kunci/exchange/ganti"):
        assert operator.get(url).status_code == 200, url
        assert administrator.get(url).status_code == 200, url
        assert nobody.get(url).status_code == 403, url
    assert operator.get("/simpul/kunci/log/ganti").status_code == 200
    assert administrator.get("/simpul/kunci/log/ganti").status_code == 404


def test_an_administrator_sees_its_own_agencys_keys_only(browser, registry, djp):
    from pendopo.ground.directory.models import Agency
    from pendopo.ground.nodes import reads

    other = Agency.objects.create(code="ID/GOV/X", name="X", hosted=True)
    mine = reads.own_key("agency:ID/GOV/DUKCAPIL", "exchange")[:16]
    assert mine in browser("administrator").get("/simpul/kunci/").content.decode()
    assert mine not in browser("administrator", agency=other).get("/simpul/kunci/").content.decode()


def test_the_state_page_says_that_the_gateway_is_down_and_still_shows_the_rest(browser, drawer, monkeypatch):
    from pendopo.ground.nodes import reads
    from pendopo.ground.nodes.gateway import Gateway

    monkeypatch.setattr(reads, "gateway", lambda: Gateway(drawer().home.control))
    text = browser("operator").get("/simpul/").content.decode()
    assert "gateway.down" in text and "Cannot be read while the gateway does not answer." in text
    assert "number 1, valid until" in text


def test_the_state_page_names_linked_gateways_with_their_clocks(browser):
    text = browser("operator").get("/simpul/").content.decode()
    assert "linked" in text and "2 s behind" in text


def test_an_invitation_is_shown_once_and_works(browser, djp, joiner):
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.nodes import actions, tokens

    client = browser("operator")
    wrong = client.post("/simpul/anggota/undang", {"agency": "ID/GOV/DJP", "agency_name": "P", "node": "djp"})
    assert wrong.status_code == 422 and "is a member already" in wrong.content.decode()
    given = {"agency": "ID/GOV/BPJS", "agency_name": "BPJS Kesehatan", "node": "bpjs"}
    page = client.post("/simpul/anggota/undang", given)
    text = page.content.decode().split("readonly")[1].split(">", 1)[1].split("<")[0]
    token = tokens.parse(text)
    assert page.headers["Cache-Control"] == "no-store"
    listed = client.get("/simpul/anggota/").content.decode()
    assert "BPJS Kesehatan" in listed and text not in listed
    actions.enrol(joiner("ID/GOV/BPJS", "bpjs").request(token), actor=Actor.system(via="wire"))
    assert "Open invitations" not in client.get("/simpul/anggota/").content.decode()


def test_an_invitation_can_be_withdrawn(browser, operator):
    from pendopo.ground.nodes.actions import invite
    from pendopo.ground.nodes.models import Enrolment

    invite("ID/GOV/BPJS", "BPJS", "bpjs", actor=operator)
    pk = Enrolment.objects.get().pk
    assert browser("administrator").post(f"/simpul/anggota/undangan/{pk}/tarik").status_code == 403
    assert Enrolment.objects.get().withdrawn_at is None
    assert browser("operator").post(f"/simpul/anggota/undangan/{pk}/tarik").status_code == 302
    assert Enrolment.objects.get().withdrawn_at is not None


def test_revoking_asks_for_the_name_and_says_who_knows(browser, djp, on_commit):
    from pendopo.ground.nodes import reads
    from pendopo.ground.nodes.models import Revocation

    client, url = browser("operator"), "/simpul/anggota/cabut/agency/ID/GOV/DJP"
    assert "Cut off the agency ID/GOV/DJP?" in client.get(url).content.decode()
    wrong = client.post(url, {"why": "closed", "name": "ID/GOV/DJ"})
    assert wrong.status_code == 422 and not Revocation.objects.exists()
    assert client.post(url, {"why": "", "name": "ID/GOV/DJP"}).status_code == 422
    assert client.get("/simpul/anggota/cabut/agency/ID/GOV/TIADA").status_code == 404
    assert client.get("/simpul/anggota/cabut/person/x").status_code == 404
    with on_commit():
        assert client.post(url, {"why": "closed", "name": "ID/GOV/DJP"}).status_code == 302
    assert reads.registry().revoked_at("agency", "ID/GOV/DJP") is not None
    assert "closed" in client.get("/simpul/anggota/").content.decode()


def test_a_key_is_replaced_from_its_page(browser, drawer, on_commit):
    from pendopo.ground.nodes import reads

    old = reads.own_key("agency:ID/GOV/DUKCAPIL", "exchange")
    with on_commit():
        assert browser("administrator").post("/simpul/kunci/exchange/ganti").status_code == 302
    new = reads.own_key("agency:ID/GOV/DUKCAPIL", "exchange")
    assert new != old and reads.registry().keys.descends(new, [old])


def test_enrolment_answers_machines_in_codes_and_needs_no_session(registry, operator, joiner):
    from django.test import Client

    from pendopo.ground.nodes.actions import invite

    machine = Client(HTTP_HOST="localhost", enforce_csrf_checks=True)
    json = "application/json"
    assert machine.get("/nodes/enrol").status_code == 405
    noise = machine.post("/nodes/enrol", b"{}", content_type=json)
    assert (noise.status_code, noise.json()["code"]) == (403, "envelope.version")
    big = machine.post("/nodes/enrol", b"x" * 70000, content_type=json)
    assert (big.status_code, big.json()["code"]) == (413, "nodes.request_malformed")
    token, djp = invite("ID/GOV/DJP", "Pajak", "djp", actor=operator), joiner("ID/GOV/DJP", "djp")
    assert machine.post("/nodes/enrol", djp.request(token), content_type=json).status_code == 200


def test_a_node_that_is_no_registry_has_no_registry_pages(browser, fresh_home, monkeypatch):
    import dataclasses

    from django.conf import settings

    monkeypatch.setattr(settings, "HOME", dataclasses.replace(fresh_home, registry=False))
    client = browser("operator")
    assert client.get("/simpul/").status_code == 200
    for url in OPERATORS[1:]:
        assert client.get(url).status_code == 404
