"""Agencies, units, positions, people and the dated assignments that join them."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pendopo.ground.base import Record


class Agency(Record):
    """A government body, known everywhere by its identifier INSTANCE/CLASS/CODE."""

    class Zone(models.TextChoices):
        WIB = "Asia/Jakarta", _("WIB (western)")
        WITA = "Asia/Makassar", _("WITA (central)")
        WIT = "Asia/Jayapura", _("WIT (eastern)")

    code = models.CharField(_("Identifier"), max_length=128, unique=True)
    name = models.CharField(_("Name"), max_length=200)
    zone = models.CharField(_("Time zone"), max_length=32, choices=Zone.choices, default=Zone.WIB)
    # Whether this node hosts the agency; others are known from the registry.
    hosted = models.BooleanField(default=False)
    # Document types and versions its node takes in, as the registry says.
    accepts = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def agency_id(self):
        """An agency belongs to itself (rights of kind `own="agency"`)."""
        return self.pk


class Unit(Record):
    """A part of an agency (unit kerja), in a tree."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="units")
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    code = models.CharField(_("Code"), max_length=32)
    name = models.CharField(_("Name"), max_length=200)
    valid = DateRangeField()

    class Meta:
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["agency", "code"], name="unit_code")]

    def __str__(self) -> str:
        return self.name


class Position(Record):
    """A post (jabatan) in a unit. `heads`: whoever holds it heads the unit."""

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="positions")
    title = models.CharField(_("Position title"), max_length=200)
    grade = models.CharField(_("Grade"), max_length=32, blank=True)
    heads = models.BooleanField(_("Heads the unit"), default=False)

    class Meta:
        ordering = ["unit__code", "-heads", "title"]
        constraints = [models.UniqueConstraint(fields=["unit", "title"], name="position_title")]

    def __str__(self) -> str:
        return self.title

    @property
    def agency_id(self):
        """The agency of its unit."""
        return self.unit.agency_id


class Person(Record):
    """A civil servant. `agency` keeps the record; what a person may do follows assignments and grants."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="people")
    name = models.CharField(_("Name"), max_length=200)
    front_title = models.CharField(_("Title before the name"), max_length=64, blank=True)
    back_title = models.CharField(_("Title after the name"), max_length=64, blank=True)
    birth = models.DateField(_("Date of birth"), null=True, blank=True)

    class Meta:
        ordering = ["name", "id"]
        indexes = [models.Index(fields=["agency", "name"])]

    def __str__(self) -> str:
        titled = f"{self.front_title} {self.name}".strip()
        return f"{titled}, {self.back_title}" if self.back_title else titled


class PersonNumber(Record):
    """A number a person is known by, for a time. It identifies, but is never the key: numbers change."""

    class Scheme(models.TextChoices):
        NIP = "nip", "NIP"
        NIPPPK = "nippppk", "NI-PPPK"
        LOCAL = "local", _("Local number")

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="numbers")
    # A local number is one only within the agency that gave it; None for the national schemes.
    issuer = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    scheme = models.CharField(max_length=8, choices=Scheme.choices)
    value = models.CharField(max_length=32)
    valid = DateRangeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["scheme", "value", "issuer"], name="person_number", nulls_distinct=False
            ),
            models.CheckConstraint(
                name="person_number_issuer",
                condition=Q(scheme="local", issuer__isnull=False)
                | (~Q(scheme="local") & Q(issuer__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_scheme_display()} {self.value}"


class Assignment(Record):
    """A person in a position for a time, by a decree.

    A post has at most one definitive holder at a time; beside that one, someone may act: Plt. when the post
    is vacant, Plh. while the holder is away, Pj. for a regional head.
    """

    class Kind(models.TextChoices):
        DEFINITIVE = "definitive", _("Definitive")
        PLT = "plt", "Plt."
        PLH = "plh", "Plh."
        PJ = "pj", "Pj."

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="assignments")
    position = models.ForeignKey(Position, on_delete=models.PROTECT, related_name="assignments")
    kind = models.CharField(_("Kind"), max_length=12, choices=Kind.choices, default=Kind.DEFINITIVE)
    valid = DateRangeField()
    decree = models.CharField(_("Decree"), max_length=120, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [GistIndex(fields=["valid"], name="assignment_valid")]
        constraints = [
            ExclusionConstraint(
                name="one_definitive_holder",
                expressions=[("position", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
                condition=Q(kind="definitive"),
            ),
        ]

    def __str__(self) -> str:
        if self.kind == self.Kind.DEFINITIVE:
            return self.position.title
        return f"{self.get_kind_display()} {self.position.title}"

    @property
    def agency_id(self):
        """The agency of its position."""
        return self.position.agency_id

    @property
    def capacity(self) -> str:
        """The capacity as an audit line names it."""
        return str(self)
