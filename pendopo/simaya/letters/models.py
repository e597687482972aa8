"""Letters, their versions, the chain of initials, whom they are for and who may read them.

A letter out and the letter in that it becomes at the receiver are rows of their own, also on one node. The
subject of a secret letter (R, SR) is not in its row: lists, searches and notices cannot show what they
never read. `letters.reads.subject` is the one door to it.
"""

from functools import cache

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pendopo.core.ids import new_id
from pendopo.ground.base import Record
from pendopo.ground.directory.models import Agency, Assignment, Position
from pendopo.ground.files.models import FileRef
from pendopo.simaya.kinds import profiles

SECRET = ("R", "SR")


class Side(models.TextChoices):
    """Whether the row's agency sent the letter or got it."""

    OUT = "out", _("out")
    IN = "in", _("in")


class Letter(Record):
    """One letter at one agency."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        REVIEW = "review", _("in review")
        APPROVAL = "approval", _("waits for the signature")
        SIGNING = "signing", _("is being signed")
        SIGNED = "signed", _("signed")
        WITHDRAWN = "withdrawn", _("withdrawn")
        RECEIVED = "received", _("received")
        REGISTERED = "registered", _("registered")
        REJECTED = "rejected", _("rejected")
        CLOSED = "closed", _("closed")

    class Origin(models.TextChoices):
        DRAFT = "draft", _("written here")
        WIRE = "wire", _("from another agency")
        MEMO = "memo", _("from within the agency")
        SCAN = "scan", _("from paper")

    class Security(models.TextChoices):
        B = "B", _("open")
        T = "T", _("limited")
        R = "R", _("secret")
        SR = "SR", _("top secret")

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    side = models.CharField(max_length=3, choices=Side.choices)
    uid = models.UUIDField(default=new_id)  # the letter's id on the wire: the same on both sides
    origin = models.CharField(max_length=5, choices=Origin.choices, default=Origin.DRAFT)
    kind = models.CharField(max_length=40)
    profile = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=State.choices)
    subject = models.CharField(max_length=400, blank=True)  # empty when secret: see Secret
    security = models.CharField(max_length=2, choices=Security.choices, default=Security.B)
    urgency = models.CharField(max_length=20, default="biasa")
    classification = models.CharField(max_length=40, blank=True)
    number = models.CharField(max_length=200, blank=True)  # the sender's, once there is one
    day = models.DateField(null=True, blank=True)  # the letter's own date
    reply_to = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="replies"
    )
    # Out: who writes, who is to sign, and on behalf of which posts (ids, highest first).
    author = models.ForeignKey(Assignment, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    signer = models.ForeignKey(Position, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    on_behalf = models.JSONField(default=list)
    attempt = models.UUIDField(null=True, blank=True)  # of signing; whoever finishes must name it
    attempt_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.ForeignKey(
        Assignment, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    signed_at = models.DateTimeField(null=True, blank=True)
    token = models.CharField(max_length=32, null=True, blank=True, unique=True)  # in the QR code's address
    # The file as signed (out, in) or scanned, and the digest of what shaped it.
    file = models.ForeignKey(FileRef, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    pages = models.PositiveIntegerField(default=0)
    template = models.CharField(max_length=64, blank=True)
    # In: who sent it, letter/1 as it came with the exchange that brought it, and what our own check of the
    # file's signature says ('' not yet, 'sound', or a fault's code).
    peer = models.CharField(max_length=200, blank=True)  # the sender's code; '' on paper
    peer_name = models.CharField(max_length=200, blank=True)
    signer_name = models.CharField(max_length=300, blank=True)  # who signed, with the post
    doc = models.TextField(blank=True)
    exchange_id = models.CharField(max_length=64, blank=True)
    checked = models.CharField(max_length=100, blank=True)
    is_copy = models.BooleanField(default=False)  # it came as a copy (tembusan)
    received_at = models.DateTimeField(null=True, blank=True)
    due = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True)  # of a rejection
    v = models.PositiveIntegerField(default=1)  # grows with every change: what one saw, one names
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]
        constraints = [
            # An id is its sender's own: who got a copy cannot spend it at another receiver.
            models.UniqueConstraint(fields=["agency", "side", "peer", "uid"], name="letter_once"),
            models.CheckConstraint(
                condition=~Q(security__in=SECRET) | Q(subject=""), name="letter_secret_subject"
            ),
        ]
        indexes = [
            models.Index(fields=["agency", "side", "state"]),
            models.Index(fields=["agency", "side", "-id"]),
            models.Index(fields=["agency", "-id"], name="letter_waits", condition=Q(state="received")),
        ]

    @property
    def secret(self) -> bool:
        """Whether it is of class R or SR."""
        return self.security in SECRET

    @property
    def handed_out(self) -> bool:
        """Whether there is a file that its readers may take away: that of a top secret one is only shown."""
        return self.file_id is not None and self.security != self.Security.SR

    @property
    def kind_title(self) -> str:
        """What its profile calls its kind; the code of one that this version does not know."""
        known = _profile(self.profile)
        return known.kinds[self.kind].title if known and self.kind in known.kinds else self.kind

    @property
    def urgency_word(self) -> str:
        """What its profile calls its urgency; the code of one that this version does not know."""
        known = _profile(self.profile)
        return known.urgency[self.urgency].word if known and self.urgency in known.urgency else self.urgency

    @property
    def page_numbers(self) -> range:
        """The numbers of its file's pages, from 1."""
        return range(1, self.pages + 1)


