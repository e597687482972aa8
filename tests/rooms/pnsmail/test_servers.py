"""What the portal's acts mean to a mail program, on real servers: who signs in, and what it finds."""

import imaplib
import smtplib
import socket
import threading
import time

import pytest

from tests.rooms.mailer.engine import HOURLY, Post, arrived, folder

TEACHER, COLLEAGUE = "199107142019032004", "198802022014031002"


@pytest.fixture(scope="module")
def post(django_home, assets):
    post = Post(folder(), as_user=False)
    try:
        post.start()
        yield post
    finally:
        post.clear()


@pytest.fixture
def office(db, post, monkeypatch):
    """An agency of the node whose servers these are."""
    from django.conf import settings

    from tests.rooms.pnsmail.conftest import make_office

    monkeypatch.setattr(settings, "HOME", post.home)
    yield make_office()
    ended_twice()  # the next one's people have the same addresses


def ended_twice():
    """Wait until connections that were ended are ended once more (pendopo/mailer/kick.py)."""
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.join()


def messages(connection):
    connection.select("INBOX")
    return len(connection.search(None, "ALL")[1][0].split())


def test_a_program_signs_in_while_it_may(office, post, on_commit):
    from pendopo.ground.accounts import actions as accounts
    from pendopo.ground.accounts.actor import Actor
    from pendopo.pnsmail.mailboxes import actions

    with on_commit():
        made = office.mailbox("Maria Goreti Wea", TEACHER)
        actor = Actor.of(made.person.account, office.agency)
        secret = actions.make_app_password(made, "Ponsel", actor=actor)
    assert made.address == "maria.wea@pns.test"

    def enters():
        try:
            with post.imap(made.address, secret):
                return True
        except imaplib.IMAP4.error:
            return False

    def after(act, *given, **more):
        with on_commit():
            act(*given, **more)
        return enters()

    assert enters()
    assert not after(actions.hold, made, "Uji", actor=office.actor)
    assert after(actions.release, made, actor=office.actor)
    assert not after(accounts.suspend, made.person.account, actor=office.node)
    made.person.account.set_password("empat kata yang mudah")
    assert after(accounts.resume, made.person.account, actor=office.node)
    assert not after(actions.end_app_password, made.app_passwords.get(), actor=actor)


def test_who_may_no_more_is_disconnected_and_others_go_on(office, post, on_commit):
    """Ending a password, holding a mailbox, suspending an account; and what the job finds only later."""
    from pendopo.ground.accounts import actions as accounts
    from pendopo.ground.accounts.actor import Actor
    from pendopo.pnsmail.mailboxes import actions, lookups
    from pendopo.pnsmail.mailboxes.models import AppPassword

    def password(mailbox):
        actor = Actor.of(mailbox.person.account, office.agency)
        with on_commit():
            return actions.make_app_password(mailbox, "Ponsel", actor=actor)

    with on_commit():
        hers = office.mailbox("Maria Goreti Wea", TEACHER)
        other = office.mailbox("Klara Hoar", "199001012015032001")
    actor = Actor.of(hers.person.account, office.agency)

    def missed():
        AppPassword.objects.filter(mailbox=hers).delete()
        lookups.mend()

    def held():
        actions.hold(hers, "Uji", actor=office.actor)

    def ended():
        actions.end_app_password(hers.app_passwords.get(), actor=actor)

    def suspended():
        accounts.suspend(hers.person.account, actor=office.node)

    def out(act, secret):
        """Both of her programs are, by `act`."""
        program, reader = post.imap(hers.address, secret), post.pop3(hers.address, secret)
        with on_commit():
            act()
        said = program.readline(), reader.file.readline()
        for one in (program, reader):
            one.sock.close()
        ended_twice()
        return said[0].startswith(b"* BYE") and not said[1].startswith(b"+OK")

    kept = password(other)
    with post.imap(other.address, kept) as colleague:
        assert out(ended, password(hers))
        assert out(missed, password(hers))
        assert out(held, again := password(hers))
        with on_commit():
            actions.release(hers, actor=office.actor)
        assert out(suspended, again)
        assert colleague.noop()[0] == "OK"


