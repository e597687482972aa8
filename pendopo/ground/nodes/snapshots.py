"""Issues of the documents gateways live on: a new serial when something changed or the last grows stale."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from pendopo.core import strict

from . import documents
from .models import Snapshot

LIFE = timedelta(hours=24)  # how long gateways go on without a newer one
FRESH = timedelta(hours=1)  # after which a new one is made though nothing changed

# A lock a kind, so that two processes never sign two documents with one serial.
LOCKS = {Snapshot.Kind.REGISTRY: 7310001, Snapshot.Kind.NODE: 7310002}


def latest(kind: str) -> Snapshot | None:
    """The newest issue, with its document."""
    return Snapshot.objects.filter(kind=kind).select_related("document").order_by("-serial").first()


def stale(last: Snapshot | None, body_sha: str, now: datetime) -> bool:
    """Whether a new issue is due: another body or signer than the last's, or that one is stale."""
    return last is None or last.body_sha != body_sha or last.valid_until - now < LIFE - FRESH


def digest(body: dict, thumb: str) -> str:
    """What identifies an issue besides serial and times: what it says, and which key signs it."""
    return hashlib.sha256(strict.dumps([thumb, body])).hexdigest()


def issue(
    kind: str,
    body: Callable[[], dict],
    head: Callable[[Snapshot | None], dict],
    signs: documents.Signs,
    thumb: Callable[[], str],
) -> Snapshot:
    """The issue that holds now: the last one, or a new one signed by the key `thumb()` names.

    `body` is what the document says, `head(last)` what changes with every issue besides serial and times.
    Raises the `Fault` of whoever signs; nothing is stored then.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCKS[kind]])
        last, now, content, signer = latest(kind), timezone.now(), body(), thumb()
        body_sha = digest(content, signer)
        if not stale(last, body_sha, now):
            return last
        serial = last.serial + 1 if last else 1
        until = now + LIFE
        whole = content | head(last)
        whole |= {"v": 1, "serial": serial, "at": strict.utc(now), "valid_until": strict.utc(until)}
        raw = documents.seal(signs, f"{kind}/1", whole, [signer])
        return Snapshot.objects.create(
            kind=kind,
            serial=serial,
            document=documents.store(raw),
            body_sha=body_sha,
            valid_until=until,
        )


def installed(snapshot: Snapshot) -> None:
    """The own gateway has it."""
    snapshot.installed_at = timezone.now()
    Snapshot.objects.filter(pk=snapshot.pk).update(installed_at=snapshot.installed_at)


def forget_old(kind: str, keep: timedelta = timedelta(days=7)) -> int:
    """Drops rows of issues that ran out long ago; a document's evidence carries its own copy."""
    last = latest(kind)
    if last is None:
        return 0
    return Snapshot.objects.filter(
        kind=kind, serial__lt=last.serial, valid_until__lt=timezone.now() - keep
    ).delete()[0]
