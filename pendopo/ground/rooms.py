"""What the roof shows of each room: its name, its menu, its commands and what waits for a person in it.

A room registers one `Room` when Django starts (`AppConfig.ready`); the portal reads them. It lies in
ground so that rooms need not know the portal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db import connection

from pendopo.ground.accounts.actor import Actor

# Left to right, as people meet them every day. A room shows only once it is registered.
ORDER = ("simaya", "pnsmail", "mantra", "pnsbox")

Tone = Literal["", "red", "amber", "green", "acc"]


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits for the actor: what, from whom, until when, straight to where it is done.

    `due` is aware; past it the thing is late. `tag` says the state in a word or two; when it is empty
    and `due` is set, the tag says how long is left. `do` is the button's words should this be the late
    thing shown on top of home. `count` is how many things the line stands for ("11 letters").
    """

    title: str
    detail: str
    url: str
    due: datetime | None = None
    tag: str = ""
    tone: Tone = ""
    icon: str = ""
    do: str = ""
    count: int = 1


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a room's side menu. `count` only where someone must act."""

    label: str
    url: str
    icon: str
    count: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """Items under one heading, in words of the work."""

    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Command:
    """Something to find under "search or do".

    A page or the start of an act, with further `words` to match.
    """

    label: str
    url: str
    icon: str = "chevron-right"
    words: str = ""


def nothing(actor: Actor) -> list:
    """For a room without that part."""
    return []


def counted(asked: Mapping[str, str], **given: Any) -> dict[str, int]:
    """What each of several questions counts, by its name: all of them asked at once.

    A question is SQL that answers with one number and may name what is `given`: `%(agency)s`. It is written
    down, for every page counts: to have Django put the same text together again costs more than its answer.
    """
    if not asked:
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f"({one})" for one in asked.values()), given)
        return dict(zip(asked, cursor.fetchone(), strict=True))


@dataclass(frozen=True, slots=True)
class Room:
    """A room, or (with `roof=False`) a part of ground with a menu of its own.

    `code` is its roles' room and its URL namespace; `spaces` names further URL namespaces shown under
    its menu. `icon` is a Tabler outline's name, `url` the room's first page, `key` the letter after `g`,
    `about` two words on home ("data exchange"). `menu`, `waiting` and `commands` get an actor and return
    only what that actor may use; all labels are in the reader's language (call `gettext` inside).
    `open_to` says who has the room; by default whoever holds a role in it. `count` is how many things
    `waiting` lists, where that can be asked for less: the roof of every page shows it.
    """

    code: str
    name: str
    icon: str
    url: str
    menu: Callable[[Actor], Iterable[Group]]
    waiting: Callable[[Actor], list[Waiting]] = nothing
    commands: Callable[[Actor], Iterable[Command]] = nothing
    about: str = ""
    key: str = ""
    roof: bool = True
    spaces: tuple[str, ...] = ()
    open_to: Callable[[Actor], bool] | None = None
    count: Callable[[Actor], int] | None = None

    def is_open_to(self, actor: Actor) -> bool:
        """Whether `actor` has this room at all."""
        if self.open_to is not None:
            return self.open_to(actor)
        return any(grant.room == self.code for grant in actor.grants)


@dataclass(frozen=True, slots=True)
class Bell:
    """The notices' page and how many the actor has not seen."""

    url: Callable[[], str]
    unseen: Callable[[Actor], int]


_rooms: dict[str, Room] = {}
_bell: list[Bell] = []


def register(room: Room) -> None:
    """Add a room. The same code twice with another room is a mistake in the program: ValueError."""
    if _rooms.setdefault(room.code, room) != room:
        raise ValueError(f"room {room.code} is registered twice")


def register_bell(bell: Bell) -> None:
    """Say where notices are; the roof shows a bell from then on."""
    _bell[:] = [bell]


def bell() -> Bell | None:
    """The bell, or None while nothing sends notices."""
    return _bell[0] if _bell else None


def rooms() -> list[Room]:
    """Every registered room: the four in their order, then ground's own parts."""
    order = {code: place for place, code in enumerate(ORDER)}
    return sorted(_rooms.values(), key=lambda room: (order.get(room.code, len(ORDER)), room.code))


def open_rooms(actor: Actor) -> list[Room]:
    """The rooms that `actor` may use."""
    return [room for room in rooms() if room.is_open_to(actor)]
