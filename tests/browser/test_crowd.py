"""Pages of a private network with five hundred sites: small, and without a fault in any width and theme. With
PICTURES=1 kept as pictures under artifacts/pages."""

import pytest
from browser import walk
from browser.test_pages import HEAVIEST, PICTURES, WIDTHS, _seen, _size

PAGES = {
    "peta": "/jaringan/",
    "gangguan": "/jaringan/gangguan/",
    "matriks": "/jaringan/kebijakan/matriks/",
    "mengapa": "/jaringan/kebijakan/mengapa/?source=pusat&destination=s7&service=web",
    "cabut": "/jaringan/kebijakan/{rule}/cabut/",
}


@pytest.fixture(scope="session")
def province(portal):
    """A network with five hundred sites, some in trouble, beside the walk's own data."""
    from django.db import connection, transaction
    from django.utils import timezone

    from pendopo.pnsbox.boxes.models import Box
    from pendopo.pnsbox.health import job
    from tests.rooms.pnsbox.crowd import crowd
    from tests.rooms.pnsbox.land import found

    now = timezone.now()
    with transaction.atomic():
        land = found()
        boxes = crowd(land, 500)
        for number in (17, 43):
            Box.objects.filter(name=f"s{number}").update(reported_at=now - timezone.timedelta(hours=2))
        undone = boxes["s99"].report | {"state": "undone", "undone": {"serial": 4, "why": "box.cut_off"}}
        Box.objects.filter(name="s99").update(report=undone)
        Box.objects.filter(name="s123").update(state="invited", reported_at=None)
    job.look(now)
    job.look(now + timezone.timedelta(seconds=75))
    rule = land.network.rules.get(number=1)
    connection.close()
    return walk.Seeded({"officer": land.officer.account}, {"rule": rule})


@pytest.fixture
def signed_in(eyes, portal, province):
    """The officer's session: tests' accounts have no number to sign in with."""
    from django.test import Client

    client = Client()
    client.force_login(province.accounts["officer"], backend="pendopo.ground.accounts.signin.NumberBackend")
    eyes.cookies["officer"] = [
        {"name": one.key, "value": one.value, "url": portal.url} for one in client.cookies.values()
    ]
    return eyes.window("officer")


@pytest.mark.parametrize("name", PAGES)
def test_with_five_hundred_sites(name, signed_in, province):
    PICTURES.mkdir(parents=True, exist_ok=True)
    page, _asked, broken = signed_in
    _size(page, WIDTHS[0])
    page.emulate_media(color_scheme="light")
    answer = page.goto(province.fill(PAGES[name]))
    assert answer.status == 200
    assert answer.request.sizes()["responseBodySize"] <= HEAVIEST
    narrow, wide = WIDTHS
    faults = _seen(page, f"500-{name}", narrow, ("light", "dark"))
    faults += _seen(page, f"500-{name}", wide, ("dark", "light"))
    assert not faults + broken, "\n".join(faults + broken)


def test_the_map_follows_by_itself(signed_in):
    """A box is heard again: the page says so without being loaded, and what was opened on it stays open."""
    from django.db import connection
    from django.utils import timezone

    from pendopo.pnsbox.boxes.models import Box

    page, _asked, broken = signed_in
    page.goto("/jaringan/")
    page.get_by_text("498 dari 501 lokasi terhubung").wait_for()
    why = page.locator("#live details").first
    why.locator("summary").click()
    Box.objects.filter(name="s17").update(reported_at=timezone.now())
    connection.close()
    page.evaluate("htmx.trigger('#live', 'poll')")  # what the script does every 15 seconds
    page.get_by_text("499 dari 501 lokasi terhubung").wait_for()
    assert why.evaluate("details => details.open")
    assert not broken
