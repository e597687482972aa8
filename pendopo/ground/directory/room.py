"""The directory's part of the account's side menu."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pendopo.ground import rooms
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.accounts.rights import allowed


def may_read(actor: Actor) -> bool:
    """Whether the actor looks after its agency's directory."""
    return actor.agency is not None and allowed("directory.read", actor, actor.agency)


def menu(actor: Actor) -> list[rooms.Group]:
    """People, units, import."""
    items = (
        rooms.Item(_("People"), reverse("directory:people"), "users"),
        rooms.Item(_("Units and positions"), reverse("directory:units"), "sitemap"),
        rooms.Item(_("Import a staff list"), reverse("directory:import"), "file-import"),
        rooms.Item(_("About the agency"), reverse("directory:agency_edit"), "building"),
    )
    return [rooms.Group(_("Agency"), items)]


def commands(actor: Actor) -> list[rooms.Command]:
    """What can be begun here."""
    return [
        rooms.Command(_("Add a person"), reverse("directory:person_new"), "user-plus"),
        rooms.Command(_("Add a unit"), reverse("directory:unit_new"), "sitemap"),
    ]


rooms.register(
    rooms.Room(
        code="directory",
        name=gettext_lazy("Agency"),
        icon="building",
        url="directory:people",
        menu=menu,
        commands=commands,
        roof=False,
        open_to=may_read,
    )
)
