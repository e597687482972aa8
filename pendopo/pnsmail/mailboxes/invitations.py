"""Activation sheets for many people at once. A code exists only in what `invite` returns."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from pendopo.ground.accounts import actions as accounts
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.accounts.models import Account, OneTimeCode
from pendopo.ground.audit.act import act
from pendopo.ground.directory.models import Agency, Person, PersonNumber
from pendopo.ground.directory.rules import today

# A sheet travels to a school by hand; besides the code the person's birth date is asked.
SHEET_LIFE = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What one person is handed. Without a code: who signs in already only chooses an address."""

    person: Person
    number: str
    code: str
    until: datetime | None


def waiting(agency: Agency, q: str = "") -> QuerySet[Person]:
    """People of `agency` without a mailbox who may have one, by name, each with account, codes and numbers.

    `held`: the numbers valid today. `open_codes` of the account: the sheets that are under way.
    """
    now = timezone.now()
    numbers = PersonNumber.objects.filter(valid__contains=today(agency.zone, now))
    codes = OneTimeCode.objects.filter(used_at=None, expires_at__gt=now).order_by("id")
    rows = Person.objects.filter(agency=agency, mailbox=None)
    rows = rows.exclude(account__state=Account.State.SUSPENDED).select_related("account", "agency")
    if q:
        rows = rows.filter(Q(name__icontains=q) | Q(numbers__value__startswith=q)).distinct()
    return rows.prefetch_related(
        Prefetch("numbers", numbers, to_attr="held"),
        Prefetch("account__codes", codes, to_attr="open_codes"),
    )


def account_of(person: Person) -> Account | None:
    """The account of a person, None without one."""
    return getattr(person, "account", None)


def number_of(person: Person) -> str:
    """By which a person of `waiting` signs in, now or once the account is made."""
    account = account_of(person)
    if account is not None:
        return account.username
    return person.held[-1].value if person.held else ""


def made_since(person: Person, since: datetime) -> bool:
    """Whether a sheet was made after `since`: the page was sent twice, or a colleague was quicker."""
    account = account_of(person)
    codes = account.open_codes if account is not None else ()
    return any(_made(code) > since for code in codes)


def _made(code: OneTimeCode) -> datetime:
    """The moment in a UUIDv7 (RFC 9562, section 5.7)."""
    return datetime.fromtimestamp((code.pk.int >> 80) / 1000, UTC)


def invite(people: Iterable[Person], *, actor: Actor) -> tuple[list[Sheet], list[tuple[Person, str]]]:
    """Sheets for `people` of `waiting`, and for whom there is none with the reason in words.

    Who has no account gets one, who never used a code gets a new one (the earlier stops working), who signs
    in already keeps the password. Each person is a transaction of its own.
    """
    sheets, left = [], []
    for person in people:
        account = account_of(person)
        if account is not None and account.is_active:
            sheets.append(Sheet(person, account.username, "", None))
            continue
        try:
            sheets.append(_sheet(person, account, actor))
        except ValidationError as error:
            left.append((person, " ".join(error.messages)))
    return sheets, left


def _sheet(person: Person, account: Account | None, actor: Actor) -> Sheet:
    with act("pnsmail.person.invite", actor=actor, subject=person):
        if account is None:
            account, code = accounts.create_account(person, actor=actor, life=SHEET_LIFE)
        else:
            code = accounts.issue_code(account, actor=actor, life=SHEET_LIFE)
    return Sheet(person, account.username, code, timezone.now() + SHEET_LIFE)
