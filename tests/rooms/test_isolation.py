"""Every route of the portal by every method it takes, over a real gateway: refused to whoever is not its own
agency, and once done by its own.

The routes come from Django's own table, so a new one fails here until its room says, in one line of
`tests/browser/rooms/ROOM.py`, how to reach it. The same for the routes of the gateway is in
`test_isolation_gateway.py`; the one line that counts both stands at the end of the run.
"""

from dataclasses import replace
from unittest import mock

import pytest
from browser import walk
from django_names import names

from tests.rooms import isolation
from tests.rooms.isolation import accepted, address, done_since, last_line, names_ours, post_data, to_login
from tests.rooms.mantra.test_wizard import fields

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@pytest.fixture(scope="module")
def whole(django_home, mail_servers, assets):
    """Everything seeded once for the module, in a transaction that is rolled back, over a running gateway.

    What an act leaves for the commit (documents for the gateway) happens at once: this one never commits.
    """
    from django.conf import settings
    from django.db import transaction

    with transaction.atomic(), mock.patch.object(transaction, "on_commit", lambda run, *_, **__: run()):
        seeded = walk.seed()
        with isolation.running_gateway(settings.HOME):
            seeded.objects["own_exchange"] = isolation.own_exchange(seeded)
            yield seeded
        transaction.set_rollback(True)


@pytest.fixture
def seeded(whole):
    """What was seeded; what a test changes is taken back."""
    with isolation.taken_back():
        yield whole


@pytest.fixture
def client(django_home):
    from django.core.cache import cache
    from django.test import Client

    cache.clear()

    def signed_in(account=None, **session):
        client = Client(HTTP_HOST=f"{django_home.node}.localhost", raise_request_exception=False)
        if account is not None:
            client.force_login(account, backend="pendopo.ground.accounts.signin.NumberBackend")
        if session:
            held = client.session
            held.update(session)
            held.save()
        return client

    return signed_in


@pytest.fixture
def count(record_property):
    """Adds to the one line at the end of the run: `count(refusals=12)`."""
    return lambda **numbers: record_property("isolation", numbers)


def routes(*kinds):
    return [route for route in walk.routes().values() if route.kind in kinds]


def sent(client, route, method, seeded, kwargs=None):
    """The response to one method, a POST with the route's fields."""
    path = address(route, seeded, kwargs)
    return client.post(path, post_data(route, seeded)) if method == "POST" else client.generic(method, path)


def add_session(seeded):
    """A session of the own administrator, as an object that an address names."""
    from allauth.usersessions.models import UserSession

    seeded.objects["session"] = UserSession.objects.create(
        user=seeded.accounts["admin"], ip="127.0.0.1", user_agent="uji", session_key="s" * 32
    )


@pytest.fixture(scope="module")
def taken():
    """Route → the methods it takes: nothing that a test does changes them."""
    return {}


@pytest.fixture
def takes(seeded, client, taken):
    """The methods a route takes, as its own agency finds out; each is asked once."""
    add_session(seeded)

    def of(route):
        if route.name not in taken:
            with isolation.taken_back():
                own = client(seeded.accounts["admin"])
                taken[route.name] = accepted(own.generic("PATCH", address(route, seeded)))
        return taken[route.name]

    return of


def test_every_route_has_a_line_and_every_line_a_route(django_home, count):
    found, known = set(names()), walk.routes()
    assert not found - set(known), f"say how to reach them, in tests/browser/rooms/: {found - set(known)}"
    assert not set(known) - found, f"no such route: {set(known) - found}"
    programs = len(routes("program"))
    count(portal=len(found) - programs, api=programs)


def test_nobody_signed_out_gets_past_sign_in(seeded, client, count):
    add_session(seeded)
    out, refusals = client(), 0
    for route in routes("own", "agency", "object", "node"):
        for method in METHODS:
            assert to_login(sent(out, route, method, seeded)), f"{method} {route.name}"
            refusals += 1
    count(refusals=refusals)


def test_a_foreign_agency_is_refused_every_object_by_every_method(seeded, client, takes, count):
    """Not found, as if it were not there; nothing of ours changes, nothing is recorded as done."""
    foreign, refusals, before, last = client(seeded.accounts["foreign"]), 0, _rows(seeded), last_line()
    for route in routes("object"):
        methods = takes(route)
        for method in METHODS:
            response = sent(foreign, route, method, seeded)
            wanted = 404 if method in methods else 405
            assert response.status_code == wanted, f"{method} {route.name}: {response.status_code}"
            refusals += 1
    assert _rows(seeded) == before
    assert [line for line in done_since(last) if line[1] == "done"] == []
    count(refusals=refusals)


def test_an_agencys_people_are_refused_what_belongs_to_the_node(seeded, client, takes, count):
    outsider, refusals, last = client(seeded.accounts["outsider"]), 0, last_line()
    for route in routes("node"):
        methods = takes(route)
        for method in METHODS:
            response = sent(outsider, route, method, seeded)
            wanted = 403 if method in methods else 405
            assert response.status_code == wanted, f"{method} {route.name}: {response.status_code}"
            refusals += 1
    assert [line for line in done_since(last) if line[1] == "done"] == []
    count(refusals=refusals)


