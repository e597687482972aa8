"""What the mail servers look up: domains, mailboxes, aliases and app passwords, in one SQLite file.

The portal's database holds the truth; this file is what Postfix and Dovecot read, so that mail flows while
the portal is down. It can be made again from nothing (`replace`). WAL, because Postfix waits for no lock:
readers and the one writer never meet in it. A reader writes there too (`-shm`) and may be the one to make the
files beside it, under a user number of its own. So the folder says who may come in, and the files in it are
open to all who did.
"""

import hashlib
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from pendopo.core.errors import Fault

BUSY_SECONDS = 10  # how long one writer waits for another

# One list of statements a version of the schema; PRAGMA user_version counts those already run.
MIGRATIONS = (
    (
        "create table domain (name text primary key check (name = lower(name))) without rowid",
        """create table mailbox (
            address text primary key check (address = lower(address)),
            quota_mb integer not null,
            active integer not null,
            overquota text,
            held integer not null
        ) without rowid""",
        """create table alias (
            address text not null check (address = lower(address)),
            target text not null check (target = lower(target)),
            primary key (address, target)
        ) without rowid""",
        """create table app_password (
            id text primary key,
            address text not null check (address = lower(address)),
            hash text not null
        ) without rowid""",
        "create index app_password_hash on app_password (address, hash)",
    ),
    ("alter table mailbox add column sends integer not null default 1",),
)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A mailbox, its quota in MiB (2**20 bytes). Not `active`: nobody knows the address. `held`: it receives,
    and no app password opens it. `overquota`: what senders hear while it is full, such as "552 5.2.2 …";
    None: the temporary answer. Not `sends`: what is handed in under its name is refused."""

    address: str
    quota_mb: int = 250
    active: bool = True
    overquota: str | None = None
    held: bool = False
    sends: bool = True


@dataclass(frozen=True, slots=True)
class Alias:
    """Mail to `address` goes to `target`; an address may have several. Its only one may send as it."""

    address: str
    target: str


@dataclass(frozen=True, slots=True)
class AppPassword:
    """One of a mailbox's app passwords: `hash` is `hashed(secret)`, `id` any text unique among all."""

    id: str
    address: str
    hash: str


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything in the file."""

    domains: frozenset[str] = frozenset()
    mailboxes: frozenset[Mailbox] = frozenset()
    aliases: frozenset[Alias] = frozenset()
    app_passwords: frozenset[AppPassword] = frozenset()


def shut_out(before: Contents, after: Contents) -> set[str]:
    """Addresses at which a password that opened the mailbox by `before` opens nothing by `after`."""

    def opening(contents: Contents) -> set[tuple[str, str]]:
        open_ = {one.address for one in contents.mailboxes if one.active and not one.held}
        return {(one.address, one.hash) for one in contents.app_passwords if one.address in open_}

    return {address for address, _hash in opening(before) - opening(after)}


def hashed(secret: str) -> str:
    """SHA-256 in hex, for secrets of 80 random bits and more only: nothing slows a guess down."""
    return hashlib.sha256(secret.encode()).hexdigest()


_held: list[sqlite3.Connection] = []


class Lookups:
    """The file at `path`, made or brought to the newest schema when it is first used.

    Every change is one transaction, durable against a kill of any process; a power cut may take the last ones
    back (what holds the truth then writes them again). Addresses and names are in small letters;
    sqlite3.IntegrityError otherwise. `Fault mail.lookups_newer` when a newer version made the file.
    """

    def __init__(self, path: Path):
        self.path = path

    def hold(self) -> None:
        """Keep the file open as long as this process lives: whoever closes it last takes its WAL away under a
        lock, and a server that looks something up in that moment is refused."""
        with self._transaction("begin"):
            pass
        held = sqlite3.connect(self.path, check_same_thread=False)
        held.execute("select count(*) from domain").fetchone()  # SQLite opens a file when it is first read
        _held.append(held)

    def put_domain(self, name: str) -> None:
        with self.changing() as connection:
            connection.execute("insert or ignore into domain values (?)", (name,))

    def put_mailbox(self, mailbox: Mailbox) -> None:
        """Add it, or change the one with its address."""
        self.put_mailboxes([mailbox])

    def put_mailboxes(self, mailboxes: Iterable[Mailbox]) -> None:
        """The same for many in one transaction. What is iterated over is asked only when no other writer can
        come in between: of two who write the same one at once, the later look counts."""
        with self.changing() as connection:
            _insert(connection, "mailbox", mailboxes)

    def put_alias(self, address: str, targets: Iterable[str]) -> None:
        """Mail to `address` goes to these `targets` and no others; without any it is no alias."""
        with self.changing() as connection:
            connection.execute("delete from alias where address = ?", (address,))
            _insert(connection, "alias", {Alias(address, target) for target in targets})

    def put_app_password(self, password: AppPassword) -> None:
        """Add it, or change the one with its id."""
        self.put_app_passwords([password])

    def put_app_passwords(self, passwords: Iterable[AppPassword]) -> None:
        """The same for many, asked for as `put_mailboxes` asks."""
        with self.changing() as connection:
            _insert(connection, "app_password", passwords)

    def remove_app_password(self, id: str) -> None:
        with self.changing() as connection:
            connection.execute("delete from app_password where id = ?", (id,))

    def replace(self, wanted: Callable[[], Contents]) -> None:
        """Make the file hold exactly what `wanted` answers, which is asked when no other writer can come in
        between; readers see the old or the new whole."""
        with self.changing() as connection:
            contents = wanted()
            for table in ("app_password", "alias", "mailbox", "domain"):
                connection.execute(f"delete from {table}")  # noqa: S608 - names of our own
            connection.executemany("insert into domain values (?)", [(one,) for one in contents.domains])
            _insert(connection, "mailbox", contents.mailboxes)
            _insert(connection, "alias", contents.aliases)
            _insert(connection, "app_password", contents.app_passwords)

    def contents(self) -> Contents:
        """Everything in the file, as of one moment; a writer does not wait for it."""
        with self._transaction("begin") as connection:
            return Contents(
                frozenset(name for (name,) in connection.execute("select name from domain")),
                frozenset(
                    Mailbox(address, quota_mb, bool(active), overquota, bool(held), bool(sends))
                    for address, quota_mb, active, overquota, held, sends in _select(
                        connection, "mailbox", Mailbox
                    )
                ),
                frozenset(Alias(*row) for row in _select(connection, "alias", Alias)),
                frozenset(AppPassword(*row) for row in _select(connection, "app_password", AppPassword)),
            )

    def changing(self) -> AbstractContextManager[sqlite3.Connection]:
        """One transaction of the one writer; rolled back when the block raises."""
        return self._transaction("begin immediate")

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        _touch(self.path)
        with closing(sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None)) as connection:
            if connection.execute("pragma user_version").fetchone()[0] != len(MIGRATIONS):
                begin = "begin immediate"
            connection.execute("pragma synchronous = normal")
            connection.execute(begin)
            try:
                _migrate(connection)
                yield connection
                connection.execute("commit")
            except BaseException:
                connection.execute("rollback")
                raise


def _touch(path: Path) -> None:
    """The empty file, where there is none: in WAL before anybody sees it, since nobody else may be in it when
    that changes. SQLite gives the files beside it the same rights."""
    if path.exists():
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, part = tempfile.mkstemp(dir=path.parent, prefix=".")
    os.close(descriptor)
    try:
        with closing(sqlite3.connect(part)) as connection:
            connection.execute("pragma journal_mode = wal")
        Path(part).chmod(0o666)
        with suppress(FileExistsError):  # somebody else made it meanwhile
            os.link(part, path)
    finally:
        os.unlink(part)


def _migrate(connection: sqlite3.Connection) -> None:
    version = connection.execute("pragma user_version").fetchone()[0]
    if version > len(MIGRATIONS):
        raise Fault("mail.lookups_newer", version=version, known=len(MIGRATIONS))
    for statements in MIGRATIONS[version:]:
        for statement in statements:
            connection.execute(statement)
    if version < len(MIGRATIONS):
        connection.execute(f"pragma user_version = {len(MIGRATIONS)}")


def _insert(connection: sqlite3.Connection, table: str, rows: Iterable) -> None:
    """Put dataclasses whose fields bear the columns' names into `table`, over rows of the same key."""
    for row in rows:
        names = ", ".join(field.name for field in fields(row))
        marks = ", ".join("?" * len(fields(row)))
        connection.execute(f"insert or replace into {table} ({names}) values ({marks})", astuple(row))  # noqa: S608


def _select(connection: sqlite3.Connection, table: str, kind: type) -> sqlite3.Cursor:
    names = ", ".join(field.name for field in fields(kind))
    return connection.execute(f"select {names} from {table}")  # noqa: S608 - names of our own
