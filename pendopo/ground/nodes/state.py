"""How this node stands: its keys, its documents, its peers; what still waits to reach its gateway."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from pendopo.core.errors import Fault
from pendopo.core.keys import Statement
from pendopo.ground.directory.models import Agency

from . import compile, reads, registry, snapshots
from .models import Enrolment, Key, Member, Revocation, Snapshot


@dataclass(frozen=True, slots=True)
class OwnKey:
    """One key of this node or of an agency it hosts. `state`: current older pending revoked expired."""

    thumb: str
    owner: str
    use: str
    state: str
    exp: datetime | None
    created_at: datetime


def own_keys(*agencies: Agency) -> list[OwnKey]:
    """Keys held for `agencies` (default: all hosted and the node itself), by owner and use, newest first."""
    if agencies:
        owners = [f"agency:{agency.code}" for agency in agencies]
    else:
        codes = Agency.objects.filter(hosted=True).values_list("code", flat=True)
        owners = [f"node:{settings.HOME.node}", *(f"agency:{code}" for code in codes)]
    document, now = reads.registry(), timezone.now()
    statements = {said.thumb: said for said in map(Statement.parse, document.envelope.body["keys"])}
    seen: set[tuple[str, str]] = set()
    found = []
    for key in Key.objects.filter(owner__in=owners).order_by("owner", "use", "-created_at"):
        state = _state(document, statements, key, now, (key.owner, key.use) in seen)
        if state == "current":
            seen.add((key.owner, key.use))
        said = statements.get(key.thumb)
        found.append(OwnKey(key.thumb, key.owner, key.use, state, said and said.exp, key.created_at))
    return found


def _state(document, statements: dict[str, Statement], key: Key, now: datetime, newer: bool) -> str:
    if key.thumb not in statements:
        return "pending"
    try:
        document.keys.at(key.thumb, now, key.owner, key.use)
    except Fault as fault:
        return "revoked" if fault.code == "key.revoked" else "expired"
    return "older" if newer else "current"


def waiting_documents() -> list[str]:
    """Which of this node's documents ("registry", "node") say something its gateway does not have yet."""
    home = settings.HOME
    wanted = {"node": snapshots.digest(compile.body(), compile.signer(home.node))}
    if home.registry:
        wanted["registry"] = snapshots.digest(registry.body(), registry.signer(home.instance))
    return sorted(kind for kind, body_sha in wanted.items() if not _stands(snapshots.latest(kind), body_sha))


def _stands(last: Snapshot | None, body_sha: str) -> bool:
    return last is not None and last.installed_at is not None and last.body_sha == body_sha


def overview() -> dict[str, Any]:
    """What the page about this node shows; `fault` says why there is nothing of the gateway, if so."""
    found: dict[str, Any] = {
        "gateway": None,
        "fault": None,
        "registry": None,
        "waiting": [],
        "now": timezone.now(),
    }
    try:
        found["registry"] = reads.registry()
        found["waiting"] = waiting_documents()
        found["gateway"] = reads.gateway().status()
    except Fault as fault:
        found["fault"] = fault
    for kind in Snapshot.Kind.values:
        found[f"last_{kind}"] = snapshots.latest(kind)
    return found


def registry_overview() -> dict[str, Any]:
    """What the registry's page shows: members with what is revoked, and invitations not used yet."""
    revoked = {(gone.kind, gone.subject): gone for gone in Revocation.objects.all()}
    held: dict[str, list[dict[str, Any]]] = {}
    for key in Key.objects.filter(owner__startswith="agency:").order_by("use", "created_at"):
        held.setdefault(key.owner, []).append({"key": key, "gone": revoked.get(("key", key.thumb))})
    members = [
        {
            "member": member,
            "gone": revoked.get(("agency", member.id)) or revoked.get(("node", member.node_id)),
            "keys": held.get(f"agency:{member.id}", []),
        }
        for member in Member.objects.select_related("node").order_by("id")
    ]
    return {
        "members": members,
        "invitations": Enrolment.objects.filter(used_at=None, withdrawn_at=None).order_by("-created_at"),
        "now": timezone.now(),
        "waiting": waiting_documents(),
    }
