"""A node with mail and a private network that lives through a small day, is packed, and is unpacked again
years later. What happens on the network is in `net`.

It stands alone and believes the clock: certificates and tokens of mail are renewed where they ended, and
nothing here is signed for others.
"""

import re
import smtplib
from pathlib import Path

import net
from installation import Installation
from mailing import mailbox, program, sheets
from pair import pack_home
from postman import Program
from seat import Seat

NODE, DOMAIN, MOVED = "disdik", "pns.ende.test", 19_000
PORTS = {"portal": 21316, "app": 21317, "peer": 21318}
ADMIN, TEACHER, BIRTH = "198704122010012003", "199603122024122007", "12-03-1996"
PASSWORD = "danau tiga warna kelimutu"
FIRST, FILED = "Undangan rapat", "Edaran libur"


def installation() -> Installation:
    node = Installation(NODE, "ID/GOV/DISDIK", "Dinas Pendidikan", ADMIN, "Yosefina Dhae")
    node.ports = PORTS
    return node


def day(node: Installation) -> dict:
    """What happens on the node; what a later release must still find there."""
    activation = node.init("--registry", "--mail-domain", DOMAIN, "--mail-offset", MOVED)
    settings = node.home / "pendopo.toml"
    settings.write_text(net.settings(settings.read_text().replace("dns = true", "dns = false")))
    node.up()
    admin = Seat(node.url)
    admin.activate(ADMIN, activation, PASSWORD)
    [code] = sheets(
        admin, [f"Maria Goreti Wea;{TEACHER};nip;{BIRTH};01;SDN Ende 4;Guru kelas;;definitif;2026-11-02"]
    ).values()
    teacher = mailbox(node, DOMAIN, (TEACHER, BIRTH, code), PASSWORD)
    for subject in (FIRST, FILED):
        from_outside(teacher.address, subject)
        teacher.gets(subject)
    with teacher.imap() as box:
        box.select("INBOX")
        uid = box.uid("SEARCH", "SUBJECT", f'"{FILED}"')[1][0].decode()
        box.uid("STORE", uid, "+FLAGS", "(\\Seen \\Flagged)")
        assert box.uid("MOVE", uid, "Archive")[0] == "OK"
    mail = {"address": teacher.address, "secret": teacher.secret, "dkim": signing_key(admin)}
    return {"mail": mail, "network": net.day(admin, node.agency)}


def signing_key(admin: Seat) -> str:
    """The public key that the domain's DNS has, as the page shows it."""
    return re.search(r"p=([A-Za-z0-9+/=]{40,})", admin.open("/surel/kantor/domain/"))[1]


def from_outside(to: str, subject: str) -> None:
    """Hands a message in as another organisation's server."""
    with smtplib.SMTP("127.0.0.1", 1025 + MOVED, "luar.test", timeout=60) as server:
        server.sendmail(
            "humas@luar.test", [to], f"From: humas@luar.test\r\nSubject: {subject}\r\n\r\nIsi\r\n"
        )


def pack(node: Installation, folder: Path) -> None:
    """Writes the stopped node into `folder`."""
    pack_home(node.home, folder)


def teacher(node: Installation, facts: dict) -> Program:
    """Her mail program with the password of then."""
    return program(node, facts["address"], facts["secret"])
