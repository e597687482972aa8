"""What one node's seat does for directory, accounts and members: each step calls ground's own actions.

Runs inside a node, with Django set up (`seat`). Arguments and results are plain JSON.
"""

from dataclasses import asdict
from functools import cache
from typing import Any

from django.db import transaction
from django.utils import timezone

from pendopo.ground.accounts import actions as accounts
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.accounts.models import Account
from pendopo.ground.directory import actions as directory
from pendopo.ground.directory.models import Agency, Person, PersonNumber
from pendopo.ground.nodes import actions as nodes
from pendopo.portal.demo import nation
from pendopo.portal.demo.generate import agencies, staff


def system(code: str) -> Actor:
    """The node itself, working for an agency."""
    return Actor.system(Agency.objects.get(code=code), via="cli")


@cache
def everyone() -> dict[str, staff.Staff]:
    """The staff of all agencies as of today."""
    return agencies.everyone(timezone.localdate())


def invite(agency: str, node: str) -> str:
    """At the registry: a token with which ``node`` joins."""
    return str(nodes.invite(agency, nation.NAMES[agency], node, actor=system(nation.KOMINFO)))


def host(agency: str) -> None:
    """A second agency comes to live on this node."""
    found = directory.create_agency(
        agency, nation.NAMES[agency], "Asia/Jakarta", actor=Actor.system(via="cli")
    )
    nodes.host(found, actor=Actor.system(found, via="cli"))


@transaction.atomic  # one commit instead of two thousand
def fill_directory(agency: str, admin_code: str = "") -> None:
    """Units, posts, people and assignments of an agency, and its accounts.

    The administrator that `pendopo init` made is there already; ``admin_code`` activates the account.
    """
    found, actor = Agency.objects.get(code=agency), system(agency)
    people = everyone()[agency]
    units: dict[str, Any] = {}
    for unit in people.units:
        units[unit.code] = directory.create_unit(
            found, unit.code, unit.name, units.get(unit.parent), actor=actor
        )
    posts = {
        (p.unit, p.title): directory.create_position(units[p.unit], p.title, p.grade, p.heads, actor=actor)
        for p in people.posts
    }
    numbers = PersonNumber.objects.filter(person__agency=found).select_related("person")
    known = {number.value: number.person for number in numbers}
    for e in people.people:
        person = known.get(e.number) or directory.create_person(
            found, e.name, e.scheme, e.number, front_title=e.front, back_title=e.back, actor=actor
        )
        known[e.number] = person
        for a in e.assignments:
            directory.assign(person, posts[a.unit, a.title], a.kind, a.since, a.until, a.decree, actor=actor)
    for seat in nation.seats(agency):
        _account(found, known[seat.holder(people).number], seat.roles, admin_code, actor)


def _account(agency: Agency, person: Person, roles: tuple[str, ...], admin_code: str, actor: Actor) -> None:
    pairs = [tuple(role.split(".")) for role in roles]
    account = Account.objects.filter(person=person).first()
    if account is None:
        account, code = accounts.create_account(person, pairs, actor=actor)
    else:
        code = admin_code
        for room, role in pairs:
            accounts.grant_role(account, agency, room, role, actor=actor)
    accounts.activate(account.username, code, nation.PASSWORD)


def people() -> list[dict]:
    """The accounts of this node, for the table printed at the end."""
    return [asdict(a) for a in nation.accounts(everyone(), timezone.localdate())]
