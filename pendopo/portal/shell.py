"""What the roof, the side menu and home show one account: computed once a request, only when asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from pendopo.ground import rooms
from pendopo.ground.accounts import roles
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.directory.models import Agency


@dataclass(frozen=True, slots=True)
class Place:
    """A room on the roof: its address and the number waiting in it."""

    room: rooms.Room
    url: str
    count: int
    current: bool


@dataclass(frozen=True, slots=True)
class BellState:
    """The bell as it stands for one account."""

    url: str
    unseen: int


class Shell:
    """One request's view of the house. Signed out, it knows only language and theme.

    `counting=False`: the roof without numbers, for pages that have nothing to show.
    """

    def __init__(self, request: HttpRequest, *, counting: bool = True):
        self.request = request
        self.counting = counting
        self.actor: Actor | None = getattr(request, "actor", None)
        match = request.resolver_match
        # allauth's own names have no namespace but a prefix: account_login, mfa_index, usersessions_list.
        self._space = ""
        if match:
            self._space = match.namespace.partition(":")[0] or (match.url_name or "").partition("_")[0]
        self.is_home = bool(match) and match.view_name == "portal:home"

    @property
    def signed_in(self) -> bool:
        return self.actor is not None

    @property
    def demo(self) -> bool:
        """Whether this node belongs to the demo nation."""
        return settings.DEMO

    @property
    def theme(self) -> str:
        """`light` or `dark` when the account fixed one; empty: the device decides."""
        theme = self.actor.account.theme if self.actor else "system"
        return "" if theme == "system" else theme

    @property
    def single_keys(self) -> bool:
        return bool(self.actor and self.actor.account.single_keys)

    @cached_property
    def open_rooms(self) -> list[rooms.Room]:
        return rooms.open_rooms(self.actor) if self.actor else []

    @cached_property
    def waiting(self) -> dict[str, list[rooms.Waiting]]:
        """What waits, by room code; late things first, then by date, then as the room ordered them."""
        far = timezone.now() + timezone.timedelta(days=36500)
        return {
            room.code: sorted(room.waiting(self.actor), key=lambda thing: thing.due or far)
            for room in self.open_rooms
        }

    @cached_property
    def rooms(self) -> list[Place]:
        """The rooms on the roof, in their order, with the number waiting in each."""
        return [
            Place(
                room,
                reverse(room.url),
                self._count(room),
                room == self.room,
            )
            for room in self.open_rooms
            if room.roof
        ]

    def _count(self, room: rooms.Room) -> int:
        if not self.counting:
            return 0
        if self.is_home:  # which lists the things themselves
            return sum(thing.count for thing in self.waiting[room.code])
        return room.count(self.actor) if room.count else sum(t.count for t in room.waiting(self.actor))

    @cached_property
    def room(self) -> rooms.Room | None:
        """The room this page belongs to."""
        for room in self.open_rooms:
            if self._space == room.code or self._space in room.spaces:
                return room
        return None

    @property
    def is_account(self) -> bool:
        return self.room is not None and not self.room.roof

    @cached_property
    def menu(self) -> list[rooms.Group]:
        """The side menu: the room's own; all of ground's parts share one, same headings joined."""
        if self.room is None:
            return []
        shown = [self.room] if self.room.roof else [room for room in self.open_rooms if not room.roof]
        groups: dict[str, tuple[rooms.Item, ...]] = {}
        for group in chain.from_iterable(room.menu(self.actor) for room in shown):
            groups[group.title] = groups.get(group.title, ()) + tuple(group.items)
        return [rooms.Group(title, items) for title, items in groups.items() if items]

    @cached_property
    def menu_url(self) -> str:
        """The address of the menu item this page lies under: the longest one that begins its path.

        A view whose address does not say where it lies sets `request.menu_path`.
        """
        path = getattr(self.request, "menu_path", self.request.path)
        urls = [item.url for group in self.menu for item in group.items]
        return max((url for url in urls if _under(path, url)), key=len, default="")

    @cached_property
    def commands(self) -> list[rooms.Command]:
        """Everything "search or do" can lead to: menu items, then what the rooms offer besides."""
        found: dict[str, rooms.Command] = {}
        for room in self.open_rooms:
            for group in room.menu(self.actor):
                for item in group.items:
                    words = f"{room.name} {group.title}"
                    found.setdefault(item.url, rooms.Command(item.label, item.url, item.icon, words))
            for command in room.commands(self.actor):
                found.setdefault(command.url, command)
        return list(found.values())

    @cached_property
    def bell(self) -> BellState | None:
        bell = rooms.bell() if self.actor else None
        return BellState(bell.url(), bell.unseen(self.actor)) if bell else None

    @cached_property
    def agencies(self) -> list[Agency]:
        """The agencies the account may work for, by name."""
        served = {grant.agency for grant in self.actor.account.grants_today()}
        return sorted(served, key=lambda agency: agency.name)

    @property
    def name(self) -> str:
        """The person's bare name; the sign-in number for an account without one."""
        account = self.actor.account
        return account.person.name if account.person else account.username

    @property
    def first_name(self) -> str:
        return self.name.split()[0]

    @cached_property
    def capacity(self) -> str:
        """Under the name: the post held today (the newest acting one wins), else the role and agency."""
        actor = self.actor
        if actor.posts:
            return str(actor.posts[-1])
        if actor.grants:
            return f"{roles.name(actor.grants[0].room, actor.grants[0].role)} · {actor.agency}"
        return str(actor.agency or "")


def _under(path: str, url: str) -> bool:
    """Whether `path` is `url` or lies below it: /akun/sesi/3 below /akun/sesi, not below /akun/se."""
    return path == url or path.startswith(url if url.endswith("/") else f"{url}/")


def context(request: HttpRequest) -> dict[str, Shell]:
    """Context processor: `shell` in every template."""
    return {"shell": Shell(request)}
