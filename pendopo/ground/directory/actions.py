"""What changes the directory. Mistakes in what was given raise ValidationError with a stable code."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from pendopo.core import ids, nip
from pendopo.core.errors import Fault
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.audit.act import act

from .models import Agency, Assignment, Person, PersonNumber, Position, Unit


def create_agency(code: str, name: str, zone: str, *, actor: Actor) -> Agency:
    """An agency hosted by this node. One known from the registry under the same identifier becomes hosted."""
    try:
        code = str(ids.AgencyId.parse(code))
    except Fault as fault:
        raise ValidationError(fault.text(get_language()), code=fault.code) from None
    with act("directory.agency.create", actor=actor) as line:
        agency, made = Agency.objects.get_or_create(code=code, defaults={"name": name, "zone": zone})
        if not made and agency.hosted:
            raise ValidationError(
                _("This node already hosts %(code)s.") % {"code": code}, code="agency.exists"
            )
        agency.name, agency.zone, agency.hosted = name, zone, True
        agency.save()
        line.subject = agency
        line.agency = agency
    return agency


def edit_agency(agency: Agency, name: str, zone: str, *, actor: Actor) -> None:
    """Change the name people read and the zone times are shown in."""
    with act("directory.agency.edit", actor=actor, subject=agency, detail={"name": name, "zone": zone}):
        agency.name, agency.zone = name, zone
        agency.save(update_fields=["name", "zone"])


def create_unit(agency: Agency, code: str, name: str, parent: Unit | None = None, *, actor: Actor) -> Unit:
    """A unit of `agency`, valid from today."""
    with act("directory.unit.create", actor=actor, subject=agency, detail={"code": code}) as line:
        _unit_fits(agency, code, parent)
        line.subject = unit = Unit.objects.create(
            agency=agency, code=code, name=name, parent=parent, valid=DateRange(timezone.localdate(), None)
        )
    return unit


def edit_unit(unit: Unit, code: str, name: str, parent: Unit | None, *, actor: Actor) -> None:
    """Change a unit's code, name or place in the tree."""
    with act("directory.unit.edit", actor=actor, subject=unit, detail={"code": code, "name": name}):
        _unit_fits(unit.agency, code, parent, unit)
        unit.code, unit.name, unit.parent = code, name, parent
        unit.save(update_fields=["code", "name", "parent"])


def _unit_fits(agency: Agency, code: str, parent: Unit | None, unit: Unit | None = None) -> None:
    taken = agency.units.filter(code=code)
    if unit is not None:
        taken = taken.exclude(pk=unit.pk)
    if taken.exists():
        raise ValidationError({"code": ValidationError(_("Another unit has this code."), code="unit.code")})
    above = parent
    while above is not None:
        if above.agency_id != agency.pk or (unit is not None and above.pk == unit.pk):
            text = _("A unit cannot stand under itself or under another agency.")
            raise ValidationError({"parent": ValidationError(text, code="unit.parent")})
        above = above.parent


def create_position(
    unit: Unit, title: str, grade: str = "", heads: bool = False, *, actor: Actor
) -> Position:
    """A post in `unit`."""
    with act("directory.position.create", actor=actor, subject=unit, detail={"title": title}) as line:
        if unit.positions.filter(title=title).exists():
            text = _("This unit already has a position by that title.")
            raise ValidationError({"title": ValidationError(text, code="position.title")})
        line.subject = position = Position.objects.create(unit=unit, title=title, grade=grade, heads=heads)
    return position


def check_number(agency: Agency, scheme: str, value: str, person: Person | None = None) -> nip.PersonNumber:
    """The number in its one written form. ValidationError when it is wrong or someone else's."""
    try:
        number = nip.parse(scheme, value)
    except Fault as fault:
        raise ValidationError(fault.text(get_language()), code=fault.code) from None
    taken = PersonNumber.objects.filter(scheme=scheme, value=number.value)
    if scheme == PersonNumber.Scheme.LOCAL:
        taken = taken.filter(issuer=agency)
    if taken.exclude(person=person).exists():
        raise ValidationError(
            _("Someone already has the number %(value)s.") % {"value": value}, code="number.taken"
        )
    return number


