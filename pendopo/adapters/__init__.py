"""Databases as sources: connect, look at their tables, and answer a table service's queries.

No Django. The portal's wizard and the gateway share it; everything here is asyncio and read-only.
"""

from collections.abc import Mapping

from pendopo.core.errors import Fault

from .plan import Plan, Terms, plan
from .source import Column, Description, Drift, Page, Source, Table

KINDS = ("postgresql", "mariadb", "sqlite")


def open_source(
    kind: str, dsn: Mapping, pool: int, *, timeout: float = 10, bulk_timeout: float = 3600
) -> Source:
    """A source of `kind` with at most `pool` connections, made when they are first needed.

    `dsn` has host port database user password tls, for SQLite path, and where the file must lie in one of
    some folders, `within`. tls: "" (off), "require" (encrypted),
    "verify" (and the certificate checked against the system's authorities) or the path of an authority's
    PEM file. Seconds: `timeout` for small answers and waiting, `bulk_timeout` for streams.
    """
    match kind:
        case "postgresql":
            from .postgresql import PostgreSQL as Kind
        case "mariadb":
            from .mariadb import MariaDB as Kind
        case "sqlite":
            from .sqlite import SQLite as Kind
        case _:
            raise Fault("source.kind_unknown", kind=kind[:40])
    return Kind(dsn, pool, timeout=timeout, bulk_timeout=bulk_timeout)


__all__ = [
    "KINDS",
    "Column",
    "Description",
    "Drift",
    "Page",
    "Plan",
    "Source",
    "Table",
    "Terms",
    "open_source",
    "plan",
]
