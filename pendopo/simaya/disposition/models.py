"""Dispositions: who told whom to do what with a letter, until when, and what came of it."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pendopo.ground.base import Record
from pendopo.ground.directory.models import Agency, Assignment, Position
from pendopo.simaya.letters.models import Letter


class Disposition(Record):
    """One instruction from the holder of a post to another post; `parent` is the one it passes on."""

    class State(models.TextChoices):
        OPEN = "open", _("unread")
        READ = "read", _("read")
        FORWARDED = "forwarded", _("passed on")
        ANSWERED = "answered", _("answered")
        WITHDRAWN = "withdrawn", _("withdrawn")
        CLOSED = "closed", _("closed")

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="dispositions")
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    by = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="+")
    to = models.ForeignKey(Position, on_delete=models.PROTECT, related_name="+")
    orders = models.JSONField(default=list)  # codes of the profile's instructions
    note = models.TextField(max_length=4000, blank=True)
    due = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    read_at = models.DateTimeField(null=True, blank=True)
    read_by = models.ForeignKey(Assignment, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    report = models.TextField(max_length=8000, blank=True)
    answered_by = models.ForeignKey(Letter, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["to", "state"]), models.Index(fields=["agency", "state", "due"])]
