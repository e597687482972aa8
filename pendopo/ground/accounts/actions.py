"""What changes accounts, roles and codes.

Mistakes in what was given raise ValidationError with a stable code.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from pendopo.ground.audit.act import act
from pendopo.ground.directory import rules as days
from pendopo.ground.directory.models import Agency, Person

from . import grants, rules
from .actor import Actor
from .models import Account, OneTimeCode, RoleGrant
from .rights import Refused
from .roles import ROLES

CODE_LIFE = timedelta(days=3)


def create_account(
    person: Person,
    roles: Iterable[tuple[str, str]] = (),
    *,
    actor: Actor,
    life: timedelta = CODE_LIFE,
) -> tuple[Account, str]:
    """An account for `person`, who signs in by the number held today, with `roles` as (room, role) pairs.

    Returns it with the one-time code that activates it within `life`: the only time the code exists in the
    clear.
    """
    with act("accounts.account.create", actor=actor, subject=person) as line:
        number = person.numbers.filter(valid__contains=timezone.localdate()).last()
        if number is None:
            raise ValidationError(_("This person has no valid number to sign in by."), code="account.number")
        if Account.objects.filter(person=person).exists():
            raise ValidationError(_("This person already has an account."), code="account.exists")
        if Account.objects.filter(username=number.value).exists():
            raise ValidationError(_("Someone already signs in by this number."), code="account.taken")
        account = Account.objects.create_user(number.value, person=person)
        line.subject = account
        for room, role in roles:
            grant_role(account, person.agency, room, role, actor=actor)
        code = _new_code(account, life)
    return account, code


def issue_code(
    account: Account, *, actor: Actor, drop_factors: bool = False, life: timedelta = CODE_LIFE
) -> str:
    """A fresh one-time code for `account`, good for `life`; earlier ones stop working. Returns it, once.

    With it the person sets a new password; `drop_factors` also removes an authenticator that was lost.
    """
    with act("accounts.account.reset", actor=actor, subject=account, detail={"drop_factors": drop_factors}):
        return _new_code(account, life, drop_factors)


def _new_code(account: Account, life: timedelta, drop_factors: bool = False) -> str:
    account.codes.filter(used_at=None).delete()
    code = rules.new_code()
    OneTimeCode.objects.create(
        account=account,
        hash=_hash(code),
        expires_at=timezone.now() + life,
        drop_factors=drop_factors,
    )
    return code


def _hash(code: str) -> str:
    return rules.code_hash(code, settings.SECRET_KEY.encode())


def prove(number: str, code: str, birth: date | None = None) -> OneTimeCode:
    """The open code that `number` and `code` name, of a person born on `birth` where that is asked.

    Changes nothing. ValidationError `code.wrong` for whatever does not fit, the same words for each.
    """
    found = _open_codes().filter(account__username=rules.username(number), hash=_hash(code))
    if birth is not None:
        found = found.filter(account__person__birth=birth)
    kept = found.first()
    if kept is None:
        raise _wrong_code()
    return kept


def _open_codes() -> QuerySet[OneTimeCode]:
    """Codes that still open an account, each with account and person."""
    good = OneTimeCode.objects.filter(used_at=None, expires_at__gt=timezone.now())
    return good.exclude(account__state=Account.State.SUSPENDED).select_related("account__person__agency")


def activate(number: str, code: str, password: str) -> Account:
    """Use a one-time code: set the password, activate the account, end its sessions. Only the holder can.

    The code is the right: the actor is whoever holds it. ValidationError `code.wrong` for a number or
    code that does not fit (the same words for each), else what is wrong with the password.
    """
    return use_code(prove(number, code), password)


def use_code(code: OneTimeCode, password: str) -> Account:
    """Part of `activate`, for who proved a code a moment ago. ValidationError as there."""
    account = code.account
    with act("accounts.account.activate", actor=Actor.of(account), subject=account) as line:
        kept = _open_codes().select_for_update(of=("self",)).filter(pk=code.pk).first()
        if kept is None:
            raise _wrong_code()
        account = kept.account
        try:
            validate_password(password, account)
        except ValidationError as error:
            raise ValidationError({"password": error}) from None
        kept.used_at = timezone.now()
        kept.save(update_fields=["used_at"])
        account.set_password(password)
        account.state = Account.State.ACTIVE
        account.save(update_fields=["password", "state"])
        if kept.drop_factors:
            Authenticator.objects.filter(user=account).delete()
            line.detail["factors"] = "dropped"
        end_all_sessions(account)
    return account


def _wrong_code() -> ValidationError:
    text = _("The number and code do not fit, or the code has expired. Ask your administrator for a new one.")
    return ValidationError(text, code="code.wrong")


def suspend(account: Account, *, actor: Actor) -> None:
    """Nobody signs in to it until it is resumed; its sessions end at once."""
    with act("accounts.account.suspend", actor=actor, subject=account):
        if actor.account == account:
            raise ValidationError(_("You cannot suspend your own account."), code="account.self")
        account.state = Account.State.SUSPENDED
        account.save(update_fields=["state"])
        account.codes.filter(used_at=None).delete()
        end_all_sessions(account)


def resume(account: Account, *, actor: Actor) -> None:
    """Let it sign in again, by the password it had (or by a new code when it never had one)."""
    with act("accounts.account.resume", actor=actor, subject=account):
        usable = account.has_usable_password()
        account.state = Account.State.ACTIVE if usable else Account.State.INVITED
        account.save(update_fields=["state"])


def end_all_sessions(account: Account) -> None:
    """End every session of `account`. Part of an act that asked its right."""
    for session in UserSession.objects.filter(user=account):
        session.end()


def end_session(session: UserSession, *, actor: Actor) -> None:
    """End one of the actor's own sessions."""
    with act("accounts.session.end", actor=actor, subject=session.user, detail={"ip": session.ip}):
        session.end()


