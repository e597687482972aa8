"""How boxes were over the last day, and what was wrong."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from pendopo.ground.base import Record
from pendopo.ground.directory.models import Agency
from pendopo.pnsbox.boxes.models import Box
from pendopo.pnsbox.sites.models import Network, Site


class Sample(models.Model):
    """What a box said of one line within five minutes: whether it always answered, the last time there and
    back, the largest loss, the bytes. Kept for a day."""

    box = models.ForeignKey(Box, on_delete=models.CASCADE, related_name="samples")
    line = models.CharField(max_length=15)
    at = models.DateTimeField(db_index=True)  # when the five minutes begin
    up = models.BooleanField()
    ms = models.PositiveIntegerField(null=True)
    loss = models.PositiveSmallIntegerField(null=True)  # percent
    received = models.BigIntegerField()
    sent = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["box", "line", "at"], name="pnsbox_sample_once")]


class Trouble(Record):
    """Something wrong, from when it was first seen; people are told once that it lasts, and once that it is
    over. `facts` are those of `health.rules.Finding`."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")  # that runs the network
    network = models.ForeignKey(Network, on_delete=models.CASCADE, related_name="troubles")
    site = models.ForeignKey(Site, on_delete=models.CASCADE, null=True, related_name="troubles")
    key = models.CharField(max_length=200)
    kind = models.CharField(max_length=12)
    cause = models.CharField(max_length=14)
    facts = models.JSONField(default=dict)
    since = models.DateTimeField(default=timezone.now)
    told_at = models.DateTimeField(null=True)
    calm_since = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-since"]
        constraints = [
            models.UniqueConstraint(
                fields=["network", "key"], condition=Q(ended_at=None), name="pnsbox_trouble_once"
            )
        ]

    def __str__(self) -> str:
        return self.facts.get("name") or self.network.name
