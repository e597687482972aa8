"""Telling people that something waits for them. Each call is part of the act that makes it wait."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone

from pendopo.ground.accounts.models import Account
from pendopo.ground.directory.models import Agency
from pendopo.ground.directory.rules import today

from .models import Notice, NoticeSend


@dataclass(frozen=True, slots=True)
class Holders:
    """Everybody who holds one of `roles` in `room` for `agency` today, as the day is there."""

    agency: Agency
    room: str
    roles: frozenset[str]

    def accounts(self) -> Iterable[Account]:
        return Account.objects.filter(
            grants__agency=self.agency,
            grants__room=self.room,
            grants__role__in=self.roles,
            grants__valid__contains=today(self.agency.zone, timezone.now()),
        ).distinct()


@dataclass(frozen=True, slots=True)
class Posts:
    """Everybody who holds one of the posts `positions` (ids) of `agency` today, acting holders too."""

    agency: Agency
    positions: frozenset[UUID]

    def accounts(self) -> Iterable[Account]:
        return Account.objects.filter(
            person__assignments__position__in=self.positions,
            person__assignments__position__unit__agency=self.agency,
            person__assignments__valid__contains=today(self.agency.zone, timezone.now()),
        ).distinct()


def notice(
    to: Account | Holders | Posts, kind: str, ref: str, url: str, text: str, **params: str | int
) -> Notice:
    """Tells an account, or all who hold a role or post, that something waits at `url`. Call it in the act.

    `text` is an English msgid with `%(name)s` places for `params`; readers see it in their language. `kind`
    and `ref` name the matter ("mantra.request", its id), so that `settled` can take the notices back.
    """
    made = Notice.objects.create(kind=kind, ref=ref, url=url, text=text, params=params)
    accounts = [to] if isinstance(to, Account) else to.accounts()
    NoticeSend.objects.bulk_create(NoticeSend(notice=made, account=account) for account in accounts)
    return made


def settled(kind: str, ref: str) -> None:
    """The matter is done: nobody needs its notices any more; they count as seen."""
    NoticeSend.objects.filter(notice__kind=kind, notice__ref=ref, seen_at__isnull=True).update(
        seen_at=timezone.now()
    )
