"""MariaDB as a source, by asyncmy."""

import asyncio
import base64
import contextlib
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Mapping
from typing import NamedTuple

import asyncmy
from asyncmy import errors
from asyncmy.converters import conversions
from asyncmy.cursors import SSCursor

from pendopo.core.errors import Fault

from . import tls
from .mariadb_sql import MariaDBStatement, immediate, kind, literal
from .plan import Plan
from .render import Encode, json_string
from .rows import RowSource
from .source import Column, Description, Slots, Table, address, column, description
from .sql import parameters

logger = logging.getLogger(__name__)

BATCH = 1000  # rows a piece
FRESH_SECONDS = 1  # an idle connection is asked whether it lives after that
KILL_SECONDS = 5

# Every value comes as text; a client as slow as its own line may take its time over a stream.
_SESSION = (
    "SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES', time_zone = '+00:00', max_statement_time = {timeout}, "
    "net_write_timeout = 3600, max_sort_length = 8192"
)
_ENCODERS = {type: encode for type, encode in conversions.items() if not isinstance(type, int)}

_TABLES = """
SELECT TABLE_SCHEMA, TABLE_NAME, IF(TABLE_TYPE LIKE '%VIEW', 'view', 'table'), TABLE_ROWS
FROM information_schema.TABLES
WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE IN ('BASE TABLE', 'VIEW', 'SYSTEM VERSIONED')
ORDER BY 1, 2
"""
_COLUMNS = """
SELECT c.COLUMN_NAME, c.DATA_TYPE, c.COLUMN_TYPE, c.NUMERIC_SCALE, c.CHARACTER_SET_NAME,
       c.IS_NULLABLE, k.ORDINAL_POSITION,
       EXISTS (SELECT 1 FROM information_schema.CHECK_CONSTRAINTS j
               WHERE j.CONSTRAINT_SCHEMA = c.TABLE_SCHEMA AND j.TABLE_NAME = c.TABLE_NAME
                 AND j.CHECK_CLAUSE = CONCAT('json_valid(`', c.COLUMN_NAME, '`)')),
       t.TABLE_ROWS
FROM information_schema.COLUMNS c
JOIN information_schema.TABLES t ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME
LEFT JOIN information_schema.KEY_COLUMN_USAGE k ON k.TABLE_SCHEMA = c.TABLE_SCHEMA
  AND k.TABLE_NAME = c.TABLE_NAME AND k.COLUMN_NAME = c.COLUMN_NAME AND k.CONSTRAINT_NAME = 'PRIMARY'
WHERE c.TABLE_SCHEMA = ? AND c.TABLE_NAME = ?
ORDER BY c.ORDINAL_POSITION
"""


class _Statement(NamedTuple):
    sql: str
    slots: tuple[int, ...]


class MariaDB(RowSource):
    """See Source. Its sessions are read-only, in UTC, and end a statement that takes too long."""

    def __init__(self, dsn: Mapping, pool: int, *, timeout: float, bulk_timeout: float) -> None:
        super().__init__(dsn, pool, timeout=timeout, bulk_timeout=bulk_timeout)
        self._slots: Slots[asyncmy.Connection] = Slots(pool, timeout, self._connect, _alive)
        self._used: set[asyncmy.Connection] = set()

    async def _connect(self) -> asyncmy.Connection:
        dsn = self.dsn
        host, port = address(dsn, 3306)
        secure = tls.context(dsn.get("tls"))
        try:
            async with asyncio.timeout(self.timeout):  # the driver's own ends when the socket is open
                connection = await asyncmy.connect(
                    host=host,
                    port=port,
                    user=dsn["user"],
                    password=(dsn.get("password") or "").encode(),
                    database=dsn["database"],
                    charset="utf8mb4",
                    autocommit=True,
                    conv=_ENCODERS,
                    ssl=secure,
                    program_name="pendopo",
                )
                try:
                    await connection.query(_SESSION.format(timeout=self.timeout))
                    await connection.query("SET SESSION TRANSACTION READ ONLY")
                except BaseException:
                    connection.close()
                    raise
        except (errors.Error, OSError, ValueError) as error:
            raise _connect_fault(error, secure is not None) from None
        return connection

    async def close(self) -> None:
        for connection in [*self._slots.empty(), *self._used]:
            connection.close()

    async def test(self) -> str:
        (version,) = (await self._query("SELECT VERSION()"))[0]
        return "MariaDB " + version.partition("-")[0]

    async def tables(self) -> list[Table]:
        rows = await self._query(_TABLES)
        return [
            Table(schema, name, kind, None if count is None else int(count))
            for schema, name, kind, count in rows
        ]

    async def describe(self, schema: str, table: str) -> Description:
        rows = await self._query(immediate(_COLUMNS, [literal("text", schema), literal("text", table)]))
        if not rows:
            raise Fault("source.table_missing", table=table[:80])
        key = [name for _, name in sorted((int(row[6]), row[0]) for row in rows if row[6] is not None)]
        columns = [
            column(
                name,
                column_type,
                kind(data_type, column_type, scale and int(scale), charset, checked == "1"),
                nullable=nullable == "YES",
                key=key,
            )
            for name, data_type, column_type, scale, charset, nullable, _, checked, _ in rows
        ]
        count = rows[0][-1]
        return description(schema, table, columns, key, count and int(count))

    async def _query(self, sql: str) -> list[tuple]:
        """All rows of a small query."""
        async with contextlib.aclosing(self._read(sql, bulk=False)) as batches:
            return [row async for batch in batches for row in batch]

    async def _batches(self, plan: Plan, table: Description, *, bulk: bool) -> AsyncIterator[list[tuple]]:
        statement = self._compiled((plan.shape, bulk), lambda: _compile(plan, table, bulk))
        values = [literal(type, value) for type, value in parameters(plan, table)]
        sql = immediate(statement.sql, [values[index] for index in statement.slots])
        async with contextlib.aclosing(self._read(sql, bulk=bulk)) as batches:
            async for batch in batches:
                yield batch

    async def _read(self, sql: str, *, bulk: bool) -> AsyncIterator[list[tuple]]:
        """Batches of rows as the server sends them. Left early, the statement is killed at the server."""
        connection = await self._slots.take()
        self._used.add(connection)
        seconds = self.bulk_timeout if bulk else self.timeout
        began = asyncio.get_running_loop().time()
        deadline = began + seconds + 1
        sound = False
        try:
            async with asyncio.timeout_at(deadline):
                if bulk:
                    await connection.query(f"SET SESSION max_statement_time = {seconds}")
                cursor = connection.cursor(SSCursor)
                await cursor.execute(sql)
            while True:
                async with asyncio.timeout_at(deadline):
                    rows = await cursor.fetchmany(BATCH)
                if not rows:
                    break
                yield rows
            if bulk:
                await connection.query(f"SET SESSION max_statement_time = {self.timeout}")
            sound = True
        except (errors.Error, OSError) as error:
            fault = _fault(error)
            sound = fault.code in ("source.drift", "source.no_rights", "source.failed")
            if fault.code == "source.failed" and asyncio.get_running_loop().time() - began >= seconds:
                # The server has several words for a statement that its limit ended, by what it was doing.
                fault, sound = Fault("source.timeout"), False
            raise fault from None
        finally:
            self._used.discard(connection)
            if sound:
                self._slots.give(connection)
            else:
                await self._kill(connection)
                self._slots.drop()

    async def _kill(self, connection: asyncmy.Connection) -> None:
        """Ends a connection and what the server does for it, which else it would notice at the next row."""
        number = connection.thread_id()
        connection.close()
        with contextlib.suppress(Fault, errors.Error, OSError):
            async with asyncio.timeout(KILL_SECONDS):
                other = await self._connect()
                try:
                    await other.query(f"KILL {number}")
                finally:
                    other.close()

    def _encoder(self, column: Column, *, json: bool) -> Encode:
        family = "boolean" if column.type == "boolean" else column.family
        text = _TEXTS.get(family, str)
        if not json or column.type in ("integer", "number", "boolean", "json"):
            return text
        text = _JSON_TEXTS.get(family, text)
        return json_string if text is str else lambda value: json_string(text(value))


