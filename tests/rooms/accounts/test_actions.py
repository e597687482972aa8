"""Accounts, roles and one-time codes, through the actions."""

import datetime

import pytest

NIP, OTHER = "198503152010012001", "197907072004071007"


@pytest.fixture
def agency(db):
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.directory import actions as directory

    return directory.create_agency("ID/GOV/A", "Agency A", "Asia/Makassar", actor=Actor.system(via="cli"))


@pytest.fixture
def person(agency):
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.directory import actions as directory

    def make(number=NIP, name="Yosefina Dhae"):
        return directory.create_person(agency, name, "nip", number, actor=Actor.system(agency))

    return make


@pytest.fixture
def account(agency, person):
    """An activated account with `roles`, and its actor."""
    from pendopo.ground.accounts import actions
    from pendopo.ground.accounts.actor import Actor

    def make(roles=(), number=NIP):
        _made, code = actions.create_account(person(number), roles, actor=Actor.system(agency))
        return actions.activate(number, code, "empat kata yang mudah")

    return make


def actor(account):
    from pendopo.ground.accounts.actor import Actor

    return Actor.of(account)


def code_of(error):
    return error.value.error_list[0].code if hasattr(error.value, "error_list") else error.value.code


def test_a_code_activates_once(agency, person):
    from django.core.exceptions import ValidationError

    from pendopo.ground.accounts import actions
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.accounts.models import OneTimeCode

    made, code = actions.create_account(person(), actor=Actor.system(agency))
    assert not made.is_active
    assert code not in str(OneTimeCode.objects.values())
    typed = f" {code.lower().replace('-', ' ')} "
    active = actions.activate("1985 0315 2010 012 001", typed, "empat kata yang mudah")
    assert active.is_active and active.check_password("empat kata yang mudah")
    with pytest.raises(ValidationError) as error:
        actions.activate(NIP, code, "kata sandi lain lagi")
    assert code_of(error) == "code.wrong"


def test_an_expired_code_and_a_wrong_one_get_the_same_words(agency, person):
    from django.core.exceptions import ValidationError
    from django.utils import timezone

    from pendopo.ground.accounts import actions
    from pendopo.ground.accounts.actor import Actor

    made, code = actions.create_account(person(), actor=Actor.system(agency))
    made.codes.update(expires_at=timezone.now() - datetime.timedelta(seconds=1))
    said = set()
    for number, given in ((NIP, code), (NIP, "0000-0000-0000"), (OTHER, code)):
        with pytest.raises(ValidationError) as error:
            actions.activate(number, given, "empat kata yang mudah")
        said.add(str(error.value.messages))
    assert len(said) == 1


def test_a_weak_password_is_refused_and_the_code_still_works(agency, person):
    from django.core.exceptions import ValidationError

    from pendopo.ground.accounts import actions
    from pendopo.ground.accounts.actor import Actor

    _made, code = actions.create_account(person(), actor=Actor.system(agency))
    for weak in ("pendek", "1234567890123", NIP, "passwordpassword"[:8] * 2 and "password123"):
        with pytest.raises(ValidationError):
            actions.activate(NIP, code, weak)
    assert actions.activate(NIP, code, "empat kata yang mudah").is_active


def test_a_new_code_ends_the_earlier_one(account):
    from django.core.exceptions import ValidationError

    from pendopo.ground.accounts import actions
    from pendopo.ground.accounts.actor import Actor

    made = account()
    node = Actor.system(made.person.agency)
    first = actions.issue_code(made, actor=node)
    second = actions.issue_code(made, actor=node)
    with pytest.raises(ValidationError):
        actions.activate(NIP, first, "empat kata yang lain")
    assert actions.activate(NIP, second, "empat kata yang lain").check_password("empat kata yang lain")


def test_a_code_can_drop_a_lost_authenticator(account):
    from allauth.mfa.models import Authenticator

    from pendopo.ground.accounts import actions
    from pendopo.ground.accounts.actor import Actor

    made = account()
    node = Actor.system(made.person.agency)
    Authenticator.objects.create(user=made, type="totp", data={})
    actions.activate(NIP, actions.issue_code(made, actor=node), "empat kata yang lain")
    assert Authenticator.objects.filter(user=made).exists()
    actions.activate(NIP, actions.issue_code(made, actor=node, drop_factors=True), "empat kata yang ketiga")
    assert not Authenticator.objects.filter(user=made).exists()


