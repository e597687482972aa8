"""Tables offered through the gateway: drafts, services and their signed versions."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pendopo.ground.base import Record
from pendopo.ground.directory.models import Agency
from pendopo.ground.nodes.models import Document

from ..sources.models import Source
from ..subsystems.models import Subsystem


class Service(Record):
    """One table offered under a name. What it promises is in its versions; requests pin one of them."""

    class State(models.TextChoices):
        PUBLISHED = "published", _("published")
        DISABLED = "disabled", _("closed for now")

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    subsystem = models.ForeignKey(Subsystem, on_delete=models.PROTECT, related_name="services")
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="services")
    code = models.CharField(max_length=64)
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PUBLISHED)
    notice = models.CharField(max_length=300, blank=True)  # told to callers while closed
    drift = models.JSONField(null=True)  # rules.Drift, when the table no longer fits
    checked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["title", "id"]
        constraints = [models.UniqueConstraint(fields=["subsystem", "code"], name="service_code")]

    def __str__(self) -> str:
        return self.title

    @property
    def path(self) -> str:
        """Its identifier on the wire; reads subsystem and agency."""
        return f"{self.subsystem.path}/{self.code}"


class ServiceVersion(Record):
    """One signed description (service/1) of a service, and the table behind it."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="versions")
    n = models.PositiveIntegerField()
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    table_schema = models.CharField(max_length=200, blank=True)
    table = models.CharField(max_length=200)
    schema_sha = models.CharField(max_length=64)
    published_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-n"]
        constraints = [models.UniqueConstraint(fields=["service", "n"], name="service_version_n")]


class Draft(Record):
    """A source and service being prepared in the wizard. Each step saves; going back loses nothing."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="drafts")
    service = models.ForeignKey(Service, on_delete=models.CASCADE, null=True, related_name="drafts")
    spec = models.JSONField(default=dict)  # services.rules.definition reads it
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-saved_at"]

    def __str__(self) -> str:
        """What it is called so far."""
        return self.spec.get("title") or self.spec.get("table") or str(self.source)
