"""Looks at what accounts tried to send beyond the limit, and stops those that look stolen.

The limit itself is the mail servers' and holds whether this runs or not.
"""

from django.utils import timezone

from pendopo.ground.accounts.actor import Actor
from pendopo.mailer import limited
from pendopo.pnsmail.mailboxes.models import Mailbox
from pendopo.pnsmail.service import engine

from . import actions, rules

JOB = "mail-sending"


def look() -> None:
    """Every account with a note: one that looks stolen is stopped, one whose hour is over forgotten."""
    folder = engine().limited
    for address, tries in limited.waiting(folder).items():
        now = timezone.now()
        if rules.stolen(tries, now):
            rows = Mailbox.objects.select_related("person__account", "person__agency")
            mailbox = rows.filter(address=address).first()
            if mailbox is not None:
                system = Actor.system(mailbox.person.agency)
                actions.stop(mailbox, len(tries), rules.networks(tries), actor=system)
            limited.heeded(folder, address)
        elif rules.past(tries, now):
            limited.heeded(folder, address)
