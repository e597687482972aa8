"""The agency's people: list, person, numbers, assignments."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pendopo.ground.accounts.door import access, require

from . import actions
from .forms import AssignmentForm, EndForm, NumberForm, PersonForm
from .models import Assignment, Person
from .rules import today


def answer(request: HttpRequest, template: str, form, **context) -> HttpResponse:
    """A page with a form: 422 when something in it needs fixing."""
    return render(request, template, {"form": form, **context}, status=422 if form.errors else 200)


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """Everybody whose record the agency keeps, with the post held today."""
    require("directory.read", request.actor, request.actor.agency)
    q = request.GET.get("q", "").strip()[:80]
    agency = request.actor.agency
    day = today(agency.zone, timezone.now())
    held = Assignment.objects.filter(valid__contains=day).select_related("position__unit")
    rows = Person.objects.filter(agency=agency).prefetch_related(
        Prefetch("assignments", held, to_attr="held"), "numbers"
    )
    if q:
        rows = rows.filter(Q(name__icontains=q) | Q(numbers__value__startswith=q)).distinct()
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    return render(request, "directory/people.html", {"page": page, "q": q})


def person_new(request: HttpRequest) -> HttpResponse:
    """A person and the number held today."""
    require("directory.person.create", request.actor, request.actor.agency)
    form, number = PersonForm(request.POST or None), NumberForm(request.POST or None)
    if request.method == "POST" and form.is_valid() & number.is_valid():
        given = form.cleaned_data
        try:
            row = actions.create_person(
                request.actor.agency,
                given.pop("name"),
                number.cleaned_data["scheme"],
                number.cleaned_data["number"],
                **given,
                actor=request.actor,
            )
        except ValidationError as error:
            number.add_error("number", error)
        else:
            messages.success(request, _("%(name)s was added.") % {"name": row})
            return redirect("directory:person", pk=row.pk)
    failed = bool(form.errors or number.errors)
    context = {"form": form, "number": number, "failed": failed}
    return render(request, "directory/person_new.html", context, status=422 if failed else 200)


def _person(request: HttpRequest, pk, act: str) -> Person:
    return access(request.actor, Person.objects.select_related("agency"), pk, act)


@require_safe
def person(request: HttpRequest, pk) -> HttpResponse:
    """One person: names, numbers, assignments, account."""
    row = _person(request, pk, "directory.read")
    assignments = row.assignments.filter(valid__isempty=False).select_related("position__unit")
    day = today(row.agency.zone, timezone.now())
    context = {
        "person": row,
        "account": getattr(row, "account", None),
        "numbers": row.numbers.all(),
        "assignments": [(one, _standing(one, day)) for one in assignments.order_by("-valid")],
    }
    return render(request, "directory/person.html", context)


def _standing(assignment: Assignment, day) -> str:
    """`now`, `next` or `past`."""
    if assignment.valid.lower > day:
        return "next"
    return "now" if assignment.valid.upper is None or assignment.valid.upper > day else "past"


def person_edit(request: HttpRequest, pk) -> HttpResponse:
    """Names and birth date."""
    row = _person(request, pk, "directory.person.edit")
    form = PersonForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        actions.edit_person(row, **form.cleaned_data, actor=request.actor)
        messages.success(request, _("The changes were saved."))
        return redirect("directory:person", pk=row.pk)
    return answer(request, "directory/person_edit.html", form, person=row)


def number_change(request: HttpRequest, pk) -> HttpResponse:
    """A new number from today."""
    row = _person(request, pk, "directory.person.edit")
    form = NumberForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_number(
                row, form.cleaned_data["scheme"], form.cleaned_data["number"], actor=request.actor
            )
        except ValidationError as error:
            form.add_error("number", error)
        else:
            messages.success(request, _("The number holds from today."))
            return redirect("directory:person", pk=row.pk)
    return answer(request, "directory/number_change.html", form, person=row)


def assignment_new(request: HttpRequest, pk) -> HttpResponse:
    """Put a person into a position."""
    row = _person(request, pk, "directory.read")
    form = AssignmentForm(request.POST or None, agency=request.actor.agency)
    if request.method == "POST" and form.is_valid():
        try:
            actions.assign(row, **form.cleaned_data, actor=request.actor)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The assignment was recorded."))
            return redirect("directory:person", pk=row.pk)
    return answer(request, "directory/assignment_new.html", form, person=row)


def assignment_end(request: HttpRequest, pk) -> HttpResponse:
    """End an assignment."""
    rows = Assignment.objects.select_related("position__unit__agency", "person")
    row = access(request.actor, rows.filter(valid__isempty=False), pk, "directory.assignment.end")
    form = EndForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.end_assignment(row, form.cleaned_data["on"], actor=request.actor)
        except ValidationError as error:
            form.add_error("on", error)
        else:
            messages.success(request, _("The assignment was ended."))
            return redirect("directory:person", pk=row.person_id)
    return answer(request, "directory/assignment_end.html", form, assignment=row)
