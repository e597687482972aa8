"""What every source is to its users: the wizard asks for tables, the gateway for rows."""

import asyncio
import hashlib
import json
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Generic, NamedTuple, TypeVar

from pendopo.core import strict
from pendopo.core.errors import Fault

from . import personal
from .plan import Output, Plan

T = TypeVar("T")

FORMATS = ("json", "ndjson", "csv")
STATEMENTS = 512  # compiled statements kept a source
DESCRIBED_SECONDS = 60  # then a table is looked at again: a changed type is seen within that time


@dataclass(frozen=True)
class Column:
    """A column as its table has it. `type` is one of ours; `family` is what its dialect compares it as.

    `personal`, `reason` and `mask` are hints from its name (personal.py).
    """

    name: str
    db_type: str
    type: str
    nullable: bool
    family: str
    key: bool = False
    personal: bool = False
    reason: str | None = None
    mask: dict | None = None


@dataclass(frozen=True)
class Table:
    """`kind` is "table" or "view"; `rows` an estimate, None where the database has none."""

    schema: str
    name: str
    kind: str
    rows: int | None


@dataclass(frozen=True)
class Description:
    """A table's columns in order, its primary key (empty: none), and a fingerprint of names and types."""

    schema: str
    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    rows: int | None
    schema_sha: str
    by_name: dict[str, Column] = field(repr=False)

    def find(self, name: str, type: str | None) -> Column:
        """The column of that name and type (None: any); `Fault source.drift` when there is none any more."""
        found = self.by_name.get(name)
        if found is None or type not in (None, found.type):
            raise Fault("source.drift")
        return found


class Page(NamedTuple):
    """An answer in one piece. `more`: the limit cut it; `next`: the cursor to the rest, if one can page."""

    body: bytes
    rows: int
    next: str | None
    more: bool


