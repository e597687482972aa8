"""Dovecot and Postfix of a home, really running, for tests of what reads and sends mail in pages.

Without Rspamd, which takes seconds to start and judges nothing here: tests/rooms/mailer has all of them.
"""

import contextlib
import os
import re
import signal
import subprocess
import time

from pendopo.mailer import space
from pendopo.mailer.engine import Engine
from pendopo.mailer.run import servers
from pendopo.ops import mail

SECONDS = 60


@contextlib.contextmanager
def running(home, *names: str):
    """The servers `names` of `home`, until the end of the block."""
    mail.prepare(home)
    engine = Engine.of(home)
    # Replaced, not overridden by further lines: each process warns of such, also the one that writes the log,
    # and that one into its own queue. When this is full as it starts, all of Postfix stands still.
    main = engine.etc / "postfix" / "main.cf"
    main.write_text(re.sub(r"(?m)^(smtpd_milters =).*", r"\1", main.read_text()))
    home.logs.mkdir(exist_ok=True)
    started = []
    try:
        for server in servers(engine):
            if server.name in names:
                started.append(_start(server))
                _await(server, started[-1])
        yield engine
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait(SECONDS)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def _start(server) -> subprocess.Popen:
    with server.log.open("ab") as log:
        return subprocess.Popen(
            server.command,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            env=space.ENVIRONMENT,
            start_new_session=True,
        )


def _await(server, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + SECONDS
    while not server.ready():
        assert process.poll() is None and time.monotonic() < deadline, server.log.read_text(errors="replace")
        time.sleep(0.05)
