"""Letters go between two nodes while their processes are killed: each arrives once, and its sender knows.

The heads of both agencies write, sign and send at once, in several windows each, while portals, workers,
gateways and databases of both nodes are killed with -9. SEED repeats an order of kills.
"""

import html
import os
import random
import re
import threading
import time
from collections import Counter
from urllib.parse import urlencode

import pytest
from correspondence import SUBJECT, Agency, Author, Person, book, invite, make_key
from installation import Installation
from killing import PARTS, kill
from seat import Seat
from servers import until

LETTERS = int(os.environ.get("LETTERS", "300"))
KILLS = 2  # of each kind of process on each node
WINDOWS = 3  # of each head
PATIENCE = 240
RECEIVED = "diterima"


def office(
    node: Installation, code: str, title: str, admin: str, head: str, number: str, place: str
) -> Agency:
    return Agency(
        node,
        code,
        title,
        admin,
        f"Administrator {place}",
        {"01": title},
        [
            Person(head, number, "01", f"Kepala {place}", heads=True),
            Person(f"Arsiparis {place}", f"{number[:-1]}9", "01", "Arsiparis", roles=("registrar",)),
        ],
    )


@pytest.fixture
def pair():
    """Two agencies on two nodes whose heads can sign."""
    first = Installation("kominfo", "ID/GOV/KOMINFO", "Dinas Komunikasi", "198704122010012003", "Admin")
    second = Installation("bappeda", "ID/GOV/BAPPEDA", "Bappeda", "198501152009031004", "Admin")
    try:
        one = office(first, first.agency, first.title, first.admin, "Maria Wea", "197503021999032001", "KOM")
        other = office(
            second, second.agency, second.title, second.admin, "Petrus Lina", "196905051994031002", "BAP"
        )
        activation = first.init("--registry")
        first.up()
        one.fill(activation)
        activation = second.init("--join", invite(one, second))
        second.up()
        other.fill(activation)
        for agency, post in ((one, "KOM"), (other, "BAP")):
            agency.set_up("Ende", f"KABUPATEN ENDE\n{agency.title}\nEnde", {f"Kepala {post}": post})
        yield one, other
    finally:
        for node in (first, second):
            node.remove()


def answered(what: str, ask):
    """What a request gives once the portal answers: it is being killed meanwhile."""
    return until(what, ask, PATIENCE)


def again(seat: Seat) -> Seat:
    """Another window of the same person."""
    window = Seat(f"http://{seat.host.netloc}")
    window.cookies = seat.cookies
    return window


class Writer(threading.Thread):
    """One window of a head: writes, submits and signs letters until enough are signed."""

    def __init__(self, seat: Seat, head: str, to: str, enough):
        super().__init__(daemon=True)
        self.author, self.to, self.enough = Author(seat, head), to, enough
        self.signed: list[str] = []
        self.failed: BaseException | None = None

    def run(self) -> None:
        try:
            while not self.enough():
                self.signed.append(self.letter())
        except BaseException as error:
            self.failed = error

    def letter(self) -> str:
        path = answered("a draft", self.author.begin)
        answered("the submitted letter", lambda: self.author.submit(path, self.to))
        return answered("the signature", lambda: self.author.sign(path.replace("konsep", "keluar")))


def waiting(seat: Seat) -> int:
    """How many letters wait to be registered, as the list's heading says."""
    heading = re.search(r'<span class="muted num">([0-9.]+)<', seat.open("/surat/masuk/?tab=registrasi"))
    return int(heading[1].replace(".", "")) if heading else 0


