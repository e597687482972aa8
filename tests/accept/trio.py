"""Three agencies on three nodes: Kominfo keeps the registry, Dukcapil provides, DJP asks and reads."""

import re
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException

from installation import Installation
from seat import Seat
from servers import until

CLIENTS = 16
SLOW = 0.25  # seconds before each exchange of one who is ahead
SERVICE = "ID/GOV/DUKCAPIL/siak/penduduk"
PASSWORD = "danau tiga warna kelimutu"
NUMBER = "198704122010012003"
ROWS = 500
PATIENCE = 60


class Office:
    """A node and its administrator, signed in at its portal."""

    def __init__(self, name: str, title: str):
        self.node = Installation(name, f"ID/GOV/{name.upper()}", title, NUMBER, "Yosefina Dhae")
        self.seat = Seat(self.node.url)

    @property
    def client(self) -> str:
        """The system whose programs ask."""
        return f"{self.node.agency}/coretax"

    def found(self, *role: str) -> None:
        """`pendopo init`, `pendopo up`, first sign-in."""
        code = self.node.init(*role)
        self.node.up()
        self.seat.activate(NUMBER, code, PASSWORD)


class Trio:
    """The three offices, their service published."""

    def __init__(self) -> None:
        self.kominfo = Office("kominfo", "Dinas Komunikasi dan Informatika")
        self.dukcapil = Office("dukcapil", "Dinas Kependudukan")
        self.djp = Office("djp", "Direktorat Jenderal Pajak")
        self.offices = [self.kominfo, self.dukcapil, self.djp]
        self._turns = ThreadPoolExecutor(1)

    def alone(self, act, *given):
        """Runs `act` when nothing else runs so, in the order asked for; what it returns.

        For threads that each look after a member of their own: what uses Kominfo's or Dukcapil's one seat, or
        measures time. Not from within another such act.
        """
        return self._turns.submit(act, *given).result()

    def begin(self) -> None:
        self.kominfo.found("--registry")
        with ThreadPoolExecutor() as hands:
            list(hands.map(self.admit, (self.dukcapil, self.djp)))
        publish(self.dukcapil.node, self.dukcapil.seat)
        add_system(self.djp.seat)

    def end(self) -> None:
        self._turns.shutdown()
        with ThreadPoolExecutor() as hands:
            list(hands.map(lambda office: office.node.remove(), self.offices))

    def invite(self, office: Office, **more: str) -> str:
        """The registry's invitation, as its page shows it."""
        node = office.node
        page = self.kominfo.seat.post(
            "/simpul/anggota/undang", agency=node.agency, agency_name=node.title, node=node.name, **more
        )
        return re.search(r"<textarea[^>]*readonly[^>]*>([^<]+)</textarea>", page)[1].strip()

    def admit(self, office: Office) -> None:
        """A new member, from invitation to its administrator's first sign-in."""
        office.found("--join", self.alone(self.invite, office))

    def another(self, name: str) -> Office:
        """One more member that asks."""
        office = Office(name, f"Dinas {name}")
        self.offices.append(office)
        self.admit(office)
        add_system(office.seat)
        return office

    def agree(self, office: Office) -> str:
        """From request to rows; the address of the agreement at its provider."""
        system = offered(office.seat, SERVICE)
        agreement = self.alone(self._ask_and_approve, office, system)
        office.node.rows(f"/r1/{SERVICE}?nik=eq.{nik(7)}", office.client, PATIENCE)
        return agreement

    def _ask_and_approve(self, office: Office, system: str) -> str:
        provider = self.dukcapil.seat
        before = waiting(provider)
        request(office.seat, SERVICE, system)
        new = until("the request", lambda: waiting(provider) - before, PATIENCE).pop()
        return approve(provider, new)


def publish(node: Installation, seat: Seat) -> None:
    """The wizard at an agency: a SQLite file, one table, one service, SYSTEM/penduduk."""
    path = node.home / "sources" / node.agency / "penduduk.db"
    path.parent.mkdir(parents=True)
    with sqlite3.connect(path) as table:
        table.execute("CREATE TABLE penduduk (nik TEXT PRIMARY KEY, nama TEXT NOT NULL)")
        table.executemany("INSERT INTO penduduk VALUES (?, ?)", [(nik(n), f"MARIA {n}") for n in range(ROWS)])
    table.close()
    seat.open("/mantra/sumber/hubungkan/")
    seat.post("/mantra/sumber/hubungkan/", kind="sqlite")
    seat.post(seat.path, path=path.name)
    seat.post(seat.path, table="0")
    seat.post(
        seat.path,
        c0__chosen="on", c0__title="NIK", c0__mask="none", c0__filter="on",
        c1__chosen="on", c1__title="Nama", c1__mask="none",
    )  # fmt: skip
    seat.post(
        seat.path, title="Data penduduk", subsystem="new", new_subsystem="siak", code="penduduk",
        limit="1000", bulk="on",
    )  # fmt: skip
    page = seat.post(seat.path)
    assert "Data penduduk sudah terbit." in page, page


