"""What waits to leave, what has come, and who has been told.

The rows are the truth: a worker that dies leaves them as they were, and the next one goes on from there.
"""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pendopo.ground.base import Record
from pendopo.ground.directory.models import Agency


class Outbox(Record):
    """One signed document of `agency` on its way to another. The key is the message's id on the wire.

    Messages with the same `order` leave one after the other, as they were written.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("on its way")
        SENT = "sent", _("delivered")
        FAILED = "failed", _("given up")

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    to_agency = models.CharField(max_length=200)
    type = models.CharField(max_length=40)
    doc = models.BinaryField()
    order = models.CharField(max_length=400)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    next_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=100, blank=True)  # why the last attempt failed: a code of core.errors
    params = models.JSONField(default=dict)  # what the fault's text names
    exchange_id = models.CharField(max_length=64, blank=True)  # the receipt: both logs hold this exchange

    class Meta:
        indexes = [
            models.Index(
                fields=["order", "created_at"], name="outbox_queue", condition=models.Q(state="queued")
            ),
        ]


class Inbox(Record):
    """One document delivered to `agency` (None: no agency of this node).

    The pair (from_agency, msg_id) comes in once, however often it is delivered.
    """

    class State(models.TextChoices):
        DONE = "done", _("handled")
        FAILED = "failed", _("not handled")

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, related_name="+")
    from_agency = models.CharField(max_length=200)
    msg_id = models.UUIDField()
    type = models.CharField(max_length=40)
    doc = models.BinaryField()
    exchange_id = models.CharField(max_length=64, blank=True)
    received_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=10, choices=State.choices)
    fault = models.CharField(max_length=100, blank=True)
    params = models.JSONField(default=dict)  # what the fault's text names

    class Meta:
        constraints = [models.UniqueConstraint(fields=["from_agency", "msg_id"], name="inbox_once")]


class Notice(Record):
    """A line that leads to what waits. `text` is an English msgid, shown in the reader's language."""

    kind = models.CharField(max_length=60)
    ref = models.CharField(max_length=200)
    url = models.CharField(max_length=300)
    text = models.CharField(max_length=300)
    params = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)


class NoticeSend(models.Model):
    """A notice on its way to one account by one channel. Of mail, `seen_at` is when it was sent."""

    class Channel(models.TextChoices):
        BELL = "bell", _("bell")
        MAIL = "mail", _("mail")

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="sends")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    channel = models.CharField(max_length=10, choices=Channel.choices, default=Channel.BELL)
    seen_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["notice", "account", "channel"], name="notice_send_once")
        ]
        indexes = [
            models.Index(fields=["account"], name="notice_unseen", condition=models.Q(seen_at__isnull=True))
        ]


class LogCursor(models.Model):
    """How far this node's exchange log has been read into the database. One row."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    epoch = models.PositiveIntegerField(default=0)
    seq = models.BigIntegerField(default=-1)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="log_cursor_single")]
