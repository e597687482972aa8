"""Who may read which letter, what somebody is to it, and the one door to the subject of a secret one."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from pendopo.ground.accounts.actor import Actor
from pendopo.simaya import acts

from . import rules
from .models import SECRET, Access, Letter, Secret, Step

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
    return rules.parties(facts(letter), held, actor.roles("simaya"))


def _posts(actor: Actor) -> list[UUID]:
    """The posts the actor holds today, definitive or acting."""
    return [assignment.position_id for assignment in actor.posts]
