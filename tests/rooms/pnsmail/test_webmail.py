"""Reading and writing mail in pages, over real Dovecot and Postfix."""

import html
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.rooms.pnsmail.mail import arrived, lay, letter, look, raw, write

HOME = "/surel/"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


def test_who_has_no_mailbox_is_led_to_choose_an_address(office, client, mail_servers):
    nobody = client(office.account("Klara Hoar", "199107142019032004"))
    for path in (HOME, "/surel/kotak/draf/", "/surel/tulis/", "/surel/ruang/"):
        assert nobody.get(path)["Location"] == "/surel/alamat/"


def test_mail_is_read_and_then_is_no_news(desk):
    lay(desk.ani, letter(Message_ID="<1@ende.go.id>"))
    page = desk.ani.web.get(HOME).content.decode()
    assert "Undangan" in page
    assert "Dinas Pendidikan" in page
    assert page.count('class="vh">belum dibaca') == 1
    assert "Undangan" not in desk.budi.web.get(HOME).content.decode()
    opened = desk.ani.web.get("/surel/kotak/masuk/1/").content.decode()
    assert "Silakan hadir." in opened
    assert "dinas@ende.go.id" in opened
    assert (
        desk.ani.web.post("/surel/kotak/masuk/1/tanda/dibaca/", headers={"HX-Request": "true"}).status_code
        == 200
    )
    assert not look(desk.ani)[0].unread
    desk.ani.web.post("/surel/kotak/masuk/1/tanda/belum/")
    assert look(desk.ani)[0].unread


