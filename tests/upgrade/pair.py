"""Two nodes that live through a small day, are packed into files, and are unpacked again years later.

Dukcapil holds the registry and provides; DJP asks. Everything is done through the command and the pages, as
in tests/accept; only the database is dumped and restored by what `pendopo up` itself starts it with.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from correspondence import Agency, Author, Person, make_key
from installation import pendopo
from seat import Seat
from servers import until
from trio import NUMBER, PASSWORD, SERVICE, Office, Trio, add_system, nik, publish

from pendopo.ops import home as homes
from pendopo.ops import postgres

PATH = f"/r1/{SERVICE}?nik=eq.{nik(7)}"
# Below the ports the system hands out by itself: the addresses are signed into the registry's document.
PORTS = {
    "dukcapil": {"portal": 21310, "app": 21311, "peer": 21312},
    "djp": {"portal": 21313, "app": 21314, "peer": 21315},
}
EXCHANGES = 20  # under each key
HEADS = {"dukcapil": "197001011995031001", "djp": "197101011996031002"}
# The database goes as a dump; sockets, messages and what the mail servers make anew are nobody's record.
LEFT_OUT = ("postgres", "run", "logs", *(f"mail/{name}" for name in ("etc", "lib", "run", "spool", "tmp")))
DUMP = "portal.sql"


@dataclass
class Bureau:
    """Who writes, registers and disposes at an office; its head signs."""

    office: Office
    head: Seat
    clerk: Seat
    secretary: Seat

    @classmethod
    def opened(cls, office: Office) -> "Bureau":
        """With the people and the letterhead that letters need, the head's signing key made."""
        node, name = office.node, office.node.name
        people = [
            Person(f"Kepala {name}", HEADS[name], "01", f"Kepala {name}", heads=True),
            Person(f"Sekretaris {name}", f"{HEADS[name][:-1]}8", "01.1", "Sekretaris", heads=True),
            Person(f"Arsiparis {name}", f"{HEADS[name][:-1]}9", "01.1", "Arsiparis", roles=("registrar",)),
        ]
        units = {"01": node.title, "01.1": "Sekretariat"}
        agency = Agency(node, node.agency, node.title, node.admin, node.admin_name, units, people)
        agency.seat = office.seat
        agency.staff()
        agency.set_up("Ende", f"{node.title}\nJalan El Tari 5, Ende", {f"Kepala {name}": name.upper()})
        made = cls(office, *(agency.seat_of(person.name) for person in (people[0], people[2], people[1])))
        make_key(made.head)
        return made

    @classmethod
    def again(cls, office: Office) -> "Bureau":
        """The same people, signed in with the passwords the release was made with."""
        number = HEADS[office.node.name]
        seats = []
        for one in (number, f"{number[:-1]}9", f"{number[:-1]}8"):
            seat = Seat(office.node.url)
            seat.open("/masuk")
            seat.post("/masuk", login=one, password=PASSWORD)
            seats.append(seat)
        return cls(office, *seats)

    def send(self, to: Office) -> tuple[str, str]:
        """A letter from draft to signature: its address and number."""
        author = Author(self.head, f"Kepala {self.office.node.name}")
        draft = author.begin()
        assert draft and author.submit(draft, to.node.agency)
        letter = draft.replace("konsep", "keluar")
        return letter, until("the signature", lambda: author.sign(letter))

    def proof(self, letter: str) -> str:
        """What proves a letter of this office, once the receipt is there."""

        def made():
            page = self.head.open(letter)
            found = re.search(rf'action="({letter}bukti/[0-9a-f-]{{36}}/)"', page)
            return found[1] if found and "Diterima utuh" in page else None

        path = until("the receipt", made)
        return self.head.post(path)

    def take_in(self) -> tuple[str, str]:
        """Registers the one letter that waits, and passes it to the head: its address and agenda number."""

        def checked():
            page = self.clerk.open("/surat/masuk/?tab=registrasi")
            found = re.search(r'action="(/surat/masuk/[0-9a-f-]{36}/)registrasi/"', page)
            return (found[1], page) if found else None

        letter, page = until("a letter whose signature was checked", checked)
        version = re.search(r'name="v" value="([0-9]+)"', page)[1]
        to = re.search(r'<option value="([0-9a-f-]{36})"[^>]*>Kepala', page)[1]
        agenda = re.search(r'id="agenda" value="([^"]+)"', page)[1]
        self.clerk.post(f"{letter}registrasi/", v=version, classification="000.1.2", to=to)
        return letter, agenda

    def dispose(self, letter: str) -> str:
        """The head gives it to the secretary, who answers; the address of the disposition."""
        page = self.head.open(f"{letter}disposisi/")
        to = re.search(r'name="to" value="([0-9a-f-]{36})"', page)[1]
        order = re.search(r'name="orders" value="([a-z-]+)"', page)[1]
        self.head.post(f"{letter}disposisi/", to=[to], orders=[order], day="", note="Mohon dijawab.")
        disposition = self.head.path
        self.secretary.open(disposition)
        self.secretary.post(f"{disposition}jawab/", report="Sudah dijawab.", reply="")
        return disposition