def grant_role(
    account: Account,
    agency: Agency,
    room: str,
    role: str,
    *,
    actor: Actor,
    until: date | None = None,
) -> RoleGrant:
    """Let `account` hold `role` in `room` for `agency` from today. Held already: that grant is returned.

    Only who operates the node, or the node itself, makes another operator; only the node grants a role to an
    account of another agency.
    """
    with act("accounts.role.grant", actor=actor, subject=agency, detail={"room": room, "role": role}) as line:
        if role not in ROLES.get(room, {}):
            raise ValidationError(_("There is no such role."), code="role.unknown")
        _may_hand_out(actor, room, role)
        if not actor.is_system and account.agency_id != agency.pk:
            raise Refused("accounts.role.grant")
        line.detail["account"] = account.username
        grant, made = grants.hold(account, agency, room, role, by=actor.account, until=until)
        if made:
            line.subject = grant
    return grant


def withdraw_role(grant: RoleGrant, *, actor: Actor) -> None:
    """End a grant now. ValidationError `role.last` for the agency's last administrator."""
    detail = {"room": grant.room, "role": grant.role, "account": grant.account.username}
    with act("accounts.role.withdraw", actor=actor, subject=grant, detail=detail):
        _may_hand_out(actor, grant.room, grant.role)
        today = days.today(grant.agency.zone, timezone.now())
        if (grant.room, grant.role) == ("ground", "administrator"):
            # The agency's row is the lock: two administrators cannot withdraw each other at once.
            Agency.objects.select_for_update().get(pk=grant.agency_id)
            others = RoleGrant.objects.filter(
                agency=grant.agency, room="ground", role="administrator", valid__contains=today
            ).exclude(pk=grant.pk)
            if not others.exists():
                text = _("This is the agency's last administrator. Make another one first.")
                raise ValidationError(text, code="role.last")
        grants.end(grant)


def _may_hand_out(actor: Actor, room: str, role: str) -> None:
    if (room, role) == ("ground", "operator") and not actor.roles("ground") & {"operator", "system"}:
        raise Refused("accounts.role.grant")


def set_preferences(account: Account, *, actor: Actor, language: str, theme: str, single_keys: bool) -> None:
    """The account's own language, theme and whether single keys do something."""
    detail = {"language": language, "theme": theme, "single_keys": single_keys}
    with act("accounts.preferences.edit", actor=actor, subject=account, detail=detail):
        account.language, account.theme, account.single_keys = language, theme, single_keys
        account.full_clean(validate_unique=False, exclude=["password", "username", "person"])
        account.save(update_fields=["language", "theme", "single_keys"])
