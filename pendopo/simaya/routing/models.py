"""The road of a letter: deliveries and receipts at both ends, files that arrive in parts."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pendopo.ground.base import Record
from pendopo.ground.directory.models import Agency
from pendopo.simaya.letters.models import Letter, Recipient


class Delivery(Record):
    """A letter out to one agency. Its state is raised by our outbox and by the receiver's receipts."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waits")
        QUEUED = "queued", _("on its way")
        SENT = "sent", _("delivered")
        RECEIVED = "received", _("received")
        REGISTERED = "registered", _("registered")
        READ = "read", _("read")
        REJECTED = "rejected", _("rejected")
        FAILED = "failed", pgettext_lazy("letter", "given up")

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="deliveries")
    recipient = models.OneToOneField(Recipient, on_delete=models.PROTECT, related_name="delivery")
    to_agency = models.CharField(max_length=200)
    to_name = models.CharField(max_length=200)
    role = models.CharField(max_length=4, choices=Recipient.Role.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    doc = models.TextField()  # letter/1, the envelope
    sha = models.CharField(max_length=64, db_index=True)  # of doc
    message = models.UUIDField(null=True)  # the outbox row that carries letter/1
    exchange_id = models.CharField(max_length=64, blank=True)
    fault = models.CharField(max_length=100, blank=True)  # of our outbox, once given up
    reason = models.CharField(max_length=500, blank=True)  # the receiver's, of a rejection
    agenda = models.CharField(max_length=200, blank=True)  # its number at the receiver
    times = models.JSONField(default=dict)  # state -> moment

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["letter", "to_agency", "role"], name="delivery_once")]

    @property
    def agency_id(self):
        """The letter's agency."""
        return self.letter.agency_id


class Receipt(Record):
    """One letter-receipt/1: made here for a letter in (sealed by a job soon after), or come for one out."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="receipts")
    from_agency = models.CharField(max_length=200)
    event = models.CharField(max_length=10)
    # Of which letter/1 (a letter may reach one agency as addressee and as copy).
    of = models.CharField(max_length=64)
    reason = models.CharField(max_length=500, blank=True)
    agenda = models.CharField(max_length=200, blank=True)
    by = models.JSONField(null=True)  # {"position", "capacity"}
    at = models.DateTimeField(default=timezone.now)
    doc = models.TextField(blank=True)  # the envelope; '' until sealed
    exchange_id = models.CharField(max_length=64, blank=True)  # that carried it

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["letter", "from_agency", "event", "of"], name="receipt_once")
        ]
        indexes = [models.Index(fields=["at"], name="receipt_unsealed", condition=models.Q(doc=""))]


class Part(Record):
    """A piece of a file that has arrived for a letter to come; it goes once the file is whole and kept."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    from_agency = models.CharField(max_length=200)
    uid = models.UUIDField()  # of the letter
    sha = models.CharField(max_length=64)  # of the whole file
    size = models.BigIntegerField()
    n = models.PositiveIntegerField()
    of = models.PositiveIntegerField()
    data = models.BinaryField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agency", "from_agency", "uid", "sha", "n"], name="part_once")
        ]
