"""An action's frame: right first, one transaction, a line for what was done and for what was refused."""

import datetime

import pytest


@pytest.fixture
def people(db):
    """An administrator of agency A, and agencies A and B."""
    from pendopo.ground.accounts.models import Account, RoleGrant
    from pendopo.ground.directory.models import Agency

    a = Agency.objects.create(code="ID/GOV/A", name="Agency A", hosted=True)
    b = Agency.objects.create(code="ID/GOV/B", name="Agency B", hosted=True)
    account = Account.objects.create_user("198503152010011001", state="active")
    RoleGrant.objects.create(
        account=account,
        agency=a,
        room="ground",
        role="administrator",
        valid=(datetime.date(2020, 1, 1), None),
    )
    return account, a, b


def test_done_act_leaves_one_line_with_the_whole_actor(people):
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.audit.act import act
    from pendopo.ground.audit.models import Line

    account, a, _ = people
    with act("directory.agency.edit", actor=Actor.of(account), subject=a) as line:
        a.name = "New name"
        a.save()
        line.detail["name"] = a.name
    line = Line.objects.get()
    assert (line.outcome, line.act, line.subject_type, line.subject_id) == (
        "done",
        "directory.agency.edit",
        "directory.agency",
        str(a.pk),
    )
    assert line.actor["username"] == "198503152010011001"
    assert line.actor["capacity"] == "ground.administrator"
    assert line.actor["agency"] == "ID/GOV/A"
    assert line.detail == {"name": "New name"}


def test_foreign_agency_is_refused_changes_nothing_and_leaves_its_line(people):
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.accounts.rights import Refused
    from pendopo.ground.audit.act import act
    from pendopo.ground.audit.models import Line

    account, _, b = people
    with pytest.raises(Refused), act("directory.agency.edit", actor=Actor.of(account), subject=b):
        b.name = "stolen"
        b.save()
    b.refresh_from_db()
    assert b.name == "Agency B"
    line = Line.objects.get()
    assert (line.outcome, line.subject_id) == ("refused", str(b.pk))


def test_inner_refusal_rolls_the_outer_act_back_and_still_leaves_its_line(people):
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.accounts.rights import Refused
    from pendopo.ground.audit.act import act
    from pendopo.ground.audit.models import Line

    account, a, b = people
    actor = Actor.of(account)
    with pytest.raises(Refused), act("directory.agency.edit", actor=actor, subject=a):
        a.name = "half"
        a.save()
        with act("directory.agency.edit", actor=actor, subject=b):
            pass
    a.refresh_from_db()
    assert a.name == "Agency A"
    assert [line.outcome for line in Line.objects.all()] == ["refused"]


def test_failure_in_the_body_leaves_no_line(people):
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.audit.act import act
    from pendopo.ground.audit.models import Line

    account, a, _ = people
    with pytest.raises(RuntimeError), act("directory.agency.edit", actor=Actor.of(account), subject=a):
        raise RuntimeError("disk")
    assert not Line.objects.exists()


def test_expired_grant_gives_nothing(people):
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.accounts.rights import allowed

    account, a, _ = people
    assert allowed("directory.read", Actor.of(account), a)
    account.grants.update(valid=(datetime.date(2020, 1, 1), datetime.date(2021, 1, 1)))
    assert not allowed("directory.read", Actor.of(account, a), a)


def test_system_may_do_only_what_names_it(people):
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.accounts.rights import allowed

    account, a, b = people
    assert allowed("directory.unit.create", Actor.system(a), a)
    assert not allowed("directory.unit.create", Actor.system(a), b)
    assert not allowed("accounts.preferences.edit", Actor.system(a), account)


def test_owned_act_without_subject_is_a_mistake_not_a_yes(people):
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.accounts.rights import allowed

    with pytest.raises(ValueError, match="needs a subject"):
        allowed("directory.read", Actor.of(people[0]))
