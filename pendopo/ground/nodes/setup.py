"""What `pendopo init` does so that a new node is part of an exchange: founding a registry, or joining one.

Both are called once, on a home without keys, with Django set up and the database migrated; the gateway does
not run yet. They leave the gateway everything it needs to start: keys, TLS chain, anchor, the registry's
document and its own first one.
"""

from pathlib import Path

from django.db import transaction
from django.utils import timezone

from pendopo.core import envelope, strict
from pendopo.core import keys as core
from pendopo.core.errors import Fault
from pendopo.core.home import Home
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.audit.act import act
from pendopo.ground.directory.models import Agency

from . import compile, enrol, join, keys, letters, members, registry, root, tokens, x509
from .drawer import Drawer, write
from .models import Key, Member, Node


def found_registry(home: Home, agency: Agency, passphrase: str, offline: Path, *, actor: Actor) -> Path:
    """Founds the instance `home.instance` with this node as its registry and `agency` as its first member.

    The root's private keys go to `root.pendopo` in the folder `offline`, sealed by `passphrase`, and nowhere
    else; returns that file's path. The operator moves it to a safe place.
    """
    drawer, now = Drawer(home), timezone.now()
    owner = f"registry:{home.instance}"
    top = root.Root(core.SigningKey.generate(owner, "root"), x509.new_key())
    top_pem = x509.make_root(top.x509_key, home.instance, now)
    offline.mkdir(mode=0o700, parents=True, exist_ok=True)
    write(offline / root.FILE, root.seal(top, passphrase))

    issuing = drawer.make_key(owner, "issuing")
    issuing_tls = x509.new_key()
    issuing_pem = x509.make_issuing(issuing_tls, top.x509_key, top_pem, home.instance, now)
    write(home.keys / enrol.ISSUING_KEY, issuing_tls)
    write(home.keys / enrol.ISSUING_PEM, issuing_pem.encode())
    letters.make(home, top, top_pem, now)

    pub = strict.b64d(issuing["pub"])
    payload = core.statement(owner, "issuing", pub, now, now + registry.ISSUING_LIFE)
    tls_key, made = _own_keys(drawer, agency)
    chain = x509.issue(x509.make_csr(tls_key, home.node), home.node, issuing_tls, issuing_pem, now)
    write(home.tls_chain, chain.encode())

    log = made[("node:" + home.node, "log")]
    anchor = {
        "v": 1,
        "instance": home.instance,
        "root": {"thumb": top.key.thumb, "pub": strict.b64e(top.key.pub)},
        "root_x509": top_pem,
        "log": {"node": home.node, "thumb": log["thumb"], "pub": log["pub"]},
    }
    write(home.anchor, strict.dumps(anchor))
    with transaction.atomic(), act("nodes.registry.found", actor=actor, subject=agency):
        keys.record(envelope.seal(core.STATEMENT, payload, [top.key]))
        node = Node.objects.create(
            id=home.node,
            name=agency.name,
            addrs=[home.advertise],
            tls=[x509.key_spki(tls_key)],
            tls_chain=chain,
            log_key=log["thumb"],
            registry=True,
        )
        Member.objects.create(id=agency.code, name=agency.name, node=node)
        for (key_owner, use), key in made.items():
            keys.certify(drawer, key_owner, use, strict.b64d(key["pub"]), issuing["thumb"])
        drawer.put_registry(bytes(registry.issue(drawer, home.instance).document.raw))
        drawer.put_node(bytes(compile.issue(drawer, home.node).document.raw))
    return offline / root.FILE


def join_registry(home: Home, agency: Agency, token: str, *, actor: Actor) -> None:
    """Joins `agency` on this node to the instance that `token` invites it to, over HTTP.

    Raises `Fault nodes.token_*` for a token that is none or for another agency or node, `nodes.registry_down`
    when the registry does not answer, `nodes.answer_*` when its answer does not lead to the token's
    fingerprint, or the registry's own refusal.

    A node that lost its keys, or had them stolen, comes back the same way with a token for a re-key: new keys
    beside the old files, everything else stays; its gateway must be started again.
    """
    invitation = tokens.parse(token)
    if invitation.agency != agency.code:
        raise Fault("nodes.token_agency", invited=invitation.agency, agency=agency.code)
    if invitation.node != home.node:
        raise Fault("nodes.token_node", invited=invitation.node, node=home.node)
    drawer = Drawer(home)
    tls_key, made = _own_keys(drawer, agency)
    request = tokens.ask(invitation, drawer.keys.values(), x509.make_csr(tls_key, home.node), home.advertise)
    answer = join.ask(invitation.url, request)
    enrolled = join.check(answer, invitation, drawer.keys.values(), x509.key_spki(tls_key), timezone.now())
    write(home.anchor, enrolled.anchor)
    write(home.tls_chain, enrolled.chain.encode())
    drawer.put_registry(enrolled.registry)
    with transaction.atomic(), act("nodes.registry.join", actor=actor, subject=agency) as line:
        line.detail["registry"] = invitation.url
        for (owner, use), key in made.items():
            Key.objects.create(thumb=key["thumb"], owner=owner, use=use)
        drawer.put_node(bytes(compile.issue(drawer, home.node).document.raw))
    members.remember()


def _own_keys(drawer: Drawer, agency: Agency) -> tuple[bytes, dict[tuple[str, str], dict]]:
    """Makes what every node has: its TLS key, its log key, and the agency's keys, each in its file."""
    tls_key = x509.new_key()
    write(drawer.home.tls_key, tls_key)
    wanted = [(f"agency:{agency.code}", use) for use in keys.AGENCY_USES]
    wanted.append((f"node:{drawer.home.node}", "log"))
    return tls_key, {(owner, use): drawer.make_key(owner, use) for owner, use in wanted}
