"""Agencies that write letters: their people, posts and accounts, brought in by the portal's own pages."""

import csv
import html
import io
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from desk import Desk
from installation import Installation, run
from seat import Seat
from servers import until

JAKARTA = ZoneInfo("Asia/Jakarta")
PASSWORD = "danau tiga warna kelimutu"
PASSPHRASE = "sepasang kunci untuk surat"
HEADER = "nama;nomor;unit_kode;unit_nama;jabatan;kepala;jenis;mulai;sampai;sk"
SINCE = "2024-01-02"
SUBJECT = "Uji coba"  # of the letters that an `Author` writes
NUMBER = re.compile(r"000\.1\.2/[0-9]+/[A-Z]+/[0-9]{4}")  # and their numbers


@dataclass(frozen=True)
class Person:
    """Somebody with a post: what a line of the staff list says, and the roles of the account."""

    name: str
    number: str
    unit: str
    post: str
    heads: bool = False
    roles: tuple[str, ...] = ()
    kind: str = "definitif"
    since: str = SINCE
    until: str = ""


@dataclass
class Agency:
    """One agency on a node, its administrator signed in, and its people by name."""

    node: Installation
    code: str
    title: str
    admin: str
    admin_name: str
    units: dict[str, str]  # code -> name; the first stands above the others
    people: list[Person]
    seat: Seat = field(init=False)
    codes: dict[str, str] = field(default_factory=dict)  # name -> activation code

    def __post_init__(self):
        self.seat = Seat(self.node.url)

    def fill(self, activation: str) -> None:
        """From the administrator's first sign-in to the last colleague's sheet."""
        self.seat.activate(self.admin, activation, PASSWORD)
        self.staff()

    def staff(self) -> None:
        """Units, people and their accounts."""
        self.hire(self.people)
        page = self.seat.open("/instansi/unit/")
        ids = dict(zip(self.units, self._units(page), strict=True))
        top, *below = self.units
        for code in below:
            path = f"/instansi/unit/{ids[code]}/ubah"
            self.seat.open(path)
            self.seat.post(path, code=code, name=self.units[code], parent=ids[top])
        for person in {one.number: one for one in self.people}.values():
            self._account(person)

    def _units(self, page: str) -> list[str]:
        """Ids of the units, in the order of their codes."""
        return list(dict.fromkeys(re.findall(r"/instansi/unit/([0-9a-f-]{36})/ubah", page)))

    def hire(self, people: list[Person]) -> None:
        """Brings a staff list in."""
        lines = [HEADER]
        for one in people:
            yes = "ya" if one.heads else ""
            cells = (one.name, one.number, one.unit, self.units[one.unit], one.post, yes, one.kind)
            lines.append(";".join((*cells, one.since, one.until, "SK 800/12/2024")))
        self.seat.open("/instansi/impor/")
        self.seat.upload("/instansi/impor/", file=("pegawai.csv", "\n".join(lines).encode()))
        page = self.seat.post(self.seat.path)
        assert "orang sudah diimpor" in page or "diimpor" in page, page

    def _account(self, person: Person) -> None:
        page = self.seat.open("/instansi/akun/untuk")
        options = re.findall(r'<option value="([0-9a-f-]{36})"[^>]*>([^<]+)</option>', page)
        ids = {html.unescape(text).strip(): id for id, text in options}
        sheet = self.seat.post(
            "/instansi/akun/untuk", person=ids[person.name], roles=[f"simaya.{role}" for role in person.roles]
        )
        self.codes[person.name] = re.search(r"data-code>([^<]+)<", sheet)[1]

    def desk(self, browser, name: str, **size) -> Desk:
        """A person's own window, signed in for the first time."""
        person = next(one for one in self.people if one.name == name)
        desk = Desk(browser, self.node.url, **size)
        desk.activate(person.number, self.codes[name], PASSWORD)
        return desk

    def set_up(self, place: str, lines: str, codes: dict[str, str]) -> None:
        """Rules and letterhead, and what posts are called in numbers."""
        self.seat.open("/surat/kantor/")
        page = self.seat.post("/surat/kantor/", profile="permendagri-2023", lines=lines, place=place)
        posts = re.findall(r'/surat/kantor/jabatan/([0-9a-f-]{36})/"[^>]*>([^<]+)<', page)
        for id, title in posts:
            if title in codes:
                path = f"/surat/kantor/jabatan/{id}/"
                self.seat.open(path)
                self.seat.post(path, code=codes[title], region="")

    def seat_of(self, name: str) -> Seat:
        """A person's session without a window, signed in for the first time."""
        person = next(one for one in self.people if one.name == name)
        seat = Seat(self.node.url)
        seat.activate(person.number, self.codes[name], PASSWORD)
        return seat

    def delegate(self, of: str, to: str, decree: str) -> None:
        """A written mandate: `to` may sign letters a.n. `of`, from the beginning of the year on."""
        page = self.seat.open("/surat/kantor/pelimpahan/")
        options = re.findall(r'<option value="([0-9a-f-]{36})"[^>]*>([^<]+)</option>', page)
        ids = {html.unescape(text).strip(): id for id, text in options}
        self.seat.post(
            "/surat/kantor/pelimpahan/",
            of=ids[of], to=ids[to], capacity="an", kinds=["surat-dinas"], decree=decree, start="2026-01-01",
        )  # fmt: skip


