"""The agency itself, its units and positions."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pendopo.ground.accounts.door import access, require

from . import actions
from .forms import AgencyForm, PositionForm, UnitForm
from .models import Agency, Assignment, Unit
from .pages import answer
from .rules import today


@require_safe
def units(request: HttpRequest) -> HttpResponse:
    """All units with their positions and who holds them today."""
    require("directory.read", request.actor, request.actor.agency)
    day = today(request.actor.agency.zone, timezone.now())
    held = Assignment.objects.filter(valid__contains=day).select_related("person")
    rows = request.actor.agency.units.prefetch_related(
        "positions", Prefetch("positions__assignments", held, to_attr="held")
    )
    return render(request, "directory/units.html", {"units": list(rows)})


def unit_new(request: HttpRequest) -> HttpResponse:
    """A new unit."""
    agency = request.actor.agency
    require("directory.unit.create", request.actor, agency)
    form = UnitForm(request.POST or None, agency=agency)
    if request.method == "POST" and form.is_valid():
        try:
            row = actions.create_unit(agency, **form.cleaned_data, actor=request.actor)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The unit %(name)s was added.") % {"name": row})
            return redirect("directory:units")
    return answer(request, "directory/unit_form.html", form)


def unit_edit(request: HttpRequest, pk) -> HttpResponse:
    """A unit's code, name and place."""
    row = access(request.actor, Unit.objects.select_related("agency"), pk, "directory.unit.edit")
    form = UnitForm(request.POST or None, instance=row, agency=request.actor.agency)
    if request.method == "POST" and form.is_valid():
        fresh = Unit.objects.select_related("agency").get(pk=row.pk)
        try:
            actions.edit_unit(fresh, **form.cleaned_data, actor=request.actor)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The changes were saved."))
            return redirect("directory:units")
    return answer(request, "directory/unit_form.html", form, unit=row)


def position_new(request: HttpRequest, pk) -> HttpResponse:
    """A new position in a unit."""
    unit = access(request.actor, Unit.objects.select_related("agency"), pk, "directory.position.create")
    form = PositionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.create_position(unit, **form.cleaned_data, actor=request.actor)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The position was added."))
            return redirect("directory:units")
    return answer(request, "directory/position_new.html", form, unit=unit)


def agency_edit(request: HttpRequest) -> HttpResponse:
    """Name and zone of the actor's agency."""
    agency = request.actor.agency
    require("directory.agency.edit", request.actor, agency)
    form = AgencyForm(request.POST or None, instance=Agency.objects.get(pk=agency.pk))
    if request.method == "POST" and form.is_valid():
        actions.edit_agency(agency, **form.cleaned_data, actor=request.actor)
        messages.success(request, _("The changes were saved."))
        return redirect("directory:agency_edit")
    return answer(request, "directory/agency_edit.html", form, agency=agency)
