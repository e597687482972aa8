"""The folders in the side menu."""

from __future__ import annotations

from django.urls import reverse

from pendopo.ground.accounts.actor import Actor
from pendopo.ground.rooms import Item

from . import places
from .box import FOLDERS, Box, Folder

FOLDERS_KEY = "pnsmail.folders"


def remember(actor: Actor, box: Box) -> list[Folder]:
    """Asks for the folders once; what was asked the menu of the same page shows too."""
    return actor.once(FOLDERS_KEY, box.folders)


def menu(actor: Actor) -> tuple[Item, ...]:
    """The folders; counts and folders of one's own on pages that opened the mailbox."""
    known = {one.name: one for one in actor.once(FOLDERS_KEY, list)}
    items = []
    for code in places.ORDER:
        name = FOLDERS[code]
        count = known[name].unread if code == "masuk" and name in known else 0
        items.append(Item(places.title_of(name), address(name), places.ICONS[code], count))
    own = [name for name in known if name not in FOLDERS.values()]
    return (*items, *(Item(name, address(name), "folder") for name in own))


def address(name: str) -> str:
    """Where a folder's list is."""
    code = places.code_of(name)
    return reverse("pnsmail:home") if code == "masuk" else reverse("pnsmail:folder", args=[code])
