"""The keys that sign outgoing mail, one after the other: each signs once its record is published."""

from functools import partial

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop as N_

from pendopo.core.errors import Fault
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.audit.act import act
from pendopo.ground.delivery.notices import Holders, notice, settled
from pendopo.ground.directory.models import Agency
from pendopo.mailer import dkim
from pendopo.pnsmail.service import engine, mail

from . import resolver, rules

JOB = "mail-signing"
KIND = "pnsmail.key"
TEXT = N_("Publish the record of the next signing key, %(selector)s, in the DNS of %(domain)s.")


def keys() -> rules.Keys | None:
    """The keys there are; None before the mail servers have started once."""
    folder, domain = engine().dkim, mail().domain
    signs = dkim.signing(folder).get(domain)
    if signs is None:
        return None
    return rules.keys([name for name, _key in dkim.published(folder, domain)], signs, dkim.since(folder))


def rotate() -> None:
    """The job: makes the next key when it is time, and lets it sign once the DNS shows its record."""
    found = keys()
    if found is None:
        return
    if name := rules.due(found, timezone.now()):
        make_next(name, actor=Actor.system())
    elif found.next and mail().dns and _seen(found.next):
        change_over(actor=Actor.system())


def make_next(selector: str, *, actor: Actor) -> None:
    """The key that will sign next. Whoever looks after mail for an agency here is told to publish its record.

    Earlier keys go, whose records were spare since long.
    """
    domain = mail().domain
    with act("pnsmail.key.make", actor=actor, detail={"domain": domain, "selector": selector}):
        settled(KIND, domain)
        for agency in Agency.objects.filter(hosted=True):
            to = Holders(agency, "pnsmail", frozenset({"administrator"}))
            notice(to, KIND, domain, reverse("pnsmail:domain"), TEXT, selector=selector, domain=domain)
        # After the commit: else a key could be there of which nobody was told.
        transaction.on_commit(partial(_make, selector))


def _make(selector: str) -> None:
    folder, domain = engine().dkim, mail().domain
    found = keys()
    for old in found.old if found else ():
        dkim.remove(folder, domain, old)
    dkim.make(folder, domain, selector)


def change_over(*, actor: Actor) -> None:
    """The next key signs from now on. Where the DNS is not asked (`mail.dns`), the actor vouches for it.

    `Fault pnsmail.key_none` when no key waits, `pnsmail.key_unseen` when the DNS does not show its record.
    """
    domain = mail().domain
    with act("pnsmail.key.sign", actor=actor, detail={"domain": domain}) as line:
        found = keys()
        if found is None or found.next is None:
            raise Fault("pnsmail.key_none")
        if mail().dns and not _seen(found.next):
            raise Fault("pnsmail.key_unseen", name=record(found.next).name)
        line.detail |= {"selector": found.next, "before": found.signs}
        settled(KIND, domain)
        transaction.on_commit(partial(dkim.sign, engine().dkim, domain, found.next))


def record(selector: str) -> rules.Record:
    """The record of one of the keys."""
    domain = mail().domain
    return rules.signing(domain, selector, dict(dkim.published(engine().dkim, domain))[selector])


def _seen(selector: str) -> bool:
    return resolver.look([record(selector)]) == ["right"]
