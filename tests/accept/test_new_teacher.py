"""A teacher's first day with her mailbox, from the administrator's list to mail in a program at the office.

The phone is Chromium at 390 px; the programs are plain clients of IMAP, POP3, submission and ManageSieve.
"""

import imaplib
import os
import re
import signal
import smtplib
import time
from pathlib import Path

import pytest
from correspondence import host
from desk import Desk
from installation import Installation
from killing import PARTS, processes
from mailing import borrow, offset, program, sheets
from playwright.sync_api import expect
from seat import Seat
from servers import until
from trio import add_system, offered, publish, request

DOMAIN = "pns.ende.test"
PASSWORD = "danau tiga warna kelimutu"
TEACHER, NUMBER, BIRTH = "Maria Goreti Wea", "199603122024212007", "12-03-1996"
COLLEAGUE, HIS_NUMBER, HIS_BIRTH = "Yosef Tani", "196905051994031002", "05-05-1969"
ROWS = [
    f"{TEACHER};{NUMBER};nippppk;{BIRTH};01;SDN Ende 4;Guru kelas;;definitif;2026-11-02",
    f"{COLLEAGUE};{HIS_NUMBER};nip;;01;SDN Ende 4;Kepala sekolah;ya;definitif;2026-11-02",
]
SIEVE = 'require ["fileinto"];\nif header :contains "subject" "edaran" { fileinto "Archive"; }\n'


# In CI tests run as root: the node is root's, then an ordinary user's too; who works as one has that one.
@pytest.fixture(scope="module", params=["root", "user"] if os.geteuid() == 0 else ["user"])
def node(request):
    """An agency with mail, and its administrator's activation code."""
    made = Installation(
        "disdik", "ID/GOV/DISDIK", "Dinas Pendidikan", "198704122010012003", "Yosefina Dhae",
        as_user=request.param == "user" and os.geteuid() == 0,
    )  # fmt: skip
    made.moved = offset()
    try:
        made.activation = made.init("--registry", "--mail-domain", DOMAIN, "--mail-offset", made.moved)
        borrow(made)
        made.up()
        everything = [Path(f"/proc/{pid}") for part in PARTS for pid in processes(made, part)]
        assert {process.stat().st_uid for process in everything} == {made.owner}
        yield made
    finally:
        made.remove()


def activate(desk: Desk, number: str, birth: str, code: str) -> str:
    """What the sheet says to do; the address that was chosen, the first of three."""
    desk.open("/surel/aktivasi/")
    desk.fill("Nomor", number)
    desk.fill("Tanggal lahir", birth)
    desk.fill("Kode sekali pakai", code)
    desk.press("Lanjutkan")
    desk.sees("Pilih alamat Anda")
    offered = desk.page.get_by_role("radio")
    assert offered.count() == 3
    local = offered.first.get_attribute("value")
    offered.first.check()
    desk.fill("Kata sandi baru", PASSWORD)
    desk.press("Buka kotak surat")
    expect(desk.page.get_by_role("heading", level=1)).to_contain_text("Kotak masuk", timeout=20_000)
    return f"{local}@{DOMAIN}"


def follow(desk: Desk, subject: str) -> None:
    """Opens the message with this subject from the list."""
    desk.page.get_by_role("link", name=re.compile(re.escape(subject))).first.click()


def app_password(desk: Desk, label: str) -> str:
    """A password for one program, as it is shown once."""
    desk.open("/surel/akun/sandi/")
    desk.fill("Untuk program apa?", label)
    desk.press("Buat sandi aplikasi")
    secret = desk.page.locator("[data-code]").inner_text().strip()
    desk.press("Sudah saya masukkan", "link")
    return secret


def refused(what, *kinds) -> str:
    """The words with which a server refuses."""
    with pytest.raises(kinds) as caught:
        what()
    return str(caught.value)


def stranger(node: Installation, to: str, subject: str) -> None:
    """A message from another organisation's server."""
    with smtplib.SMTP("127.0.0.1", 1025 + node.moved, timeout=30) as server:
        server.sendmail(
            "humas@luar.test",
            [to],
            f"From: Humas <humas@luar.test>\r\nTo: <{to}>\r\nSubject: {subject}\r\n\r\nIsi.\r\n",
        )


