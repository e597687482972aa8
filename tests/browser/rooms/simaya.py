"""siMAYA: letters in in every state, dispositions up and down, the register books."""

import io
from datetime import timedelta
from functools import cache

from browser.rooms.ground import person, press
from browser.walk import Page, Route

SUBJECTS = (
    ("Sekretariat Daerah Kab. Ende", "Permintaan data pelaksanaan SPBE Tahun 2026", "segera"),
    ("Kementerian Komunikasi dan Digital", "Undangan sosialisasi perangkat gelombang II", "amat-segera"),
    ("Badan Kepegawaian Daerah", "Pemutakhiran data pegawai pindah unit per 1 Desember", "biasa"),
    ("Inspektorat Daerah", "Tindak lanjut temuan aset TIK triwulan III", "penting"),
    ("Kecamatan Wolowaru", "Laporan gangguan listrik dan sambungan internet", "biasa"),
)

THEIRS = ("Kementerian Keuangan", "Rencana kerja triwulan IV", "biasa")


def seed(seeded):
    from pendopo.ground.accounts.actor import Actor
    from pendopo.simaya.offices import actions as offices

    for found, account in (
        (seeded.objects, seeded.accounts["admin"]),
        (seeded.foreign, seeded.accounts["foreign"]),
    ):
        agency = found["agency"]
        actor = Actor.of(account, agency)
        offices.set_up(
            agency,
            profile="permendagri-2023",
            lines=["PEMERINTAH KABUPATEN ENDE", agency.name.upper(), "Jalan El Tari, Ende 86317"],
            place="Ende",
            actor=actor,
        )
        below(found, agency)
        found["arrived"] = arrived(actor, *(SUBJECTS[0] if found is seeded.objects else THEIRS))
    letters(seeded.objects, Actor.of(seeded.accounts["admin"], seeded.objects["agency"]))
    dossiers(seeded.objects, Actor.of(seeded.accounts["admin"], seeded.objects["agency"]))
    dispositions(seeded.objects, Actor.of(seeded.accounts["admin"], seeded.objects["agency"]))
    seeded.words += [subject for _, subject, _ in SUBJECTS] + ["Satukan dengan laporan triwulan III"]
    seeded.words.append("Penyelenggaraan SPBE 2026")


def below(found, agency):
    """Two units under the head's, each with a head; and a clerk."""
    import datetime

    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.directory import actions as directory

    actor = Actor.system(agency, via="cli")
    for n, (title, name) in enumerate(
        (
            ("Kepala Bidang Aplikasi Informatika", "Bernadeta Nona"),
            ("Kepala Bidang Infrastruktur TIK", "Siti"),
        )
    ):
        unit = directory.create_unit(agency, f"01.{n}", f"Bidang {n}", parent=found["unit"], actor=actor)
        post = directory.create_position(unit, title, "III.b", True, actor=actor)
        number = f"198501012010011{n}{'1' if agency.code.endswith('DJP') else '2'}1"
        holder = person(agency, name, number, actor)
        directory.assign(holder, post, "definitive", datetime.date(2024, 1, 2), actor=actor, decree="SK 1")
        found[f"division{n}"] = post


@cache
def page() -> bytes:
    """A letter of two pages."""
    from pendopo.simaya.paper import render
    from tests.rules.simaya import sheets

    return render.pdf(sheets.sheet(), sheets.AT).pdf


def arrived(actor, sender, subject, urgency="biasa", **more):
    """A letter as it comes by wire."""
    from django.utils import timezone

    from pendopo.ground.files import store
    from pendopo.simaya.letters.models import Letter, Secret
    from pendopo.simaya.search import index

    now = timezone.now()
    given = {"checked": "sound", "security": "B", "due": now + timedelta(days=2)} | more
    letter = Letter(
        agency=actor.agency, side="in", origin="wire", kind="surat-dinas", profile="permendagri-2023",
        state="received", urgency=urgency, number="000.1.2.3/4461/107.1/2026", day=now.date(),
        peer="ID/GOV/SETDA-ENDE", peer_name=sender, signer_name="Sekretaris Daerah a.n. Bupati Ende",
        signed_at=now - timedelta(hours=9), received_at=now - timedelta(hours=3), pages=2, **given,
    )  # fmt: skip
    letter.subject = "" if letter.secret else subject
    letter.file = store.put(
        page(), "application/pdf", room="simaya", object=f"letter {letter.pk}", agency=actor.agency
    )
    letter.save()
    if letter.secret:
        Secret.objects.create(letter=letter, subject=subject)
    index.put(letter, subject=subject, text=None)
    return letter