def create_person(
    agency: Agency,
    name: str,
    scheme: str,
    number: str,
    *,
    actor: Actor,
    front_title: str = "",
    back_title: str = "",
    birth: date | None = None,
) -> Person:
    """A person whose record `agency` keeps, known by one number.

    The birth date comes from a national number.
    """
    with act("directory.person.create", actor=actor, subject=agency) as line:
        checked = check_number(agency, scheme, number)
        person = Person.objects.create(
            agency=agency,
            name=name,
            front_title=front_title,
            back_title=back_title,
            birth=birth or checked.birth,
        )
        _add_number(person, checked)
        line.subject = person
    return person


def _add_number(person: Person, number: nip.PersonNumber) -> None:
    local = number.scheme == PersonNumber.Scheme.LOCAL
    PersonNumber.objects.create(
        person=person,
        issuer=person.agency if local else None,
        scheme=number.scheme,
        value=number.value,
        valid=DateRange(timezone.localdate(), None),
    )


def edit_person(
    person: Person, name: str, front_title: str, back_title: str, birth: date | None, *, actor: Actor
) -> None:
    """Change how a person is called, or the birth date."""
    with act("directory.person.edit", actor=actor, subject=person):
        person.name, person.birth = name, birth
        person.front_title, person.back_title = front_title, back_title
        person.save(update_fields=["name", "birth", "front_title", "back_title"])


def change_number(person: Person, scheme: str, value: str, *, actor: Actor) -> None:
    """Give a person a new number from today.

    The one it replaces ends. A new contract brings a new NI-PPPK.
    """
    with act("directory.person.edit", actor=actor, subject=person, detail={"scheme": scheme}):
        number = check_number(person.agency, scheme, value, person)
        today = timezone.localdate()
        for old in person.numbers.filter(valid__contains=today).exclude(value=number.value):
            old.valid = (
                DateRange(old.valid.lower, today) if old.valid.lower != today else DateRange(empty=True)
            )
            old.save(update_fields=["valid"])
        if not person.numbers.filter(scheme=scheme, value=number.value).exists():
            _add_number(person, number)


def assign(
    person: Person,
    position: Position,
    kind: str,
    since: date,
    until: date | None = None,
    decree: str = "",
    *,
    actor: Actor,
) -> Assignment:
    """Put `person` in `position` from `since` through the day before `until` (None: open).

    ValidationError `assignment.taken` when somebody else holds the post definitively in that time, `.foreign`
    for another agency's person, `.dates` when the end is not after the beginning.
    """
    with act("directory.assignment.create", actor=actor, subject=position, detail={"kind": kind}) as line:
        if person.agency_id != position.agency_id:
            raise ValidationError(_("This person belongs to another agency."), code="assignment.foreign")
        if until is not None and until <= since:
            text = _("The end must be after the beginning.")
            raise ValidationError({"until": ValidationError(text, code="assignment.dates")})
        assignment = Assignment(
            person=person, position=position, kind=kind, valid=DateRange(since, until), decree=decree
        )
        try:
            with transaction.atomic():
                assignment.save(force_insert=True)
        except IntegrityError:
            text = _("%(position)s has a definitive holder in this time.") % {"position": position}
            raise ValidationError({"position": ValidationError(text, code="assignment.taken")}) from None
        line.subject = assignment
    return assignment


def end_assignment(assignment: Assignment, on: date, *, actor: Actor) -> None:
    """End an assignment: `on` is the first day without it. Rights that followed it end that day."""
    with act("directory.assignment.end", actor=actor, subject=assignment, detail={"on": on.isoformat()}):
        since = assignment.valid.lower
        if on < since:
            raise ValidationError(_("It began after that day."), code="assignment.dates")
        assignment.valid = DateRange(since, on) if on > since else DateRange(empty=True)
        assignment.save(update_fields=["valid"])
