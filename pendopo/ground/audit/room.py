"""The audit's part of the account's side menu."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pendopo.ground import rooms
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.accounts.rights import allowed


def may_read(actor: Actor) -> bool:
    """Whether the actor may read its agency's audit."""
    return actor.agency is not None and allowed("audit.read", actor, actor.agency)


def menu(actor: Actor) -> list[rooms.Group]:
    """One item."""
    return [
        rooms.Group(_("Oversight"), (rooms.Item(_("Who did what"), reverse("audit:lines"), "list-details"),))
    ]


rooms.register(
    rooms.Room(
        code="audit",
        name=gettext_lazy("Audit"),
        icon="list-details",
        url="audit:lines",
        menu=menu,
        roof=False,
        open_to=may_read,
    )
)
