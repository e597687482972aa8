"""Sending what was sealed, sending it again, and the receipts a letter in brings forth."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone

from pendopo.core import envelope, strict
from pendopo.core.letter import LETTER, PART
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.audit.act import act
from pendopo.ground.delivery import actions as delivery_actions
from pendopo.ground.delivery.models import Outbox
from pendopo.ground.delivery.wake import wake
from pendopo.ground.directory.models import Assignment
from pendopo.simaya.letters import reads as letters
from pendopo.simaya.letters.models import Letter
from pendopo.simaya.moves import step

from . import notices
from .models import Delivery, Receipt
from .rules import DELIVERY
from .seal import Sealed

JOB, FILES = "letters", "letters-files"


def queue(letter: Letter, sealed: Iterable[Sealed], *, actor: Actor) -> list[Delivery]:
    """Puts what was sealed into the outbox, with a delivery for each agency.

    Called inside the act that signs the letter: it leaves when that stands. The pieces of the file go first:
    an outbox keeps the order of what is about one letter.
    """
    made = []
    for one in sealed:
        for part in one.parts:
            _send(letter, one.to_agency, PART, part, actor)
        message = _send(letter, one.to_agency, LETTER, one.doc, actor)
        delivery = Delivery(
            letter=letter,
            recipient_id=one.recipient_id,
            to_agency=one.to_agency,
            to_name=one.to_name,
            role=one.role,
            state=step(DELIVERY, Delivery.State.WAITING, "queue", {"system"}),
            doc=one.doc.decode(),
            sha=one.sha,
            message=message.pk,
            times={"queued": strict.utc(timezone.now())},
        )
        delivery.save(force_insert=True)
        made.append(delivery)
    return made


def _send(letter: Letter, to: str, type: str, doc: bytes, actor: Actor) -> Outbox:
    return delivery_actions.send(letter.agency, to, type, doc, actor=actor, order=str(letter.uid))


def again(delivery: Delivery, *, actor: Actor) -> Delivery:
    """Puts a delivery that was given up into the outbox again, with what of its file had not left."""
    with act("simaya.delivery.again", actor=actor, subject=delivery) as line:
        delivery = _locked(delivery)
        letter = delivery.letter
        delivery.state = step(DELIVERY, delivery.state, "again", letters.parties(letter, actor))
        delivery.fault = ""
        delivery.save(update_fields=["state", "fault"])
        notices.under_way(delivery)
        system = Actor.system(letter.agency, via=actor.via)
        given_up = Outbox.objects.filter(
            agency=letter.agency,
            to_agency=delivery.to_agency,
            type__in=[PART, LETTER],
            order=Outbox.objects.get(pk=delivery.message).order,
            state=Outbox.State.FAILED,
        )
        for message in given_up.order_by("created_at", "id"):
            delivery_actions.send_again(message, actor=system)
        line.detail |= {"to": delivery.to_agency}
    return delivery


def _locked(delivery: Delivery) -> Delivery:
    """The delivery as it stands now, its row held until the transaction ends."""
    rows = Delivery.objects.select_for_update(of=("self",)).select_related("letter__agency")
    return rows.get(pk=delivery.pk)


def receipt(
    letter: Letter,
    event: str,
    *,
    by: Assignment | None,
    agenda: str = "",
    reason: str = "",
    actor: Actor,
) -> Receipt | None:
    """What `letter`, a letter in, came to: `received`, `registered`, `read` or `rejected`.

    Part of the act that makes it so; the job `letters` has it signed and sent soon after. Each event once:
    the second time it is the first one that counts. None for a letter on paper, whose sender hears nothing.
    `actor` is whoever runs that act.
    """
    if letter.origin != Letter.Origin.WIRE:
        return None
    which = {"from_agency": letter.agency.code, "event": event, "of": envelope.sha(letter.doc.encode())}
    if made := letter.receipts.filter(**which).first():
        return made
    with act("simaya.receipt.make", actor=actor, subject=letter) as line:
        made = Receipt.objects.create(
            letter=letter,
            agency=letter.agency,
            by=by and {"position": by.position.title, "capacity": by.kind},
            agenda=agenda,
            reason=reason,
            **which,
        )
        line.subject = made
        line.detail |= {"event": event}
        if event in ("registered", "rejected"):
            notices.taken_up(letter)
        wake(JOB)
    return made
