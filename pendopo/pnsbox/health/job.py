"""Looks at all boxes again and again: what is wrong is kept, and told once it lasts."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from pendopo.ground.accounts.actor import Actor
from pendopo.pnsbox.sites.models import Network

from . import actions, measures, reads, rules, samples
from .models import Trouble

JOB, EVERY = "network-health", 15
KEPT = timezone.timedelta(days=90)  # of a trouble that is over


def look(now: datetime | None = None) -> None:
    """Every network of this node."""
    now = now or timezone.now()
    for network in Network.objects.select_related("agency").defer("deny"):
        _look(network, now)
    samples.forget(now)
    Trouble.objects.filter(ended_at__lt=now - KEPT).delete()


def _look(network: Network, now: datetime) -> None:
    boxes = reads.in_service(network)
    found = rules.findings(reads.offices(boxes, now))
    known = {one.key: one for one in network.troubles.filter(ended_at=None).select_related("agency")}
    begun, ended = [], []
    with transaction.atomic():  # what is seen; what is told of it are acts of their own
        for key in found.keys() - known.keys():
            known[key] = _new(network, found[key], now)
        for key, trouble in known.items():
            one, there = found.get(key), key in found
            step = rules.step(
                trouble.kind, trouble.since, trouble.told_at, trouble.calm_since, now, there=there
            )
            if step == "drop":
                trouble.delete()
            elif step == "end":
                ended.append(trouble)
            else:
                _seen(trouble, one, None if there else trouble.calm_since or now)
                begun += [trouble] if step == "begin" else []
    actor = Actor.system(network.agency)
    if begun:
        actions.begin(sorted(begun, key=lambda one: one.site_id is not None), now, actor=actor)
    booted = {
        box.site_id: measures.whole(box.capabilities.get("booted"), measures.MOST) or 0 for box in boxes
    }
    for trouble in ended:
        restarted = booted.get(trouble.site_id, 0) > trouble.since.timestamp()
        actions.end(trouble, now, restarted=restarted, actor=actor)


def _new(network: Network, one: rules.Finding, now: datetime) -> Trouble:
    site = UUID(one.site) if one.site else None
    return Trouble.objects.create(
        agency=network.agency, network=network, site_id=site, key=one.key, kind=one.kind, cause=one.cause,
        facts=_facts(one), since=now,
    )  # fmt: skip


def _seen(trouble: Trouble, one: rules.Finding | None, calm: datetime | None) -> None:
    """Keeps how it is now, where that is otherwise than before."""
    cause, facts = (one.cause, _facts(one)) if one else (trouble.cause, trouble.facts)
    if (cause, facts, calm) != (trouble.cause, trouble.facts, trouble.calm_since):
        trouble.cause, trouble.facts, trouble.calm_since = cause, facts, calm
        trouble.save(update_fields=["cause", "facts", "calm_since"])


def _facts(one: rules.Finding) -> dict:
    said = {name: value for name, value in asdict(one).items() if name not in ("kind", "cause", "site")}
    return said | {"isp": one.isp or "–"}
