"""Connections to the databases an agency keeps."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pendopo.ground.base import Record
from pendopo.ground.directory.models import Agency


class Source(Record):
    """One database. `sealed` holds its address and password; only the gateway and the wizard open it."""

    class Kind(models.TextChoices):
        POSTGRESQL = "postgresql", "PostgreSQL"
        MARIADB = "mariadb", "MariaDB"
        SQLITE = "sqlite", "SQLite"

    class State(models.TextChoices):
        DRAFT = "draft", _("being connected")
        READY = "ready", _("connected")

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    name = models.CharField(max_length=200, blank=True)
    label = models.CharField(max_length=300, blank=True)  # where it is, without its password
    sealed = models.TextField(blank=True)
    pool = models.PositiveSmallIntegerField(default=8)  # connections the gateway may hold at once
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    tested_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name or self.label or self.get_kind_display()
