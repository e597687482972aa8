"""Who may do what. The mechanism; the rows are each app's `acts.py`, registered at start.

A row names the roles that may do the act and how far they reach:

- `own="agency"`: only on what belongs to the actor's agency (`subject.agency_id`, or `subject.agency`);
- `own="account"`: only on the actor's own account (the account itself, or `subject.account_id`);
- `own=None`: the act has no owner to check (the catalogue, or the node as a whole).

Three roles are held without a grant: `account` by anyone signed in, `system` by the node itself, `holder` by
whoever holds a post of the actor's agency today. Roles are held
room by room: `mantra.service.publish` asks for roles in the room `mantra`; acts of ground's own apps
(`accounts.…`, `directory.…`, `nodes.…`) ask for roles in the room `ground`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from django.core.exceptions import PermissionDenied

from .actor import Actor
from .models import RoleGrant

if TYPE_CHECKING:
    from pendopo.ground.directory.models import Assignment

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


_acts: dict[str, Act] = {}


def register(*acts: Act) -> None:
    """Add rows to the joined table. The same code twice is a mistake in the program: ValueError."""
    for act in acts:
        if _acts.setdefault(act.code, act) != act:
            raise ValueError(f"act {act.code} is registered twice")


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
    if not row.roles & actor.roles(row.room) and not (HOLDER in row.roles and actor.posts):
        return False
    # Nobody acts in the capacity of a colleague.
    if actor.grant is not None and actor.grant not in actor.grants and actor.grant not in actor.posts:
        return False
    if row.own == "agency":
        return actor.agency is not None and owner(subject) == actor.agency.id
    if row.own == "account":
        return actor.account is not None and getattr(subject, "account_id", None) == actor.account.pk
    return True


def capacity(act: str, actor: Actor) -> RoleGrant | Assignment | None:
    """What lets `actor` do `act`, for the audit line: a grant, else its first post; None if not needed."""
    row = _acts[act]
    for grant in actor.grants:
        if grant.room == row.room and grant.role in row.roles:
            return grant
    return actor.posts[0] if HOLDER in row.roles and actor.posts else None
