"""Jobs of rooms run in the real worker: by the clock, when woken, again after a failure, and end with it."""

import os
import signal
import subprocess
import sys
import time

import psycopg
import pytest

WORKER = """
import pathlib, sys, time
from pendopo.ground import jobs, worker
folder = pathlib.Path(sys.argv[1])

def say(name):
    with (folder / name).open("a") as file:
        print(time.monotonic(), file=file)

def once_broken():
    say("broken")
    if len((folder / "broken").read_text().split()) == 1:
        raise RuntimeError("not yet")

def endless():
    say("endless")
    time.sleep(600)

jobs.register("often", lambda: say("often"), every=0.1)
jobs.register("seldom", lambda: say("seldom"), every=3600)
jobs.register("broken", once_broken, every=3600)
jobs.register("endless", endless, every=3600)
worker.main()
"""


@pytest.fixture
def worker(committed_db, tmp_path):
    """A worker process with four jobs, and the folder where each leaves a line a round.

    It does the node's own work too, on whatever documents earlier tests left in the home, and commits.
    """
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(tmp_path)], stdout=log, stderr=log, env=os.environ.copy()
        )
        try:
            yield process, tmp_path
        finally:
            process.kill()
            process.wait()


def rounds(folder, name: str) -> int:
    path = folder / name
    return len(path.read_text().split()) if path.exists() else 0


def until(what: str, done, seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, what
        time.sleep(0.02)


def test_jobs_run_by_the_clock_when_woken_and_again_after_a_failure(worker, django_home):
    from pendopo.ground.delivery.wake import CHANNEL

    process, folder = worker
    until("the clock", lambda: rounds(folder, "often") > 5)
    until("a second try", lambda: "broken: works again" in (folder / "log").read_text())
    assert "broken: RuntimeError: not yet" in (folder / "log").read_text()

    assert (rounds(folder, "seldom"), rounds(folder, "broken")) == (1, 2)  # and wait for an hour
    with psycopg.connect(django_home.database, autocommit=True) as link:
        link.execute("SELECT pg_notify(%s, %s)", [CHANNEL, "seldom"])
    until("a round when woken", lambda: rounds(folder, "seldom") == 2, 3.0)
    assert rounds(folder, "broken") == 2  # only the one that was named

    until("the endless one", lambda: rounds(folder, "endless") == 1)
    for _ in range(300):  # a supervisor that asks, and dies: the second may come while the first is handled
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)
    assert process.wait(3) == 0  # in the middle of a round


def test_a_name_that_is_taken_or_a_period_of_nothing_is_a_mistake(django_home, monkeypatch):
    from pendopo.ground import jobs, worker

    monkeypatch.setattr(jobs, "_jobs", {})
    assert {task.name for task in worker.tasks()} == jobs.WORKERS_OWN
    for name, every in (("inbox", 60), ("letters", 0), ("letters", -1)):
        with pytest.raises(ValueError):
            jobs.register(name, print, every=every)
    jobs.register("letters", print, every=60)
    jobs.register("letters", print, every=60)
    with pytest.raises(ValueError, match="already"):
        jobs.register("letters", repr, every=60)
    assert {task.name for task in worker.tasks()} == jobs.WORKERS_OWN | {"letters"}
