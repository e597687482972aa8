"""The servers' own view of the machine: `mail/` of the home at `/mnt`, and nothing else they could write to.

docs/decisions/mail.md says why. What enters here is a command; it runs as root of that view, in the process
that was started (no process between), so that its signals and its death are the supervisor's to see.
"""

import os
import pwd
import shutil
import subprocess
from pathlib import Path

from pendopo.core.errors import Fault
from pendopo.mailer.engine import INSIDE

# The machine's own folders can be read only. What a program leaves in /tmp stays in the home as well.
ENTER = f"""
umask 022
mount --bind "$1" {INSIDE}
mount --bind {INSIDE}/tmp /tmp
mount -o remount,bind,ro /
cd /
shift
exec "$@"
"""  # noqa: S108 - the view's own
ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
}


def inside(root: Path, *command: str) -> list[str]:
    """`command` in the view of the engine whose folder is `root`; with ENVIRONMENT."""
    return [*_unshare(), "sh", "-ec", ENTER, "sh", str(root), *command]


def run(root: Path, *command: str, said: str = "mail.not_prepared") -> str:
    """Run it to its end; what it printed. `Fault said` with its last line when it fails."""
    done = subprocess.run(
        inside(root, *command), capture_output=True, text=True, env=ENVIRONMENT, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise Fault(said, said=lines[-1] if lines else f"{command[0]}: {done.returncode}")
    return done.stdout


def clear(root: Path) -> None:
    """Remove everything in the engine's folder, of which much belongs to the servers' own users.

    `Fault mail.not_prepared`.
    """
    run(root, "find", str(INSIDE), "-mindepth", "1", "-delete")


def _unshare() -> list[str]:
    if os.geteuid() == 0:
        return ["unshare", "--mount", "--"]
    return ["unshare", "--user", "--map-root-user", "--map-auto", "--mount", "--"]


def check() -> None:
    """`Fault mail.no_namespace` where this user may not have a view of its own."""
    if os.geteuid() and not shutil.which("newuidmap"):
        raise Fault("mail.no_namespace", said="newuidmap")
    done = subprocess.run([*_unshare(), "true"], capture_output=True, text=True, env=ENVIRONMENT)
    if done.returncode:
        raise Fault("mail.no_namespace", said=done.stderr.strip() or pwd.getpwuid(os.geteuid()).pw_name)
