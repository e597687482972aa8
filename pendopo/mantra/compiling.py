"""What this room puts into the node's own document, on which the gateway lives (node/1)."""

from datetime import timedelta

from django.utils import timezone

from pendopo.ground.nodes import compile

from .agreements.models import Agreement
from .agreements.rules import signed_enough
from .agreements.state import parties
from .services.models import ServiceVersion
from .sources.models import Source
from .subsystems.models import Subsystem

# How long an ended agreement stays, so that the gateway can say that it has ended.
REMEMBERED = timedelta(days=30)


def subsystems() -> list[dict]:
    """Every subsystem of the hosted agencies, with how its programs say who they are."""
    return [
        {"id": row.path, "auth": row.auth, "token_sha": row.token_sha or None}
        for row in Subsystem.objects.select_related("agency")
    ]


def sources() -> list[dict]:
    """Every source that a service reads."""
    return [
        {"id": str(row.pk), "kind": row.kind, "sealed": row.sealed, "pool": row.pool}
        for row in Source.objects.filter(services__isnull=False).distinct()
    ]


def services() -> list[dict]:
    """Every service with its latest description; agreements bring the earlier ones they pin."""
    latest = ServiceVersion.objects.order_by("service_id", "-n").distinct("service_id")
    return [
        {
            "id": row.service.path,
            "def_sha": row.document_id,
            "source": str(row.service.source_id),
            "schema": row.table_schema,
            "table": row.table,
            "state": row.service.state,
            "notice": row.service.notice,
        }
        for row in latest.select_related("service__subsystem__agency")
    ]


def agreements() -> list[dict]:
    """The revision that counts of the agreement that counts for each system and service.

    One entry where both agencies live on this node. The gateway knows one agreement a pair: a later one takes
    the place of an earlier one, but one that has been stopped never that of one in force.
    """
    rows = Agreement.objects.filter(until__gt=timezone.now() - REMEMBERED).select_related("agency")
    best: dict[tuple[str, str, str], Agreement] = {}
    for row in rows.prefetch_related("revisions").order_by("number"):
        pair = (row.side, row.subsystem, row.service)
        if pair not in best or _standing(row) >= _standing(best[pair]):
            best[pair] = row
    found: dict[str, dict] = {}
    for row in best.values():
        counting = [r for r in row.revisions.all() if signed_enough(r.state, r.by, *parties(row))]
        if not counting:
            continue
        last = max(counting, key=lambda revision: revision.rev)
        entry = {"id": str(row.number), "rev": last.rev, "sha": last.document_id, "role": row.side}
        other = found.get(entry["id"])
        if other is not None:
            entry = max(entry, other, key=lambda one: one["rev"]) | {"role": "both"}
        found[entry["id"]] = entry
    return list(found.values())


def _standing(row: Agreement) -> int:
    if row.state == Agreement.State.ACTIVE and row.until > timezone.now():
        return 2
    return 1 if row.state == Agreement.State.SUSPENDED else 0


def register() -> None:
    """Called once, at start."""
    compile.register("subsystems", subsystems)
    compile.register("sources", sources)
    compile.register("services", services)
    compile.register("agreements", agreements)
