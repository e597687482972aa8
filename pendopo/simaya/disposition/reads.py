"""Dispositions as the actor may see them: to its posts, from its posts, and a letter's whole tree."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from pendopo.ground.accounts.actor import Actor
from pendopo.ground.directory.models import Assignment
from pendopo.simaya import acts, posts
from pendopo.simaya.letters import reads as letters
from pendopo.simaya.letters.models import SECRET, Access, Letter
from pendopo.simaya.offices.reads import assisted

from . import rules
from .models import Disposition

State = Disposition.State
WITH = ("letter__agency", "by__position", "by__person", "to", "parent")


@dataclass
class Node:
    """A disposition, who holds the post it is for today, and what was made of it."""

    row: Disposition
    holders: list[Assignment]
    late: bool
    children: list[Node] = field(default_factory=list)


def visible(actor: Actor) -> QuerySet[Disposition]:
    """The dispositions of letters that the actor may read."""
    if actor.agency is None:
        return Disposition.objects.none()
    rows = Disposition.objects.filter(agency=actor.agency).select_related(*WITH)
    mine = Q(letter__in=Access.objects.filter(post__in=_posts(actor)).values("letter"))
    if not actor.roles("simaya") & letters.ALL:
        helped = Access.objects.filter(post__in=assisted(actor)).values("letter")
        rows = rows.filter(mine | Q(letter__in=helped))
    plain = ~Q(letter__security__in=SECRET)
    return rows.filter(plain | mine if acts.CLEARED in actor.roles("simaya") else plain)


def to_me(actor: Actor) -> QuerySet[Disposition]:
    """Dispositions to the posts the actor holds today, except those taken back; newest first."""
    return visible(actor).filter(to__in=_posts(actor)).exclude(state=State.WITHDRAWN).order_by("-id")


def from_me(actor: Actor) -> QuerySet[Disposition]:
    """Dispositions from the posts the actor holds today, whoever held them then; newest first."""
    return visible(actor).filter(by__position__in=_posts(actor)).order_by("-id")


def late(actor: Actor) -> QuerySet[Disposition]:
    """Dispositions to or from the actor's posts that are past their day, the latest first."""
    mine = Q(to__in=_posts(actor)) | Q(by__position__in=_posts(actor))
    past = visible(actor).filter(mine, due__lt=timezone.now())
    return past.exclude(state__in=rules.SETTLED).order_by("due", "id")


def parties(disposition: Disposition, actor: Actor) -> frozenset[str]:
    """What the actor is to a disposition; nothing to one of a letter it may not read."""
    if not letters.opened(actor, disposition.letter):
        return frozenset()
    return rules.parties(
        str(disposition.by.position_id), str(disposition.to_id), [str(post) for post in _posts(actor)]
    )


def tree(letter: Letter) -> list[Node]:
    """A letter's dispositions, each with those that pass it on, in the order they were given."""
    rows = list(letter.dispositions.select_related("by__position", "by__person", "to", "answered_by"))
    held = posts.holders(letter.agency, {row.to_id for row in rows})
    now = timezone.now()
    nodes = {row.pk: Node(row, held.get(row.to_id, []), rules.late(row.state, row.due, now)) for row in rows}
    for node in nodes.values():
        if node.row.parent_id:
            nodes[node.row.parent_id].children.append(node)
    return [node for node in nodes.values() if node.row.parent_id is None]


def _posts(actor: Actor) -> list[UUID]:
    return [assignment.position_id for assignment in actor.posts]
