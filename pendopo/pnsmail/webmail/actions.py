"""What changes more than the mailbox itself: mail goes out."""

from __future__ import annotations

import os

from django.utils import timezone

from pendopo.core.errors import Fault
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.audit.act import act
from pendopo.pnsmail.mailboxes.models import Mailbox

from . import compose, service
from .message import ids


def send(mailbox: Mailbox, draft: compose.Draft, *, actor: Actor) -> bytes:
    """Send `draft` as the mailbox's owner; the bytes that went out. `Fault pnsmail.sending_stopped`.

    The line in the audit says who wrote to how many and the message's id, never to whom or what. Faults of
    `compose.checked` and `submission.hand_over`; then nothing was sent and no line says so.
    """
    with act("pnsmail.mail.send", actor=actor, subject=mailbox) as line:
        if mailbox.stopped_at is not None:
            raise Fault("pnsmail.sending_stopped")
        compose.checked(draft)
        raw = compose.build(draft, timezone.now(), os.urandom(10))
        line.detail.update(
            recipients=len(draft.recipients), message_id=ids(raw[:400].decode("ascii", "replace"))[0]
        )
        service.hand_over(mailbox, draft.recipients, raw)
    return raw
