"""Hostile things at every door of a node with mail, each beside a harmless twin one step away that works.

The servers are real, without Rspamd; what that refuses is in tests/rooms/mailer/test_mail.py. What a browser
makes of hostile HTML is counted in tests/browser/test_mail.py.
"""

import base64
import imaplib
import io
import re
import smtplib
import socket
import ssl
import time
import zipfile
from contextlib import contextmanager

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.hostile import HTML, MESSAGES
from tests.rooms.mailer.sieve import Sieve
from tests.rooms.pnsmail.mail import arrived, lay, letter, look, raw, write

OUTSIDE = "orang@luar.test"
SECRET = "abcd efgh ijkl mnop qrst"
FEWEST = 30
THINGS = {}  # name -> function of the doors


def hostile(name):
    """Puts a function on the list: it does the hostile thing and its twin and says what comes of both."""

    def listed(does):
        assert name not in THINGS
        THINGS[name] = does
        return does

    return listed


class Doors:
    """All of a node that strangers and people talk to; Ani and Budi of one agency, `foreign` of another."""

    def __init__(self, engine, desk, other, client):
        self.mail, self.client = engine.mail, client
        self.ani, self.budi, self.office, self.other = desk.ani, desk.budi, desk.office, other
        self.foreign = desk.settle(other, "Budi Prakoso", "198707142012031004")
        self.trust = ssl.create_default_context(cafile=engine.ca)

    @contextmanager
    def stranger(self):
        """Another organisation's server."""
        with smtplib.SMTP("127.0.0.1", self.mail.smtp_port, "luar.test", timeout=60) as server:
            server.ehlo()
            yield server

    def told(self, recipient, sender=f"<{OUTSIDE}>"):
        """What a stranger hears who writes to the path `recipient` (RFC 5321, 4.1.2)."""
        with self.stranger() as server:
            assert server.docmd(f"MAIL FROM:{sender}")[0] == 250
            return server.docmd(f"RCPT TO:{recipient}")[0]

    @contextmanager
    def program(self):
        """Ani's program at the door for sending."""
        with smtplib.SMTP_SSL(
            "localhost", self.mail.submissions_port, context=self.trust, timeout=60
        ) as server:
            server.login(self.ani.address, SECRET)
            yield server

    @contextmanager
    def imap(self, user, secret=SECRET):
        with imaplib.IMAP4_SSL(
            "localhost", self.mail.imaps_port, ssl_context=self.trust, timeout=60
        ) as server:
            server.login(user, secret)
            yield server

    def line(self):
        """A bare connection of a stranger, for what no client would say; greeted."""
        return greeted(socket.create_connection(("127.0.0.1", self.mail.smtp_port), timeout=60))

    def page(self, path, one=None):
        """The text of a page of Ani's."""
        answer = (one or self.ani).web.get(f"/surel/{path}")
        assert answer.status_code == 200, path
        return answer.content.decode()


def greeted(line):
    assert line.recv(512).startswith(b"220 ")
    return line


def said(line, *commands):
    """The last answer to each of these commands, said one after the other."""
    answers = []
    for command in commands:
        line.sendall(command + b"\r\n")
        answers.append(line.recv(4096))
    return answers


@pytest.fixture
def doors(desk, mail_servers, lookups, client):
    from pendopo.mailer.lookups import AppPassword, hashed
    from tests.rooms.pnsmail.conftest import make_office

    for one in (desk.ani, desk.budi):
        lookups.put_app_password(AppPassword(one.address, one.address, hashed(SECRET)))
    return Doors(mail_servers, desk, make_office("ID/GOV/B", "197907072004071007"), client)


def test_refused_or_harmless_beside_a_twin_that_works(doors, subtests, record_property):
    for name, does in THINGS.items():
        with subtests.test(name):
            does(doors)
    count = len(THINGS) + len(MESSAGES) + len(HTML)
    record_property("figure", f"hostile.things {count}")
    assert count >= FEWEST


