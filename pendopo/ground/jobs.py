"""Work that a room wants done again and again: registered once, at start; the worker does it.

    jobs.register("letters", run, every=60)       # run(): what is there now; wake("letters") wakes it

A job is a task of the worker with a thread of its own. It keeps nothing in memory, so the process may die at
any moment. When it raises, that is logged, and it is tried again after a growing pause.
"""

from collections.abc import Callable
from dataclasses import dataclass

WORKERS_OWN = frozenset({"outbox", "inbox", "log", "documents", "registry", "cleaning"})


@dataclass(frozen=True, slots=True)
class Job:
    """`run` is called at start, when the job is woken, and `every` so many seconds after it returned."""

    name: str
    run: Callable[[], object]
    every: float


_jobs: dict[str, Job] = {}


def register(name: str, run: Callable[[], object], every: float) -> None:
    """The worker does `run` as `name`, which is also what wakes it (`delivery.wake.wake(name)`).

    A name that is taken, or a period that is no time, is a mistake: ValueError.
    """
    if name in WORKERS_OWN:
        raise ValueError(f"{name} is a task of the worker itself")
    if every <= 0:
        raise ValueError(f"{name} has to wait between two rounds")
    job = Job(name, run, every)
    if _jobs.setdefault(name, job) != job:
        raise ValueError(f"{name} is a job already")


def registered() -> tuple[Job, ...]:
    """The rooms' jobs, in order of registration."""
    return tuple(_jobs.values())
