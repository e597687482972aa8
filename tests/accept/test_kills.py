"""Portals are killed while exchanges go on: no exchange notices, and no click that was answered is lost.

What a gateway's death may cost is in tests/fleet/test_kills.py; there no portal runs. Here all kinds of
processes are killed: portal (its web server with all workers), worker and gateway, on both nodes that
exchange, with a stream of all rows and a revocation in flight. SEED repeats an order.
"""

import json
import os
import random
import re
import threading
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest
from installation import pendopo
from killing import kill
from servers import until
from trio import PATIENCE, ROWS, SERVICE, Office, Trio, load

KILLS = 5  # of each kind of process on each node
EXCHANGES = 5000
BURST = 0.1  # seconds of full flow from before a kill on
LATEST = 15  # seconds after the answer to a click, with gateway or worker only just started again
VERIFIED = 2
COMPLETE = re.compile(
    rb'"fault":null,"kind":"exchange","log":"[^"]+","req":{[^}]*"exchange":"([0-9a-f-]{36})"'
)
PARTS = ("portal", "worker", "gateway")


@pytest.fixture
def trio():
    three = Trio()
    try:
        three.begin()
        yield three
    finally:
        three.end()


class Stream(threading.Thread):
    """One client that takes all rows ten times a second; a cut stream must be seen as cut."""

    def __init__(self, office: Office):
        super().__init__(daemon=True)
        self.office, self.stop, self.whole, self.short = office, threading.Event(), 0, 0

    def run(self) -> None:
        while not self.stop.wait(0.1):
            connection = HTTPConnection("127.0.0.1", self.office.node.ports["app"], timeout=30)
            try:
                connection.request(
                    "GET",
                    f"/r1/{SERVICE}?limit=all&format=csv",
                    headers={"X-Road-Client": self.office.client},
                )
                answer = connection.getresponse()
                lines = answer.read().count(b"\n")
                if answer.status == 200:
                    self.whole += lines == ROWS + 1
                    self.short += lines != ROWS + 1
            except (OSError, HTTPException):
                continue
            finally:
                connection.close()


def click(seat, path: str, **fields: str) -> float:
    """Clicks until the portal that is being killed has answered; when it did."""

    def answered():
        seat.post(path, **fields)
        return time.monotonic()

    return until(path, answered, PATIENCE)


def test_kills(trio, tmp_path):
    seed = int(os.environ.get("SEED", "0")) or random.randrange(1, 10**6)
    print(f"\nSEED={seed}")
    chance = random.Random(seed)
    agreement = trio.agree(trio.djp)
    other = trio.another("kantor")
    ended = trio.agree(other)
    victims = [(office, part) for office in (trio.djp, trio.dukcapil) for part in PARTS] * KILLS
    chance.shuffle(victims)
    half = len(victims) // 2
    with load(trio.djp) as clients, load(other) as under_revocation:
        stream = Stream(trio.djp)
        stream.start()
        try:
            clients.flows()
            under_revocation.flows()
            under_revocation.ahead.set()
            revoked = 0.0
            for number, (office, part) in enumerate(victims):
                # In full flow when it dies, slowly while it comes back: by then there are exchanges enough.
                clients.ahead.clear()
                clients.flows()
                threading.Timer(BURST, clients.ahead.set).start()
                before = len(clients.whole)
                if number == half:  # in flight: the portal that is asked dies at about the same time
                    thread = threading.Thread(target=kill, args=(trio.dukcapil.node, "portal"))
                    thread.start()
                    revoked = click(trio.dukcapil.seat, f"{ended}cabut/", reason="Uji coba selesai")
                    thread.join(PATIENCE)
                kill(office.node, part)
                if part != "gateway":  # nobody who exchanges notices
                    until("rows meanwhile", lambda b=before: len(clients.whole) > b, PATIENCE)
                time.sleep(chance.uniform(0, 0.2))
            clients.ahead.clear()
            clients.flows()
            under_revocation.dries(1)
            assert under_revocation.last < revoked + LATEST
            until("the exchanges", lambda: len(clients.whole) >= EXCHANGES, 3 * PATIENCE)
        finally:
            stream.stop.set()
            stream.join(40)
    print(f"kills.count {len(victims) + 1}")
    print(f"kills.exchanges {len(clients.whole)}")
    print(f"kills.streams {stream.whole}")
    assert stream.whole and not stream.short
    exchanges = [exchange for _, exchange in clients.whole]
    assert len(set(exchanges)) == len(exchanges), "one exchange id answered twice"
    for seat in (trio.djp.seat, trio.dukcapil.seat):
        until("the portal", lambda s=seat: s.open("/"), PATIENCE)
    assert "berlaku" in trio.dukcapil.seat.open(agreement)
    assert "dicabut" in trio.dukcapil.seat.open(ended)
    for office in (trio.djp, trio.dukcapil):
        logged = complete(office)
        assert len(set(logged)) == len(logged), f"complete twice in the log of {office.node.name}"
        assert not set(exchanges) - set(logged), f"answered, and not in the log of {office.node.name}"
    recorded(trio, chance.sample(exchanges, 10), tmp_path)


def complete(office: Office) -> list[str]:
    """Ids of exchanges that a node's log holds whole; its entries are JSON, one after the other."""
    folder = office.node.home / "gateway" / "log"
    log = b"".join(path.read_bytes() for path in sorted(folder.glob("*.seg")))
    return [found.decode() for found in COMPLETE.findall(log)]


def proof_of(seat, exchange: str) -> str:
    """The evidence file, as the page gives it."""
    seat.open("/mantra/bukti/")
    return seat.post("/mantra/bukti/", exchange=exchange)


def recorded(trio: Trio, exchanges: list[str], folder: Path) -> None:
    """Of each exchange either side gives evidence that holds both logs' entries; some of it is verified."""
    anchor = trio.djp.node.home / "gateway" / "documents" / "anchor.json"
    for number, exchange in enumerate(exchanges):
        for office in (trio.djp, trio.dukcapil):
            proof = until(
                "the portal to have read so far in its gateway's log",
                lambda seat=office.seat, id=exchange: proof_of(seat, id),
                PATIENCE,
            )
            assert json.loads(proof)["other"], exchange
            if number < VERIFIED:
                (folder / "bukti.json").write_text(proof)
                told = pendopo("verify", folder / "bukti.json", "--anchor", anchor).stdout
                assert told.startswith("SAH.") and trio.djp.client in told, told
