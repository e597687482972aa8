"""A private network, its sites, and which addresses are whose."""

from ipaddress import IPv4Network, IPv6Network, ip_network

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pendopo.ground.base import Record
from pendopo.ground.directory.models import Agency


class CidrField(models.Field):
    """PostgreSQL's `cidr` as an `ip_network`: no bit may stand right of the mask."""

    def db_type(self, connection) -> str:
        return "cidr"

    def from_db_value(self, value, expression, connection) -> IPv4Network | IPv6Network | None:
        return None if value is None else ip_network(value)

    def get_prep_value(self, value) -> str | None:
        return None if value is None else str(value)


class Network(Record):
    """One private network, run by one agency.

    Its row is the lock of everything in it: whoever plans addresses or changes what boxes may do holds it
    until the end, so that no two changes are made of the same old state.
    """

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(_("Code"), max_length=32, unique=True)  # the names' last part: dc.CODE.internal
    name = models.CharField(_("Name"), max_length=120)
    pool4 = CidrField()
    pool6 = CidrField()
    foreign = models.JSONField(default=list)  # networks in use outside the plan, [str]
    urls = models.JSONField(default=list)  # where boxes reach the controller, best first, [str]
    key_pub = models.BinaryField()  # 32 bytes: what boxes check their configuration by
    key_sealed = models.BinaryField()  # the seed, under the node's seal key
    last_box = models.PositiveIntegerField(default=0)  # numbers are given once
    last_rule = models.PositiveIntegerField(default=0)
    deny_serial = models.BigIntegerField(default=0)
    deny = models.BinaryField(default=bytes)  # box-deny/1 of that serial

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Site(Record):
    """A place with a box. In rules it is called by its code, its agency's identifier and its groups."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")  # that runs the network
    network = models.ForeignKey(Network, on_delete=models.PROTECT, related_name="sites")
    of = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")  # whose office it is
    code = models.CharField(_("Short name"), max_length=40)
    name = models.CharField(_("Name"), max_length=120)
    place = models.CharField(_("Place"), max_length=120, blank=True)
    machines = models.PositiveIntegerField(_("Machines"))
    names = ArrayField(models.CharField(max_length=128), default=list)  # agency and groups, sorted
    lan = models.CharField(max_length=15, default="eth1")  # the box's interface to the office
    relays = models.BooleanField(default=False)  # its box may pass on sealed packets of others
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["network", "code"], name="pnsbox_site_code"),
            models.UniqueConstraint(fields=["network", "name"], name="pnsbox_site_name"),
        ]
        indexes = [GinIndex(fields=["names"], name="pnsbox_site_names")]

    def __str__(self) -> str:
        return self.name

    @property
    def groups(self) -> list[str]:
        """Its names besides the agency's; reads the agency."""
        return [name for name in self.names if name != self.of.code]


class Block(Record):
    """Addresses of a network: a site's, or resting after a site gave them back (`site` is None)."""

    network = models.ForeignKey(Network, on_delete=models.CASCADE, related_name="blocks")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, related_name="blocks")
    cidr = CidrField()
    rests_since = models.DateTimeField(null=True)

    class Meta:
        ordering = ["cidr"]
        constraints = [
            ExclusionConstraint(
                name="pnsbox_block_once",
                expressions=[
                    ("network", RangeOperators.EQUAL),
                    (OpClass("cidr", name="inet_ops"), RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                name="pnsbox_block_whose",
                condition=models.Q(site__isnull=False, rests_since__isnull=True)
                | models.Q(site__isnull=True, rests_since__isnull=False),
            ),
        ]


class Host(Record):
    """A machine at a site that has a name on the private network."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="hosts")
    name = models.CharField(_("Name"), max_length=63)
    address = models.GenericIPAddressField(_("Address"))

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["site", "name"], name="pnsbox_host_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def agency_id(self):
        """The agency that runs the network."""
        return self.site.agency_id
