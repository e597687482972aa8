"""siMAYA: letters out in every state, the office, the archive."""

from browser.rooms.ground import press
from browser.rooms.simaya import page
from browser.walk import Page, Route

WORDS = "Permintaan data aplikasi umum"
CODE = "kodeuji0kodeuji0kodeuji"
BODY = {
    "type": "doc",
    "content": [
        {"type": "paragraph", "content": [{"type": "text", "text": "Dengan hormat, kami mohon data ini."}]},
        {
            "type": "ordered_list",
            "attrs": {"order": 1},
            "content": [
                {
                    "type": "list_item",
                    "content": [{"type": "paragraph", "content": [{"type": "text", "text": text}]}],
                }
                for text in ("aplikasi yang dipakai;", "penanggung jawabnya.")
            ],
        },
    ],
}


def seed(seeded):
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.accounts.models import Account

    found, foreign = seeded.objects, seeded.foreign
    actor = Actor.of(seeded.accounts["admin"], found["agency"])
    division = Actor.of(Account.objects.get(username="bernadeta"), found["agency"])
    written(found, foreign["agency"], actor, division)
    found["sent"] = sent(found, foreign["agency"], actor)
    found["delivery"] = found["sent"].deliveries.first()
    found["failed"] = found["sent"].deliveries.last()
    found["token"] = CODE
    seeded.words += [WORDS, "Sebutkan batas waktunya"]
    archive(found, actor)
    assistants(found, actor, division)
    office(found, actor)


def office(found, actor):
    """Mandates of the head to a head of division, and the days of the year to come that are free."""
    from datetime import date

    from pendopo.simaya.offices import actions

    found["mandate"], found["spare_mandate"] = (
        actions.delegate(
            found["position"], found["division1"], "an", ["surat-dinas"], f"SK Kepala Dinas {n}/2026",
            start=date(2026, 1, 1), end=None, actor=actor,
        )
        for n in (12, 13)
    )  # fmt: skip
    free = {date(2099, 1, 1): "Tahun Baru Masehi", date(2099, 8, 17): "Hari Kemerdekaan"}
    actions.set_holidays(found["agency"], free, actor=actor)


def content(found, other, **more):
    """A letter to the other agency that the head signs."""
    from pendopo.simaya.letters.drafting import Addressee, Content

    given = {
        "kind": "surat-dinas",
        "subject": WORDS,
        "body": BODY,
        "classification": "000.1.2.3",
        "urgency": "segera",
        "signer": str(found["position"].pk),
        "addressees": (Addressee(line="Direktur Jenderal Pajak", agency=other.code),),
    }
    return Content(**(given | more))


def written(found, other, actor, division):
    """Drafts, one returned, one to initial, one to sign."""
    from pendopo.simaya.letters import actions
    from pendopo.simaya.letters.attachments import upload
    from pendopo.simaya.letters.drafting import AnnexText, Initial

    def begun(by=actor, **more):
        return actions.start(content(found, other, **more), author=by.posts[0], actor=by)

    found["letter_draft"], found["spare_draft"], found["typed"] = begun(), begun(), begun()
    annexed = content(found, other, annexes=(AnnexText(title="Daftar aplikasi", body=BODY),))
    drafted, new = found["letter_draft"], upload("daftar aplikasi.pdf", page())
    found["letter_draft"] = actions.edit(drafted, annexed, drafted.v, new=new, actor=actor)
    below = (Initial(post=str(found["division0"].pk), turn=1),)
    returned = begun(initials=below)
    actions.submit(returned, returned.v, actor=actor)
    found["returned"] = actions.give_back(returned, "Sebutkan batas waktunya.", actor=division)
    found["taken"] = begun(initials=below)
    found["taken"] = actions.submit(found["taken"], found["taken"].v, actor=actor)
    mine = (Initial(post=str(found["position"].pk), turn=1),)
    for name in ("review", "to_return"):
        letter = begun(division, initials=mine)
        found[name] = actions.submit(letter, letter.v, actor=division)
    letter = begun(division)
    found["approval"] = actions.submit(letter, letter.v, actor=division)


