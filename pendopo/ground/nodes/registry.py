"""The registry's document: members, their keys and addresses, what is revoked, what is offered."""

from datetime import timedelta

from pendopo.core import strict

from . import keys, snapshots
from .documents import Signs
from .models import Document, Key, Listing, Member, Node, Revocation, Snapshot

ISSUING_LIFE = timedelta(days=5 * 365)


def body() -> dict:
    """What the registry's tables say now, in one order."""
    current = keys.current()
    return {
        "members": [
            {
                "id": member.id,
                "name": member.name,
                "node": member.node_id,
                "keys": sorted(key.thumb for key in current if key.owner == f"agency:{member.id}"),
            }
            for member in Member.objects.order_by("id")
        ],
        "nodes": [
            {
                "id": node.id,
                "name": node.name,
                "addrs": node.addrs,
                "tls": node.tls,
                "log_key": node.log_key,
                "registry": node.registry,
            }
            for node in Node.objects.order_by("id")
        ],
        "keys": [
            bytes(raw).decode()
            for raw in Key.objects.filter(statement__isnull=False)
            .order_by("owner", "use", "thumb")
            .values_list("statement__raw", flat=True)
        ],
        "revoked": [
            {"kind": gone.kind, "id": gone.subject, "at": strict.utc(gone.at), "why": gone.why}
            for gone in Revocation.objects.order_by("kind", "subject")
        ],
        "catalogue": [
            {
                "service": listing.service,
                "title": listing.title,
                "version": listing.version,
                "desc_sha": listing.document_id,
                "state": listing.state,
            }
            for listing in Listing.objects.order_by("service")
        ],
    }


def issue(signs: Signs, instance: str) -> Snapshot:
    """The registry's document that holds now; a new issue if anything changed or it grows stale."""
    return snapshots.issue(
        Snapshot.Kind.REGISTRY,
        body,
        lambda last: {"instance": instance, "prev_sha": last.document_id if last else None},
        signs,
        lambda: signer(instance),
    )


def signer(instance: str) -> str:
    """The issuing key that signs now."""
    return keys.current_thumb(f"registry:{instance}", "issuing")


def publish(gateway, instance: str) -> Snapshot:
    """Issues and installs in the own gateway, which passes it on over its links. `Fault` when it is down."""
    snapshot = issue(gateway, instance)
    if snapshot.installed_at is None:
        gateway.put_registry(bytes(Document.objects.get(pk=snapshot.document_id).raw))
        snapshots.installed(snapshot)
    return snapshot
