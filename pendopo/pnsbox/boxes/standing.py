"""Which box stands where: inviting one, cutting one off. Steps of acts that hold the network's row."""

from django.db.models import QuerySet
from django.utils import timezone

from pendopo.pnsbox.publish import publishing
from pendopo.pnsbox.roads import steps as roads
from pendopo.pnsbox.sites.models import Network, Site

from .models import Box, EnrolmentCode


def invite(site: Site) -> Box:
    """A box for `site` (whose network is the locked row) that waits for its code."""
    network = site.network
    network.last_box += 1
    network.save(update_fields=["last_box"])
    return Box.objects.create(
        agency=site.agency, network=network, site=site, name=site.code, number=network.last_box
    )


def cut_off(network: Network, boxes: QuerySet[Box]) -> int:
    """All other boxes refuse these from now on; one that never enrolled is simply gone. How many were cut."""
    EnrolmentCode.objects.filter(box__in=boxes, used_at=None).delete()
    boxes.filter(state=Box.State.INVITED).delete()
    rows = boxes.filter(state=Box.State.ACTIVE)
    ids = list(rows.values_list("pk", flat=True))
    if ids:
        rows.update(state=Box.State.QUARANTINED, quarantined_at=timezone.now())
        publishing.deny(network)
        publishing.wake(ids)  # what they wait for ends in a refusal
        roads.end(ids)
    return len(ids)
