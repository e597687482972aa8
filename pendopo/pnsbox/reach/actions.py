"""Writing the policy: services, and rules in names. What a change cuts, `reach.changes` says before."""

from collections.abc import Iterable

from django.db import IntegrityError, transaction

from pendopo.core.errors import Fault
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.audit.act import act
from pendopo.pnsbox import words
from pendopo.pnsbox.publish import publishing
from pendopo.pnsbox.sites.models import Network

from . import rules
from .checks import check
from .models import Rule, Service, Withdrawn

_KEPT = ("agency", "network", "number", "sources", "destinations", "services", "note")  # of a withdrawn rule


def keep_service(
    network: Network, *, name: str, protocol: str, ports: list[tuple[int, int]], actor: Actor
) -> publishing.Work:
    """A service by this name, made or changed; rules that use it mean the new ports at once.

    `Fault pnsbox.label`, `pnsbox.protocol`, `pnsbox.ports`.
    """
    with act("pnsbox.service.edit", actor=actor, subject=network) as line:
        network = publishing.held(network)
        if protocol not in Service.Protocol.values:
            raise Fault("pnsbox.protocol", text=protocol[:20])
        rules.Service(protocol, tuple(ports))
        Service.objects.update_or_create(
            network=network,
            name=words.label(name),
            defaults={"agency": network.agency, "protocol": protocol, "ports": [[*one] for one in ports]},
        )
        line.detail |= {"name": name, "protocol": protocol, "ports": [[*one] for one in ports]}
        using = Rule.objects.filter(network=network, services__contains=[name])
        return publishing.publish(network, publishing.named(network, _all_names(using)))


def remove_service(service: Service, *, actor: Actor) -> None:
    """`Fault pnsbox.service_used` while a rule names it."""
    with act("pnsbox.service.edit", actor=actor, subject=service) as line:
        network = publishing.held(service.network)
        line.detail |= {"name": service.name, "removed": True}
        if rule := Rule.objects.filter(network=network, services__contains=[service.name]).first():
            raise Fault("pnsbox.service_used", name=service.name, rule=rule.number)
        Service.objects.filter(pk=service.pk).delete()


def add_rule(
    network: Network,
    *,
    sources: Iterable[str],
    destinations: Iterable[str],
    services: Iterable[str],
    note: str = "",
    actor: Actor,
) -> Rule:
    """A rule, in force at once at all boxes that it concerns.

    `Fault pnsbox.name` for a name that stands for nothing, `pnsbox.rule_empty` for a side without any.
    """
    with act("pnsbox.rule.add", actor=actor, subject=network) as line:
        network = publishing.held(network)
        network.last_rule += 1
        network.save(update_fields=["last_rule"])
        rule = Rule(agency=network.agency, network=network, number=network.last_rule)
        _write(rule, sources, destinations, services, note)
        line.subject = rule
        line.detail |= _said(rule)
        publishing.publish(network, publishing.named(network, _all_names([rule])))
    return rule


def change_rule(
    rule: Rule,
    *,
    sources: Iterable[str],
    destinations: Iterable[str],
    services: Iterable[str],
    note: str = "",
    actor: Actor,
) -> publishing.Work:
    """The rule says something else from now on. Faults as in `add_rule`."""
    with act("pnsbox.rule.change", actor=actor, subject=rule) as line:
        network = publishing.held(rule.network)
        rule.refresh_from_db()
        before = _all_names([rule])
        line.detail["before"] = _said(rule)
        _write(rule, sources, destinations, services, note)
        line.detail |= _said(rule)
        return publishing.publish(network, publishing.named(network, before | _all_names([rule])))


def remove_rule(rule: Rule, *, actor: Actor) -> publishing.Work:
    """The rule is withdrawn: what no other rule allows is cut at both ends."""
    with act("pnsbox.rule.remove", actor=actor, subject=rule) as line:
        network = publishing.held(rule.network)
        rule.refresh_from_db()
        line.detail |= _said(rule)
        names = _all_names([rule])
        Withdrawn.objects.create(**{name: getattr(rule, name) for name in _KEPT})
        Rule.objects.filter(pk=rule.pk).delete()
        return publishing.publish(network, publishing.named(network, names))


def _said(rule: Rule) -> dict:
    """The rule as an audit line keeps it."""
    return {
        "rule": rule.number,
        "sources": rule.sources,
        "destinations": rule.destinations,
        "services": rule.services,
    }


def _all_names(found: Iterable[Rule]) -> set[str]:
    return {name for rule in found for name in (*rule.sources, *rule.destinations)}


def _write(rule: Rule, sources, destinations, services, note: str) -> None:
    rule.sources, rule.destinations = sorted(set(sources)), sorted(set(destinations))
    rule.services, rule.note = sorted(set(services)), note
    check(rule)
    try:
        with transaction.atomic():
            rule.save()
    except IntegrityError:
        raise Fault("pnsbox.rule_gone", rule=rule.number) from None