def sent(found, other, actor):
    """A letter as signing leaves it, at two receivers."""
    import datetime

    from django.utils import timezone

    from pendopo.core import strict
    from pendopo.ground.delivery.models import Outbox
    from pendopo.ground.files import store
    from pendopo.simaya.letters import actions
    from pendopo.simaya.routing.models import Delivery

    now = timezone.now()
    letter = actions.start(content(found, other), author=actor.posts[0], actor=actor)
    letter = actions.submit(letter, letter.v, actor=actor)
    letter.state, letter.number, letter.day = "signed", "000.1.2.3/7/107/2026", now.date()
    letter.signed_at, letter.signed_by, letter.token, letter.pages = now, actor.posts[0], CODE, 2
    letter.signer_name = "Yosefina Dhae, Plt. Kepala Dinas"
    letter.file = store.put(
        page(), "application/pdf", room="simaya", object=f"letter {letter.pk}", agency=actor.agency
    )
    letter.save()
    attached = store.put(page(), "application/pdf", room="simaya", object="attached", agency=actor.agency)
    letter.attachments.create(
        file=attached, name="daftar aplikasi.pdf", media="application/pdf", pages=1, order=1
    )
    recipient = letter.recipients.get()
    minute = datetime.timedelta(minutes=1)
    times = {"queued": strict.utc(now), "sent": strict.utc(now), "received": strict.utc(now + minute)}
    doc = '{"payload":"e30=","signatures":[],"type":"letter/1"}'
    Delivery.objects.create(
        letter=letter, recipient=recipient, to_agency=other.code, to_name=other.name, role="to",
        state="received", doc=doc, sha="0" * 64, times=times,
    )  # fmt: skip
    again = letter.recipients.create(role="copy", agency="ID/GOV/PUPR", line="Kepala Dinas PUPR", order=1)
    message = Outbox.objects.create(
        agency=actor.agency, to_agency="ID/GOV/PUPR", type="letter/1", doc=doc.encode(), state="failed",
        order=f"{actor.agency.code} ID/GOV/PUPR {letter.uid}", created_at=now, next_at=now,
    )  # fmt: skip
    Delivery.objects.create(
        letter=letter, recipient=again, to_agency="ID/GOV/PUPR", to_name="Dinas PUPR", role="copy",
        state="failed", doc=doc, sha="1" * 64, message=message.pk, fault="delivery.type",
    )  # fmt: skip
    return letter


def archive(found, actor):
    """Dossiers: one open with a letter in it, one to close."""
    from pendopo.simaya.records import actions

    found["dossier"] = actions.open_dossier("SPBE 2026", "000.1.2.3", actor=actor)
    found["spare_dossier"] = actions.open_dossier("Aset TIK", "", actor=actor)
    actions.put_in(found["sent"], found["dossier"], actor=actor)


def assistants(found, actor, division):
    """The head has one, and one to end."""
    import datetime

    from pendopo.simaya.offices import assistants

    for name, who in (("assistant", division.person), ("spare_assistant", found["staff"])):
        found[name] = assistants.name(
            found["position"], who, start=datetime.date(2026, 1, 5), end=None, actor=actor
        )


def wrong_day(page):
    """A line that does not begin with a day."""
    page.get_by_label("Hari libur dan cuti bersama").fill("25-12-2099 Natal\nTahun Baru")
    press("Simpan hari libur")(page)


K, U = "/surat/konsep", "/surat/keluar"

