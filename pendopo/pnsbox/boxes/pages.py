"""Pages of boxes: sheets with codes, lines, how a box is, and cutting one off."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pendopo.core.errors import Fault
from pendopo.ground.web import confirm, form_page, may, need, page_of, text
from pendopo.pnsbox.door import door
from pendopo.pnsbox.health import day
from pendopo.pnsbox.sites import reads as sites
from pendopo.pnsbox.sites.forms import LineEditForm, LineForm, fields_of

from . import actions, reads
from .models import Box, Line

MOST = 100  # sheets at once


@require_GET
def waiting(request: HttpRequest) -> HttpResponse:
    """The sites whose box waits for its code: choose whose sheets to print."""
    need(request, "pnsbox.code.make")
    network = sites.network_of(request.actor)
    rows = list(sites.waiting(network)[:MOST]) if network else []
    return render(request, "pnsbox/boxes/waiting.html", {"sites": rows, "most": MOST})


@require_POST
def sheets(request: HttpRequest) -> HttpResponse:
    """Fresh codes for the chosen sites, a sheet each, shown in this answer and never again."""
    need(request, "pnsbox.code.make")
    network = sites.network_of(request.actor)
    try:
        chosen = [UUID(one) for one in request.POST.getlist("site")[:MOST]]
    except ValueError:
        raise Http404 from None
    made = []
    for id in chosen:
        site = sites.access_site(request.actor, id, to_change=True)
        try:
            made.append((site, actions.make_code(site, actor=request.actor)))
        except Fault as fault:  # of this one; the codes made for the others are shown only now
            messages.error(request, text(request, fault))
    if not made:
        if not chosen:
            messages.error(request, _("Choose at least one site."))
        return redirect("pnsbox:waiting")
    context = {"made": made, "url": network.urls[0], "days": actions.CODE_LIFE.days}
    return render(request, "pnsbox/boxes/sheets.html", context)


@require_GET
def show(request: HttpRequest, id) -> HttpResponse:
    """How one box is: what it runs, its lines and neighbours, what it can."""
    rows = Box.objects.select_related("site__of", "site__agency", "network").defer("network__deny")
    box = door(rows, request.actor, id, of="site__of")
    request.menu_path = reverse("pnsbox:sites")
    now = timezone.now()
    lines = list(box.site.lines.all()) if box.site else []
    context = {
        "box": box,
        "health": sites.health_of(box, now),
        "lines": lines,
        "silent": reads.silent_lines(box),
        "page": page_of(request, reads.peers(box, now)),
        "charts": day.charts(box, lines, now),
        "carrier": box.capabilities.get("wireguard"),
        "names": box.capabilities.get("names"),
        "may_cut": may(request.actor, "pnsbox.box.quarantine") and box.agency == request.actor.agency,
        "may_key": may(request.actor, "pnsbox.box.rekey") and box.agency == request.actor.agency,
    }
    return render(request, "pnsbox/boxes/show.html", context)


@require_http_methods(["GET", "POST"])
def new_key(request: HttpRequest, id) -> HttpResponse:
    """Ask, then have a box change its WireGuard key."""
    box = door(Box.objects.select_related("site", "network__agency"), request.actor, id)
    need(request, "pnsbox.box.rekey")
    request.menu_path = reverse("pnsbox:sites")
    return confirm(
        request,
        lambda _reason: actions.ask_for_key(box, actor=request.actor),
        said=_("The box of %(name)s changes its key as soon as it hears of it.") % {"name": box.name},
        to=("pnsbox:box", box.pk),
        title=_("Change the key of a box"),
        question=_("Give the box of %(name)s another key?") % {"name": box.name},
        consequence=_(
            "It makes the key itself, and its neighbours learn it. No connection breaks. Boxes do this every "
            "30 days by themselves; ask for it when somebody may have seen the key."
        ),
        do=_("Change the key"),
        keep=_("Keep the key"),
        back=reverse("pnsbox:box", args=[box.pk]),
        back_label=box.name,
    )


@require_http_methods(["GET", "POST"])
def quarantine(request: HttpRequest, id) -> HttpResponse:
    """Ask, then cut a box off everywhere."""
    box = door(Box.objects.select_related("site", "network__agency"), request.actor, id)
    need(request, "pnsbox.box.quarantine")
    request.menu_path = reverse("pnsbox:sites")
    back = reverse("pnsbox:box", args=[box.pk])
    return confirm(
        request,
        lambda _reason: actions.quarantine_box(box, actor=request.actor),
        said=_("The box of %(name)s is cut off: every other box refuses it.") % {"name": box.name},
        to=("pnsbox:box", box.pk),
        title=_("Cut a box off"),
        question=_("Cut the box of %(name)s off?") % {"name": box.name},
        consequence=_(
            "Every other box refuses it within seconds, and it is never let in again. The office is off the "
            "private network until another box takes its place."
        ),
        do=_("Cut the box off"),
        keep=_("Leave it in service"),
        back=back,
        back_label=box.name,
    )


@require_http_methods(["GET", "POST"])
def new_line(request: HttpRequest, id) -> HttpResponse:
    """A further line of a site."""
    site = sites.access_site(request.actor, id, to_change=True)
    need(request, "pnsbox.line.edit")
    form = LineForm(request.POST or None)
    if form.is_valid():
        said = form.cleaned_data
        try:
            actions.add_line(site, **said, actor=request.actor)
        except Fault as fault:
            at = fields_of(fault, device="interface", endpoint="endpoint") or "name"
            form.add_error(at, text(request, fault))
        else:
            messages.success(request, _("The line is kept; the box uses it after those before."))
            return redirect("pnsbox:site", site.pk)
    return form_page(request, "pnsbox/boxes/line.html", form, {"site": site})


@require_http_methods(["GET", "POST"])
def edit_line(request: HttpRequest, id) -> HttpResponse:
    """Another interface, address, provider or person for a line."""
    site = sites.access_site(request.actor, sites.place_of(Line, id), to_change=True)
    need(request, "pnsbox.line.edit")
    request.menu_path = reverse("pnsbox:sites")
    line = site.lines.get(pk=id)
    initial = {
        name: getattr(line, name) for name in ("interface", "gateway", "endpoint", "isp", "phone", "metered")
    }
    form = LineEditForm(request.POST or None, initial=initial)
    if form.is_valid():
        try:
            actions.edit_line(line, **form.cleaned_data, actor=request.actor)
        except Fault as fault:
            at = fields_of(fault, endpoint="endpoint") or "interface"
            form.add_error(at, text(request, fault))
        else:
            messages.success(request, _("The line is kept."))
            return redirect("pnsbox:site", site.pk)
    return form_page(request, "pnsbox/boxes/line.html", form, {"site": site, "line": line})


@require_http_methods(["GET", "POST"])
def remove_line(request: HttpRequest, id) -> HttpResponse:
    """Ask, then remove a line."""
    site = sites.access_site(request.actor, sites.place_of(Line, id), to_change=True)
    need(request, "pnsbox.line.edit")
    line = site.lines.get(pk=id)
    request.menu_path = reverse("pnsbox:sites")
    back = reverse("pnsbox:site", args=[site.pk])
    return confirm(
        request,
        lambda _reason: actions.remove_line(line, actor=request.actor),
        said=_("The line %(name)s was removed.") % {"name": line.name},
        to=("pnsbox:site", site.pk),
        title=_("Remove a line"),
        question=_("Remove the line %(name)s?") % {"name": line.name},
        consequence=_("The box no longer uses it, nor do others call it there."),
        do=_("Remove the line"),
        keep=_("Keep it"),
        back=back,
        back_label=site.name,
    )
