"""What changes mailboxes and the passwords of mail programs. Mail servers learn of it after the commit."""

from collections.abc import Iterable
from functools import partial

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext_noop as N_

from pendopo.core.errors import Fault
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.accounts.rights import Refused
from pendopo.ground.audit.act import act
from pendopo.ground.delivery.actions import notice, settled
from pendopo.ground.delivery.wake import wake
from pendopo.ground.directory.models import Person
from pendopo.mailer.lookups import hashed
from pendopo.pnsmail.addresses.rules import proposals
from pendopo.pnsmail.quota.rules import CLASSES
from pendopo.pnsmail.service import address

from . import lookups, reads, rules
from .models import AppPassword, Mailbox
from .welcome import JOB as WELCOME

MOST_PASSWORDS = 20
LONGEST_LABEL = 60
LONGEST_WHY = 300
HELD = "pnsmail.held"
HELD_TEXT = N_("Your mailbox is held: mail comes in, but nobody reads or sends.")


def open_mailbox(person: Person, local: str, *, actor: Actor) -> Mailbox:
    """The mailbox of `person` at `local`, one of `reads.offered(person)`: one's own, or by an administrator.

    `Fault pnsmail.mailbox_exists` where the person has one, `pnsmail.address_gone` for an address that is
    given away or not made from the name, `pnsmail.name` where none can be made.
    """
    mine = actor.person is not None and actor.person.pk == person.pk
    code = "pnsmail.mailbox.open" if mine else "pnsmail.mailbox.provide"
    with act(code, actor=actor, subject=actor.account if mine else person) as line:
        person = Person.objects.select_for_update().get(pk=person.pk)
        if Mailbox.objects.filter(person=person).exists():
            raise Fault("pnsmail.mailbox_exists")
        if local not in reads.offered(person):
            raise Fault("pnsmail.address_gone", address=address(local)[:80])
        mailbox = Mailbox(person=person, address=address(local))
        try:
            with transaction.atomic():
                mailbox.save(force_insert=True)
        except IntegrityError:  # somebody else took it since
            raise Fault("pnsmail.address_gone", address=mailbox.address) from None
        line.subject, line.detail["address"] = mailbox, mailbox.address
        lookups.after_commit(mailbox)
        transaction.on_commit(partial(wake, WELCOME))  # after the servers know the address
    return mailbox


def provide(people: Iterable[Person], *, actor: Actor) -> list[Mailbox]:
    """Mailboxes for many people of the actor's agency at once, each at the best address; all or none.

    Whoever has one keeps it. `Refused` where one belongs to another agency, `Fault pnsmail.name` for a name
    of which no address can be made, `pnsmail.address_gone` where somebody else was quicker.
    """
    with act("pnsmail.mailbox.provide", actor=actor, subject=actor.agency) as line:
        wanted = [one.pk for one in people]
        rows = list(Person.objects.select_for_update(of=("self",)).filter(pk__in=wanted).order_by("pk"))
        if any(person.agency_id != actor.agency.pk for person in rows):
            raise Refused("pnsmail.mailbox.provide")
        having = set(Mailbox.objects.filter(person__in=wanted).values_list("person", flat=True))
        taken = set(Mailbox.objects.values_list("address", flat=True))
        made = []
        for person in rows:
            if person.pk not in having:
                local, *_others = proposals(person.name, lambda one: address(one) in taken)
                taken.add(address(local))
                made.append(Mailbox(person=person, address=address(local)))
        try:
            with transaction.atomic():
                Mailbox.objects.bulk_create(made, batch_size=1000)
        except IntegrityError:
            raise Fault("pnsmail.address_gone", address="…") from None
        line.detail["mailboxes"] = len(made)
        lookups.after_many(made)
        transaction.on_commit(partial(wake, WELCOME))  # after the servers know the address
    return made


def hold(mailbox: Mailbox, why: str, *, actor: Actor) -> None:
    """Nobody signs in and nothing goes out until it is released; mail still comes in. Its owner is told.
    Who is connected is disconnected.

    `Fault pnsmail.why` without a reason, `pnsmail.not_in_use` for one that is not in use.
    """
    with act("pnsmail.mailbox.hold", actor=actor, subject=mailbox) as line:
        if not why.strip():
            raise Fault("pnsmail.why")
        _change(mailbox, Mailbox.State.ACTIVE, Mailbox.State.HELD, why.strip()[:LONGEST_WHY])
        line.detail["why"] = mailbox.why
        account = getattr(mailbox.person, "account", None)
        if account is not None:
            notice(account, HELD, str(mailbox.pk), reverse("pnsmail:account"), HELD_TEXT)


def release(mailbox: Mailbox, *, actor: Actor) -> None:
    """A held mailbox is in use again. `Fault pnsmail.not_held` for one that is not held."""
    with act("pnsmail.mailbox.release", actor=actor, subject=mailbox):
        _change(mailbox, Mailbox.State.HELD, Mailbox.State.ACTIVE, "")
        settled(HELD, str(mailbox.pk))


def _change(mailbox: Mailbox, since: str, to: str, why: str) -> None:
    """Part of an act: from one state to another, once."""
    kept = Mailbox.objects.select_for_update().get(pk=mailbox.pk)
    if kept.state != since:
        raise Fault("pnsmail.not_held" if since == Mailbox.State.HELD else "pnsmail.not_in_use")
    mailbox.state, mailbox.why = to, why
    mailbox.save(update_fields=["state", "why"])
    lookups.after_commit(mailbox)


def set_class(mailbox: Mailbox, quota_class: str, *, actor: Actor) -> None:
    """How much it may keep from now on. `Fault pnsmail.class_unknown`."""
    detail = {"class": quota_class[:40]}
    with act("pnsmail.mailbox.class", actor=actor, subject=mailbox, detail=detail):
        if quota_class not in CLASSES:
            raise Fault("pnsmail.class_unknown", value=quota_class[:40])
        mailbox.quota_class = quota_class
        mailbox.save(update_fields=["quota_class"])
        lookups.after_commit(mailbox)


def make_app_password(mailbox: Mailbox, label: str, *, actor: Actor) -> str:
    """A password for one mail program of the mailbox's owner. Returned once; only its hash is kept.

    `Fault pnsmail.label` without a name, `pnsmail.app_passwords_many`, `pnsmail.not_in_use`.
    """
    label = label.strip()[:LONGEST_LABEL]
    with act("pnsmail.password.make", actor=actor, subject=mailbox, detail={"label": label}) as line:
        kept = Mailbox.objects.select_for_update().get(pk=mailbox.pk)
        if not label:
            raise Fault("pnsmail.label")
        if kept.state != Mailbox.State.ACTIVE:
            raise Fault("pnsmail.not_in_use")
        if kept.app_passwords.count() >= MOST_PASSWORDS:
            raise Fault("pnsmail.app_passwords_many", most=MOST_PASSWORDS)
        secret = rules.new_secret()
        line.subject = made = AppPassword.objects.create(mailbox=mailbox, label=label, hash=hashed(secret))
        lookups.after_password(made)
    return secret


def end_app_password(password: AppPassword, *, actor: Actor) -> None:
    """The program is disconnected and signs in no more; the mailbox's others connect again by themselves."""
    detail = {"label": password.label, "address": password.mailbox.address}
    with act("pnsmail.password.end", actor=actor, subject=password, detail=detail):
        AppPassword.objects.filter(pk=password.pk).delete()
        lookups.after_ended(password)
