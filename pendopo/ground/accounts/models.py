"""Accounts and what they may do."""

from __future__ import annotations

import functools
import operator
from datetime import date
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pendopo.ground.base import Record
from pendopo.ground.directory.models import Agency, Person
from pendopo.ground.directory.rules import today
from pendopo.ground.fixed import Fixed

from . import roles


class AccountManager(BaseUserManager):
    def create_user(self, username: str, password: str | None = None, **fields) -> Account:
        """An account as Django's own tools make it: without `password` nobody can sign in to it."""
        account = self.model(username=self.model.normalize_username(username), **fields)
        account.set_password(password)
        account.save(using=self._db)
        return account


class Account(Record, AbstractBaseUser):
    """How a person signs in: a number (NIP, NI-PPPK or the agency's own) and a password."""

    class State(models.TextChoices):
        INVITED = "invited", _("Not activated yet")
        ACTIVE = "active", _("Active")
        SUSPENDED = "suspended", _("Suspended")

    class Theme(models.TextChoices):
        SYSTEM = "system", _("Follow the device")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    class Language(models.TextChoices):
        INDONESIAN = "id", "Bahasa Indonesia"
        ENGLISH = "en", "English"

    username = models.CharField(_("Number"), max_length=64, unique=True)
    person = models.OneToOneField(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="account"
    )
    state = models.CharField(max_length=12, choices=State.choices, default=State.INVITED)
    language = models.CharField(max_length=2, choices=Language.choices, default=Language.INDONESIAN)
    theme = models.CharField(max_length=6, choices=Theme.choices, default=Theme.SYSTEM)
    single_keys = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = AccountManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: list[str] = []

    class Meta:
        ordering = ["username"]

    def __str__(self) -> str:
        return str(self.person) if self.person else self.username

    @property
    def is_active(self) -> bool:
        """Whether it may sign in; Django and allauth ask for this name."""
        return self.state == self.State.ACTIVE

    @property
    def account_id(self):
        """An account is its own owner (rights of kind `own="account"`)."""
        return self.pk

    @property
    def agency_id(self):
        """The agency that looks after this account: its person's."""
        return self.person.agency_id if self.person else None

    def grants_today(self) -> models.QuerySet[RoleGrant]:
        """The role grants valid today in the zone of their agency, oldest first, with their agencies."""
        return _grants(self.pk, *RoleGrant.days())

    def held_today(self) -> tuple[RoleGrant, ...]:
        """The same grants, as every page asks for them."""
        return tuple(_held(self.pk, *RoleGrant.days()))


class RoleGrant(Record):
    """A role that an account holds in one room for one agency, for a time."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="grants")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="grants")
    room = models.CharField(max_length=16)
    role = models.CharField(max_length=24)
    valid = DateRangeField()
    by = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["id"]

    @staticmethod
    def valid_today() -> models.Q:
        """Picks the grants valid today in the zone of their agency."""
        return RoleGrant.valid_on(*RoleGrant.days())

    @staticmethod
    def days() -> list[date]:
        """Today in each zone."""
        now = timezone.now()
        return [today(zone, now) for zone in Agency.Zone.values]

    @staticmethod
    def valid_on(*days: date) -> models.Q:
        """Picks the grants valid in the zone of their agency on its one of `days`."""
        zones = zip(Agency.Zone.values, days, strict=True)
        each = (models.Q(agency__zone=zone, valid__contains=day) for zone, day in zones)
        return functools.reduce(operator.or_, each)

    def __str__(self) -> str:
        return f"{roles.name(self.room, self.role)} · {self.agency}"

    @property
    def capacity(self) -> str:
        """The capacity as an audit line names it: ROOM.ROLE."""
        return f"{self.room}.{self.role}"


def _grants(account: UUID, *days: date) -> models.QuerySet[RoleGrant]:
    return RoleGrant.objects.filter(RoleGrant.valid_on(*days), account=account).select_related("agency")


_held = Fixed(_grants, UUID(int=1), *(date(1, 1, at) for at, _zone in enumerate(Agency.Zone.values, 1)))


class OneTimeCode(Record):
    """A code an administrator hands over once: to activate an account, or to set a new password.

    Only the hash is kept. `drop_factors`: using it also removes a lost authenticator.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="codes")
    hash = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    drop_factors = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"one-time code of {self.account_id}"
