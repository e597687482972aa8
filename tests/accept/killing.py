"""Killing a node's processes with -9, as a power cut of one of them would."""

import os
import signal
from pathlib import Path

from installation import Installation
from servers import until

# What each kind's command line holds; a database's is told by its folder, the others by their environment.
PARTS = {
    "portal": b"pendopo.portal.serve",
    "worker": b"pendopo.ground.worker",
    "gateway": b"pendopo.gateway",
    "database": b"postgres",
}
# How the command line of each mail server begins; these are told by the folder they see as /mnt.
MAIL = {
    "postfix": b"/usr/lib/postfix/sbin/master\0",
    "smtpd": b"smtpd\0",
    "cleanup": b"cleanup\0",
    "qmgr": b"qmgr\0",
    "lmtp": b"lmtp\0",
    "dovecot": b"/usr/sbin/dovecot\0",
    "dovecot/lmtp": b"dovecot-pendopo/lmtp",
    "rspamd": b"rspamd: main",
    "redis": b"redis-server",
}
PATIENCE = 60


def processes(node: Installation, part: str) -> list[int]:
    """The node's processes of one kind; of a database the one that starts all others."""
    home, found = str(node.home).encode(), []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes()
            if PARTS[part] not in command:
                continue
            if part == "database":
                theirs = any(word.startswith(home + b"/postgres") for word in command.split(b"\0"))
            else:
                theirs = b"PENDOPO_HOME=" + home in (entry / "environ").read_bytes().split(b"\0")
            if theirs:
                found.append(int(entry.name))
        except OSError:  # it has ended meanwhile
            continue
    return sorted(found)


def mail_processes(node: Installation, part: str) -> list[int]:
    """The same of one kind of MAIL."""
    view, found = f"{node.home}/mail /mnt ", []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            ours = (entry / "cmdline").read_bytes().startswith(MAIL[part])
            if ours and view in (entry / "mountinfo").read_text():
                found.append(int(entry.name))
        except OSError:  # it has ended meanwhile
            continue
    return sorted(found)


def kill(node: Installation, part: str) -> None:
    """-9 for all its processes at once, then waits until the supervisor has started others."""
    find = mail_processes if part in MAIL else processes
    old = until(f"the {part} of {node.name}", lambda: find(node, part), PATIENCE)
    for pid in old:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:  # a worker that went with its parent
            continue
    until(f"another {part}", lambda: set(find(node, part)) - set(old), PATIENCE)
