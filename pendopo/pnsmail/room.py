"""What the roof and the side menu show of this room, and what its jobs are."""

from django.db.models.signals import post_save
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pendopo.ground import jobs
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.accounts.models import Account, RoleGrant
from pendopo.ground.delivery import notices as delivery
from pendopo.ground.delivery.models import NoticeSend
from pendopo.ground.rooms import Command, Group, Item, Room
from pendopo.ground.rooms import register as register_room
from pendopo.ground.web import may

from . import upkeep
from .domains import signing
from .mailboxes import fullness, lookups, welcome
from .notices import job as notices
from .sending import job as sending
from .webmail import desk, service


def menu(actor: Actor) -> list[Group]:
    """One's own mail; the agency's mailboxes for who looks after them."""
    mine = [
        Group(_("My mail"), desk.menu(actor)),
        Group(
            _("My mailbox"),
            (
                Item(_("Space"), reverse("pnsmail:room"), "chart-pie"),
                Item(_("Recently deleted"), reverse("pnsmail:removed"), "restore"),
                Item(_("Mail programs"), reverse("pnsmail:account"), "device-mobile"),
            ),
        ),
    ]
    if not may(actor, "pnsmail.read"):
        return mine
    office = (
        *(
            (Item(_("Activation sheets"), reverse("pnsmail:people"), "id-badge-2"),)
            if may(actor, "accounts.account.create")
            else ()
        ),
        Item(_("Mailboxes"), reverse("pnsmail:mailboxes"), "users"),
        Item(_("Mail domain"), reverse("pnsmail:domain"), "world"),
    )
    return [*mine, Group(_("Agency"), office)]


def commands(actor: Actor) -> list[Command]:
    """What "search or do" offers besides the menu."""
    return [
        Command(_("Write a message"), reverse("pnsmail:write"), "pencil", "surel email tulis"),
        Command(_("New app password"), reverse("pnsmail:password-new"), "key", "thunderbird outlook imap"),
    ]


ROOM = Room(
    "pnsmail",
    "PNSMail",
    "at",
    "pnsmail:home",
    menu,
    commands=commands,
    about=gettext_lazy("mail"),
    key="p",
    open_to=lambda actor: actor.person is not None,
)


def register() -> None:
    """Called once, at start, on a node that has mail."""
    register_room(ROOM)
    post_save.connect(lookups.account_changed, sender=Account, dispatch_uid="pnsmail")
    post_save.connect(lookups.role_changed, sender=RoleGrant, dispatch_uid="pnsmail")
    jobs.register(lookups.JOB, lookups.mend, every=300)
    jobs.register(fullness.JOB, fullness.look, every=30)
    jobs.register(fullness.HOURLY, fullness.look_again, every=3600)
    jobs.register(welcome.JOB, welcome.welcome, every=60)
    jobs.register(notices.JOB, notices.send, every=60)
    jobs.register(sending.JOB, sending.look, every=10)
    jobs.register("mail-tokens", service.rotate, every=86400)
    jobs.register(signing.JOB, signing.rotate, every=3600)
    jobs.register(upkeep.CERTIFICATE, upkeep.certificate, every=3600)
    jobs.register(upkeep.REMOVED, upkeep.take_removed_away, every=6 * 3600)
    delivery.register(NoticeSend.Channel.MAIL, notices.whom, notices.JOB)
