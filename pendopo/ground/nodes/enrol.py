"""The registry's side of enrolment: invitations by one-time tokens, and a new node's first certificates."""

import os
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from pendopo.core import strict
from pendopo.core.envelope import sha
from pendopo.core.errors import Fault
from pendopo.core.ids import AgencyId, host_of, is_loopback, is_node
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.audit.act import act
from pendopo.ground.directory.models import Agency

from . import keys, reads, registry, tokens, x509
from .models import Enrolment, Key, Member, Node, Revocation

ISSUING_KEY = "tls-issuing.key"
ISSUING_PEM = "tls-issuing.pem"
TOKEN_LIFE = timedelta(hours=72)


def invite(
    agency: str,
    name: str,
    node: str,
    *,
    actor: Actor,
    url: str = "",
    rekey: bool = False,
    life: timedelta = TOKEN_LIFE,
) -> tokens.Token:
    """Invites `agency` ("ID/GOV/DJP", called `name`) on `node` ("djp"); the token is shown once, never kept.

    `url` is where the joining node reaches this portal (default: its own address). `rekey` invites an agency
    that is a member already and has lost its keys: its old keys are revoked when the token is used, nothing
    links the new ones to them, and so every provider has to confirm the new keys in its agreements.
    """
    with act("nodes.member.invite", actor=actor) as line:
        must_be_registry()
        if AgencyId.parse(agency).instance != settings.HOME.instance:
            raise Fault("nodes.invite_instance", instance=settings.HOME.instance)
        if not name.strip():
            raise Fault("nodes.invite_name")
        if not is_node(node):
            raise Fault("nodes.invite_node", node=node)
        for kind, subject in (("agency", agency), ("node", node)):
            if keys.revoked(kind, subject):
                raise Fault("nodes.invite_revoked", subject=subject)
        member = Member.objects.filter(pk=agency).exists()
        if member and not rekey:
            raise Fault("nodes.invite_member", agency=agency)
        if rekey and not member:
            raise Fault("nodes.invite_stranger", agency=agency)
        anchor = sha(settings.HOME.anchor.read_bytes())
        token = tokens.Token(
            url or settings.HOME.url, settings.HOME.instance, anchor, agency, node, os.urandom(32)
        )
        now = timezone.now()
        Enrolment.objects.filter(agency=agency, used_at=None, withdrawn_at=None).update(withdrawn_at=now)
        line.subject = Enrolment.objects.create(
            token_pub=strict.b64e(token.key().pub),
            agency=agency,
            name=name.strip(),
            node=node,
            rekey=rekey,
            created_at=now,
            expires_at=now + life,
        )
        line.detail |= {"agency": agency, "node": node, "rekey": rekey}
    return token


def withdraw(enrolment: Enrolment, *, actor: Actor) -> None:
    """Takes an unused invitation back."""
    with act("nodes.member.withdraw", actor=actor, subject=enrolment):
        Enrolment.objects.filter(pk=enrolment.pk, used_at=None, withdrawn_at=None).update(
            withdrawn_at=timezone.now()
        )


def enrol(raw: bytes, *, actor: Actor) -> bytes:
    """Enrols the node that sent the request `raw` and answers with what it needs to begin (JSON).

    The token works once; the same node (same keys) may ask again while it has not run out, should the answer
    have been lost. `Fault nodes.token_*`, `nodes.request_*`, `nodes.address*`, `nodes.csr`,
    `nodes.node_taken`, `gateway.*`.
    """
    must_be_registry()
    request = tokens.read_request(raw)
    spki = x509.csr_spki(request.csr)
    same = sha(strict.dumps([spki, *sorted(key.thumb for key in request.keys)]))
    with act("nodes.member.enrol", actor=actor) as line:
        found = Enrolment.objects.select_for_update().filter(token_pub=request.token_pub).first()
        if found is None:
            raise Fault("nodes.token_unknown")
        again = found.used_at is not None and found.request_sha == same
        tokens.alive(found.expires_at, None if again else found.used_at, found.withdrawn_at, timezone.now())
        if (request.agency, request.node) != (found.agency, found.node):
            raise Fault("nodes.token_other", invited=found.agency, node=found.node)
        if not again:
            # Where the registry itself is reached from afar, nobody dials a node at his own machine.
            if is_loopback(host_of(request.addr)) and not is_loopback(host_of(settings.HOME.advertise)):
                raise Fault("nodes.address_loopback", address=request.addr)
            _admit(found, request, spki)
            Enrolment.objects.filter(pk=found.pk).update(used_at=timezone.now(), request_sha=same)
        line.subject = found
        line.detail |= {"agency": found.agency, "node": found.node, "rekey": found.rekey, "again": again}
    snapshot = registry.publish(reads.gateway(), settings.HOME.instance)
    node = Node.objects.get(pk=found.node)
    return strict.dumps(
        {
            "anchor": settings.HOME.anchor.read_text(),
            "chain": node.tls_chain,
            "registry": bytes(snapshot.document.raw).decode(),
        }
    )


def _admit(enrolment: Enrolment, request: tokens.Request, spki: str) -> None:
    """The rows of a new member: node, agency, certified keys."""
    home, gateway = settings.HOME, reads.gateway()
    log_key = request.key(f"node:{request.node}", "log")
    wanted = [log_key, *(request.key(f"agency:{request.agency}", use) for use in keys.AGENCY_USES)]
    node = Node.objects.select_for_update().filter(pk=request.node).first()
    others = Member.objects.filter(node_id=request.node).exclude(pk=request.agency)
    if others.exists() or (node is not None and not enrolment.rekey):
        raise Fault("nodes.node_taken", node=request.node)
    issuing = keys.current_thumb(f"registry:{home.instance}", "issuing")
    if enrolment.rekey:
        _lose_old_keys(request)
    for key in wanted:
        if Key.objects.filter(pk=key.thumb).exists():
            raise Fault("nodes.key_known")
        certified = keys.certify(gateway, key.owner, key.use, key.pub, issuing)
        Key.objects.filter(pk=certified.pk).update(emergency=enrolment.rekey)
    chain = x509.issue(
        request.csr,
        request.node,
        (home.keys / ISSUING_KEY).read_bytes(),
        (home.keys / ISSUING_PEM).read_text(),
        timezone.now(),
    )
    node, _ = Node.objects.update_or_create(
        id=request.node,
        defaults={
            "name": enrolment.name,
            "addrs": [request.addr],
            "tls": [spki],
            "tls_chain": chain,
            "log_key": log_key.thumb,
        },
    )
    Member.objects.update_or_create(id=request.agency, defaults={"name": enrolment.name, "node": node})
    Agency.objects.get_or_create(code=request.agency, defaults={"name": enrolment.name, "zone": home.zone})


def _lose_old_keys(request: tokens.Request) -> None:
    """Revokes what an agency that lost its keys had: nobody shall use them, nor count them as forerunners."""
    now = timezone.now()
    owners = [f"agency:{request.agency}", f"node:{request.node}"]
    old = Key.objects.filter(owner__in=owners).values_list("thumb", flat=True)
    Revocation.objects.bulk_create(
        [Revocation(kind="key", subject=thumb, at=now, why="re-keyed") for thumb in old],
        ignore_conflicts=True,
    )


def must_be_registry() -> None:
    """`Fault nodes.not_registry` on any other node."""
    if not settings.HOME.registry:
        raise Fault("nodes.not_registry")
