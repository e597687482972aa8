"""Runs a node's processes in the foreground: starts in order, restarts what dies, stops in reverse order."""

import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pendopo.ops import process

FIRST_WAIT = 0.25  # seconds before the first restart; doubled each time
LONGEST_WAIT = 15.0
STEADY = 30.0  # after so many seconds of life an earlier death is forgotten
EARLY_DEATHS = 4  # so many deaths before it was ever ready: something is wrong that a restart cannot mend
START_SECONDS = 60.0
TICK = 0.05
LOG_BYTES = 10_000_000

# A name, a state and what to say about it; states are keys of `pendopo.ops.texts`.
Say = Callable[[str, str, dict[str, object]], None]


class NotStarted(RuntimeError):
    """`name` never became ready; `tail` is the end of its log."""

    def __init__(self, name: str, log: Path, tail: str):
        super().__init__(f"{name}: {tail}")
        self.name, self.log, self.tail = name, log, tail


@dataclass
class Part:
    """One process to keep alive. `ready` is asked until it answers True; `after` must be ready before."""

    name: str
    command: Sequence[str]
    address: str
    log: Path
    ready: Callable[[], bool]
    env: dict[str, str] | None = None
    after: tuple[str, ...] = ()
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 10.0
    start_seconds: float = START_SECONDS  # until it is given up when it never was ready
    awaited: bool = True  # before all counts as ready

    child: subprocess.Popen | None = field(default=None, init=False)
    is_ready: bool = field(default=False, init=False)
    was_ready: bool = field(default=False, init=False)
    deaths: int = field(default=0, init=False)
    since: float = field(default=0.0, init=False)
    next_start: float = field(default=0.0, init=False)

    def start(self) -> None:
        """Start the process; its output is appended to its log (the last full one is kept beside it)."""
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as output:
            self.child = process.spawn(
                list(self.command), stdout=output, env=self.env, on_death=self.stop_signal
            )
        self.since, self.is_ready = time.monotonic(), False

    def tail(self) -> str:
        """The last line of the log, for people."""
        lines = self.log.read_bytes()[-4000:].decode(errors="replace").strip().splitlines()
        return lines[-1].strip() if lines else ""


class Supervisor:
    """Keeps `parts` (in order of start) alive until SIGINT, SIGTERM or SIGHUP. Main thread only.

    Signals are blocked and taken one at a time from the kernel's queue, so no handler runs in the middle of
    a step; the children get an empty mask.
    """

    stopping = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}

    def __init__(self, parts: Sequence[Part], say: Say):
        self.parts, self.say = parts, say

    def run(self, when_ready: Callable[[], None]) -> bool:
        """Start all, call `when_ready` once those awaited are ready, keep them running; True when all stopped
        by themselves in time.

        Raises NotStarted, after stopping the others, when one never becomes ready.
        """
        waited = self.stopping | {signal.SIGCHLD}
        before = signal.pthread_sigmask(signal.SIG_BLOCK, waited)
        announced = False
        try:
            while True:
                for part in self.parts:
                    self.step(part)
                if not announced and all(part.is_ready for part in self.parts if part.awaited):
                    announced = True
                    when_ready()
                busy = any(not part.is_ready for part in self.parts)
                caught = signal.sigtimedwait(waited, TICK if busy else 3600)
                if caught and caught.si_signo in self.stopping:
                    return self.stop()
        except BaseException:
            self.stop()
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def step(self, part: Part) -> None:
        """Look once at one part and do what its state asks for."""
        now = time.monotonic()
        if part.child is None:
            if now >= part.next_start and self.may_start(part):
                self.say(part.name, "starting", {})
                part.start()
        elif part.child.poll() is not None:
            self.bury(part, now)
        elif not part.is_ready:
            if part.ready():
                part.is_ready = part.was_ready = True
                self.say(part.name, "ready", {"address": part.address})
            elif not part.was_ready and now - part.since > part.start_seconds:
                raise NotStarted(part.name, part.log, part.tail())

    def may_start(self, part: Part) -> bool:
        return all(other.was_ready for other in self.parts if other.name in part.after)

    def bury(self, part: Part, now: float) -> None:
        """Say how it died, clear its group away and set the time of its next start."""
        process.kill_group(part.child)
        how = process.ended(part.child)
        if now - part.since > STEADY:
            part.deaths = 0
        part.deaths += 1
        part.child, part.is_ready = None, False
        if not part.was_ready and part.deaths >= EARLY_DEATHS:
            raise NotStarted(part.name, part.log, part.tail())
        wait = min(FIRST_WAIT * 2 ** (part.deaths - 1), LONGEST_WAIT)
        part.next_start = now + wait
        # A process that was killed had no last words: the end of its log would mislead.
        why = part.tail() if how.startswith("exit") else str(part.log)
        self.say(part.name, "died", {"how": how, "wait": f"{wait:g}", "why": why})

    def stop(self) -> bool:
        """Stop all in reverse order, each within its deadline."""
        clean = True
        for part in reversed(self.parts):
            if part.child is None:
                continue
            stopped = process.stop(part.child, part.stop_signal, part.stop_seconds)
            self.say(part.name, "stopped" if stopped else "killed", {})
            part.child, clean = None, clean and stopped
        return clean
