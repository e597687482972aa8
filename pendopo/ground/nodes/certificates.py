"""Certificates of the links over the years: the registry makes each anew before it ends.

A node keeps its key, which peers pin, and so has nothing to ask for: the registry knows the key from the
certificate before, and delivers the next one as any document.
"""

from datetime import datetime

from django.conf import settings
from django.utils import timezone

from pendopo.core import envelope
from pendopo.core.errors import Fault
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.audit.act import act
from pendopo.ground.delivery.actions import send
from pendopo.ground.directory.models import Agency

from . import documents, enrol, keys, reads, x509
from .drawer import write
from .models import Member, Node

TYPE = "tls/1"


def renew_due() -> list[str]:
    """At the registry: a new certificate for every node whose own ends within `x509.RENEW_BEFORE`.

    Returns the nodes' ids. `Fault gateway.*` when it cannot sign: what is left is due the next time too.
    """
    now, renewed = timezone.now(), []
    for node in Node.objects.exclude(tls_chain=""):
        if x509.ends(node.tls_chain) - now <= x509.RENEW_BEFORE and not keys.revoked("node", node.pk):
            _renew(node, now)
            renewed.append(node.pk)
    return renewed


def _renew(node: Node, now: datetime) -> None:
    home, own = settings.HOME, Agency.objects.get(code=reads.registry_agency())
    actor = Actor.system(own)
    with act("nodes.certificate.renew", actor=actor, subject=node):
        issuing, pem = (
            (home.keys / enrol.ISSUING_KEY).read_bytes(),
            (home.keys / enrol.ISSUING_PEM).read_text(),
        )
        node.tls_chain = x509.renew(node.tls_chain, node.pk, issuing, pem, now)
        node.save(update_fields=["tls_chain"])
        if node.pk == home.node:
            write(home.tls_chain, node.tls_chain.encode())
            return
        body = {"v": 1, "node": node.pk, "chain": node.tls_chain}
        thumb = keys.current_thumb(f"registry:{home.instance}", "issuing")
        raw = documents.seal(reads.gateway(), TYPE, body, [thumb])
        receiver = Member.objects.filter(node=node).order_by("id").first()
        send(own, receiver.pk, TYPE, raw, actor=actor, order="tls")


def take(raw: bytes, *, actor: Actor) -> None:
    """At the node: the next certificate. The gateway shows it on new links; open ones go on.

    `Fault key.*` when the registry has not signed it, `nodes.chain` when it is not for this node's key.
    """
    with act("nodes.certificate.take", actor=actor):
        home, now = settings.HOME, timezone.now()
        opened = envelope.open(raw, TYPE)
        reads.registry().keys.signed(opened, now, f"registry:{home.instance}", "issuing")
        chain = opened.body.get("chain")
        if not isinstance(chain, str):
            raise Fault("nodes.chain")
        x509.check_chain(
            chain, reads.anchor()["root_x509"], home.node, x509.key_spki(home.tls_key.read_bytes()), now
        )
        write(home.tls_chain, chain.encode())
