"""A new mailbox is made on the mail server and gets its first message: once, whatever dies meanwhile.

The portal puts the message in by itself: nothing travels. So the folder is there before the first delivery,
and who opens the mailbox finds something to read.
"""

import imaplib
import logging
from email.message import EmailMessage

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from . import server
from .models import Mailbox

log = logging.getLogger("pendopo.pnsmail")

JOB = "mail-welcome"


def welcome() -> None:
    """Every mailbox without its message. OSError while the server is away: the worker tries again."""
    new = Mailbox.objects.filter(welcomed_at=None).exclude(state=Mailbox.State.CLOSED)
    for mailbox in new.select_related("person__account").order_by("id"):
        try:
            with server.opened(mailbox) as inbox, override(mailbox.language):
                server.put(inbox, first(mailbox))
        except (
            imaplib.IMAP4.error,
            ConnectionAbortedError,
        ) as trouble:  # only of this one
            log.warning("welcome to %s: %s", mailbox, trouble)
        else:
            mailbox.welcomed_at = timezone.now()
            mailbox.save(update_fields=["welcomed_at"])


def first(mailbox: Mailbox) -> EmailMessage:
    """What a new owner reads first, in the language that is active."""
    home, account = (settings.HOME.url + reverse(name) for name in ("pnsmail:home", "pnsmail:account"))
    paragraphs = (
        _("Good day, %(name)s.") % {"name": mailbox.person.name},
        _("%(address)s is yours for life, also when you move to another agency.")
        % {"address": mailbox.address},
        _("You read and write mail in the portal: %(url)s") % {"url": home},
        _("For a program on your computer or phone, make an app password: %(url)s") % {"url": account},
        _("Nobody of this service asks for your password, by mail or otherwise."),
    )
    return server.letter(mailbox, "welcome", _("Welcome to your mailbox"), paragraphs)
