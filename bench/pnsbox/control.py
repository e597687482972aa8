"""Figures of the controller alone, with boxes of which only the voice is there (swarm.py).

`pnsbox.policy_live_s_100`: a hundred boxes wait at the controller's own process, PostgreSQL behind it; a
service that a rule for all names gets another port; seconds until the last box has verified what it was
told. `pnsbox.change_cost_ratio_1000_100`: processor time of the action and of its database for a change that
touches two boxes, among 1,000 over among 100, in rounds that alternate; and the same ratio of rows read and
questions. BENCH_BOXES is another number of boxes than 100 for the first.
"""

import json
import os
import queue
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from bench.figures import say, spread
from bench.pnsbox import office

BOXES = int(os.environ.get("BENCH_BOXES", "100"))
CHANGES = 10  # of each kind
ROUNDS, EACH = 7, 20  # of alternating rounds, changes in a round
PATIENCE = 300.0


class Swarm:
    """The other process, and what its boxes have taken: `(serial, box, when)` one after the other."""

    def __init__(self, land, url: str) -> None:
        from pendopo.core import strict
        from pendopo.pnsbox.boxes.models import Box

        rows = Box.objects.filter(state="active").order_by("number").values_list("pk", "number", "serial")
        boxes = [[str(pk), number.to_bytes(32, "big").hex(), serial] for pk, number, serial in rows]
        said = {
            "network": str(land.network.pk),
            "key": strict.b64e(bytes(land.network.key_pub)),
            "boxes": boxes,
        }
        self.taken: queue.Queue[tuple[int, str, float]] = queue.Queue()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.pnsbox.swarm", url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=office.ROOT,
        )
        self.process.stdin.write(json.dumps(said) + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "ready\n"
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stdout:
            serial, box, when = line.split()
            self.taken.put((int(serial), box, float(when)))

    def seconds(self, change) -> list[float]:
        """Seconds from the beginning of `change` until each box that it concerns has taken it, in order."""
        from pendopo.pnsbox.boxes.models import Box

        before = dict(Box.objects.values_list("pk", "serial"))
        begun = time.monotonic()
        change()
        wanted = {
            str(pk): serial for pk, serial in Box.objects.values_list("pk", "serial") if serial > before[pk]
        }
        found = []
        while wanted:
            serial, box, when = self.taken.get(timeout=PATIENCE)
            if serial >= wanted.get(box, serial + 1):
                del wanted[box]
                found.append(when - begun)
        return sorted(found)

    def close(self) -> None:
        self.process.kill()
        self.process.wait(10)


def live(folder: Path) -> None:
    with office.office(folder, BOXES) as land, office.door(folder) as (url, pid):
        from pendopo.pnsbox.reach import actions

        land.service("umum", ports=((1, 1),))
        land.rule("all", "s0", ["umum"])
        rule = land.rule("s14", "s15")
        swarm = Swarm(land, url)
        try:
            every, two = [], []
            for number in range(CHANGES):
                settle(pid)
                every.append(swarm.seconds(lambda n=number: land.service("umum", ports=((2 + n, 2 + n),))))
                settle(pid)
                services = ["web"] if number % 2 else ["umum", "web"]
                said = {"sources": ["s14"], "destinations": ["s15"], "services": services}
                two.append(swarm.seconds(lambda s=said: actions.change_rule(rule, **s, actor=land.officer)))
        finally:
            swarm.close()
        assert {len(one) for one in every} == {BOXES} and {len(one) for one in two} == {2}
        name = f"pnsbox.policy_live_s_{BOXES}"
        say(name, statistics.median(one[-1] for one in every), 3)
        say(f"{name}.worst", max(one[-1] for one in every), 3)
        say(f"{name}.p50", statistics.median(taken for one in every for taken in one), 3)
        say(f"{name}.two", statistics.median(one[-1] for one in two), 3)
        say(f"{name}.two.worst", max(one[-1] for one in two), 3)


def settle(pid: int) -> None:
    """Until the boxes' process has answered all that asked again: it does next to nothing."""
    used, quiet = office.processor(pid), 0
    while quiet < 3:
        time.sleep(0.1)
        now = office.processor(pid)
        quiet, used = (quiet + 1 if now - used < 10 else 0), now


def cost() -> None:
    """Rounds in two processes, one after the other; each has its own database."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir="/tmp") as folder:
        workers = {number: _worker(Path(folder), number) for number in (100, 1000)}
        try:
            for worker in workers.values():
                assert worker.stdout.readline() == "ready\n"
            rounds = [{number: _round(worker) for number, worker in workers.items()} for _ in range(ROUNDS)]
        finally:
            for worker in workers.values():
                worker.stdin.close()
                worker.wait(30)
    spread("pnsbox.change_cost_ratio_1000_100", [one[1000]["ms"] / one[100]["ms"] for one in rounds], 3)
    for number in (100, 1000):
        say(f"pnsbox.change_cost_ms_{number}", statistics.median(one[number]["ms"] for one in rounds), 2)
    for what in ("rows", "questions"):
        say(f"pnsbox.change_{what}_ratio_1000_100", rounds[-1][1000][what] / rounds[-1][100][what], 3)


def _worker(folder: Path, number: int) -> subprocess.Popen:
    place = folder / str(number)
    place.mkdir()
    command = [sys.executable, "-m", "bench.pnsbox.control", str(place), str(number)]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=office.ROOT
    )


def _round(worker: subprocess.Popen) -> dict:
    worker.stdin.write("\n")
    worker.stdin.flush()
    return json.loads(worker.stdout.readline())


def measure(folder: Path, number: int) -> None:
    """One of the two processes: a round for each line that comes."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with office.office(folder, number) as land:
        from pendopo.pnsbox.reach import actions

        rule = land.rule("s14", "s15")
        land.service("lain", ports=((8443, 8443),))
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            pids = os.getpid(), cursor.fetchone()[0]

        def change(at: int) -> int:
            services = [("web", "lain")[at % 2]]
            said = {"sources": ["s14"], "destinations": ["s15"], "services": services}
            work = actions.change_rule(rule, **said, actor=land.officer)
            assert work.signed == 2
            return work.rows

        for at in range(1, EACH + 1):
            change(at)
        print("ready", flush=True)
        for _line in sys.stdin:
            begun = office.processor(*pids)
            rows = sum(change(at) for at in range(1, EACH + 1))
            used = office.processor(*pids) - begun
            with CaptureQueriesContext(connection) as asked:
                change(1)
                change(2)
            said = {"ms": used / EACH, "rows": rows, "questions": len(asked)}
            print(json.dumps(said), flush=True)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bench-", dir="/tmp") as folder:
        live(Path(folder))
    cost()


if __name__ == "__main__":
    if len(sys.argv) == 3:
        measure(Path(sys.argv[1]), int(sys.argv[2]))
    else:
        main()