PAGES = [
    Page(f"{K}/"),
    Page(f"{K}/baru/"),
    Page(K + "/{letter_draft}/"),
    Page(K + "/{letter_draft}/?lampiran=1"),
    Page(K + "/{returned}/"),
    Page(K + "/{returned}/", "admin", "salah", press("Ajukan surat")),
    Page(K + "/{spare_draft}/tarik/"),
    Page("/surat/paraf/"),
    Page("/surat/terkirim/"),
    Page(U + "/{review}/"),
    Page(U + "/{to_return}/", "admin", "salah", press("Kembalikan kepada penulis")),
    Page(U + "/{approval}/"),
    Page(U + "/{taken}/"),
    Page(U + "/{sent}/"),
    Page(U + "/{sent}/teks/"),
    Page("/surat/kunci/"),
    Page("/surat/kunci/", "admin", "salah", press("Buat kunci tanda tangan saya")),
    Page("/surat/kantor/"),
    Page("/surat/kantor/jabatan/{position}/"),
    Page("/surat/kantor/asisten/"),
    Page("/surat/kantor/asisten/", "admin", "salah", press("Tunjuk asisten")),
    Page("/surat/kantor/asisten/{assistant}/akhiri/"),
    Page("/surat/kantor/pelimpahan/"),
    Page("/surat/kantor/pelimpahan/", "admin", "salah", press("Tambahkan pelimpahan")),
    Page("/surat/kantor/pelimpahan/{mandate}/akhiri/"),
    Page("/surat/kantor/libur/"),
    Page("/surat/kantor/libur/", "admin", "salah", wrong_day),
    Page("/surat/cari/"),
    Page("/surat/cari/?q=data"),
    Page("/surat/berkas/"),
    Page("/surat/berkas/{dossier}/"),
    Page("/surat/berkas/{spare_dossier}/tutup/"),
    Page("/surat/berkas/masukkan/{sent}/"),
    Page(f"/s/{CODE}/", None),
    Page(f"/s/{CODE}/", None, "salah", press("Bandingkan")),
]


def _object(name, of, post=None, **more):
    return Route(f"simaya:{name}", "object", {"id": of}, post, **more)


_words = {"kind": "surat-dinas", "security": "B", "urgency": "biasa", "body": "Uji", "subject": "Uji"}

ROUTES = [
    Route("simaya:home", "agency"),
    Route("simaya:drafts", "agency"),
    Route("simaya:draft-new", "agency", post={"kind": "surat-dinas"}),
    _object("draft", "letter_draft", {"do": "save"}),
    _object("draft-preview", "typed", {"v": "1"} | _words),
    _object("draft-withdraw", "spare_draft", {}),
    Route("simaya:turns", "agency"),
    Route("simaya:sent", "agency"),
    _object("letter", "sent"),
    _object("letter-initial", "review", {"v": "2"}),
    _object("letter-return", "to_return", {"comment": "Uji"}),
    _object("letter-take-back", "taken", {}),
    # Nobody has a key here: that it asks for one is the success of this walk.
    Route("simaya:letter-sign", "object", {"id": "approval"}, {"v": "2", "passphrase": "kata sandi"},
          shows=lambda answer: answer.headers["Location"] == "/surat/kunci/"),
    _object("letter-pdf", "sent"),
    Route("simaya:letter-page", "object", {"id": "sent", "n": 1}),
    _object("letter-plain", "sent"),
    Route("simaya:letter-drawing", "object", {"id": "approval", "n": 1}),
    Route("simaya:letter-file", "object", {"id": "sent", "n": 1}),
    Route("simaya:letter-again", "object", {"id": "sent", "delivery": "failed"}, {}),
    Route("simaya:letter-proof", "object", {"id": "sent", "delivery": "delivery"}, {},
          shows=lambda answer: answer["Content-Disposition"].startswith("attachment")),
    Route("simaya:key", "agency"),
    Route("simaya:key-end", "agency"),
    Route("simaya:office", "agency"),
    _object("office-post", "position", {"code": "107", "region": ""}),
    Route("simaya:assistants", "agency"),
    _object("assistant-end", "spare_assistant", {}),
    Route("simaya:office-delegate", "agency"),
    _object("delegation-end", "spare_mandate", {}),
    Route("simaya:holidays", "agency", post={"days": "25-12-2098 Natal"}),
    Route("simaya:search", "agency"),
    Route("simaya:dossiers", "agency"),
    _object("dossier", "dossier"),
    _object("dossier-close", "spare_dossier", {}),
    Route("simaya:dossier-file", "object", {"letter": "sent"}),
    Route("simaya-public:check", "public", {"token": "token"}),
]  # fmt: skip
