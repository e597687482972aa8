"""What the portal's acts mean to a mail program, on real servers: who signs in, and what it finds."""

import imaplib
import socket
import time

import pytest

from tests.rooms.mailer.engine import Post, folder

TEACHER = "199107142019032004"


@pytest.fixture(scope="module")
def post(assets_built):
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
    return make_office()


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
    post.lookups.remove_mailbox(made.address)
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
