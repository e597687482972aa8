"""What was answered is on disk: failing, slow and killed gateways; and the work an exchange costs."""

import json
import os
import shutil
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.fleet.rogue import Rogue
from tests.fleet.world import CONSUMER, World, until

ONE = "nik=eq.3174000000000007&select=nik"
strace = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")


def injected(world: World, name: str, how: str) -> None:
    """The node's gateway will run with every fdatasync changed; `-D` keeps its process our child."""
    world.nodes[name].prefix = [
        *("strace", "-D", "-f", "-qqq", "-o", str(world.base / f"{name}.strace")),
        *("-e", "trace=fdatasync", "-e", f"inject=fdatasync:{how}"),
    ]


@strace
@pytest.mark.parametrize("name", ["dukcapil", "djp"])
def test_no_answer_when_the_disk_fails(world, name):
    injected(world, name, "error=EIO")
    with world.running():
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: world.ask(ONE), range(24)))
        assert {status for status, _, _ in answers} == {500}
        assert {headers["X-Pendopo-Error"] for _, headers, _ in answers} == {"log.failed"}
        assert "EIO" in (world.base / f"{name}.strace").read_text()
        assert any("log.failed" in fault for fault in world.status(name)["faults"])
        assert world.ask("limit=all&format=csv")[0] == 500
        # The same gateway on a disk that works, one step away.
        world.kill(name)
        world.nodes[name].prefix = []
        world.start(name)
        assert until(lambda: world.ask(ONE)[0] == 200)


@strace
def test_disk_that_fails_later_ends_all_answers(world):
    injected(world, "djp", "error=EIO:when=4+")
    with world.running():
        statuses = [world.ask(ONE)[0] for _ in range(8)]
    assert statuses == sorted(statuses) and statuses[0] == 200 and statuses[-1] == 500


@strace
def test_nobody_is_answered_before_a_slow_flush(world):
    for name in world.nodes:
        injected(world, name, "delay_exit=300000")
    with world.running():
        assert world.ask(ONE)[0] == 200
        begun = time.monotonic()
        assert world.ask(ONE)[0] == 200
        assert time.monotonic() - begun >= 0.6  # the provider's flush, then the consumer's
        begun = time.monotonic()
        with ThreadPoolExecutor(8) as pool:
            took = list(pool.map(lambda _: timed(world), range(16)))
        assert all(status == 200 for status, _ in took)
        assert min(seconds for _, seconds in took) >= 0.6
        assert time.monotonic() - begun < 16 * 0.6  # those who wait share flushes


def timed(world: World) -> tuple[int, float]:
    begun = time.monotonic()
    return world.ask(ONE)[0], time.monotonic() - begun


def test_killed_gateways_go_on_where_they_were(world):
    (id,) = world.agreements
    world.agree(id, quota={"per_day": 6})
    world.issue_nodes()
    with world.running():
        rogue = Rogue(world, "dukcapil")
        rogue.hello()
        request = rogue.request(rev=2)
        assert rogue.exchange(request)[0] == 200
        ids = [world.ask(ONE)[1]["X-Road-Request-Id"] for _ in range(2)]
        for name in world.nodes:
            world.kill(name, signal.SIGKILL)
        # A crash tears the last write.
        for name in world.nodes:
            (segment,) = world.nodes[name].home.log.glob("*.seg")
            with open(segment, "ab") as file:
                file.write(b"\0\0\1\0half an entry")
        for name in world.nodes:
            world.start(name)
        assert [world.ask(ONE)[0] for _ in range(3)] == [200] * 3
        assert world.ask(ONE)[1]["X-Pendopo-Error"] == "agreement.quota"  # 1 + 2 before, 3 after
        again = Rogue(world, "dukcapil")  # last: its link takes the place of the node's own
        again.hello()
        assert again.exchange(request)[0] == "exchange.replayed"
        again.close()
        for name in world.nodes:
            log = world.log(name)
            assert [e["seq"] for e in log] == list(range(len(log)))
            assert set(ids) <= {e["req"]["exchange"] for e in log if e["kind"] == "exchange"}
            assert json.loads(world.evidence(name, ids[0]))["v"] == 1


def test_flushes_an_exchange_costs(fleet):
    fleet.ask(ONE)
    before = {name: fleet.status(name)["flushes"] for name in fleet.nodes}
    for _ in range(20):
        assert fleet.ask(ONE)[0] == 200
    assert {name: fleet.status(name)["flushes"] - n for name, n in before.items()} == dict.fromkeys(
        before, 20
    )
    before = {name: fleet.status(name)["flushes"] for name in fleet.nodes}
    assert fleet.ask("limit=all&format=csv")[0] == 200  # the request before its rows, the end after them
    assert {name: fleet.status(name)["flushes"] - n for name, n in before.items()} == dict.fromkeys(before, 2)


def calls(world: World, name: str) -> int:
    path = Path(world.nodes[name].environment["CALLS"])
    path.unlink(missing_ok=True)
    os.kill(world.nodes[name].process.pid, signal.SIGUSR1)
    return int(until(lambda: path.exists() and path.read_text()))


def work(world: World) -> dict[str, float]:
    """Calls an exchange costs each gateway."""
    for name, node in world.nodes.items():
        node.prefix = [sys.executable, str(Path(__file__).with_name("counting.py"))]
        node.environment["CALLS"] = str(world.base / f"{name}.calls")
    with world.running():
        for _ in range(20):
            assert world.ask(ONE)[0] == 200
        before = {name: calls(world, name) for name in world.nodes}
        for _ in range(100):
            world.ask(ONE)
        return {name: (calls(world, name) - n) / 100 for name, n in before.items()}


def test_work_is_the_same_with_a_thousand_agreements(folder, table):
    (folder / "a").mkdir()
    (folder / "b").mkdir()
    one = work(World(folder / "a", table))
    world = World(folder / "b", table)
    for number in range(999):
        world.agree(requester=f"{CONSUMER}/sistem-{number}")
    world.issue_nodes()
    many = work(world)
    print("calls an exchange:", one, many)
    for name in one:
        assert abs(many[name] - one[name]) < 0.03 * one[name] + 5
