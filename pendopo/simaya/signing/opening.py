"""Opening a person's key for one act. A wrong passphrase counts, whatever becomes of the act."""

from __future__ import annotations

import threading
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from pendopo.core.errors import Fault
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.audit.act import act

from . import paths
from .models import PersonKey
from .seal import SoftwareKey, unseal

TRIES = 5
LOCKED = timedelta(minutes=15)
_MEMORY = threading.BoundedSemaphore(2)  # each opening takes 64 MiB


def unlock(key: PersonKey, passphrase: str) -> SoftwareKey:
    """The key in this process's memory, its certificate and the authority's with it; about 0.1 s.

    Call it outside any transaction: a rolled back one would forget the try. `Fault signing.key_none`,
    `signing.key_waiting`, `signing.passphrase`; `signing.locked` after five wrong ones, for 15 minutes.
    """
    row = _try(key)
    try:
        with _MEMORY:
            private = unseal(bytes(row.sealed), passphrase)
    except Fault as fault:
        if fault.code != "signing.passphrase" or row.locked_until is None:
            raise
        with act("simaya.key.lock", actor=Actor.system(row.agency, via="page"), subject=row) as line:
            line.detail["tries"] = row.tries
        raise Fault("signing.locked", minutes=_minutes(LOCKED)) from None
    PersonKey.objects.filter(pk=row.pk).update(tries=0, locked_until=None)
    return SoftwareKey(private, bytes(row.certificate), tuple(map(paths.der, row.chain)))


def _try(key: PersonKey) -> PersonKey:
    """Counts the try before it is made: who guesses many at once gets no more of them."""
    with transaction.atomic():
        row = PersonKey.objects.select_for_update(of=("self",)).select_related("agency").get(pk=key.pk)
        if row.state == PersonKey.State.ASKED:
            raise Fault("signing.key_waiting")
        if row.state != PersonKey.State.READY:
            raise Fault("signing.key_none")
        now = timezone.now()
        if row.locked_until is not None:
            if row.locked_until > now:
                raise Fault("signing.locked", minutes=_minutes(row.locked_until - now))
            row.tries, row.locked_until = 0, None
        row.tries += 1
        if row.tries >= TRIES:
            row.locked_until = now + LOCKED
        row.save(update_fields=["tries", "locked_until"])
    return row


def _minutes(time: timedelta) -> int:
    return -(-int(time.total_seconds()) // 60)
