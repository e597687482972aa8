"""Sending a document, telling people, and trying again what failed."""

from django.utils import timezone

from pendopo.ground.accounts.actor import Actor
from pendopo.ground.audit.act import act
from pendopo.ground.directory.models import Agency

from .models import Inbox, Notice, Outbox
from .notices import Holders, notice, settled
from .reads import on_bell
from .wake import wake

__all__ = ["Holders", "mark_seen", "notice", "send", "send_again", "settled", "take_again"]


def send(
    from_agency: Agency, to_agency: str, type: str, doc: bytes, *, actor: Actor, order: str = ""
) -> Outbox:
    """Puts the envelope `doc` in the outbox: it leaves once the caller's transaction has committed.

    Call it inside the `act()` that makes the document: either both stand, or neither. `order` names what the
    document is about (an agreement's id): those with the same name, receiver and sender arrive in the order
    written. An agency on this node is written to the same way, through the gateway.
    """
    with act("delivery.message.send", actor=actor, subject=from_agency) as line:
        now = timezone.now()
        message = Outbox(
            agency=from_agency,
            to_agency=to_agency,
            type=type,
            doc=doc,
            order=f"{from_agency.code} {to_agency} {order}",
            created_at=now,
            next_at=now,
        )
        message.save(force_insert=True)
        line.subject = message
        line.detail |= {"to": to_agency, "type": type}
        wake("outbox")
    return message


def send_again(message: Outbox, *, actor: Actor) -> None:
    """Puts a given-up message back in the queue, at once."""
    with act("delivery.message.retry", actor=actor, subject=message):
        changed = Outbox.objects.filter(pk=message.pk, state=Outbox.State.FAILED).update(
            state=Outbox.State.QUEUED, attempts=0, created_at=timezone.now(), next_at=timezone.now()
        )
        if changed:
            wake("outbox")


def take_again(message: Inbox, *, actor: Actor) -> bool:
    """Gives a message that was not handled to its handler once more; whether it is handled now."""
    from .inbox import alone, handle_again

    with act("delivery.message.retry", actor=actor, subject=message) as line:
        alone(message.from_agency)
        row = Inbox.objects.select_for_update().get(pk=message.pk)
        if row.state == Inbox.State.FAILED:
            handle_again(row)
        line.detail["state"] = row.state
    return row.state == Inbox.State.DONE


def mark_seen(only: Notice | None = None, *, actor: Actor) -> int:
    """The actor has seen the notice `only`, or all of its notices. Returns how many were new.

    A reader's own mark, like a bookmark: it changes nothing for anybody else and leaves no audit line.
    """
    unseen = on_bell(actor).filter(seen_at__isnull=True)
    if only is not None:
        unseen = unseen.filter(notice=only)
    return unseen.update(seen_at=timezone.now())
