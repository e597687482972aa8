"""A letter's page from its rows: what `paper.render` sets, for the live page of a draft and for signing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.utils import timezone

from pendopo.core.errors import Fault
from pendopo.ground.directory.models import Agency, Assignment
from pendopo.ground.directory.reads import number_of
from pendopo.ground.directory.rules import today
from pendopo.simaya.kinds import profiles
from pendopo.simaya.kinds.rules import (
    Annex,
    Block,
    Capacity,
    Facts,
    Person,
    Post,
    attached,
    labels,
    sheet,
    signature_block,
)
from pendopo.simaya.kinds.rules import Office as Letterhead
from pendopo.simaya.offices.models import Office
from pendopo.simaya.paper import render

from .drafting import Content

NOBODY = Person("…")


@dataclass(frozen=True, slots=True)
class Signature:
    """What only a signed page has: its number and day, the address of its code, the text of letter.json."""

    number: str
    day: date
    address: str
    data: str


def office_of(agency: Agency) -> Office:
    """How the agency writes letters; `Fault letters.office` when nobody set that up."""
    office = Office.objects.filter(agency=agency).first()
    if office is None:
        raise Fault("letters.office")
    return office


def holder(position: UUID | str, agency: Agency) -> Assignment | None:
    """Who holds a post today: whoever acts in it, else its definitive holder."""
    day = today(agency.zone, timezone.now())
    held = Assignment.objects.filter(position=position, position__unit__agency=agency, valid__contains=day)
    found = sorted(
        held.select_related("person", "position__unit__agency"), key=lambda one: one.kind == "definitive"
    )
    return found[0] if found else None


def person_of(assignment: Assignment | None) -> Person:
    """The holder's name and number as a page shows them; dots where a post is vacant."""
    if assignment is None:
        return NOBODY
    who = assignment.person
    day = today(assignment.position.unit.agency.zone, timezone.now())
    return Person(who.name, who.front_title, who.back_title, "", number_of(who, day))


def page(
    content: Content,
    office: Office,
    every: dict[UUID, Post],
    signer: Assignment | None,
    signature: Signature | None = None,
) -> dict:
    """What `paper.render` reads. `every`: the agency's posts; `signer`: who signs, or would sign today.

    Raises what `kinds.rules.signature_block` does.
    """
    profile = profiles.load(office.profile)
    kind = profile.kinds[content.kind]
    post = every.get(UUID(content.signer)) if content.signer else None
    behalf = capacity_of(content, every, signer)
    block = (
        signature_block(kind, post, behalf, person_of(signer), profile)
        if post
        else Block(("…",), ("…",), ("…",))
    )
    facts = Facts(
        kind=kind,
        profile=profile,
        subject=content.subject or "…",
        to=tuple(_lines(content, "to")) or ("…",),
        number=signature.number if signature else "",
        day=signature.day if signature else None,
        security=content.security,
        urgency=content.urgency,
        sender=(behalf.on_behalf[0].title if behalf.on_behalf else post.title) if post else "…",
        copies=tuple(_lines(content, "copy")),
        attachments=attached(len(content.annexes) + len(content.files)),
        annexes=[
            Annex(label, one.title, one.body)
            for label, one in zip(labels(len(content.annexes)), content.annexes, strict=True)
        ],
    )
    head = Letterhead(office.agency.name, tuple(office.lines), office.place)
    return sheet(
        facts,
        head,
        block,
        content.body,
        qr=render.qr_svg(signature.address) if signature else None,
        data=signature.data if signature else None,
    )


def capacity_of(content: Content, every: dict[UUID, Post], signer: Assignment | None) -> Capacity:
    """The capacity of whoever signs today: how the post is held, and on behalf of which posts."""
    above = tuple(every[UUID(key)] for key in content.on_behalf if UUID(key) in every)
    return Capacity(signer.kind if signer else "definitive", above)


def _lines(content: Content, role: str) -> list[str]:
    return [one.line for one in content.addressees if one.role == role]
