"""How an agency writes letters: its profile, letterhead, codes, written mandates, and who helps whom."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pendopo.ground.base import Record
from pendopo.ground.directory.models import Agency, Person, Position


class Office(Record):
    """One row an agency. Without it no letter is written: `offices.actions.set_up` makes it."""

    agency = models.OneToOneField(Agency, on_delete=models.PROTECT, related_name="+")
    profile = models.CharField(_("Rule profile"), max_length=40)  # a code of kinds.profiles
    lines = models.JSONField(_("Letterhead"), default=list)  # [str], the address last
    place = models.CharField(_("Place"), max_length=80)
    patterns = models.JSONField(default=dict)  # kind -> a pattern instead of the profile's
    holidays = models.JSONField(_("Holidays"), default=list)  # [[ISO day, name]], by day


class PostCode(Record):
    """What a post is called in numbers, and whether it is one of a region's offices."""

    class Region(models.TextChoices):
        NONE = "", pgettext_lazy("region", "no")
        HEAD = "head", _("regional head")
        DEPUTY = "deputy", _("deputy regional head")
        SECRETARY = "secretary", _("regional secretary")

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    position = models.OneToOneField(Position, on_delete=models.CASCADE, related_name="code")
    code = models.CharField(_("Code in numbers"), max_length=40)
    region = models.CharField(max_length=10, choices=Region.choices, blank=True)


class Delegation(Record):
    """A written mandate: the holder of `to` may sign `kinds` in the name of `of`, a.n. or u.b."""

    class Capacity(models.TextChoices):
        AN = "an", "a.n."
        UB = "ub", "u.b."

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    of = models.ForeignKey(Position, on_delete=models.PROTECT, related_name="+")
    to = models.ForeignKey(Position, on_delete=models.PROTECT, related_name="+")
    capacity = models.CharField(max_length=2, choices=Capacity.choices)
    kinds = models.JSONField(default=list)  # codes of kinds
    valid = DateRangeField()
    decree = models.CharField(pgettext_lazy("mandate", "Decree"), max_length=120)

    class Meta:
        ordering = ["id"]


class Assistant(Record):
    """Who prepares for the holder of a post, whoever that is: drafts and reads, and never acts for it."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    position = models.ForeignKey(Position, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    valid = DateRangeField()
    by = models.JSONField()  # Actor.record()

    class Meta:
        ordering = ["id"]
        constraints = [
            ExclusionConstraint(
                name="assistant_once",
                expressions=[
                    ("position", RangeOperators.EQUAL),
                    ("person", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
            ),
        ]

    @property
    def capacity(self) -> str:
        """The capacity as an audit line names it."""
        return f"Asisten {self.position.title}"
