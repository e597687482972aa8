"""What the roof, home and the side menu show of this room."""

from datetime import timedelta

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pendopo.ground import jobs
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.rooms import Command, Group, Room, Waiting, counted
from pendopo.ground.rooms import register as register_room
from pendopo.ground.web import commands_of, may, menu_of

from .boxes.models import Box, EnrolmentCode
from .health import job, told
from .health import reads as health

NAMED = 10  # of things that wait: of the others how many
ENDING = timedelta(days=2)  # a sheet whose code ends so soon and was not typed yet

# How many rows `waiting` finds, for the roof of every page.
COUNTED = {
    "troubles": """SELECT count(*) FROM pnsbox_trouble AS trouble
        LEFT JOIN pnsbox_site AS site ON site.id = trouble.site_id
        WHERE trouble.told_at IS NOT NULL AND trouble.ended_at IS NULL
          AND (trouble.agency_id = %(agency)s OR site.of_id = %(agency)s)""",
    "codes": """SELECT count(*) FROM pnsbox_enrolmentcode AS code
        JOIN pnsbox_box AS box ON box.id = code.box_id
        WHERE box.agency_id = %(agency)s AND box.state = 'invited' AND code.used_at IS NULL
          AND code.expires_at > %(now)s AND code.expires_at <= %(soon)s""",
}


def menu(actor: Actor) -> list[Group]:
    """The side menu: what the actor's roles let it see."""
    groups = (
        (
            _("Network"),
            (
                ("pnsbox.site.view", _("Map"), "pnsbox:home", "map"),
                ("pnsbox.site.view", _("Sites"), "pnsbox:sites", "map-pin"),
                ("pnsbox.site.view", _("Troubles"), "pnsbox:troubles", "alert-circle"),
                ("pnsbox.network.view", _("Addresses"), "pnsbox:addresses", "list-details"),
            ),
        ),
        (
            _("Policy"),
            (
                ("pnsbox.network.view", _("Who may reach what"), "pnsbox:policy", "shield-check"),
                ("pnsbox.site.view", _("Why does somebody get through?"), "pnsbox:why", "help"),
                ("pnsbox.service.edit", _("Services"), "pnsbox:services", "list-check"),
            ),
        ),
    )
    return menu_of(actor, groups)


def waiting(actor: Actor) -> list[Waiting]:
    """What needs the officer: what is wrong on the network, sheets whose code ends unused."""
    if not may(actor, "pnsbox.network.view"):
        return []
    return [*_troubled(actor), *_ending(actor)]


def count(actor: Actor) -> int:
    """How many things `waiting` lists."""
    if not may(actor, "pnsbox.network.view"):
        return 0
    now = timezone.now()
    return sum(counted(COUNTED, agency=actor.agency.pk, now=now, soon=now + ENDING).values())


def ending(actor: Actor) -> QuerySet[EnrolmentCode]:
    """Codes on sheets that end soon and that nobody typed."""
    now = timezone.now()
    rows = EnrolmentCode.objects.filter(box__agency=actor.agency, box__state=Box.State.INVITED, used_at=None)
    return rows.filter(expires_at__gt=now, expires_at__lte=now + ENDING).order_by("expires_at")


def _troubled(actor: Actor) -> list[Waiting]:
    rows = health.open_troubles(actor)
    found = [
        Waiting(
            told.sentence(one.kind, one.cause, one.facts),
            _("Call %(phone)s") % {"phone": one.facts["phone"]} if one.facts["phone"] else "",
            reverse("pnsbox:troubles"),
            tag=_("Broken") if one.kind in ("silent", "all", "provider") else _("Wants a look"),
            tone="red" if one.kind in ("silent", "all", "provider") else "amber",
            icon="alert-triangle",
            do=_("Open the troubles"),
        )
        for one in rows[:NAMED]
    ]
    if len(found) == NAMED and (more := rows.count() - NAMED):
        title = _("Other troubles: %(n)d") % {"n": more}
        found.append(Waiting(title, "", reverse("pnsbox:troubles"), count=more))
    return found


def _ending(actor: Actor) -> list[Waiting]:
    rows = ending(actor)
    found = [
        Waiting(
            _("The code for %(name)s ends") % {"name": code.box.site.name},
            _("Nobody has typed it yet; a fresh sheet has another"),
            reverse("pnsbox:site", args=[code.box.site_id]),
            due=code.expires_at,
            do=_("Open the site"),
        )
        for code in rows.select_related("box__site")[:NAMED]
    ]
    if len(found) == NAMED and (more := rows.count() - NAMED):
        title = _("Other codes that end: %(n)d") % {"n": more}
        found.append(Waiting(title, _("Print their sheets again"), reverse("pnsbox:waiting"), count=more))
    return found


def commands(actor: Actor) -> list[Command]:
    """What "search or do" offers besides the menu."""
    offered = (
        ("pnsbox.site.add", _("Add a site"), "pnsbox:site-new", "map-pin", "kantor kotak router"),
        ("pnsbox.rule.add", _("Add a rule"), "pnsbox:rule-new", "shield-check", "kebijakan aturan akses"),
        ("pnsbox.network.view", _("Who reaches what, as a table"), "pnsbox:matrix", "table", "matriks"),
        ("pnsbox.code.make", _("Print sheets"), "pnsbox:waiting", "printer", "kode lembar"),
    )
    return commands_of(actor, offered)


ROOM = Room(
    "pnsbox",
    "PNSBox",
    "network",
    "pnsbox:home",
    menu,
    waiting,
    commands,
    about=gettext_lazy("the private network"),
    key="x",
    count=count,
)


def register() -> None:
    """Called once, at start."""
    register_room(ROOM)
    jobs.register(job.JOB, job.look, every=job.EVERY)