def test_a_held_mailbox_sends_nothing_more_by_a_connection_that_is_open(office, post, on_commit):
    from pendopo.ground.accounts.actor import Actor
    from pendopo.pnsmail.mailboxes import actions

    with on_commit():
        made = office.mailbox("Maria Goreti Wea", TEACHER)
        secret = actions.make_app_password(made, "Ponsel", actor=Actor.of(made.person.account, office.agency))
    with post.submission(made.address, secret) as program:

        def sends():
            program.mail(made.address)
            code, _said = program.rcpt(made.address)
            program.rset()
            return code == 250

        assert sends()
        with on_commit():
            actions.hold(made, "Uji", actor=office.actor)
        assert not sends()
        with on_commit():
            actions.release(made, actor=office.actor)
        assert sends()


def test_the_first_message_comes_once_whatever_dies(office, post, on_commit):
    from pendopo.ground.accounts.actor import Actor
    from pendopo.pnsmail.mailboxes import actions
    from pendopo.pnsmail.mailboxes.models import Mailbox
    from pendopo.pnsmail.mailboxes.welcome import welcome

    with on_commit():
        made = office.mailbox("Siti\r\nBcc: x@luar.test Aminah", TEACHER)
        secret = actions.make_app_password(made, "Ponsel", actor=Actor.of(made.person.account, office.agency))
        made.person.account.language = "en"
        made.person.account.save(update_fields=["language"])
    welcome()
    made.refresh_from_db()
    assert made.welcomed_at is not None
    # The worker died between the message and its mark.
    Mailbox.objects.update(welcomed_at=None)
    welcome()
    with post.imap(made.address, secret) as program:
        assert messages(program) == 1
        text = program.fetch("1", "(BODY.PEEK[])")[1][0][1].decode()
    assert made.address in text and "/surel/" in text
    head = text.partition("\r\n\r\n")[0]
    assert "Subject: Welcome to your mailbox" in head and "Bcc" not in head


def test_servers_that_are_away_are_asked_again(office, post, on_commit, monkeypatch):
    """The mailbox is open all the same; its message comes when they are back."""
    from dataclasses import replace

    from django.conf import settings

    from pendopo.pnsmail.mailboxes.welcome import welcome
    from tests.ports import free_port

    with on_commit():
        made = office.mailbox("Klara Hoar", TEACHER)
    with monkeypatch.context() as away:
        gone = replace(post.home, mail=replace(post.mail, imaps_port=free_port()))
        away.setattr(settings, "HOME", gone)
        with pytest.raises(OSError):
            welcome()
    made.refresh_from_db()
    assert made.state == "active" and made.welcomed_at is None
    welcome()
    made.refresh_from_db()
    assert made.welcomed_at is not None


def test_a_notice_waits_for_a_mailbox_the_servers_do_not_know_and_for_servers_that_end(
    office, post, on_commit
):
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.delivery.models import NoticeSend
    from pendopo.ground.delivery.notices import notice
    from pendopo.pnsmail.mailboxes import actions, lookups, server
    from pendopo.pnsmail.notices.job import send

    with on_commit():
        made = office.mailbox("Klara Hoar", TEACHER)
        secret = actions.make_app_password(made, "Ponsel", actor=Actor.of(made.person.account, office.agency))
    notice(made.person.account, "uji", "1", "/", "A request waits")
    mail = NoticeSend.objects.filter(channel="mail", seen_at=None)
    row = lookups_row(made)
    with post.lookups.changing() as file:
        file.execute("delete from mailbox")
    send()
    assert mail.count() == 1
    lookups.mend()
    assert row in post.lookups.contents().mailboxes
    with pytest.raises(OSError), server.opened(made) as inbox:
        inbox.sock.shutdown(socket.SHUT_RDWR)
        server.put(inbox, server.letter(made, "uji", "Uji", ("Isi",)))
    send()
    send()
    assert mail.count() == 0
    with post.imap(made.address, secret) as program:
        program.select("INBOX")
        assert len(program.search(None, "SUBJECT", '"A request waits"')[1][0].split()) == 1


