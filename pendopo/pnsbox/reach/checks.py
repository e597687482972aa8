"""Whether a rule says something: every name in it stands for something."""

from pendopo.core.errors import Fault
from pendopo.pnsbox.publish.around import meant

from . import rules
from .models import Rule, Service

NAMES = 100  # on each side of a rule


def check(rule: Rule) -> None:
    """`Fault pnsbox.rule_empty`, `pnsbox.name` (see `add_rule`)."""
    sides = (rule.sources, rule.destinations, rule.services)
    if not all(0 < len(side) <= NAMES for side in sides):
        raise Fault("pnsbox.rule_empty", most=NAMES)
    names = {*rule.sources, *rule.destinations} - {rules.EVERYBODY}
    known = {rules.EVERYBODY}
    for code, more in meant(rule.network, names).values_list("code", "names") if names else ():
        known |= {code, *more}
    there = Service.objects.filter(network=rule.network, name__in=rule.services)
    lost = sorted(names - known) or sorted(set(rule.services) - set(there.values_list("name", flat=True)))
    if lost:
        raise Fault("pnsbox.name", rule=rule.number, name=lost[0])
