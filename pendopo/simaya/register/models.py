"""Numbers of letters and the counters they come from."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pendopo.ground.base import Record
from pendopo.ground.directory.models import Agency


class Book(models.TextChoices):
    """Which register book a number stands in."""

    OUT = "out", _("letters out")
    AGENDA = "agenda", _("letters in")


class Counter(Record):
    """The last sequence number of one scope of a book; `scope` is the text of `register.rules.scope`."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    book = models.CharField(max_length=8, choices=Book.choices)
    scope = models.CharField(max_length=400)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agency", "book", "scope"], name="counter_once"),
        ]


class Number(Record):
    """A number that was given: bound to its letter for good, or void with the reason the book shows."""

    class State(models.TextChoices):
        RESERVED = "reserved", _("reserved")
        USED = "used", _("used")
        VOID = "void", _("void")

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    counter = models.ForeignKey(Counter, on_delete=models.PROTECT, related_name="numbers")
    book = models.CharField(max_length=8, choices=Book.choices)  # the counter's: for the constraint
    seq = models.PositiveIntegerField()
    year = models.PositiveSmallIntegerField()  # of the day it was given for: the book's volume
    text = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RESERVED)
    reason = models.CharField(max_length=20, blank=True)  # one of register.rules.REASONS
    letter = models.ForeignKey(
        "simaya.Letter", on_delete=models.PROTECT, null=True, blank=True, related_name="numbers"
    )
    at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["counter", "seq"]
        indexes = [models.Index(fields=["agency", "book", "year", "id"], name="number_book")]
        constraints = [
            models.UniqueConstraint(fields=["counter", "seq"], name="number_once"),
            models.UniqueConstraint(fields=["agency", "book", "text"], name="number_text_once"),
            models.UniqueConstraint(
                fields=["letter", "book"], condition=~models.Q(state="void"), name="number_of_letter"
            ),
            models.CheckConstraint(
                condition=models.Q(state="void", reason__gt="")
                | (~models.Q(state="void") & models.Q(reason="")),
                name="number_void_reason",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="used") | models.Q(letter__isnull=False), name="number_used_letter"
            ),
        ]