def test_html_stands_in_a_frame_that_loads_and_runs_nothing(desk):
    made = letter(
        page='<p onclick="x()">Yth. <b>Ibu</b></p><script>alert(1)</script><img src="cid:logo">'
        '<img src="https://jejak.test/p.gif">'
    )
    made.get_payload()[1].add_related(PNG, "image", "png", cid="<logo>")
    lay(desk.ani, made)
    page = desk.ani.web.get("/surel/kotak/masuk/1/")
    text = page.content.decode()
    frame = re.search(r"<iframe [^>]*>", text)[0]
    assert 'src="/surel/pesan/masuk/1/isi/"' in frame
    assert "allow-scripts" not in frame
    assert "alert(1)" not in text
    assert "1 gambar dari luar tidak dimuat" in text
    assert "lampiran.png" not in text  # it is shown in its place
    assert "frame-src 'self'" in page["Content-Security-Policy"]
    inside = desk.ani.web.get("/surel/pesan/masuk/1/isi/")
    assert "Yth. <b>Ibu</b>" in inside.content.decode()
    assert "data:image/png" in inside.content.decode()
    for active in ("alert", "onclick", "jejak.test"):
        assert active not in inside.content.decode()
    policy = inside["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert "sandbox allow-same-origin" in policy
    assert inside["X-Frame-Options"] == "SAMEORIGIN"
    asked = desk.ani.web.get("/surel/kotak/masuk/1/?gambar=masuk.1").content.decode()
    assert "isi/?gambar=1" in asked
    assert "tidak dimuat" not in asked
    shown = desk.ani.web.get("/surel/pesan/masuk/1/isi/?gambar=1")
    assert "jejak.test/p.gif" in shown.content.decode()
    assert "img-src data: https: http:;" in shown["Content-Security-Policy"]


def last_send():
    from pendopo.ground.audit.models import Line

    return Line.objects.filter(act="pnsmail.mail.send").order_by("-id").first()


def test_what_is_sent_arrives_from_its_writer_with_a_copy_and_a_line_that_tells_nothing_of_it(desk):
    sent = write(
        desk.ani,
        to=f"Budi <{desk.budi.address}>",
        bcc=desk.ani.address,
        subject="Laporan – triwulan",
        text="Terlampir.",
        files=[SimpleUploadedFile("laporan.csv", b"a;b\n", "text/csv")],
    )
    assert sent.status_code == 302, sent.content.decode()
    (got,) = arrived(desk.budi)
    assert (got.from_.address, got.subject, got.files) == (desk.ani.address, "Laporan – triwulan", True)
    assert desk.ani.address not in raw(desk.budi, "INBOX", got.uid).decode().split("Bcc:")[-1][:0]
    assert b"\nBcc:" not in raw(desk.budi, "INBOX", got.uid)
    arrived(desk.ani)
    (copy,) = look(desk.ani, "Sent")
    assert (copy.message_id, copy.unread) == (got.message_id, False)
    line = last_send()
    assert line.outcome == "done"
    assert line.detail == {"recipients": 2, "message_id": got.message_id}
    assert "Laporan" not in str(line.detail) + str(line.actor.get("detail", ""))


def test_when_one_recipient_is_refused_nobody_gets_it_and_nothing_is_lost(desk):
    before = last_send()
    wrong = f"tiada@{desk.ani.address.split('@')[1]}"
    refused = write(desk.ani, to=f"{desk.budi.address}, {wrong}", subject="x", text="kata-kata saya")
    text = refused.content.decode()
    assert refused.status_code == 422
    assert wrong in text
    assert "kata-kata saya" in text
    assert last_send() == before
    assert look(desk.ani, "Sent") == []
    assert write(desk.ani, to=desk.budi.address, subject="x", text="y").status_code == 302
    assert len(arrived(desk.budi)) == 1


@pytest.mark.parametrize(
    ("to", "words"),
    [
        ("", "paling sedikit satu penerima"),
        ("budi", "bukan alamat surel"),
        ("a@b.id\r\nBcc: c@d.id", "bukan alamat"),
    ],
)
def test_what_is_wrong_with_a_message_is_said_at_its_field(desk, to, words):
    answer = write(desk.ani, to=to, subject="x", text="y")
    assert answer.status_code == 422
    assert words in answer.content.decode()


def form_of(page):
    """The fields that a page's form would send."""
    from tests.rooms.mantra.test_wizard import fields

    found = fields(page.content.decode().partition('id="main"')[2])
    return {name: html.unescape(value) for name, value in found.items()}


def test_an_answer_goes_back_to_its_conversation(desk):
    lay(desk.ani, letter(Message_ID="<1@ende.go.id>", Reply_To=desk.budi.address))
    page = desk.ani.web.get("/surel/tulis/?balas=masuk.1")
    form = form_of(page)
    assert form["to"] == desk.budi.address
    assert form["subject"] == "Re: Undangan"
    assert "> Silakan hadir." in form["text"]
    assert "lain@ende.go.id" in form_of(desk.ani.web.get("/surel/tulis/?semua=masuk.1"))["cc"]
    answered = desk.ani.web.post("/surel/tulis/", form | {"text": "Saya hadir."})
    assert answered.status_code == 302, answered.content.decode()
    (got,) = arrived(desk.budi)
    assert b"In-Reply-To: <1@ende.go.id>" in raw(desk.budi, "INBOX", got.uid)
    assert look(desk.ani)[0].answered
    conversation = desk.ani.web.get("/surel/kotak/masuk/1/").content.decode()
    assert conversation.count('class="msg"') == 2
    assert "Saya hadir." in conversation


def test_what_is_passed_on_keeps_the_files_that_one_leaves_ticked(desk):
    made = letter()
    made.add_attachment(b"satu", maintype="text", subtype="csv", filename="satu.csv")
    made.add_attachment(b"dua", maintype="text", subtype="csv", filename="dua.csv")
    lay(desk.ani, made)
    form = form_of(desk.ani.web.get("/surel/tulis/?teruskan=masuk.1"))
    assert form["subject"] == "Fwd: Undangan"
    kept = re.findall(
        r'name="kept" value="([^"]+)"', desk.ani.web.get("/surel/tulis/?teruskan=masuk.1").content.decode()
    )
    assert len(kept) == 2
    desk.ani.web.post("/surel/tulis/", form | {"to": desk.budi.address, "kept": kept[1:]})
    (got,) = arrived(desk.budi)
    from pendopo.pnsmail.webmail.message import read

    assert [one.name for one in read(raw(desk.budi, "INBOX", got.uid)).attachments] == ["dua.csv"]


def test_a_draft_is_kept_while_one_writes_and_goes_once_it_is_sent(desk):
    first = desk.ani.web.post(
        "/surel/tulis/simpan/", {"to": desk.budi.address, "subject": "Konsep", "text": "a"}
    )
    uid = re.search(r'value="(\d+)"', first.content.decode())[1]
    again = {"to": desk.budi.address, "subject": "Konsep", "text": "ab", "bcc": "x@y.id", "draft": uid}
    second = desk.ani.web.post("/surel/tulis/simpan/", again)
    uid = re.search(r'value="(\d+)"', second.content.decode())[1]
    assert [one.subject for one in look(desk.ani, "Drafts")] == ["Konsep"]
    assert f"/surel/tulis/?draf={uid}" in desk.ani.web.get("/surel/kotak/draf/").content.decode()
    form = form_of(desk.ani.web.get(f"/surel/tulis/?draf={uid}"))
    assert (form["text"].strip(), form["bcc"], form["draft"]) == ("ab", "x@y.id", uid)
    assert desk.ani.web.post("/surel/tulis/", form | {"bcc": ""}).status_code == 302
    assert look(desk.ani, "Drafts") == []
    assert len(arrived(desk.budi)) == 1


def test_a_draft_that_was_opened_again_is_kept_on_and_goes(desk):
    desk.ani.web.post(
        "/surel/tulis/", {"to": desk.budi.address, "subject": "Konsep", "text": "a", "keep": "1"}
    )
    (row,) = look(desk.ani, "Drafts")
    form = form_of(desk.ani.web.get(f"/surel/tulis/?draf={row.uid}"))
    for text in ("ab", "abc"):
        kept = desk.ani.web.post("/surel/tulis/simpan/", form | {"text": text})
        form |= {"text": text, "draft": re.search(r'value="(\d+)"', kept.content.decode())[1]}
    assert desk.ani.web.post("/surel/tulis/", form).status_code == 302
    assert look(desk.ani, "Drafts") == []
    (got,) = arrived(desk.budi)
    assert b"abc" in raw(desk.budi, "INBOX", got.uid)


def test_what_was_sent_counts_as_sent_when_no_copy_can_be_kept(desk, monkeypatch):
    """The mail server went away in between: whoever reads "not sent" sends it twice."""
    from pendopo.pnsmail.webmail.box import Box

    def gone(*_given, **_more):
        raise ConnectionResetError

    monkeypatch.setattr(Box, "append", gone)
    answer = desk.ani.web.post("/surel/tulis/", {"to": desk.budi.address, "subject": "Sekali", "text": "a"})
    assert answer.status_code == 302
    assert len(arrived(desk.budi)) == 1


def test_an_address_still_being_typed_keeps_no_draft_and_loses_none(desk):
    answer = desk.ani.web.post("/surel/tulis/simpan/", {"to": "bud", "text": "a", "draft": "7"})
    assert 'value="7"' in answer.content.decode()
    assert look(desk.ani, "Drafts") == []


def test_conversations_are_moved_and_deleted_for_good_only_from_the_trash(desk):
    lay(desk.ani, letter("Satu"))
    lay(desk.ani, letter("Dua"))
    desk.ani.web.post("/surel/kotak/masuk/1/ke/arsip/")
    desk.ani.web.post("/surel/kotak/masuk/2/ke/sampah/")
    assert [one.subject for one in look(desk.ani, "Archive")] == ["Satu"]
    assert desk.ani.web.post("/surel/kotak/arsip/1/hapus/").status_code == 404
    assert desk.ani.web.post("/surel/kotak/masuk/1/ke/terkirim/").status_code == 404
    asked = desk.ani.web.get("/surel/kotak/sampah/1/hapus/").content.decode()
    assert "Hapus “Dua” selamanya?" in asked
    assert len(look(desk.ani, "Trash")) == 1
    assert desk.ani.web.post("/surel/kotak/sampah/1/hapus/").status_code == 302
    assert look(desk.ani, "Trash") == []


def test_words_find_messages_and_the_page_itself_is_the_answer(desk):
    lay(desk.ani, letter("Undangan rapat"))
    lay(desk.ani, letter("Lain"))
    page = desk.ani.web.get("/surel/cari/?q=rapat").content.decode()
    assert "Undangan rapat" in page
    assert ">Lain<" not in page
    part = desk.ani.web.get("/surel/cari/?q=hadir&isi=on", headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith('<div id="found">')
    assert part.count("<li>") == 2


def test_large_files_go_with_one_press_and_their_messages_stay(desk):
    made = letter("Foto", Message_ID="<7@ende.go.id>")
    made.add_attachment(b"\0" * 1_500_000, maintype="image", subtype="jpeg", filename="besar.jpg")
    lay(desk.ani, made, flags=(rb"\Seen", rb"\Flagged"))
    page = desk.ani.web.get("/surel/ruang/").content.decode()
    assert "Foto" in page
    assert re.search(r"\d,\d MB dari 4,0 MB terpakai", page.replace("\xa0", " ")), page
    asked = desk.ani.web.get("/surel/ruang/lepas/?pesan=masuk.1").content.decode()
    assert "Lepas berkas besar dari 1 pesan?" in asked
    assert look(desk.ani)[0].size > 1_000_000
    desk.ani.web.post("/surel/ruang/lepas/?pesan=masuk.1")
    (left,) = look(desk.ani)
    assert (left.message_id, left.unread) == ("<7@ende.go.id>", False)
    assert left.size < 5_000
    opened = desk.ani.web.get(f"/surel/kotak/masuk/{left.uid}/").content.decode()
    assert "besar.jpg" in opened
    assert "untuk melegakan ruang" in opened


def test_a_held_mailbox_is_closed_to_its_owner_too(desk):
    from pendopo.pnsmail.mailboxes import actions

    assert desk.ani.web.get(HOME).status_code == 200
    actions.hold(desk.ani.mailbox, "Sandi bocor", actor=desk.office.actor)
    answer = desk.ani.web.get(HOME)
    assert answer.status_code == 503
    assert "webmail.closed" in answer.content.decode()
    assert write(desk.ani, to=desk.budi.address, text="x").status_code == 503


def test_who_sends_nothing_reads_on_and_keeps_what_was_written(desk):
    from pendopo.ground.accounts.actor import Actor
    from pendopo.pnsmail.sending import actions

    actions.stop(desk.ani.mailbox, 21, 1, actor=Actor.system(desk.office.agency))
    assert desk.ani.web.get(HOME).status_code == 200
    typed = write(desk.ani, to=desk.budi.address, subject="Laporan", text="kata-kata yang saya ketik")
    assert typed.status_code == 422
    assert (
        "sedang ditahan" in typed.content.decode() and "kata-kata yang saya ketik" in typed.content.decode()
    )
    assert "memegang sandi Anda" in desk.ani.web.get("/surel/akun/").content.decode()
    actions.resume(desk.ani.mailbox, actor=desk.office.actor)
    assert write(desk.ani, to=desk.budi.address, subject="Laporan", text="x").status_code == 302
    assert len(arrived(desk.budi)) == 1


def test_when_the_engine_is_down_the_page_says_so(desk, monkeypatch):
    from dataclasses import replace

    from pendopo.pnsmail.webmail import service
    from tests.ports import free_port

    door = replace(service.imap_door(), port=free_port())
    monkeypatch.setattr(service, "imap_door", lambda: door)
    answer = desk.ani.web.get(HOME)
    assert answer.status_code == 503
    assert "Server surel belum menjawab" in answer.content.decode()
    typed = write(desk.ani, to=desk.budi.address, subject="Laporan", text="kata-kata yang saya ketik")
    assert typed.status_code == 503
    assert "Server surel belum menjawab" in typed.content.decode()
    assert "kata-kata yang saya ketik" in typed.content.decode()


def test_a_full_mailbox_still_sends_and_says_what_it_could_not_keep(desk):
    lay(desk.ani, letter("Foto", text=("x" * 70 + "\n") * 58_000))
    long = {"to": desk.budi.address, "subject": "Laporan", "text": ("y" * 70 + "\n") * 5_000}
    kept = desk.ani.web.post("/surel/tulis/simpan/", long).content.decode()
    assert "Kotak surat Anda penuh" in kept
    asked = write(desk.ani, **long, keep="1")
    assert asked.status_code == 422
    assert "y" * 70 in asked.content.decode()
    sent = desk.ani.web.post("/surel/tulis/", long, follow=True).content.decode()
    assert "Terkirim kepada 1 orang. Salinannya tidak dapat disimpan: Kotak surat Anda penuh" in sent
    assert len(arrived(desk.budi)) == 1
