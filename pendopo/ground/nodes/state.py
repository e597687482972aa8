"""How this node's documents stand: what its gateway has, and what still waits to reach it."""

from django.conf import settings

from . import compile, registry, snapshots
from .models import Snapshot


def waiting_documents() -> list[str]:
    """Which of this node's documents ("registry", "node") say something its gateway does not have yet."""
    home = settings.HOME
    wanted = {"node": snapshots.digest(compile.body(), compile.signer(home.node))}
    if home.registry:
        wanted["registry"] = snapshots.digest(registry.body(), registry.signer(home.instance))
    return sorted(kind for kind, body_sha in wanted.items() if not _stands(snapshots.latest(kind), body_sha))


def _stands(last: Snapshot | None, body_sha: str) -> bool:
    return last is not None and last.installed_at is not None and last.body_sha == body_sha
