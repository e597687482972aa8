"""What the offline root makes while it is at hand: a new issuing key, its list for letters."""

from datetime import datetime

from django.conf import settings
from django.utils import timezone

from pendopo.core import envelope, strict
from pendopo.core import keys as core
from pendopo.core.errors import Fault
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.audit.act import act

from . import documents, enrol, keys, letters, reads, registry, x509
from .drawer import write
from .models import Key, Revocation
from .publish import publish_registry
from .root import Root


def reissue(root: Root, *, actor: Actor, revoke: str = "") -> Key:
    """Certifies a new issuing key with the root's, and a new authority for TLS; it signs from now on.

    `revoke` (why) also revokes the older issuing keys. As those then vouch for nothing, every statement is
    signed again by the new key, whose time begins before all of them. `Fault nodes.not_registry`,
    `nodes.root_other` for the root of another instance, `gateway.*`.
    """
    with act("nodes.registry.reissue", actor=actor) as line:
        home, gateway, now = settings.HOME, reads.gateway(), timezone.now()
        enrol.must_be_registry()
        anchor = reads.anchor()
        if root.key.thumb != anchor["root"]["thumb"]:
            raise Fault("nodes.root_other")
        owner = f"registry:{home.instance}"
        older = [key for key in keys.current() if (key.owner, key.use) == (owner, "issuing")]
        made = gateway.make_key(owner, "issuing")
        said = [core.Statement.parse(bytes(key.statement.raw)) for key in _certified()]
        begins = min(one.nbf for one in said) if revoke else now
        payload = core.statement(
            owner, "issuing", strict.b64d(made["pub"], 32), begins, now + registry.ISSUING_LIFE
        )
        key = line.subject = keys.record(envelope.seal(core.STATEMENT, payload, [root.key]))
        if revoke:
            for one in older:
                Revocation.objects.create(kind="key", subject=one.thumb, why=revoke[:300])
            for one in _certified().exclude(use="issuing"):
                raw = documents.countersign(gateway, bytes(one.statement.raw), key.thumb)
                keys.record(raw, emergency=one.emergency)
        line.detail |= {"new": key.thumb, "older": [one.thumb for one in older], "revoked": revoke}
        tls = x509.new_key()
        pem = x509.make_issuing(tls, root.x509_key, anchor["root_x509"], home.instance, now)
        write(home.keys / enrol.ISSUING_KEY, tls)
        write(home.keys / enrol.ISSUING_PEM, pem.encode())
        publish_registry()
    return key


def renew_letters(root: Root, *, actor: Actor) -> datetime:
    """At a registry: makes the authority where there is none, and the root's next list; until when it holds.

    `Fault nodes.not_registry`, `nodes.root_other` for the root of another instance.
    """
    with act("nodes.registry.letters", actor=actor) as line:
        enrol.must_be_registry()
        anchor = reads.anchor()
        if root.key.thumb != anchor["root"]["thumb"]:
            raise Fault("nodes.root_other")
        letters.make(settings.HOME, root, anchor["root_x509"], timezone.now())
        until = letters.ends(settings.HOME)
        line.detail["until"] = until.isoformat()
    return until


def _certified():
    return Key.objects.filter(statement__isnull=False).select_related("statement")
