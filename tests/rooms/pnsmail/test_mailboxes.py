"""Mailboxes through the actions, and that the mail servers learn of each."""

from contextlib import contextmanager

import pytest

from pendopo.core.errors import Fault

TEACHER, OTHER = "199107142019032004", "199005052016031005"


@contextmanager
def faults(code):
    with pytest.raises(Fault) as found:
        yield
    assert found.value.code == code


def test_a_person_opens_one_mailbox_at_an_address_of_the_name(office):
    from pendopo.ground.accounts.actor import Actor
    from pendopo.pnsmail.mailboxes import actions, reads

    teacher = office.account("Maria Goreti Wea, S.Pd.", TEACHER)
    me = Actor.of(teacher, office.agency)
    for foreign in ("kepala.dinas", "admin", "yosefina.dhae", "maria.wea@lain", "", "MARIA.WEA"):
        with faults("pnsmail.address_gone"):
            actions.open_mailbox(teacher.person, foreign, actor=me)
    made = actions.open_mailbox(teacher.person, "maria.wea", actor=me)
    assert (made.address, made.state, made.quota.mb) == ("maria.wea@pns.uji.go.id", "active", 250)
    assert reads.own(me) == made
    with faults("pnsmail.mailbox_exists"):
        actions.open_mailbox(teacher.person, "maria.goreti", actor=me)


def test_namesakes_get_addresses_of_their_own_for_ever(office):
    from pendopo.pnsmail.mailboxes import reads

    taken = [office.mailbox("Siti Aminah", f"1990050520160310{at:02}").address for at in range(1, 10)]
    assert len(set(taken)) == 9 and taken[0] == "siti.aminah@pns.uji.go.id"
    assert all(one.split("@")[0].rstrip("0123456789") for one in taken)
    tenth = office.person("Siti Aminah", TEACHER)
    assert not {f"{local}@pns.uji.go.id" for local in reads.offered(tenth)} & set(taken)


def test_whatever_way_an_address_is_taken_it_is_not_offered_again(office):
    """The one question that finds what is taken sees every form of a name, also of an initial alone."""
    from pendopo.pnsmail.mailboxes import reads
    from pendopo.pnsmail.mailboxes.models import Mailbox

    at = 10
    for name in ("M. Ridwan", "Sukarno", "Maria Goreti Wea", "A. B. Ch. Dua", "Ngurah", "I Made Putra"):
        twin = office.person(name, f"1990050520160310{at}")
        for _ in range(8):
            at += 1
            offered = reads.offered(twin)
            assert not Mailbox.objects.filter(
                address__in=[f"{one}@pns.uji.go.id" for one in offered]
            ).exists()
            owner = office.person(name, f"1990050520160310{at}")
            Mailbox.objects.create(person=owner, address=f"{offered[at % 3]}@pns.uji.go.id")
        at += 1


def test_an_administrator_provides_one_for_the_agencys_people_only(office):
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.accounts.rights import Refused
    from pendopo.pnsmail.mailboxes import actions
    from tests.rooms.pnsmail.conftest import make_office

    foreign = make_office("ID/GOV/B", "197907072004071007")
    theirs = foreign.person("Bagus Prakoso", TEACHER)
    with pytest.raises(Refused):
        actions.open_mailbox(theirs, "bagus.prakoso", actor=office.actor)
    plain = office.account("Petrus Lalu", OTHER)
    with pytest.raises(Refused):
        actions.open_mailbox(office.admin.person, "yosefina.dhae", actor=Actor.of(plain, office.agency))
    assert actions.open_mailbox(theirs, "bagus.prakoso", actor=foreign.actor).agency_id == foreign.agency.pk


def test_many_at_once_get_what_each_alone_would(office, lookups, on_commit):
    from pendopo.ground.accounts.rights import Refused
    from pendopo.pnsmail.mailboxes import actions
    from pendopo.pnsmail.mailboxes.models import Mailbox
    from tests.rooms.pnsmail.conftest import make_office

    one = office.mailbox("Siti Aminah", "199005052016031010")
    names = ["Siti Aminah", "Siti Aminah", "M. Ridwan", "Siti Aminah"]
    people = [office.person(name, f"1990050520160310{at}") for at, name in enumerate(names, 11)]
    theirs = make_office("ID/GOV/B", "197907072004071007").person("Bagus", TEACHER)
    for wrong, error in ((theirs, Refused), (office.person("۱۲۳", OTHER), Fault)):
        with pytest.raises(error):
            actions.provide([*people, wrong], actor=office.actor)
        assert Mailbox.objects.count() == 1
    with on_commit():
        made = actions.provide([*people, one.person], actor=office.actor)
    assert [row.person for row in made] == people and len({row.address for row in made}) == 4
    assert {row.address for row in lookups.contents().mailboxes} == {row.address for row in made}
    assert actions.provide(people, actor=office.actor) == []


def test_hold_and_release_each_once_and_by_the_own_agency(office):
    from pendopo.ground.accounts.rights import Refused
    from pendopo.ground.delivery.models import NoticeSend
    from pendopo.pnsmail.mailboxes import actions
    from tests.rooms.pnsmail.conftest import make_office

    made = office.mailbox("Maria Wea", TEACHER)
    with pytest.raises(Refused):
        actions.hold(made, "Uji", actor=make_office("ID/GOV/B", "197907072004071007").actor)
    with faults("pnsmail.why"):
        actions.hold(made, "  ", actor=office.actor)
    actions.hold(made, "Sandi bocor", actor=office.actor)
    with faults("pnsmail.not_in_use"):
        actions.hold(made, "Lagi", actor=office.actor)
    made.refresh_from_db()
    assert (made.state, made.why) == ("held", "Sandi bocor")
    told = NoticeSend.objects.filter(account=made.person.account, seen_at=None)
    assert [one.notice.url for one in told] == ["/surel/akun/"]
    actions.release(made, actor=office.actor)
    assert not told.all().exists()
    with faults("pnsmail.not_held"):
        actions.release(made, actor=office.actor)
    made.refresh_from_db()
    assert (made.state, made.why) == ("active", "")


