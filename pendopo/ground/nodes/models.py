"""Nodes, keys and the signed documents gateways live on."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pendopo.ground.base import Record


class Document(models.Model):
    """An envelope, exactly as it was signed, under the SHA-256 of its bytes."""

    sha = models.CharField(primary_key=True, max_length=64)
    type = models.CharField(max_length=40)
    raw = models.BinaryField()
    created_at = models.DateTimeField(default=timezone.now)


class Snapshot(models.Model):
    """One issue of the registry's or this node's document. `body_sha` tells whether anything has changed."""

    class Kind(models.TextChoices):
        REGISTRY = "registry", _("registry's document")
        NODE = "node", _("this node's document")

    kind = models.CharField(max_length=10, choices=Kind.choices)
    serial = models.PositiveBigIntegerField()
    document = models.ForeignKey(Document, on_delete=models.PROTECT)
    body_sha = models.CharField(max_length=64)
    valid_until = models.DateTimeField()
    installed_at = models.DateTimeField(null=True)  # when the own gateway confirmed it

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "serial"], name="snapshot_serial")]


class Key(models.Model):
    """The public half of a signing key and the statement that certifies it.

    At a registry: every member's. At any other node: those its own gateway holds, with a statement only for
    a first letter key: the one that the registry is asked to certify.
    """

    thumb = models.CharField(primary_key=True, max_length=64)
    owner = models.CharField(max_length=220)  # agency:ID/GOV/DJP · node:djp · registry:ID
    use = models.CharField(max_length=12)
    statement = models.ForeignKey(Document, null=True, on_delete=models.PROTECT)
    replaces = models.CharField(max_length=64, blank=True)
    emergency = models.BooleanField(default=False)  # certified without the old key: providers confirm it
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["owner", "use"], name="key_owner_use")]


class Node(models.Model):
    """A node the registry knows. Kept at the registry; others read the registry's document."""

    id = models.CharField(primary_key=True, max_length=63)
    name = models.CharField(max_length=200)
    addrs = models.JSONField(default=list)  # ["host:port"]
    tls = models.JSONField(default=list)  # SHA-256 of the public keys (SPKI DER), hex
    tls_chain = models.TextField(blank=True)  # the certificate it was given, PEM
    log_key = models.CharField(max_length=64)
    registry = models.BooleanField(default=False)
    enrolled_at = models.DateTimeField(default=timezone.now)


class Member(models.Model):
    """An agency the registry has admitted, and the node it lives on. Kept at the registry."""

    id = models.CharField(primary_key=True, max_length=200)  # ID/GOV/DJP
    name = models.CharField(max_length=200)
    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="members")
    admitted_at = models.DateTimeField(default=timezone.now)


class Enrolment(Record):
    """An invitation by a one-time token, of which only the public half of its key is kept."""

    token_pub = models.CharField(max_length=64, unique=True)
    agency = models.CharField(max_length=200)
    name = models.CharField(max_length=200)
    node = models.CharField(max_length=63)
    rekey = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    request_sha = models.CharField(max_length=64, blank=True)  # who used it may ask again: answers get lost


class Revocation(models.Model):
    """A key, node or agency that no longer counts, since when and why. Never taken back."""

    class Kind(models.TextChoices):
        KEY = "key", _("key")
        NODE = "node", _("node")
        AGENCY = "agency", _("agency")

    kind = models.CharField(max_length=10, choices=Kind.choices)
    subject = models.CharField(max_length=220)
    at = models.DateTimeField(default=timezone.now)
    why = models.CharField(max_length=300)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "subject"], name="revocation_once")]


class Listing(models.Model):
    """A service in the catalogue, by the description its provider signed. Kept at the registry."""

    service = models.CharField(primary_key=True, max_length=400)
    agency = models.CharField(max_length=200)
    title = models.JSONField()  # {"id", "en"}
    version = models.CharField(max_length=40)
    state = models.CharField(max_length=20)
    document = models.ForeignKey(Document, on_delete=models.PROTECT)
