"""Telling people that something waits for them. Each call is part of the act that makes it wait."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone

from pendopo.ground.accounts.models import Account
from pendopo.ground.directory.models import Agency
from pendopo.ground.directory.rules import today

from .models import Notice, NoticeSend
from .wake import wake

# channel -> who of some accounts is reached by it too, and the job that sends what waits.
_channels: dict[str, tuple[Callable[[list[Account]], Iterable[Account]], str]] = {}


def register(channel: str, whom: Callable[[list[Account]], Iterable[Account]], job: str) -> None:
    """Notices go by `channel` too, besides the bell: to those of the accounts told that `whom` gives.

    The rows are written in the act that tells; the worker's `job` is woken to send them.
    """
    _channels[channel] = whom, job


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
    accounts = [to] if isinstance(to, Account) else list(to.accounts())
    sends = [NoticeSend(notice=made, account=account) for account in accounts]
    for channel, (whom, job) in _channels.items():
        if reached := [NoticeSend(notice=made, account=one, channel=channel) for one in whom(accounts)]:
            sends += reached
            wake(job)
    NoticeSend.objects.bulk_create(sends)
    return made


def settled(kind: str, ref: str) -> None:
    """The matter is done: nobody needs its notices any more; they count as seen."""
    NoticeSend.objects.filter(notice__kind=kind, notice__ref=ref, seen_at__isnull=True).update(
        seen_at=timezone.now()
    )
