"""What this node knows about the exchange: from its gateway's copy of the registry's document, up or down."""

import os
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from pendopo.core import strict
from pendopo.core.errors import Fault
from pendopo.core.snapshot import Registry

from .gateway import Gateway
from .models import Key


def gateway() -> Gateway:
    """The client of this node's gateway."""
    return Gateway(settings.HOME.control)


def anchor() -> dict:
    """This instance's trust anchor (anchor/1); `Fault nodes.not_enrolled` before there is one."""
    return strict.loads(_read(settings.HOME.anchor))


def registry() -> Registry:
    """The registry's document as this node's gateway has installed it; `Fault nodes.not_enrolled`.

    Read once a version: the file is replaced as a whole.
    """
    path = settings.HOME.documents / "registry.json"
    try:
        state = os.stat(path)
    except FileNotFoundError:
        raise Fault("nodes.not_enrolled") from None
    return _parse(path, settings.HOME.anchor, state.st_ino, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=2)
def _parse(path: Path, anchor_path: Path, *version: int) -> Registry:
    return Registry.open(path.read_bytes(), strict.loads(_read(anchor_path)))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise Fault("nodes.not_enrolled") from None


def own_keys(owner: str, use: str) -> list[str]:
    """Thumbprints of this node's keys for an owner and use that may sign now, newest first."""
    ring, now = registry().keys, timezone.now()
    found = []
    for thumb in (
        Key.objects.filter(owner=owner, use=use).order_by("-created_at").values_list("thumb", flat=True)
    ):
        try:
            ring.at(thumb, now, owner, use)
        except Fault:
            continue
        found.append(thumb)
    return found


def own_key(owner: str, use: str) -> str:
    """The key to sign with now: the newest the registry has certified; `Fault nodes.key_none`."""
    found = own_keys(owner, use)
    if not found:
        raise Fault("nodes.key_none", owner=owner, use=use)
    return found[0]


def registry_agency() -> str:
    """The agency that looks after the registry: where rotations and descriptions are sent."""
    document = registry()
    for member in document.members.values():
        if document.nodes[member["node"]]["registry"]:
            return member["id"]
    raise Fault("nodes.registry_none")
