"""Boxes: which stands where, by which key it is known, what it was told and what it last said."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pendopo.ground.base import Record
from pendopo.ground.directory.models import Agency
from pendopo.pnsbox.sites.models import Network, Site


class Box(Record):
    """A Linux machine at a site. A quarantined one stays on record, so that it is refused for good."""

    class State(models.TextChoices):
        INVITED = "invited", pgettext_lazy("box", "waits for its code")
        ACTIVE = "active", pgettext_lazy("box", "in service")
        QUARANTINED = "quarantined", pgettext_lazy("box", "cut off")
        RETIRED = "retired", pgettext_lazy("box", "taken out")

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")  # that runs the network
    network = models.ForeignKey(Network, on_delete=models.PROTECT, related_name="boxes")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, related_name="boxes")
    name = models.CharField(max_length=40)  # its site's code when it was invited
    number = models.PositiveIntegerField()  # in its network: its own address there
    state = models.CharField(max_length=12, choices=State.choices, default=State.INVITED)
    box_key = models.BinaryField(null=True)  # Ed25519, 32 bytes: signs what it asks
    wg_key = models.BinaryField(null=True)  # X25519, 32 bytes: what peers know it by
    next_key = models.BinaryField(null=True)  # the one that takes its place, while it does
    former_key = models.BinaryField(null=True)  # the one before, for who has heard nothing since
    key_since = models.DateTimeField(null=True)  # when its key was last changed
    key_asked = models.DateTimeField(null=True)  # when the officer asked for another one
    enrolled_at = models.DateTimeField(null=True)
    quarantined_at = models.DateTimeField(null=True)
    serial = models.BigIntegerField(default=0)  # of its newest configuration
    body_sha = models.CharField(max_length=64, blank=True)  # of that one without serial and time
    roads = models.BigIntegerField(default=0)  # changes of its roads besides those of its configuration
    rotated = models.BigIntegerField(
        default=0
    )  # Unix milliseconds, by its clock: an older request changes no key
    reported_at = models.DateTimeField(null=True)
    report = models.JSONField(default=dict)  # as it last said: serial, state, lines, peers
    capabilities = models.JSONField(default=dict)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["site"], condition=Q(state__in=["invited", "active"]), name="pnsbox_box_one"
            ),
            models.UniqueConstraint(fields=["network", "number"], name="pnsbox_box_number"),
            models.UniqueConstraint(fields=["box_key"], name="pnsbox_box_key"),
            models.UniqueConstraint(fields=["network", "wg_key"], name="pnsbox_box_wg_key"),
            models.UniqueConstraint(fields=["network", "next_key"], name="pnsbox_box_next_key"),
            models.CheckConstraint(
                name="pnsbox_box_keys",
                condition=~Q(state="active") | Q(box_key__isnull=False, wg_key__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def keys(self) -> list[bytes]:
        """All WireGuard keys by which somebody may know it."""
        return [bytes(one) for one in (self.wg_key, self.next_key, self.former_key) if one]

    @property
    def roads_serial(self) -> int:
        """Of its newest box-roads/1: a new configuration may have other peers, and so other roads."""
        return self.serial + self.roads


class EnrolmentCode(Record):
    """The one-time code on a printed sheet: only its hash is kept."""

    box = models.ForeignKey(Box, on_delete=models.CASCADE, related_name="codes")
    hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class Line(Record):
    """A site's line to the Internet, and whom to call when it fails."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")  # that runs the network
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="lines")
    name = models.CharField(_("Name"), max_length=15)
    place = models.PositiveSmallIntegerField()  # the first is used first
    interface = models.CharField(_("Interface"), max_length=15)
    gateway = models.GenericIPAddressField(_("Gateway"), null=True, blank=True)
    port = models.PositiveIntegerField()  # UDP, at the box
    endpoint = models.CharField(_("Public address"), max_length=120, blank=True)  # fixed, host:port
    seen = models.CharField(max_length=120, blank=True)  # as the box last reported, host:port
    metered = models.BooleanField(_("Paid by volume"), default=False)
    isp = models.CharField(_("Provider"), max_length=80, blank=True)
    phone = models.CharField(_("Person to call"), max_length=120, blank=True)

    class Meta:
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["site", "name"], name="pnsbox_line_name"),
            models.UniqueConstraint(fields=["site", "interface"], name="pnsbox_line_interface"),
            models.UniqueConstraint(fields=["site", "port"], name="pnsbox_line_port"),
        ]

    def __str__(self) -> str:
        return self.name


class Configuration(Record):
    """What one box was told: an envelope of box-config/1, signed once and kept as it was sent."""

    box = models.ForeignKey(Box, on_delete=models.CASCADE, related_name="configurations")
    serial = models.BigIntegerField()
    at = models.DateTimeField(default=timezone.now)
    raw = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["box", "serial"], name="pnsbox_configuration_serial")]
