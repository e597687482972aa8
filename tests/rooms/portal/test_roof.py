"""The number on the roof is the number of things that home lists, for everybody."""

import re

import pytest
from browser import walk


@pytest.fixture
def seeded(db, django_home, assets):
    return walk.seed()


def numbers(page: str) -> dict[str, str]:
    """Room → the number beside its name, as any page shows it."""
    nav = re.search(r'(?s)<nav class="rooms".*?</nav>', page)
    found = re.findall(r">(\w+)(?:<span class=\"count\">([\d.]+)<)?", nav[0]) if nav else ()
    return {name: number for name, number in found if number}


def test_roof_and_home_count_alike(seeded, django_home):
    from django.test import Client

    shown = []
    for account in seeded.accounts.values():
        client = Client(HTTP_HOST=f"{django_home.node}.localhost")
        client.force_login(account, backend="pendopo.ground.accounts.signin.NumberBackend")
        home, other = (client.get(path).content.decode() for path in ("/", "/akun/"))
        assert numbers(home) == numbers(other)
        shown.append(numbers(other))
    assert {"siMAYA", "MANTRA"} <= set(max(shown, key=len)), shown
