"""Signing in over HTTP: by number, with lockout, authenticator, recovery codes, sessions."""

import re
import time

import pytest
from browser.rooms import ground

PASSWORD = "empat kata yang mudah"


@pytest.fixture
def account(db):
    from pendopo.ground.accounts import actions
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.directory import actions as directory

    agency = directory.create_agency("ID/GOV/A", "Agency A", "Asia/Makassar", actor=Actor.system(via="cli"))
    someone = ground.person(agency, "Yosefina Dhae", ground.ADMIN, Actor.system(agency))
    made, code = actions.create_account(
        someone, [("ground", "administrator"), ("mantra", "manager")], actor=Actor.system(agency)
    )
    return actions.activate(made.username, code, PASSWORD)


@pytest.fixture
def client(django_home, assets):
    from django.core.cache import cache
    from django.test import Client

    cache.clear()
    return lambda: Client(
        HTTP_HOST=f"{django_home.node}.localhost", HTTP_USER_AGENT="Mozilla Firefox/128 Linux"
    )


def sign_in(client, number=ground.ADMIN, password=PASSWORD):
    return client.post("/masuk", {"login": number, "password": password})


@pytest.mark.parametrize("typed", [ground.ADMIN, "19850315 201001 2 001", "19850315.201001.2.001"])
def test_by_number_however_it_is_typed(account, client, typed):
    answer = sign_in(client(), typed)
    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_by_a_new_number_and_by_the_old_one(account, client):
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.directory import actions as directory

    directory.change_number(
        account.person, "nip", "198503152012012009", actor=Actor.system(account.person.agency)
    )
    assert sign_in(client(), "198503152012012009").status_code == 302
    assert sign_in(client()).status_code == 302


def test_the_cookie_is_named_after_the_node(account, client, django_home):
    browser = client()
    sign_in(browser)
    cookie = browser.cookies[f"pendopo_{django_home.node}"]
    assert cookie["httponly"] and cookie["samesite"] == "Lax"


def test_wrong_password_and_unknown_number_get_the_same_words(account, client):
    known = sign_in(client(), password="salah sekali bukan")
    unknown = sign_in(client(), number="199901012020011001", password="salah sekali bukan")
    assert known.status_code == unknown.status_code == 422
    words = [re.search(r'class="errs".*?</div>', a.content.decode(), re.S)[0] for a in (known, unknown)]
    assert words[0] == words[1]


def test_five_wrong_passwords_lock_the_number_in_every_worker(account, client):
    for _ in range(5):
        assert sign_in(client(), password="salah sekali bukan").status_code == 422
    # Another client, the right password, another way to write the number: still locked.
    answer = sign_in(client(), "19850315 201001 2 001")
    assert answer.status_code == 422 and "Terlalu banyak percobaan" in answer.content.decode()


def test_five_attempts_at_once_are_all_counted(committed_db, django_home, assets):
    """The count lies in the database and is taken under a lock: threads stand for workers."""
    from concurrent.futures import ThreadPoolExecutor

    from django.core.cache import cache
    from django.db import connection
    from django.test import Client

    cache.clear()

    def attempt(_):
        try:
            client = Client(HTTP_HOST=f"{django_home.node}.localhost")
            return sign_in(client, "198801012010011001", "salah sekali bukan").content.decode()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        pages = list(pool.map(attempt, range(12)))
    assert sum("Terlalu banyak" not in page for page in pages) <= 5


def test_one_less_than_five_does_not_lock(account, client):
    for _ in range(4):
        sign_in(client(), password="salah sekali bukan")
    assert sign_in(client()).status_code == 302


def test_a_suspended_account_is_out_at_once(account, client):
    from pendopo.ground.accounts import actions
    from pendopo.ground.accounts.actor import Actor

    browser = client()
    sign_in(browser)
    assert browser.get("/").status_code == 200
    actions.suspend(account, actor=Actor.system(account.person.agency))
    assert browser.get("/").status_code == 302
    assert sign_in(client()).status_code == 422


def test_sign_up_and_mail_have_no_address(account, client):
    for path in ("/signup", "/accounts/signup/", "/akun/daftar", "/accounts/password/reset/"):
        assert client().get(path).status_code in (302, 404)
    from django.urls import NoReverseMatch, reverse

    for name in ("account_signup", "account_email", "account_reset_password"):
        with pytest.raises(NoReverseMatch):
            reverse(name)


def test_passwords_are_kept_by_argon2id(account):
    assert account.password.startswith("argon2$argon2id$")


