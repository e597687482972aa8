"""What was deleted for good: taken back by a page for a while, seen by no program, and then gone."""

import imaplib
import re
import ssl
import time

import pytest

from tests.rooms.pnsmail.mail import lay, letter, look

REMOVED = "/surel/dihapus/"
SECRET = "abcd efgh ijkl mnop qrst"


@pytest.fixture
def program(desk, lookups, mail_servers):
    """Ani's mail program, signed in."""
    from pendopo.mailer.lookups import AppPassword, hashed

    lookups.put_app_password(AppPassword("uji", desk.ani.address, hashed(SECRET)))
    trust = ssl.create_default_context(cafile=mail_servers.ca)
    with imaplib.IMAP4_SSL("localhost", mail_servers.mail.imaps_port, ssl_context=trust) as connection:
        connection.login(desk.ani.address, SECRET)
        yield connection


def expunge(program, folder="INBOX"):
    program.select(folder)
    program.store("1:*", "+FLAGS", "\\Deleted")
    program.expunge()


def deleted(one):
    """Subject → key of what the page shows, the newest first."""
    page = one.web.get(REMOVED).content.decode()
    return [
        (subject, key)
        for subject, key in re.findall(r"<b>([^<]+)</b><small>.*?name=\"pesan\" value=\"(\d+)\"", page, re.S)
    ]


def used(program):
    said = program.getquotaroot("INBOX")[1][1][0]
    return int(re.search(rb"STORAGE (\d+) ", said)[1])


def test_what_a_program_deleted_comes_back_once_and_to_its_owner_only(desk, program):
    from pendopo.ground.audit.models import Line

    lay(desk.ani, letter("Rahasia Ani", "x" * 50_000, Message_ID="<8@ende.go.id>"), flags=(rb"\Seen",))
    before = used(program)
    assert before > 40
    expunge(program)
    assert look(desk.ani) == [] and used(program) == 0
    ((subject, key),) = deleted(desk.ani)
    assert subject == "Rahasia Ani" and not deleted(desk.budi)
    said = desk.budi.web.post(REMOVED, {"pesan": key}, follow=True).content.decode()
    assert "Pesan ini sudah tidak ada" in said and look(desk.budi) == []
    for times, words in ((1, "ada di kotak masuk lagi"), (2, "Pesan ini sudah tidak ada")):
        assert words in desk.ani.web.post(REMOVED, {"pesan": key}, follow=True).content.decode(), times
    (back,) = look(desk.ani)
    assert (back.message_id, back.unread) == ("<8@ende.go.id>", False)
    assert used(program) == before and not deleted(desk.ani)
    program.select("INBOX")
    program.expunge()
    assert len(look(desk.ani)) == 1, "it is not marked as deleted any more"
    (line,) = Line.objects.filter(act="pnsmail.mail.take_back")
    assert line.detail == {"messages": 1}


def test_no_program_lists_or_opens_it(desk, program):
    from pendopo.pnsmail.webmail import service

    lay(desk.ani, letter("Rahasia Ani"))
    expunge(program)
    said = b"".join(
        b"".join(one if isinstance(one, bytes) else one[0] for one in answer if one)
        for answer in (
            program.list()[1],
            program.list('""', "removed*")[1],
            program.lsub()[1],
            program.namespace()[1],
        )
    )
    assert b"INBOX" in said and b"removed" not in said.lower()
    for guess in ("Removed", "removed/messages", "removed-/messages"):
        assert program.select(guess)[0] == "NO"
    assert program.select(service.removed())[0] == "OK", "and the name alone is what opens it"


def test_the_trash_emptied_in_pages_comes_back_but_not_what_only_moved_or_a_drafts_old_version(desk):
    lay(desk.ani, letter("Dua"))
    desk.ani.web.post("/surel/kotak/masuk/1/ke/sampah/")
    first = desk.ani.web.post("/surel/tulis/simpan/", {"subject": "Konsep", "text": "a"}).content.decode()
    uid = re.search(r'value="(\d+)"', first)[1]
    desk.ani.web.post("/surel/tulis/simpan/", {"subject": "Konsep", "text": "ab", "draft": uid})
    assert deleted(desk.ani) == []
    asked = desk.ani.web.get("/surel/kotak/sampah/1/hapus/").content.decode()
    assert "Selama 14 hari" in asked
    desk.ani.web.post("/surel/kotak/sampah/1/hapus/")
    assert [subject for subject, _key in deleted(desk.ani)] == ["Dua"]


def test_a_folder_deleted_by_a_program_leaves_its_messages(desk, program):
    program.create("Proyek")
    lay(desk.ani, letter("Rencana"), "Proyek")
    assert program.delete("Proyek")[0] == "OK"
    assert [subject for subject, _key in deleted(desk.ani)] == ["Rencana"]


def test_what_no_longer_fits_stays_where_it_was(desk, program):
    heavy = letter("Foto", text=("x" * 70 + "\n") * 40_000)
    lay(desk.ani, heavy)
    expunge(program)
    lay(desk.ani, heavy)
    ((_subject, key),) = deleted(desk.ani)
    assert (
        "Kotak surat Anda penuh" in desk.ani.web.post(REMOVED, {"pesan": key}, follow=True).content.decode()
    )
    assert len(deleted(desk.ani)) == 1 and len(look(desk.ani)) == 1
    expunge(program)
    desk.ani.web.post(REMOVED, {"pesan": key})
    assert len(look(desk.ani)) == 1


def test_when_the_days_are_over_it_is_gone(desk, program, mail_servers):
    from pendopo.mailer import removed
    from pendopo.pnsmail.upkeep import take_removed_away

    lay(desk.ani, letter("Usang"))
    expunge(program)
    take_removed_away()
    assert len(deleted(desk.ani)) == 1
    until = time.monotonic() + 30
    while deleted(desk.ani):  # the second in which it was deleted is not over at once
        assert time.monotonic() < until
        removed.purge(mail_servers, 0)


def test_there_is_room_for_the_lighter_message_also_in_a_full_mailbox(desk, program, monkeypatch):
    """And whatever dies in the middle, both are to be found."""
    from imapclient import IMAPClient

    made = letter("Foto", text=("x" * 70 + "\n") * 34_000)
    made.add_attachment(b"\0" * 900_000, maintype="image", subtype="jpeg", filename="besar.jpg")
    lay(desk.ani, made, flags=(rb"\Flagged",))
    full = used(program)

    def dies(*_given):
        raise KeyboardInterrupt

    with monkeypatch.context() as dying, pytest.raises(KeyboardInterrupt):
        dying.setattr(IMAPClient, "move", dies)
        desk.ani.web.post("/surel/ruang/lepas/?pesan=masuk.1")
    assert look(desk.ani) == [] and used(program) == 0
    lighter, heavy = (key for subject, key in deleted(desk.ani)[::-1])
    desk.ani.web.post(REMOVED, {"pesan": heavy})
    (row,) = look(desk.ani)
    assert row.size > 3_000_000 and used(program) == full
    desk.ani.web.post(f"/surel/ruang/lepas/?pesan=masuk.{row.uid}")
    (row,) = look(desk.ani)
    assert row.size < 2_500_000 and used(program) < full - 1000
    assert [key for _subject, key in deleted(desk.ani)].count(lighter) == 1
