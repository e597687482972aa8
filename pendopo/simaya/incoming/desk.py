"""What the side menu and home show of letters in and dispositions."""

from collections.abc import Mapping

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pendopo.ground.accounts.actor import Actor
from pendopo.ground.rooms import Item, Waiting
from pendopo.ground.web import may
from pendopo.simaya.disposition import reads as dispositions
from pendopo.simaya.disposition.models import Disposition
from pendopo.simaya.letters.reads import ALL, told

from . import reads

MOST = 50  # lines of one kind on home


def menu(actor: Actor, counts: Mapping[str, int]) -> tuple[Item, ...]:
    """The items of the group "In": lists of letters, and dispositions; `counts` as of `simaya.counts`."""
    if not may(actor, "simaya.letter.view"):
        return ()
    start = reverse("simaya:incoming")
    registry = may(actor, "simaya.letter.register")
    # Who only prepares for others has no dispositions; those of a letter stand beside it.
    theirs = may(actor, "simaya.disposition.read") or bool(actor.roles("simaya") & ALL)
    to_do = (Item(_("Dispositions"), reverse("simaya:dispositions"), "user-check", counts.get("to do", 0)),)
    to_register = (Item(_("To register"), f"{start}?tab=registrasi", "inbox", counts.get("to register", 0)),)
    return (
        *(to_register if registry else ()),
        Item(_("Registered"), f"{start}?tab=terdaftar", "list-check"),
        Item(_("Overdue"), f"{start}?tab=tenggat", "clock"),
        Item(_("Copies"), f"{start}?tab=tembusan", "mail-opened"),
        *(to_do if theirs else ()),
    )


def waiting(actor: Actor) -> list[Waiting]:
    """What waits for the actor: letters to register, letters on its desk, dispositions to its posts."""
    return [*_to_register(actor), *_on_desk(actor), *_to_do(actor)]


def _to_register(actor: Actor) -> list[Waiting]:
    rows = reads.waiting(actor)
    first = rows.first()
    if first is None:
        return []
    count = rows.count()
    return [
        Waiting(
            ngettext("%(n)d letter to register", "%(n)d letters to register", count) % {"n": count},
            _("The oldest is from %(sender)s") % {"sender": first.peer_name},
            f"{reverse('simaya:incoming')}?tab=registrasi",
            do=_("Open the list"),
            count=count,
        )
    ]


def _on_desk(actor: Actor) -> list[Waiting]:
    return [
        Waiting(
            told(letter),
            _("From %(sender)s") % {"sender": letter.peer_name},
            reverse("simaya:incoming-letter", args=[letter.pk]),
            due=None if letter.is_copy else letter.due,
            do=_("Open the letter"),
        )
        for letter in reads.desks(actor)[:MOST]
    ]


def _to_do(actor: Actor) -> list[Waiting]:
    return [
        Waiting(
            _("Disposition: %(subject)s") % {"subject": told(one.letter)},
            _("From %(who)s, %(post)s") % {"who": one.by.person.name, "post": one.by},
            reverse("simaya:disposition", args=[one.pk]),
            due=one.due,
            do=_("Open the disposition"),
        )
        for one in _mine(actor)[:MOST]
    ]


def _mine(actor: Actor) -> QuerySet[Disposition]:
    open_ones = (Disposition.State.OPEN, Disposition.State.READ)
    return (
        dispositions.to_me(actor).filter(state__in=open_ones) if actor.posts else Disposition.objects.none()
    )
