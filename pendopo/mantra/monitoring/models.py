"""The exchange log as the portal reads it: one row an entry, and sums a day. No personal data in either."""

from django.db import models

from pendopo.ground.base import Record
from pendopo.ground.directory.models import Agency

from ..agreements.models import Side


class Transaction(Record):
    """One exchange or refusal in this node's log, for one hosted agency."""

    class Kind(models.TextChoices):
        EXCHANGE = "exchange"
        REFUSAL = "refusal"

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    side = models.CharField(max_length=10, choices=Side.choices)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    epoch = models.PositiveIntegerField()
    seq = models.BigIntegerField()
    at = models.DateTimeField()
    exchange_id = models.CharField(max_length=64)
    peer = models.CharField(max_length=200)
    client = models.CharField(max_length=300)
    service = models.CharField(max_length=400)
    agreement = models.UUIDField(null=True)
    rev = models.PositiveIntegerField(null=True)
    purpose = models.CharField(max_length=64, blank=True)
    status = models.PositiveSmallIntegerField(null=True)
    rows = models.BigIntegerField(default=0)
    bytes = models.BigIntegerField(default=0)
    fault = models.CharField(max_length=100, blank=True)
    times = models.PositiveIntegerField(default=1)
    internal = models.BooleanField(default=False)  # a document between portals, not an agency's data
    words = models.CharField(max_length=1000)  # what one may search for: identifiers, in lower case

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["agency", "internal", "-at"]),
            models.Index(fields=["agency", "agreement", "-at"]),
            models.Index(fields=["exchange_id"]),
        ]


class Usage(models.Model):
    """What one agreement carried in one day (of the capital's time, as agreements count)."""

    day = models.DateField()
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    side = models.CharField(max_length=10, choices=Side.choices)
    agreement = models.UUIDField()
    ok = models.PositiveBigIntegerField(default=0)
    refused = models.PositiveBigIntegerField(default=0)
    rows = models.BigIntegerField(default=0)
    bytes = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["-day"]
        constraints = [
            models.UniqueConstraint(fields=["day", "agency", "side", "agreement"], name="usage_once_a_day")
        ]