def test_a_message_made_to_break_its_reader_is_taken_and_opened(doors):
    """Over the servers and in a page; the rule alone is in tests/rules/pnsmail/test_hostile.py."""
    with doors.stranger() as server:
        for name, both in MESSAGES.items():
            for kind, source in zip(("hostile", "twin"), both, strict=True):
                mark = f"X-Uji: {name} {kind}\r\n".encode()
                server.sendmail(OUTSIDE, [doors.ani.address], mark + source)
    from pendopo.pnsmail.webmail import service

    deadline = time.monotonic() + 60
    with service.opened(doors.ani.mailbox) as box:
        while box.folders()[0].messages < 2 * len(MESSAGES):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        box.client.select_folder("INBOX", readonly=True)
        heads = box.client.fetch(box.client.search(), ["BODY.PEEK[HEADER.FIELDS (X-UJI)]"])
    uids = {
        head[b"BODY[HEADER.FIELDS (X-UJI)]"].decode().split(":")[1].strip(): uid
        for uid, head in heads.items()
    }
    for name in MESSAGES:
        doors.page(f"pesan/masuk/{uids[f'{name} hostile']}/")
        shown = doors.page(f"pesan/masuk/{uids[f'{name} twin']}/")
        assert "halo" in shown or "di dalam" in shown, name


# At the door for other servers


@hostile("open relay")
def _(doors):
    assert doors.told("<siapa@lain.test>") == 554
    assert doors.told(f"<{doors.ani.address}>") == 250


@hostile("relay by a per cent sign")
def _(doors):
    assert doors.told(f"<siapa%lain.test@{doors.mail.domain}>") == 554
    assert doors.told(f"<{doors.ani.address.replace('@', '+lain.test@')}>") == 250


@hostile("relay by an old path")
def _(doors):
    assert doors.told(f"<lain.test!siapa@{doors.mail.domain}>") == 554
    assert doors.told(f"<@{doors.mail.domain}:siapa@lain.test>") == 554
    assert doors.told(f"<@{doors.mail.domain}:{doors.ani.address}>") == 250


@hostile("address with SQL in it")
def _(doors):
    local, _, domain = doors.ani.address.partition("@")
    assert doors.told(f"""<"x' or '1'='1"@{domain}>""") == 550
    assert doors.told(f'<"{local}"@{domain}>') == 250


@hostile("address that leaves its folder")
def _(doors):
    local, _, domain = doors.ani.address.partition("@")
    assert doors.told(f"<../{domain}/{local}@{domain}>") == 550
    assert doors.told(f"<{local}@{domain}>") == 250


@hostile("forged sender of our own domain")
def _(doors):
    assert doors.told(f"<{doors.ani.address}>", sender=f"<{doors.budi.address}>") == 553
    assert doors.told(f"<{doors.ani.address}>", sender="<budi@luar.test>") == 250


@hostile("asking who has a mailbox")
def _(doors):
    with doors.stranger() as server:
        assert server.vrfy(doors.ani.address)[0] == 502
        assert server.docmd("EXPN", "semua")[0] == 500
        assert server.noop()[0] == 250


@hostile("second message smuggled into the first")
def _(doors):
    """Ended by a bare line feed (CVE-2023-51764)."""
    head = b"From: <%s>\r\nSubject: " % OUTSIDE.encode()
    to = doors.budi.address.encode()
    envelope = (b"MAIL FROM:<%s>" % OUTSIDE.encode(), b"RCPT TO:<%s>" % to, b"DATA")
    inner = b"\r\n".join((*envelope, head + b"selundupan", b"", b"isi"))
    before = len(look(doors.budi))
    with doors.line() as line:
        said(line, b"EHLO luar.test", *envelope)
        assert said(line, head + b"luar\r\n\r\nisi\n.\n" + inner + b"\r\n.")[0].startswith(b"250 ")
        assert said(line, *envelope)[-1].startswith(b"354 ")
        assert said(line, head + b"kedua\r\n\r\nisi\r\n.")[0].startswith(b"250 ")
    found = [one.subject for one in arrived(doors.budi, before + 2)]
    assert sorted(found[: len(found) - before]) == ["kedua", "luar"]


@hostile("commands before they are asked for")
def _(doors):
    commands = b"EHLO luar.test\r\nMAIL FROM:<%s>\r\n" % OUTSIDE.encode()
    with doors.line() as line:
        line.sendall(commands)
        assert b"554 5.5.0" in line.recv(4096)
    with doors.stranger() as server:
        assert server.has_extn("pipelining")
        server.send(f"MAIL FROM:<{OUTSIDE}>\r\nRCPT TO:<{doors.ani.address}>\r\n")
        assert (server.getreply()[0], server.getreply()[0]) == (250, 250)


