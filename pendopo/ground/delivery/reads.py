"""What people see of notices and messages."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from pendopo.core.errors import Fault
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.directory.models import Agency
from pendopo.ground.rooms import counted

from . import names
from .models import Inbox, NoticeSend, Outbox


@dataclass(frozen=True, slots=True)
class Told:
    """A notice as its reader sees it."""

    id: str
    text: str
    url: str
    at: datetime
    seen: bool


def unseen(actor: Actor) -> int:
    """How many notices the actor has not seen: one indexed count."""
    unseen = """SELECT count(*) FROM delivery_noticesend
        WHERE account_id = %(account)s AND channel = 'bell' AND seen_at IS NULL"""
    return counted({"unseen": unseen}, account=actor.account and actor.account.pk)["unseen"]


def on_bell(actor: Actor) -> QuerySet[NoticeSend]:
    """What the actor was told by the portal's bell."""
    return NoticeSend.objects.filter(account=actor.account, channel=NoticeSend.Channel.BELL)


def notices(actor: Actor, limit: int = 100) -> list[Told]:
    """The actor's notices, those not seen first, newest first."""
    rows = on_bell(actor).select_related("notice").order_by("-notice_id")[:limit]
    told = [
        Told(
            str(row.notice_id),
            words(row.notice),
            row.notice.url,
            row.notice.created_at,
            row.seen_at is not None,
        )
        for row in rows
    ]
    return sorted(told, key=lambda one: one.seen)


def words(notice) -> str:
    """A notice's text in the language that is active."""
    return _(notice.text) % notice.params if notice.params else _(notice.text)


@dataclass(frozen=True, slots=True)
class Trouble:
    """A message that did not get through, and why."""

    id: str
    way: str  # "out" or "in"
    peer: str
    document: str
    at: datetime
    why: str
    code: str
    retry: bool  # whether a person may send it again now; otherwise the worker does so by itself


def troubles(agency: Agency) -> list[Trouble]:
    """Messages of an agency that wait longer than a try, were given up, or were not handled; newest first."""
    outgoing = Outbox.objects.filter(agency=agency).exclude(state=Outbox.State.SENT).exclude(fault="")
    incoming = Inbox.objects.filter(agency=agency, state=Inbox.State.FAILED)
    found = [
        Trouble(
            str(row.pk),
            "out",
            row.to_agency,
            document(row.type),
            row.created_at,
            said(row.fault, row.params),
            row.fault,
            row.state == Outbox.State.FAILED,
        )
        for row in outgoing.order_by("-created_at")[:100]
    ]
    found += [
        Trouble(
            str(row.pk),
            "in",
            row.from_agency,
            document(row.type),
            row.received_at,
            said(row.fault, row.params),
            row.fault,
            True,
        )
        for row in incoming.order_by("-received_at")[:100]
    ]
    return sorted(found, key=lambda one: one.at, reverse=True)


def said(code: str, params: dict) -> str:
    """A fault's text in the language that is active."""
    return Fault(code, **params).text(get_language())


def document(type: str) -> str:
    """What people call documents of `type`; those this version does not know keep their code."""
    return names.name(type)
