"""Drawing a network and its sites. Whoever changes one holds its row until the end."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from django.db import IntegrityError, transaction
from django.utils import timezone

from pendopo.core.errors import Fault
from pendopo.core.home import is_url
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.audit.act import act
from pendopo.ground.directory.models import Agency
from pendopo.pnsbox import words
from pendopo.pnsbox.boxes import lines, standing
from pendopo.pnsbox.boxes.models import Box, Line
from pendopo.pnsbox.publish import compiling, keys, publishing
from pendopo.pnsbox.publish.around import naming
from pendopo.pnsbox.roads import steps as roads

from . import plan as plans
from .models import Block, Host, Network, Site

GROUPS = 20  # of a site
SMALLEST6 = 56  # bits of the IPv6 pool: 255 sites at the least
LARGEST4 = plans.LARGEST  # bits of the IPv4 pool: one site of the largest size at the least


def create_network(
    *,
    code: str,
    name: str,
    pool4: IPv4Network,
    pool6: IPv6Network,
    urls: list[str],
    foreign: Iterable[IPv4Network | IPv6Network] = (),
    actor: Actor,
) -> Network:
    """A network of the actor's agency, with a key of its own that signs what boxes are told.

    `urls` are where boxes reach this controller, best first. Pools are private ones; `foreign` are networks
    in use already, of which no site is given any. `Fault pnsbox.label`, `pnsbox.network_taken`, `pnsbox.url`,
    `pnsbox.pools` for pools that are public or too small.
    """
    pub, sealed = keys.make()
    network = Network(
        agency=actor.agency,
        code=code,
        name=name,
        pool4=pool4,
        pool6=pool6,
        urls=urls,
        foreign=[str(one) for one in foreign],
        key_pub=pub,
        key_sealed=sealed,
    )
    with act("pnsbox.network.create", actor=actor, subject=network) as line:
        words.label(code)
        for url in urls or [""]:
            if not is_url(url):
                raise Fault("pnsbox.url", url=url[:100])
        fits = pool4.is_private and pool6.is_private and pool4.prefixlen <= LARGEST4
        if not fits or pool6.prefixlen > SMALLEST6:
            raise Fault("pnsbox.pools", least4=LARGEST4, least6=SMALLEST6)
        _saved(network, Fault("pnsbox.network_taken", text=code))
        publishing.deny(network)
        line.detail |= {"code": code, "pools": [str(pool4), str(pool6)], "foreign": network.foreign}
    return network


def add_site(
    network: Network,
    *,
    code: str,
    name: str,
    of: Agency,
    machines: int,
    place: str = "",
    groups: list[str] | None = None,
    lan: str = "eth1",
    wan: str = "eth0",
    endpoint: str = "",
    isp: str = "",
    phone: str = "",
    actor: Actor,
) -> Site:
    """A site of the agency `of` with networks of its own, its first line, and a box that waits for its code.

    An agency that is not kept yet is kept with it: an office may be on the network before its agency is a
    member of the registry.
    `lan` and `wan` are the box's interfaces to the office and to the line; `endpoint` is the line's public
    address and port where that never changes; `phone` says whom to call when it fails. `Fault pnsbox.label`,
    `pnsbox.site_name`, `pnsbox.site_taken`, `pnsbox.groups`, `pnsbox.group_taken`, `pnsbox.machines`,
    `pnsbox.pool`, `pnsbox.device`, `pnsbox.endpoint`.
    """
    site = Site(agency=network.agency, network=network, code=code, name=name, place=place, lan=lan)
    with act("pnsbox.site.add", actor=actor, subject=site) as line:
        site.network = network = publishing.held(network)
        site.of = of = _kept(of, network)
        site.names, site.machines = _names(network, of, groups or [], words.label(code)), machines
        words.title(name)
        words.device(lan)
        if Site.objects.filter(network=network, names__contains=[code]).exists():
            raise Fault("pnsbox.group_taken", text=code)
        _saved(site, Fault("pnsbox.site_taken", text=name))
        _give(network, site)
        Line.objects.create(
            agency=network.agency,
            site=site,
            name="utama",
            place=1,
            interface=words.device(wan),
            port=lines.FIRST_PORT,
            endpoint=endpoint and lines.endpoint(endpoint),
            isp=isp,
            phone=phone,
        )
        standing.invite(site)
        line.detail |= {"code": code, "of": of.code}
        line.detail["networks"] = [str(one.cidr) for one in site.blocks.all()]
        publishing.publish(network, publishing.concerned(network, [site]))
    return site


def edit_site(
    site: Site,
    *,
    name: str,
    place: str,
    groups: list[str],
    lan: str,
    relays: bool | None = None,
    actor: Actor,
) -> publishing.Work:
    """Another name, place, interface to the office or other groups: what rules say of the groups counts at
    once.

    `relays`: its box may pass on sealed packets of others (None: as before). `Fault pnsbox.relay_address`
    where it has no fixed address, `pnsbox.site_named` when the last site of a group leaves it and a rule
    still names the group, `pnsbox.site_name`, `pnsbox.site_taken`, `pnsbox.device`, and those of groups as in
    `add_site`.
    """
    with act("pnsbox.site.edit", actor=actor, subject=site) as line:
        network = publishing.held(site.network)
        before, left = publishing.concerned(network, [site]), set(site.names)
        site.name, site.place, site.lan = words.title(name), place, words.device(lan)
        site.names = _names(network, site.of, groups, site.code)
        lends = site.relays if relays is None else relays
        other, site.relays = lends != site.relays, lends
        if other and lends and not site.lines.exclude(endpoint="").exists():
            raise Fault("pnsbox.relay_address")
        _saved(site, Fault("pnsbox.site_taken", text=name))
        _still_named(network, left - set(site.names))
        line.detail |= {"name": name, "groups": groups, "lan": lan, "relays": lends}
        work = publishing.publish(network, before | publishing.concerned(network, [site]))
        if other:
            roads.relays_changed(network, site)
        return work


def remove_site(site: Site, *, actor: Actor) -> None:
    """The site goes; its addresses rest, its box is refused by all others from now on.

    `Fault pnsbox.site_named` while a rule names the site, or a group or agency that it is the last of.
    """
    with act("pnsbox.site.remove", actor=actor, subject=site) as line:
        network = publishing.held(site.network)
        others = publishing.concerned(network, [site]) - {site.pk}
        line.detail |= {"code": site.code, "networks": [str(one.cidr) for one in site.blocks.all()]}
        standing.cut_off(network, site.boxes.exclude(state=Box.State.QUARANTINED))
        site.boxes.update(site=None)
        _rest(network, site)
        names = {site.code, *site.names}
        Site.objects.filter(pk=site.pk).delete()
        _still_named(network, names)
        publishing.publish(network, others)


def name_host(site: Site, name: str, address: str, *, actor: Actor) -> Host:
    """A machine of the site gets a name: NAME.SITE.NETWORK.internal, at every box that may reach the site.

    `Fault pnsbox.host_outside` for an address that is not of the site, `pnsbox.host_taken`.
    """
    with act("pnsbox.host.edit", actor=actor, subject=site) as line:
        network = publishing.held(site.network)
        there = ip_address(address)
        if not any(there in one.cidr for one in site.blocks.all()):
            raise Fault("pnsbox.host_outside", address=address)
        host = Host(site=site, name=words.label(name), address=address)
        _saved(host, Fault("pnsbox.host_taken", text=name))
        line.detail |= {"name": name, "address": address}
        publishing.publish(network, publishing.concerned(network, [site]))
    return host


def forget_host(host: Host, *, actor: Actor) -> None:
    """The name stands for nothing any more."""
    with act("pnsbox.host.edit", actor=actor, subject=host) as line:
        network = publishing.held(host.site.network)
        line.detail |= {"name": host.name, "removed": True}
        Host.objects.filter(pk=host.pk).delete()
        publishing.publish(network, publishing.concerned(network, [host.site]))


def _kept(agency: Agency, network: Network) -> Agency:
    """The agency as the directory has it from now on."""
    given = {"name": agency.name, "zone": network.agency.zone}
    return Agency.objects.get_or_create(code=agency.code, defaults=given)[0]


def _names(network: Network, of: Agency, groups: list[str], code: str) -> list[str]:
    """The site's names besides its code: no group may be called as a site is."""
    groups = sorted({words.label(group) for group in groups})
    if len(groups) > GROUPS:
        raise Fault("pnsbox.groups", most=GROUPS)
    taken = {code, *Site.objects.filter(network=network, code__in=groups).values_list("code", flat=True)}
    if both := sorted(taken & set(groups)):
        raise Fault("pnsbox.group_taken", text=both[0])
    return [of.code, *groups]


