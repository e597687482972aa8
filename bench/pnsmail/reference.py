"""Postfix, Dovecot, Rspamd and Redis as set up by hand (`hand/`), which ours are compared with."""

import contextlib
import os
import shutil
import signal
import smtplib
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pendopo.mailer import space
from tests.ports import free_port

DOMAIN = "pns.test"
HAND = Path(__file__).with_name("hand")
SECONDS = 150  # Rspamd compiles its patterns first
SERVERS = {
    "redis": "exec setpriv --reuid=redis --regid=redis --clear-groups redis-server /mnt/etc/redis.conf",
    "dovecot": "exec dovecot -F -c /mnt/etc/dovecot/dovecot.conf",
    "rspamd": "exec setpriv --reuid=_rspamd --regid=_rspamd --clear-groups rspamd --no-fork "
    "--config=/etc/rspamd/rspamd.conf --var=LOCAL_CONFDIR=/mnt/etc/rspamd --var=DBDIR=/mnt/lib/rspamd "
    "--var=RUNDIR=/mnt/run/rspamd",
    "postfix": "exec /usr/lib/postfix/sbin/master -c /mnt/etc/postfix -d",
}
# Neither a look at the message nor at the room there is.
BARE = """
smtpd_milters =
non_smtpd_milters =
smtpd_recipient_restrictions = reject_non_fqdn_recipient, reject_unlisted_recipient
"""


@dataclass(frozen=True)
class Reference:
    """Servers in the folder `root` that take mail for `DOMAIN` at `port`; `log` says what became of it."""

    root: Path
    port: int
    log: Path
    boxes: Path


@contextmanager
def by_hand(folder: Path, mailboxes: list[str], *, bare: bool = False) -> Iterator[Reference]:
    """They run in `folder` until the end of the block; `bare`: Postfix and Dovecot alone, without quota."""
    port = free_port()
    _lay(folder, {"SMTP_PORT": port, "IMAP_PORT": free_port(), "SCANNERS": len(os.sched_getaffinity(0))})
    if bare:
        (folder / "etc" / "dovecot" / "quota.conf").unlink()
        with (folder / "etc" / "postfix" / "main.cf").open("a") as main:
            main.write(BARE)
    _fill(folder / "db" / "mail.sqlite", mailboxes)
    space.run(folder, "sh", "/mnt/etc/prepare.sh")
    ready = {
        "redis": lambda: _listens(folder / "run" / "redis" / "redis.sock"),
        "dovecot": lambda: _listens(folder / "spool" / "private" / "dovecot-lmtp"),
        "rspamd": lambda: _listens(folder / "run" / "rspamd" / "milter.sock"),
        "postfix": lambda: _greets(port),
    }
    started = []
    try:
        for name in ("dovecot", "postfix") if bare else SERVERS:
            started.append(_start(folder, name))
            _until(ready[name], started[-1], folder)
        yield Reference(folder, port, folder / "log" / "postfix.log", folder / "boxes")
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait(30)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def _lay(folder: Path, values: dict[str, int]) -> None:
    """The files of `hand/`, with numbers in place of the names."""
    for part in ("", "tmp", "db"):
        (folder / part).mkdir(exist_ok=True)
        (folder / part).chmod(0o755)
    (folder / "tmp").chmod(0o1777)
    shutil.copytree(HAND, folder / "etc")
    for path in ("postfix/master.cf", "dovecot/dovecot.conf", "rspamd/local.d/worker-proxy.inc"):
        text = (folder / "etc" / path).read_text()
        for name, value in values.items():
            text = text.replace(name, str(value))
        (folder / "etc" / path).write_text(text)


def _fill(path: Path, mailboxes: list[str]) -> None:
    with contextlib.closing(sqlite3.connect(path)) as tables:
        tables.executescript((HAND / "tables.sql").read_text())
        tables.execute("insert into domain values (?)", (DOMAIN,))
        tables.executemany("insert into mailbox values (?, '', 250)", [(one,) for one in mailboxes])
        tables.commit()


def _start(folder: Path, name: str) -> subprocess.Popen:
    with (folder / f"{name}.out").open("wb") as said:
        return subprocess.Popen(
            space.inside(folder, "sh", "-c", SERVERS[name]),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            env=space.ENVIRONMENT,
            start_new_session=True,
        )


def _until(ready: Callable[[], bool], process: subprocess.Popen, folder: Path) -> None:
    deadline = time.monotonic() + SECONDS
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            said = [path.read_text()[-2000:] for path in (*folder.glob("*.out"), *folder.glob("log/*"))]
            raise RuntimeError("\n".join([f"did not start: {process.args[-1]}", *said]))
        time.sleep(0.05)


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(str(path))
        except OSError:
            return False
    return True


def _greets(port: int) -> bool:
    try:
        smtplib.SMTP("127.0.0.1", port, timeout=10).quit()
    except OSError:
        return False
    return True
