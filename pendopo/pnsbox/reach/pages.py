"""Pages of the policy: rules in names, what a change cuts, the matrix, and why somebody gets through."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from pendopo.core.errors import Fault
from pendopo.ground.web import confirm, done_or_said, form_page, may, need, page_of, text
from pendopo.pnsbox.door import door
from pendopo.pnsbox.publish.around import service as plain_service
from pendopo.pnsbox.sites import reads as sites
from pendopo.pnsbox.sites.forms import fields_of
from pendopo.pnsbox.sites.models import Network

from . import actions, changes, reads
from .forms import RuleForm, ServiceForm, WhyForm
from .models import Rule, Service

SHOWN = 30  # of what a change cuts or opens, by name; of the rest how many


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """The rules, in order."""
    network = _network(request)
    page = page_of(request, Rule.objects.filter(network=network).order_by("number"))
    context = {"page": page, "network": network, "has_services": network.services.exists()}
    return render(request, "pnsbox/reach/index.html", context)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A new rule: first what it opens, then it is kept."""
    network = _network(request)
    need(request, "pnsbox.rule.add")
    if not network.services.exists():
        messages.error(request, _("Write down a service first: rules name them."))
        return redirect("pnsbox:services")
    request.menu_path = reverse("pnsbox:policy")
    return _written(request, network, None)


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, id) -> HttpResponse:
    """Another text for a rule: first what it cuts and opens, then it is kept."""
    rule = _rule(request, id)
    need(request, "pnsbox.rule.change")
    return _written(request, rule.network, rule)


def _written(request: HttpRequest, network: Network, rule: Rule | None) -> HttpResponse:
    form = RuleForm(request.POST or None, network=network, rule=rule)
    told = None
    if form.is_valid():
        said = form.cleaned_data
        try:
            if "save" in request.POST:
                if rule is None:
                    actions.add_rule(network, **said, actor=request.actor)
                else:
                    actions.change_rule(rule, **said, actor=request.actor)
                messages.success(request, _("The rule is in force."))
                return redirect("pnsbox:policy")
            told = _told(changes.of_rule(network, rule, changes.draft(network, rule, **said)))
        except Fault as fault:
            form.add_error(None, text(request, fault))
    context = {"rule": rule, "told": told, "names": _names(network)}
    return form_page(request, "pnsbox/reach/rule.html", form, context)


@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, id) -> HttpResponse:
    """What it cuts; then the rule is withdrawn."""
    rule = _rule(request, id)
    need(request, "pnsbox.rule.remove")
    if request.method == "POST":
        return done_or_said(
            request,
            lambda: actions.remove_rule(rule, actor=request.actor),
            _("Rule %(number)d is withdrawn.") % {"number": rule.number},
            "pnsbox:policy",
        )
    context = {"rule": rule, "told": _told(changes.of_rule(rule.network, rule, None))}
    return render(request, "pnsbox/reach/withdraw.html", context)


@require_http_methods(["GET", "POST"])
def services(request: HttpRequest) -> HttpResponse:
    """The services that rules may name, and one more."""
    network = _network(request)
    need(request, "pnsbox.service.edit")
    form = ServiceForm(request.POST or None)
    if form.is_valid():
        try:
            actions.keep_service(network, **form.cleaned_data, actor=request.actor)
        except Fault as fault:
            form.add_error(fields_of(fault, ports="ports") or "name", text(request, fault))
        else:
            messages.success(request, _("The service is kept."))
            return redirect("pnsbox:services")
    context = {"services": network.services.all(), "network": network}
    return form_page(request, "pnsbox/reach/services.html", form, context)


@require_http_methods(["GET", "POST"])
def remove_service(request: HttpRequest, id) -> HttpResponse:
    """Ask, then remove a service that no rule names."""
    found = door(Service.objects.select_related("network__agency"), request.actor, id)
    need(request, "pnsbox.service.edit")
    return confirm(
        request,
        lambda _reason: actions.remove_service(found, actor=request.actor),
        said=_("%(name)s was removed.") % {"name": found.name},
        to=("pnsbox:services",),
        title=_("Remove a service"),
        question=_("Remove %(name)s?") % {"name": found.name},
        consequence=_("No rule can name it any more."),
        do=_("Remove the service"),
        keep=_("Keep it"),
        back=reverse("pnsbox:services"),
        back_label=_("Services"),
    )


@require_GET
def matrix(request: HttpRequest) -> HttpResponse:
    """Who reaches what, as a table."""
    network = _network(request)
    request.menu_path = reverse("pnsbox:policy")
    found = reads.matrix(network)
    context = {"network": network}
    context |= {"page": page_of(request, found)} if isinstance(found, list) else {"matrix": found}
    return render(request, "pnsbox/reach/matrix.html", context)


@require_GET
def why(request: HttpRequest) -> HttpResponse:
    """Why one site reaches a service of another, or does not: asked by the officer, or of an own site."""
    need(request, "pnsbox.site.view")
    if (network := sites.network_with(request.actor)) is None:
        return redirect("pnsbox:home")
    known = {site.code: site for site in network.sites.select_related("network")}
    officer = network.agency_id == request.actor.agency.pk and may(request.actor, "pnsbox.network.view")
    own = None if officer else {site.code for site in known.values() if site.of_id == request.actor.agency.pk}
    form = WhyForm(request.GET or None, sites=known, network=network, own=own)
    answer = None
    if form.is_valid():
        source, destination = form.cleaned_data["source"], form.cleaned_data["destination"]
        asked = network.services.get(name=form.cleaned_data["service"])
        lets, near = changes.why(source, destination, plain_service(asked))
        answer = {"source": source, "destination": destination, "service": asked, "lets": lets, "near": near}
        answer["ended"] = None if lets else changes.ended(source, destination, asked.name)
        answer["off"] = [
            site
            for site in (source, destination)
            if sites.health_of_site(site) not in ("sound", "behind", "undone")
        ]
    shown = known.values() if own is None else [site for site in known.values() if site.code in own]
    context = {"answer": answer, "sites": shown, "officer": officer}
    return form_page(request, "pnsbox/reach/why.html", form, context)


def _network(request: HttpRequest) -> Network:
    """The actor's network, for who may see its policy."""
    need(request, "pnsbox.network.view")
    if (network := sites.network_of(request.actor)) is None:
        raise Http404
    return network


def _rule(request: HttpRequest, id) -> Rule:
    rule = door(Rule.objects.select_related("network__agency").defer("network__deny"), request.actor, id)
    request.menu_path = reverse("pnsbox:policy")
    return rule


def _names(network: Network) -> list[str]:
    """Names that rules may use besides those of single sites, with `all`."""
    found = {name for names in network.sites.values_list("names", flat=True) for name in names}
    return ["all", *sorted(found)]


def _told(change: changes.Change) -> dict:
    """What a change does, in the names of sites."""

    def named(found):
        return [
            (change.sites[source].name, change.sites[destination].name, service)
            for source, destination, service in found[:SHOWN]
        ]

    return {
        "cuts": named(change.cuts),
        "more_cuts": max(0, len(change.cuts) - SHOWN),
        "opens": named(change.opens),
        "more_opens": max(0, len(change.opens) - SHOWN),
        "cut": len(change.cuts),
        "opened": len(change.opens),
    }
