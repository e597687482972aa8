"""Notices of all rooms as mail, for whoever has a mailbox here. Each comes once, whatever dies meanwhile."""

import imaplib
import logging
from collections.abc import Iterable
from itertools import groupby

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from pendopo.ground.accounts.models import Account
from pendopo.ground.delivery.models import NoticeSend
from pendopo.ground.delivery.reads import words
from pendopo.pnsmail.mailboxes import server
from pendopo.pnsmail.mailboxes.models import Mailbox

log = logging.getLogger("pendopo.pnsmail")

JOB = "mail-notices"


def whom(accounts: list[Account]) -> Iterable[Account]:
    """Those of the accounts who have a mailbox in use here."""
    having = set(
        Mailbox.objects.filter(
            person__in=[one.person_id for one in accounts], state=Mailbox.State.ACTIVE
        ).values_list("person_id", flat=True)
    )
    return [one for one in accounts if one.person_id in having]


def send() -> None:
    """Put what waits into each mailbox. OSError while the server is away: the worker tries again.

    What a full mailbox does not take is left out: its owner is told by the bell. A mailbox that cannot be
    opened waits for the next round, and keeps nobody else waiting.
    """
    waiting = NoticeSend.objects.filter(channel=NoticeSend.Channel.MAIL, seen_at=None).exclude(
        account__person__mailbox__state=Mailbox.State.CLOSED
    )
    rows = waiting.select_related("notice", "account__person__mailbox").order_by("account_id", "id")
    for mailbox, theirs in groupby(rows.iterator(), key=lambda row: row.account.person.mailbox):
        try:
            with server.opened(mailbox) as inbox, override(mailbox.language):
                for row in theirs:
                    _put(inbox, mailbox, row)
        except (imaplib.IMAP4.error, ConnectionAbortedError) as trouble:
            log.warning("notices to %s wait: %s", mailbox, trouble)


def _put(inbox: imaplib.IMAP4, mailbox: Mailbox, row: NoticeSend) -> None:
    try:
        server.put(inbox, _message(mailbox, row))
    except server.Refused as full:
        log.warning("notice to %s: %s", mailbox, full)
    NoticeSend.objects.filter(pk=row.pk).update(seen_at=timezone.now())


def _message(mailbox: Mailbox, row: NoticeSend):
    subject = words(row.notice)
    paragraphs = (
        subject,
        f"{_('Open it here:')}\n{settings.HOME.url}{row.notice.url}",
        _("Pendopo sent this by itself. Nobody reads answers to it."),
    )
    return server.letter(mailbox, f"notice.{row.pk}", subject, paragraphs)
