"""The worker of a node: `python -m pendopo.ground.worker`, one process with one thread a task.

Each task looks at what is there, does it, and says when it wants to look again; a NOTIFY from the database
wakes it sooner. Nothing is kept in memory, so the process may die at any moment: whatever was not committed
comes again. Only one worker at a time works for a database; a second one waits for the first to end.
"""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg

from pendopo.ground import loading

log = logging.getLogger("pendopo.worker")

LOCK = 7310000  # the advisory lock of the one worker
FIRST_WAIT, LONGEST_WAIT = 1.0, 15.0  # seconds after a failure


@dataclass
class Task:
    """Something to do again and again. `run()` returns after how many seconds to look again at the latest."""

    name: str
    run: Callable[[], float]
    wanted: threading.Event = field(default_factory=threading.Event)

    def loop(self) -> None:
        """Runs as long as the process; a failure is said once, then tried again with growing pauses."""
        from django.db import connections

        failures, said = 0, ""
        while True:
            self.wanted.clear()
            try:
                wait = self.run()
                if failures:
                    log.info("%s: works again", self.name)
                failures, said = 0, ""
            except Exception as trouble:
                failures += 1
                wait = min(FIRST_WAIT * 2 ** (failures - 1), LONGEST_WAIT)
                if (text := f"{type(trouble).__name__}: {trouble}") != said:
                    log.warning("%s: %s", self.name, text.splitlines()[0], exc_info=_ours(trouble))
                    said = text
                connections.close_all()
            self.wanted.wait(wait)


def _ours(trouble: Exception) -> bool:
    """Whether a failure is a mistake of ours, whose traceback helps, and not a part that is down."""
    from django.db import Error

    from pendopo.core.errors import Fault

    return not isinstance(trouble, Error | Fault | OSError)


def tasks() -> list[Task]:
    """What the worker does: its own tasks and the jobs of the rooms."""
    from django.utils import timezone

    from pendopo.ground import jobs
    from pendopo.ground.delivery import inbox, outbox
    from pendopo.ground.delivery import log as exchange_log
    from pendopo.ground.nodes import reads, upkeep

    def send() -> float:
        due = outbox.send_due(reads.gateway())
        return 30.0 if due is None else min(max((due - timezone.now()).total_seconds(), 0.05), 30.0)

    def take() -> float:
        inbox.take(reads.gateway())
        return 0.0

    def read_log() -> float:
        exchange_log.read(reads.gateway())
        return 5.0

    def keep_documents() -> float:
        upkeep.documents()
        return 10.0

    def follow_registry() -> float:
        upkeep.follow()
        return 5.0

    def clean() -> float:
        upkeep.clean()
        upkeep.certificates_due()
        upkeep.letter_keys()
        return 3600.0

    named = {
        "outbox": send,
        "inbox": take,
        "log": read_log,
        "documents": keep_documents,
        "registry": follow_registry,
        "cleaning": clean,
    }
    return [Task(name, run) for name, run in named.items()] + [_task(job) for job in jobs.registered()]


def _task(job) -> Task:
    def run() -> float:
        job.run()
        return job.every

    return Task(job.name, run)


def listen(conninfo: dict, all_tasks: list[Task], begin: Callable[[], None]) -> None:
    """Holds the lock of the one worker and passes NOTIFYs on to tasks; comes back when the database does.

    `begin` is called once, as soon as the lock is held the first time.
    """
    from pendopo.ground.delivery.wake import CHANNEL

    by_name = {task.name: task for task in all_tasks}
    wait, begun = FIRST_WAIT, False
    while True:
        try:
            with psycopg.connect(**conninfo, autocommit=True) as connection:
                while not connection.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchone()[0]:
                    time.sleep(0.5)
                connection.execute(f"LISTEN {CHANNEL}")
                if not begun:
                    begin()
                    begun = True
                else:
                    for task in all_tasks:
                        task.wanted.set()  # what was notified while nobody listened
                wait = FIRST_WAIT
                for notify in connection.notifies():
                    if (task := by_name.get(notify.payload)) is not None:
                        task.wanted.set()
        except psycopg.Error as trouble:
            log.warning("database: %s", str(trouble).splitlines()[0])
            time.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT)


def main() -> None:
    """Runs until SIGTERM or SIGINT, then ends at once: a task in the middle of a call has nothing to lose."""
    loading.setup()
    logging.getLogger("pendopo").setLevel(logging.INFO)
    from django.db import connection

    # Two signals at once, from a supervisor that asks and dies, may both be taken by a thread that is not
    # this one, which then sleeps on: so Python writes each to a pipe, whoever took it, and this one reads.
    told, teller = os.pipe()
    os.set_blocking(teller, False)
    signal.set_wakeup_fd(teller, warn_on_full_buffer=False)
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: None)
    all_tasks = tasks()

    def begin() -> None:
        log.info("at work")
        for task in all_tasks:
            threading.Thread(target=task.loop, name=task.name, daemon=True).start()

    params = connection.get_connection_params()
    conninfo = {
        name: params[name] for name in ("dbname", "user", "password", "host", "port") if name in params
    }
    threading.Thread(target=listen, args=(conninfo, all_tasks, begin), name="listen", daemon=True).start()
    os.read(told, 1)
    os._exit(0)  # without waiting for threads that wait for a peer


if __name__ == "__main__":
    main()
