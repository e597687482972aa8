"""What the worker does with deliveries: each into the database and through its handler, once."""

import logging

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction

from pendopo.core import envelope
from pendopo.core.errors import Fault
from pendopo.ground.directory.models import Agency
from pendopo.ground.nodes.gateway import Gateway

from . import handlers
from .models import Inbox
from .rules import storable

log = logging.getLogger(__name__)


def take(gateway: Gateway, wait: int = 25) -> int:
    """Takes what the gateway has spooled, waiting up to `wait` seconds for the first; returns how many.

    The row and all that the handler does are one transaction; only then the gateway may forget the delivery.
    Whatever dies in between, the delivery comes again and the row says that it was here.
    """
    spooled = gateway.inbox(wait)
    for delivery in spooled:
        receive(delivery)
        gateway.taken(delivery["id"])
    return len(spooled)


def receive(delivery: dict) -> bool:
    """Stores and handles one delivery of the gateway's inbox; False when it was here before."""
    row = Inbox(
        agency=Agency.objects.filter(code=delivery["to"], hosted=True).first(),
        from_agency=delivery["from"],
        msg_id=delivery["msg_id"],
        type=delivery["type"],
        doc=delivery["doc"].encode(),
        exchange_id=delivery["exchange_id"],
    )
    if Inbox.objects.filter(from_agency=row.from_agency, msg_id=row.msg_id).exists():
        return False
    try:
        with transaction.atomic():
            alone(row.from_agency)
            handle(row)
            row.save(force_insert=True)
    except IntegrityError:  # another worker was quicker; its transaction holds the row
        if Inbox.objects.filter(from_agency=row.from_agency, msg_id=row.msg_id).exists():
            return False
        raise
    return True


def alone(from_agency: str) -> None:
    """Until this transaction ends, nothing else of this sender is handled.

    Without it, a letter and its last part handled at one moment would not see each other.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"inbox {from_agency}"])


def handle_again(row: Inbox) -> bool:
    """Gives a stored `row` to its handler and saves the outcome; whether it is handled now."""
    handle(row)
    row.save(update_fields=["state", "fault", "params", "doc"])
    return row.state == Inbox.State.DONE


def retake(message: handlers.Message, type: str, code: str, **facts: str | int | bool) -> int:
    """Within the handler of `message`: handles again what came too early; returns how many are handled now.

    These are messages of `type`, from the same sender to the same agency, refused with the fault `code` and
    (at least) its `facts`. One that is refused again stays with its new reason, and takes nothing back of
    what the caller has done.
    """
    early = Inbox.objects.filter(
        agency=message.agency,
        from_agency=message.from_agency,
        type=type,
        state=Inbox.State.FAILED,
        fault=code,
        params__contains=storable(facts),
    )
    rows = early.select_for_update().order_by("received_at", "id")
    return sum(handle_again(row) for row in list(rows))


def handle(row: Inbox) -> None:
    """Gives `row` to its handler and notes the outcome in it; what a failing handler did is undone.

    Trouble with the database itself is raised: the message is then neither handled nor failed, and comes
    again.
    """
    row.state, row.fault, row.params = Inbox.State.DONE, "", {}
    try:
        with transaction.atomic():
            _dispatch(row)
        if not handlers.keeps(row.type):
            row.doc = b""
    except Fault as fault:
        row.state, row.fault, row.params = Inbox.State.FAILED, fault.code, storable(fault.params)
    except PermissionDenied:
        row.state, row.fault = Inbox.State.FAILED, "delivery.refused"
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("%s from %s was not handled", row.type, row.from_agency)
        row.state, row.fault = Inbox.State.FAILED, "delivery.internal"


def _dispatch(row: Inbox) -> None:
    if row.agency is None:
        raise Fault("delivery.not_hosted")
    take = handlers.handler(row.type)
    if take is None:
        raise Fault("delivery.type_unknown", type=row.type)
    doc = bytes(row.doc)
    if envelope.open(doc).type != row.type:
        raise Fault("delivery.type_differs", type=row.type)
    take(
        handlers.Message(
            from_agency=row.from_agency,
            agency=row.agency,
            type=row.type,
            doc=doc,
            msg_id=str(row.msg_id),
            exchange_id=row.exchange_id,
            received_at=row.received_at,
        )
    )
