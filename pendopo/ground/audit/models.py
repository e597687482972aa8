"""The audit table: only ever added to."""

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pendopo.ground.base import Record
from pendopo.ground.directory.models import Agency


class Line(Record):
    """One act: done or refused. `actor` is the whole actor as it was (`Actor.record`)."""

    class Outcome(models.TextChoices):
        DONE = "done", _("Done")
        REFUSED = "refused", _("Refused")

    at = models.DateTimeField(default=timezone.now)
    actor = models.JSONField()
    act = models.CharField(max_length=64)
    subject_type = models.CharField(max_length=64, blank=True)
    subject_id = models.CharField(max_length=128, blank=True)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, related_name="+")
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    detail = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["agency", "-id"]),
            models.Index(fields=["subject_type", "subject_id"]),
        ]

    # What the act was about while it runs; `set_subject` turns it into type and id when the line is written.
    subject: Any = None

    def set_subject(self) -> None:
        """Name the subject by type and id, as they are when the line is written."""
        if isinstance(self.subject, models.Model):
            self.subject_type = self.subject._meta.label_lower
            self.subject_id = str(self.subject.pk)
        elif self.subject is not None:
            self.subject_type = type(self.subject).__name__.lower()
            self.subject_id = str(self.subject)[:128]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.act} {self.outcome}"
