"""What leaves a line in the audit: mail goes out, and what was deleted comes back."""

from __future__ import annotations

import os
from collections.abc import Sequence

from django.utils import timezone

from pendopo.core.errors import Fault
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.audit.act import act
from pendopo.pnsmail.mailboxes.models import Mailbox

from . import compose, service
from .box import Box
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


def take_back(mailbox: Mailbox, box: Box, uids: Sequence[int], *, actor: Actor) -> None:
    """Put messages that were deleted for good into the inbox of the mailbox, which `box` has open.

    The line says how many. `Fault webmail.gone` where none of them is there any more, `webmail.full`.
    """
    with act("pnsmail.mail.take_back", actor=actor, subject=mailbox) as line:
        line.detail["messages"] = box.take_back(service.removed(), uids) if uids else 0
        if not line.detail["messages"]:
            raise Fault("webmail.gone")
