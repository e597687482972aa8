"""Waking the worker."""

from django.db import connection

CHANNEL = "pendopo_work"  # the worker listens here; the payload says which of its tasks has something to do


def wake(task: str) -> None:
    """Wakes the worker's `task` when the transaction that is open now commits (PostgreSQL NOTIFY)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, task])
