"""Every link of every page, as each role: none leads where that role may not go, or where nothing is."""

import re
from collections import Counter
from html import unescape

import pytest
from browser import walk

EACH = 2  # of the same kind of link from one page to another
LINK = re.compile(r'<a [^>]*?href="(/[^"#]*)')


@pytest.fixture(scope="module")
def seeded(django_home, mail_servers, assets):
    from django.db import transaction

    with transaction.atomic():
        found = walk.seed()
        for room, role in roles():
            found.accounts[f"{room}.{role}"] = holder(found.objects["agency"], room, role)
        yield found
        transaction.set_rollback(True)


def roles():
    from pendopo.ground.accounts.roles import ROLES

    return [(room, role) for room, known in ROLES.items() for role in known]


def holder(agency, room: str, role: str):
    """Somebody of the agency with one role alone."""
    from browser.rooms.ground import person

    from pendopo.ground.accounts import actions as accounts
    from pendopo.ground.accounts.actor import Actor

    actor = Actor.system(agency, via="cli")
    number = f"199001012015012{1 + roles().index((room, role)):03d}"
    someone = person(agency, f"{role.title()} {room}", number, actor)
    made, code = accounts.create_account(someone, [(room, role)], actor=actor)
    return accounts.activate(made.username, code, walk.PASSWORD)


def opened(seeded, django_home, account, *starts):
    """(page, link, its status) of every link found from `starts` on, for one account."""
    from django.test import Client
    from django.urls import resolve

    client = Client(HTTP_HOST=f"{django_home.node}.localhost", raise_request_exception=False)
    client.force_login(account, backend="pendopo.ground.accounts.signin.NumberBackend")
    statuses, edges, found = {}, Counter(), []
    queue = [(None, start) for start in starts]
    while queue:
        came, path = queue.pop()
        if path not in statuses:
            answer = client.get(path)
            statuses[path] = answer.status_code
            if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
                view = resolve(path.partition("?")[0]).view_name
                for link in dict.fromkeys(map(unescape, LINK.findall(answer.content.decode()))):
                    edge = view, resolve(link.partition("?")[0]).view_name if not asset(link) else None
                    edges[edge] += 1
                    if edge[1] and edges[edge] <= EACH:
                        queue.append((path, link))
        if came is not None:
            found.append((came, path, statuses[path]))
    return found


def asset(link: str) -> bool:
    return link.startswith("/static/")


@pytest.mark.parametrize(
    "name, item",
    [("used", "/mantra/sambungan/"), ("agreement", "/mantra/perjanjian/")],
    ids=["asks", "gives"],
)
def test_an_agreement_lies_under_its_own_side_of_the_menu(seeded, django_home, name, item):
    from django.test import Client

    client = Client(HTTP_HOST=f"{django_home.node}.localhost")
    client.force_login(seeded.accounts["admin"], backend="pendopo.ground.accounts.signin.NumberBackend")
    page = client.get(f"/mantra/perjanjian/{seeded.objects[name].pk}/").content.decode()
    aside = page.partition('class="side')[2].partition("</nav>")[0]
    assert re.findall(r'href="([^"]+)"[^>]*aria-current', aside) == [item]


def test_every_link_of_every_page_leads_somewhere_for_each_role(seeded, django_home):
    dead, walked = [], 0
    pages = {seeded.fill(page.path) for page in walk.pages() if page.do is None and page.status == 200}
    for name in ("admin", "nobody", "foreign", *(f"{room}.{role}" for room, role in roles())):
        starts = sorted(pages) if name == "admin" else ["/"]
        for came, link, status in opened(seeded, django_home, seeded.accounts[name], *starts):
            walked += 1
            if status not in (200, 302):
                dead.append(f"{name}: {came} → {link}: {status}")
    assert not dead, "\n".join(dead)
    assert walked > 500
