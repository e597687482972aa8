"""The demo nation: three nodes on one machine, with made-up people and real exchanges among them.

`run` is what ``pendopo up --demo`` calls. The first start makes everything (`found`), lets all nodes run and
then tells the first day (`story`); later starts only run what is there. Mail comes to it at the first start
that finds its programs. Nothing of it is part of an ordinary installation.
"""

import contextlib
import fcntl
import json
import os
import shutil
import sys
from pathlib import Path

from pendopo.core.errors import Fault
from pendopo.mailer import space
from pendopo.ops import home as homes
from pendopo.ops import mail, process
from pendopo.ops.texts import text
from pendopo.ops.up import up
from pendopo.portal.demo import messages, nation
from pendopo.portal.demo.sources import Sources

DEFAULT = "~/.local/share/pendopo/demo"
LOCK, FACTS = "demo.lock", "demo.json"


def run(base: Path | None = None, *, offset: int = 0) -> int:
    """Run the demo nation under ``base`` until Ctrl-C; the exit code.

    ``base`` defaults to $PENDOPO_DEMO, else ~/.local/share/pendopo/demo. ``offset`` moves every port; a
    nation keeps the one it was made with. Raises Fault for a port that is taken, and what `ops.init` raises.
    """
    base = Path(base or os.environ.get("PENDOPO_DEMO") or DEFAULT).expanduser().resolve()
    base.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(base.iterdir()) and not (base / LOCK).exists():
        # An unfinished nation is cleared away at the next start: never where something else may lie.
        print(f"{base} berisi hal lain. Pilih direktori kosong untuk negeri contoh.", file=sys.stderr)
        return 1
    with (base / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            print(f"Negeri contoh di {base} sudah berjalan.", file=sys.stderr)
            return 1
        try:
            return _run(base, offset)
        except Fault as fault:
            if fault.code == "ops.port_taken":
                print(
                    "Untuk negeri contoh yang baru: --port-offset 100 menggeser semua portnya.",
                    file=sys.stderr,
                )
            raise


def _run(base: Path, offset: int) -> int:
    from pendopo.portal.demo import found, show

    facts = kept(base)
    codes: dict[str, str] = {}
    told = facts is not None and facts["mail"]
    without = None if told else mail.impossible()
    if without:
        print(text("up.no_mail", "id", why=without.text("id")), flush=True)
    if facts is None:
        _clear(base)
        print(f"Menyiapkan negeri contoh di {base}. Ini hanya sekali.", flush=True)
        codes = found.make(base, offset, mail=not without)
    else:
        offset = facts["offset"]
    if not told and not without:
        found.give_mail(base, offset)

    def when_ready() -> None:
        if facts is None or not (told or without):
            command = [sys.executable, "-P", "-m", "pendopo.portal.demo.story", str(base), str(offset)]
            env = os.environ | {"PENDOPO_DEMO_CODES": json.dumps(codes)}
            process.spawn(command, stdout=sys.stdout.fileno(), env=env)
        else:
            print(show.text(facts, base), flush=True)

    nodes = [homes.load(base / node.name) for node in nation.NODES]
    clean = up(
        nodes,
        before=Sources(base / "sources", offset).parts(),
        when_ready=when_ready,
        mail_later=not told,
    )
    return 0 if clean else 1


def kept(base: Path) -> dict | None:
    """What a finished nation keeps about itself, or None. One of before there was mail has none."""
    try:
        return {"mail": False} | json.loads((base / FACTS).read_text())
    except FileNotFoundError:
        return None


def _clear(base: Path) -> None:
    """Remove what an interrupted first start left: our own folders only."""
    post = base / messages.NODE / "mail"
    if post.exists():
        with contextlib.suppress(Fault):  # then no server made anything there
            space.clear(post)
    for name in ("sources", *(node.name for node in nation.NODES)):
        for path in (base / name, *base.glob(f".{name}[-.]*")):
            shutil.rmtree(path, ignore_errors=True)