def arrived(seat: Seat) -> list[str]:
    """Numbers of the letters that wait to be registered, page by page."""
    found, path = [], "/surat/masuk/?tab=registrasi"
    while path:
        page = seat.open(path)
        found += re.findall(r'href="(/surat/masuk/[0-9a-f-]{36}/)\?tab=', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        path = following[1].replace("&amp;", "&") if following else ""
    return found


def numbers(seat: Seat) -> dict[str, str]:
    """The number of each letter in, by its address, as a search for their subject lists them."""
    found, search = {}, "/surat/cari/"
    path = f"{search}?{urlencode({'q': SUBJECT, 'side': 'in'})}"
    while path:
        page = seat.open(path)
        row = r'href="(/surat/masuk/[0-9a-f-]{36}/)">[^<]*</a><small class="mono">([^<]+)<'
        found.update(re.findall(row, page))
        following = re.search(r'rel="next" href="([^"]+)"', page)
        path = f"{search}{html.unescape(following[1])}" if following else ""
    return found


def states(seat: Seat) -> Counter:
    """How many deliveries of the agency stand in which state, as far as the first page with one under way."""
    found, number = Counter(), 1
    while True:
        page = seat.open(f"/surat/terkirim/?page={number}")
        found.update(re.findall(r'<div>[^<]+: <span class="tag t-[a-z]+">([a-z ]+)</span>', page))
        if 'rel="next"' not in page or set(found) != {RECEIVED}:
            return found
        number += 1


def test_letter_kills(pair):
    seed = int(os.environ.get("SEED", "0")) or random.randrange(1, 10**6)
    print(f"\nSEED={seed}")
    chance = random.Random(seed)
    one, other = pair
    writers, heads, begun = [], [("Maria Wea", "KOM"), ("Petrus Lina", "BAP")], time.monotonic()
    count = threading.Semaphore(LETTERS)
    for agency, peer, (head, post) in zip((one, other), (other, one), heads, strict=True):
        seat = agency.seat_of(head)
        make_key(seat)
        for _ in range(WINDOWS):
            writers.append(
                Writer(again(seat), f"Kepala {post}", peer.code, lambda: not count.acquire(blocking=False))
            )
    clerks = {agency.code: agency.seat_of(agency.people[1].name) for agency in pair}
    for writer in writers:
        writer.start()
    victims = [(agency.node, part) for agency in (one, other) for part in PARTS] * KILLS
    chance.shuffle(victims)

    def done() -> int:
        return sum(len(writer.signed) for writer in writers)

    for number, (node, part) in enumerate(victims, 1):
        until(
            "letters meanwhile",
            lambda n=number: done() >= min(LETTERS * n // (len(victims) + 2), LETTERS - 1) or None,
            PATIENCE,
        )
        kill(node, part)
        time.sleep(chance.uniform(0, 0.3))
    for writer in writers:
        writer.join(PATIENCE)
        assert writer.failed is None and not writer.is_alive(), writer.failed
    signed = {agency.code: [] for agency in (one, other)}
    for writer in writers:
        signed[other.code if writer.to == one.code else one.code] += writer.signed
    print(f"kills {len(victims)}, letters {done()}, {time.monotonic() - begun:.0f} s")
    assert done() >= LETTERS
    for agency, peer in ((one, other), (other, one)):
        settled(signed[agency.code], clerks[agency.code], clerks[peer.code])


def settled(signed: list[str], clerk: Seat, theirs: Seat) -> None:
    """What one agency signed is with the other, each once; its receipts are all there, its book is whole."""
    assert len(set(signed)) == len(signed)
    until("all letters at the other agency", lambda: waiting(theirs) >= len(signed), PATIENCE)
    addresses = arrived(theirs)
    assert len(set(addresses)) == len(addresses)
    found = numbers(theirs)
    assert found.keys() == set(addresses)
    assert sorted(found.values()) == sorted(signed)
    assert found[addresses[0]] in theirs.open(addresses[0])
    until("all receipts", lambda: states(clerk) == Counter({RECEIVED: len(signed)}), PATIENCE)
    rows = book(clerk)
    assert [int(row[0]) for row in rows] == list(range(1, len(rows) + 1))
    assert sorted(row[1] for row in rows) == sorted(signed)