def test_new_teacher(node, chromium):
    admin = Seat(node.url)
    admin.activate(node.admin, node.activation, PASSWORD)
    codes = sheets(admin, ROWS)
    phone = {"width": 390, "height": 780}

    # She opens the page on her phone; two minutes later she reads her first message.
    opened = time.monotonic()
    her = Desk(chromium, node.url, **phone)
    code = next(code for name, code in codes.items() if name.startswith("Maria"))
    address = activate(her, NUMBER, BIRTH, code)
    her.wait_for("/surel/", "Selamat datang di kotak surat Anda")
    follow(her, "Selamat datang di kotak surat Anda")
    her.sees(address)
    assert time.monotonic() - opened < 120
    assert not re.search("[0-9]", address.partition("@")[0]), "no number in an address that needs none"

    # At the office her colleague has his too; both add it to a program.
    his = Desk(chromium, node.url)
    his_code = next(code for name, code in codes.items() if name.startswith("Yosef"))
    his_address = activate(his, HIS_NUMBER, HIS_BIRTH, his_code)
    thunderbird = program(node, address, app_password(her, "Thunderbird di kantor"))
    outlook = program(node, his_address, app_password(his, "Outlook"))
    thunderbird.gets("Selamat datang")
    said = refused(program(node, address, PASSWORD).imap, imaplib.IMAP4.error)
    assert "AUTHENTICATIONFAILED" in said.upper(), "the portal's password opens no program"

    # Mail both ways, in programs and on the phone.
    outlook.send(address, "Rapat guru Senin", "Pukul delapan di ruang guru.\n")
    thunderbird.gets("Rapat guru Senin")
    her.wait_for("/surel/", "Rapat guru Senin")
    follow(her, "Rapat guru Senin")
    her.sees("Pukul delapan di ruang guru.")
    her.press("Balas", "link")
    her.page.get_by_label("Pesan", exact=True).fill("Baik, Pak.")
    her.press("Kirim")
    outlook.gets("Re: Rapat guru Senin")
    thunderbird.gets("Re: Rapat guru Senin", "Sent")
    assert outlook.popped() == len(outlook.subjects())
    stranger(node, address, "Undangan seminar")
    thunderbird.gets("Undangan seminar")
    refused(lambda: stranger(node, f"tiada@{DOMAIN}", "x"), smtplib.SMTPRecipientsRefused)
    refused(
        lambda: thunderbird.send(his_address, "palsu", sender=his_address),
        smtplib.SMTPSenderRefused, smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError,
    )  # fmt: skip

    # What waits in another room comes as mail too: somebody asks for the agency's data.
    page = admin.open("/surel/alamat/")
    local = re.search(r'name="local" value="([^"]+)"', page)[1]
    admin.post("/surel/alamat/", local=local)
    admin.open("/surel/akun/sandi/")
    page = admin.post("/surel/akun/sandi/", label="Kantor")
    office = program(node, f"{local}@{DOMAIN}", re.search(r"data-code>([^<]+)<", page)[1])
    publish(node, admin)
    asks = Seat(node.url)
    code = host(node, "ID/GOV/BKN", "Badan Kepegawaian", "198703152011012004", "Klara Hoar")
    asks.activate("198703152011012004", code, PASSWORD)
    add_system(asks)
    service = f"{node.agency}/siak/penduduk"
    request(asks, service, offered(asks, service))
    office.gets("Badan Kepegawaian")

    # A filter of her own.
    thunderbird.sieve(f"{node.name}.localhost", 1190 + node.moved, SIEVE)
    outlook.send(address, "Surat edaran libur")
    thunderbird.gets("Surat edaran libur", "Archive")

    # The portal and its database are away: mail does not notice.
    stopped = [pid for part in ("portal", "worker", "database") for pid in processes(node, part)]
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        outlook.send(address, "Sewaktu portal mati")
        thunderbird.gets("Sewaktu portal mati")
    finally:
        for pid in reversed(stopped):
            os.kill(pid, signal.SIGCONT)
    until("the portal again", lambda: "Kotak masuk" in _signed(node, HIS_NUMBER).open("/surel/"))

    # At 80 % of 250 MB she is told, and shown what fills it; large files go with one press.
    thunderbird.fill(8, 26)
    thunderbird.gets("Kotak surat Anda terisi 80 %")
    her.open("/surel/ruang/")
    her.sees("Foto kegiatan 8")
    her.page.get_by_role("checkbox", name=re.compile("Foto kegiatan 8")).check()
    her.press("Lepas berkas besar")
    her.press("Lepas berkasnya")
    her.sees("lega kembali")
    assert thunderbird.taken() < 190 * 2**20

    # The program was lost: it signs in no more from the moment its password is ended.
    her.open("/surel/akun/")
    her.press("Akhiri", "link")
    her.press("Akhiri sandinya")
    until("the end of it", lambda: refused(thunderbird.imap, imaplib.IMAP4.error))
    assert not her.broken and not his.broken


def _signed(node: Installation, number: str) -> Seat:
    """A person's session without a window."""
    seat = Seat(node.url)
    seat.open("/masuk")
    seat.post("/masuk", login=number, password=PASSWORD)
    return seat
