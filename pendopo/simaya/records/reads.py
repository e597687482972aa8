"""Which dossiers somebody sees, and which of the letters in them."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404

from pendopo.ground.accounts.actor import Actor
from pendopo.simaya.letters import reads
from pendopo.simaya.letters.models import Letter, Side

from .models import Dossier, DossierItem

MOST = 20  # letters that are named as related


def dossiers(actor: Actor) -> QuerySet[Dossier]:
    """Registrar and supervisor: all of the agency; others those of their posts and of letters they see."""
    if actor.agency is None:
        return Dossier.objects.none()
    rows = Dossier.objects.filter(agency=actor.agency)
    if actor.roles("simaya") & reads.ALL:
        return rows
    posts = [assignment.position_id for assignment in actor.posts]
    seen = DossierItem.objects.filter(letter__in=reads.visible(actor)).values("dossier")
    return rows.filter(Q(post__in=posts) | Q(pk__in=seen))


def door(actor: Actor, id: UUID) -> Dossier:
    """The dossier `id`, if the actor sees it; else Http404."""
    found = dossiers(actor).filter(pk=id).first()
    if found is None:
        raise Http404
    return found


def letters(dossier: Dossier, actor: Actor) -> QuerySet[Letter]:
    """The letters in a dossier that the actor may know of, the latest first."""
    filed = dossier.items.values("letter")
    return reads.visible(actor).filter(pk__in=filed).order_by("-day", "-id").prefetch_related("deliveries")


def related(dossier: Dossier, actor: Actor) -> QuerySet[Letter]:
    """Letters that answer one in the dossier, or that one in it answers, and are not in it."""
    filed = dossier.items.values("letter")
    answers = Q(reply_to__in=filed) | Q(pk__in=Letter.objects.filter(pk__in=filed).values("reply_to"))
    rows = reads.visible(actor).filter(answers & FILEABLE).exclude(pk__in=filed)
    return rows.order_by("-day", "-id").prefetch_related("deliveries")[:MOST]


def of_letter(letter: Letter, actor: Actor) -> QuerySet[Dossier]:
    """The dossiers with this letter that the actor sees."""
    return dossiers(actor).filter(pk__in=DossierItem.objects.filter(letter=letter).values("dossier"))


def open_for(letter: Letter, actor: Actor) -> QuerySet[Dossier]:
    """The dossiers that the actor may put this letter into: open ones it is not in yet."""
    held = DossierItem.objects.filter(letter=letter).values("dossier")
    return dossiers(actor).filter(closed_at=None).exclude(pk__in=held)


# What was sent or came: a draft is no record yet.
FILEABLE = Q(side=Side.IN) | Q(state=Letter.State.SIGNED)
