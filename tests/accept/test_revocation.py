"""How soon a revocation works, under sixteen clients that never pause: the last 200 after the click.

An agreement is stopped by its provider; an agency's exchange key and a node by the registry, which is neither
of the two that exchange. Each click is the request that the page's own button sends, each node was made by
`pendopo init`. One member after the other goes the same way: it joins, loses its key, comes back with new
ones, and is cut off for good. While one is measured others are joining, so the figures are upper bounds.
"""

import os
import re
import time
from concurrent.futures import ThreadPoolExecutor
from math import ceil
from pathlib import Path
from statistics import median

import pytest
from installation import pendopo
from servers import until
from trio import PATIENCE, Office, Trio, load

ROUNDS = int(os.environ.get("PENDOPO_ROUNDS", "20"))  # of each kind
LIMIT = 2.0  # seconds
QUIET = 1.0  # seconds without a 200 until we believe that it was the last
JOINING = 3  # members at once
# What a member's own gateway tells its programs once it knows.
WHY = {"key": "app.no_key", "node": "link.revoked"}


@pytest.fixture
def trio():
    three = Trio()
    try:
        three.begin()
        yield three
    finally:
        three.end()


def last_after(click, office: Office, why: str) -> float:
    """Seconds from just before `click()` to the last 200 of an office's clients; 0 when none came after it.

    They have rows before it, and after it all are refused for the reason `why`.
    """
    with load(office) as clients:
        clients.flows()
        begun = time.monotonic()
        click()
        clients.dries(QUIET)
        last = clients.last
    assert clients.last == last, "a 200 after all clients had been refused"
    assert set(clients.why) == {why}, clients.why
    return max(0.0, last - begun)


def agreements(trio: Trio, took: dict[str, list[float]]) -> None:
    """Its provider suspends and resumes it; at the end it is revoked for good."""
    provider, agreement = trio.dukcapil.seat, trio.agree(trio.djp)

    def stop(act: str, why: str) -> None:
        took["agreement"].append(
            last_after(lambda: provider.post(f"{agreement}{act}/", reason="Diperiksa"), trio.djp, why)
        )

    def again() -> None:
        provider.post(f"{agreement}lanjutkan/")

    for _ in range(ROUNDS - 1):
        trio.alone(stop, "tangguhkan", "agreement.suspended")
        trio.alone(again)
    trio.alone(stop, "cabut", "agreement.revoked")


def cut_off(trio: Trio, office: Office, kind: str) -> float:
    """The registry's click, on its page of members."""
    seat = trio.kominfo.seat
    subject = office.node.name if kind == "node" else exchange_key(seat.open("/simpul/anggota/"), office)

    def click() -> None:
        page = seat.post(f"/simpul/anggota/cabut/{kind}/{subject}", why="Bocor", name=subject)
        assert f"{subject} dicabut" in page, page

    return last_after(click, office, WHY[kind])


def exchange_key(page: str, office: Office) -> str:
    """The agency's exchange key that is not revoked, off the registry's page of members."""
    row = next(part for part in page.split("<tr>") if f">{office.node.agency}<" in part)
    (link,) = re.findall(r'<li>Pertukaran data .{0,80}<a href="/simpul/anggota/cabut/key/([^"]+)"', row)
    return link


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
    token = trio.alone(lambda: trio.invite(office, rekey="on"))
    pendopo("nodes", "rejoin", token, "--home", office.node.home)
    old = gateway(office)
    os.kill(old, 15)
    until("the gateway's restart", lambda: gateway(office) != old, PATIENCE)
    until("its link to the registry", lambda: "tersambung" in office.seat.open("/simpul/"), PATIENCE)


def membership(trio: Trio, took: dict[str, list[float]], number: int) -> None:
    """One member from its invitation to its node's end."""
    office = trio.another(f"kantor{number}")
    trio.agree(office)
    took["key"].append(trio.alone(cut_off, trio, office, "key"))
    come_back(trio, office)
    trio.agree(office)
    took["node"].append(trio.alone(cut_off, trio, office, "node"))
    office.node.remove()


def test_revocation(trio):
    took = {"agreement": [], "key": [], "node": []}
    hands = ThreadPoolExecutor(1 + JOINING)
    try:
        work = [hands.submit(agreements, trio, took)]
        work += [hands.submit(membership, trio, took, number) for number in range(1, ROUNDS + 1)]
        for one in work:
            one.result()
    finally:
        hands.shutdown(cancel_futures=True)
    p95 = {}
    for kind, seconds in took.items():
        seconds.sort()
        p95[kind] = seconds[ceil(0.95 * len(seconds)) - 1]
        print(f"\nrevocation.{kind}.count {len(seconds)}")
        print(f"revocation.{kind}.p50_s {median(seconds):.3f}")
        print(f"revocation.{kind}.p95_s {p95[kind]:.3f}")
        print(f"revocation.{kind}.max_s {seconds[-1]:.3f}", flush=True)
    assert all(len(seconds) == ROUNDS for seconds in took.values()), took
    assert all(seconds < LIMIT for seconds in p95.values()), p95