def letters(found, actor):
    """Letters in every state."""
    from django.utils import timezone
    from PIL import Image

    from pendopo.simaya.incoming import actions

    def came(*given, **more):
        return arrived(actor, *given, **more)

    def registered(*given, **more):
        letter = came(*given, **more)
        return actions.register(letter, classification="", to=found["position"], v=letter.v, actor=actor)

    for one in SUBJECTS[1:]:
        came(*one)
    found["broken"] = came("PT Palsu", "Tagihan", checked="paper.file_format")
    found["unchecked"] = came("Dinas Kesehatan", "Permohonan alamat surel", checked="")
    found["secret"] = came("Kejaksaan Negeri Ende", "Permintaan keterangan", security="R")
    found["registered"] = registered(
        "Bappeda", "Jadwal forum perangkat daerah penyusunan Renja 2027", "segera"
    )
    found["disposed"] = registered("Sekretariat Daerah Kab. Ende", "Undangan rapat koordinasi SPBE", "segera")
    found["done"] = registered("Dinas Kesehatan", "Laporan bulanan", is_copy=True)
    late = timezone.now() - timedelta(days=2)
    found["overdue"] = registered("BPKP", "Tindak lanjut audit", due=late)
    found["closed"] = actions.close(registered("BPS", "Data penduduk"), actor=actor)
    found["rejected"] = actions.reject(came("BPN", "Sertifikat"), "Salah alamat", actor=actor)
    scan = io.BytesIO()
    Image.new("RGB", (827, 1169), "white").save(scan, "PNG")
    found["scanned"] = actions.scan(
        scan.getvalue(), subject="Penawaran peranti lunak", number="", day=None, sender="PT Flobamora Data",
        actor=actor,
    )  # fmt: skip


def dossiers(found, actor):
    """One with two letters, of which one is secret; one that is closed."""
    from pendopo.simaya.records import actions

    found["dossier"] = actions.open_dossier("Penyelenggaraan SPBE 2026", "000.1.2.3", actor=actor)
    for name in ("registered", "secret"):
        actions.put_in(found[name], found["dossier"], actor=actor)
    actions.close(actions.open_dossier("Pemutakhiran data 2025", actor=actor), actor=actor)


def dispositions(found, actor):
    """From the head to two heads of division, one of whom has answered; one is late; one is to the head."""
    from django.utils import timezone

    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.accounts.models import Account
    from pendopo.simaya.disposition import actions
    from pendopo.simaya.disposition.models import Disposition

    posts = [found["division0"], found["division1"]]
    due = timezone.localdate() + timedelta(days=2)
    note = "Satukan dengan laporan triwulan III."
    first, second = actions.give(found["disposed"], posts, ["follow-up", "answer"], note, due, actor=actor)
    holder = posts[0].assignments.get().person
    account = Account.objects.create_user("bernadeta", person=holder, state=Account.State.ACTIVE)
    division = Actor.of(account, actor.agency)
    actions.answer(first, "Data aplikasi sudah dihimpun.", reply=None, actor=division)
    found["answered"], found["given"] = first, second
    (late,) = actions.give(found["overdue"], posts[1:], ["prepare"], "", due, actor=actor)
    Disposition.objects.filter(pk=late.pk).update(due=timezone.now() - timedelta(days=1))
    found["late"] = late
    # To the head's own post, from the same post of before: what a page of the addressee shows.
    found["mine"] = Disposition.objects.create(
        agency=actor.agency, letter=found["registered"], by=posts[0].assignments.get(), to=found["position"],
        orders=["answer"], note="Mohon arahan.", due=timezone.now() + timedelta(days=1),
    )  # fmt: skip


