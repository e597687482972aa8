"""What the worker does for a node's documents: renews them, installs them, follows the registry."""

import logging

from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone

from pendopo.core.errors import Fault
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.delivery import outbox
from pendopo.ground.directory.models import Agency

from . import actions, certificates, compile, members, reads, registry, snapshots
from .models import Snapshot

log = logging.getLogger(__name__)


def documents() -> None:
    """Issues and installs what is due. `Fault` when the gateway is down: it is tried again soon.

    A gateway whose serial is behind (its disk was restored) gets the newest one again.
    """
    gateway, home = reads.gateway(), settings.HOME
    serials = gateway.status()["serials"]
    for kind in Snapshot.Kind.values:
        last = snapshots.latest(kind)
        if last is not None and (serials.get(kind) or 0) < last.serial:
            Snapshot.objects.filter(pk=last.pk).update(installed_at=None)
    if home.registry:
        registry.publish(gateway, home.instance)
    compile.install(gateway, home.node, home.blobs)


def follow() -> None:
    """The registry's document may have changed: its members belong in the directory."""
    changed = members.remember()
    if changed:
        log.info("%d agencies new or renamed in the registry's document", changed)


def clean() -> None:
    """Drops what has run out: sessions, sent messages, old issues. Invitations stay: they are history."""
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
    outbox.forget_sent()
    for kind in Snapshot.Kind.values:
        snapshots.forget_old(kind)


def certificates_due() -> None:
    """At the registry: renews what ends soon. `Fault` when the gateway is down."""
    if settings.HOME.registry and (renewed := certificates.renew_due()):
        log.info("new certificates: %s", ", ".join(renewed))


def letter_keys() -> None:
    """Each hosted agency gets its key for letters, also one from before there were any.

    `Fault` when the gateway is down. An agency whose keys it refuses waits for the next round: each try makes
    a key.
    """
    reads.gateway().status()
    for agency in Agency.objects.filter(hosted=True):
        try:
            if key := actions.ensure_letter_key(agency, actor=Actor.system(agency)):
                log.info("letter key of %s: %s", agency.code, key.thumb)
        except Fault as fault:
            log.warning("no letter key of %s: %s", agency.code, fault)
