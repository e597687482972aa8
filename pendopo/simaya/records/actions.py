"""Opening a dossier, putting letters into it, closing it."""

from __future__ import annotations

from django.utils import timezone

from pendopo.core.errors import Fault
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.accounts.rights import Refused
from pendopo.ground.audit.act import act
from pendopo.simaya import acts
from pendopo.simaya.letters import reads as letters
from pendopo.simaya.letters.models import Letter
from pendopo.simaya.paper import document

from . import reads
from .models import LONGEST, Dossier, DossierItem


def open_dossier(title: str, classification: str = "", *, actor: Actor) -> Dossier:
    """A new dossier of the actor's first post, or the registry's own.

    `Fault records.title` without a title, `letters.long`, and BadBody for a sign without a shape.
    """
    with act("simaya.dossier.open", actor=actor, subject=actor.agency) as line:
        registry = acts.REGISTRAR in actor.roles("simaya")
        dossier = Dossier(
            agency=actor.agency,
            post_id=None if registry else actor.posts[0].position_id,
            title=_line("title", title),
            classification=_line("classification", classification),
        )
        if not dossier.title:
            raise Fault("records.title")
        dossier.save(force_insert=True)
        line.subject = dossier
    return dossier


def put_in(letter: Letter, dossier: Dossier, *, actor: Actor) -> None:
    """Put a letter that the actor sees into a dossier that it sees; once more changes nothing.

    `Fault records.closed` for a closed dossier, `records.draft` for a letter that is not sent yet.
    """
    with act("simaya.dossier.file", actor=actor, subject=dossier) as line:
        dossier = _held(dossier, "simaya.dossier.file", actor)
        found = letters.visible(actor).filter(pk=letter.pk)
        if not found.exists():
            raise Refused("simaya.dossier.file")
        if not found.filter(reads.FILEABLE).exists():
            raise Fault("records.draft")
        DossierItem.objects.get_or_create(dossier=dossier, letter=letter)
        line.detail["letter"] = str(letter.pk)


def close(dossier: Dossier, *, actor: Actor) -> Dossier:
    """Close a dossier for good. `Fault records.closed` when it is."""
    with act("simaya.dossier.close", actor=actor, subject=dossier):
        dossier = _held(dossier, "simaya.dossier.close", actor)
        dossier.closed_at = timezone.now()
        dossier.save(update_fields=["closed_at"])
    return dossier


def _held(dossier: Dossier, code: str, actor: Actor) -> Dossier:
    """The dossier, open, its row held: nobody closes it while something is put in."""
    if not reads.dossiers(actor).filter(pk=dossier.pk).exists():
        raise Refused(code)
    dossier = Dossier.objects.select_for_update(of=("self",)).select_related("agency").get(pk=dossier.pk)
    if dossier.closed_at is not None:
        raise Fault("records.closed", title=dossier.title)
    return dossier


def _line(field: str, text: str) -> str:
    text = " ".join(document.sound(text).split())
    if len(text) > LONGEST[field]:
        raise Fault("letters.long", field=field, most=LONGEST[field])
    return text
