"""One's own page: app passwords, files for programs; and a node that has no mail."""

import os
import plistlib
import re
import subprocess
import sys
from xml.etree import ElementTree as ET

import pytest

TEACHER = "199107142019032004"


@pytest.fixture
def mailbox(office):
    return office.mailbox("Maria Goreti Wea", TEACHER)


def test_an_app_password_is_shown_in_one_answer_only(mailbox, client):
    from pendopo.mailer.lookups import hashed

    desk = client(mailbox.person.account)
    assert desk.post("/surel/akun/sandi/", {"label": " "}).status_code == 422
    answer = desk.post("/surel/akun/sandi/", {"label": "Ponsel"})
    secret = re.search(r"data-code>([0-9a-z-]+)<", answer.content.decode())[1]
    assert hashed(secret) == mailbox.app_passwords.get().hash
    assert "no-store" in answer["Cache-Control"]
    for path in ("/surel/akun/", "/surel/akun/sandi/"):
        page = desk.get(path).content.decode()
        assert secret not in page
    assert "Ponsel" in desk.get("/surel/akun/").content.decode()


def test_nobody_else_ends_it(mailbox, office, client):
    from pendopo.ground.accounts.actor import Actor
    from pendopo.pnsmail.mailboxes import actions

    me = mailbox.person.account
    actions.make_app_password(mailbox, "Ponsel", actor=Actor.of(me, office.agency))
    end = f"/surel/akun/sandi/{mailbox.app_passwords.get().pk}/akhiri/"
    assert client(office.admin).post(end).status_code == 404
    assert client(me).post(end)["Location"] == "/surel/akun/"
    assert not mailbox.app_passwords.exists()


def test_programs_find_the_service_without_signing_in(office, client, django_home):
    mail = django_home.mail
    ports = {str(port) for port in (mail.imaps_port, mail.pop3s_port, mail.submissions_port)}
    for host in ("autoconfig.pns.uji.go.id", None):
        for path in ("/mail/config-v1.1.xml", "/.well-known/autoconfig/mail/config-v1.1.xml"):
            answer = client().get(path, {"emailaddress": "siapa@x"}, **({"HTTP_HOST": host} if host else {}))
            assert answer.status_code == 200, (host, path)
            root = ET.fromstring(answer.content)
            assert root.find("emailProvider").get("id") == "pns.uji.go.id"
            assert {one.findtext("port") for one in root[0] if one.get("type")} == ports
    assert client().get("/mail/config-v1.1.xml", HTTP_HOST="autoconfig.lain.go.id").status_code == 400
    policy = client().get("/.well-known/mta-sts.txt", HTTP_HOST="mta-sts.pns.uji.go.id")
    assert b"mx: uji.localhost\r\n" in policy.content


def test_a_phones_profile_is_ones_own(mailbox, client):
    answer = client(mailbox.person.account).get("/surel/akun/profil.mobileconfig")
    assert answer["Content-Type"] == "application/x-apple-aspen-config"
    (account,) = plistlib.loads(answer.content)["PayloadContent"]
    assert account["EmailAddress"] == mailbox.address
    assert client().get("/surel/akun/profil.mobileconfig")["Location"].startswith("/masuk")


def test_a_held_mailbox_says_so_and_makes_no_password(mailbox, office, client):
    from pendopo.pnsmail.mailboxes import actions

    actions.hold(mailbox, "Uji", actor=office.actor)
    desk = client(mailbox.person.account)
    assert "ditahan" in desk.get("/surel/akun/").content.decode()
    assert desk.post("/surel/akun/sandi/", {"label": "Ponsel"}).status_code == 422


WITHOUT = """
import django
django.setup()
from django.urls import Resolver404, resolve
from pendopo.ground import jobs
from pendopo.ground.rooms import rooms
for path in ("/surel/", "/surel/aktivasi/", "/mail/config-v1.1.xml"):
    try:
        print(resolve(path).view_name)
    except Resolver404:
        print("none")
print([room.code for room in rooms()], [job.name for job in jobs.registered()])
"""


@pytest.mark.parametrize("domain", ["", "pns.lain.go.id"])
def test_the_room_is_there_only_where_the_node_has_mail(short_tmp, domain):
    from pendopo.core.home import Mail
    from tests.conftest import make_home

    home = make_home(short_tmp / f"m{len(domain)}", mail=Mail(domain, "uji.localhost") if domain else None)
    env = os.environ | {"PENDOPO_HOME": str(home.root), "DJANGO_SETTINGS_MODULE": "pendopo.portal.settings"}
    env["PENDOPO_DATABASE_URL"] = "postgresql://nobody@127.0.0.1:1/none"
    done = subprocess.run([sys.executable, "-c", WITHOUT], env=env, capture_output=True, text=True)
    *views, rooms = done.stdout.splitlines()
    assert len(views) == 3, done.stderr
    assert ("none" not in views) is bool(domain)
    assert ("pnsmail" in rooms, "mail-lookups" in rooms) == (bool(domain), bool(domain))
