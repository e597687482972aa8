"""The account's side menu: one's own things, then the agency's accounts for who looks after them."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pendopo.ground import rooms

from .actor import Actor
from .rights import allowed


def may(act: str, actor: Actor) -> bool:
    """Whether the actor may do `act` for its own agency."""
    return actor.agency is not None and allowed(act, actor, actor.agency)


def menu(actor: Actor) -> list[rooms.Group]:
    """My account; the agency's accounts."""
    mine = rooms.Group(
        _("My account"),
        (
            rooms.Item(_("Preferences"), reverse("accounts:me"), "adjustments"),
            rooms.Item(_("Password"), reverse("account_change_password"), "lock"),
            rooms.Item(_("Authenticator"), reverse("mfa_index"), "device-mobile"),
            rooms.Item(_("Sessions"), reverse("accounts:sessions"), "devices"),
            rooms.Item(_("Sign out"), reverse("account_logout"), "logout"),
        ),
    )
    if not may("accounts.read", actor):
        return [mine]
    accounts = rooms.Item(_("Accounts and roles"), reverse("accounts:accounts"), "user-cog")
    return [mine, rooms.Group(_("Agency"), (accounts,))]


def commands(actor: Actor) -> list[rooms.Command]:
    """What can be begun here."""
    if not may("accounts.account.create", actor):
        return []
    return [
        rooms.Command(_("Make an account"), reverse("accounts:account_new"), "user-plus", _("new person"))
    ]


rooms.register(
    rooms.Room(
        code="accounts",
        name=gettext_lazy("Account"),
        icon="user",
        url="accounts:me",
        menu=menu,
        commands=commands,
        roof=False,
        spaces=("account", "mfa"),
        open_to=lambda actor: True,
    )
)
