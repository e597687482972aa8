"""The node's side menu: for its operator, and keys and deliveries for who looks after an agency."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pendopo.ground import rooms
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.accounts.rights import allowed


def menu(actor: Actor) -> list[rooms.Group]:
    """State, members, keys and deliveries, each for who may see it."""
    items = []
    if allowed("nodes.view", actor):
        items.append(rooms.Item(_("State of the node"), reverse("nodes:node"), "heartbeat"))
        if settings.HOME.registry:
            items.append(rooms.Item(_("Members"), reverse("nodes:members"), "building-community"))
    if actor.agency is not None and allowed("nodes.key.rotate", actor, actor.agency):
        items.append(rooms.Item(_("Keys"), reverse("nodes:keys"), "key"))
    if actor.agency is not None and allowed("delivery.message.view", actor, actor.agency):
        items.append(rooms.Item(_("Deliveries"), reverse("delivery:troubles"), "send"))
    return [rooms.Group(_("Node"), tuple(items))]


def commands(actor: Actor) -> list[rooms.Command]:
    """What can be begun here."""
    if not settings.HOME.registry or not allowed("nodes.member.invite", actor):
        return []
    return [
        rooms.Command(_("Invite an agency"), reverse("nodes:invite"), "mail-plus", _("member token registry"))
    ]


rooms.register(
    rooms.Room(
        code="nodes",
        name=gettext_lazy("Node"),
        icon="server",
        url="nodes:node",
        menu=menu,
        commands=commands,
        roof=False,
        spaces=("delivery",),
        open_to=lambda actor: True,
    )
)