def test_app_passwords_are_made_shown_once_and_ended(office):
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.accounts.rights import Refused
    from pendopo.ground.audit.models import Line
    from pendopo.mailer.lookups import hashed
    from pendopo.pnsmail.mailboxes import actions
    from pendopo.pnsmail.mailboxes.models import AppPassword

    made = office.mailbox("Maria Wea", TEACHER)
    me = Actor.of(made.person.account, office.agency)
    with pytest.raises(Refused):
        actions.make_app_password(made, "Ponsel", actor=office.actor)
    with faults("pnsmail.label"):
        actions.make_app_password(made, " ", actor=me)
    secret = actions.make_app_password(made, "Ponsel", actor=me)
    kept = AppPassword.objects.get()
    assert kept.hash == hashed(secret)
    assert secret not in str([*AppPassword.objects.values(), *Line.objects.values()])
    for at in range(actions.MOST_PASSWORDS - 1):
        actions.make_app_password(made, f"Program {at}", actor=me)
    with faults("pnsmail.app_passwords_many"):
        actions.make_app_password(made, "Satu lagi", actor=me)
    with pytest.raises(Refused):
        actions.end_app_password(kept, actor=office.actor)
    actions.end_app_password(kept, actor=me)
    assert not AppPassword.objects.filter(pk=kept.pk).exists()
    actions.hold(made, "Uji", actor=office.actor)
    with faults("pnsmail.not_in_use"):
        actions.make_app_password(made, "Ponsel", actor=me)


def test_the_mail_servers_learn_of_each_act(office, lookups, on_commit):
    from pendopo.ground.accounts import actions as accounts
    from pendopo.ground.accounts.actor import Actor
    from pendopo.mailer.lookups import hashed
    from pendopo.pnsmail.mailboxes import actions

    def row():
        (found,) = lookups.contents().mailboxes
        return found

    with on_commit():
        made = office.mailbox("Maria Wea", TEACHER)
    assert (row().address, row().quota_mb, row().active, row().held) == (made.address, 250, True, False)
    me = Actor.of(made.person.account, office.agency)
    with on_commit():
        secret = actions.make_app_password(made, "Ponsel", actor=me)
    (password,) = lookups.contents().app_passwords
    assert (password.address, password.hash) == (made.address, hashed(secret))
    with on_commit():
        actions.hold(made, "Uji", actor=office.actor)
    assert row().held
    with on_commit():
        actions.release(made, actor=office.actor)
        actions.set_class(made, "large", actor=office.actor)
    assert (row().held, row().quota_mb) == (False, 1024)
    with on_commit():
        accounts.suspend(made.person.account, actor=office.node)
    assert row().held, "whoever is suspended in the portal reads no mail by a program either"
    with on_commit():
        accounts.resume(made.person.account, actor=office.node)
        actions.end_app_password(made.app_passwords.get(), actor=me)
    assert not row().held and not lookups.contents().app_passwords
    with faults("pnsmail.class_unknown"):
        actions.set_class(made, "endless", actor=office.actor)


def test_what_the_servers_missed_is_mended_and_what_is_right_is_not_written(office, lookups, monkeypatch):
    from pendopo.ground.accounts.actor import Actor
    from pendopo.mailer import lookups as engine
    from pendopo.pnsmail.mailboxes import actions
    from pendopo.pnsmail.mailboxes.lookups import everything, mend

    made = office.mailbox("Maria Wea", TEACHER)
    actions.make_app_password(made, "Ponsel", actor=Actor.of(made.person.account, office.agency))
    lookups.put_mailbox(engine.Mailbox("tamu@pns.uji.go.id"))  # nobody's
    assert lookups.contents() != everything()
    mend()
    found = lookups.contents()
    assert {one.address for one in found.mailboxes} == {made.address}
    assert found.domains == {"pns.uji.go.id"} and len(found.app_passwords) == 1
    monkeypatch.setattr(engine.Lookups, "replace", lambda *_: pytest.fail("written again"))
    mend()


def test_an_act_is_done_also_while_the_servers_file_is_out_of_reach(office, lookups, on_commit, monkeypatch):
    import sqlite3

    from pendopo.mailer import lookups as engine
    from pendopo.pnsmail.mailboxes.models import Mailbox

    def locked(*_):
        raise sqlite3.OperationalError("database is locked")

    with monkeypatch.context() as broken, on_commit():
        broken.setattr(engine.Lookups, "put_mailboxes", locked)
        broken.setattr("pendopo.pnsmail.mailboxes.lookups.wake", lambda job: woken.append(job))
        woken = []
        made = office.mailbox("Maria Wea", TEACHER)
    assert Mailbox.objects.filter(pk=made.pk).exists() and not lookups.contents().mailboxes


def test_a_full_mailbox_answers_by_how_long_it_has_been_full(office, lookups):
    from datetime import timedelta

    from django.utils import timezone

    from pendopo.pnsmail.mailboxes.lookups import mend

    made = office.mailbox("Maria Wea", TEACHER)
    for days, answer in ((6, "452 4.2.2"), (8, "552 5.2.2")):
        made.full_since = timezone.now() - timedelta(days=days)
        made.save(update_fields=["full_since"])
        mend()
        (row,) = lookups.contents().mailboxes
        assert row.overquota.startswith(answer)
