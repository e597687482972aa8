"""Who may do what. The mechanism; the rows are each app's `acts.py`, registered at start.

A row names the roles that may do the act and how far they reach:

- `own="agency"`: only on what belongs to the actor's agency (`subject.agency_id`, or `subject.agency`);
- `own="account"`: only on the actor's own account (the account itself, or `subject.account_id`);
- `own=None`: the act has no owner to check (the catalogue, or the node as a whole).

Some roles are held without a grant: `account` by anyone signed in, `system` by the node itself, `holder` by
whoever holds a post of the actor's agency today, and what a room adds by `hold_without_grant`. Roles are held
room by room: `mantra.service.publish` asks for roles in the room `mantra`; acts of ground's own apps
(`accounts.…`, `directory.…`, `nodes.…`) ask for roles in the room `ground`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, Protocol
from uuid import UUID

from django.core.exceptions import PermissionDenied

from .actor import Actor

HOLDER = "holder"
GROUND = frozenset({"accounts", "directory", "audit", "files", "nodes", "delivery"})


@dataclass(frozen=True, slots=True)
class Act:
    """One row of who-may-do-what. `code` is ROOM.OBJECT.VERB."""

    code: str
    roles: frozenset[str]
    own: Literal["agency", "account"] | None = None

    def __init__(self, code: str, roles: Iterable[str], own: Literal["agency", "account"] | None = None):
        object.__setattr__(self, "code", code)
        object.__setattr__(self, "roles", frozenset(roles))
        object.__setattr__(self, "own", own)

    @property
    def room(self) -> str:
        """The room whose roles count for this act."""
        first = self.code.partition(".")[0]
        return "ground" if first in GROUND else first


class Refused(PermissionDenied):
    """The actor may not do this act. Pages answer 403; `act()` writes the refused line."""

    code = "act.refused"

    def __init__(self, act: str):
        super().__init__(act)
        self.act = act


class Capacity(Protocol):
    """A row that lets somebody act: a grant, an assignment to a post, a room's own."""

    pk: UUID
    capacity: str  # as an audit line names it


_acts: dict[str, Act] = {}
# role -> the rows of today by which an actor holds it without a grant.
_ungranted: dict[str, Callable[[Actor], Iterable[Capacity]]] = {HOLDER: lambda actor: actor.posts}


def register(*acts: Act) -> None:
    """Add rows to the joined table. The same code twice is a mistake in the program: ValueError."""
    for act in acts:
        if _acts.setdefault(act.code, act) != act:
            raise ValueError(f"act {act.code} is registered twice")


def hold_without_grant(role: str, held: Callable[[Actor], Iterable[Capacity]]) -> None:
    """Whoever has rows by `held` today holds `role` wherever an act's row names it, as with posts."""
    _ungranted[role] = held


def acts() -> Mapping[str, Act]:
    """The joined table, by code."""
    return MappingProxyType(_acts)


def owner(subject: Any) -> UUID | None:
    """The id of the agency that `subject` belongs to, or None when it belongs to none."""
    agency_id = getattr(subject, "agency_id", None)
    if agency_id is None and (agency := getattr(subject, "agency", None)) is not None:
        agency_id = agency.id
    return agency_id


def allowed(act: str, actor: Actor, subject: Any = None) -> bool:
    """Whether `actor` may do `act` to `subject`. KeyError for an act nobody registered.

    An act with an owner asked about no subject is a mistake in the program: ValueError, not a yes.
    """
    row = _acts[act]
    if row.own is not None and subject is None:
        raise ValueError(f"{act} needs a subject")
    if not row.roles & actor.roles(row.room) and next(_rows(row, actor), None) is None:
        return False
    # Nobody acts in the capacity of a colleague.
    own = actor.grant is None or actor.grant in actor.grants or actor.grant in actor.posts
    if not own and actor.grant not in _rows(row, actor):
        return False
    if row.own == "agency":
        return actor.agency is not None and owner(subject) == actor.agency.id
    if row.own == "account":
        return actor.account is not None and getattr(subject, "account_id", None) == actor.account.pk
    return True


def capacity(act: str, actor: Actor) -> Capacity | None:
    """What lets `actor` do `act`, for the audit line: a grant, else its first post; None if not needed."""
    row = _acts[act]
    for grant in actor.grants:
        if grant.room == row.room and grant.role in row.roles:
            return grant
    return next(_rows(row, actor), None)


def _rows(row: Act, actor: Actor) -> Iterator[Capacity]:
    """What lets the actor do an act without a grant, asked only as far as it is needed."""
    for role, held in _ungranted.items():
        if role in row.roles:
            yield from held(actor)
