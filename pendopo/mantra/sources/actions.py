"""Connecting sources: each step of the wizard that concerns the address, and removing."""

from pathlib import Path

from django.conf import settings
from django.utils import timezone

from pendopo.core.errors import Fault
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.audit.act import act
from pendopo.ground.nodes.actions import compile_node

from . import probe, reads, rules
from .models import Source
from .seal import seal, unseal


def begin_source(kind: str, *, actor: Actor) -> Source:
    """A source of `kind` that nobody has reached yet."""
    source = Source(agency=actor.agency, kind=Source.Kind(kind))
    with act("mantra.source.connect", actor=actor, subject=source) as line:
        source.save(force_insert=True)
        _make_folder(source)
        line.detail["kind"] = kind
    return source


def change_kind(source: Source, kind: str, *, actor: Actor) -> None:
    """Another kind for a source still being connected; its address no longer fits and is forgotten."""
    with act("mantra.source.connect", actor=actor, subject=source) as line:
        if source.state != Source.State.DRAFT:
            raise Fault("mantra.source_in_use", name=str(source))
        if source.kind != kind:
            source.kind = Source.Kind(kind)
            source.sealed = source.label = ""
            source.save(update_fields=["kind", "sealed", "label"])
            _make_folder(source)
        line.detail["kind"] = kind


def connect(source: Source, address: dict, *, actor: Actor) -> str:
    """Tries `address` and, when a database answers, seals and keeps it. Returns the product that answered.

    An empty password means the one kept before, for the same server only. `Fault source.*` when it does not
    answer: nothing is kept.
    """
    with act("mantra.source.connect", actor=actor, subject=source) as line:
        kept = unseal(source.sealed)
        same = all(kept.get(part) == address.get(part) for part in ("host", "port", "user"))
        if same and not address.get("password"):
            address = address | {"password": kept.get("password", "")}
        if rules.KINDS[source.kind].port is None:
            address = address | {"folder": source.agency.code}
            if _of_another_agency(source, address):
                raise Fault("source.outside")  # as for any file this agency may not read
        product = probe.test(source.kind, address)
        source.sealed = seal(address)
        source.label = rules.label(source.kind, address)
        source.name = source.name or address.get("database") or rules.file_name(address.get("path", ""))
        source.tested_at = timezone.now()
        source.save(update_fields=["sealed", "label", "name", "tested_at"])
        line.detail |= {"label": source.label, "product": product}
        if source.state == Source.State.READY:
            compile_node()
    return product


def remove_source(source: Source, *, actor: Actor) -> None:
    """Forgets a source and its password. `Fault mantra.source_in_use` while a service reads it."""
    with act("mantra.source.remove", actor=actor, subject=source) as line:
        line.detail["label"] = source.label
        if source.services.exists():
            raise Fault("mantra.source_in_use", name=str(source))
        source.delete()


def _make_folder(source: Source) -> None:
    """The agency's folder for files, so that there is a place to put one."""
    if rules.KINDS[source.kind].port is None:
        reads.folder(source).mkdir(mode=0o700, parents=True, exist_ok=True)


def _of_another_agency(source: Source, address: dict) -> bool:
    """Whether the file is a source of another agency on this node: in a folder that both may use."""
    others = Source.objects.filter(kind=Source.Kind.SQLITE).exclude(agency=source.agency).exclude(sealed="")
    return _file(address) in {_file(unseal(other.sealed)) for other in others}


def _file(address: dict) -> Path:
    return Path(settings.HOME.located(address)["path"]).resolve()
