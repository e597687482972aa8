"""What the mail servers look up, kept like this room's tables: row by row after each act, and mended.

Whoever may no longer sign in is disconnected once the file says so.
"""

import logging
import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from pendopo.core.errors import Fault
from pendopo.ground.accounts.models import Account, RoleGrant
from pendopo.ground.delivery.wake import wake
from pendopo.mailer import lookups
from pendopo.mailer.kick import kick
from pendopo.pnsmail.quota import rules as quota
from pendopo.pnsmail.service import address, engine, mail

from . import reads
from .models import AppPassword, Mailbox

log = logging.getLogger("pendopo.pnsmail")

JOB = "mail-lookups"
ROLES = ("postmaster", "abuse")  # RFC 5321, section 4.5.1; RFC 2142, sections 4 and 5


def file() -> lookups.Lookups:
    """The file that Postfix and Dovecot read."""
    return lookups.Lookups(engine().lookups)


def after_commit(mailbox: Mailbox) -> None:
    """Part of an act that makes or changes `mailbox`: the servers know once the act is done."""
    after_many([mailbox])


def after_many(made: list[Mailbox]) -> None:
    """Part of an act that makes many. The rows are read when nobody else writes the file: another act may
    have been done meanwhile."""
    mailboxes = _mailboxes().filter(pk__in=[one.pk for one in made])

    def put() -> None:
        file().put_mailboxes(map(_row, mailboxes))
        rows = map(_row, mailboxes)  # as they were read then
        if shut := [row.address for row in rows if row.held or not row.active]:
            kick(engine(), *shut)

    transaction.on_commit(partial(_write, put))


def after_password(password: AppPassword) -> None:
    """Part of the act that makes an app password."""
    rows = _passwords().filter(pk=password.pk)
    transaction.on_commit(partial(_write, lambda: file().put_app_passwords(map(_password, rows))))


def after_ended(password: AppPassword) -> None:
    """Part of the act that ends an app password: whatever is connected must sign in anew."""
    pk, address = password.pk, password.mailbox.address

    def end() -> None:
        file().remove_app_password(str(pk))
        kick(engine(), address)

    transaction.on_commit(partial(_write, end))


def account_changed(
    sender: Any, instance: Account, update_fields: frozenset[str] | None = None, **kwargs: Any
) -> None:
    """Receives a saved account: whoever is suspended in the portal reads no mail by a program either."""
    if instance.person_id and update_fields and "state" in update_fields:
        found = Mailbox.objects.filter(person=instance.person_id).first()
        if found is not None:
            after_commit(found)


def role_changed(sender: Any, instance: RoleGrant, **kwargs: Any) -> None:
    """Receives a saved grant: whoever looks after mail from now on gets what is for the postmaster."""
    if instance.room == "pnsmail":
        wake(JOB)


def _write(change: Callable[[], None]) -> None:
    """Runs one change of the file. The act behind it is done: what goes wrong here, the job mends."""
    try:
        change()
    except (OSError, sqlite3.Error, Fault) as trouble:
        log.warning("lookups of mail: %s", trouble)
        wake(JOB)


def mend() -> None:
    """Makes the file say what the tables say; where it does already, nothing is written."""
    found = file().contents()
    if found != everything():
        file().replace(everything)
        if lost := lookups.shut_out(found, file().contents()):
            kick(engine(), *lost)


def everything() -> lookups.Contents:
    """What the file is to hold."""
    return lookups.Contents(
        domains=frozenset({mail().domain}),
        mailboxes=frozenset(map(_row, _mailboxes())),
        aliases=frozenset(
            lookups.Alias(address(role), mailbox.address) for mailbox in reads.caretakers() for role in ROLES
        ),
        app_passwords=frozenset(map(_password, _passwords())),
    )


def _mailboxes() -> QuerySet[Mailbox]:
    return Mailbox.objects.select_related("person__account")


def _passwords() -> QuerySet[AppPassword]:
    return AppPassword.objects.select_related("mailbox")


def _row(mailbox: Mailbox) -> lookups.Mailbox:
    account = getattr(mailbox.person, "account", None)
    suspended = account is not None and account.state == Account.State.SUSPENDED
    full, days = mailbox.full_since, mailbox.quota.bounce_after
    return lookups.Mailbox(
        address=mailbox.address,
        quota_mb=mailbox.quota.mb,
        active=mailbox.state != Mailbox.State.CLOSED,
        overquota=quota.answer(full, timezone.now(), days) if full else None,
        held=suspended or mailbox.state == Mailbox.State.HELD,
        sends=mailbox.stopped_at is None,
    )


def _password(password: AppPassword) -> lookups.AppPassword:
    return lookups.AppPassword(str(password.pk), password.mailbox.address, password.hash)