def test_a_suspended_account_cannot_be_activated_and_resumes_with_its_password(account):
    from django.core.exceptions import ValidationError

    from pendopo.ground.accounts import actions
    from pendopo.ground.accounts.actor import Actor

    made = account()
    node = Actor.system(made.person.agency)
    code = actions.issue_code(made, actor=node)
    actions.suspend(made, actor=node)
    with pytest.raises(ValidationError):
        actions.activate(NIP, code, "empat kata yang lain")
    actions.resume(made, actor=node)
    assert made.is_active and made.check_password("empat kata yang mudah")


def test_an_administrator_grants_roles_but_makes_no_operator(account):
    from pendopo.ground.accounts import actions
    from pendopo.ground.accounts.rights import Refused

    admin = account([("ground", "administrator")])
    other = account(number=OTHER)
    agency = other.person.agency
    actions.grant_role(other, agency, "mantra", "provider", actor=actor(admin))
    assert actor(other).roles("mantra") == {"account", "provider"}
    with pytest.raises(Refused):
        actions.grant_role(other, agency, "ground", "operator", actor=actor(admin))
    operator = account([("ground", "administrator"), ("ground", "operator")], number="198001012005011001")
    actions.grant_role(other, agency, "ground", "operator", actor=actor(operator))
    assert "operator" in actor(other).roles("ground")


def test_nobody_grants_a_role_in_another_agency_or_to_its_accounts(account, agency):
    from pendopo.ground.accounts import actions
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.accounts.rights import Refused
    from pendopo.ground.directory import actions as directory

    admin = account([("ground", "administrator")])
    foreign = directory.create_agency("ID/GOV/B", "Agency B", "Asia/Jakarta", actor=Actor.system(via="cli"))
    with pytest.raises(Refused):
        actions.grant_role(admin, foreign, "mantra", "manager", actor=actor(admin))
    someone = directory.create_person(foreign, "Bagus", "nip", OTHER, actor=Actor.system(foreign))
    stranger, _code = actions.create_account(someone, actor=Actor.system(foreign))
    with pytest.raises(Refused):
        actions.grant_role(stranger, agency, "mantra", "manager", actor=actor(admin))


def test_a_withdrawn_role_is_gone_with_the_next_question(account):
    from pendopo.ground.accounts import actions

    admin = account([("ground", "administrator"), ("mantra", "manager")])
    assert "manager" in actor(admin).roles("mantra")
    actions.withdraw_role(admin.grants.get(role="manager"), actor=actor(admin))
    assert "manager" not in actor(admin).roles("mantra")


def test_the_last_administrator_stays(account):
    from django.core.exceptions import ValidationError

    from pendopo.ground.accounts import actions

    admin = account([("ground", "administrator")])
    with pytest.raises(ValidationError) as error:
        actions.withdraw_role(admin.grants.get(), actor=actor(admin))
    assert code_of(error) == "role.last"
    second = account([("ground", "administrator")], number=OTHER)
    actions.withdraw_role(admin.grants.get(), actor=actor(second))
    assert not admin.grants_today().exists()


@pytest.mark.parametrize(("hour", "held"), [(15, False), (16, True)])
def test_a_grant_begins_at_midnight_where_its_agency_is(account, agency, monkeypatch, hour, held):
    """The agency is in WITA, eight hours before UTC; the node in WIB, where it is still the day before."""
    from django.db.backends.postgresql.psycopg_any import DateRange

    from pendopo.ground.accounts.actor import Actor

    admin = account([("ground", "administrator")])
    admin.grants.update(valid=DateRange(datetime.date(2026, 3, 3), None))
    now = datetime.datetime(2026, 3, 2, hour, tzinfo=datetime.UTC)
    monkeypatch.setattr("pendopo.ground.accounts.models.timezone.now", lambda: now)
    assert bool(Actor.of(admin, agency).grants) is held
    assert admin.grants_today().exists() is held


def test_granting_the_same_role_twice_keeps_one(account):
    from pendopo.ground.accounts import actions

    admin = account([("ground", "administrator")])
    for _ in range(2):
        actions.grant_role(admin, admin.person.agency, "mantra", "provider", actor=actor(admin))
    assert admin.grants_today().filter(role="provider").count() == 1


def test_audit_lines_hold_no_code_and_no_password(account):
    from pendopo.ground.accounts import actions
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.audit.models import Line

    made = account()
    code = actions.issue_code(made, actor=Actor.system(made.person.agency))
    actions.activate(NIP, code, "empat kata yang lain")
    text = str(list(Line.objects.values()))
    assert code not in text and "empat kata" not in text
    assert Line.objects.filter(act="accounts.account.activate").count() == 2
