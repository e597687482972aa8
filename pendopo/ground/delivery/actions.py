"""Sending a document, telling people, and trying again what failed."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection
from django.utils import timezone

from pendopo.ground.accounts.actor import Actor
from pendopo.ground.accounts.models import Account
from pendopo.ground.audit.act import act
from pendopo.ground.directory.models import Agency

from .models import Inbox, Notice, NoticeSend, Outbox

CHANNEL = "pendopo_work"  # the worker listens here; the payload says which of its tasks has something to do


def wake(task: str) -> None:
    """Wakes the worker's `task` when the transaction that is open now commits (PostgreSQL NOTIFY)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, task])


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


def take_again(message: Inbox, *, actor: Actor) -> None:
    """Gives a message that was not handled to its handler once more, for when the cause is gone."""
    from .inbox import handle

    with act("delivery.message.retry", actor=actor, subject=message) as line:
        row = Inbox.objects.select_for_update().get(pk=message.pk)
        if row.state == Inbox.State.FAILED:
            handle(row)
            row.save(update_fields=["state", "fault", "params"])
        line.detail["state"] = row.state


@dataclass(frozen=True, slots=True)
class Holders:
    """Everybody who holds one of `roles` in `room` for `agency` today."""

    agency: Agency
    room: str
    roles: frozenset[str]

    def accounts(self) -> Iterable[Account]:
        return Account.objects.filter(
            grants__agency=self.agency,
            grants__room=self.room,
            grants__role__in=self.roles,
            grants__valid__contains=timezone.localdate(),
        ).distinct()


def notice(to: Account | Holders, kind: str, ref: str, url: str, text: str, **params: str | int) -> Notice:
    """Tells an account, or all who hold a role, that something waits at `url`. Call it inside the act.

    `text` is an English msgid with `%(name)s` places for `params`; readers see it in their language. `kind`
    and `ref` name the matter ("mantra.request", its id), so that `settled` can take the notices back.
    """
    made = Notice.objects.create(kind=kind, ref=ref, url=url, text=text, params=params)
    accounts = to.accounts() if isinstance(to, Holders) else [to]
    NoticeSend.objects.bulk_create(NoticeSend(notice=made, account=account) for account in accounts)
    return made


def settled(kind: str, ref: str) -> None:
    """The matter is done: nobody needs its notices any more; they count as seen."""
    NoticeSend.objects.filter(notice__kind=kind, notice__ref=ref, seen_at__isnull=True).update(
        seen_at=timezone.now()
    )


def mark_seen(*, actor: Actor, upto: Notice | None = None) -> int:
    """The actor has seen the notices up to `upto` (all when None). Returns how many were new.

    A reader's own mark, like a bookmark: it changes nothing for anybody else and leaves no audit line.
    """
    unseen = NoticeSend.objects.filter(account=actor.account, seen_at__isnull=True)
    if upto is not None:
        unseen = unseen.filter(notice_id__lte=upto.pk)
    return unseen.update(seen_at=timezone.now())