class Pair(Trio):
    """Both offices; `kominfo`, who admits members, is Dukcapil here."""

    def __init__(self) -> None:
        super().__init__()
        self.kominfo.node.remove()
        self.kominfo, self.offices = self.dukcapil, [self.dukcapil, self.djp]
        for office in self.offices:
            office.node.ports = PORTS[office.node.name]
            office.seat = type(office.seat)(office.node.url)

    def begin(self) -> None:
        self.dukcapil.found("--registry")
        self.admit(self.djp)
        publish(self.dukcapil.node, self.dukcapil.seat)
        add_system(self.djp.seat)

    def sign_in(self) -> None:
        """With the passwords the release was made with."""
        for office in self.offices:
            office.seat.open("/masuk")
            page = office.seat.post("/masuk", login=NUMBER, password=PASSWORD)
            assert "Yang menunggu Anda" in page, page

    def exchange(self) -> str:
        """One exchange; its id."""
        answer = self.djp.node.rows(PATH, self.djp.client)
        return answer.headers["x-road-request-id"]

    def evidence(self, office: Office, exchange: str) -> str:
        """The evidence file as the office's page gives it, once the portal has read its gateway's log."""

        def made():
            office.seat.open("/mantra/bukti/")
            proof = office.seat.post("/mantra/bukti/", exchange=exchange)
            return proof if proof.startswith("{") else None

        return until("evidence", made)


def day(pair: Pair) -> dict:
    """What happens on the two nodes; what a later release must still find there."""
    pair.begin()
    revoked = pair.agree(pair.djp)
    pair.dukcapil.seat.post(f"{revoked}cabut/", reason="Uji coba selesai")
    until("the revocation", lambda: pair.djp.node.get(PATH, X_Road_Client=pair.djp.client).status == 500)
    agreement = pair.agree(pair.djp)
    exchanges = [pair.exchange() for _ in range(EXCHANGES)]
    outside = pair.djp.node.get(f"{PATH}&select=nik,alamat", X_Road_Client=pair.djp.client)
    assert outside.headers["x-pendopo-error"] == "query.column_unknown", outside
    for office in pair.offices:
        for use in ("exchange", "agreement", "log"):
            pendopo(
                "keys", "rotate", "--home", office.node.home, "--agency", office.node.agency, "--use", use
            )
    exchanges += [pair.exchange() for _ in range(EXCHANGES)]
    rows = json.loads(pair.djp.node.rows(PATH, pair.djp.client).body)
    evidence = {
        f"evidence-{office.node.name}-{number}.json": pair.evidence(office, exchanges[number])
        for number, office in ((0, pair.djp), (EXCHANGES, pair.dukcapil))
    }
    letter, proof = correspond(pair)
    facts = {
        "exchanges": exchanges,
        "agreement": agreement,
        "revoked": revoked,
        "rows": rows,
        "letter": letter,
    }
    return {"facts": facts, "evidence": evidence | {"letter-1.pendopo.json": proof}}


def correspond(pair: Pair) -> tuple[dict, str]:
    """A letter from Dukcapil to DJP, from draft to answered disposition: where it stands, and its proof."""
    sender, receiver = map(Bureau.opened, pair.offices)
    out, number = sender.send(receiver.office)
    arrived, agenda = receiver.take_in()
    said = {
        "out": out,
        "number": number,
        "in": arrived,
        "agenda": agenda,
        "disposition": receiver.dispose(arrived),
    }
    return said, sender.proof(out)


def pack(pair: Pair, told: dict, folder: Path) -> None:
    """Writes the stopped nodes, evidence, anchor and facts into `folder`."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for office in pair.offices:
        pack_home(office.node.home, folder)
    for name, proof in told["evidence"].items():
        (folder / name).write_text(proof)
    shutil.copyfile(homes.load(pair.djp.node.home).anchor, folder / "anchor.json")
    facts = {"made": datetime.now(UTC).isoformat(timespec="seconds")} | told["facts"]
    (folder / "release.json").write_text(json.dumps(facts, indent=1) + "\n")


def pack_home(root: Path, folder: Path) -> None:
    """Writes the home of a stopped node into `folder`."""
    home = homes.load(root)
    homes.make_run_dir(home)
    cluster = homes.cluster(home)
    with cluster.running(home.logs / "database.log"), (home.root / DUMP).open("wb") as out:
        tool = postgres.binary("pg_dump")
        subprocess.run([tool, "--no-owner", "--no-privileges", cluster.url()], stdout=out, check=True)
    with tarfile.open(folder / f"{home.node}.tar.xz", "w:xz", preset=9) as tar:
        tar.add(home.root, "home", filter=_record)


def _record(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """What of a home is packed; it belongs to whoever unpacks it, but mailboxes to Debian's user `mail`."""
    inside = member.name.partition("/")[2]
    if any(inside == name or inside.startswith(f"{name}/") for name in LEFT_OUT):
        return None
    if not inside.startswith("mail/boxes/"):
        member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def unpack(folder: Path, node: str, into: Path) -> Path:
    """The home of one node as it was packed, `into`/home; folders that were left out are empty."""
    home = into / "home"
    with tarfile.open(folder / f"{node}.tar.xz") as tar:
        tar.extractall(into)
    for name in ("run", "logs"):
        (home / name).mkdir(mode=0o700)
    return home


def migrate(home: Path) -> None:
    """Restores a home's dump into a new cluster, and runs today's migrations on it."""
    found = homes.load(home)
    homes.make_run_dir(found)
    cluster = homes.cluster(found)
    cluster.initdb()
    with cluster.running(found.logs / "database.log"):
        cluster.create_database()
        restore = [postgres.binary("psql"), "--quiet", "--no-psqlrc", "-v", "ON_ERROR_STOP=1", "-1"]
        subprocess.run([*restore, "-f", home / DUMP, cluster.url()], check=True, stdout=subprocess.DEVNULL)
        env = os.environ | {"PENDOPO_HOME": str(home), "DJANGO_SETTINGS_MODULE": "pendopo.portal.settings"}
        subprocess.run([sys.executable, "-m", "django", "migrate", "-v", "0"], env=env, check=True)
