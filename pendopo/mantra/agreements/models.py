"""Requests for access and the agreements that come of them, as each side keeps them.

Both sides keep rows of their own, also when both agencies live on this node: nothing is shared, everything
is delivered. `side` says which part the row's agency plays.
"""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pendopo.ground.base import Record
from pendopo.ground.directory.models import Agency
from pendopo.ground.nodes.models import Document


class Side(models.TextChoices):
    """Which part an agency plays."""

    PROVIDER = "provider", _("provider")
    REQUESTER = "requester", _("requester")


class AccessRequest(Record):
    """One signed request/1, at the agency that sent it or at the one that decides on it."""

    class State(models.TextChoices):
        OPEN = "open", _("waits for a decision")
        APPROVED = "approved", _("approved")
        REFUSED = "refused", _("refused")

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    side = models.CharField(max_length=10, choices=Side.choices)
    number = models.UUIDField()  # the id in the document: the same on both sides
    peer = models.CharField(max_length=200)  # the other agency
    peer_name = models.CharField(max_length=200)
    service = models.CharField(max_length=400)
    title = models.CharField(max_length=200)  # of the service, as described when asked
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    definition = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    reason = models.CharField(max_length=500, blank=True)  # of a refusal
    at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(fields=["agency", "side", "number"], name="access_request_once")
        ]
        indexes = [models.Index(fields=["agency", "side", "state"])]


class Agreement(Record):
    """What two agencies agreed, at one of them. Its state is the fold of its revisions (rules.fold)."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("waits for the other side")
        OFFERED = "offered", _("waits for you")
        ACTIVE = "active", _("in force")
        SUSPENDED = "suspended", _("suspended")
        REVOKED = "revoked", _("revoked")

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    side = models.CharField(max_length=10, choices=Side.choices)
    number = models.UUIDField()  # the id in the document: the same on both sides
    request = models.ForeignKey(AccessRequest, on_delete=models.PROTECT, related_name="agreements")
    peer = models.CharField(max_length=200)
    peer_name = models.CharField(max_length=200)
    subsystem = models.CharField(max_length=300)  # the requester's
    service = models.CharField(max_length=400)
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State.choices)
    rev = models.PositiveIntegerField(default=1)
    until = models.DateTimeField()
    at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at"]
        constraints = [models.UniqueConstraint(fields=["agency", "side", "number"], name="agreement_once")]
        indexes = [models.Index(fields=["agency", "state"])]


class AgreementRevision(Record):
    """One revision (agreement/1): its envelope grows a signature when the other side signs."""

    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="revisions")
    rev = models.PositiveIntegerField()
    state = models.CharField(max_length=10)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    by = models.JSONField(default=list)  # agencies that signed
    reason = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(default=timezone.now)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        ordering = ["rev"]
        constraints = [models.UniqueConstraint(fields=["agreement", "rev"], name="agreement_revision_n")]
