"""Dossiers (berkas): letters about one matter, kept together."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from pendopo.ground.base import Record
from pendopo.ground.directory.models import Agency, Position
from pendopo.simaya.letters.models import Letter

LONGEST = {"title": 200, "classification": 40}


class Dossier(Record):
    """A dossier of an agency. `post` is whose it is: that of who opened it, none for the registry's."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    post = models.ForeignKey(Position, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    classification = models.CharField(max_length=LONGEST["classification"], blank=True)
    title = models.CharField(max_length=LONGEST["title"])
    opened_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)  # nothing is put into it any more

    class Meta:
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=~Q(title=""), name="dossier_title")]

    def __str__(self) -> str:
        return f"{self.classification} {self.title}".strip()


class DossierItem(Record):
    """A letter in a dossier; it may lie in several."""

    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="items")
    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dossier", "letter"], name="dossier_item_once")]
