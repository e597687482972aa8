"""PNSMail: what lies in a mailbox, read and written in pages."""

import contextlib
import socket
from email.message import EmailMessage

from browser.rooms.ground import press
from browser.walk import Page, Route

SECRET = "Undangan rapat koordinasi triwulan IV"
TO = "Yosefina Dhae <yosefina.dhae@pns.uji.go.id>, Sekretariat <setda@ende.go.id>"
HTML = (
    '<table width="100%"><tr><td bgcolor="#eeeeee"><h2>Buletin kepegawaian</h2>'
    '<p>Simak <a href="https://buletin.test/edisi/11">edisi November</a>.</p>'
    '<img src="https://buletin.test/p.gif" width="1" height="1"></td></tr></table>'
)


def seed(seeded):
    from django.conf import settings

    from pendopo.core.ids import new_id
    from pendopo.mailer.engine import Engine
    from pendopo.mailer.lookups import Lookups, Mailbox
    from pendopo.pnsmail.webmail import service

    engine = Engine.of(settings.HOME)
    if not listens(engine.mail.imaps_port):  # a test that shows no mail
        return
    lookups = Lookups(engine.lookups)
    lookups.put_domain(engine.mail.domain)
    service.pool().close()
    boxes = engine.root / "boxes" / engine.mail.domain
    if boxes.exists():  # of an earlier seed; put away at once, so that no server finds half of it
        boxes.rename(boxes.with_name(f"{boxes.name}.{new_id()}"))
    theirs = [("INBOX", letter("Rapat DJP", to="bagus.prakoso@pns.uji.go.id"))]
    for found, messages in ((seeded.objects, own()), (seeded.foreign, theirs)):
        lookups.put_mailbox(Mailbox(found["mailbox"].address))
        with service.opened(found["mailbox"]) as box:
            box.folders()
            for folder, message in messages:
                box.append(folder, message.as_bytes(), (rb"\Seen",) if folder != "INBOX" else ())
            if messages is not theirs:
                box.remove("Trash", [box.append("Trash", letter("Undangan lama").as_bytes())])
    service.pool().close()
    seeded.words.append(SECRET)


def listens(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 5):
        return True
    return False


def own():
    """Folder and message; the numbers that pages name count from 1 in each folder."""
    first = letter(SECRET, "Rapat Senin, 7 Desember, pukul 09.00 WITA.\nBalas sebelum Jumat.\n")
    again = letter(
        f"Re: {SECRET}", "Saya hadir.\n\nDinas Pendidikan menulis:\n> Balas sebelum Jumat.\n", after=1
    )
    bulletin = letter("Buletin kepegawaian November", "Simak edisi November.\n", page=HTML)
    heavy = letter("Foto lapangan Wolowaru")
    heavy.add_attachment(b"\0" * 200_000, maintype="image", subtype="jpeg", filename="wolowaru.jpg")
    answer = letter(f"Re: {SECRET}", "Baik, sampai jumpa.\n", after=2)
    others = [("INBOX", letter(f"Laporan harian {n}")) for n in range(5, 12)]
    return [
        ("INBOX", first),
        ("INBOX", again),
        ("INBOX", bulletin),
        ("INBOX", heavy),
        *others,
        ("Sent", answer),
        ("Drafts", letter("Konsep balasan")),
        ("Trash", letter("Undian berhadiah")),
    ]


def letter(subject, text="Mohon ditindaklanjuti.\n", page="", after=0, to=TO):
    made = EmailMessage()
    made["From"] = "Dinas Pendidikan <dinas@ende.go.id>"
    made["To"] = to
    made["Subject"] = subject
    made["Message-ID"] = f"<{after + 1 if SECRET in subject else sum(subject.encode()) + 100}@ende.go.id>"
    if after:
        made["In-Reply-To"] = made["References"] = f"<{after}@ende.go.id>"
    made.set_content(text)
    if page:
        made.add_alternative(page, subtype="html")
    return made


def unfolded(page):
    """The first message of the conversation, fetched when it is unfolded."""
    with page.expect_response("**/pesan/masuk/1/"):
        page.locator("details.msg summary").first.click()
    page.locator("details.msg").first.get_by_text("Rapat Senin").wait_for()


def found_colleague(page):
    """Somebody found while one types, and put among the recipients."""
    page.get_by_label("Cari rekan kerja").press_sequentially("simon")
    page.get_by_role("button", name="Tambahkan Simon Petrus Bau").click()
    assert page.get_by_label("Kepada").input_value() == "Simon Petrus Bau <simon.bau@pns.uji.go.id>"


K = "/surel/kotak"

PAGES = [
    Page(f"{K}/masuk/2/"),
    Page(f"{K}/masuk/2/", "admin", "terbuka", unfolded),
    Page(f"{K}/masuk/3/"),
    Page(f"{K}/masuk/3/?gambar=masuk.99", "admin", "gambar"),
    Page(f"{K}/masuk/4/"),
    Page(f"{K}/masuk/99/", "admin", "tidak-ada", status=404),
    Page(f"{K}/terkirim/"),
    Page(f"{K}/draf/"),
    Page(f"{K}/spam/"),
    Page(f"{K}/sampah/1/"),
    Page(f"{K}/sampah/1/hapus/"),
    Page("/surel/pesan/masuk/1/"),
    Page("/surel/cari/"),
    Page("/surel/cari/?q=rapat", "admin", "ada"),
    Page("/surel/cari/?q=zzz", "admin", "kosong"),
    Page("/surel/tulis/"),
    Page("/surel/tulis/", "admin", "salah", press("Kirim")),
    Page("/surel/tulis/", "admin", "rekan", found_colleague),
    Page("/surel/tulis/?semua=masuk.2"),
    Page("/surel/tulis/?teruskan=masuk.4"),
    Page("/surel/tulis/?draf=1"),
    Page("/surel/ruang/"),
    Page("/surel/ruang/lepas/?pesan=masuk.4"),
    Page("/surel/dihapus/"),
]


def one(name, uid=1, post=None, shows=None, folder="masuk", **more):
    return Route(f"pnsmail:{name}", "own", {"folder": folder, "uid": str(uid), **more}, post, shows=shows)


def led_on(response):
    """Done, and on to the next page."""
    return response.status_code == 302


ROUTES = [
    Route("pnsmail:folder", "own", {"folder": "terkirim"}),
    one("mail"),
    one("move", 5, {}, led_on, to="arsip"),
    one("mark", 6, {}, led_on, how="belum"),
    one("destroy", 1, {}, led_on, "sampah"),
    one("message"),
    one("frame", 3),
    one("attachment", 4, id="2"),
    Route("pnsmail:search", "own"),
    Route(
        "pnsmail:write", "own", post={"to": "yosefina.dhae@pns.uji.go.id", "subject": "Uji", "text": "Uji"}
    ),
    Route(
        "pnsmail:keep", "own", post={"text": "Uji"}, shows=lambda response: b"id_draft" in response.content
    ),
    Route("pnsmail:contacts", "own"),
    Route("pnsmail:room", "own"),
    Route("pnsmail:lighten", "own"),
    Route("pnsmail:removed", "own", post={"pesan": "1"}),
]
