"""Relays that are lent: which box passes on the sealed packets of which two others."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from pendopo.ground.base import Record
from pendopo.pnsbox.boxes.models import Box


class Lease(Record):
    """One pair of boxes at one relay; `number` gives its ports there."""

    relay = models.ForeignKey(Box, on_delete=models.CASCADE, related_name="lent")
    one = models.ForeignKey(Box, on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey(Box, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveIntegerField()
    used_at = models.DateTimeField(default=timezone.now)  # when one of the two last said so

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["one", "other"], name="pnsbox_lease_pair"),
            models.UniqueConstraint(fields=["relay", "number"], name="pnsbox_lease_number"),
            models.CheckConstraint(name="pnsbox_lease_order", condition=Q(one__lt=F("other"))),
        ]

    def __str__(self) -> str:
        return str(self.number)
