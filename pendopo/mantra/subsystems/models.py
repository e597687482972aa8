"""An agency's information systems: what asks through the gateway, and what services belong to."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pendopo.ground.base import Record
from pendopo.ground.directory.models import Agency


class Subsystem(Record):
    """One information system of an agency, known as INSTANCE/CLASS/AGENCY/CODE."""

    class Auth(models.TextChoices):
        NONE = "none", _("None: any program on this machine")
        BEARER = "bearer", _("A token in every call")

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="subsystems")
    code = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    auth = models.CharField(max_length=8, choices=Auth.choices, default=Auth.BEARER)
    token_sha = models.CharField(max_length=64, blank=True)
    token_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["agency", "code"], name="subsystem_code")]

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> str:
        """Its identifier on the wire; reads the agency."""
        return f"{self.agency.code}/{self.code}"
