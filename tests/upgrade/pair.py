"""Two nodes that live through a small day, are packed into files, and are unpacked again years later.

Dukcapil holds the registry and provides; DJP asks. Everything is done through the command and the pages, as
in tests/accept; only the database is dumped and restored by what `pendopo up` itself starts it with.
"""

import json
import os
import shutil
import subprocess
import sys
import tarfile
from datetime import UTC, datetime
from pathlib import Path

from installation import pendopo
from servers import until
from trio import NUMBER, PASSWORD, SERVICE, Office, Trio, nik

from pendopo.ops import home as homes
from pendopo.ops import postgres

PATH = f"/r1/{SERVICE}?nik=eq.{nik(7)}"
# Below the ports the system hands out by itself: the addresses are signed into the registry's document.
PORTS = {
    "dukcapil": {"portal": 21310, "app": 21311, "peer": 21312},
    "djp": {"portal": 21313, "app": 21314, "peer": 21315},
}
EXCHANGES = 20  # under each key
LEFT_OUT = (
    "postgres",
    "run",
    "logs",
)  # the database goes as a dump; sockets and messages are nobody's record
DUMP = "portal.sql"


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
        self._publish()
        self.add_system(self.djp)

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
    facts = {"exchanges": exchanges, "agreement": agreement, "revoked": revoked, "rows": rows}
    return {"facts": facts, "evidence": evidence}


def pack(pair: Pair, told: dict, folder: Path) -> None:
    """Writes the stopped nodes, evidence, anchor and facts into `folder`."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for office in pair.offices:
        home = homes.load(office.node.home)
        homes.make_run_dir(home)
        cluster = homes.cluster(home)
        with cluster.running(home.logs / "database.log"), (home.root / DUMP).open("wb") as out:
            tool = postgres.binary("pg_dump")
            subprocess.run([tool, "--no-owner", "--no-privileges", cluster.url()], stdout=out, check=True)
        with tarfile.open(folder / f"{home.node}.tar.xz", "w:xz", preset=9) as tar:
            tar.add(home.root, "home", filter=_record)
    for name, proof in told["evidence"].items():
        (folder / name).write_text(proof)
    shutil.copyfile(homes.load(pair.djp.node.home).anchor, folder / "anchor.json")
    facts = {"made": datetime.now(UTC).isoformat(timespec="seconds")} | told["facts"]
    (folder / "release.json").write_text(json.dumps(facts, indent=1) + "\n")


def _record(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """What of a home is packed; it belongs to whoever unpacks it."""
    if member.name.split("/")[1:2] and member.name.split("/")[1] in LEFT_OUT:
        return None
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
