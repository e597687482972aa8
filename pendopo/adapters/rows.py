"""Sources that hand over rows, which are written as JSON and CSV here."""

from abc import abstractmethod
from collections.abc import AsyncIterator
from contextlib import aclosing

from pendopo.core.errors import Fault

from . import render
from .plan import Plan
from .render import Encode
from .source import Column, Description, Page, Source


class RowSource(Source):
    """A subclass gives batches of raw rows and says how its values are written."""

    @abstractmethod
    def _batches(self, plan: Plan, table: Description, *, bulk: bool) -> AsyncIterator[list[tuple]]:
        """Raw rows, the cursor's values after the answer's where the plan pages; closed early, it cancels."""

    @abstractmethod
    def _encoder(self, column: Column, *, json: bool) -> Encode:
        """Writes a raw value of the column, unmasked and not NULL."""

    async def fetch(self, plan: Plan, fmt: str) -> Page:
        table = await self._described(*plan.table)
        rows: list[tuple] = []
        try:
            encoders = self._encoders(plan, table, json=fmt != "csv")
            async with aclosing(self._batches(plan, table, bulk=False)) as batches:
                async for batch in batches:
                    rows += batch
        except Fault as fault:
            raise self._noticed(fault, plan) from None
        more = len(rows) > plan.limit
        if more:
            rows.pop()
        names = [output.name for output in plan.columns]
        if fmt == "csv":
            body = render.csv_header(names) + render.csv_lines(rows, encoders)
        else:
            body = render.json_body(render.json_lines(rows, names, encoders), fmt)
        following = plan.cursor(list(rows[-1][-len(plan.order) :])) if more and plan.pages else None
        return Page(body, len(rows), following, more)

    async def stream(self, plan: Plan, fmt: str) -> AsyncIterator[tuple[bytes, int]]:
        table = await self._described(*plan.table)
        frame = render.Frame(fmt, [output.name for output in plan.columns])
        total = 0
        try:
            encoders = self._encoders(plan, table, json=fmt != "csv")
            async with aclosing(self._batches(plan, table, bulk=True)) as batches:
                async for batch in batches:
                    total += len(batch)
                    if fmt == "csv":
                        piece = render.csv_lines(batch, encoders)
                    else:
                        piece = render.json_body(render.json_lines(batch, frame.names, encoders), "ndjson")
                    yield frame.piece(piece), total
        except Fault as fault:
            raise self._noticed(fault, plan) from None
        if end := frame.end():
            yield end, total

    def _encoders(self, plan: Plan, table: Description, *, json: bool) -> list[Encode]:
        masked = render.json_string if json else str
        return [
            masked if output.mask else self._encoder(table.find(output.name, output.type), json=json)
            for output in plan.columns
        ]
