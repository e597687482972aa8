"""Boxes that cannot be called find each other: what reports say of it, and lending relays."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, Q
from django.utils import timezone

from pendopo.ground.accounts.actor import Actor
from pendopo.ground.audit.act import act
from pendopo.pnsbox.boxes.models import Box
from pendopo.pnsbox.publish import links, publishing
from pendopo.pnsbox.publish.around import around

from .models import Lease
from .steps import changed
from .telling import LEASES, active, hidden, relays

UNUSED = timedelta(minutes=10)  # without a box that says it uses it a relay is lent no more
NOTED = timedelta(minutes=1)  # so exactly it is known when it was used
LOST = timedelta(days=1)  # the same for boxes that say nothing any more


def heard(box: Box, peers: Iterable[dict], *, actor: Actor) -> None:
    """What a box says of its roads: which peers it asks a relay for, and for which it uses one."""
    wanted = _ids(one for one in peers if one.get("wants") is True)
    used = _ids(one for one in peers if isinstance(one.get("relay"), str))
    now = timezone.now()
    if used:
        pairs = Q(one=box, other__in=used) | Q(other=box, one__in=used)
        Lease.objects.filter(pairs, used_at__lt=now - NOTED).update(used_at=now)
    if wanted and _missing(box, wanted):
        lend(box, wanted, actor=actor)
    if box.site and box.site.relays:
        _forget(box, now, actor)


def lend(box: Box, wanted: Collection[UUID], *, actor: Actor) -> None:
    """A relay passes on what `box` and each of those boxes send each other, where neither can be called.

    Those that it has no rule with get none; where no relay serves, nobody does. The least busy one is lent.
    """
    with act("pnsbox.relay.lend", actor=actor, subject=box) as line:
        network = publishing.held(box.network)
        near = around(network, [box.site_id])
        (site,) = near.targets
        partners = [near.sites[code] for code in near.partners(site)]
        mine = links.own(site, partners)
        peers = [
            peer
            for other in partners
            if any(hidden(mine, site, other))
            for peer in active(other)
            if peer.pk in wanted
        ]
        there = [one for site in relays(network) for one in active(site)]
        told: set[UUID] = set()
        for peer in peers:
            told |= _lent(there, *sorted((box.pk, peer.pk)))
        line.detail["peers"] = sorted(peer.name for peer in peers)
        if told:
            changed(Box.objects.filter(pk__in=told))


def _lent(there: list[Box], one: UUID, other: UUID) -> set[UUID]:
    """A lease for a pair at the least busy relay; who has to know of it."""
    fit = [relay for relay in there if relay.pk not in (one, other)]
    busy = {relay.pk: set(relay.lent.values_list("number", flat=True)) for relay in fit}
    relay = min(fit, key=lambda relay: (len(busy[relay.pk]), relay.number), default=None)
    if relay is None or len(busy[relay.pk]) >= LEASES:
        return set()
    number = next(at for at in range(LEASES) if at not in busy[relay.pk])
    _lease, made = Lease.objects.get_or_create(
        one_id=one, other_id=other, defaults={"relay": relay, "number": number}
    )
    return {one, other, relay.pk} if made else set()


def _missing(box: Box, wanted: Collection[UUID]) -> bool:
    """Whether a relay serves, and one of these has none yet with `box`."""
    pairs = Q(one=box, other__in=wanted) | Q(other=box, one__in=wanted)
    if Lease.objects.filter(pairs).count() == len(wanted):
        return False
    serving = Box.objects.filter(network=box.network_id, state=Box.State.ACTIVE, site__relays=True)
    return serving.exclude(site__lines__endpoint="").exists()


def _forget(relay: Box, now: datetime, actor: Actor) -> None:
    """Leases that nobody uses: both boxes have said other things since, or one says nothing for long."""
    quiet = Q(one__reported_at__gt=F("used_at") + UNUSED, other__reported_at__gt=F("used_at") + UNUSED)
    rows = relay.lent.filter(used_at__lt=now - UNUSED).filter(quiet | Q(used_at__lt=now - LOST))
    held = list(rows.values_list("pk", "one", "other"))
    if not held:
        return
    with act("pnsbox.relay.end", actor=actor, subject=relay) as line:
        publishing.held(relay.network)
        Lease.objects.filter(pk__in=[pk for pk, _one, _other in held]).delete()
        line.detail["pairs"] = len(held)
        changed(Box.objects.filter(pk__in={relay.pk}.union(*({one, other} for _pk, one, other in held))))


def _ids(said: Iterable[dict]) -> set[UUID]:
    """The boxes that entries of a report are about; what is no id is nobody's."""
    found = set()
    for one in said:
        try:
            found.add(UUID(str(one.get("box"))))
        except ValueError:
            continue
    return found
