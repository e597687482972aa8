"""A box's last day as small charts, a few for each line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from pendopo.pnsbox.boxes.models import Box, Line

from . import samples
from .charts import WIDTH, Chart, chart
from .models import Sample
from .told import rate


@dataclass(frozen=True, slots=True)
class Shown:
    """A chart, what it shows, and in words how high it went."""

    title: str
    said: str
    chart: Chart


def charts(box: Box, lines: Sequence[Line], now: datetime) -> list[tuple[Line, list[Shown]]]:
    """Of each line that was measured: latency, loss, and what came in and went out."""
    first = samples.begin(now) - (WIDTH - 1) * samples.SPAN
    rows: dict[str, dict[int, Sample]] = {}
    for row in Sample.objects.filter(box=box, at__gte=first):
        rows.setdefault(row.line, {})[(row.at - first) // samples.SPAN] = row
    return [(line, _of(rows[line.name])) for line in lines if line.name in rows]


def _of(found: dict[int, Sample]) -> list[Shown]:
    each = [found.get(at) for at in range(WIDTH)]
    span = samples.SPAN.total_seconds()

    def values(name: str, times: float = 1) -> list[int | None]:
        said = (None if row is None else getattr(row, name) for row in each)
        return [None if one is None else round(one * times) for one in said]

    ms, loss = values("ms"), values("loss")
    came, went = values("received", 8 / span), values("sent", 8 / span)
    most = _("at most %(n)s")
    return [
        Shown(_("Latency"), most % {"n": _("%(n)d ms") % {"n": _top(ms)}}, chart(ms, 10)),
        Shown(_("Lost packets"), most % {"n": f"{_top(loss)} %"}, chart(loss, 10)),
        Shown(_("Received"), most % {"n": rate(_top(came))}, chart(came, 1000)),
        Shown(_("Sent"), most % {"n": rate(_top(went))}, chart(went, 1000)),
    ]


def _top(values: Sequence[int | None]) -> int:
    return max((one for one in values if one is not None), default=0)
