"""What the worker does with the exchange log: every entry once to each reader, in order."""

from django.db import transaction

from pendopo.ground.nodes.gateway import Gateway

from . import handlers
from .models import LogCursor

BATCH = 500


def read(gateway: Gateway) -> int:
    """Gives new log entries to the readers until there are none; returns how many.

    Readers' rows and the cursor are one transaction a batch, so that no entry is counted twice or left out.
    """
    total = 0
    while readers := handlers.log_readers():
        at, _ = LogCursor.objects.get_or_create(pk=1)
        entries = gateway.log(at.epoch, at.seq, BATCH)
        if not entries:
            break
        with transaction.atomic():
            now = LogCursor.objects.select_for_update().get(pk=1)
            if (now.epoch, now.seq) != (at.epoch, at.seq):
                continue
            for reader in readers:
                reader(entries)
            now.epoch, now.seq = entries[-1]["epoch"], entries[-1]["seq"]
            now.save()
        total += len(entries)
    return total
