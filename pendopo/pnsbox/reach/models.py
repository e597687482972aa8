"""The policy as rows: services, and rules in names."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pendopo.ground.base import Record
from pendopo.ground.directory.models import Agency
from pendopo.pnsbox.sites.models import Network


class Service(Record):
    """What is reached, by a name that rules use: a protocol and its ports."""

    class Protocol(models.TextChoices):
        TCP = "tcp", "TCP"
        UDP = "udp", "UDP"
        ICMP = "icmp", "ICMP"

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")  # that runs the network
    network = models.ForeignKey(Network, on_delete=models.CASCADE, related_name="services")
    name = models.CharField(_("Name"), max_length=40)
    protocol = models.CharField(_("Protocol"), max_length=4, choices=Protocol.choices)
    ports = models.JSONField(default=list)  # [[first, last]]

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["network", "name"], name="pnsbox_service_name")]

    def __str__(self) -> str:
        return self.name


class Rule(Record):
    """`sources` may reach `services` of `destinations`; nothing else is allowed."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")  # that runs the network
    network = models.ForeignKey(Network, on_delete=models.CASCADE, related_name="rules")
    number = models.PositiveIntegerField()  # what people call it
    sources = ArrayField(models.CharField(max_length=128))
    destinations = ArrayField(models.CharField(max_length=128))
    services = ArrayField(models.CharField(max_length=40))
    note = models.CharField(_("Why"), max_length=200, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["network", "number"], name="pnsbox_rule_number")]
        indexes = [
            GinIndex(fields=["sources"], name="pnsbox_rule_sources"),
            GinIndex(fields=["destinations"], name="pnsbox_rule_destinations"),
        ]


class Withdrawn(Record):
    """A rule that counts no more, as it last read: what somebody is told who asks why."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")  # that runs the network
    network = models.ForeignKey(Network, on_delete=models.CASCADE, related_name="withdrawn")
    number = models.PositiveIntegerField()
    sources = ArrayField(models.CharField(max_length=128))
    destinations = ArrayField(models.CharField(max_length=128))
    services = ArrayField(models.CharField(max_length=40))
    note = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at"]
        constraints = [models.UniqueConstraint(fields=["network", "number"], name="pnsbox_withdrawn_number")]

    def __str__(self) -> str:
        return str(self.number)