@dataclass(frozen=True)
class Drift:
    """Published columns that are gone, and those of another type now: (name, promised, found)."""

    missing: tuple[str, ...] = ()
    retyped: tuple[tuple[str, str, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.missing or self.retyped)


class Source(ABC):
    """A database an agency registered, read-only. Every method but `close` may raise `Fault source.*`.

    `timeout` seconds bound a small answer and the wait for a connection, `bulk_timeout` a stream.
    """

    def __init__(self, dsn: Mapping, pool: int, *, timeout: float, bulk_timeout: float) -> None:
        self.dsn = dsn
        self.timeout = timeout
        self.bulk_timeout = bulk_timeout
        self._size = pool
        self._tables: dict[tuple[str, str], tuple[Description, float]] = {}
        self._closed = False
        self._statements: dict[tuple, object] = {}

    @abstractmethod
    async def close(self) -> None:
        """End every connection, also those in use."""

    @abstractmethod
    async def test(self) -> str:
        """Connect and ask something; the product and version that answered."""

    @abstractmethod
    async def tables(self) -> list[Table]:
        """Tables and views the account may read, system ones left out, by schema and name."""

    @abstractmethod
    async def describe(self, schema: str, table: str) -> Description:
        """The table as it is now; `Fault source.table_missing`."""

    @abstractmethod
    async def fetch(self, plan: Plan, fmt: str) -> Page:
        """The rows of a plan with a limit in one body: "json" (an array), "ndjson" or "csv" (with header)."""

    @abstractmethod
    def stream(self, plan: Plan, fmt: str) -> AsyncIterator[tuple[bytes, int]]:
        """The answer in pieces of whole rows, each with the count of rows so far; `aclose` stops it.

        The database is read no faster than the pieces are taken.
        """

    async def sample(self, schema: str, table: str, n: int) -> list[dict[str, str | None]]:
        """The first `n` rows, whatever they are, every value as the text an answer would hold."""
        described = await self._described(schema, table)
        columns = tuple(Output(column.name, column.type, None) for column in described.columns)
        page = await self.fetch(Plan((schema, table), columns, limit=n), "json")
        rows = json.loads(page.body, parse_float=Decimal)
        return [{name: _text(value) for name, value in row.items()} for row in rows]

    async def drift(self, definition: Mapping, schema: str, table: str) -> Drift:
        """How the table differs from what the service's definition promises. New columns are no drift."""
        try:
            found = (await self._described(schema, table, anew=True)).by_name
        except Fault as fault:
            if fault.code != "source.drift":
                raise
            found = {}
        missing, retyped = [], []
        for column in definition["columns"]:
            now = found.get(column["name"])
            if now is None:
                missing.append(column["name"])
            elif now.type != column["type"]:
                retyped.append((column["name"], column["type"], now.type))
        return Drift(tuple(missing), tuple(retyped))

    async def _described(self, schema: str, table: str, *, anew: bool = False) -> Description:
        """`describe`, remembered for a while. A table that is gone is `Fault source.drift` here."""
        known = self._tables.get((schema, table))
        now = time.monotonic()
        if known is not None and now < known[1] and not anew:
            return known[0]
        try:
            found = await self.describe(schema, table)
        except Fault as fault:
            if fault.code != "source.table_missing":
                raise
            self._forget((schema, table))
            raise Fault("source.drift") from None
        if known is None or known[0].columns != found.columns:
            self._forget((schema, table))
        self._tables[schema, table] = (found, now + DESCRIBED_SECONDS)
        return found

    def _noticed(self, fault: Fault, plan: Plan) -> Fault:
        """A statement that met a changed table makes us look at the table again."""
        if fault.code == "source.drift":
            self._forget(plan.table)
        return fault

    def _forget(self, table: tuple[str, str]) -> None:
        """The table changed: neither its description nor statements made from it hold any longer."""
        self._tables.pop(table, None)
        self._statements.clear()

    def _compiled(self, key: tuple, make: Callable[[], T]) -> T:
        """`make()`, remembered under `key`; when there are too many, all are forgotten."""
        statement = self._statements.get(key)
        if statement is None:
            if len(self._statements) >= STATEMENTS:
                self._statements.clear()
            statement = self._statements[key] = make()
        return statement


def address(dsn: Mapping, port: int) -> tuple[str, int]:
    """Host and port (by default `port`) of a server's settings; `Fault source.settings` names a wrong one."""
    for name in ("host", "user", "database"):
        if not dsn.get(name):
            raise Fault("source.settings", name=name)
    given = str(dsn.get("port") or port)
    if not (given.isascii() and given.isdecimal() and 0 < int(given) < 65536):
        raise Fault("source.settings", name="port")
    return dsn["host"], int(given)


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return str(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False, default=float)


def column(
    name: str, db_type: str, kind: tuple[str, str], *, nullable: bool, key: Iterable[str] = ()
) -> Column:
    """A `Column` with its hints; `kind` is (our type, family)."""
    type, family = kind
    hint = personal.hint(name)
    mask = hint.mask if hint else None
    if mask == personal.YEAR and type not in ("date", "datetime"):
        mask = personal.HIDE
    return Column(
        name, db_type, type, nullable, family, name in key, hint is not None, hint and hint.reason, mask
    )


def description(
    schema: str, table: str, columns: Iterable[Column], key: Iterable[str], rows: int | None
) -> Description:
    """A `Description`; its fingerprint is the SHA-256 (hex) of the sorted (name, type) pairs, strict JSON."""
    columns = tuple(columns)
    shape = sorted([column.name, column.type] for column in columns)
    sha = hashlib.sha256(strict.dumps({"columns": shape})).hexdigest()
    return Description(schema, table, columns, tuple(key), rows, sha, {c.name: c for c in columns})


class Slots(Generic[T]):
    """The connection budget of a source: at most `size`, made when needed, waited for at most `timeout` s.

    `alive(connection, idle seconds)` tells whether one that lay idle is still good.
    """

    def __init__(
        self,
        size: int,
        timeout: float,
        connect: Callable[[], Awaitable[T]],
        alive: Callable[[T, float], Awaitable[bool]],
    ) -> None:
        self._idle: list[tuple[T, float]] = []
        self._turns = asyncio.Semaphore(size)
        self.spare = size  # connections that nobody has now
        self._timeout = timeout
        self._connect = connect
        self._alive = alive

    async def take(self) -> T:
        """A connection of one's own until `give` or `drop`. `Fault source.busy` when none comes in time."""
        if self._turns.locked():
            try:
                async with asyncio.timeout(self._timeout):
                    await self._turns.acquire()
            except TimeoutError:
                raise Fault("source.busy") from None
        else:
            await self._turns.acquire()
        self.spare -= 1
        try:
            while self._idle:
                connection, since = self._idle.pop()
                if await self._alive(connection, time.monotonic() - since):
                    return connection
            return await self._connect()
        except BaseException:
            self.drop()
            raise

    def give(self, connection: T) -> None:
        """Back for the next."""
        self._idle.append((connection, time.monotonic()))
        self.drop()

    def drop(self) -> None:
        """Its connection is of no use any more."""
        self.spare += 1
        self._turns.release()

    def empty(self) -> list[T]:
        """Takes the idle connections out, to be closed."""
        idle, self._idle = self._idle, []
        return [connection for connection, _ in idle]
