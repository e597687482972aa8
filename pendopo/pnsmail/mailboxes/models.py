"""A person's mailbox, for life, and the passwords of mail programs."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pendopo.ground.base import Record
from pendopo.ground.directory.models import Person
from pendopo.pnsmail.quota.rules import CLASSES, QuotaClass


class Mailbox(Record):
    """One a person; the address never changes and goes to nobody else."""

    class State(models.TextChoices):
        ACTIVE = "active", pgettext_lazy("mailbox", "in use")
        HELD = "held", pgettext_lazy("mailbox", "held")
        CLOSED = "closed", pgettext_lazy("mailbox", "closed")

    class Class(models.TextChoices):
        STANDARD = "standard", _("Standard, 250 MB")
        LARGE = "large", _("Large, 1 GB")

    person = models.OneToOneField(Person, on_delete=models.PROTECT, related_name="mailbox")
    address = models.CharField(_("Address"), max_length=254, unique=True)
    quota_class = models.CharField(max_length=12, choices=Class.choices, default=Class.STANDARD)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ACTIVE)
    why = models.CharField(max_length=300, blank=True)  # why it is held
    told = models.PositiveSmallIntegerField(default=0)  # per cent of use the owner was told last
    stopped_at = models.DateTimeField(null=True, blank=True)  # since when it sends nothing
    full_since = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    welcomed_at = models.DateTimeField(null=True, blank=True)  # when its first message was put in

    class Meta:
        ordering = ["address"]

    def __str__(self) -> str:
        return self.address

    @property
    def agency_id(self):
        """The agency that looks after it: its person's."""
        return self.person.agency_id

    @property
    def account_id(self):
        """Whose own it is (rights of kind `own="account"`)."""
        return self.person.account.pk if hasattr(self.person, "account") else None

    @property
    def language(self) -> str:
        """In which its owner is written to."""
        return self.person.account.language if hasattr(self.person, "account") else settings.LANGUAGE_CODE

    @property
    def quota(self) -> QuotaClass:
        """How much it may keep."""
        return CLASSES[self.quota_class]


class AppPassword(Record):
    """The password of one mail program. Only the hash is kept; an ended one is gone."""

    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="app_passwords")
    label = models.CharField(_("For which program?"), max_length=60)
    hash = models.CharField(max_length=64)  # SHA-256, hex: the secret has 80 bits of chance
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.label

    @property
    def account_id(self):
        """Whose own it is."""
        return self.mailbox.account_id
