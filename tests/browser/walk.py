"""What the walks over pages and routes share. Each room has a file in `tests/browser/rooms/` with up to
three names:

- `seed(seeded)` makes its objects through its own actions, in the own and the foreign agency;
- `PAGES`: one line a page to look at (pictures, axe, no sideways scroll, rings, queries);
- `ROUTES`: one line a route, for the walk as a foreign agency.

While you work on one room, WALK=ground,nodes leaves the others out.
"""

import importlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

PASSWORD = "empat kata yang mudah diingat"
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"


@dataclass
class Seeded:
    """What addresses may name: `objects` of the own agency by a name, and their `foreign` counterparts.

    `accounts` by role: admin (every role), nobody (none), foreign (every role in the other agency). `words`
    stand only in the own agency's data: no foreign page may show one.
    """

    accounts: dict[str, Any] = field(default_factory=dict)
    objects: dict[str, Any] = field(default_factory=dict)
    foreign: dict[str, Any] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)

    def fill(self, path: str) -> str:
        """`/orang/{person}/` with the object's key."""
        return path.format_map({name: getattr(found, "pk", found) for name, found in self.objects.items()})


@dataclass(frozen=True)
class Page:
    """A page to look at.

    `path` names objects in braces; `do` (browser page → None) brings it into a state, such as a form with
    errors or an open dialog, and then `name` tells it apart. `status` is the page's own.
    """

    path: str
    role: str | None = "admin"
    name: str = ""
    do: Callable[[Any], None] | None = None
    status: int = 200

    @property
    def id(self) -> str:
        """Its name in reports and pictures."""
        plain = self.path.strip("/").replace("/", "-").translate(str.maketrans("", "", "{}?&=.")) or "beranda"
        return f"{plain}-{self.name}" if self.name else plain


@dataclass(frozen=True)
class Route:
    """A route for the isolation walk. `kind` says what its address is about:

    - `public`: open without signing in, the same for all;
    - `own`: the signed-in account itself, whoever it is;
    - `agency`: the actor's agency; a foreign one sees nothing of ours;
    - `object`: an object of ours, named by `kwargs` (argument → name in `Seeded.objects`); foreign: refused;
    - `node`: the whole node, for its operator; an agency's people: refused;
    - `program`: answers programs, which sign what they ask; the walk has a test for each.

    Own success is a GET that shows its page, or with `post` (fields; values may name objects in braces) a
    POST that is done: the fields come on top of those the page's own form shows. `given` (seeded, client)
    makes what has to be there first. An act leaves its audit line; where a POST is no act, `shows` (response)
    tells success. `theirs` are kwargs to use instead as the foreign agency.
    """

    name: str
    kind: Literal["public", "own", "agency", "object", "node", "program"]
    kwargs: Mapping[str, str] = field(default_factory=dict)
    post: Mapping[str, Any] | None = None
    given: Callable[[Any, Any], None] | None = None
    shows: Callable[[Any], bool] | None = None
    theirs: Mapping[str, str] | None = None


def _rooms() -> list[Any]:
    here = Path(__file__).parent / "rooms"
    found = os.environ.get("WALK", "").split(",") if os.environ.get("WALK") else None
    names = [path.stem for path in here.glob("*.py") if found is None or path.stem in found]
    names.sort(key=lambda name: (name != "ground", name))
    return [importlib.import_module(f"browser.rooms.{name}") for name in names]


def pages() -> list[Page]:
    """Every page of every room."""
    return [page for room in _rooms() for page in getattr(room, "PAGES", ())]


def routes() -> dict[str, Route]:
    """Every route's line, by the route's name."""
    return {route.name: route for room in _rooms() for route in getattr(room, "ROUTES", ())}


def seed() -> Seeded:
    """Everything, in one transaction; ground first."""
    from django.db import transaction

    seeded = Seeded()
    with transaction.atomic():
        for room in _rooms():
            if hasattr(room, "seed"):
                room.seed(seeded)
    return seeded
