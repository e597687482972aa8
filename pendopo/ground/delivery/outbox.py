"""What the worker does with the outbox: sends what is due, line by line, and notes how it went."""

import logging
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from pendopo.core.errors import Fault
from pendopo.ground.nodes.gateway import Gateway

from . import handlers
from .models import Outbox
from .rules import backoff, hopeless, storable

log = logging.getLogger(__name__)

AT_ONCE = 4  # a peer that does not answer holds up only its own line


def heads() -> list[Outbox]:
    """The first waiting message of every line, the longest waiting first."""
    first = Outbox.objects.filter(state=Outbox.State.QUEUED).order_by("order", "created_at").distinct("order")
    return sorted(first.select_related("agency"), key=lambda message: message.next_at)


def send_due(gateway: Gateway) -> datetime | None:
    """Sends until nothing is due any more; returns when the next message is due, None when none waits.

    A message is marked as sent only after the peer's gateway has it durably. When the worker dies in between,
    it is sent again, and the receiver's inbox takes it once. Raises `Fault` when our own gateway is down.
    """
    while waiting := heads():
        now = timezone.now()
        due = [message for message in waiting if message.next_at <= now]
        if not due:
            return waiting[0].next_at
        _round(gateway, due)
    return None


def _round(gateway: Gateway, due: list[Outbox]) -> None:
    """Delivers beside each other, notes each outcome as it comes; raises the first trouble at the end.

    The pool's threads ask the gateway alone: they end with the round, and a database connection of its own
    would cost each more than the delivery.
    """
    trouble = None
    with ThreadPoolExecutor(AT_ONCE) as pool:
        asked = {pool.submit(gateway.deliver, *_told(message)): message for message in due}
        for answered in as_completed(asked):
            message = asked[answered]
            try:
                _note(message, _outcome(message, answered))
            except Exception as error:
                trouble = trouble or error
    if trouble is not None:
        raise trouble


def _told(message: Outbox) -> tuple[str, str, str, str, bytes]:
    """What the gateway has to know of a message."""
    return message.agency.code, message.to_agency, str(message.pk), message.type, bytes(message.doc)


def _outcome(message: Outbox, answered: Future[dict]) -> dict:
    """What becomes of the message's row; raises `Fault` when our own gateway is down."""
    try:
        receipt = answered.result()
    except Fault as fault:
        if fault.code == "gateway.down":
            raise
        log.warning("to %s: %s %s: %s", message.to_agency, message.type, message.pk, fault.code)
        changes = _tried(message, fault.code) | {"params": storable(fault.params)}
        if hopeless(fault.code, timezone.now() - message.created_at):
            changes["state"] = Outbox.State.FAILED
        return changes
    changes = {
        "attempts": message.attempts + 1,
        "state": Outbox.State.SENT,
        "fault": "",
        "sent_at": timezone.now(),
        "exchange_id": receipt["exchange_id"],
    }
    if not handlers.keeps(message.type):
        changes["doc"] = b""
    return changes


def _tried(message: Outbox, code: str) -> dict:
    attempts = message.attempts + 1
    return {"attempts": attempts, "fault": code, "next_at": timezone.now() + backoff(attempts)}


def _note(message: Outbox, changes: dict) -> None:
    """Writes how it went, with what the room does about it; a room that fails has its message wait."""
    mine = Outbox.objects.filter(pk=message.pk, state=Outbox.State.QUEUED)
    hear = handlers.sent_listener(message.type) if "state" in changes else None
    try:
        with transaction.atomic():
            if mine.update(**changes) and hear is not None:
                hear(Outbox.objects.select_related("agency").get(pk=message.pk))
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        if hear is None:
            raise
        log.exception("%s %s: what follows its outcome was not done", message.type, message.pk)
        mine.update(**_tried(message, "delivery.internal"), params={})


def forget_sent(before: timedelta = timedelta(days=90)) -> int:
    """Drops the bodies' rows of messages sent long ago: the documents live on in the rooms and the log."""
    return Outbox.objects.filter(state=Outbox.State.SENT, sent_at__lt=timezone.now() - before).delete()[0]
