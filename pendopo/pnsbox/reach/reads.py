"""Looking at the policy: the matrix, by agency or, where there are few sites, by site."""

from collections import defaultdict
from dataclasses import dataclass

from pendopo.pnsbox.sites.models import Network, Site

from . import rules
from .models import Rule

FEW = 6  # sites that a matrix shows one by one


@dataclass(frozen=True, slots=True)
class Matrix:
    """Who reaches what: `rows` are (who, the services toward each of `ends`); `by_site` or by agency."""

    ends: list[str]
    rows: list[tuple[str, list[list[str]]]]
    by_site: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """What `source` reaches at `destination`; names of agencies."""

    source: str
    destination: str
    services: list[str]


def matrix(network: Network) -> Matrix | list[Pair]:
    """The whole policy as a table; of more than six agencies the pairs that reach something.

    Two questions, and work in proportion to rules × sites.
    """
    sites = list(network.sites.select_related("of").order_by("name"))
    by_site = len(sites) <= FEW
    ends = {site.code: site.name if by_site else site.of.name for site in sites}
    reached: dict[tuple[str, str], set[str]] = defaultdict(set)
    for rule in Rule.objects.filter(network=network):
        for source, destination in _pairs(rule, sites, by_site):
            reached[ends[source], ends[destination]] |= set(rule.services)
    names = sorted(set(ends.values()))
    if len(names) > FEW:
        return [Pair(a, b, sorted(services)) for (a, b), services in sorted(reached.items())]
    rows = [(a, [sorted(reached.get((a, b), ())) for b in names]) for a in names]
    return Matrix(names, rows, by_site)


def _pairs(rule: Rule, sites: list[Site], by_site: bool) -> set[tuple[str, str]]:
    """(source, destination) by code; by agency one pair of sites for each two agencies."""
    one = {}
    for side, names in (("from", rule.sources), ("to", rule.destinations)):
        meant = [site for site in sites if _meant(site, names)]
        one[side] = meant if by_site else list({(site.of_id, at): site for at, site in _two(meant)}.values())
    return {(a.code, b.code) for a in one["from"] for b in one["to"] if a.pk != b.pk}


def _two(sites: list[Site]) -> list[tuple[int, Site]]:
    """Up to two sites of each agency: enough to say whether it reaches others and itself."""
    seen: dict = defaultdict(int)
    found = []
    for site in sites:
        if seen[site.of_id] < 2:
            found.append((seen[site.of_id], site))
            seen[site.of_id] += 1
    return found


def _meant(site: Site, names: list[str]) -> bool:
    return site.code in names or rules.EVERYBODY in names or not set(site.names).isdisjoint(names)
