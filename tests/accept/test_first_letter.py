"""The day of the first letter: drafted, returned, initialled, signed a.n., received on another node.

Kominfo's node keeps the registry and hosts two agencies more; Bappeda has a node of its own. An officer of
Kominfo writes in the browser beside the live page; her supervisor returns the first version and initials the
second; the secretary signs on behalf of the head. Bappeda has the letter within seconds and its receipt shows
at Kominfo. An auditor checks letter and receipts without a network.
"""

import re
import subprocess
import time

import pytest
from correspondence import PASSPHRASE, Agency, Person, day, host, invite
from installation import COMMAND, Installation
from playwright.sync_api import expect
from servers import until

KOMINFO, BAPPEDA = "ID/GOV/KOMINFO-ENDE", "ID/GOV/BAPPEDA-ENDE"
HEAD, SECRETARY, CHIEF, OFFICER = "Kepala Dinas", "Sekretaris", "Kepala Bidang Aplikasi", "Pranata Komputer"
SUBJECT = "Permintaan data pelaksanaan SPBE Tahun 2026"
SECONDS = 20  # within which a letter is at the other agency


def kominfo(node: Installation) -> Agency:
    return Agency(
        node,
        KOMINFO,
        "Dinas Komunikasi dan Informatika",
        "198704122010012003",
        "Yosefina Dhae",
        {"01": "Dinas", "01.1": "Sekretariat", "01.2": "Bidang Aplikasi"},
        [
            Person("Andreas Pora", "197001011995031001", "01", HEAD, heads=True),
            Person("Maria Wea", "197503021999032001", "01.1", SECRETARY, heads=True),
            Person("Fransiskus Mbete", "198005052005011002", "01.2", CHIEF, heads=True),
            Person("Bernadeta Nona", "199203152019032001", "01.2", OFFICER),
        ],
    )


def bappeda(node: Installation) -> Agency:
    return Agency(
        node,
        BAPPEDA,
        "Badan Perencanaan Pembangunan Daerah",
        "198501152009031004",
        "Bagus Prakoso",
        {"01": "Badan", "01.1": "Sekretariat", "01.2": "Bidang Ekonomi"},
        [
            Person("Petrus Lina", "196905051994031002", "01", "Kepala Bappeda", heads=True),
            Person("Lukas Seda", "197707072002121003", "01.1", "Sekretaris Badan", heads=True),
            Person("Yohana Tena", "198102022006042004", "01.2", "Kepala Bidang Ekonomi", heads=True),
            Person("Ratna Wulandari", "198703032011012003", "01.1", "Arsiparis", roles=("registrar",)),
            Person("Theresia Ina", "199001012015042001", "01.2", "Analis Perencanaan"),
        ],
    )


@pytest.fixture
def nodes():
    """The cloud node with three agencies, and Bappeda's alone; all people hired."""
    cloud = Installation(
        "kominfo", KOMINFO, "Dinas Komunikasi dan Informatika", "198704122010012003", "Yosefina Dhae"
    )
    alone = Installation(
        "bappeda", BAPPEDA, "Badan Perencanaan Pembangunan Daerah", "198501152009031004", "Bagus Prakoso"
    )
    try:
        first, second = kominfo(cloud), bappeda(alone)
        activation = cloud.init("--registry")
        cloud.up()
        first.fill(activation)
        host(cloud, "ID/GOV/SETDA-ENDE", "Sekretariat Daerah", "197911112004012001", "Agnes Ndona")
        host(cloud, "ID/GOV/DINKES-ENDE", "Dinas Kesehatan", "198312122008011005", "Kanisius Rero")
        activation = alone.init("--join", invite(first, alone))
        alone.up()
        second.fill(activation)
        yield first, second
    finally:
        for node in (cloud, alone):
            node.remove()


def write(desk, text: str) -> None:
    """Types into the editor, after what stands there."""
    editor = desk.page.locator("[contenteditable=true]").first
    editor.click()
    desk.page.keyboard.press("Control+End")
    desk.page.keyboard.type(text)


def make_key(desk) -> None:
    """A signing key of one's own, certified by the registry within seconds."""
    desk.open("/surat/kunci/")
    desk.fill("Frasa sandi", PASSPHRASE)
    desk.fill("Sekali lagi", PASSPHRASE)
    desk.press("Buat kunci tanda tangan saya")
    desk.sees("Kunci Anda dapat menandatangani")