@hostile("request of a browser")
def _(doors):
    """A page somewhere that makes its reader's browser post to a mail server."""
    with doors.line() as line:
        assert said(line, b"POST / HTTP/1.1")[0].startswith(b"221 ")
    with doors.line() as line:
        assert said(line, b"EHLO luar.test")[0].startswith(b"250")


@hostile("message larger than any")
def _(doors):
    with doors.stranger() as server:
        assert server.mail(OUTSIDE, ["SIZE=26300000"])[0] == 552
        assert server.mail(OUTSIDE, ["SIZE=300000"])[0] == 250
        assert server.rcpt(doors.ani.address)[0] == 250


@hostile("message that goes round in circles")
def _(doors):
    hop = b"Received: by uji.test; Mon, 30 Nov 2026 07:00:00 +0000\r\n"
    with doors.stranger() as server:
        with pytest.raises(smtplib.SMTPDataError) as refused:
            server.sendmail(OUTSIDE, [doors.budi.address], hop * 60 + b"Subject: putar\r\n\r\nisi\r\n")
        assert refused.value.smtp_code == 554
        server.sendmail(OUTSIDE, [doors.budi.address], hop * 3 + b"Subject: jauh\r\n\r\nisi\r\n")


# At the doors for programs


@hostile("sender of a colleague")
def _(doors):
    with doors.program() as server:
        assert server.mail(doors.budi.address)[0] == 250
        assert server.rcpt(doors.budi.address)[0] == 553
        server.rset()
        assert server.mail(doors.ani.address)[0] == 250
        assert server.rcpt(doors.budi.address)[0] == 250


@hostile("password over an open line")
def _(doors):
    token = base64.b64encode(f"\0{doors.ani.address}\0{SECRET}".encode()).decode()
    with smtplib.SMTP("localhost", doors.mail.submission_port, timeout=60) as server:
        server.ehlo()
        assert server.docmd("AUTH", f"PLAIN {token}")[0] in (530, 538)
        server.starttls(context=doors.trust)
        assert server.docmd("EHLO", "uji.test")[0] == 250
        assert server.docmd("AUTH", f"PLAIN {token}")[0] == 235


@hostile("another's mailbox by one's own password")
def _(doors):
    """As the portal does it, which has a secret of its own."""
    for user in (doors.budi.address, f"{doors.budi.address}*{doors.ani.address}"):
        with pytest.raises(imaplib.IMAP4.error), doors.imap(user, "x" + SECRET):
            pass
    with doors.imap(doors.ani.address) as server:
        assert server.noop()[0] == "OK"


@hostile("folder outside of one's mailbox")
def _(doors):
    lay(doors.budi, letter("Rahasia Budi"))
    local, _, domain = doors.budi.address.partition("@")
    with doors.imap(doors.ani.address) as server:
        for folder in (
            f"../../{local}/Maildir",
            f"../../../{domain}/{local}/Maildir",
            "/etc",
            "~",
            f"user/{local}",
        ):
            assert server.select(f'"{folder}"')[0] == "NO", folder
            server.response("EXISTS")
        for pattern in ("../*", "/*", "~*", "../../*"):
            assert server.list('""', f'"{pattern}"')[1] == [None], pattern
        assert server.select("Archive")[0] == "OK"


@hostile("filter that starts programs or sends mail away")
def _(doors):
    sieve = Sieve(doors.mail.sieve_port, doors.trust, doors.ani.address, SECRET)
    for name, body in (
        ("vnd.dovecot.execute", "execute"),
        ("vnd.dovecot.pipe", "pipe"),
        ("vacation", "vacation"),
    ):
        with pytest.raises(AssertionError, match="NO"):
            sieve.put("jahat", f'require ["{name}"];\n{body} "x";\n'.encode())
    sieve.put("saring", b'require ["fileinto"];\nif header "subject" "x" { fileinto "Archive"; }\n')


# In pages


@hostile("people of another agency, by name or address")
def _(doors):
    found = doors.page("kontak/?siapa=budi")
    assert doors.budi.address in found
    assert doors.foreign.address not in found
    assert "Prakoso" not in found
    assert "Santoso" not in doors.page("kontak/?siapa=b")
    assert "<li>" not in doors.page(f"kontak/?siapa={doors.foreign.address}")
    assert doors.foreign.address in doors.page("kontak/?siapa=budi", doors.foreign)


