"""Key statements at the registry: which keys count now, who may certify a new one, what ends them."""

from datetime import timedelta

from django.utils import timezone

from pendopo.core import keys as core
from pendopo.core import strict
from pendopo.core.errors import Fault

from . import documents
from .models import Key, Member, Node, Revocation

LIFE = timedelta(days=730)
LONGEST = timedelta(days=1100)  # what a node may ask for itself
SLACK = timedelta(minutes=5)  # clocks differ a little

AGENCY_USES = ("exchange", "agreement")


def revoked(kind: str, subject: str) -> bool:
    """Whether the registry has revoked this key, node or agency."""
    return Revocation.objects.filter(kind=kind, subject=subject).exists()


def current() -> list[Key]:
    """Certified keys that no later key replaces and nobody revoked, newest first."""
    known = list(
        Key.objects.filter(statement__isnull=False).select_related("statement").order_by("-created_at")
    )
    gone = set(Revocation.objects.filter(kind="key").values_list("subject", flat=True))
    gone |= {key.replaces for key in known}
    return [key for key in known if key.thumb not in gone]


def current_thumb(owner: str, use: str) -> str:
    """The thumbprint of `owner`'s current key for `use`; `Fault nodes.key_none`."""
    for key in current():
        if (key.owner, key.use) == (owner, use):
            return key.thumb
    raise Fault("nodes.key_none", owner=owner, use=use)


def certify(signs: documents.Signs, owner: str, use: str, pub: bytes, issuing: str) -> Key:
    """A statement for a key that replaces none, signed by the issuing key."""
    now = timezone.now()
    body = strict.loads(core.statement(owner, use, pub, now, now + LIFE))
    return record(documents.seal(signs, core.STATEMENT, body, [issuing]))


def record(raw: bytes, *, emergency: bool = False) -> Key:
    """Keeps a certified statement; a key that is known already gets the newer statement."""
    said = core.Statement.parse(raw)
    return Key.objects.update_or_create(
        thumb=said.thumb,
        defaults={
            "owner": said.owner,
            "use": said.use,
            "statement": documents.store(raw),
            "replaces": said.replaces or "",
            "emergency": emergency,
        },
    )[0]


def accept(raw: bytes, sender: str, signs: documents.Signs, issuing: str) -> Key:
    """Certifies the succession `raw` (key/1), delivered by the agency `sender`, and keeps it.

    The new key must replace its owner's current key for the same use, and that key must have signed it. The
    owner is the sender or the node the sender lives on. `Fault nodes.key_foreign`, `nodes.key_not_current`,
    `nodes.key_signature`, `nodes.key_known`, `nodes.key_times` otherwise; the same succession again changes
    nothing.
    """
    said = core.Statement.parse(raw)
    member = Member.objects.select_related("node").get(pk=sender)
    if said.owner not in (f"agency:{sender}", f"node:{member.node_id}"):
        raise Fault("nodes.key_foreign", owner=said.owner, sender=sender)
    known = Key.objects.filter(thumb=said.thumb).first()
    if known is not None:
        if (known.owner, known.use, known.replaces) == (said.owner, said.use, said.replaces or ""):
            return known
        raise Fault("nodes.key_known")
    if said.replaces != current_thumb(said.owner, said.use):
        raise Fault("nodes.key_not_current", owner=said.owner, use=said.use)
    old = core.Statement.parse(bytes(Key.objects.get(thumb=said.replaces).statement.raw))
    now = timezone.now()
    if not said.envelope.signed_by(old.thumb, old.pub) or now >= old.exp:
        raise Fault("nodes.key_signature")
    if said.nbf > now + SLACK or said.nbf < old.nbf or not now < said.exp <= now + LONGEST:
        raise Fault("nodes.key_times")
    key = record(documents.countersign(signs, raw, issuing))
    if said.owner == f"node:{member.node_id}":
        Node.objects.filter(pk=member.node_id).update(log_key=key.thumb)
    return key
