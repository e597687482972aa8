"""The administrator: sheets for many, whose codes exist on paper only; the agency's mailboxes."""

import re

import pytest

SHEETS, BOXES = "/surel/kantor/", "/surel/kantor/kotak/"
LIST = (
    "nama;jenis_nomor;nomor;lahir\nMaria Goreti Wea;;199107142019032004;\nAlfons Bau;lokal;HON-7;17-08-1990\n"
)


@pytest.fixture
def desk(office, client):
    return client(office.admin)


def codes(page):
    return re.findall(r"data-code>([0-9A-Z-]+)<", page.content.decode())


def seen(desk):
    return re.search(r'name="seen" value="([^"]+)"', desk.get(SHEETS).content.decode())[1]


def imported(office):
    from pendopo.ground.directory.imports import read
    from pendopo.ground.directory.models import Person
    from pendopo.ground.directory.plan import import_people, plan

    import_people(office.agency, plan(office.agency, read(LIST.encode())), actor=office.actor)
    return list(Person.objects.filter(agency=office.agency, account=None).order_by("name"))


def press(desk, people, since=None, **more):
    return desk.post(SHEETS, {"person": [one.pk for one in people], "seen": since or seen(desk), **more})


def test_from_a_list_to_sheets_that_activate(office, desk, client):
    """Also with a local number, whose birth date the list brought."""
    people = imported(office)
    answer = press(desk, people)
    page = answer.content.decode()
    assert answer.status_code == 200 and answer["Cache-Control"].find("no-store") >= 0
    assert len(codes(answer)) == 2 and page.count("data:image/svg+xml") == 2
    assert page.count(f"http://{desk.defaults['HTTP_HOST'].split(':')[0]}") >= 2
    alfons, maria = codes(answer)
    for number, birth, code in (("HON-7", "17-08-1990", alfons), ("199107142019032004", "14-07-1991", maria)):
        given = {"number": number, "birth": birth, "code": code}
        assert client().post("/surel/aktivasi/", given)["Location"] == "/surel/aktivasi/alamat/"


def test_codes_are_nowhere_but_on_the_sheets(office, desk):
    from django.contrib.sessions.models import Session
    from django.db import connection

    made = codes(press(desk, imported(office)))
    with connection.cursor() as cursor:
        cursor.execute("select * from accounts_onetimecode")
        kept = str(cursor.fetchall())
        cursor.execute("select * from audit_line")
        kept += str(cursor.fetchall())
    kept += str([one.get_decoded() for one in Session.objects.all()])
    assert made and not [code for code in made if code in kept or code.replace("-", "") in kept]
    assert not codes(desk.get(SHEETS))


def test_the_same_form_sent_again_voids_no_sheet(office, desk):
    from pendopo.ground.accounts.models import OneTimeCode

    people, since = imported(office), seen(desk)
    first = codes(press(desk, people, since))
    kept = set(OneTimeCode.objects.values_list("hash", flat=True))
    again = press(desk, people, since)
    assert again.status_code == 302 and "baru saja dibuat" in desk.get(SHEETS).content.decode()
    assert set(OneTimeCode.objects.values_list("hash", flat=True)) == kept
    # Asked for anew, from a page that shows the first sheets as made, there are new ones.
    renewed = codes(press(desk, people))
    assert len(renewed) == 2 and not set(renewed) & set(first)


def test_who_is_on_the_list(office, desk):
    from pendopo.ground.accounts import actions as accounts

    office.mailbox("Sudah Punya", "199005052016031005")
    away = office.account("Sedang Ditangguhkan", "199005052016031006")
    accounts.suspend(away, actor=office.node)
    office.account("Sudah Masuk", "199005052016031007")
    unborn = office.person("Tanpa Lahir", "199005052016031008")
    unborn.birth = None
    unborn.save()
    imported(office)
    page = desk.get(SHEETS).content.decode()
    for name in ("Maria Goreti Wea", "Alfons Bau", "Sudah Masuk", "Tanpa Lahir", "Yosefina Dhae"):
        assert name in page, name
    for name in ("Sudah Punya", "Sedang Ditangguhkan"):
        assert name not in page, name
    assert str(unborn.pk) not in re.findall(r'name="person" value="([^"]+)"', page)
    assert f"/instansi/orang/{unborn.pk}/ubah" in page
    assert press(desk, [unborn]).status_code == 404
    assert press(desk, []).status_code == 422