@hostile("everybody, by a sign that stands for anything")
def _(doors):
    for sign in ("%25%25", "__", "**", ".."):
        assert "<li>" not in doors.page(f"kontak/?siapa={sign}"), sign
    assert doors.ani.web.get("/surel/kontak/?siapa=ani%00").status_code == 400
    assert "<li>" in doors.page("kontak/?siapa=ani")


@hostile("people of another agency, in the address proposals")
def _(doors):
    """The address that somebody there has is not offered, and nothing says whose it is."""
    from pendopo.pnsmail.mailboxes import reads

    same = doors.office.account(doors.foreign.mailbox.person.name, "198903032015031004")
    page = doors.client(same).get("/surel/alamat/").content.decode()
    assert doors.foreign.address.partition("@")[0] not in re.findall(r'name="local" value="([^"]+)"', page)
    assert len(reads.offered(same.person)) == 3
    assert doors.other.agency.name not in page


@hostile("app password of another agency's person")
def _(doors):
    from pendopo.ground.accounts.actor import Actor
    from pendopo.pnsmail.mailboxes import actions

    ends = {}
    for one, office in ((doors.ani, doors.office), (doors.foreign, doors.other)):
        actor = Actor.of(one.mailbox.person.account, office.agency)
        actions.make_app_password(one.mailbox, "Ponsel", actor=actor)
        ends[one.address] = f"/surel/akun/sandi/{one.mailbox.app_passwords.get().pk}/akhiri/"
    for method in (doors.ani.web.get, doors.ani.web.post):
        assert method(ends[doors.foreign.address]).status_code == 404
    assert doors.foreign.mailbox.app_passwords.exists()
    assert doors.ani.web.post(ends[doors.ani.address]).status_code == 302
    assert not doors.ani.mailbox.app_passwords.exists()


@hostile("mailbox of another agency, for its administrator")
def _(doors):
    theirs, admin = f"/surel/kantor/kotak/{doors.ani.mailbox.pk}/", doors.client(doors.other.admin)
    for path in (theirs, f"{theirs}tahan/"):
        assert admin.get(path).status_code == 404
        assert admin.post(path, {"reason": "x", "size": "large"}).status_code == 404
    assert doors.ani.address not in admin.get("/surel/kantor/kotak/?q=ani").content.decode()
    own = doors.client(doors.office.admin)
    assert own.get(theirs).status_code == 200
    assert doors.ani.address in own.get("/surel/kantor/kotak/?q=ani").content.decode()


@hostile("what lies in another's mailbox")
def _(doors):
    uid = lay(doors.ani, letter("Rahasia Ani"))
    for path in (
        f"kotak/masuk/{uid}/", f"pesan/masuk/{uid}/", f"pesan/masuk/{uid}/isi/",
        f"pesan/masuk/{uid}/lampiran/1/",
        f"tulis/?balas=masuk.{uid}", f"tulis/?teruskan=masuk.{uid}",
    ):  # fmt: skip
        assert doors.foreign.web.get(f"/surel/{path}").status_code == 404, path
    assert doors.foreign.web.post(f"/surel/kotak/masuk/{uid}/ke/sampah/").status_code == 404
    assert "Rahasia Ani" not in doors.page("cari/?q=rahasia", doors.foreign)
    assert "Rahasia Ani" in doors.page("cari/?q=rahasia")
    doors.page(f"kotak/masuk/{uid}/")


@hostile("folder and number that are none")
def _(doors):
    for path in ("kotak/..%2fbudi/", "kotak/INBOX/", "kotak/masuk/99999999999999999999/", "kotak/masuk/0/"):
        assert doors.ani.web.get(f"/surel/{path}").status_code == 404, path
    doors.page("kotak/arsip/")


@hostile("commands in what one looks for")
def _(doors):
    lay(doors.ani, letter("Anggaran"))
    for words in ('" OR ALL "', "x%0d%0aA1 DELETE Archive", "{5}%0d%0aALL", "(ALL)", ") OR (ALL"):
        assert "Anggaran" not in doors.page(f"cari/?q={words}"), words
    assert "Anggaran" in doors.page("cari/?q=anggaran")
    doors.page("kotak/arsip/")


