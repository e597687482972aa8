"""The page of one's own signing key: made, certified, ended; each person sees only their own."""

import pytest

from tests.rooms.simaya.trust import PASSPHRASE

KEY, END = "/surat/kunci/", "/surat/kunci/akhiri/"


@pytest.fixture
def browser(trusted):
    """A browser signed in as somebody of the office: `browser("Kepala Dinas")`."""
    from django.test import Client

    def sign_in(name: str, desk=None) -> Client:
        client = Client(HTTP_HOST="localhost", HTTP_ACCEPT_LANGUAGE="id")
        client.force_login((desk or trusted.desk).accounts[name])
        return client

    return sign_in


def test_made_certified_and_ended(trusted, browser):
    from pendopo.simaya.signing import actions

    trusted.number()
    head = browser("Kepala Dinas")
    twice = {"passphrase": PASSPHRASE, "again": PASSPHRASE}
    assert head.post(KEY, twice | {"again": "yang lain sama sekali"}).status_code == 422
    assert head.post(KEY, {"passphrase": "pendek", "again": "pendek"}).status_code == 422
    assert head.get(END).status_code == 302  # there is nothing to end
    assert head.post(KEY, twice).status_code == 302
    assert 'hx-trigger="every 2s"' in head.get(KEY).content.decode()
    trusted.post()
    page = head.get(KEY).content.decode()
    assert "197001011995031001" in page and END in page and 'name="passphrase"' not in page
    assert head.get(END).status_code == 200
    assert head.post(END, {"reason": " "}).status_code == 422
    assert actions.own(trusted.desk.actor("Kepala Dinas")).state == "ready"
    assert head.post(END, {"reason": "Telepon hilang"}).status_code == 302
    assert actions.of(trusted.desk.actor("Kepala Dinas")) is None
    assert 'name="passphrase"' in head.get(KEY).content.decode()


def test_near_its_end_the_next_key_is_made_beside_it(trusted, browser):
    from datetime import timedelta

    from django.utils import timezone

    key, head = trusted.ready(), browser("Kepala Dinas")
    assert 'name="passphrase"' not in head.get(KEY).content.decode()
    type(key).objects.filter(pk=key.pk).update(until=timezone.now() + timedelta(days=59))
    page = head.get(KEY).content.decode()
    assert "197001011995031001" in page and 'name="passphrase"' in page


def test_nobody_else_sees_or_ends_it(trusted, browser):
    key = trusted.ready()
    for client in (browser("Sekretaris"), browser("Kepala Dinas", trusted.other)):
        assert "197001011995031001" not in client.get(KEY).content.decode()
        assert client.post(END, {"reason": "Iseng"}).status_code == 302
    for role in ("registrar", "supervisor"):
        assert browser(role).get(KEY).status_code == 403
        assert browser(role).post(END, {"reason": "Iseng"}).status_code == 403
    key.refresh_from_db()
    assert key.state == "ready"