def _still_named(network: Network, names: set[str]) -> None:
    """`Fault pnsbox.site_named` when one of the names stands for no site any more and a rule uses it."""
    left = {
        name
        for code, known in Site.objects.filter(network=network, names__overlap=[*names]).values_list(
            "code", "names"
        )
        for name in (code, *known)
    }
    if rule := naming(network, names - left).first():
        lost = (names - left) & {*rule.sources, *rule.destinations}
        raise Fault("pnsbox.site_named", rule=rule.number, name=min(lost))


def _plan(network: Network) -> plans.Plan:
    given, resting = {}, {}
    for block in Block.objects.filter(network=network).order_by("site", "cidr"):
        if block.site_id is None:
            resting[block.cidr] = block.rests_since
        else:
            given.setdefault(str(block.site_id), []).append(block.cidr)
    foreign = [ip_network(one) for one in network.foreign]
    return plans.Plan(
        network.pool4,
        network.pool6,
        {site: tuple(pair) for site, pair in given.items()},
        (*foreign, compiling.boxes_own(network)),
        resting,
    )


def _give(network: Network, site: Site) -> None:
    """Networks for a new site, by the plan; what has rested long enough is given again."""
    now = timezone.now()
    Block.objects.filter(network=network, rests_since__lte=now - plans.REST).delete()
    planned = plans.add(_plan(network), str(site.pk), site.machines, now)
    Block.objects.bulk_create(
        Block(network=network, site=site, cidr=cidr) for cidr in planned.given[str(site.pk)]
    )


def _rest(network: Network, site: Site) -> None:
    Block.objects.filter(network=network, site=site).update(site=None, rests_since=timezone.now())


def _saved(row, taken: Fault) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise taken from None
