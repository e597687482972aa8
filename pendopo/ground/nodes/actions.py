"""What changes a node's keys and documents, and the registry: one function an act, for pages and commands."""

from django.conf import settings
from django.utils import timezone

from pendopo.core import envelope, strict
from pendopo.core import keys as core
from pendopo.core.errors import Fault
from pendopo.core.ids import AgencyId, ServiceId, host_of
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.audit.act import act
from pendopo.ground.delivery import actions as delivery
from pendopo.ground.directory.models import Agency

from . import documents, keys, reads, registry
from .enrol import enrol, invite, must_be_registry, withdraw
from .models import Key, Listing, Member, Node, Revocation
from .publish import compile_node, publish_registry
from .reissue import reissue, renew_letters

__all__ = [
    "accept_key",
    "advertise",
    "compile_node",
    "enrol",
    "ensure_letter_key",
    "host",
    "invite",
    "list_service",
    "publish_registry",
    "reissue",
    "renew_letters",
    "revoke",
    "rotate_key",
    "withdraw",
]

USES = (*keys.AGENCY_USES, keys.LETTER, "log")


def host(agency: Agency, *, actor: Actor) -> Member:
    """Makes `agency`, an agency of this directory, a member that lives on the registry's own node.

    Its keys are made in this node's gateway and certified here; no token is needed. `Fault
    nodes.not_registry`, `nodes.invite_member`, `nodes.invite_instance`, `gateway.*`.
    """
    with act("nodes.member.host", actor=actor, subject=agency) as line:
        must_be_registry()
        if AgencyId.parse(agency.code).instance != settings.HOME.instance:
            raise Fault("nodes.invite_instance", instance=settings.HOME.instance)
        if Member.objects.filter(pk=agency.code).exists():
            raise Fault("nodes.invite_member", agency=agency.code)
        gateway, issuing = reads.gateway(), registry.signer(settings.HOME.instance)
        for use in (*keys.AGENCY_USES, keys.LETTER):
            owner = f"agency:{agency.code}"
            pub = strict.b64d(gateway.make_key(owner, use)["pub"], 32)
            line.detail[use] = keys.certify(gateway, owner, use, pub, issuing).thumb
        node = Node.objects.get(pk=settings.HOME.node)
        member = Member.objects.create(id=agency.code, name=agency.name, node=node)
        Agency.objects.filter(pk=agency.pk).update(hosted=True)
        agency.hosted = True
        publish_registry()
    return member


def rotate_key(agency: Agency, use: str, *, actor: Actor) -> Key:
    """Gives `agency` (or, for use `log`, this node) a new key that its present one vouches for.

    The registry certifies it, here or by delivery; until its document names the new key, the old one signs.
    `Fault nodes.key_use`, `nodes.key_none`, `nodes.key_pending` (one is under way), `gateway.*`.
    """
    owner = f"node:{settings.HOME.node}" if use == "log" else f"agency:{agency.code}"
    with act("nodes.key.rotate", actor=actor, subject=agency) as line:
        if use not in USES or not agency.hosted:
            raise Fault("nodes.key_use", use=use)
        old, gateway, now = reads.own_key(owner, use), reads.gateway(), timezone.now()
        if Key.objects.filter(replaces=old).exists():
            raise Fault("nodes.key_pending")
        pub = strict.b64d(gateway.make_key(owner, use)["pub"], 32)
        body = strict.loads(core.statement(owner, use, pub, now, now + keys.LIFE, old))
        raw = documents.seal(gateway, core.STATEMENT, body, [old])
        thumb = core.Statement.parse(raw).thumb
        if settings.HOME.registry:
            key = accept_key(raw, agency.code, actor=Actor.system(agency, via=actor.via))
        else:
            key = Key.objects.create(thumb=thumb, owner=owner, use=use, replaces=old)
            delivery.send(agency, reads.registry_agency(), core.STATEMENT, raw, actor=actor, order="key")
        line.detail |= {"owner": owner, "use": use, "new": thumb, "old": old}
    return key


def ensure_letter_key(agency: Agency, *, actor: Actor) -> Key | None:
    """Makes the first letter key of `agency`, hosted here, where it has none; its agreement key vouches.

    None when there is nothing to do: it has one, the registry still has to certify it, its other keys are
    not certified, or its letter key was revoked alone. A key that was asked for before the agency was
    re-keyed is vouched for again. `Fault gateway.*`.
    """
    owner = f"agency:{agency.code}"
    vouching = reads.own_keys(owner, "agreement")
    if reads.own_keys(owner, keys.LETTER) or not vouching:
        return None
    ring, said = reads.registry().keys, None
    last = Key.objects.filter(owner=owner, use=keys.LETTER, replaces="").order_by("-created_at").first()
    if last is not None and ring.owner(last.thumb) is None:
        said = core.Statement.parse(bytes(last.statement.raw))
        if vouching[0] in said.envelope.keys:
            return None
    elif keys.lost(owner, lambda thumb: ring.revoked_at(thumb) is not None):
        return None
    with act("nodes.key.begin", actor=actor, subject=agency) as line:
        gateway, now = reads.gateway(), timezone.now()
        pub = said.pub if said else strict.b64d(gateway.make_key(owner, keys.LETTER)["pub"], 32)
        body = strict.loads(core.statement(owner, keys.LETTER, pub, now, now + keys.LIFE))
        raw = documents.seal(gateway, core.STATEMENT, body, vouching[:1])
        if settings.HOME.registry:
            key = accept_key(raw, agency.code, actor=Actor.system(agency, via=actor.via))
        else:
            key = keys.record(raw)
            delivery.send(agency, reads.registry_agency(), core.STATEMENT, raw, actor=actor, order="key")
        line.detail |= {"owner": owner, "use": keys.LETTER, "new": key.thumb, "vouching": vouching[0]}
    return key


