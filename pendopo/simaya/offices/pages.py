"""Pages on which the room's administrator says how the agency writes letters."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from pendopo.core.errors import Fault
from pendopo.ground.directory.models import Position
from pendopo.ground.directory.rules import today
from pendopo.ground.web import confirm, form_page, need, text
from pendopo.simaya.kinds import profiles

from . import actions, reads, rules
from .forms import DelegationForm, HolidayForm, OfficeForm, PostForm
from .models import Delegation, Office, PostCode

SOON = 4  # holidays shown on the office's page


@require_http_methods(["GET", "POST"])
def office(request: HttpRequest) -> HttpResponse:
    """Rules and letterhead; below, posts and mandates."""
    need(request, "simaya.office.edit")
    agency = request.actor.agency
    row = Office.objects.filter(agency=agency).first()
    form = OfficeForm(request.POST or None, office=row)
    if form.is_valid():
        try:
            actions.set_up(agency, **form.cleaned_data, patterns=row and row.patterns, actor=request.actor)
        except Fault as fault:
            form.add_error(None, text(request, fault))
        else:
            messages.success(request, _("The office is set up."))
            return redirect("simaya:office")
    codes = {one.position_id: one for one in PostCode.objects.filter(agency=agency)}
    positions = Position.objects.filter(unit__agency=agency).select_related("unit")
    day = today(agency.zone, timezone.now())
    context = {
        "office": row,
        "day": day,
        "holidays": [(when, name) for when, name in reads.holidays(agency).items() if when >= day][:SOON],
        "posts": [(post, codes.get(post.pk)) for post in positions],
        "delegations": Delegation.objects.filter(agency=agency).select_related("of", "to"),
    }
    return form_page(request, "simaya/offices/office.html", form, context)


@require_http_methods(["GET", "POST"])
def holidays(request: HttpRequest) -> HttpResponse:
    """The days on which clocks for answers stand still."""
    need(request, "simaya.office.edit")
    agency = request.actor.agency
    request.menu_path = reverse("simaya:office")
    initial = {"days": rules.write_holidays(reads.holidays(agency))}
    form = HolidayForm(request.POST or None, initial=initial)
    if form.is_valid():
        try:
            actions.set_holidays(agency, rules.read_holidays(form.cleaned_data["days"]), actor=request.actor)
        except Fault as fault:
            form.add_error("days", text(request, fault))
        else:
            messages.success(request, _("The holidays are kept."))
            return redirect("simaya:office")
    return form_page(request, "simaya/offices/holidays.html", form)


@require_http_methods(["GET", "POST"])
def post(request: HttpRequest, id) -> HttpResponse:
    """What one post is called in numbers."""
    need(request, "simaya.office.edit")
    position = _post(request, id)
    row = PostCode.objects.filter(position=position).first()
    initial = {"code": row.code, "region": row.region} if row else None
    form = PostForm(request.POST or None, initial=initial)
    if form.is_valid():
        try:
            actions.name_post(position, **form.cleaned_data, actor=request.actor)
        except Fault as fault:
            form.add_error("code", text(request, fault))
        else:
            messages.success(request, _("The code is kept."))
            return redirect("simaya:office")
    return form_page(request, "simaya/offices/post.html", form, {"post": position})


@require_http_methods(["GET", "POST"])
def delegate(request: HttpRequest) -> HttpResponse:
    """A new mandate."""
    need(request, "simaya.delegation.edit")
    agency = request.actor.agency
    row = Office.objects.filter(agency=agency).first()
    if row is None:
        return redirect("simaya:office")
    positions = Position.objects.filter(unit__agency=agency).select_related("unit__agency")
    known = {str(one.pk): one for one in positions}
    choices = [(key, one.title) for key, one in known.items()]
    form = DelegationForm(request.POST or None, posts=choices, profile=profiles.load(row.profile))
    if form.is_valid():
        said = form.cleaned_data
        try:
            actions.delegate(
                known[said["of"]],
                known[said["to"]],
                said["capacity"],
                said["kinds"],
                said["decree"],
                start=said["start"],
                end=said["last"] and said["last"] + timedelta(days=1),
                actor=request.actor,
            )
        except Fault as fault:
            form.add_error(None, text(request, fault))
        else:
            messages.success(request, _("The mandate is in the book."))
            return redirect("simaya:office")
    return form_page(request, "simaya/offices/delegate.html", form)


@require_http_methods(["GET", "POST"])
def end_delegation(request: HttpRequest, id: UUID) -> HttpResponse:
    """Ask, then take a mandate back from today."""
    need(request, "simaya.delegation.edit")
    rows = Delegation.objects.filter(agency=request.actor.agency).select_related("of", "to")
    found = rows.filter(pk=id).first()
    if found is None:
        raise Http404
    request.menu_path = back = reverse("simaya:office")
    words = {"who": found.to.title, "capacity": found.get_capacity_display(), "post": found.of.title}
    return confirm(
        request,
        lambda _reason: actions.end_delegation(found, actor=request.actor),
        said=_("%(who)s no longer signs %(capacity)s %(post)s.") % words,
        to=("simaya:office",),
        title=_("End a mandate"),
        question=_("Shall %(who)s no longer sign %(capacity)s %(post)s?") % words,
        consequence=_("From today no letter is signed under it. What is signed stays valid."),
        do=_("End the mandate"),
        keep=_("Keep it"),
        back=back,
        back_label=_("The office"),
    )


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The room's first page: what the reader comes for."""
    roles = request.actor.roles("simaya")
    if "registrar" in roles:
        return redirect("simaya:incoming")
    if request.actor.posts:
        return redirect("simaya:turns")
    if reads.assistances(request.actor):
        return redirect("simaya:drafts")
    if "administrator" in roles:
        return redirect("simaya:office")
    need(request, "simaya.letter.view")
    return redirect("simaya:sent")


def _post(request: HttpRequest, id) -> Position:
    found = Position.objects.filter(pk=id, unit__agency=request.actor.agency).first()
    if found is None:
        raise Http404
    return found
