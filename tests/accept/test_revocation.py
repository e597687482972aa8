"""How soon a revocation works, under sixteen clients that never pause: the last 200 after the click.

An agreement is stopped by its provider; an agency's exchange key and a node by the registry, which is
neither of the two that exchange. Each click is the request that the page's own button sends.

PENDOPO_ROUNDS=20 does each kind so often. Left out, only agreements are: after a revoked key the agency has
to come back with new ones, and a revoked node never comes back, which takes longer than revoking it.
"""

import os
import re
import time
from math import ceil
from pathlib import Path
from statistics import median

import pytest
from installation import pendopo
from servers import until
from trio import PATIENCE, Office, Trio, load

ROUNDS = int(os.environ.get("PENDOPO_ROUNDS", "20"))
AGAIN = "PENDOPO_ROUNDS" in os.environ
KEYS, NODES = (ROUNDS, ROUNDS) if AGAIN else (3, 2)
LIMIT = 2.0  # seconds
QUIET = 1.0  # seconds without a 200 until we believe that it was the last


@pytest.fixture
def trio():
    three = Trio()
    try:
        three.begin()
        yield three
    finally:
        three.end()


def last_after(click, clients) -> float:
    """Seconds from just before `click()` to the last 200; 0 when none came after it."""
    begun = time.monotonic()
    click()
    clients.dries(QUIET)
    return max(0.0, clients.last - begun)


def none_since(clients, last: float) -> None:
    assert clients.last == last, "a 200 after all clients had been refused"


def agreements(trio: Trio) -> list[float]:
    """Its provider suspends and resumes it; at the end it is revoked for good."""
    provider, took = trio.dukcapil.seat, []
    agreement = trio.agree(trio.djp)
    with load(trio.djp) as clients:
        for number in range(1, ROUNDS + 1):
            clients.flows()
            act = "cabut" if number == ROUNDS else "tangguhkan"
            took.append(
                last_after(lambda act=act: provider.post(f"{agreement}{act}/", reason="Diperiksa"), clients)
            )
            last = clients.last
            if number < ROUNDS:
                none_since(clients, last)
                provider.post(f"{agreement}lanjutkan/")
        assert "dicabut" in provider.open(agreement)
        none_since(clients, last)
    return took


def exchange_key(trio: Trio, office: Office) -> str:
    """The agency's exchange key that is not revoked, off the registry's page of members."""
    page = trio.kominfo.seat.open("/simpul/anggota/")
    row = next(part for part in page.split("<tr>") if f">{office.node.agency}<" in part)
    (link,) = re.findall(r'<li>Pertukaran data .{0,80}<a href="/simpul/anggota/cabut/key/([^"]+)"', row)
    return link


def cut_off(trio: Trio, kind: str, subject: str) -> None:
    """The registry's click."""
    page = trio.kominfo.seat.post(f"/simpul/anggota/cabut/{kind}/{subject}", why="Bocor", name=subject)
    assert f"{subject} dicabut" in page, page


def gateway(office: Office) -> int:
    """The process that is the office's gateway."""
    wanted = f"pendopo.gateway\0{office.node.home}".encode()
    found = [p for p in Path("/proc").glob("[0-9]*/cmdline") if wanted in _read(p)]
    return int(found[0].parent.name)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def come_back(trio: Trio, office: Office) -> None:
    """A member whose key was revoked: a new invitation, new keys, its gateway started again."""
    token = trio.invite(office, rekey="on")
    pendopo("nodes", "rejoin", token, "--home", office.node.home)
    old = gateway(office)
    os.kill(old, 15)
    until("the gateway's restart", lambda: gateway(office) != old, PATIENCE)
    until("its link to the registry", lambda: "tersambung" in office.seat.open("/simpul/"), PATIENCE)


def keys(trio: Trio) -> list[float]:
    took = []
    for number in range(KEYS):
        if number:
            come_back(trio, trio.djp)
        trio.agree(trio.djp)
        thumb = exchange_key(trio, trio.djp)
        with load(trio.djp) as clients:
            clients.flows()
            took.append(last_after(lambda thumb=thumb: cut_off(trio, "key", thumb), clients))
    return took


def nodes(trio: Trio) -> list[float]:
    """Each revoked node had been a member like any other."""
    took = []
    for number in range(1, NODES + 1):
        office = trio.another(f"kantor{number}")
        trio.agree(office)
        with load(office) as clients:
            clients.flows()
            took.append(last_after(lambda o=office: cut_off(trio, "node", o.node.name), clients))
        office.node.remove()
    return took


def test_revocation(trio):
    figures = {}
    for kind, measure in (("agreement", agreements), ("key", keys), ("node", nodes)):
        begun = time.monotonic()
        took = sorted(measure(trio))
        figures[kind] = p95 = took[ceil(0.95 * len(took)) - 1]
        print(f"\nrevocation.{kind}.count {len(took)}")
        print(f"revocation.{kind}.p50_s {median(took):.3f}")
        print(f"revocation.{kind}.p95_s {p95:.3f}")
        print(f"revocation.{kind}.max_s {took[-1]:.3f}")
        print(f"revocation.{kind}.whole_s {time.monotonic() - begun:.0f}", flush=True)
    assert all(p95 < LIMIT for p95 in figures.values()), figures