def host(node: Installation, code: str, title: str, admin: str, admin_name: str) -> str:
    """One more agency on a registry's node; its administrator's activation code."""
    command = node.command(
        "nodes", "host", code, "--name", title, "--zone", "WITA", "--admin", admin,
        "--admin-name", admin_name, "--home", node.home,
    )  # fmt: skip
    done = run(command)
    return next(line for line in done.stdout.splitlines() if "aktivasi" in line).split()[-1]


def invite(registry: Agency, node: Installation) -> str:
    """The registry's invitation, as its page shows it."""
    page = registry.seat.post(
        "/simpul/anggota/undang", agency=node.agency, agency_name=node.title, node=node.name
    )
    return re.search(r"<textarea[^>]*readonly[^>]*>([^<]+)</textarea>", page)[1].strip()


def day(offset: int) -> str:
    """A day near today at a node of Jakarta, as forms and staff lists write it."""
    return (datetime.now(JAKARTA).date() + timedelta(days=offset)).isoformat()


class Author:
    """The holder of a post who writes, submits and signs letters of one's own, without a window."""

    def __init__(self, seat: Seat, post: str):
        self.seat, self.post = seat, post
        self.kept = ""  # the page at `seat.path`, until it was used

    def _page(self, path: str) -> str:
        """The page that the last step led to, the first time it is asked for; else it is opened anew."""
        page, self.kept = self.kept, ""
        return page if page and self.seat.path == path else self.seat.open(path)

    def begin(self) -> str:
        """A new draft; its address."""
        if not self.seat.token:
            self.seat.open("/surat/konsep/baru/")
        self.kept = self.seat.post("/surat/konsep/baru/", kind="surat-dinas")
        return self.seat.path if re.fullmatch(r"/surat/konsep/[0-9a-f-]{36}/", self.seat.path) else ""

    def submit(self, path: str, to: str) -> bool:
        """Whether the letter to the agency `to` waits for its signature; may be asked again after a portal
        that died."""
        page = self._page(path)
        if self.seat.path != path:
            return True
        version = re.search(r'name="v" value="([0-9]+)"', page)[1]
        signer = re.search(rf'<option value="([0-9a-f-]{{36}})"[^>]*>{self.post}<', page)[1]
        self.kept = self.seat.post(
            path, v=version, kind="surat-dinas", subject=SUBJECT, classification="000.1.2", security="B",
            urgency="biasa", signer=signer, body="Dengan hormat.", to__0__agency=to,
            to__0__line="Kepala instansi", do="submit",
        )  # fmt: skip
        return self.seat.path != path

    def sign(self, path: str) -> str:
        """The number of the letter, once it is signed; a signature that died is made again."""
        page = self._page(path)
        if "/tandatangan/" in page:
            version = re.search(r'name="v" value="([0-9]+)"', page)[1]
            page = self.seat.post(f"{path}tandatangan/", v=version, passphrase=PASSPHRASE)
            if self.seat.path != path:
                page = self.seat.open(path)
        # Among the letter's own facts: what another window has signed is told on any page of this session.
        found = re.search(rf'<span class="mono">({NUMBER.pattern})</span>', page)
        return found[1] if found else ""


def make_key(seat: Seat) -> None:
    seat.open("/surat/kunci/")
    seat.post("/surat/kunci/", passphrase=PASSPHRASE, again=PASSPHRASE)
    until("the certificate", lambda: "Kunci Anda dapat menandatangani" in seat.open("/surat/kunci/"))


def book(seat: Seat) -> list[list[str]]:
    """The register of letters out, as its file."""
    year = datetime.now(JAKARTA).year
    rows = list(csv.reader(io.StringIO(seat.open(f"/surat/buku/keluar/{year}.csv")), delimiter=";"))
    return rows[1:]
