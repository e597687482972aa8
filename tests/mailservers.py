"""Dovecot and Postfix of a home, really running, for tests of what reads and sends mail in pages.

Without Rspamd, which takes seconds to start and judges nothing here: tests/rooms/mailer has all of them.
"""

import contextlib
import os
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
    with (engine.etc / "postfix" / "main.cf").open("a") as main:
        main.write("smtpd_milters =\nnon_smtpd_milters =\n")
    home.logs.mkdir(exist_ok=True)
    started = []
    try:
        for server in servers(engine):
            if server.name in names:
                started.append(_start(server))
        yield engine
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait(SECONDS)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def _start(server) -> subprocess.Popen:
    log = server.log.open("ab")
    process = subprocess.Popen(
        server.command,
        stdout=log,
        stderr=log,
        stdin=subprocess.DEVNULL,
        env=space.ENVIRONMENT,
        start_new_session=True,
    )
    deadline = time.monotonic() + SECONDS
    while not server.ready():
        assert process.poll() is None and time.monotonic() < deadline, server.log.read_text(errors="replace")
        time.sleep(0.05)
    return process
