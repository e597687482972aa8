"""An ordinary user of the tests' own, whom a root's tests start programs as.

Known only in a view of the machine made for them: no file of the machine is changed. What is started there
finds our code at /srv and its packages at /media, since both may lie below a folder of root's alone.
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
USER = 61_000
SUBORDINATES = range(700_000, 765_536)
# As root: files that make the user and the numbers below it, and our code where that user may read it.
AS_USER = """
for file in passwd subuid subgid; do mount --bind "$1/$file" /etc/$file; done
mount --bind "$2" /srv
mount --bind "$3" /media
shift 3
exec setpriv --reuid=$0 --regid=$0 --clear-groups --inh-caps=-all -- "$@"
"""


def settle(folder: Path) -> None:
    """Gives the user `folder` and all in it, and lays down there (`etc`) the files that say who he is."""
    made = folder / "etc"
    made.mkdir()
    known = Path("/etc/passwd").read_text()
    (made / "passwd").write_text(f"{known}pegawai:x:{USER}:{USER}::/nonexistent:/bin/false\n")
    for name in ("subuid", "subgid"):
        (made / name).write_text(f"pegawai:{SUBORDINATES.start}:{len(SUBORDINATES)}\n")
    give(folder)


def give(folder: Path) -> None:
    """Makes `folder` and all in it the user's."""
    for path in (folder, *folder.rglob("*")):
        os.chown(path, USER, USER, follow_symlinks=False)


def python(folder: Path, *arguments: str, **variables: str) -> list[str]:
    """Python with `arguments` as the user who was settled in `folder`, with `variables` in its environment.

    One process from first to last: it gets the signals.
    """
    packages = next(path for path in sys.path if path.endswith("site-packages"))
    return [
        *("unshare", "--mount", "sh", "-ec", AS_USER, str(USER), str(folder / "etc"), str(ROOT), packages),
        *("env", "-i", "PATH=/usr/bin:/bin", "PYTHONPATH=/srv:/media"),
        *(f"{name}={value}" for name, value in variables.items()),
        *(os.path.realpath(sys.executable), *arguments),
    ]
