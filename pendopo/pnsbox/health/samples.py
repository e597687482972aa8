"""Keeps what a report says of its lines, five minutes a row, for a day."""

from datetime import datetime, timedelta

from django.db import connection

from pendopo.pnsbox.boxes.models import Box

from .measures import Measure
from .models import Sample

SPAN = timedelta(minutes=5)
KEPT = timedelta(days=1)


def begin(now: datetime) -> datetime:
    """When the five minutes of `now` begin."""
    return now - timedelta(seconds=now.timestamp() % SPAN.total_seconds())


def keep(box: Box, measures: list[Measure], now: datetime) -> None:
    """Adds to the rows of these five minutes, in one statement: a box may report from two threads at once."""
    if not measures:
        return
    columns = zip(*((m.line, m.up, m.ms, m.loss, m.received, m.sent) for m in measures), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO pnsbox_sample (box_id, at, line, up, ms, loss, received, sent)"
            " SELECT %s, %s, new.* FROM"
            " unnest(%s::text[], %s::bool[], %s::int[], %s::smallint[], %s::bigint[], %s::bigint[]) AS new"
            " ON CONFLICT (box_id, line, at) DO UPDATE SET up = pnsbox_sample.up AND excluded.up,"
            " ms = coalesce(excluded.ms, pnsbox_sample.ms),"
            " loss = greatest(excluded.loss, pnsbox_sample.loss),"
            " received = pnsbox_sample.received + excluded.received,"
            " sent = pnsbox_sample.sent + excluded.sent",
            [box.pk, begin(now), *(list(column) for column in columns)],
        )


def forget(now: datetime) -> None:
    """What is older than a day goes."""
    Sample.objects.filter(at__lt=now - KEPT).delete()
