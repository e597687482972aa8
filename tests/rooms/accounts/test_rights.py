"""Who may do what: the joined table of all rooms, printed and checked cell by cell."""

from types import SimpleNamespace
from uuid import UUID

import pytest

OWN, FOREIGN = UUID(int=1), UUID(int=2)


@pytest.fixture
def table(django_home):
    from pendopo.ground.accounts import rights

    return rights.acts()


def actor_with(room, role):
    """An actor of the own agency that holds `role` in `room`; `account` and `system` need no grant."""
    from pendopo.ground.accounts.actor import Actor

    agency = SimpleNamespace(id=OWN)
    if role == "system":
        return Actor.system(agency)
    grants = () if role == "account" else (SimpleNamespace(room=room, role=role),)
    return Actor(SimpleNamespace(pk=OWN), None, None, agency, "page", grants)


def every_role():
    from pendopo.ground.accounts.roles import ROLES

    held = [(room, role) for room, roles in ROLES.items() for role in roles]
    return [*held, ("", "account"), ("", "system")]


def test_every_cell_of_the_joined_table(table):
    """role × act × own or foreign: yes exactly where the act's row names the role, and only on one's own."""
    from pendopo.ground.accounts.rights import allowed

    for code, row in sorted(table.items()):
        yes = []
        for room, role in every_role():
            named = role in row.roles and (room in (row.room, "") or role in ("account", "system"))
            if role not in ("system", "account") and "account" in row.roles:
                named = True  # whoever holds a role is signed in too
            actor = actor_with(room, role)
            own = SimpleNamespace(agency_id=OWN, account_id=OWN)
            foreign = SimpleNamespace(agency_id=FOREIGN, account_id=FOREIGN)
            expected = named and not (row.own == "account" and role == "system")
            assert allowed(code, actor, own) == expected, (code, room, role)
            assert allowed(code, actor, foreign) == (named and row.own is None), (code, room, role, "foreign")
            if expected:
                yes.append(f"{room}.{role}" if room else role)
        print(f"{code:36} {row.own or '-':8} {' '.join(yes)}")


def test_rows_name_only_roles_that_exist(table):
    from pendopo.ground.accounts.rights import _ungranted
    from pendopo.ground.accounts.roles import ROLES

    for code, row in table.items():
        assert row.roles <= {*ROLES[row.room], "account", "system", *_ungranted}, code
        assert row.roles, f"{code}: nobody may do it"


def test_roles_of_a_room_that_is_not_open_are_not_offered(table):
    from pendopo.ground.accounts.forms import role_choices
    from pendopo.ground.rooms import rooms

    offered = {choice.partition(".")[0] for choice, _ in role_choices(operator=True)}
    assert offered == {"ground", *(room.code for room in rooms())} & {
        "ground",
        "simaya",
        "pnsmail",
        "mantra",
        "pnsbox",
    }
    assert "mantra" in offered


def test_what_changes_keys_or_rights_is_never_open_to_everyone(table):
    open_to_all = {code for code, row in table.items() if "account" in row.roles and row.own != "account"}
    assert not {code for code in open_to_all if code.startswith(("nodes.", "accounts.", "directory."))}


def test_the_same_act_twice_is_a_mistake(table):
    from pendopo.ground.accounts.rights import Act, register

    register(next(iter(table.values())))
    with pytest.raises(ValueError, match="registered twice"):
        register(Act("directory.read", {"account"}))