@cache
def _profile(code: str) -> profiles.Profile | None:
    return profiles.load(code) if code in profiles.codes() else None


class Secret(models.Model):
    """The subject of a letter of class R or SR. Read by `letters.reads.subject` only."""

    letter = models.OneToOneField(Letter, on_delete=models.CASCADE, primary_key=True, related_name="+")
    subject = models.CharField(max_length=400)


class Draft(models.Model):
    """What a letter that is being written says now; each save replaces it. Holds the subject too."""

    letter = models.OneToOneField(Letter, on_delete=models.CASCADE, primary_key=True, related_name="draft")
    body = models.JSONField()  # body/1
    fields = models.JSONField()  # as letters.drafting writes them
    at = models.DateTimeField(auto_now=True)


class Version(Record):
    """What a letter said when it was submitted; never changed (a trigger refuses). Holds the subject too."""

    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="versions")
    n = models.PositiveIntegerField()
    body = models.JSONField()  # body/1
    fields = models.JSONField()  # as letters.drafting writes them
    by = models.JSONField()  # Actor.record()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["n"]
        constraints = [models.UniqueConstraint(fields=["letter", "n"], name="version_once")]


class Comment(Record):
    """A remark on a version: why it was returned."""

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="comments")
    version = models.PositiveIntegerField()
    text = models.TextField(max_length=4000)
    by = models.JSONField()  # Actor.record()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at"]


class Step(Record):
    """One initial (paraf) of the present round: posts of one `turn` initial in parallel, turns in order."""

    class Kind(models.TextChoices):
        HIERARCHY = "hierarchy", _("in the line")
        COORDINATION = "coordination", _("coordinating")

    class State(models.TextChoices):
        WAITING = "waiting", _("waits")
        NOW = "now", _("its turn")
        DONE = "done", _("initialled")

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="steps")
    turn = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.HIERARCHY)
    post = models.ForeignKey(Position, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    version = models.PositiveIntegerField(null=True, blank=True)
    by = models.JSONField(null=True, blank=True)  # Actor.record()
    at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["turn", "id"]
        constraints = [models.UniqueConstraint(fields=["letter", "post"], name="step_once")]


class Recipient(Record):
    """Whom a letter out is for: an agency, a post of one's own, or somebody on paper."""

    class Role(models.TextChoices):
        TO = "to", _("addressee")
        COPY = "copy", _("copy")

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="recipients")
    role = models.CharField(max_length=4, choices=Role.choices, default=Role.TO)
    agency = models.CharField(max_length=200, blank=True)  # its code
    post = models.ForeignKey(Position, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    line = models.CharField(max_length=200)  # as the page names it: "Kepala Dinas …"
    order = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["role", "order"]


class Attachment(Record):
    """A file that goes with a letter as it is: out as the draft names it, in as it came. Counted from 1."""

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="attachments")
    file = models.ForeignKey(FileRef, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    media = models.CharField(max_length=100)
    pages = models.PositiveIntegerField()
    order = models.PositiveIntegerField()

    class Meta:
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["letter", "order"], name="attachment_once")]


class Access(Record):
    """A post that may read a letter, and why. Besides roles, the only source of that right."""

    class Why(models.TextChoices):
        AUTHOR = "author", _("writes it")
        STEP = "step", _("initials it")
        SIGNER = "signer", _("signs it")
        PASSED = "passed", _("it was passed on to it")
        DISPOSITION = "disposition", _("by disposition")

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="access")
    post = models.ForeignKey(Position, on_delete=models.PROTECT, related_name="+")
    why = models.CharField(max_length=12, choices=Why.choices)
    at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)
    # Passed on: given on by disposition, closed, or, of a copy, read. Until then it lies on the post's desk.
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["letter", "post", "why"], name="access_once")]
        indexes = [
            models.Index(fields=["post", "letter"]),
            models.Index(fields=["post"], name="access_desk", condition=Q(why="passed", done_at=None)),
        ]
