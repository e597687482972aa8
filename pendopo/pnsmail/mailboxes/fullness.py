"""How full mailboxes are: their owners are told once a level, and senders hear when one stays full.

The mail servers leave a note for each mailbox that fills up to a level, and this room looks then: it never
asks all. Those that are nearly full are looked at each hour besides, to see that room was made.
"""

import imaplib
import logging

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop as N_

from pendopo.ground.accounts.actor import Actor
from pendopo.ground.audit.act import act
from pendopo.ground.delivery.actions import notice, settled
from pendopo.mailer import crossed
from pendopo.pnsmail.quota import rules
from pendopo.pnsmail.service import engine

from . import lookups, server
from .models import Mailbox

log = logging.getLogger("pendopo.pnsmail")

JOB, HOURLY = "mail-fullness", "mail-nearly-full"
KIND = "pnsmail.full"
TEXT = N_("Your mailbox is %(percent)s %% full. Make room, so that mail goes on coming in.")


def look() -> None:
    """Every mailbox with a note. OSError while the servers are away: the worker tries again."""
    for address in crossed.waiting(engine().crossed):
        if _look(address):
            crossed.heeded(engine().crossed, address)


def look_again() -> None:
    """Every mailbox whose owner was told of a level that is not forgotten yet."""
    nearly = Mailbox.objects.filter(Q(told__gt=0) | Q(full_since__isnull=False))
    for address in nearly.values_list("address", flat=True):
        _look(address)


def _look(address: str) -> bool:
    """Whether nothing is left to do for it: False where the server went away in the middle."""
    rows = Mailbox.objects.exclude(state=Mailbox.State.CLOSED)
    mailbox = rows.select_related("person__account", "person__agency").filter(address=address).first()
    if mailbox is None:
        return True
    try:
        with server.opened(mailbox) as inbox:
            found = server.used(inbox)
    except ConnectionAbortedError as ended:
        log.warning("fullness of %s: %s", mailbox, ended)
        return False
    except imaplib.IMAP4.error as trouble:
        log.warning("fullness of %s: %s", mailbox, trouble)
        return True
    if found:
        measured(mailbox, *found)
    return True


def measured(mailbox: Mailbox, used: int, limit: int) -> None:
    """Keeps how full a mailbox was found (bytes), and tells its owner of a new level."""
    agency = mailbox.person.agency
    kept, level = rules.told(mailbox.told, used, limit)
    since = (mailbox.full_since or timezone.now()) if rules.full(used, limit) else None
    if (kept, since) == (mailbox.told, mailbox.full_since):
        return
    detail = {"level": kept, "full": since is not None}
    with act("pnsmail.fullness.note", actor=Actor.system(agency), subject=mailbox, detail=detail):
        mailbox.told, mailbox.full_since = kept, since
        mailbox.save(update_fields=["told", "full_since"])
        lookups.after_commit(mailbox)
        if level or not kept:
            settled(KIND, str(mailbox.pk))
        account = getattr(mailbox.person, "account", None)
        if level and account is not None:
            notice(account, KIND, str(mailbox.pk), reverse("pnsmail:room"), TEXT, percent=level)
