"""Starting the mail servers: what must lie ready before, and the four programs to keep alive."""

import os
import shutil
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pendopo.mailer import dkim, programs, removed, render, space, tls
from pendopo.mailer.engine import INSIDE, Engine
from pendopo.mailer.lookups import Lookups
from pendopo.mailer.reach import connected
from pendopo.mailer.tokens import Keys

# Postfix's master changes its user to and fro, by which it stops hearing of its parent's death (prctl(2)):
# this shell hears of it. With -d the master stays in the shell's process group, which ends as one; it holds
# nothing that a kill could harm, and asked kindly it would look for a group of its own.
WATCHED = """
trap 'trap "" TERM; kill -KILL $server; kill -TERM 0' TERM
"$@" &
server=$!
wait $server
"""
MOST_SCANNERS = 4  # 30 MB each


@dataclass(frozen=True)
class Program:
    """One server: `ready` is asked until it answers True, `after` are those that must be ready before."""

    name: str
    command: list[str]
    address: str
    log: Path
    ready: Callable[[], bool]
    after: tuple[str, ...] = ()
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 10.0
    start_seconds: float = 300.0  # Rspamd compiles its patterns once: ten seconds, or forty on a busy machine


def prepare(engine: Engine, *, keys: Path, selector: str, now: datetime) -> None:
    """Make what the servers need under `engine.root`; again at each start, since settings may have changed.

    `keys` is the folder of the tokens' private keys. `selector` names the first signing key of the node's
    domain, which is made when it has none. `Fault mail.…` when programs are missing or the folders cannot be
    made.
    """
    programs.check()
    space.check()
    for folder in (engine.root, engine.root / "tmp"):
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    (engine.root / "tmp").chmod(0o1777)
    lookups = Lookups(engine.lookups)
    lookups.hold()
    lookups.put_domain(engine.mail.domain)
    Keys(keys, engine.tokens).rotate(now)
    tls.ensure(engine.tls, engine.mail.hostname, now)
    if engine.mail.domain not in dkim.signing(engine.dkim):
        dkim.make(engine.dkim, engine.mail.domain, selector)
        dkim.sign(engine.dkim, engine.mail.domain, selector)
    scanners = min(len(os.sched_getaffinity(0)), MOST_SCANNERS)
    version, name = programs.dovecot_version(), removed.namespace(engine)
    write(engine, render.files(engine, version, scanners, name))
    space.run(engine.root, "sh", f"{INSIDE}/etc/start/prepare.sh")


def write(engine: Engine, files: dict[str, tuple[str, int]]) -> None:
    """Make `etc/` hold exactly `files`."""
    shutil.rmtree(engine.etc, ignore_errors=True)
    for name, (text, mode) in files.items():
        path = engine.etc / name
        for folder in (engine.etc, *(engine.etc / part for part in reversed(Path(name).parents))):
            folder.mkdir(exist_ok=True)
            folder.chmod(0o755)
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)


def servers(engine: Engine) -> list[Program]:
    """The servers in order of start. Redis and Rspamd never have root's rights, not even at first."""
    mail, etc = engine.mail, INSIDE / "etc"
    # A process number from before a power cut may be another's by now.
    dovecot = f"rm -f {INSIDE}/run/dovecot/master.pid; exec dovecot -F -c {etc}/dovecot/dovecot.conf"

    def program(name: str, command: list[str], address: str, ready: Callable, *after: str) -> Program:
        whole = space.inside(engine.root, *command)
        return Program(name, whole, address, engine.logs / f"{name}.log", ready, after)

    return [
        program(
            "redis",
            [*_as("redis"), "redis-server", f"{etc}/redis/redis.conf"],
            str(engine.redis),
            lambda: _answers(engine.redis, b"PING\r\n", b"+PONG"),
        ),
        program(
            "dovecot",
            ["sh", "-c", dovecot],
            f"{mail.host}:{mail.imaps_port}",
            lambda: _answers((mail.host, mail.imap_port), b"", b"* OK"),
        ),
        program(
            "rspamd",
            [
                *_as("_rspamd", "redis"),
                "rspamd",
                "--no-fork",
                "--config=/etc/rspamd/rspamd.conf",
                f"--var=LOCAL_CONFDIR={etc}/rspamd",
                f"--var=DBDIR={INSIDE}/lib/rspamd",
                f"--var=RUNDIR={INSIDE}/run/rspamd",
            ],
            str(engine.milter),
            lambda: _answers(engine.milter, b"", b""),
            "redis",
        ),
        program(
            "postfix",
            ["sh", "-c", WATCHED, "sh", "/usr/lib/postfix/sbin/master", "-c", f"{etc}/postfix", "-d"],
            f"{mail.host}:{mail.smtp_port}",
            lambda: _answers((mail.host, mail.smtp_port), b"", b"220 "),
            "dovecot",
            "rspamd",
        ),
    ]


def _as(user: str, *more: str) -> list[str]:
    """As `user` and in the groups `more` besides its own; still ended with its parent."""
    groups = f"--groups={','.join(more)}" if more else "--clear-groups"
    return ["setpriv", f"--reuid={user}", f"--regid={user}", groups, "--pdeathsig=keep", "--"]


def _answers(where: Path | tuple[str, int], ask: bytes, answer: bytes) -> bool:
    """Does a server there take a connection, and say `answer` first when it is sent `ask`?"""
    try:
        with connected(where) as connection:
            connection.sendall(ask)
            return connection.recv(len(answer), socket.MSG_WAITALL) == answer if answer else True
    except OSError:
        return False
