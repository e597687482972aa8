"""Key statements at the registry: which keys count now, who may certify a new one, what ends them."""

from collections.abc import Callable
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
LETTER = "letter"  # the use whose first key the agency's agreement key vouches for


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
    """Certifies the new key `raw` (key/1), delivered by the agency `sender`, and keeps it.

    It must replace its owner's current key for the same use, and that key must have signed it. The owner is
    the sender or the node the sender lives on. The first key for letters replaces none: the sender's current
    agreement key signs it. `Fault nodes.key_foreign`, `nodes.key_not_current`, `nodes.key_signature`,
    `nodes.key_known`, `nodes.key_times`, `nodes.key_lost` otherwise; the same key again changes nothing.
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
    if said.use == LETTER and said.replaces is None and said.owner == f"agency:{sender}":
        vouching = _vouching(said.owner)
    elif said.replaces == current_thumb(said.owner, said.use):
        vouching = said.replaces
    else:
        raise Fault("nodes.key_not_current", owner=said.owner, use=said.use)
    old = core.Statement.parse(bytes(Key.objects.get(thumb=vouching).statement.raw))
    now = timezone.now()
    if not said.envelope.signed_by(old.thumb, old.pub) or now >= old.exp:
        raise Fault("nodes.key_signature")
    if said.nbf > now + SLACK or said.nbf < old.nbf or not now < said.exp <= now + LONGEST:
        raise Fault("nodes.key_times")
    key = record(documents.countersign(signs, raw, issuing))
    if said.owner == f"node:{member.node_id}":
        Node.objects.filter(pk=member.node_id).update(log_key=key.thumb)
    return key


def _vouching(owner: str) -> str:
    """The key that vouches for the first letter key of `owner`; `Fault` when the owner may have none now."""
    if any((key.owner, key.use) == (owner, LETTER) for key in current()):
        raise Fault("nodes.key_not_current", owner=owner, use=LETTER)
    gone = set(Revocation.objects.filter(kind="key").values_list("subject", flat=True))
    if lost(owner, gone.__contains__):
        raise Fault("nodes.key_lost", owner=owner, use=LETTER)
    return current_thumb(owner, "agreement")


def lost(owner: str, revoked: Callable[[str], bool]) -> bool:
    """Whether `owner` has had a letter key and still has a key from that time: then it gets no first one.

    After a re-key all of them are revoked. A letter key revoked alone is not simply followed by another:
    whoever had it may have the others too.
    """
    last = Key.objects.filter(owner=owner, use=LETTER).order_by("-created_at").first()
    if last is None:
        return False
    then = Key.objects.filter(owner=owner, created_at__lte=last.created_at)
    return not all(map(revoked, then.values_list("thumb", flat=True)))
