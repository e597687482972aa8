"""The supervisor: order, restarts, a clean stop within the deadline, and nothing left after kill -9."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SCRIPT = """
import signal, sys
from pathlib import Path
from pendopo.ops.supervise import NotStarted, Part, Supervisor
from pendopo.ops import supervise
supervise.FIRST_WAIT = 0.05
tmp = Path(sys.argv[1])
def part(name, code, **more):
    up = tmp / f"{name}.up"
    return Part(name, [sys.executable, "-c", code.replace("UP", repr(str(up)))], name, tmp / f"{name}.log",
                up.exists, **more)
def say(name, state, params): print(name, state, *params.values(), flush=True)
parts = [%s]
try:
    clean = Supervisor(parts, say).run(lambda: print("all ready", flush=True))
    print("clean" if clean else "forced", flush=True)
except NotStarted as error:
    print("not started", error.name, error.tail, flush=True)
"""
STAY = "import time, pathlib; pathlib.Path(UP).touch(); time.sleep(60)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + STAY
WAITS = "import time; time.sleep(60)"
FALLS = "raise SystemExit('kunci rusak')"


class Running:
    """A supervisor over `parts` in a process of its own, and the lines it prints."""

    def __init__(self, tmp: Path, *parts: str):
        self.tmp = tmp
        self.process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT % ", ".join(parts), str(tmp)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        self.lines: list[str] = []

    def until(self, wanted: str) -> None:
        for line in self.process.stdout:
            self.lines.append(line.strip())
            if self.lines[-1].startswith(wanted):
                return
        raise AssertionError(f"no {wanted!r} in {self.lines}")

    def rest(self) -> list[str]:
        return [line.strip() for line in self.process.stdout]

    def children(self) -> list[int]:
        task = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in task.read_text().split()]


@pytest.fixture
def supervised(tmp_path):
    made = []

    def start(*parts: str) -> Running:
        made.append(Running(tmp_path, *parts))
        return made[-1]

    yield start
    for running in made:
        running.process.kill()
        running.process.wait()


def gone(pids: list[int], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while any(Path(f"/proc/{pid}").exists() and not zombie(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def zombie(pid: int) -> bool:
    try:
        return re.search(r"State:\s+Z", Path(f"/proc/{pid}/status").read_text()) is not None
    except FileNotFoundError:
        return True


def test_parts_start_in_order_and_stop_in_reverse(supervised):
    running = supervised(f"part('a', {STAY!r})", f"part('b', {STAY!r}, after=('a',))")
    running.until("all ready")
    assert running.lines.index("a ready a") < running.lines.index("b starting")
    running.process.send_signal(signal.SIGINT)
    assert running.rest() == ["b stopped", "a stopped", "clean"]


def test_what_nobody_waits_for_may_be_ready_later(supervised):
    running = supervised(
        f"part('slow', {WAITS!r}, awaited=False)",
        f"part('portal', {STAY!r})",
    )
    running.until("all ready")
    assert "slow ready slow" not in running.lines
    (running.tmp / "slow.up").touch()
    running.until("slow ready")


def test_what_dies_is_restarted_with_its_last_words(supervised):
    running = supervised(f"part('a', {STAY!r})")
    running.until("all ready")
    (before,) = running.children()
    os.kill(before, signal.SIGKILL)
    running.until("a died signal 9 0.05")
    running.until("a ready")
    assert running.children() != [before]
    running.process.send_signal(signal.SIGTERM)
    assert running.rest() == ["a stopped", "clean"]


def test_what_never_starts_ends_all_with_its_reason(supervised):
    running = supervised(f"part('a', {STAY!r})", f"part('b', {FALLS!r})")
    lines = running.rest()
    assert lines[-1] == "not started b kunci rusak"
    assert "a stopped" in lines


def test_what_will_not_stop_is_killed_at_its_deadline(supervised):
    running = supervised(f"part('a', {STUBBORN!r}, stop_seconds=0.3)")
    running.until("all ready")
    children = running.children()
    began = time.monotonic()
    running.process.send_signal(signal.SIGINT)
    assert running.rest() == ["a killed", "forced"]
    assert time.monotonic() - began < 5
    assert gone(children)


def test_kill_9_of_the_supervisor_leaves_nobody(supervised):
    running = supervised(f"part('a', {STAY!r})", f"part('b', {STAY!r})")
    running.until("all ready")
    children = running.children()
    assert len(children) == 2
    running.process.kill()
    assert gone(children)