def test_a_password_in_use_is_not_touched(office, desk, client):
    """Who signs in already gets a sheet without a code."""
    from browser.rooms import ground
    from browser.walk import PASSWORD

    teacher = ground.account(office.person("Sudah Masuk", "199005052016031007"), [], office.node)
    answer = press(desk, [teacher.person])
    assert answer.status_code == 200 and "Sudah Masuk" in answer.content.decode() and not codes(answer)
    assert not teacher.codes.filter(used_at=None).exists()
    given = {"login": teacher.username, "password": PASSWORD}
    assert client().post("/masuk", given)["Location"] == "/"


def test_all_at_once_leaves_out_nobody_who_can_have_one(office, desk):
    people = [office.person(f"Guru {at}", f"1990050520160310{at}") for at in range(10, 70)]
    office.person("Tanpa", "199005052016031009").__class__.objects.filter(name="Tanpa").update(birth=None)
    page = desk.get(SHEETS).content.decode()
    assert page.count('name="person"') == 50 and "Untuk semua" in page
    answer = desk.post(SHEETS, {"do": "all", "seen": seen(desk)})
    assert len(codes(answer)) == len(people) and "Tanpa" not in answer.content.decode()


def test_a_person_whom_none_can_be_made_for_is_named_and_the_others_get_theirs(office, desk):
    """Somebody else signs in by that number already."""
    from pendopo.ground.accounts.models import Account

    people = imported(office)
    Account.objects.create_user("HON-7")
    answer = press(desk, people)
    assert len(codes(answer)) == 1
    assert "Alfons Bau" in re.search(r'(?s)id="left".*?</section>', answer.content.decode())[0]


def test_both_roles_are_needed_for_sheets_and_one_for_the_rest(office, client):
    mail_only = client(office.account("Petrus Lalu", "199005052016031005", [("pnsmail", "administrator")]))
    people_only = client(office.account("Ina Bria", "199005052016031006", [("ground", "administrator")]))
    assert [mail_only.get(path).status_code for path in (SHEETS, BOXES)] == [403, 200]
    assert [people_only.get(path).status_code for path in (SHEETS, BOXES)] == [403, 403]
    assert client(office.admin).get(SHEETS).status_code == 200
    assert SHEETS + '"' not in mail_only.get("/surel/akun/", follow=True).content.decode()


def test_mailboxes_are_found_by_name_address_state_and_size(office, desk):
    from pendopo.pnsmail.mailboxes import actions

    held = office.mailbox("Klara Hoar", "199005052016031005")
    large = office.mailbox("Simon Bau", "199005052016031006")
    actions.hold(held, "Uji", actor=office.actor)
    actions.set_class(large, "large", actor=office.actor)
    for query, found in (
        ("", {"Klara Hoar", "Simon Bau"}),
        ("q=klara", {"Klara Hoar"}),
        ("q=simon.bau@", {"Simon Bau"}),
        ("state=held", {"Klara Hoar"}),
        ("size=large", {"Simon Bau"}),
        ("state=held&size=large", set()),
    ):
        page = desk.get(f"{BOXES}?{query}").content.decode()
        assert {name for name in ("Klara Hoar", "Simon Bau") if f">{name}</a>" in page} == found, query


def test_holding_from_the_page_asks_why(office, desk):
    made = office.mailbox("Klara Hoar", "199005052016031005")
    page = f"{BOXES}{made.pk}/"
    assert desk.post(f"{page}tahan/", {"reason": ""}).status_code == 422
    assert desk.post(f"{page}tahan/", {"reason": "Sandi bocor"})["Location"] == page
    assert "Sandi bocor" in desk.get(page).content.decode()
    assert "ditahan" in desk.get(BOXES).content.decode()
    desk.post(f"{page}lepas/")
    made.refresh_from_db()
    assert made.state == "active"
    assert desk.post(page, {"size": "large"})["Location"] == page
    assert desk.post(page, {"size": "endless"}).status_code == 422
    made.refresh_from_db()
    assert made.quota_class == "large"
