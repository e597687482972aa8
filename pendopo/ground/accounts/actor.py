"""Who acts: the person or process behind an action, in which capacity, for which agency, by which door."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from django.utils import timezone

from pendopo.ground.directory import reads
from pendopo.ground.directory.rules import today

if TYPE_CHECKING:
    from pendopo.ground.directory.models import Agency, Assignment, Person

    from .models import Account, RoleGrant

Via = Literal["page", "api", "cli", "job", "wire"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Actor:
    """The caller of an action. Every action takes one by keyword and every audit line stores it whole.

    `grant` is the capacity: the role grant (or assignment) that permits the act. `act()` fills it in with the
    grant that allowed the act; before that it is None.
    """

    account: Account | None
    person: Person | None
    grant: RoleGrant | Assignment | None
    agency: Agency | None
    via: Via
    grants: tuple[RoleGrant, ...] = ()
    # Filled by `once`: most pages never ask.
    _found: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, account: Account, agency: Agency | None = None, *, via: Via = "page") -> Actor:
        """The actor that a signed-in `account` is in `agency` (None: the only or first agency it serves).

        One query for its grants valid today. An account without a grant in `agency` gets an actor without
        grants, who may do nothing there but look after its own account.
        """
        held = account.held_today()
        if agency is None:
            agency = held[0].agency if held else (account.person.agency if account.person_id else None)
        grants = tuple(grant for grant in held if agency is not None and grant.agency_id == agency.id)
        return cls(account, account.person, None, agency, via, grants)

    @classmethod
    def system(cls, agency: Agency | None = None, *, via: Via = "job") -> Actor:
        """The node itself, working for `agency`: jobs, the wire, commands on the machine.

        It may do only acts whose row names the role `system`.
        """
        return cls(None, None, None, agency, via)

    @property
    def is_system(self) -> bool:
        return self.account is None

    @property
    def posts(self) -> tuple[Assignment, ...]:
        """The assignments of the actor's person to posts of its agency, valid today in the agency's zone.

        Definitive ones first, then oldest first, each with its position. One query, at the first use.
        """
        if self.person is None or self.agency is None:
            return ()
        day = today(self.agency.zone, timezone.now())
        return self.once("posts", lambda: tuple(reads.posts_of(self.person, self.agency, day)))

    def once(self, what: str, find: Callable[[], T]) -> T:
        """What `find` finds, asked at its first use: an actor lives no longer than a request."""
        if what not in self._found:
            self._found[what] = find()
        return self._found[what]

    def roles(self, room: str) -> frozenset[str]:
        """The roles held in `room` for the actor's agency, with `account` for anyone signed in."""
        if self.is_system:
            return frozenset({"system"})
        return frozenset({"account", *(grant.role for grant in self.grants if grant.room == room)})

    def acting_as(self, grant: RoleGrant | Assignment | None) -> Actor:
        """The same actor in the capacity of `grant`."""
        return replace(self, grant=grant)

    def record(self) -> dict[str, Any]:
        """The actor as an audit line keeps it: ids with names as they read at the time, all JSON."""
        return {
            "account": str(self.account.pk) if self.account else None,
            "username": self.account.username if self.account else None,
            "person": str(self.person.pk) if self.person else None,
            "name": str(self.person) if self.person else None,
            "grant": str(self.grant.pk) if self.grant else None,
            "capacity": self.grant.capacity if self.grant else ("system" if self.is_system else None),
            "agency": self.agency.code if self.agency else None,
            "via": self.via,
        }