def draft(desk) -> str:
    """From "Buat surat" to the submitted letter, with its page beside it; its address."""
    desk.open("/surat/konsep/")
    desk.press("Buat surat", "link")
    desk.tick("Surat Dinas")
    desk.press("Mulai konsep")
    page = desk.page.locator("#page img.paper").first
    empty = len(fetched(desk, page.get_attribute("src")))
    desk.fill("Hal", SUBJECT)
    desk.fill("Klasifikasi", "000.1.2.3")
    desk.choose("Kecepatan", "Segera")
    desk.choose("Instansi atau jabatan", "Badan Perencanaan Pembangunan Daerah")
    desk.fill("Seperti tertulis di surat", "Kepala Bappeda Kabupaten Ende")
    write(desk, "Dengan hormat, kami mohon data pelaksanaan SPBE semester pertama.")
    until("the words on the live page", lambda: len(fetched(desk, page.get_attribute("src"))) > empty + 2_000)
    desk.choose("Penanda tangan", f"{SECRETARY} a.n. {HEAD}")
    desk.page.get_by_text("Paraf sebelum tanda tangan").click()
    desk.choose("Pembubuh paraf", CHIEF)
    desk.picture("letter-draft")
    desk.press("Ajukan surat")
    desk.sees("Surat sedang menuju tanda tangan.")
    return desk.page.url.removeprefix(desk.url)


def test_first_letter(nodes, chromium, tmp_path):
    kominfo, bappeda = nodes
    kominfo.set_up(
        "Ende",
        "PEMERINTAH KABUPATEN ENDE\nDINAS KOMUNIKASI DAN INFORMATIKA\nJalan El Tari 5, Ende 86317",
        {HEAD: "107", SECRETARY: "107.1"},
    )
    kominfo.delegate(HEAD, SECRETARY, "SK Kepala Dinas 12/2026")
    bappeda.set_up(
        "Ende",
        "PEMERINTAH KABUPATEN ENDE\nBADAN PERENCANAAN PEMBANGUNAN DAERAH\nJalan Eltari 2, Ende",
        {"Kepala Bappeda": "050"},
    )
    officer = kominfo.desk(chromium, "Bernadeta Nona")
    letter = draft(officer)

    chief = kominfo.desk(chromium, "Fransiskus Mbete")
    chief.open("/")
    chief.press(f"Paraf: {SUBJECT}", "link")
    chief.fill("Apa yang perlu diubah?", "Sebutkan batas waktunya.")
    chief.press("Kembalikan kepada penulis")
    chief.sees("Surat kembali kepada penulisnya.")

    officer.open("/")
    officer.press(f"Dikembalikan: {SUBJECT}", "link")
    officer.sees("Sebutkan batas waktunya.")
    write(officer, " Data kami tunggu paling lambat tanggal 30 November 2026.")
    officer.press("Ajukan surat")
    officer.sees("Surat sedang menuju tanda tangan.")

    chief.open("/surat/paraf/")
    chief.press(SUBJECT, "link")
    chief.sees("30 November 2026")
    chief.press("Paraf versi ini")
    chief.sees("Paraf Anda sudah dibubuhkan.")

    secretary = kominfo.desk(chromium, "Maria Wea")
    make_key(secretary)
    secretary.open("/")
    secretary.press(f"Tanda tangani: {SUBJECT}", "link")
    secretary.fill("Frasa sandi kunci tanda tangan Anda", "bukan frasa sandinya")
    secretary.press("Tanda tangani dan kirim")
    secretary.sees("Frasa sandi")
    secretary.fill("Frasa sandi kunci tanda tangan Anda", PASSPHRASE)
    secretary.press("Tanda tangani dan kirim")
    secretary.sees("Ditandatangani dengan nomor 000.1.2.3/1/107/2026 dan dikirim.")
    signed = time.monotonic()
    secretary.picture("letter-signed")
    assert letter in secretary.page.url

    def received():
        secretary.open(letter)
        return secretary.page.locator("li.ok", has_text="Diterima utuh").count()

    until("the receipt at the sender", received, SECONDS)
    print(f"\nreceipt at the sender {time.monotonic() - signed:.1f} s after the signature")

    pdf = tmp_path / "surat.pdf"
    pdf.write_bytes(fetched(secretary, f"{letter}pdf/"))
    said = subprocess.run(["pdfsig", str(pdf)], capture_output=True, text=True).stdout
    assert "Signature is Valid." in said, said
    proof = tmp_path / "surat.pendopo.json"
    proof.write_bytes(secretary.save("Unduh berkas bukti"))
    audit(kominfo.node, pdf, proof, tmp_path)

    clerk = register(bappeda, chromium)
    secretary.wait_for(letter, "Agenda 1/2026")
    head = bappeda.desk(chromium, "Petrus Lina", width=390, height=844)
    dispose(head)
    secretary.wait_for(letter, "Dibaca")
    economist = bappeda.desk(chromium, "Yohana Tena")
    answer(economist)
    question(head)
    acting(bappeda, chromium)
    for desk in (officer, chief, secretary, clerk, head, economist):
        desk.close()


