"""Every route of the portal, as another agency, by every method: refused; and once as its own, where it
works.

The routes come from Django's own table, so a new one fails here until its room says, in one line of
`tests/browser/rooms/ROOM.py`, how to reach it.
"""

import pytest
from browser import walk
from django_names import names

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
REFUSED = (403, 404, 405)


@pytest.fixture(scope="module")
def whole(django_home):
    """Everything seeded once for the module, in a transaction that is rolled back."""
    from django.db import transaction

    with transaction.atomic():
        yield walk.seed()
        transaction.set_rollback(True)


@pytest.fixture
def seeded(whole):
    """What was seeded; what a test changes is taken back."""
    from django.db import transaction

    with transaction.atomic():
        yield whole
        transaction.set_rollback(True)


@pytest.fixture
def client(django_home):
    from django.test import Client

    def signed_in(account=None):
        client = Client(HTTP_HOST=f"{django_home.node}.localhost", raise_request_exception=False)
        if account is not None:
            client.force_login(account, backend="pendopo.ground.accounts.signin.NumberBackend")
        return client

    return signed_in


def to_login(response):
    return response.status_code == 302 and response["Location"].startswith("/masuk")


def post_data(route, seeded):
    objects = {name: getattr(found, "pk", found) for name, found in seeded.objects.items()}
    return {
        name: value.format_map(objects) if isinstance(value, str) else value
        for name, value in (route.post or {}).items()
    }


def address(route, seeded):
    from django.urls import reverse

    kwargs = {}
    for name, found in route.kwargs.items():
        found = seeded.objects.get(found, found)
        kwargs[name] = getattr(found, "pk", found)
    return reverse(route.name, kwargs=kwargs)


def add_session(seeded, client):
    """A session of the own administrator, as an object that an address names."""
    from allauth.usersessions.models import UserSession

    own = client(seeded.accounts["admin"])
    own.get("/", HTTP_USER_AGENT="uji")
    seeded.objects["session"] = UserSession.objects.create(
        user=seeded.accounts["admin"], ip="127.0.0.1", user_agent="uji", session_key="s" * 32
    )


def test_every_route_has_a_line_and_every_line_a_route(django_home):
    found, said = set(names()), set(walk.routes())
    assert not found - said, f"say how to reach them, in tests/browser/rooms/: {sorted(found - said)}"
    assert not said - found, f"no such route: {sorted(said - found)}"
    print(f"{len(found)} routes")


def test_nobody_signed_out_gets_past_sign_in(seeded, client):
    add_session(seeded, client)
    out = client()
    for route in walk.routes().values():
        if route.kind == "public":
            continue
        for method in METHODS:
            response = out.generic(method, address(route, seeded))
            assert to_login(response) or response.status_code in REFUSED, f"{method} {route.name}: {response}"


def test_a_foreign_agency_is_refused_every_object_by_every_method(seeded, client):
    add_session(seeded, client)
    foreign = client(seeded.accounts["foreign"])
    walked = 0
    for route in walk.routes().values():
        if route.kind != "object":
            continue
        for method in METHODS:
            data = post_data(route, seeded) if method == "POST" else {}
            send = foreign.post if method == "POST" else lambda path, data, m=method: foreign.generic(m, path)
            response = send(address(route, seeded), data)
            assert response.status_code in REFUSED, f"{method} {route.name}: {response.status_code}"
            walked += 1
    print(f"{walked} refusals")


def test_an_agencys_pages_show_nothing_of_another(seeded, client):
    foreign = client(seeded.accounts["foreign"])
    for route in walk.routes().values():
        if route.kind not in ("agency", "own") or route.why:
            continue
        for method in ("GET", "POST"):
            data = post_data(route, seeded) if method == "POST" else {}
            send = foreign.post if method == "POST" else foreign.get
            response = send(address(route, seeded), data)
            text = response.content.decode(errors="replace")
            shown = [word for word in seeded.words if word in text]
            assert not shown, f"{method} {route.name} shows {shown}"


def test_the_foreign_agency_changed_nothing_of_ours(seeded, client):
    """The rows behind the refused addresses, before and after the whole walk."""
    add_session(seeded, client)
    before = _rows(seeded)
    foreign = client(seeded.accounts["foreign"])
    for route in walk.routes().values():
        if route.kind in ("object", "agency"):
            foreign.post(address(route, seeded), post_data(route, seeded))
    assert _rows(seeded) == before


def _rows(seeded):
    kept = {}
    for name, found in seeded.objects.items():
        if hasattr(found, "_meta"):
            kept[name] = type(found).objects.filter(pk=found.pk).values().first()
            kept[name].pop("last_login", None)
    return kept


def test_every_route_works_for_its_own_agency(seeded, client):
    from django.db import transaction

    add_session(seeded, client)
    own = client(seeded.accounts["admin"])
    for route in walk.routes().values():
        if route.why:
            continue
        with transaction.atomic():
            if route.post is None:
                response = own.get(address(route, seeded))
            else:
                response = own.post(address(route, seeded), post_data(route, seeded))
            assert response.status_code in route.ok, f"{route.name}: {response.status_code} {_said(response)}"
            assert not to_login(response), route.name
            transaction.set_rollback(True)


def _said(response):
    form = (response.context or {}).get("form") if response.context else None
    return getattr(form, "errors", "")