def _compile(plan: Plan, table: Description, bulk: bool) -> _Statement:
    statement = MariaDBStatement(plan, table, stream=bulk)
    return _Statement(statement.select(), tuple(statement.slots))


async def _alive(connection: asyncmy.Connection, idle: float) -> bool:
    if idle < FRESH_SECONDS:
        return True
    try:
        await connection.ping(reconnect=False)
    except (errors.Error, OSError):
        connection.close()
        return False
    return True


def _fine(text: str) -> str:
    """A time of day without the zeros at the end of its fraction."""
    return text.rstrip("0").rstrip(".") if "." in text else text


_TEXTS: dict[str, Encode] = {
    "boolean": lambda value: "false" if value == "0" else "true",
    "time": _fine,
    "datetime": _fine,
    "timestamp": lambda value: _fine(value) + "+00",
    "bytes": lambda value: base64.b64encode(value).decode(),
    "json": lambda value: value.replace("\n", " ").replace("\r", " "),
}

_JSON_TEXTS: dict[str, Encode] = {
    "datetime": lambda value: _fine(value).replace(" ", "T"),
    "timestamp": lambda value: _fine(value).replace(" ", "T") + "+00:00",
}

# https://mariadb.com/docs/server/reference/error-codes
_PASSWORD, _NO_DATABASE = {1045, 1698, 1862}, {1049}
_NO_RIGHTS = {1044, 1130, 1142, 1143, 1227, 1370}
_BUSY = {1040, 1203, 1226}
_DRIFT = {1054, 1146, 1051, 1356, 1347}
_TIMEOUT = {1969, 1205}
_LOST = {0, 1053, 1927, 1317, 2003, 2006, 2013, 2014}


def _connect_fault(error: Exception, secure: bool) -> Fault:
    cause = error.__cause__ if isinstance(error, errors.OperationalError) and error.__cause__ else error
    number = error.args[0] if isinstance(error, errors.Error) and error.args else None
    match cause:
        case ssl.SSLError():
            return Fault("source.tls")
        case socket.gaierror():
            return Fault("source.host_unknown")
        case ConnectionRefusedError():
            return Fault("source.refused")
        case _ if secure and number in (1043, 2013):  # the server knows no TLS
            return Fault("source.tls")
        case OSError():
            return Fault("source.unreachable")
    if number in _PASSWORD:
        return Fault("source.password")
    if number in _NO_DATABASE:
        return Fault("source.database_missing")
    return _fault(error)


def _fault(error: BaseException) -> BaseException:
    """What a running statement's trouble is to the caller. The database's own message stays here."""
    if isinstance(error, TimeoutError):
        return Fault("source.timeout")
    if isinstance(error, OSError):
        return Fault("source.lost")
    if not isinstance(error, errors.Error):
        return error
    number = error.args[0] if error.args else None
    for numbers, code in (
        (_TIMEOUT, "source.timeout"),
        (_DRIFT, "source.drift"),
        (_NO_RIGHTS, "source.no_rights"),
        (_BUSY, "source.busy"),
        (_LOST, "source.lost"),
    ):
        if number in numbers:
            return Fault(code)
    logger.warning("MariaDB answered with an error this adapter does not know: %s", number)
    return Fault("source.failed")
