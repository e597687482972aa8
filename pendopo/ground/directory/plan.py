"""What importing a staff list would do, checked against the directory, and doing it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from pendopo.core import nip
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.audit.act import act

from . import actions
from .imports import Row, SheetError, Trouble
from .models import Agency, Assignment, Person, PersonNumber, Position


@dataclass(slots=True)
class Plan:
    """The rows with all their troubles, and what would be new."""

    rows: list[Row]
    people: dict[int, Person] = field(default_factory=dict)  # a row's line → the person it is already
    units: dict[str, str] = field(default_factory=dict)  # code → name of units to make
    positions: set[tuple[str, str]] = field(default_factory=set)

    @property
    def bad(self) -> list[Row]:
        return [row for row in self.rows if row.troubles]

    @property
    def new_people(self) -> int:
        return len(self.rows) - len(self.people)

    @property
    def assignments(self) -> int:
        return sum(1 for row in self.rows if row.position)


def plan(agency: Agency, rows: list[Row]) -> Plan:
    """Check `rows` against what `agency` has.

    Adds troubles to the rows. Four queries, however long the list.
    """
    made = Plan(rows)
    numbers = {(row.number.scheme, row.number.value) for row in rows if row.number}
    known = PersonNumber.objects.filter(value__in=[value for _scheme, value in numbers])
    known = known.filter(Q(issuer=None) | Q(issuer=agency)).select_related("person")
    holders = {(number.scheme, number.value): number.person for number in known}
    units = {unit.code for unit in agency.units.all()}
    positions = {(p.unit.code, p.title): p for p in _positions(agency)}
    held = _held(agency)
    for row in rows:
        if row.number:
            holder = holders.get((row.number.scheme, row.number.value))
            if holder and holder.agency_id != agency.pk:
                row.troubles.append(Trouble("row.foreign", "nomor"))
            elif holder:
                made.people[row.line] = holder
        if row.unit_code and row.unit_code not in units:
            name = row.unit_name or made.units.get(row.unit_code, "")
            made.units[row.unit_code] = name
            if not name:
                row.troubles.append(Trouble("row.unit_name", "unit_nama", {"value": row.unit_code}))
        if row.position:
            post = (row.unit_code, row.position)
            if post not in positions:
                made.positions.add(post)
            elif row.kind == "definitive" and any(
                _meets(row, one) for one in held.get(positions[post].pk, ())
            ):
                row.troubles.append(Trouble("row.taken", "jabatan"))
    return made


def _positions(agency: Agency):
    return Position.objects.filter(unit__agency=agency).select_related("unit")


def _held(agency: Agency) -> dict:
    held: dict = {}
    rows = Assignment.objects.filter(position__unit__agency=agency, kind="definitive", valid__isempty=False)
    for one in rows:
        held.setdefault(one.position_id, []).append(one.valid)
    return held


def _meets(row: Row, valid) -> bool:
    since = row.since or timezone.localdate()
    return (valid.upper is None or valid.upper > since) and (row.until is None or row.until > valid.lower)


def import_people(agency: Agency, made: Plan, *, actor: Actor) -> None:
    """Write a plan without troubles: all of it or nothing. ValueError for one with troubles."""
    if made.bad:
        raise ValueError("a plan with troubles is not imported")
    with act("directory.import", actor=actor, subject=agency, detail={"rows": len(made.rows)}):
        for code, name in made.units.items():
            actions.create_unit(agency, code, name, actor=actor)
        units = {unit.code: unit for unit in agency.units.all()}
        positions = {(p.unit.code, p.title): p for p in _positions(agency)}
        for row in made.rows:
            person = made.people.get(row.line) or _person(agency, row, row.number, actor)
            if person.birth is None and row.birth:
                _learn_birth(person, row.birth, actor)
            if row.position:
                post = (row.unit_code, row.position)
                if post not in positions:
                    unit = units[row.unit_code]
                    positions[post] = actions.create_position(
                        unit, row.position, heads=row.heads, actor=actor
                    )
                since = row.since or timezone.localdate()
                actions.assign(person, positions[post], row.kind, since, row.until, row.decree, actor=actor)


def _person(agency: Agency, row: Row, number: nip.PersonNumber, actor: Actor) -> Person:
    return actions.create_person(
        agency,
        row.name,
        number.scheme,
        number.value,
        front_title=row.front_title,
        back_title=row.back_title,
        birth=row.birth,
        actor=actor,
    )


def _learn_birth(person: Person, birth: date, actor: Actor) -> None:
    """Of somebody known already, whose number does not say it."""
    actions.edit_person(person, person.name, person.front_title, person.back_title, birth, actor=actor)


def trouble_text(trouble: Trouble) -> str:
    """What is wrong and what to do, in the reader's language."""
    if trouble.fault is not None:
        return trouble.fault.text(get_language())
    texts = {
        "row.cells": _("The row has more cells than the header."),
        "row.long": _("Longer than %(most)s characters."),
        "row.name": _("The name is missing."),
        "row.kind": _("“%(value)s” is no kind. Use definitif, plt, plh or pj."),
        "row.unit": _("A position needs the unit's code."),
        "row.until": _("The end must be after the beginning."),
        "row.scheme": _("“%(value)s” is no kind of number. Use nip, nippppk or lokal."),
        "row.rounded": _(
            "The spreadsheet rounded this number. Format the column as text and enter it again."
        ),
        "row.birth": _("The number says %(day)s."),
        "row.yes": _("“%(value)s” is neither ya nor tidak."),
        "row.date": _("“%(value)s” is no date. Use 2026-11-23 or 23-11-2026."),
        "row.double": _("The same number stands in line %(line)s."),
        "row.held": _("Line %(line)s has a definitive holder of this position at the same time."),
        "row.foreign": _("Another agency keeps the person with this number."),
        "row.unit_name": _("The unit %(value)s is new and needs a name."),
        "row.taken": _("This position has a definitive holder at that time."),
    }
    return texts[trouble.code] % trouble.params


def sheet_text(error: SheetError) -> str:
    """Why a file cannot be read, and what to do, in the reader's language."""
    texts = {
        "import.size": _("The file is larger than %(mb)s MB. Split it."),
        "import.encoding": _("The file is not UTF-8. Save it as “CSV UTF-8” and try again."),
        "import.csv": _("The file is not a CSV file. Save the sheet as “CSV UTF-8” and try again."),
        "import.empty": _("The file has no rows below the header."),
        "import.rows": _("The file has more than %(most)s rows. Split it."),
        "import.columns": _("The header does not fit. Missing: %(missing)s. Unknown: %(unknown)s."),
    }
    params = {name: value or "–" for name, value in error.params.items()}
    return texts[error.code] % params
