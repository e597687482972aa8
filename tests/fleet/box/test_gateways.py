"""Two gateways behind two boxes: they exchange by a private name, and have no public address."""

import shutil
import sqlite3
import tempfile
import time
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest

from pendopo.core.boxconfig import Name
from pendopo.core.home import Listen, render
from tests.fleet.box.nation import AGENCY, EVERYDAY, MACHINE, OFFICE, Nation
from tests.fleet.box.spaces import inside, until
from tests.fleet.world import World

GATE = "gerbang.dukcapil.kab.internal"
NAMES = (Name(GATE, (ip_address(MACHINE[AGENCY][0]),)),)
HOMES = {"dukcapil": AGENCY, "djp": OFFICE}  # whose gateway is at which site


@pytest.fixture(scope="module")
def nation():
    with Nation("t8gate") as made:
        yield made


@pytest.fixture(scope="module")
def world(nation):
    """Dukcapil's gateway at the agency, known by its private name; the asking one at the office."""
    folder = Path(tempfile.mkdtemp(prefix="flt-"))
    made = World(folder / "w", people(folder))
    for name, site in HOMES.items():
        node = made.nodes[name]
        node.prefix = nation.lab.command(f"{site}-pc")
        own = Listen(MACHINE[site][0], 5500)
        node.home = replace(node.home, peer=own, advertise=f"{GATE}:5500" if site == AGENCY else str(own))
        node.home.config.write_text(render(node.home))
    made.issue_registry()
    nation.live(names=NAMES)
    with made.running():
        yield made
    shutil.rmtree(folder, ignore_errors=True)


def people(folder: Path) -> dict:
    """A register of two, in a file: the database server of other tests is on another network."""
    path = folder / "penduduk.sqlite"
    with sqlite3.connect(path) as made:
        made.execute(
            "CREATE TABLE penduduk (nik text PRIMARY KEY, nama text, tgl_lahir date, kota text,"
            " penghasilan numeric, aktif boolean)"
        )
        made.executemany(
            "INSERT INTO penduduk VALUES (?, ?, '1980-01-01', 'Bogor', 0, 1)",
            [(str(3174000000000000 + n), f"Warga {n}") for n in (7, 8)],
        )
    return {"kind": "sqlite", "path": str(path)}


def ask(nation, world) -> tuple[int, str, float]:
    """What a program at the office gets: status, our code of a fault, seconds."""
    began = time.monotonic()
    status, headers, body = inside(nation.lab.space(f"{OFFICE}-pc"), world.ask)
    assert status != 200 or b"Warga" in body or b'"W' in body, body
    return status, headers.get("X-Pendopo-Error", ""), time.monotonic() - began


def test_an_exchange_crosses_by_private_name_as_long_as_a_rule_lets_it(nation, world):
    until(lambda: ask(nation, world)[0] == 200)
    for rules, names, code in (
        ((), (), "link.name_unknown"),  # the whole policy is gone, and the name with it
        (EVERYDAY[1:], NAMES, "link.unreachable"),  # MANTRA alone is gone
    ):
        nation.live(rules, names=names, **({} if names else {"peers": ()}))
        said = [ask(nation, world) for _ in range(3)]
        # The link that was open breaks by the first word; the next one is not made.
        assert said[0][1] in ("link.lost", code) and {one[1] for one in said[1:]} == {code}, said
        assert max(seconds for _, _, seconds in said) < 2, said
        nation.live(names=NAMES)
        began = time.monotonic()
        until(lambda: ask(nation, world)[0] == 200, 5)
        print(f"{code} in {max(one[2] for one in said):.2f} s; again after {time.monotonic() - began:.2f} s")


def test_nobody_between_them_knows_the_name_or_sees_a_word(nation, world):
    """The agency's gateway listens at a private address alone; neither ISP has a way there."""
    for place in ("centre", "isp1"):
        said = nation.lab.run(place, "ping", "-n", "-c", "1", "-W", "0.3", MACHINE[AGENCY][0], check=False)
        assert " 1 received" not in said
    assert nation.lab.run("centre", "getent", "hosts", GATE, check=False) == ""
