"""People's signing keys, this node's time stamper, the authority's lists; at the registry what it issued."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pendopo.ground.base import Record
from pendopo.ground.directory.models import Agency, Person


class PersonKey(Record):
    """A person's signing key for one agency, sealed by a passphrase, and its certificate once it came."""

    class State(models.TextChoices):
        ASKED = "asked", _("is being certified")
        READY = "ready", _("can sign")
        REFUSED = "refused", _("refused by the registry")
        REVOKED = "revoked", pgettext_lazy("key", "ended")

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=64)  # as the certificate has them
    number = models.CharField(max_length=64)
    sealed = models.BinaryField(null=True)  # `signing.seal`; nothing once the key has ended
    spki = models.CharField(max_length=64)  # SHA-256 of the public key (SPKI DER), hex
    state = models.CharField(max_length=8, choices=State.choices, default=State.ASKED)
    request = models.CharField(max_length=64, unique=True)  # SHA-256 of the certificate-request/1
    certificate = models.BinaryField(null=True)  # DER
    chain = models.JSONField(default=list)  # certificates above it, PEM, without the root
    serial = models.CharField(max_length=40, blank=True)  # hex
    until = models.DateTimeField(null=True)
    fault = models.CharField(max_length=100, blank=True)  # why the registry refused it
    why = models.CharField(max_length=300, blank=True)  # why it ended
    tries = models.PositiveSmallIntegerField(default=0)  # wrong passphrases in a row
    locked_until = models.DateTimeField(null=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]
        constraints = [
            # One that signs, and beside it one that is to follow.
            models.UniqueConstraint(
                fields=["person", "agency", "state"],
                condition=models.Q(state__in=("asked", "ready")),
                name="person_key_one",
            )
        ]


class Stamper(models.Model):
    """This node's time stamper: its certificate, or the request for one. Its key is a file. One row."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    request = models.CharField(max_length=64, blank=True)  # SHA-256 of it; "" once it was refused
    asked_at = models.DateTimeField(default=timezone.now)
    chain = models.JSONField(default=list)  # PEM, its own first; empty until it came
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="stamper_single")]


class Authority(models.Model):
    """The letters authority as this node knows it, with both lists of what was revoked. One row."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    authority = models.TextField()  # PEM
    crl = models.BinaryField()  # DER
    root_crl = models.BinaryField()  # DER
    number = models.BigIntegerField()
    doc = models.BinaryField()  # the crl/1 that said so: proofs of letters carry it
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="authority_single")]


class Issued(Record):
    """At the registry: a certificate it issued, and when it was revoked."""

    class Purpose(models.TextChoices):
        PERSON = "person", _("a person")
        STAMPER = "stamper", _("a time stamper")

    serial = models.CharField(max_length=40, unique=True)  # hex
    request = models.CharField(max_length=64, unique=True)  # asked again, the answer is the same
    agency = models.CharField(max_length=200)  # ID/GOV/DJP
    name = models.CharField(max_length=64)
    number = models.CharField(max_length=64, blank=True)
    purpose = models.CharField(max_length=8, choices=Purpose.choices)
    der = models.BinaryField()
    at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True)
