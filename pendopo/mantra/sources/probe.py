"""Knocking on a source from a page: one short visit, over before the reader loses patience."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TypeVar

from django.conf import settings

from pendopo.adapters import Description, Drift, Table, Terms, open_source
from pendopo.adapters import Source as Adapter
from pendopo.core.errors import Fault

SECONDS = 8.0
Found = TypeVar("Found")


def visit(
    kind: str, address: dict, ask: Callable[[Adapter], Awaitable[Found]], *, seconds: float = SECONDS
) -> Found:
    """What `ask` brings back from the source, within `seconds`.

    Raises the adapter's `Fault source.*`, or `source.timeout` when the time is up.
    """

    async def go() -> Found:
        source = open_source(kind, settings.HOME.located(address), 1, timeout=seconds)
        try:
            async with asyncio.timeout(seconds):
                return await ask(source)
        except TimeoutError:
            raise Fault("source.timeout") from None
        finally:
            await source.close()

    return asyncio.run(go())


def test(kind: str, address: dict) -> str:
    """The product and version that answered."""
    return visit(kind, address, lambda source: source.test())


def tables(kind: str, address: dict) -> list[Table]:
    """The tables and views that the account may read."""
    return visit(kind, address, lambda source: source.tables())


def describe(kind: str, address: dict, schema: str, table: str) -> Description:
    """The table's columns, types and key as they are now."""
    return visit(kind, address, lambda source: source.describe(schema, table))


def sample(kind: str, address: dict, schema: str, table: str, n: int = 3) -> list[dict[str, str | None]]:
    """The first rows, for the provider's own eyes."""
    return visit(kind, address, lambda source: source.sample(schema, table, n))


def drift(kind: str, address: dict, schema: str, table: str, definition: dict) -> Drift:
    """How the table differs from what the description promises."""
    return visit(kind, address, lambda source: source.drift(definition, schema, table))


def answer(
    kind: str, address: dict, table: tuple[str, str], definition: dict, grant: dict | None, n: int = 3
) -> list[dict]:
    """The first `n` rows exactly as the holder of `grant` gets them: by the gateway's own path, masked."""

    async def ask(source: Adapter) -> bytes:
        plan = Terms(definition, grant, table=table).plan(f"limit={n}")
        return (await source.fetch(plan, "ndjson")).body

    rows = visit(kind, address, ask)
    return [json.loads(line) for line in rows.splitlines() if line]
