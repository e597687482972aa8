"""Who is told that its roads may be others now. Steps of acts that asked their own right.

No configuration changes by it: a box is only told so, and asks for its roads.
"""

from collections.abc import Collection
from uuid import UUID

from django.db.models import F, Q, QuerySet

from pendopo.pnsbox.boxes.models import Box
from pendopo.pnsbox.publish import publishing
from pendopo.pnsbox.sites.models import Network, Site

from .models import Lease


def changed(boxes: QuerySet[Box]) -> None:
    """The roads of these boxes may be others: whoever waits for something new is woken."""
    ids = list(boxes.filter(state=Box.State.ACTIVE).values_list("pk", flat=True))
    if ids:
        Box.objects.filter(pk__in=ids).update(roads=F("roads") + 1)
        publishing.wake(ids)


def moved(network: Network, box: Box) -> None:
    """Lines of a box are seen elsewhere: those are told that may have to look for it there."""
    near = publishing.concerned(network, [box.site]) - {box.site_id}
    changed(Box.objects.filter(site__in=near, site__lines__endpoint="").distinct())


def relays_changed(network: Network, site: Site) -> None:
    """A site's box is a relay now, or no more: what it lent then is lent by another."""
    if not site.relays:
        end([box.pk for box in site.boxes.all()])
    relay_changed(network)


def relay_changed(network: Network) -> None:
    """A relay has another address or key: for everybody who cannot be called."""
    changed(Box.objects.filter(network=network, site__lines__endpoint="").distinct())


def renewed(box: Box) -> None:
    """A box has another key: relays know it by that, and others ask it by that where they are seen."""
    changed(Box.objects.filter(lent__in=_of([box.pk])).distinct())
    if box.site.relays:
        relay_changed(box.network)


def end(boxes: Collection[UUID]) -> None:
    """Nothing is lent to these boxes, or by them, any more."""
    rows = Lease.objects.filter(Q(pk__in=_of(boxes)) | Q(relay__in=boxes))
    held = set(rows.values_list("relay", "one", "other"))
    if held:
        rows.delete()
        changed(Box.objects.filter(pk__in=set().union(*held)))


def _of(boxes: Collection[UUID]) -> QuerySet[Lease]:
    return Lease.objects.filter(Q(one__in=boxes) | Q(other__in=boxes))