def add_system(seat: Seat) -> None:
    """A system whose programs need no token."""
    seat.post("/mantra/sistem/baru/", name="Coretax", code="coretax", auth="none")


def offered(seat: Seat, service: str) -> str:
    """The id of the system that may ask for the service, once the catalogue has it."""

    def there():
        page = seat.open(f"/mantra/katalog/{service}/minta/")
        return re.search(r'<option value="([0-9a-f-]{36})"[^>]*>Coretax', page)

    return until("the service in the catalogue", there, PATIENCE)[1]


def request(seat: Seat, service: str, system: str) -> None:
    """Asks for both columns of the service."""
    seat.post(
        f"/mantra/katalog/{service}/minta/", columns=["nik", "nama"], subsystem=system, basis_kind="PKS",
        basis_no="14/PJ/2026", basis_date="2026-08-03", purposes="TJ-04", note="Pencocokan",
        per_day="90000000", until="2027-12-31",
    )  # fmt: skip


def waiting(seat: Seat) -> set[str]:
    """Requests that a provider may decide."""
    return set(re.findall(r'href="/mantra/permintaan/([0-9a-f-]{36})/"', seat.open("/mantra/permintaan/")))


def approve(seat: Seat, request: str) -> str:
    """The provider's yes to both columns; the agreement's address."""
    chosen = {"c.nik": "give", "c.nama": "give", "until": "2027-12-31", "per_day": "90000000"}
    seat.post(f"/mantra/permintaan/{request}/setujui/", **chosen, reason="Diperlukan untuk pencocokan")
    assert seat.path.startswith("/mantra/perjanjian/"), seat.path
    return seat.path


def nik(n: int) -> str:
    return f"5308010101{n:06d}"


class Load:
    """Clients of one node's gateway that keep their connections and note when each complete 200 came.

    Where what they accompany lags behind (`ahead`) they go on slowly.
    """

    def __init__(self, office: Office):
        self.office = office
        self.stop, self.ahead = threading.Event(), threading.Event()
        self.whole: list[tuple[float, str]] = []  # when, exchange
        self.refused = [0.0] * CLIENTS  # when each client last got anything else than a 200
        self.why = [""] * CLIENTS  # and our code of that refusal
        self.threads = [threading.Thread(target=self._client, args=(n,), daemon=True) for n in range(CLIENTS)]

    def _client(self, number: int) -> None:
        port, turn, connection = self.office.node.ports["app"], number, None
        while not self.stop.wait(SLOW if self.ahead.is_set() else 0):
            turn += CLIENTS
            try:
                connection = connection or HTTPConnection("127.0.0.1", port, timeout=30)
                path = f"/r1/{SERVICE}?nik=eq.{nik(turn % ROWS)}"
                connection.request("GET", path, headers={"X-Road-Client": self.office.client})
                answer = connection.getresponse()
                answer.read()
                if answer.status == 200:
                    self.whole.append((time.monotonic(), answer.headers["X-Road-Request-Id"]))
                    continue
                self.why[number] = answer.headers.get("X-Pendopo-Error", "")
            except (OSError, HTTPException):
                self.why[number], connection = "", None
            self.refused[number] = time.monotonic()
            self.stop.wait(0.1)  # a refusal costs both gateways nearly what an answer does

    @property
    def last(self) -> float:
        """When the last 200 came; 0 before the first."""
        return max((when for when, _ in self.whole[-CLIENTS:]), default=0.0)

    def flows(self) -> None:
        """Waits until rows come again, for more than one round of all clients."""
        before = len(self.whole)
        until("rows under load", lambda: len(self.whole) >= before + 2 * CLIENTS, PATIENCE)

    def dries(self, quiet: float) -> None:
        """Waits until every client is refused and no 200 has come for `quiet` seconds."""

        def dry():
            last = self.last
            return time.monotonic() - last > quiet and min(self.refused) > last

        until("refusals for all clients", dry, PATIENCE)


@contextmanager
def load(office: Office) -> Iterator[Load]:
    """Sixteen clients at an office's gateway for the length of a block."""
    clients = Load(office)
    for thread in clients.threads:
        thread.start()
    try:
        yield clients
    finally:
        clients.stop.set()
        for thread in clients.threads:
            thread.join(40)
