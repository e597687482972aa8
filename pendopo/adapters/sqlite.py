"""SQLite as a source: the standard library's driver, in threads."""

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from pendopo.core.errors import Fault

from .plan import Plan
from .render import Encode
from .rows import RowSource
from .source import Column, Description, Slots, Table, column, description
from .sql import parameters
from .sqlite_sql import MASK, SQLiteStatement, argument, json_of, kind, mask, text_of

T = TypeVar("T")

BATCH = 1000  # rows a piece
SCHEMA = "main"

_TABLES = """
SELECT name, type FROM sqlite_master
WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY name
"""
_COLUMNS = """SELECT name, type, "notnull", pk FROM pragma_table_xinfo(?1) WHERE hidden <> 1 ORDER BY cid"""


class SQLite(RowSource):
    """See Source. The file is opened read-only; a statement that takes too long is interrupted."""

    def __init__(self, dsn: Mapping, pool: int, *, timeout: float, bulk_timeout: float) -> None:
        super().__init__(dsn, pool, timeout=timeout, bulk_timeout=bulk_timeout)
        self._path = dsn.get("path") or ""
        self._folders: list[str] | None = dsn.get("within")
        self._threads = ThreadPoolExecutor(pool, thread_name_prefix="sqlite")
        self._slots: Slots[sqlite3.Connection] = Slots(pool, timeout, self._connect, self._alive)
        self._used: set[sqlite3.Connection] = set()

    async def _connect(self) -> sqlite3.Connection:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._open)

    def _open(self) -> sqlite3.Connection:
        if not os.path.isabs(self._path) or "\0" in self._path:
            raise Fault("source.settings", name="path")
        if not self._within():
            raise Fault("source.outside")
        if not os.path.isfile(self._path):
            raise Fault("source.file_missing")
        if not os.access(self._path, os.R_OK):
            raise Fault("source.no_rights")
        connection = None
        try:
            connection = sqlite3.connect(
                f"file:{quote(self._path)}?mode=ro",
                uri=True,
                check_same_thread=False,
                isolation_level=None,
                timeout=self.timeout,
            )
            connection.text_factory = _text
            connection.create_function(MASK, 5, mask, deterministic=True)
            connection.execute("PRAGMA query_only = ON")
            connection.execute("PRAGMA case_sensitive_like = ON")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.Error as error:
            if connection is not None:
                connection.close()
            raise _fault(error) from None
        return connection

    def _within(self) -> bool:
        """Whether the file lies where it may, links followed; asked at each opening, as links change."""
        if self._folders is None:
            return True
        path = Path(self._path).resolve()
        return any(path.is_relative_to(Path(folder).resolve()) for folder in self._folders)

    async def _alive(self, connection: sqlite3.Connection, idle: float) -> bool:
        """A file that was moved away would be read on for ever."""
        if os.path.isfile(self._path):
            return True
        connection.close()
        return False

    async def close(self) -> None:
        self._closed = True
        for connection in self._used:
            connection.interrupt()
        for connection in self._slots.empty():
            connection.close()
        self._threads.shutdown(wait=False)

    async def test(self) -> str:
        await self._rows("SELECT 1")
        return "SQLite " + sqlite3.sqlite_version

    async def tables(self) -> list[Table]:
        return [
            Table(SCHEMA, name, type, await self._count(name) if type == "table" else None)
            for name, type in await self._rows(_TABLES)
        ]

    async def describe(self, schema: str, table: str) -> Description:
        rows = await self._rows(_COLUMNS, (table,)) if schema in ("", SCHEMA) else []
        if not rows:
            raise Fault("source.table_missing", table=table[:80])
        key = [name for _, name in sorted((place, name) for name, _, _, place in rows if place)]
        columns = [
            column(
                name,
                type,
                kind(type),
                nullable=not (filled or (place and type.upper() == "INTEGER")),
                key=key,
            )
            for name, type, filled, place in rows
        ]
        return description(schema, table, columns, key, await self._count(table))

    async def _count(self, table: str) -> int | None:
        """The highest row number: right for a table that only grew, an estimate for others."""
        quoted = table.replace('"', '""')
        try:
            return (await self._rows(f'SELECT max(rowid) FROM "{quoted}"'))[0][0]  # noqa: S608
        except Fault:  # a view, or a table without row numbers
            return None

    async def _rows(self, sql: str, arguments: tuple = ()) -> list[tuple]:
        """All rows of a small query."""
        async with contextlib.aclosing(self._read(sql, arguments, bulk=False)) as batches:
            return [row async for batch in batches for row in batch]

    async def _batches(self, plan: Plan, table: Description, *, bulk: bool) -> AsyncIterator[list[tuple]]:
        sql = self._compiled((plan.shape, bulk), lambda: SQLiteStatement(plan, table, stream=bulk).select())
        arguments = tuple([argument(type, value) for type, value in parameters(plan, table)])
        async with contextlib.aclosing(self._read(sql, arguments, bulk=bulk)) as batches:
            async for batch in batches:
                yield batch

    async def _read(self, sql: str, arguments: tuple, *, bulk: bool) -> AsyncIterator[list[tuple]]:
        connection = await self._slots.take()
        self._used.add(connection)
        loop = asyncio.get_running_loop()
        alarm = loop.call_later(self.bulk_timeout if bulk else self.timeout, connection.interrupt)
        cursor = None
        try:
            cursor = await self._in_thread(connection, connection.execute, sql, arguments)
            while rows := await self._in_thread(connection, cursor.fetchmany, BATCH):
                yield rows
        except sqlite3.Error as error:
            raise _fault(error) from None
        finally:
            alarm.cancel()
            if cursor is not None:
                cursor.close()
            self._used.discard(connection)
            if self._closed:
                connection.close()
                self._slots.drop()
            else:
                self._slots.give(connection)

    async def _in_thread(
        self, connection: sqlite3.Connection, function: Callable[..., T], *arguments: object
    ) -> T:
        """Runs a call of the driver; when nobody waits for it any more, it is interrupted and seen out."""
        if self._closed:
            raise Fault("source.lost")
        future = asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            connection.interrupt()
            await asyncio.wait([future])
            if not future.cancelled():
                future.exception()
            raise

    def _encoder(self, column: Column, *, json: bool) -> Encode:
        return json_of(column.type) if json else text_of(column.type)


def _text(data: bytes) -> str:
    """Text that is not UTF-8 gets replacement characters instead of ending the answer."""
    return data.decode("utf-8", "replace")


def _fault(error: sqlite3.Error) -> Fault:
    """What a statement's trouble is to the caller. The database's own message stays here."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return Fault("source.lost")  # closed under us
    match code & 0xFF:
        case sqlite3.SQLITE_NOTADB:
            return Fault("source.not_database")
        case sqlite3.SQLITE_INTERRUPT:
            return Fault("source.timeout")
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return Fault("source.busy")
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM | sqlite3.SQLITE_AUTH:
            return Fault("source.no_rights")
        case sqlite3.SQLITE_IOERR:
            return Fault("source.lost")
        case sqlite3.SQLITE_ERROR if str(error).startswith("no such "):
            return Fault("source.drift")
    return Fault("source.failed")