def test_an_agencys_pages_show_nothing_of_another(seeded, client, takes, count):
    """Each answers for the agency of who asks; one that names an object of ours is refused."""
    foreign, refusals, before = seeded.accounts["foreign"], 0, _rows(seeded)
    for route in routes("agency", "own"):
        for method in takes(route):
            with isolation.taken_back():
                last = last_line()
                response = sent(client(foreign), route, method, seeded, route.theirs)
                text = response.content.decode(errors="replace")
                shown = [word for word in seeded.words if word in text]
                assert not shown, f"{method} {route.name} shows {shown}"
                if method == "POST" and names_ours(route):
                    assert response.status_code in (404, 422), f"{route.name}: {response.status_code}"
                    refusals += 1
                ours = seeded.objects["agency"].code
                assert not [line for line in done_since(last) if line[2] == ours], f"{method} {route.name}"
                assert _rows(seeded) == before, f"{method} {route.name}"
    count(refusals=refusals)


def test_a_session_that_still_names_our_agency_opens_nothing(seeded, client, takes, count):
    """Somebody whose role here was withdrawn, or a forged session: no right comes from it."""
    ours = seeded.objects["agency"]
    stale, refusals, last = client(seeded.accounts["foreign"], agency=str(ours.pk)), 0, last_line()
    words = [word for word in seeded.words if word != ours.name]  # the roof says for whom one works
    for route in routes("agency"):
        for method in takes(route):
            response = sent(stale, route, method, seeded)
            text = response.content.decode(errors="replace")
            shown = [word for word in words if word in text]
            assert not shown, f"{method} {route.name} shows {shown}"
            if response.status_code == 200:
                assert route.name in OPEN_TO_ALL, f"{method} {route.name}"
            else:
                assert response.status_code in (403, 404), f"{method} {route.name}: {response.status_code}"
                refusals += 1
    assert [line for line in done_since(last) if line[1] == "done"] == []
    count(refusals=refusals)


# Pages that are there for anyone signed in, with what the roles give: here nothing.
OPEN_TO_ALL = {"portal:home", "portal:find"}


def _rows(seeded):
    """Every object as its table has it now, by its name."""
    named = {name: found for name, found in seeded.objects.items() if hasattr(found, "_meta")}
    keys = {}
    for found in named.values():
        keys.setdefault(type(found), set()).add(found.pk)
    rows = {}
    for model, of in keys.items():
        for row in model.objects.filter(pk__in=of).values():
            row.pop("last_login", None)
            rows[model, row[model._meta.pk.attname]] = row
    return {name: rows[type(found), found.pk] for name, found in named.items()}


def test_every_route_works_for_its_own_agency(seeded, client, count):
    """A page that is shown; an act that is done, recorded as done by the own agency, and said to be."""
    add_session(seeded)
    admin, done = seeded.accounts["admin"], 0
    for route in routes("public", "own", "agency", "object", "node"):
        with isolation.taken_back():
            own = client(None if route.kind == "public" else admin)
            if route.given:
                route.given(seeded, own)
            _shown(route, own, seeded) if route.post is None else _done(route, own, seeded)
        done += 1
    count(successes=done)


def test_a_node_is_enrolled_by_its_own_token_only(seeded, client, tmp_path, count):
    """The one address that nodes call; there is nobody signed in, the token signs."""
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.nodes import actions
    from pendopo.ground.nodes.models import Member

    (route,) = routes("program")
    path, nodes = address(route, seeded), client()
    operator = Actor.system(seeded.objects["agency"], via="cli")
    token = actions.invite("ID/GOV/BKN", "Badan Kepegawaian", "bkn", actor=operator)

    def enrol(**changes):
        request = isolation.enrolment(tmp_path, replace(token, **changes))
        return nodes.generic("POST", path, request, content_type="application/json")

    foreign = {
        "nodes.token_other": {"agency": "ID/GOV/BPJS"},
        "nodes.token_unknown": {"seed": bytes(32)},
    }
    for code, changes in foreign.items():
        response = enrol(**changes)
        assert (response.status_code, response.json()["code"]) == (403, code)
    others = [method for method in METHODS if method != "POST"]
    assert {nodes.generic(method, path).status_code for method in others} == {405}
    assert not Member.objects.filter(pk="ID/GOV/BKN").exists()
    assert enrol().status_code == 200
    assert Member.objects.get(pk="ID/GOV/BKN").node_id == "bkn"
    count(refusals=len(foreign) + len(others), successes=1)


def _shown(route, own, seeded):
    """A GET: the page itself, where it leads on to one that is shown."""
    response = own.get(address(route, seeded), follow=True)
    at = f"{route.name}: {response.status_code} {response.redirect_chain}"
    assert response.status_code == 200, at
    assert not any(to.startswith(("/masuk", "/akun/pastikan")) for to, _ in response.redirect_chain), at
    assert not [words for level, words in isolation.said(response) if level != "success"], at


def _done(route, own, seeded):
    """A POST of the page's form, as it stands or with the route's fields: no trouble, and done."""
    path = address(route, seeded)
    form = {}
    if "GET" in accepted(own.generic("PATCH", path)):
        page = own.get(path)
        form = fields(page.content.decode().partition('id="main"')[2]) if page.status_code == 200 else {}
    last = last_line()
    response = own.post(path, form | post_data(route, seeded))
    notices, lines = isolation.said(response), done_since(last)
    at = f"{route.name}: {response.status_code} {notices} {lines} {_errors(response)}"
    assert response.status_code in (200, 302), at
    assert not [words for level, words in notices if level != "success"], at
    if route.shows is not None:
        assert route.shows(response), at
    else:
        assert not to_login(response), at
        assert lines and {line[1:] for line in lines} == {("done", seeded.objects["agency"].code)}, at


def _errors(response):
    form = (response.context or {}).get("form") if response.context else None
    return getattr(form, "errors", "")
