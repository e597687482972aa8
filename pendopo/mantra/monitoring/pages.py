"""Oversight: every exchange of the agency, and evidence of any of them."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from pendopo.core.errors import Fault
from pendopo.ground.web import LAST_DAY, form_page, may, need, page_of, text

from . import actions, reads


class DayInput(forms.DateInput):
    """A day, in a line of filters."""

    input_type = "date"

    def __init__(self):
        super().__init__(attrs={"class": "form-control"}, format="%Y-%m-%d")


class FilterForm(forms.Form):
    """Which transactions to show."""

    show = forms.ChoiceField(
        label=_("Show"),
        required=False,
        widget=forms.Select(attrs={"class": "form-select"}),
        choices=[
            ("", _("All data exchanges")),
            ("out", _("Left this agency")),
            ("in", _("Came to this agency")),
            ("refused", _("Refused")),
            ("deliveries", _("Documents between agencies")),
        ],
    )
    q = forms.CharField(
        label=_("Agency, service or exchange"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"class": "form-control", "type": "search"}),
    )
    since = forms.DateField(label=_("From"), required=False, widget=DayInput)
    until = forms.DateField(label=_("Until"), required=False, widget=DayInput, validators=[LAST_DAY])


class EvidenceForm(forms.Form):
    """Of which exchange."""

    exchange = forms.CharField(
        label=_("Exchange id"),
        max_length=64,
        help_text=_("The X-Pendopo-Exchange or error detail a program got, or from the list of transactions"),
        error_messages={"required": _("Enter the exchange's id")},
        widget=forms.TextInput(attrs={"class": "mono", "spellcheck": "false"}),
    )


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """All exchanges and refusals of the agency, newest first."""
    need(request, "mantra.transaction.view")
    form = FilterForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    rows = reads.transactions(
        request.actor,
        show=asked.get("show", ""),
        query=asked.get("q", ""),
        since=asked.get("since"),
        until=asked.get("until"),
    )
    context = {"form": form, "page": page_of(request, rows)}
    template = "mantra/monitoring/found.html" if request.htmx else "mantra/monitoring/index.html"
    return render(request, template, context)


@require_GET
def show(request: HttpRequest, id) -> HttpResponse:
    """One exchange: who, what, under which agreement, what came of it."""
    row = reads.access_transaction(request.actor, id)
    context = {
        "row": row,
        "agreement": reads.agreement_of(row),
        "may_evidence": may(request.actor, "mantra.evidence.download"),
    }
    return render(request, "mantra/monitoring/show.html", context)


@require_http_methods(["GET", "POST"])
def evidence(request: HttpRequest) -> HttpResponse:
    """One file that proves an exchange to whoever holds the trust anchor."""
    need(request, "mantra.evidence.download")
    form = EvidenceForm(request.POST or None, initial={"exchange": request.GET.get("exchange", "")})
    if form.is_valid():
        exchange = form.cleaned_data["exchange"].strip()
        try:
            raw = actions.download_evidence(exchange, actor=request.actor)
        except Fault as fault:
            form.add_error("exchange", text(request, fault))
        else:
            response = HttpResponse(raw, content_type="application/vnd.pendopo.evidence+json")
            response["Content-Disposition"] = f'attachment; filename="bukti-{exchange}.json"'
            return response
    return form_page(request, "mantra/monitoring/evidence.html", form)
