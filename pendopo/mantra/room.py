"""What the roof, home and the side menu show of this room, and what it does with what arrives."""

from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from pendopo.ground.accounts.actor import Actor
from pendopo.ground.delivery import handlers
from pendopo.ground.rooms import Command, Group, Room, Waiting, counted
from pendopo.ground.rooms import register as register_room
from pendopo.ground.web import commands_of, may, menu_of

from . import compiling
from .agreements import reads as agreements
from .agreements import rules, wire
from .agreements.models import AccessRequest, Agreement
from .monitoring import log
from .services import reads as services
from .services.models import Service
from .signing import body

# What needs somebody: the act that meets it, and how many rows `waiting` finds, for the roof of every page.
ACTS = {
    "requests": "mantra.request.approve",
    "offers": "mantra.agreement.accept",
    "drifted": "mantra.service.check",
    "ending": "mantra.agreement.revoke",
}
COUNTED = {
    "requests": """SELECT count(*) FROM mantra_accessrequest
        WHERE agency_id = %(agency)s AND side = 'provider' AND state = 'open'""",
    "offers": """SELECT count(*) FROM mantra_agreement
        WHERE agency_id = %(agency)s AND side = 'requester' AND state = 'offered'""",
    "drifted": "SELECT count(*) FROM mantra_service WHERE agency_id = %(agency)s AND drift <> 'null'",
    "ending": """SELECT count(*) FROM mantra_agreement
        WHERE agency_id = %(agency)s AND state = 'active' AND until > %(now)s AND until <= %(soon)s""",
}


def menu(actor: Actor) -> list[Group]:
    """The side menu: what the actor's roles let it see, with counts where it must act."""
    decide = _counts(actor).get("requests", 0)
    groups = (
        (
            _("Provider"),
            (
                ("mantra.source.view", _("Sources"), "mantra:sources", "database"),
                ("mantra.service.view", _("Services"), "mantra:services", "table"),
                ("mantra.request.view", _("Access requests"), "mantra:requests", "key", decide),
                ("mantra.agreement.view", _("Agreements"), "mantra:agreements", "list-check"),
            ),
        ),
        (
            _("Requester"),
            (
                ("mantra.catalogue.view", _("Catalogue"), "mantra:catalogue", "search"),
                ("mantra.request.view", _("My connections"), "mantra:connections", "plug"),
            ),
        ),
        (
            _("Oversight"),
            (
                ("mantra.transaction.view", _("Transactions"), "mantra:transactions", "history"),
                ("mantra.evidence.download", _("Evidence"), "mantra:evidence", "shield-check"),
            ),
        ),
        (
            _("Set-up"),
            (("mantra.subsystem.view", _("Systems"), "mantra:subsystems", "apps"),),
        ),
    )
    return menu_of(actor, groups)


def waiting(actor: Actor) -> list[Waiting]:
    """What needs the actor: requests to decide, offers to accept, tables that changed, agreements ending."""
    lines = (
        ("requests", agreements.open_requests, _request),
        ("offers", agreements.offers, _offer),
        ("drifted", services.drifted, _drifted),
        ("ending", agreements.ending, _ending),
    )
    return [told(row) for name, rows, told in lines if may(actor, ACTS[name]) for row in rows(actor)]


def count(actor: Actor) -> int:
    """How many things `waiting` lists."""
    return sum(_counts(actor).values())


def _counts(actor: Actor) -> dict[str, int]:
    return actor.once("mantra.counts", lambda: _counted(actor))


def _counted(actor: Actor) -> dict[str, int]:
    now = timezone.now()
    return counted(
        {name: asked for name, asked in COUNTED.items() if may(actor, ACTS[name])},
        agency=actor.agency and actor.agency.pk,
        now=now,
        soon=now + agreements.SOON,
    )


def _request(request: AccessRequest) -> Waiting:
    asked = body(request.document)
    columns = len(asked["columns"])
    detail = ngettext("%(n)d column, basis %(basis)s", "%(n)d columns, basis %(basis)s", columns) % {
        "n": columns,
        "basis": f"{asked['basis']['kind']} {asked['basis']['no']}",
    }
    return Waiting(
        _("%(agency)s asks for %(service)s") % {"agency": request.peer_name, "service": request.title},
        detail,
        reverse("mantra:request", args=[request.pk]),
        due=request.at + timedelta(days=rules.DECIDE_DAYS),
        do=_("Open the request"),
    )


def _offer(offer: Agreement) -> Waiting:
    return Waiting(
        _("%(agency)s offers %(service)s on other terms")
        % {"agency": offer.peer_name, "service": offer.title},
        _("It goes beyond what you asked for; it takes effect once you accept"),
        reverse("mantra:agreement", args=[offer.pk]),
        tag=_("Accept or decline"),
        do=_("Open the offer"),
    )


def _drifted(service: Service) -> Waiting:
    return Waiting(
        _("The table behind %(service)s has changed") % {"service": service.title},
        _("Callers get an error until it fits again"),
        reverse("mantra:service", args=[service.pk]),
        tag=_("Does not fit"),
        tone="red",
        icon="alert-triangle",
        do=_("Open the service"),
    )


def _ending(agreement: Agreement) -> Waiting:
    return Waiting(
        _("The agreement with %(agency)s is about to end") % {"agency": agreement.peer_name},
        f"{agreement.title}; {_day(agreement.until)}",
        reverse("mantra:agreement", args=[agreement.pk]),
        tag=_left(agreement.until),
    )


def _day(instant: datetime) -> str:
    return date_format(rules.day_of(instant), "j F Y")


def _left(instant: datetime) -> str:
    days = rules.days_left(rules.day_of(instant), rules.today())
    return ngettext("%d day left", "%d days left", days) % days


def commands(actor: Actor) -> list[Command]:
    """What "search or do" offers besides the menu."""
    offered = (
        (
            "mantra.source.connect",
            _("Connect a data source"),
            "mantra:connect",
            "database",
            "database sumber",
        ),
        ("mantra.subsystem.create", _("Add a system"), "mantra:subsystem-new", "apps", "subsystem token"),
    )
    return commands_of(actor, offered)


ROOM = Room(
    "mantra",
    "MANTRA",
    "arrows-exchange",
    "mantra:home",
    menu,
    waiting,
    commands,
    about=gettext_lazy("data exchange"),
    key="m",
    count=count,
)


def register() -> None:
    """Called once, at start."""
    register_room(ROOM)
    compiling.register()
    handlers.register("request/1", wire.receive_request)
    handlers.register("request-refusal/1", wire.receive_refusal)
    handlers.register("agreement/1", wire.receive_agreement)
    handlers.on_log(log.read_entries)
