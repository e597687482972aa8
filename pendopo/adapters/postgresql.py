"""PostgreSQL as a source, by asyncpg."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Mapping

import asyncpg
from asyncpg.prepared_stmt import PreparedStatement

from pendopo.core.errors import Fault

from . import render, tls
from .plan import Plan
from .postgresql_sql import OTHER, SETTING, TYPES, PostgreSQLStatement
from .source import Description, Page, Slots, Source, Table, address, column, description
from .sql import parameters

PREPARED = 200  # statements a connection
AHEAD = 4  # pieces of a stream read ahead of its taker, of 256 kB at most
GATHER = 128 * 1024  # a piece below this is followed by a pause, in which more comes in
GATHER_SECONDS = 0.001
HALVES_MB = 8  # a whole table from this size on is read by two connections

_TABLES = r"""
SELECT n.nspname, c.relname, CASE WHEN c.relkind IN ('v', 'm') THEN 'view' ELSE 'table' END,
       CASE WHEN c.relkind <> 'v' AND c.reltuples >= 0 THEN c.reltuples::bigint END
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f') AND NOT c.relispartition
  AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'
  AND has_schema_privilege(n.oid, 'USAGE') AND has_any_column_privilege(c.oid, 'SELECT')
ORDER BY 1, 2
"""
# A domain stands for the type it is made from.
_COLUMNS = """
SELECT a.attname, format_type(a.atttypid, a.atttypmod), b.typname, m.typmod, a.attnotnull,
       array_position(i.indkey::int2[], a.attnum),
       CASE WHEN c.reltuples >= 0 THEN c.reltuples::bigint END
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
JOIN pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
CROSS JOIN LATERAL (SELECT CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END AS typmod) m
LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
WHERE n.nspname = $1 AND c.relname = $2 AND has_column_privilege(c.oid, a.attnum, 'SELECT')
ORDER BY a.attnum
"""
# The block in the middle of a table whose rows lie in blocks, and what shows another session the same moment.
_MIDDLE = """
SELECT pg_relation_size(c.oid) / current_setting('block_size')::bigint / 2, pg_export_snapshot()
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_am a ON a.oid = c.relam
WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'm') AND a.amname = 'heap'
  AND pg_relation_size(c.oid) >= $3
"""


class _Session:
    """A connection and the statements prepared on it."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection
        self.prepared: dict[str, PreparedStatement] = {}

    async def prepare(self, sql: str) -> PreparedStatement:
        """Prepares and remembers; when there are too many, all are forgotten (asyncpg closes them)."""
        if len(self.prepared) >= PREPARED:
            self.prepared.clear()
        statement = self.prepared[sql] = await self.connection.prepare(sql)
        return statement


