"""An account that sends nothing more, until its agency's mail administrator lets it go on."""

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop as N_

from pendopo.core.errors import Fault
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.audit.act import act
from pendopo.ground.delivery.actions import Holders, notice, settled
from pendopo.pnsmail.mailboxes import lookups
from pendopo.pnsmail.mailboxes.models import Mailbox

KIND = "pnsmail.stopped"
OWNER = N_("Nothing is sent from your mailbox any more: somebody else seems to have a password of yours.")
ADMINISTRATOR = N_("Nothing is sent from %(address)s any more: somebody else seems to have its password.")


def stop(mailbox: Mailbox, tries: int, networks: int, *, actor: Actor) -> None:
    """Nothing goes out from now on; mail comes in and is read. Owner and administrators are told.

    `tries`, `networks`: how much was refused beyond the limit, and from how many networks it came, for the
    record. A mailbox that is stopped already stays so.
    """
    detail = {"tries": tries, "networks": networks}
    with act("pnsmail.sending.stop", actor=actor, subject=mailbox, detail=detail):
        kept = Mailbox.objects.select_for_update().get(pk=mailbox.pk)
        if kept.stopped_at is not None:
            return
        mailbox.stopped_at = timezone.now()
        mailbox.save(update_fields=["stopped_at"])
        lookups.after_commit(mailbox)
        ref = str(mailbox.pk)
        account = getattr(mailbox.person, "account", None)
        if account is not None:
            notice(account, KIND, ref, reverse("pnsmail:account"), OWNER)
        whom = Holders(mailbox.person.agency, "pnsmail", frozenset({"administrator"}))
        page = reverse("pnsmail:mailbox", args=[mailbox.pk])
        notice(whom, KIND, ref, page, ADMINISTRATOR, address=mailbox.address)


def resume(mailbox: Mailbox, *, actor: Actor) -> None:
    """It sends again, as much as is allowed. `Fault pnsmail.not_stopped` for one that sends."""
    with act("pnsmail.sending.resume", actor=actor, subject=mailbox):
        kept = Mailbox.objects.select_for_update().get(pk=mailbox.pk)
        if kept.stopped_at is None:
            raise Fault("pnsmail.not_stopped")
        mailbox.stopped_at = None
        mailbox.save(update_fields=["stopped_at"])
        lookups.after_commit(mailbox)
        settled(KIND, str(mailbox.pk))