@hostile("form of another page")
def _(doors):
    """Which the browser of somebody signed in sends with her cookies."""
    path, browser = "/surel/tulis/simpan/", doors.client(doors.ani.mailbox.person.account)
    browser.handler.enforce_csrf_checks = True
    fields = {"to": doors.budi.address, "subject": "Konsep", "text": "isi"}
    assert browser.post(path, fields).status_code == 403
    page = browser.get("/surel/tulis/").content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
    assert browser.post(path, fields | {"csrfmiddlewaretoken": token}).status_code == 200


@hostile("headers in a subject or an address")
def _(doors):
    evil = f"Rapat\r\nBcc: {doors.foreign.address}"
    assert write(doors.ani, to=f"{doors.budi.address}\r\nBcc: x@lain.test", text="a").status_code == 422
    before = len(look(doors.budi))
    assert write(doors.ani, to=doors.budi.address, subject=evil, text="a").status_code == 302
    assert write(doors.ani, to=doors.budi.address, subject="Rapat", text="a").status_code == 302
    for one in arrived(doors.budi, before + 2)[:2]:
        assert b"\nBcc:" not in raw(doors.budi, "INBOX", one.uid)
    assert look(doors.foreign) == []


@hostile("script in a subject and a name")
def _(doors):
    made = letter("<script>alert(1)</script> & A < B")
    del made["From"]
    made["From"] = '"<img src=x onerror=alert(1)>" <x@luar.test>'
    uid = lay(doors.ani, made)
    for path in ("", f"kotak/masuk/{uid}/", f"tulis/?balas=masuk.{uid}"):
        page = doors.page(path)
        assert "<script>alert" not in page and "<img src=x" not in page, path
        assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; A &lt; B" in page, path


@hostile("sender who calls himself a colleague")
def _(doors):
    made = letter("Segera")
    del made["From"]
    made["From"] = f'"{doors.budi.address}" <penipu@luar.test>'
    assert "penipu@luar.test" in doors.page(f"kotak/masuk/{lay(doors.ani, made)}/")
    assert "dinas@ende.go.id" in doors.page(f"kotak/masuk/{lay(doors.ani, letter('Segera'))}/")


@hostile("page and drawing as files")
def _(doors):
    made = letter()
    made.add_attachment(b"<script>1</script>", maintype="text", subtype="html", filename="laporan é.html")
    made.add_attachment(b"<svg onload=x()/>", maintype="image", subtype="svg+xml", filename="logo.svg")
    made.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="surat.pdf")
    uid = lay(doors.ani, made)
    page = doors.page(f"kotak/masuk/{uid}/")
    paths = re.findall(r'href="(/surel/pesan/masuk/[0-9]+/lampiran/[^"]+)"', page)
    answers = [doors.ani.web.get(path) for path in paths]
    assert [one.content for one in answers] == [b"<script>1</script>", b"<svg onload=x()/>", b"%PDF-1.7"]
    for answer in answers:
        assert answer["Content-Type"] == "application/octet-stream"
        assert answer["Content-Disposition"].startswith("attachment;")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"].startswith("sandbox;")
    assert "laporan%20%C3%A9.html" in answers[0]["Content-Disposition"]
    assert doors.ani.web.get(f"/surel/pesan/masuk/{uid}/lampiran/9/").status_code == 404


@hostile("zip that would fill a disk")
def _(doors):
    """Nobody unpacks it: it is a file of its own size."""
    bomb, small = io.BytesIO(), io.BytesIO()
    for file, text in ((bomb, b"\0" * 50_000_000), (small, b"isi")):
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
            made.writestr("isi.txt", text)
    for file in (bomb, small):
        upload = SimpleUploadedFile("isi.zip", file.getvalue(), "application/zip")
        before = len(look(doors.budi))
        assert write(doors.ani, to=doors.budi.address, text="a", files=[upload]).status_code == 302
        newest = arrived(doors.budi, before + 1)[0]
        page = doors.page(f"kotak/masuk/{newest.uid}/", doors.budi)
        path = re.search(r'href="(/surel/pesan/[^"]+/lampiran/[^"]+)"', page)[1]
        assert doors.budi.web.get(path).content == file.getvalue()
