"""What a change of the policy cuts and what it opens, told before it is made; and why somebody gets through.

Read from the sites and rules that the change names, not from the whole network.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from pendopo.pnsbox.publish.around import meant, names_of, naming, plain, service
from pendopo.pnsbox.sites.models import Network, Site

from . import rules
from .checks import check
from .models import Rule, Service, Withdrawn


@dataclass(frozen=True, slots=True)
class Change:
    """(source, destination, service) that get through no longer, and that do from now on; sites by code."""

    cuts: tuple[tuple[str, str, str], ...]
    opens: tuple[tuple[str, str, str], ...]
    sites: dict[str, Site]


def of_rule(network: Network, before: Rule | None, after: Rule | None) -> Change:
    """What it means to have `after` instead of `before`; None where there is no such rule."""
    named = {name for one in (before, after) if one for name in (*one.sources, *one.destinations)}
    sites = {site.code: site for site in meant(network, named).prefetch_related("blocks")}
    others = naming(network, {name for site in sites.values() for name in names_of(site)})
    others = [one for one in others if before is None or one.pk != before.pk]
    old = _policy(network, sites, [*others, *([before] if before else [])])
    new = _policy(network, sites, [*others, *([after] if after else [])])
    cuts, opens = rules.preview(old, new)
    return Change(tuple(sorted(cuts)), tuple(sorted(opens)), sites)


def draft(network: Network, rule: Rule | None, **said) -> Rule:
    """The rule as it would read, in the place of `rule` or as a new one; not kept.

    Faults as when it is kept (`actions.add_rule`).
    """
    made = Rule(
        network=network,
        number=rule.number if rule else network.last_rule + 1,
        sources=said["sources"],
        destinations=said["destinations"],
        services=said["services"],
    )
    check(made)
    return made


def why(source: Site, destination: Site, asked: rules.Service) -> tuple[list[Rule], list[Rule]]:
    """The rules that let `source` reach the service, and those that name the pair but not the service."""
    network = source.network
    found = list(naming(network, names_of(source)))
    sites = {one.code: one for one in (source, destination)}
    policy = _policy(network, sites, found)
    port = asked.ports[0][0] if asked.ports else None
    told = rules.why(policy, policy.sites[source.code], policy.sites[destination.code], asked.protocol, port)
    by_number = {str(one.number): one for one in found}
    return [by_number[one] for one in told.rules], [by_number[one] for one in told.near]


def ended(source: Site, destination: Site, service: str) -> Withdrawn | None:
    """The rule withdrawn last that let `source` reach the service."""
    rows = Withdrawn.objects.filter(network=source.network, services__contains=[service])
    rows = rows.filter(sources__overlap=[*names_of(source)], destinations__overlap=[*names_of(destination)])
    return rows.order_by("-at").first()


def _policy(network: Network, sites: dict[str, Site], found: Iterable[Rule]) -> rules.Policy:
    """The policy among `sites` alone: a rule's names stand for those of them that they mean."""
    known = {code: plain(site) for code, site in sites.items()}
    made = []
    for rule in found:
        ends = (
            frozenset(code for code, site in known.items() if rules.meant(site, names))
            for names in (rule.sources, rule.destinations)
        )
        made.append(rules.Rule(str(rule.number), *ends, frozenset(rule.services)))
    used = {name for rule in made for name in rule.services}
    rows = Service.objects.filter(network=network, name__in=used)
    return rules.Policy(known, {row.name: service(row) for row in rows}, tuple(made))