def accept_key(raw: bytes, sender: str, *, actor: Actor) -> Key:
    """At the registry: certifies a new key that the agency `sender` delivered (`keys.accept`)."""
    with act("nodes.key.accept", actor=actor) as line:
        must_be_registry()
        issuing = registry.signer(settings.HOME.instance)
        key = line.subject = keys.accept(raw, sender, reads.gateway(), issuing)
        line.detail |= {"owner": key.owner, "use": key.use, "old": key.replaces}
        publish_registry()
    return key


def revoke(kind: str, subject: str, why: str, *, actor: Actor) -> Revocation:
    """Revokes a key, node or agency for good; every linked gateway knows within seconds.

    `subject` is a thumbprint, a node's id or an agency's. The same again returns what stands. `Fault
    nodes.revoke_unknown` for what the registry does not know, `nodes.revoke_self` for the registry itself,
    `nodes.revoke_why` without a reason.
    """
    with act("nodes.revoke", actor=actor) as line:
        must_be_registry()
        if not why.strip():
            raise Fault("nodes.revoke_why")
        known = {"key": Key, "node": Node, "agency": Member}
        if kind not in known or not known[kind].objects.filter(pk=subject).exists():
            raise Fault("nodes.revoke_unknown", kind=kind, subject=subject)
        if _is_registry_itself(kind, subject):
            raise Fault("nodes.revoke_self")
        gone, _ = Revocation.objects.get_or_create(
            kind=kind, subject=subject, defaults={"at": timezone.now(), "why": why.strip()[:300]}
        )
        line.subject = gone
        line.detail |= {"kind": kind, "id": subject, "why": gone.why}
        publish_registry()
    return gone


def _is_registry_itself(kind: str, subject: str) -> bool:
    """Whether revoking this would leave nobody to sign the registry's document."""
    if kind == "key":
        return Key.objects.get(pk=subject).owner == f"registry:{settings.HOME.instance}"
    node = Node.objects.filter(registry=True)
    return (node.filter(pk=subject) if kind == "node" else node.filter(members=subject)).exists()


def list_service(raw: bytes, sender: str, *, actor: Actor) -> Listing:
    """At the registry: puts a description (service/1) of `sender`'s own service into the catalogue.

    `Fault nodes.service_foreign` when the service is another agency's, `nodes.service_signature` when no
    agreement key of the agency signed it, `nodes.service_malformed`.
    """
    with act("nodes.catalogue.list", actor=actor) as line:
        must_be_registry()
        document = documents.store(raw)
        opened = envelope.open(raw, "service/1")
        try:
            service, title, version = opened.body["service"], opened.body["title"], opened.body["version"]
            state = opened.body.get("state", "published")
            agency = str(ServiceId.parse(service).agency)
            shown = [title["id"], title["en"], state]  # on a page of every node
        except (KeyError, TypeError):
            raise Fault("nodes.service_malformed") from None
        if not all(isinstance(text, str) and text for text in shown):
            raise Fault("nodes.service_malformed")
        if agency != sender:
            raise Fault("nodes.service_foreign", service=service, sender=sender)
        ring, now = reads.registry().keys, timezone.now()
        if not any(_signed(opened, ring, thumb, now, f"agency:{agency}") for thumb in opened.keys):
            raise Fault("nodes.service_signature", service=service)
        listing, _ = Listing.objects.update_or_create(
            service=service,
            defaults={
                "agency": agency,
                "title": title,
                "version": str(version),
                "state": state,
                "document": document,
            },
        )
        line.subject = listing
        line.detail |= {"service": service, "version": version, "state": state}
        publish_registry()
    return listing


def _signed(opened, ring, thumb: str, now, owner: str) -> bool:
    try:
        return opened.signed_by(thumb, ring.at(thumb, now, owner, "agreement"))
    except Fault:
        return False


def advertise(node: str, addrs: list[str], *, actor: Actor) -> None:
    """At the registry: where other gateways reach `node` ("host:port", the first is tried first)."""
    with act("nodes.registry.publish", actor=actor) as line:
        must_be_registry()
        if not addrs:
            raise Fault("nodes.address")
        for addr in addrs:
            host_of(addr)
        found = Node.objects.select_for_update().filter(pk=node).first()
        if found is None:
            raise Fault("nodes.revoke_unknown", kind="node", subject=node)
        line.subject = found
        line.detail |= {"addrs": addrs, "before": found.addrs}
        found.addrs = addrs
        found.save(update_fields=["addrs"])
        publish_registry()