def test_who_goes_on_beyond_the_limit_sends_nothing_more_and_a_busy_colleague_does(
    office, post, on_commit, client
):
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.audit.models import Line
    from pendopo.ground.delivery.models import NoticeSend
    from pendopo.mailer.limited import waiting
    from pendopo.pnsmail.mailboxes import actions
    from pendopo.pnsmail.notices.job import send
    from pendopo.pnsmail.sending.job import look

    def program(name, number):
        with on_commit():
            made = office.mailbox(name, number)
            actor = Actor.of(made.person.account, office.agency)
            secret = actions.make_app_password(made, "Ponsel", actor=actor)
        return made, secret

    def hand_in(smtp, mailbox, people):
        """What the server says to a message for so many; one to a postmaster counts like any other."""
        to = ["postmaster@luar.test", *(f"orang{n}@luar.test" for n in range(people - 1))]
        text = f"From: {mailbox.address}\r\nTo: semua@luar.test\r\nSubject: Undangan\r\n\r\nIsi\r\n"
        try:
            smtp.sendmail(mailbox.address, to, text)
        except smtplib.SMTPDataError as refused:
            return refused.smtp_code
        return 250

    def admitted(smtp, mailbox):
        """Whether it is taken from that account, and what is said."""
        smtp.mail(mailbox.address)
        code, text = smtp.rcpt("orang@luar.test")
        smtp.rset()
        return code, b"ditahan" in text

    stolen, secret = program("Maria Goreti Wea", TEACHER)
    busy, other = program("Klara Hoar", COLLEAGUE)
    colleague = post.submission(busy.address, other)
    thieves = [post.submission(stolen.address, secret, f"127.0.{net}.1") for net in range(3)]
    thief = thieves[0]
    assert (hand_in(colleague, busy, HOURLY), hand_in(thief, stolen, HOURLY)) == (250, 250)
    assert [hand_in(colleague, busy, 1) for _ in thieves] == [451] * 3
    assert [hand_in(one, stolen, 1) for one in thieves] == [451] * 3
    until = time.monotonic() + 20
    while [len(waiting(post.engine.limited).get(one.address, ())) for one in (stolen, busy)] != [3, 3]:
        assert time.monotonic() < until, waiting(post.engine.limited)
        time.sleep(0.02)
    with on_commit():
        look()
    # Also in the connection that is there already.
    assert admitted(thief, stolen) == (550, True) and admitted(colleague, busy) == (250, False)
    send()
    with post.imap(stolen.address, secret) as owner:
        assert b"/surel/akun/" in arrived(owner, "Dari kotak")
    told = NoticeSend.objects.filter(notice__kind="pnsmail.stopped", channel="bell", seen_at=None)
    assert {one.account for one in told} == {stolen.person.account, office.admin}
    assert Line.objects.get(act="pnsmail.sending.stop").detail == {"tries": 3, "networks": 3}
    page = f"/surel/kantor/kotak/{stolen.pk}/"
    assert client(stolen.person.account).post(f"{page}kirim-lagi/").status_code in (403, 404)
    assert admitted(thief, stolen) == (550, True)
    with on_commit():
        assert client(office.admin).post(f"{page}kirim-lagi/")["Location"] == page
    assert admitted(thief, stolen) == (250, False) and not told.all().exists()
    with on_commit():
        look()
    assert admitted(thief, stolen) == (250, False), "what was tried before is forgotten"


