"""The number on the roof is the number of things that home lists, for everybody."""

import re
from dataclasses import replace
from itertools import combinations

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


def test_every_capacity_is_counted_as_it_is_listed(seeded, django_home):
    """Numbers and lists come from questions of their own: both find the same, whatever somebody is."""
    from django.db.backends.postgresql.psycopg_any import DateRange

    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.rooms import rooms
    from pendopo.simaya.letters.models import Access
    from pendopo.simaya.offices.models import Assistant

    whole = Actor.of(seeded.accounts["admin"])
    counting = [room for room in rooms() if room.count]
    found = set()

    def compare():
        for room in counting:
            held = [grant for grant in whole.grants if grant.room == room.code]
            for grants in (some for n in range(len(held) + 1) for some in combinations(held, n)):
                for posts in ((), whole.posts):
                    somebody = replace(whole, grants=grants, _found={"posts": posts})
                    listed = sum(thing.count for thing in room.waiting(somebody))
                    assert room.count(somebody) == listed, (room.code, grants, posts)
                    found.add((room.code, listed))

    compare()
    busy = Access.objects.filter(letter__agency=whole.agency, why="author").values_list("post", flat=True)
    Assistant.objects.create(
        agency=whole.agency, person=whole.person, position_id=busy[0], valid=DateRange(None, None), by={}
    )
    compare()
    assert len(found) > 10, found
