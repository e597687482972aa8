"""What the roof, home and the side menu show of this room, and what it does with what arrives."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pendopo.ground import jobs
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.accounts.rights import hold_without_grant
from pendopo.ground.rooms import Command, Group, Item, Room, Waiting
from pendopo.ground.rooms import register as register_room
from pendopo.ground.web import may

from . import acts
from .acts import ASSISTANT
from .counts import counts as counts_of
from .disposition import reminders
from .incoming import desk
from .letters import reads as letters
from .letters.models import Letter
from .letters.signing import abandoned
from .offices.reads import assistances
from .routing import wire as routing
from .signing import wire as signing


def menu(actor: Actor) -> list[Group]:
    """The side menu: what the actor's roles and posts let it see, with counts where it must act."""
    counts = counts_of(actor)
    groups = (
        (
            _("Out"),
            (
                ("simaya.letter.draft", _("Drafts"), reverse("simaya:drafts"), "pencil", 0),
                (
                    "simaya.letter.initial",
                    _("Initials and signatures"),
                    reverse("simaya:turns"),
                    "signature",
                    counts.get("turns", 0),
                ),
                ("simaya.letter.view", _("Sent"), reverse("simaya:sent"), "send", 0),
            ),
        ),
        (
            _("Archive"),
            (
                ("simaya.letter.view", _("Search"), reverse("simaya:search"), "search", 0),
                ("simaya.dossier.view", _("Dossiers"), reverse("simaya:dossiers"), "folder", 0),
                ("simaya.number.view", _("Agenda book"), reverse("simaya:book-agenda"), "book", 0),
                ("simaya.number.view", _("Register of letters out"), reverse("simaya:book-out"), "book-2", 0),
            ),
        ),
        (
            _("Set-up"),
            (
                ("simaya.key.make", _("My signing key"), reverse("simaya:key"), "key", 0),
                ("simaya.assistant.edit", _("Assistants"), reverse("simaya:assistants"), "users", 0),
                ("simaya.office.edit", _("The office"), reverse("simaya:office"), "building", 0),
            ),
        ),
    )
    found = [
        Group(
            title,
            tuple(Item(label, url, icon, count) for act, label, url, icon, count in items if may(actor, act)),
        )
        for title, items in groups
    ]
    return [Group(_("In"), desk.menu(actor, counts)), *found]


def waiting(actor: Actor) -> list[Waiting]:
    """What needs the actor: letters to register, initial or sign, dispositions, drafts that came back."""
    return [*desk.waiting(actor), *_turns(actor), *_returned(actor)]


def count(actor: Actor) -> int:
    """How many things `waiting` lists."""
    return sum(counts_of(actor).values())


def _turns(actor: Actor) -> list[Waiting]:
    if not may(actor, "simaya.letter.initial"):
        return []
    found = []
    for row in letters.turns(actor).select_related("author__person")[:20]:
        sign = row.state == Letter.State.APPROVAL
        title = _("Sign: %(subject)s") if sign else _("Initial: %(subject)s")
        found.append(
            Waiting(
                title % {"subject": letters.told(row)},
                _("From %(name)s") % {"name": row.author.person} if row.author else "",
                reverse("simaya:letter", args=[row.pk]),
                icon="signature" if sign else "writing-sign",
                do=_("Open the letter"),
            )
        )
    return found


def _returned(actor: Actor) -> list[Waiting]:
    if not may(actor, "simaya.letter.draft"):
        return []
    return [
        Waiting(
            _("Returned: %(subject)s") % {"subject": letters.told(row)},
            _("Its comments say what should change"),
            reverse("simaya:draft", args=[row.pk]),
            icon="pencil",
            do=_("Open the draft"),
        )
        for row in letters.returned(actor)[:20]
    ]


def commands(actor: Actor) -> list[Command]:
    """What "search or do" offers besides the menu."""
    if not may(actor, "simaya.letter.draft"):
        return []
    return [Command(_("Write a letter"), reverse("simaya:draft-new"), "pencil", "surat konsep draft")]


def open_to(actor: Actor) -> bool:
    """Whoever has work here by a role, holds a post of the agency today, or prepares for who holds one."""
    granted = actor.roles("simaya") & {acts.ADMINISTRATOR, acts.REGISTRAR, acts.SUPERVISOR}
    return bool(granted or actor.posts or assistances(actor))


ROOM = Room(
    "simaya",
    "siMAYA",
    "mail",
    "simaya:home",
    menu,
    waiting,
    commands,
    about=gettext_lazy("the electronic office"),
    key="s",
    open_to=open_to,
    count=count,
)


def register() -> None:
    """Called once, at start."""
    register_room(ROOM)
    hold_without_grant(ASSISTANT, assistances)
    routing.register()
    signing.register()
    reminders.register()
    jobs.register("letters-signing", abandoned, every=30)