class PostgreSQL(Source):
    """See Source. Its sessions are read-only, in UTC, and end a statement that takes too long."""

    def __init__(self, dsn: Mapping, pool: int, *, timeout: float, bulk_timeout: float) -> None:
        super().__init__(dsn, pool, timeout=timeout, bulk_timeout=bulk_timeout)
        self._slots: Slots[_Session] = Slots(pool, timeout, self._connect, _alive)
        self._copies: set[asyncio.Task] = set()

    async def _connect(self) -> _Session:
        dsn = self.dsn
        host, port = address(dsn, 5432)
        secure = tls.context(dsn.get("tls"))
        try:
            connection = await asyncpg.connect(
                host=host,
                port=port,
                user=dsn["user"],
                password=dsn.get("password") or "",
                database=dsn["database"],
                ssl=secure or False,
                timeout=self.timeout,
                command_timeout=self.timeout + 1,
                server_settings={
                    "application_name": "pendopo",
                    "default_transaction_read_only": "on",
                    "statement_timeout": _milliseconds(self.timeout),
                    "TimeZone": "UTC",
                    "DateStyle": "ISO, YMD",
                    "IntervalStyle": "postgres",
                    "extra_float_digits": "1",
                },
            )
        except (*_TROUBLE, ValueError) as error:
            raise _connect_fault(error) from None
        return _Session(connection)

    async def close(self) -> None:
        self._closed = True
        for copy in self._copies:
            copy.cancel()
        for session in self._slots.empty():
            session.connection.terminate()

    @contextlib.asynccontextmanager
    async def _session(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection out of the budget; its troubles come out as faults."""
        session = await self._slots.take()
        try:
            yield session.connection
        except _TROUBLE as error:
            raise _fault(error) from None
        finally:
            self._back(session)

    def _back(self, session: _Session) -> None:
        if self._closed:
            session.connection.terminate()
        if session.connection.is_closed():
            self._slots.drop()
        else:
            self._slots.give(session)

    async def test(self) -> str:
        async with self._session() as connection:
            return "PostgreSQL " + await connection.fetchval("SHOW server_version")

    async def tables(self) -> list[Table]:
        async with self._session() as connection:
            return [Table(*row) for row in await connection.fetch(_TABLES)]

    async def describe(self, schema: str, table: str) -> Description:
        async with self._session() as connection:
            rows = await connection.fetch(_COLUMNS, schema, table)
        if not rows:
            raise Fault("source.table_missing", table=table[:80])
        places = sorted((place, name) for name, _, _, _, _, place, _ in rows if place is not None)
        key = [name for _, name in places]
        columns = [
            column(name, db_type, _kind(base, typmod), nullable=not not_null, key=key)
            for name, db_type, base, typmod, not_null, _, _ in rows
        ]
        return description(schema, table, columns, key, rows[0][-1])

    async def fetch(self, plan: Plan, fmt: str) -> Page:
        table = await self._described(*plan.table)
        json = fmt != "csv"
        session = None
        try:  # as `_session` does it; spelt out, as this is where a node spends its day
            sql = self._compiled(
                (plan.shape, json), lambda: PostgreSQLStatement(plan, table).select(json=json)
            )
            session = await self._slots.take()
            statement = session.prepared.get(sql) or await session.prepare(sql)
            rows = await statement.fetch(*_texts(plan, table))
        except (*_TROUBLE, Fault) as error:
            raise self._noticed(_fault(error), plan) from None
        finally:
            if session is not None:
                self._back(session)
        more = len(rows) > plan.limit
        if more:
            rows.pop()
        if json:
            body = render.json_body([row[0] for row in rows], fmt)
        else:
            names = [output.name for output in plan.columns]
            body = render.csv_header(names) + render.csv_lines(rows, [str] * len(names))
        following = plan.cursor(list(rows[-1][-len(plan.order) :])) if more and plan.pages else None
        return Page(body, len(rows), following, more)

    async def stream(self, plan: Plan, fmt: str) -> AsyncIterator[tuple[bytes, int]]:
        table = await self._described(*plan.table)
        json = fmt != "csv"
        count = _lines if json else _records
        frame = render.Frame(fmt, [output.name for output in plan.columns])
        total = 0
        try:
            sql = self._compiled(
                (plan.shape, json, "stream"),
                lambda: PostgreSQLStatement(plan, table, stream=True).select(json=json),
            )
            async with contextlib.AsyncExitStack() as stack:
                copies = await self._parted(stack, plan, sql, _texts(plan, table))
                pieces = await stack.enter_async_context(contextlib.aclosing(self._copy(copies, json)))
                async for piece in pieces:
                    total += count(piece)
                    yield frame.piece(piece), total
        except Fault as fault:
            raise self._noticed(fault, plan) from None
        if end := frame.end():
            yield end, total

    @contextlib.asynccontextmanager
    async def _bulk(self, arguments: list[str]) -> AsyncIterator[asyncpg.Connection]:
        """A connection with the time and the parameters of a COPY."""
        async with self._session() as connection:
            await _set(connection, self.bulk_timeout, arguments)
            try:
                yield connection
            finally:
                await _unset(connection, self.timeout)

    async def _parted(
        self, stack: contextlib.AsyncExitStack, plan: Plan, sql: str, arguments: list[str]
    ) -> list[tuple[asyncpg.Connection, str]]:
        """Connections, held by `stack`, and the COPY each is to do: together they give `sql`'s rows once.

        A large table without condition or order is read in two halves at a time, by what lies in the same
        moment's view of both, if that leaves a connection to others.
        """
        first = await stack.enter_async_context(self._bulk(arguments))
        alone = [(first, sql)]
        whole = not plan.conditions and not plan.order and plan.limit is None
        # Before version 14 each half would read the whole table.
        if not whole or self._slots.spare < 2 or first.get_server_version().major < 14:
            return alone
        await stack.enter_async_context(_same_moment(first))
        found = await first.fetchrow(_MIDDLE, *plan.table, HALVES_MB << 20)
        if found is None:
            return alone
        middle, moment = found
        try:
            second = await stack.enter_async_context(self._bulk(arguments))
            await stack.enter_async_context(_same_moment(second))
            await second.execute(f"SET TRANSACTION SNAPSHOT '{moment}'")
        except (Fault, asyncpg.PostgresError):  # no connection to be had, or it leads to another server
            return alone
        border = f"'({middle},0)'::tid"
        return [(first, f"{sql} WHERE t.ctid < {border}"), (second, f"{sql} WHERE t.ctid >= {border}")]

    async def _copy(
        self, copies: list[tuple[asyncpg.Connection, str]], json: bool
    ) -> AsyncIterator[bytearray]:
        """The pieces of all as they come. asyncpg pushes them; a short queue makes it wait for the taker."""
        queue: asyncio.Queue[bytearray | None] = asyncio.Queue(AHEAD)
        # No JSON text holds these two control characters, so none is quoted or escaped.
        options = {"delimiter": "\x01", "quote": "\x02"} if json else {}

        async def push(piece: bytearray) -> None:
            await queue.put(piece)
            if len(piece) < GATHER:  # what comes now and then costs much more than what comes at once
                await asyncio.sleep(GATHER_SECONDS)

        async def copy() -> None:
            try:
                async with asyncio.TaskGroup() as group:
                    for connection, sql in copies:
                        work = connection.copy_from_query(
                            sql, output=push, format="csv", timeout=self.bulk_timeout, **options
                        )
                        group.create_task(work)
            except BaseExceptionGroup as trouble:
                raise trouble.exceptions[0] from None
            await queue.put(None)

        def ended(task: asyncio.Task) -> None:
            if task.cancelled() or task.exception():  # what was read ahead is of no use
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait(None)

        task = asyncio.create_task(copy())
        task.add_done_callback(ended)
        self._copies.add(task)
        try:
            while (piece := await queue.get()) is not None:
                yield piece
            await asyncio.wait([task])
            if task.cancelled():  # by `close`
                raise Fault("source.lost")
            task.result()
        finally:
            self._copies.discard(task)
            task.cancel()
            await asyncio.wait([task])


_TROUBLE = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError)


async def _alive(session: _Session, idle: float) -> bool:
    """asyncpg notices by itself when the server goes away."""
    return not session.connection.is_closed()


@contextlib.asynccontextmanager
async def _same_moment(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """A transaction whose statements all see the data of one moment."""
    transaction = connection.transaction(isolation="repeatable_read", readonly=True)
    await transaction.start()
    try:
        yield
    finally:
        try:
            await transaction.rollback()
        except BaseException as error:  # also the cancelling of an abandoned COPY, which may come this late
            connection.terminate()
            if not isinstance(error, Exception):
                raise


async def _set(connection: asyncpg.Connection, timeout: float, arguments: list[str]) -> None:
    """Gives COPY its time and its parameters; the values are bound here, as text."""
    names = ["statement_timeout", *(f"{SETTING}{i}" for i in range(len(arguments)))]
    calls = [f"set_config('{name}', ${i}, false)" for i, name in enumerate(names, 1)]
    await connection.fetch(f"SELECT {', '.join(calls)}", _milliseconds(timeout), *arguments)


async def _unset(connection: asyncpg.Connection, timeout: float) -> None:
    """After a COPY, also an abandoned one: asyncpg has asked the server to cancel it and awaits that here."""
    try:
        await connection.fetch("SELECT set_config('statement_timeout', $1, false)", _milliseconds(timeout))
    except BaseException as error:
        connection.terminate()
        if not isinstance(error, Exception):
            raise


def _kind(base: str, typmod: int) -> tuple[str, str]:
    """(our type, family) of a type; numeric(p, 0) holds integers. The scale is in the modifier's low bits."""
    if base == "numeric" and typmod >= 4 and (typmod - 4) & 0x7FF == 0:
        return ("integer", "numeric")
    return TYPES.get(base, OTHER)


def _texts(plan: Plan, table: Description) -> list[str]:
    """The parameters as the texts PostgreSQL reads."""
    return [
        str(value).lower() if value is True or value is False else str(value)
        for _, value in parameters(plan, table)
    ]


def _lines(piece: bytes) -> int:
    return piece.count(b"\n")


def _records(piece: bytes) -> int:
    """The rows of a piece of whole CSV rows: line ends outside quotes."""
    if b'"' not in piece:
        return piece.count(b"\n")
    return sum([part.count(b"\n") for part in piece.split(b'"')[::2]])


def _milliseconds(seconds: float) -> str:
    return str(int(seconds * 1000))


def _connect_fault(error: Exception) -> Fault:
    match error:
        case socket.gaierror():
            return Fault("source.host_unknown")
        case ConnectionRefusedError() | FileNotFoundError():
            return Fault("source.refused")
        case ssl.SSLError():
            return Fault("source.tls")
        case ConnectionError() if "SSL" in str(error):
            return Fault("source.tls")
        case asyncpg.InvalidPasswordError():
            return Fault("source.password")
        case asyncpg.InvalidCatalogNameError():
            return Fault("source.database_missing")
        case asyncpg.InvalidAuthorizationSpecificationError() | asyncpg.InsufficientPrivilegeError():
            return Fault("source.no_rights")
        case asyncpg.TooManyConnectionsError():
            return Fault("source.busy")
        case OSError():
            return Fault("source.unreachable")
        case _:
            return Fault("source.failed")


_DRIFT = (
    asyncpg.UndefinedColumnError,
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedFunctionError,
    asyncpg.DatatypeMismatchError,
    asyncpg.InvalidTextRepresentationError,
    asyncpg.InvalidCachedStatementError,
)


def _fault(error: Exception) -> Fault:
    """What a running statement's trouble is to the caller. The database's own message stays here."""
    match error:
        case Fault():
            return error
        case asyncpg.QueryCanceledError() | TimeoutError():
            return Fault("source.timeout")
        case asyncpg.InsufficientPrivilegeError():
            return Fault("source.no_rights")
        case _ if isinstance(error, _DRIFT):
            return Fault("source.drift")
        case asyncpg.PostgresConnectionError() | asyncpg.OperatorInterventionError() | OSError():
            return Fault("source.lost")
        case asyncpg.InterfaceError():
            return Fault("source.lost")
        case _:
            return Fault("source.failed")
