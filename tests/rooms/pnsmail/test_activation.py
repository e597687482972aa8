"""The first day over HTTP: from the sheet to a mailbox, and everything that does not fit."""

import re
import threading

import pytest

TEACHER, BORN, OTHER = "199107142019032004", "14-07-1991", "199005052016031005"
PASSWORD = "empat kata yang mudah"
PROVE, ADDRESS, CHOOSE = "/surel/aktivasi/", "/surel/aktivasi/alamat/", "/surel/alamat/"


@pytest.fixture
def invited(office):
    """Makes a person with an open code: (person, code)."""
    from pendopo.ground.accounts import actions

    def make(name="Maria Goreti Wea", number=TEACHER):
        person = office.person(name, number)
        return person, actions.create_account(person, actor=office.node)[1]

    return make


def prove(browser, code, number=TEACHER, birth=BORN):
    return browser.post(PROVE, {"number": number, "birth": birth, "code": code})


def offered(page):
    return re.findall(r'name="local" value="([^"]+)"', page.content.decode())


def test_from_the_sheet_to_the_mailbox(invited, client, lookups, on_commit):
    from pendopo.ground.audit.models import Line
    from pendopo.pnsmail.mailboxes.models import Mailbox

    person, code = invited()
    phone = client()
    answer = prove(phone, code.lower().replace("-", " "), "19910714 201903 2 004", "14/7/1991")
    assert (answer.status_code, answer["Location"]) == (302, ADDRESS)
    page = phone.get(ADDRESS)
    assert offered(page) == ["maria.wea", "maria.goreti", "maria.goreti.wea"]
    assert code not in page.content.decode()
    with on_commit():
        answer = phone.post(ADDRESS, {"local": "maria.wea", "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/surel/")
    page = phone.get("/surel/akun/").content.decode()
    assert "maria.wea@pns.uji.go.id" in page
    assert Mailbox.objects.get(person=person).address == "maria.wea@pns.uji.go.id"
    assert [row.address for row in lookups.contents().mailboxes] == ["maria.wea@pns.uji.go.id"]
    # The password is the portal's from now on, and the code is used up.
    fresh = client()
    assert fresh.post("/masuk", {"login": TEACHER, "password": PASSWORD})["Location"] == "/"
    assert prove(client(), code).status_code == 422
    done = set(Line.objects.filter(outcome="done").values_list("act", flat=True))
    assert {"accounts.account.activate", "pnsmail.mailbox.open", "accounts.session.begin"} <= done


def test_whatever_does_not_fit_gets_the_same_words(invited, client, office):
    from datetime import timedelta

    from django.utils import timezone

    from pendopo.ground.accounts import actions

    person, code = invited()
    ages = office.person("Tanpa Lahir", OTHER)
    ages.birth = None
    ages.save()
    unborn = actions.create_account(ages, actor=office.node)[1]
    said = set()
    for number, birth, given in (
        (TEACHER, "15-07-1991", code),
        (TEACHER, BORN, "0000-0000-0000"),
        ("197001011995011003", BORN, code),
        (OTHER, "05-05-1990", unborn),
        (OTHER, "05-05-1990", code),
    ):
        page = prove(client(), given, number, birth)
        assert page.status_code == 422
        said.add(re.search(r'(?s)<div class="errs".*?</div>', page.content.decode())[0])
    person.account.codes.update(expires_at=timezone.now() - timedelta(seconds=1))
    expired = prove(client(), code).content.decode()
    said.add(re.search(r'(?s)<div class="errs".*?</div>', expired)[0])
    assert len(said) == 1
    person.account.codes.update(expires_at=timezone.now() + timedelta(days=1))
    assert prove(client(), code).status_code == 302


def test_five_wrong_tries_lock_the_number_on_both_pages(invited, client):
    _person, code = invited()
    for at in range(5):
        wrong = {"number": TEACHER, "code": "0000-0000-0000", "birth": BORN, "password": PASSWORD}
        page = client().post(PROVE if at % 2 else "/aktivasi", wrong)
        assert "tidak cocok" in page.content.decode()
    for page in (prove(client(), code), client().post("/aktivasi", {**wrong, "code": code})):
        assert "Terlalu banyak percobaan" in page.content.decode()


def test_step_two_opens_only_to_who_proved_a_code(invited, client, monkeypatch):
    import time

    person, code = invited()
    stranger, phone = client(), client()
    assert stranger.get(ADDRESS)["Location"] == PROVE
    assert stranger.post(ADDRESS, {"local": "maria.wea", "password": PASSWORD})["Location"] == PROVE
    prove(phone, code)
    assert phone.get(ADDRESS).status_code == 200
    later = time.time() + 1801
    with monkeypatch.context() as clock:
        clock.setattr("pendopo.pnsmail.mailboxes.activation_pages.time.time", lambda: later)
        assert phone.get(ADDRESS)["Location"] == PROVE
    # A newer sheet ends this one, also halfway.
    from pendopo.ground.accounts import actions
    from pendopo.ground.accounts.actor import Actor

    actions.issue_code(person.account, actor=Actor.system(person.agency))
    assert phone.post(ADDRESS, {"local": "maria.wea", "password": PASSWORD})["Location"] == PROVE
    person.account.refresh_from_db()
    assert person.account.state == "invited"


@pytest.mark.parametrize(
    ("local", "password"),
    [("maria.wea", "pendek"), ("maria.wea", TEACHER), ("kepala.dinas", PASSWORD), ("", PASSWORD)],
)
def test_a_mistake_in_step_two_uses_nothing_up(invited, client, local, password):
    from pendopo.pnsmail.mailboxes.models import Mailbox

    person, code = invited()
    phone = client()
    prove(phone, code)
    assert phone.post(ADDRESS, {"local": local, "password": password}).status_code == 422
    assert not Mailbox.objects.exists()
    person.account.refresh_from_db()
    assert person.account.state == "invited"
    assert phone.post(ADDRESS, {"local": "maria.wea", "password": PASSWORD}).status_code == 302


def test_an_address_taken_meanwhile_is_said_and_others_are_shown(invited, client):
    _one, code = invited()
    _two, second = invited(number=OTHER)
    slow, quick = client(), client()
    prove(slow, code)
    shown = offered(slow.get(ADDRESS))
    prove(quick, second, OTHER, "05-05-1990")
    assert quick.post(ADDRESS, {"local": shown[0], "password": PASSWORD}).status_code == 302
    page = slow.post(ADDRESS, {"local": shown[0], "password": PASSWORD})
    assert page.status_code == 422
    assert "Orang lain baru saja memakai alamat ini" in page.content.decode()
    fresh = offered(page)
    assert len(fresh) == 3 and shown[0] not in fresh
    assert slow.post(ADDRESS, {"local": fresh[0], "password": PASSWORD}).status_code == 302


def test_two_at_once_get_two_addresses(committed_db, lookups):
    """At the same moment in two transactions: one gets it, the other is told, and its code still holds."""
    from django.db import connection

    from pendopo.core.errors import Fault
    from pendopo.ground.accounts import actions as accounts
    from pendopo.pnsmail.mailboxes import activation, reads
    from pendopo.pnsmail.mailboxes.models import Mailbox
    from tests.rooms.pnsmail.conftest import make_office

    office = make_office()
    people = [office.person("Maria Wea", number) for number in (TEACHER, OTHER)]
    codes = [accounts.create_account(one, actor=office.node)[1] for one in people]
    proved = [accounts.prove(one.account.username, code) for one, code in zip(people, codes, strict=True)]
    both, real, outcome = threading.Barrier(2), reads.offered, []

    def meanwhile(person):
        found = real(person)
        both.wait(20)  # neither has written yet
        return found

    def run(code):
        try:
            outcome.append(activation.activate(code, PASSWORD, "maria.wea").state)
        except Fault as fault:
            outcome.append(fault.code)
        finally:
            connection.close()

    reads.offered = meanwhile
    try:
        threads = [threading.Thread(target=run, args=(code,)) for code in proved]
        [thread.start() for thread in threads]
        [thread.join(30) for thread in threads]
    finally:
        reads.offered = real
    assert sorted(outcome) == ["active", "pnsmail.address_gone"]
    assert Mailbox.objects.count() == 1
    (loser,) = [one for one in people if not Mailbox.objects.filter(person=one).exists()]
    code = codes[people.index(loser)]
    activation.activate(accounts.prove(loser.account.username, code), PASSWORD, reads.offered(loser)[0])
    assert Mailbox.objects.count() == len(lookups.contents().mailboxes) == 2


def test_who_signs_in_already_chooses_the_address_alone(office, client):
    teacher = office.account("Maria Goreti Wea", TEACHER)
    desk = client(teacher)
    assert desk.get("/surel/")["Location"] == CHOOSE
    page = desk.get(CHOOSE)
    assert 'type="password"' not in page.content.decode()
    assert desk.post(CHOOSE, {"local": "kepala.dinas"}).status_code == 422
    assert desk.post(CHOOSE, {"local": offered(page)[1]})["Location"] == "/surel/"
    assert "maria.goreti@pns.uji.go.id" in desk.get("/surel/akun/").content.decode()
    assert desk.get(CHOOSE)["Location"] == "/surel/"
    assert client().get(CHOOSE)["Location"].startswith("/masuk")


def test_a_code_of_somebody_with_a_mailbox_sets_the_password_elsewhere(office, client):
    from pendopo.ground.accounts import actions

    made = office.mailbox("Maria Wea", TEACHER)
    code = actions.issue_code(made.person.account, actor=office.node)
    phone = client()
    assert prove(phone, code)["Location"] == "/aktivasi"
    assert phone.get(ADDRESS)["Location"] == PROVE


def test_an_authenticator_is_asked_for_after_activation_too(office, client):
    """A code given for a forgotten password is no way around the second factor."""
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    from pendopo.ground.accounts import actions

    teacher = office.account("Maria Goreti Wea", TEACHER)
    TOTP.activate(teacher, generate_totp_secret())
    phone = client()
    prove(phone, actions.issue_code(teacher, actor=office.node))
    answer = phone.post(ADDRESS, {"local": "maria.wea", "password": "kata sandi yang lain"})
    assert answer["Location"].startswith("/masuk/kode")
    assert phone.get("/surel/").status_code == 302 and "masuk" in phone.get("/surel/")["Location"]


def test_a_name_of_no_letter_says_whom_to_ask(office, client):
    from pendopo.ground.accounts import actions

    someone = office.person("۱۲۳", TEACHER)
    code = actions.create_account(someone, actor=office.node)[1]
    phone = client()
    prove(phone, code)
    page = phone.get(ADDRESS)
    assert page.status_code == 200 and "administrator" in page.content.decode()
    assert phone.post(ADDRESS, {"local": "siapa", "password": PASSWORD}).status_code == 422
