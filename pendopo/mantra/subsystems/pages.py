"""Pages of an agency's systems."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pendopo.core.errors import Fault
from pendopo.ground.web import confirm, done_or_said, form_page, may, need, page_of, text

from . import actions, reads
from .forms import AuthForm, SubsystemForm


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """The agency's systems."""
    need(request, "mantra.subsystem.view")
    page = page_of(request, reads.subsystems(request.actor))
    context = {"page": page, "may_add": may(request.actor, "mantra.subsystem.create")}
    return render(request, "mantra/subsystems/index.html", context)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A new system."""
    need(request, "mantra.subsystem.create")
    form = SubsystemForm(request.POST or None)
    if form.is_valid():
        try:
            made = actions.create_subsystem(**form.cleaned_data, actor=request.actor)
        except Fault as fault:
            form.add_error("code", text(request, fault))
        else:
            return redirect("mantra:subsystem", made.pk)
    return form_page(request, "mantra/subsystems/new.html", form, {"agency": request.actor.agency})


@require_GET
def show(request: HttpRequest, id) -> HttpResponse:
    """One system: its identifier, and how its programs call."""
    return _shown(request, reads.access_subsystem(request.actor, id))


def _shown(request: HttpRequest, subsystem, new_token: str = "") -> HttpResponse:
    context = {
        "subsystem": subsystem,
        "new_token": new_token,
        "may_change": may(request.actor, "mantra.subsystem.token"),
        "services": subsystem.services.order_by("title"),
        "gateway": f"http://{settings.HOME.app}",
    }
    return render(request, "mantra/subsystems/show.html", context)


@require_POST
def token(request: HttpRequest, id) -> HttpResponse:
    """A new token, shown in this answer and never again."""
    subsystem = reads.access_subsystem(request.actor, id)
    return _shown(request, subsystem, actions.new_token(subsystem, actor=request.actor))


@require_POST
def auth(request: HttpRequest, id) -> HttpResponse:
    """With a token, or without."""
    subsystem = reads.access_subsystem(request.actor, id)
    form = AuthForm(request.POST)
    if form.is_valid():
        chosen = form.cleaned_data["auth"]
        return done_or_said(
            request,
            lambda: actions.change_auth(subsystem, chosen, actor=request.actor),
            _("From now on programs need a token.")
            if chosen == "bearer"
            else _("From now on programs need no token."),
            "mantra:subsystem",
            subsystem.pk,
        )
    return redirect("mantra:subsystem", subsystem.pk)


@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, id) -> HttpResponse:
    """Ask, then remove a system that nothing hangs on."""
    subsystem = reads.access_subsystem(request.actor, id)
    need(request, "mantra.subsystem.remove")
    return confirm(
        request,
        lambda _reason: actions.remove_subsystem(subsystem, actor=request.actor),
        said=_("%(name)s was removed.") % {"name": subsystem.name},
        to=("mantra:subsystems",),
        title=_("Remove a system"),
        question=_("Remove %(name)s?") % {"name": subsystem.name},
        consequence=_("Its programs can no longer call the gateway. What was exchanged stays on record."),
        do=_("Remove the system"),
        keep=_("Keep it"),
        back=reverse("mantra:subsystem", args=[subsystem.pk]),
        back_label=subsystem.name,
    )
