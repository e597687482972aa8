"""Child processes that never outlive their parent, and stop within a deadline."""

import contextlib
import ctypes
import os
import signal
import subprocess
from typing import IO

PR_SET_PDEATHSIG = 1
ENDING = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}

_libc = ctypes.CDLL(None, use_errno=True)


def spawn(
    command: list[str],
    *,
    stdout: IO[bytes] | int,
    env: dict[str, str] | None = None,
    on_death: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen:
    """Start `command` in a session of its own, both outputs to `stdout`.

    The kernel sends it `on_death` when the calling thread ends, however it ends (prctl(2),
    PR_SET_PDEATHSIG): call this from the main thread. The session keeps a terminal's Ctrl-C from reaching the
    child before its supervisor has said in which order to stop.
    """
    parent = os.getpid()

    def before_exec() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        _libc.prctl(PR_SET_PDEATHSIG, int(on_death))
        if os.getppid() != parent:  # it died in between
            os.kill(os.getpid(), signal.SIGKILL)

    # What a signal raises in fork's callbacks is reported and lost: a Ctrl-C has to wait until they ran.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.STDOUT,
            env=env,
            start_new_session=True,
            preexec_fn=before_exec,
        )
    except BaseException:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        raise
    try:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)  # what came meanwhile raises here
    except BaseException:
        kill_group(child)
        raise
    return child


def stop(child: subprocess.Popen, first: signal.Signals, seconds: float) -> bool:
    """Ask `child` to stop with `first`; after `seconds` kill its whole group. True: it stopped by itself."""
    clean = True
    if child.poll() is None:
        child.send_signal(first)
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            clean = False
    kill_group(child)
    return clean


def kill_group(child: subprocess.Popen) -> None:
    """Kill what is left of `child`'s session: workers of a parent that was itself killed."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def ended(child: subprocess.Popen) -> str:
    """How a dead child ended, for a line of text: "exit 1" or "signal 9"."""
    code = child.returncode
    return f"signal {-code}" if code < 0 else f"exit {code}"
