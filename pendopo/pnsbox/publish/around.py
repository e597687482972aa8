"""Some sites with all that their policies touch, and nothing else: what their boxes' configurations say.

Everything is found by name (indexes on the names of sites and of rules), so that it costs what these sites
reach, however many others the network has. Five questions, whatever the number of sites.
"""

from collections.abc import Iterable, Set
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from pendopo.pnsbox.boxes.models import Box
from pendopo.pnsbox.reach import rules
from pendopo.pnsbox.reach.models import Rule, Service
from pendopo.pnsbox.sites.models import Network, Site


def names_of(site: Site) -> set[str]:
    """What rules may call a site."""
    return {site.code, *site.names, rules.EVERYBODY}


def meant(network: Network, names: Iterable[str]) -> QuerySet[Site]:
    """The sites that one of the names stands for."""
    names = set(names)
    sites = Site.objects.filter(network=network)
    return sites if rules.EVERYBODY in names else sites.filter(Q(code__in=names) | Q(names__overlap=[*names]))


def naming(network: Network, names: Iterable[str]) -> QuerySet[Rule]:
    """The rules that use one of the names on either side, in their order."""
    names = [*names]
    rows = Rule.objects.filter(network=network)
    return rows.filter(Q(sources__overlap=names) | Q(destinations__overlap=names)).order_by("number")


def beyond(rule: Rule, names: Set[str]) -> set[str]:
    """The names at the other end of a rule, of a site that has `names`."""
    found = set()
    if not names.isdisjoint(rule.sources):
        found |= set(rule.destinations)
    if not names.isdisjoint(rule.destinations):
        found |= set(rule.sources)
    return found


@dataclass(frozen=True)
class Around:
    """`sites` are those asked for and those they have a rule with, by code; their rules; and the services."""

    network: Network
    targets: tuple[Site, ...]
    sites: dict[str, Site]
    rules: tuple[Rule, ...]
    services: dict[str, rules.Service]

    @property
    def rows(self) -> int:
        """How many sites, rules and services were read: what it cost."""
        return len(self.sites) + len(self.rules) + len(self.services)

    @cached_property
    def _called(self) -> dict[str, set[str]]:
        """name → codes of the sites it stands for."""
        found: dict[str, set[str]] = {}
        for code, site in self.sites.items():
            for name in names_of(site):
                found.setdefault(name, set()).add(code)
        return found

    @cached_property
    def _plain(self) -> dict[str, rules.Site]:
        return {code: plain(site) for code, site in self.sites.items()}

    def partners(self, site: Site) -> set[str]:
        """Codes of the sites that `site` has a rule with."""
        mine = names_of(site)
        return self._codes(set().union(*(beyond(rule, mine) for rule in self._of(mine)))) - {site.code}

    def policy(self, site: Site) -> rules.Policy:
        """What of the policy concerns `site`: compiled for it, it is the same as the whole."""
        mine, found, there = names_of(site), [], {site.code}
        for rule in self._of(mine):
            number, services = str(rule.number), frozenset(rule.services)
            own = frozenset({site.code})
            if not mine.isdisjoint(rule.sources):
                far = self._codes(rule.destinations)
                found.append(rules.Rule(number, own, frozenset(far), services))
                there |= far
            if not mine.isdisjoint(rule.destinations):
                far = self._codes(rule.sources)
                found.append(rules.Rule(number, frozenset(far), own, services))
                there |= far
        return rules.Policy({code: self._plain[code] for code in there}, self.services, tuple(found))

    @cached_property
    def _naming(self) -> dict[str, set[int]]:
        """name → places of the rules that use it."""
        found: dict[str, set[int]] = {}
        for at, rule in enumerate(self.rules):
            for name in (*rule.sources, *rule.destinations):
                found.setdefault(name, set()).add(at)
        return found

    def _of(self, names: Iterable[str]) -> list[Rule]:
        """The rules that use one of the names, in their order."""
        places = set().union(*(self._naming.get(name, ()) for name in names))
        return [self.rules[at] for at in sorted(places)]

    def _codes(self, names: Iterable[str]) -> set[str]:
        return set().union(*(self._called.get(name, ()) for name in names))


def plain(site: Site) -> rules.Site:
    """A site as the rules know it; its blocks are loaded."""
    return rules.Site(site.code, frozenset(site.names), tuple(one.cidr for one in site.blocks.all()))


def around(network: Network, ids: Iterable[UUID]) -> Around:
    """The sites `ids` and what their rules touch, with blocks, lines, hosts and boxes of each."""
    targets = tuple(_whole(Site.objects.filter(network=network, pk__in=list(ids))))
    mine = set().union(*(names_of(site) for site in targets))
    found = tuple(naming(network, mine)) if targets else ()
    far = set().union(*(beyond(rule, mine) for rule in found))
    sites = {site.code: site for site in targets}
    sites |= {site.code: site for site in _whole(meant(network, far))} if far else {}
    used = {name for rule in found for name in rule.services}
    rows = Service.objects.filter(network=network, name__in=used) if used else ()
    return Around(network, targets, sites, found, {row.name: service(row) for row in rows})


def service(row: Service) -> rules.Service:
    """A service as the rules know it."""
    return rules.Service(row.protocol, tuple((first, last) for first, last in row.ports))


def _whole(sites: QuerySet[Site]) -> QuerySet[Site]:
    there = Box.objects.filter(state__in=[Box.State.ACTIVE, Box.State.QUARANTINED])
    kept = Prefetch("boxes", there.defer("report", "capabilities").order_by("number"))
    return sites.prefetch_related("blocks", "lines", "hosts", kept)
