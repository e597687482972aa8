"""A node with mail as people come to it: its ports, sheets off the list, a program set up by its file."""

import http.client
import random
import re
import shutil
import socket
import ssl
from pathlib import Path

from installation import Installation
from postman import Program, places
from seat import Seat

from tests import ordinary

PORTS = (1025, 1110, 1143, 1190, 1465, 1587, 1993, 1995)
PATTERNS = Path(__file__).parents[2] / ".cache" / "rspamd"
HEADER = "nama;nomor;jenis_nomor;lahir;unit_kode;unit_nama;jabatan;kepala;jenis;mulai"


def offset() -> int:
    """By how much the ports of mail are moved, so that nobody listens on them; above those of tests.ports."""

    def free(port: int) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) != 0

    while True:
        moved = random.randrange(29_000, 30_700)
        if all(free(port + moved) for port in PORTS):
            return moved


def borrow(node: Installation) -> None:
    """Gives Rspamd, before its first start, the patterns it compiled for tests/rooms: ten seconds of work."""
    if PATTERNS.exists():
        shutil.copytree(PATTERNS, node.home / "mail" / "lib" / "rspamd")
        if node.as_user:
            ordinary.give(node.home / "mail")


def sheets(seat: Seat, rows: list[str]) -> dict[str, str]:
    """Brings the appointment list in, `rows` below HEADER; name -> code, off the sheets that are printed."""
    seat.open("/instansi/impor/")
    seat.upload("/instansi/impor/", file=("sk.csv", "\n".join((HEADER, *rows)).encode()))
    seat.post(seat.path)
    page = seat.open("/surel/kantor/")
    people = re.findall(r'name="person" value="([0-9a-f-]{36})" checked', page)
    seen = re.search(r'name="seen" value="([^"]+)"', page)[1]
    page = seat.post("/surel/kantor/", person=people, seen=seen)
    names = re.findall(r'<h2 id="s[0-9]+">([^<]+)</h2>', page)
    codes = re.findall(r"data-code>([^<]+)<", page)
    assert len(names) == len(codes) == len(rows), page
    return dict(zip(names, codes, strict=True))


def mailbox(node: Installation, domain: str, person: tuple[str, str, str], password: str) -> Program:
    """A mailbox with the first of the proposed addresses, as a mail program of its owner sees it; `person` is
    what she types to activate it: number, birth date and code."""
    number, birth, code = person
    seat = Seat(node.url)
    seat.open("/surel/aktivasi/")
    page = seat.post("/surel/aktivasi/", number=number, birth=birth, code=code)
    local = re.search(r'name="local" value="([^"]+)"', page)[1]
    seat.post("/surel/aktivasi/alamat/", local=local, password=password)
    seat.open("/surel/akun/sandi/")
    page = seat.post("/surel/akun/sandi/", label="Uji")
    return program(node, f"{local}@{domain}", re.search(r"data-code>([^<]+)<", page)[1])


def program(node: Installation, address: str, secret: str) -> Program:
    """A mail program that was told address and app password, and nothing else."""
    connection = http.client.HTTPConnection("127.0.0.1", node.ports["portal"], timeout=30)
    connection.request(
        "GET",
        f"/.well-known/autoconfig/mail/config-v1.1.xml?emailaddress={address}",
        headers={"Host": f"{node.name}.localhost"},
    )
    answer = connection.getresponse()
    assert answer.status == 200
    found = places(answer.read())
    connection.close()
    trust = ssl.create_default_context(cafile=str(node.home / "mail" / "tls" / "ca.pem"))
    return Program(address, secret, found, trust)