def test_postmaster_and_abuse_reach_whoever_looks_after_mail_today(office, post, on_commit):
    from pendopo.ground.accounts import actions as accounts
    from pendopo.ground.accounts.actor import Actor
    from pendopo.mailer.lookups import Alias
    from pendopo.pnsmail.mailboxes import actions, lookups, reads

    with on_commit():
        mine = Actor.of(office.admin, office.agency)
        admin = actions.open_mailbox(office.admin.person, reads.offered(office.admin.person)[0], actor=mine)
        office.mailbox("Klara Hoar", TEACHER)
    lookups.mend()
    with post.smtp() as smtp:
        smtp.mail("lapor@luar.test")
        assert smtp.rcpt("webmaster@pns.test")[0] == 550
        smtp.rset()
        for name in ("postmaster@pns.test", "Abuse@pns.test", "postmaster"):
            smtp.sendmail("lapor@luar.test", [name], f"Subject: untuk {name}\r\n\r\nIsi\r\n")
    with post.imap(*post.portal(admin.address)) as inbox:
        for name in ("postmaster@pns.test", "Abuse@pns.test", "postmaster"):
            assert arrived(inbox, f"untuk {name}")
    assert post.lookups.contents().aliases == {
        Alias(f"{role}@pns.test", admin.address) for role in ("postmaster", "abuse")
    }
    accounts.withdraw_role(office.admin.grants.get(room="pnsmail"), actor=office.node)
    lookups.mend()
    assert not post.lookups.contents().aliases


def test_who_is_nearly_full_is_told_once_a_level_and_senders_hear_of_a_full_one(
    office, post, on_commit, monkeypatch
):
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.delivery.models import NoticeSend
    from pendopo.mailer.crossed import waiting
    from pendopo.pnsmail.mailboxes import actions
    from pendopo.pnsmail.mailboxes.fullness import look, look_again
    from pendopo.pnsmail.notices.job import send
    from pendopo.pnsmail.quota.rules import CLASSES, QuotaClass

    monkeypatch.setitem(CLASSES, "standard", QuotaClass("standard", 1, 7))
    with on_commit():
        made = office.mailbox("Klara Hoar", TEACHER)
        secret = actions.make_app_password(made, "Ponsel", actor=Actor.of(made.person.account, office.agency))

    def told(look=look):
        with on_commit():
            look()
        send()
        made.refresh_from_db()
        open_notices = NoticeSend.objects.filter(account=made.person.account, seen_at=None, channel="bell")
        return made.told, made.full_since is not None, [one.notice.params["percent"] for one in open_notices]

    def crossed():
        """Once the server has left its word, which it does by a process of its own."""
        until = time.monotonic() + 20
        while not waiting(post.engine.crossed):
            assert time.monotonic() < until, post.logs()
            time.sleep(0.02)
        return told()

    def fill(kilobytes):
        text = b"Subject: Lampiran\r\n\r\n" + b"x" * 76 * 13 * kilobytes
        assert program.append("INBOX", "", "", text)[0] == "OK"

    with post.imap(made.address, secret) as program:
        fill(300)
        assert told() == (0, False, [])
        fill(555)
        assert crossed() == (80, False, [80])
        assert told() == (80, False, [80]), "nothing new"
        fill(155)
        assert crossed() == (95, False, [95])
        fill(44)
        assert told(look_again)[1], "too full for the next message"
        (row,) = post.lookups.contents().mailboxes & {lookups_row(made)}
        assert row.overquota.startswith("452")
        program.select("INBOX")
        subjects = program.search(None, "SUBJECT", '"80 %"')[1][0].split()
        assert len(subjects) == 1, "once, in her own mailbox"
        program.store("1:*", "+FLAGS", "\\Deleted")
        program.expunge()
        assert told(look_again) == (0, False, [])


def lookups_row(mailbox):
    """What the servers should have of it now."""
    from pendopo.pnsmail.mailboxes.lookups import everything

    (row,) = [one for one in everything().mailboxes if one.address == mailbox.address]
    return row
