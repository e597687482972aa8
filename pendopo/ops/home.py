"""Reads and writes a node's home directory: pendopo.toml, its directories and its secrets, all private."""

import os
import secrets
import stat
from pathlib import Path

from pendopo.core.errors import Fault
from pendopo.core.home import Home, parse, render
from pendopo.mailer.files import write
from pendopo.ops.postgres import Cluster


def load(root: str | Path | None = None) -> Home:
    """The home `root`, by default the one named by the environment variable PENDOPO_HOME.

    Raises Fault when none is named, it is not there, or its pendopo.toml cannot be used.
    """
    root = root or os.environ.get("PENDOPO_HOME")
    if not root:
        raise Fault("home.not_given")
    path = Path(root).resolve()
    try:
        return parse(path, (path / "pendopo.toml").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Fault("home.missing", home=str(path)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise Fault("home.unreadable", home=str(path), why=str(error)) from None


def create(home: Home) -> None:
    """Make the directories (0700), pendopo.toml and fresh secrets (0600) of `home`, which must not exist."""
    for directory in home.directories():
        directory.mkdir(mode=0o700, exist_ok=directory == home.root)
        directory.chmod(0o700)
    write_private(home.config, render(home).encode())
    write_private(home.django_key, secrets.token_urlsafe(48).encode())
    write_private(home.seal_key, secrets.token_bytes(32))
    write_private(home.postgres_password, secrets.token_urlsafe(32).encode())


def write_private(path: Path, data: bytes) -> None:
    """A new file that only its owner may read, durable before its name exists."""
    write(path, data, 0o600)


def make_run_dir(home: Home) -> Path:
    """The directory of the sockets, made if it is missing. Raises Fault when it is not ours alone."""
    home.run.mkdir(mode=0o700, exist_ok=True)
    found = home.run.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise Fault("home.run_not_ours", path=str(home.run))
    return home.run


def cluster(home: Home) -> Cluster:
    """The private cluster of `home` (also when a URL is set and it is not used)."""
    return Cluster(data=home.postgres, run=home.run, password_file=home.postgres_password)


def database_url(home: Home) -> str:
    """The database's URL: the one set, or the private cluster's. It holds a password: never print it."""
    return home.database or cluster(home).url()
