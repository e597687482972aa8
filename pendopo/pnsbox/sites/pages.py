"""Pages of the network, its sites and its addresses."""

from django.contrib import messages
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from pendopo.core.boxconfig import ZONE
from pendopo.core.errors import Fault
from pendopo.ground.web import confirm, form_page, may, need, page_of, text
from pendopo.pnsbox.publish.compiling import gateways

from . import actions, plan, reads
from .forms import HostForm, NetworkForm, SiteEditForm, SiteForm, fields_of
from .models import Block, Host, Site


@require_http_methods(["GET", "POST"])
def new_network(request: HttpRequest) -> HttpResponse:
    """A network of the agency."""
    need(request, "pnsbox.network.create")
    form = NetworkForm(request.POST or None)
    if form.is_valid():
        said = form.cleaned_data
        urls = [said.pop("url")]
        try:
            actions.create_network(**said, urls=urls, actor=request.actor)
        except Fault as fault:
            form.add_error(
                fields_of(fault, label="code", network_taken="code", url="url"), text(request, fault)
            )
        else:
            messages.success(request, _("The network is drawn. Now add its sites."))
            return redirect("pnsbox:sites")
    return form_page(request, "pnsbox/sites/network.html", form)


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """The sites, and how the box of each is."""
    need(request, "pnsbox.site.view")
    page, now = page_of(request, reads.sites(request.actor)), timezone.now()
    rows = [(site, reads.health_of(reads.box_at(site), now)) for site in page]
    network = reads.network_of(request.actor)
    context = {"page": page, "rows": rows, "network": network, "may_add": network is not None}
    return render(request, "pnsbox/sites/index.html", context)


@require_GET
def addresses(request: HttpRequest) -> HttpResponse:
    """The address plan: what is whose, and how much is left."""
    need(request, "pnsbox.network.view")
    if (network := reads.network_of(request.actor)) is None:
        return redirect("pnsbox:home")
    blocks = list(Block.objects.filter(network=network).select_related("site").order_by("cidr"))
    context = {
        "network": network,
        "used": reads.used(network, blocks),
        "page": page_of(request, [one for one in blocks if one.site]),
        "resting": [(one, one.rests_since + plan.REST) for one in blocks if not one.site],
    }
    return render(request, "pnsbox/sites/addresses.html", context)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A new site; its networks are planned."""
    need(request, "pnsbox.site.add")
    if (network := reads.network_of(request.actor)) is None:
        return redirect("pnsbox:home")
    form = SiteForm(request.POST or None)
    if form.is_valid():
        try:
            site = actions.add_site(network, **form.cleaned_data, actor=request.actor)
        except Fault as fault:
            at = fields_of(
                fault, label="code", site_name="name", site_taken="name", groups="groups",
                group_taken="groups", machines="machines", pool="machines", device="wan", endpoint="endpoint",
            )  # fmt: skip
            form.add_error(at, text(request, fault))
        else:
            messages.success(request, _("The site is drawn, with addresses of its own."))
            return redirect("pnsbox:site", site.pk)
    return form_page(request, "pnsbox/sites/new.html", form, {"network": network})


@require_GET
def show(request: HttpRequest, id) -> HttpResponse:
    """One site: its addresses, lines, named machines, and its box."""
    site = reads.access_site(request.actor, id)
    prefetch_related_objects([site], "blocks")
    boxes = list(site.boxes.order_by("-number"))
    box = next((one for one in boxes if one.state in reads.STANDING), boxes[0] if boxes else None)
    context = {
        "site": site,
        "box": box,
        "health": reads.health_of(box, timezone.now()),
        "lines": site.lines.all(),
        "hosts": site.hosts.all(),
        "zone": f"{site.code}.{site.network.code}.{ZONE}",
        "gateways": [one.ip for one in gateways(site)],
        "may_change": may(request.actor, "pnsbox.site.edit") and site.agency == request.actor.agency,
    }
    return render(request, "pnsbox/sites/show.html", context)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, id) -> HttpResponse:
    """Another name, place or other groups."""
    site = _own(request, id, "pnsbox.site.edit")
    initial = {name: getattr(site, name) for name in ("name", "place", "lan", "relays")}
    initial["groups"] = ", ".join(site.groups)
    form = SiteEditForm(request.POST or None, initial=initial)
    if form.is_valid():
        try:
            actions.edit_site(site, **form.cleaned_data, actor=request.actor)
        except Fault as fault:
            names = {"site_name": "name", "site_taken": "name", "device": "lan", "relay_address": "relays"}
            at = fields_of(fault, **names) or "groups"
            form.add_error(at, text(request, fault))
        else:
            messages.success(request, _("The site is kept."))
            return redirect("pnsbox:site", site.pk)
    return form_page(request, "pnsbox/sites/edit.html", form, {"site": site})


@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, id) -> HttpResponse:
    """Ask, then remove a site."""
    site = _own(request, id, "pnsbox.site.remove")
    return confirm(
        request,
        lambda _reason: actions.remove_site(site, actor=request.actor),
        said=_("%(name)s was removed.") % {"name": site.name},
        to=("pnsbox:sites",),
        title=_("Remove a site"),
        question=_("Remove %(name)s?") % {"name": site.name},
        consequence=_(
            "Its box is refused by all others at once, also when it is somewhere else. Its addresses rest "
            "for 30 days."
        ),
        do=_("Remove the site"),
        keep=_("Keep it"),
        back=reverse("pnsbox:site", args=[site.pk]),
        back_label=site.name,
    )


@require_http_methods(["GET", "POST"])
def name_host(request: HttpRequest, id) -> HttpResponse:
    """A machine of the site gets a name."""
    site = _own(request, id, "pnsbox.host.edit")
    form = HostForm(request.POST or None)
    if form.is_valid():
        try:
            actions.name_host(site, **form.cleaned_data, actor=request.actor)
        except Fault as fault:
            form.add_error(fields_of(fault, host_outside="address") or "name", text(request, fault))
        else:
            messages.success(request, _("The machine has its name."))
            return redirect("pnsbox:site", site.pk)
    context = {"site": site, "zone": f"{site.code}.{site.network.code}.{ZONE}", "blocks": site.blocks.all()}
    return form_page(request, "pnsbox/sites/host.html", form, context)


@require_http_methods(["GET", "POST"])
def forget_host(request: HttpRequest, id) -> HttpResponse:
    """Ask, then take a name away."""
    found = reads.access_site(request.actor, reads.place_of(Host, id), to_change=True)
    need(request, "pnsbox.host.edit")
    host = found.hosts.get(pk=id)
    back = reverse("pnsbox:site", args=[found.pk])
    return confirm(
        request,
        lambda _reason: actions.forget_host(host, actor=request.actor),
        said=_("%(name)s stands for nothing any more.") % {"name": host.name},
        to=("pnsbox:site", found.pk),
        title=_("Take a name away"),
        question=_("Take the name %(name)s away?") % {"name": host.name},
        consequence=_("Whoever asks for the machine by this name no longer finds it. The machine stays."),
        do=_("Take the name away"),
        keep=_("Keep it"),
        back=back,
        back_label=found.name,
    )


def _own(request: HttpRequest, id, act: str) -> Site:
    """A site to change: the actor runs its network, and may do `act`."""
    site = reads.access_site(request.actor, id, to_change=True)
    need(request, act)
    request.menu_path = reverse("pnsbox:sites")
    return site
