"""Who may read which letter, what somebody is to it, and the one door to the subject of a secret one."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from pendopo.ground.accounts.actor import Actor
from pendopo.simaya import acts
from pendopo.simaya.offices.reads import assisted

from . import rules
from .drafting import Content
from .models import SECRET, Access, Letter, Secret, Side, Step

# Roles that see every letter of the agency that is not secret; of secret ones only that they are there.
ALL = frozenset({acts.REGISTRAR, acts.SUPERVISOR})


def visible(actor: Actor) -> QuerySet[Letter]:
    """The letters the actor may know of, at its agency. Of secret ones it may only see the row (`opened`)."""
    if actor.agency is None:
        return Letter.objects.none()
    rows = Letter.objects.filter(agency=actor.agency)
    if actor.roles("simaya") & ALL:
        return rows
    by_post = Q(pk__in=Access.objects.filter(post__in=_posts(actor)).values("letter"))
    if acts.CLEARED not in actor.roles("simaya"):
        by_post &= ~Q(security__in=SECRET)
    if helped := assisted(actor):
        theirs = Access.objects.filter(post__in=helped).values("letter")
        by_post |= Q(pk__in=theirs) & ~Q(security__in=SECRET)
    return rows.filter(by_post)


def opened(actor: Actor, letter: Letter) -> bool:
    """Whether the actor may read what the letter says, not only that it is there."""
    if letter.agency_id != (actor.agency and actor.agency.pk):
        return False
    roles = actor.roles("simaya")
    if not letter.secret:
        return bool(roles & ALL) or visible(actor).filter(pk=letter.pk).exists()
    return acts.CLEARED in roles and letter.access.filter(post__in=_posts(actor)).exists()


def subject(letter: Letter, actor: Actor) -> str:
    """The letter's subject for this reader: "(secret)" where it is not theirs to read."""
    if not letter.secret:
        return letter.subject
    if not opened(actor, letter):
        return _("(secret)")
    return Secret.objects.get(pk=letter.pk).subject


def subjects(letters: Iterable[Letter], actor: Actor) -> dict[UUID, str]:
    """The subjects of many letters for this reader, by id, as `subject` gives each: three queries at most."""
    rows = list(letters)
    hidden = [letter.pk for letter in rows if letter.secret]
    words = {letter.pk: letter.subject for letter in rows} | dict.fromkeys(hidden, _("(secret)"))
    if hidden and acts.CLEARED in actor.roles("simaya"):
        theirs = Access.objects.filter(letter__in=hidden, post__in=_posts(actor)).values("letter")
        words |= dict(Secret.objects.filter(letter__in=theirs).values_list("letter_id", "subject"))
    return words


def door(actor: Actor, id: UUID | str, side: str | None = None) -> Letter:
    """The letter `id`, if the actor may know of it; else Http404, the same for absent and foreign ones."""
    rows = visible(actor).filter(pk=id).select_related("agency", "author__person", "author__position")
    found = (rows.filter(side=side) if side else rows).first()
    if found is None:
        raise Http404
    return found


def open_door(actor: Actor, id: UUID | str, side: str | None = None) -> Letter:
    """The letter `id`, if the actor may read what it says; else Http404."""
    found = door(actor, id, side)
    if not opened(actor, found):
        raise Http404
    return found


def written(actor: Actor) -> QuerySet[Letter]:
    """Letters that the actor writes or prepares and nobody has signed yet, the last begun first."""
    posts = [*_posts(actor), *assisted(actor)]
    mine = Access.objects.filter(post__in=posts, why=Access.Why.AUTHOR).values("letter")
    unsigned = visible(actor).filter(side=Side.OUT, pk__in=mine)
    return unsigned.exclude(state__in=(Letter.State.SIGNED, Letter.State.WITHDRAWN)).order_by("-id")


def returned(actor: Actor) -> QuerySet[Letter]:
    """Drafts of the actor that somebody returned with a comment on their last version."""
    return written(actor).filter(state=Letter.State.DRAFT, comments__isnull=False).distinct()


def sent(actor: Actor) -> QuerySet[Letter]:
    """Letters out that are signed and that the actor may know of, the newest first."""
    return visible(actor).filter(side=Side.OUT, state=Letter.State.SIGNED).order_by("-id")


def turns(actor: Actor) -> QuerySet[Letter]:
    """Letters that wait for the actor's initials or signature, the longest waiting first."""
    held = _posts(actor)
    step = Step.objects.filter(letter=OuterRef("pk"), post__in=held, state=Step.State.NOW)
    review = Q(state=Letter.State.REVIEW) & Exists(step)
    approval = Q(state=Letter.State.APPROVAL, signer__in=held)
    return visible(actor).filter(review | approval, side=Side.OUT).order_by("id")


def content(letter: Letter) -> Content:
    """What a letter out says: its last version, or its draft. Only for who may open it (`open_door`)."""
    version = None if letter.state == Letter.State.DRAFT else letter.versions.last()
    written = version or letter.draft
    return Content.read(written.body, written.fields)


def told(letter: Letter) -> str:
    """What may be said of the letter where others look on: its subject, and "(secret)" of a secret one.

    For titles of windows, home and whatever else may be seen over a reader's shoulder or kept by a browser.
    """
    return _("(secret)") if letter.secret else letter.subject


def facts(letter: Letter) -> rules.Facts:
    """What decides who is what to the letter."""
    steps = letter.steps.filter(state=Step.State.NOW).values_list("post", flat=True)
    access = list(letter.access.order_by("id").values_list("post", "why", "post__heads"))
    # The head of what the letter was passed on to answers for it.
    heads = (post for post, why, heads in access if heads and why == Access.Why.PASSED)
    head = next(heads, None)
    return rules.Facts(
        secret=letter.secret,
        author=str(letter.author.position_id) if letter.author_id else None,
        signer=str(letter.signer_id) if letter.signer_id else None,
        steps=frozenset(map(str, steps)),
        access=frozenset(str(post) for post, _why, _heads in access),
        head=str(head) if head else None,
    )


def parties(letter: Letter, actor: Actor) -> frozenset[str]:
    """What the actor is to the letter: parties of the tables in `rules`."""
    if actor.is_system:
        return frozenset({"system"})
    if letter.agency_id != (actor.agency and actor.agency.pk):
        return frozenset()
    held = [str(post) for post in _posts(actor)]
    helped = [str(post) for post in assisted(actor)]
    return rules.parties(facts(letter), held, actor.roles("simaya"), helped)


def _posts(actor: Actor) -> list[UUID]:
    """The posts the actor holds today, definitive or acting."""
    return [assignment.position_id for assignment in actor.posts]