def totp(secret, at=None):
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

    counter = int((at or time.time()) // 30)
    return format_hotp_value(hotp_value(secret, counter))


def test_authenticator_from_setting_up_to_recovery(account, client, on_commit):
    from allauth.mfa.models import Authenticator

    browser = client()
    sign_in(browser)
    asked = browser.get("/akun/autentikator/pasang")["Location"]
    assert asked.startswith("/akun/pastikan")
    assert browser.post(asked, {"password": "salah sekali bukan"}).status_code == 422
    page = browser.post(asked, {"password": PASSWORD}, follow=True).content.decode()
    secret = re.search(r"<code>([A-Z2-7]+)</code>", page)[1]
    assert "data:image/svg+xml" in page
    wrong = browser.post("/akun/autentikator/pasang", {"code": "000000"})
    assert wrong.status_code == 422
    with on_commit():
        right = browser.post("/akun/autentikator/pasang", {"code": totp(secret)})
    assert right["Location"] == "/akun/autentikator/cadangan"
    codes = re.findall(r"<li>([0-9a-z]{6,})</li>", browser.get(right["Location"]).content.decode())
    assert len(codes) == 10
    again = browser.get("/akun/autentikator/cadangan").content.decode()
    assert not [code for code in codes if code in again]
    stored = str(list(Authenticator.objects.filter(user=account).values_list("data", flat=True)))
    assert secret not in stored

    fresh = client()
    assert sign_in(fresh)["Location"].startswith("/masuk/kode")
    assert fresh.get("/").status_code == 302
    assert fresh.post("/masuk/kode", {"code": "000000"}).status_code == 422
    assert fresh.post("/masuk/kode", {"code": codes[0]})["Location"] == "/"
    assert fresh.get("/").status_code == 200

    twice = client()
    sign_in(twice)
    assert twice.post("/masuk/kode", {"code": codes[0]}).status_code == 422
    assert twice.post("/masuk/kode", {"code": codes[1]}).status_code == 302

    with on_commit():
        assert browser.post("/akun/autentikator/lepas")["Location"] == "/akun/autentikator"
    assert sign_in(client())["Location"] == "/"


def test_sessions_are_listed_and_ended_one_by_one(account, client):
    phone, desk = client(), client()
    sign_in(phone)
    sign_in(desk)
    phone.get("/")
    page = desk.get("/akun/sesi").content.decode()
    assert page.count("Firefox, Linux") >= 2
    end = re.search(r'action="(/akun/sesi/\d+/akhiri)"', page)[1]
    assert desk.post(end).status_code == 302
    assert phone.get("/").status_code == 302
    assert desk.get("/").status_code == 200


def test_a_changed_password_ends_the_other_sessions(account, client):
    phone, desk = client(), client()
    sign_in(phone)
    sign_in(desk)
    answer = desk.post("/akun/sandi", {"oldpassword": PASSWORD, "password1": "kata sandi yang baru"})
    assert answer.status_code == 302
    assert desk.get("/").status_code == 200
    assert phone.get("/").status_code == 302


def test_activation_is_locked_after_five_wrong_codes(account, client):
    given = {"number": ground.ADMIN, "code": "0000-0000-0000", "password": "kata sandi yang baru"}
    for _ in range(5):
        assert "Nomor dan kode tidak cocok" in client().post("/aktivasi", given).content.decode()
    assert "Terlalu banyak percobaan" in client().post("/aktivasi", given).content.decode()


def test_language_before_and_after_sign_in(account, client):
    browser = client()
    assert '<html lang="id"' in browser.get("/masuk", headers={"accept-language": "en"}).content.decode()
    browser.post("/bahasa", {"language": "en", "next": "/masuk"})
    page = browser.get("/masuk").content.decode()
    assert '<html lang="en"' in page and "Sign in" in page
    sign_in(browser)
    assert '<html lang="id"' in browser.get("/").content.decode()
    browser.post("/akun/", {"language": "en", "theme": "dark", "single_keys": "on"})
    assert '<html lang="en" data-bs-theme="dark"' in browser.get("/").content.decode()


def test_next_leads_only_to_pages_of_ours(account, client):
    browser = client()
    sign_in(browser)
    for evil in ("https://evil.example/", "//evil.example", "javascript:alert(1)"):
        assert browser.post("/akun/tema", {"theme": "dark", "next": evil})["Location"] == "/"
    assert browser.post("/akun/tema", {"theme": "dark", "next": "/akun/"})["Location"] == "/akun/"
    outside = client().post(
        "/masuk?next=https://evil.example/", {"login": ground.ADMIN, "password": PASSWORD}
    )
    assert outside["Location"] == "/"


def test_forms_need_their_secret(account, django_home, assets):
    from django.test import Client

    strict = Client(HTTP_HOST=f"{django_home.node}.localhost", enforce_csrf_checks=True)
    answer = strict.post("/masuk", {"login": ground.ADMIN, "password": PASSWORD})
    assert answer.status_code == 403
    assert "Formulir ini sudah kedaluwarsa" in answer.content.decode()
