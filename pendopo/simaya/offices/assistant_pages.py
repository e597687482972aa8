"""Pages on which the holder of a post names and ends who prepares for it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from pendopo.core.errors import Fault
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.directory.models import Person, Position
from pendopo.ground.directory.rules import today
from pendopo.ground.web import confirm, form_page, need, text
from pendopo.simaya import acts

from . import assistants
from .forms import AssistantForm
from .models import Assistant


@require_http_methods(["GET", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """The assistants of the reader's posts, and one more; an administrator looks after all posts."""
    need(request, assistants.EDIT)
    actor, posts = request.actor, _posts(request.actor)
    day = today(actor.agency.zone, timezone.now())
    people = Person.objects.filter(agency=actor.agency, account__isnull=False).exclude(
        pk=actor.person and actor.person.pk
    )
    form = AssistantForm(request.POST or None, posts=posts, people=people, day=day)
    if form.is_valid():
        said = form.cleaned_data
        end = said["last"] and said["last"] + timedelta(days=1)
        try:
            assistants.name(said["position"], said["person"], start=said["start"], end=end, actor=actor)
        except Fault as fault:
            form.add_error(None, text(request, fault))
        else:
            messages.success(request, _("%(name)s prepares for the post.") % {"name": said["person"]})
            return redirect("simaya:assistants")
    context = {"rows": _named(actor).select_related("position", "person"), "day": day}
    return form_page(request, "simaya/offices/assistants.html", form, context)


@require_http_methods(["GET", "POST"])
def end(request: HttpRequest, id: UUID) -> HttpResponse:
    """Ask, then end it from today."""
    need(request, assistants.EDIT)
    found = _named(request.actor).select_related("position__unit", "person").filter(pk=id).first()
    if found is None:
        raise Http404
    request.menu_path = back = reverse("simaya:assistants")
    words = {"name": found.person, "post": found.position}
    return confirm(
        request,
        lambda _reason: assistants.end(found, actor=request.actor),
        said=_("%(name)s no longer prepares for the post.") % words,
        to=("simaya:assistants",),
        title=_("End an assistance"),
        question=_("Shall %(name)s no longer prepare for %(post)s?") % words,
        consequence=_("From now on the letters of the post are closed to this person. Drafts stay."),
        do=_("End the assistance"),
        keep=_("Keep it"),
        back=back,
        back_label=_("Assistants"),
    )


def _posts(actor: Actor) -> QuerySet[Position]:
    """The posts whose assistants the actor may name: all of the agency, or those held today."""
    rows = Position.objects.filter(unit__agency=actor.agency).select_related("unit__agency")
    if acts.ADMINISTRATOR in actor.roles("simaya"):
        return rows
    return rows.filter(pk__in=[one.position_id for one in actor.posts])


def _named(actor: Actor) -> QuerySet[Assistant]:
    """Their assistants of today and of days to come."""
    day = today(actor.agency.zone, timezone.now())
    coming = Q(valid__contains=day) | Q(valid__startswith__gt=day)
    return Assistant.objects.filter(coming, position__in=_posts(actor), agency=actor.agency)