def register(bappeda: Agency, chromium):
    """The registry clerk, without touching the mouse: the next letter gets its agenda number and goes on."""
    clerk = bappeda.desk(chromium, "Ratna Wulandari")
    clerk.page.keyboard.press("g")
    clerk.page.keyboard.press("s")
    clerk.sees("Perlu registrasi")
    clerk.page.keyboard.press("j")
    clerk.page.keyboard.press("Enter")
    clerk.sees("000.1.2.3/1/107/2026")

    def checked():
        clerk.page.reload()
        return clerk.page.locator("[data-key=r]").count()

    until("the signature to be checked", checked)
    clerk.sees("Tanda tangan sah")
    clerk.picture("letter-in")
    clerk.page.keyboard.press("r")
    clerk.sees("Surat diregistrasi dengan nomor 1/2026.")
    clerk.open("/surat/buku/agenda/2026/")
    clerk.sees(SUBJECT)
    return clerk


def dispose(head) -> None:
    """The head, on a phone: whom, what, by when, one button."""
    head.open("/")
    head.press(SUBJECT, "link")
    head.press("Disposisi", "link")
    head.page.get_by_label("Yohana Tena").check()
    head.page.get_by_label("Lukas Seda").check()
    head.page.get_by_label("Siapkan bahan").check()
    head.page.get_by_label("Hari ini").check()
    head.fill("Catatan", "Satukan dengan laporan triwulan III.")
    head.sees("Kirim disposisi ke 2 orang")
    wide = head.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390, wide
    head.picture("letter-disposition")
    head.press("Kirim disposisi ke 2 orang")
    head.sees("Disposisi dikirim ke 2 orang.")


def answer(economist) -> None:
    """One of the two reads the letter and says what she did."""
    economist.open("/")
    economist.press(f"Disposisi: {SUBJECT}", "link")
    economist.sees("Satukan dengan laporan triwulan III.")
    economist.fill("Apa yang sudah dikerjakan", "Data semester pertama sudah disusun.")
    economist.press("Kirim jawaban")
    economist.sees("Sudah dijawab.")
    economist.sees("Data semester pertama sudah disusun.")


def question(head) -> None:
    """The answer stands below the question it answers; the other has not read his yet."""
    head.open("/surat/disposisi/?tab=dari-saya")
    head.page.get_by_role("link", name=SUBJECT).first.click()
    head.sees("Data semester pertama sudah disusun.")
    tree = head.page.locator("ul.tree > li")
    told = {"Yohana Tena": "dijawab", "Lukas Seda": "belum dibaca"}
    for who, state in told.items():
        expect(tree.filter(has_text=who)).to_contain_text(state)


def acting(bappeda: Agency, chromium) -> None:
    """The head is on leave: his work is with the Plh. on her days, and with nobody whose days have passed."""
    theresia = bappeda.desk(chromium, "Theresia Ina")
    theresia.open("/surat/masuk/?tab=terdaftar")
    theresia.sees("Belum ada surat terdaftar")
    for since, until_, sees in ((-9, 0, False), (1, 9, False), (-1, 2, True)):
        leave = Person(
            "Theresia Ina", "199001012015042001", "01", "Kepala Bappeda", heads=True, kind="plh",
            since=day(since), until=day(until_),
        )  # fmt: skip
        bappeda.hire([leave])
        theresia.open("/surat/masuk/?tab=terdaftar")
        theresia.sees(SUBJECT if sees else "Belum ada surat terdaftar")
    theresia.page.get_by_role("link", name=re.compile(SUBJECT)).first.click()
    theresia.page.locator("[data-key=d]").click()
    theresia.sees("Kirim disposisi")
    theresia.close()


def fetched(desk, path: str) -> bytes:
    """A file as the browser's own session gets it."""
    found = desk.page.evaluate(
        "async path => { const answer = await fetch(path);"
        " return [answer.status, Array.from(new Uint8Array(await answer.arrayBuffer()))] }",
        path,
    )
    assert found[0] == 200, found[0]
    return bytes(found[1])


def audit(node: Installation, pdf, proof, folder) -> None:
    """A stranger with the anchor, on a machine without a network."""
    anchor = folder / "anchor.json"
    anchor.write_bytes((node.home / "gateway" / "documents" / "anchor.json").read_bytes())
    said = verify(proof, anchor)
    for words in ("Maria Wea", SECRETARY, f"a.n. {HEAD}", "000.1.2.3/1/107/2026", "diterima"):
        assert words in said, said
    said = verify(pdf, anchor)
    assert "Maria Wea" in said and "000.1.2.3/1/107/2026" in said, said
    bent = folder / "bengkok.pdf"
    data = bytearray(pdf.read_bytes())
    data[len(data) // 3] ^= 1
    bent.write_bytes(data)
    assert "TIDAK SAH" in verify(bent, anchor, valid=False)


def verify(file, anchor, valid: bool = True) -> str:
    """`pendopo verify` in a network namespace that has nothing."""
    done = subprocess.run(
        ["unshare", "--net", str(COMMAND), "verify", str(file), "--anchor", str(anchor)],
        capture_output=True,
        text=True,
    )
    assert (done.returncode == 0) is valid, done.stdout + done.stderr
    return re.sub(r"\s+", " ", done.stdout)