def typing(page):
    """What is found comes while one types, without another page."""
    page.get_by_label("Nomor, hal, nama, atau isi").press_sequentially("mengundang sosial")
    page.get_by_role("link", name="Undangan sosialisasi").wait_for()


IN, D = "/surat/masuk", "/surat/disposisi"

PAGES = [
    Page(f"{IN}/"),
    Page(f"{IN}/?tab=terdaftar"),
    Page(f"{IN}/?tab=tenggat"),
    Page(f"{IN}/?tab=tembusan"),
    Page(IN + "/{arrived}/"),
    Page(IN + "/{broken}/"),
    Page(IN + "/{unchecked}/"),
    Page(IN + "/{secret}/"),
    Page(IN + "/{registered}/"),
    Page(IN + "/{disposed}/"),
    Page(IN + "/{closed}/"),
    Page(IN + "/{rejected}/"),
    Page(IN + "/{scanned}/"),
    Page(IN + "/{registered}/teks/"),
    Page(IN + "/{arrived}/tolak/"),
    Page(IN + "/{arrived}/tolak/", "admin", "salah", press("Tolak surat")),
    Page(f"{IN}/pindai/"),
    Page(f"{IN}/pindai/", "admin", "salah", press("Simpan surat")),
    Page(IN + "/{registered}/disposisi/"),
    Page(IN + "/{registered}/disposisi/", "admin", "salah", press("Kirim disposisi")),
    Page(IN + "/{disposed}/lembar/"),
    Page(f"{D}/"),
    Page(f"{D}/?tab=dari-saya"),
    Page(f"{D}/?tab=lewat"),
    Page(D + "/{answered}/"),
    Page(D + "/{given}/"),
    Page(D + "/{mine}/"),
    Page(D + "/{mine}/", "admin", "salah", press("Kirim jawaban")),
    Page("/surat/cari/"),
    Page("/surat/cari/", "admin", "mengetik", typing),
    Page("/surat/cari/?q=data", "admin", "ada"),
    Page("/surat/cari/?q=zzz", "admin", "kosong"),
    Page("/surat/berkas/"),
    Page("/surat/berkas/", "admin", "salah", press("Buka berkas")),
    Page("/surat/berkas/{dossier}/"),
    Page("/surat/berkas/{dossier}/tutup/"),
    Page("/surat/berkas/masukkan/{arrived}/"),
    Page("/surat/buku/agenda/2026/"),
    Page("/surat/buku/keluar/2026/"),
]


def _object(name, of, post=None, **more):
    return Route(f"simaya:{name}", "object", {"id": of, **more}, post)


_agenda = {"name": "agenda", "year": 2026}

ROUTES = [
    Route("simaya:incoming", "agency"),
    Route("simaya:scan", "agency"),
    _object("incoming-letter", "registered"),
    _object("incoming-pdf", "registered"),
    _object("incoming-page", "registered", n=1),
    _object("incoming-plain", "registered"),
    _object("incoming-register", "arrived", {"v": "1", "to": ""}),
    _object("incoming-reject", "arrived", {"reason": "Uji"}),
    _object("incoming-pass", "registered", {"to": "{division0}"}),
    _object("incoming-read", "registered", {}),
    _object("incoming-close", "done", {}),
    Route("simaya:search", "agency"),
    Route("simaya:dossiers", "agency", post={"title": "Uji"}),
    _object("dossier", "dossier"),
    _object("dossier-close", "dossier", {}),
    Route("simaya:dossier-file", "object", {"letter": "arrived"}, {"dossier": "", "title": "Uji"}),
    Route("simaya:book-agenda", "agency"),
    Route("simaya:book-out", "agency"),
    Route("simaya:book", "agency", _agenda),
    Route("simaya:book-file", "agency", _agenda),
    _object("dispose", "registered", {"to": "{division0}", "orders": "answer"}),
    _object("disposition-sheet", "disposed"),
    Route("simaya:dispositions", "agency"),
    _object("disposition", "given"),
    _object("disposition-read", "mine", {}),
    _object("disposition-answer", "mine", {"report": "Uji"}),
    _object("disposition-withdraw", "given", {}),
    _object("disposition-close", "answered", {}),
]
