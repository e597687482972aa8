"""The catalogue of all nodes: finding a service, reading its description, asking for access."""

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods

from pendopo.core.errors import Fault
from pendopo.core.openapi import openapi as openapi_of
from pendopo.ground.web import form_page, may, need, page_of, text

from ..agreements import rules
from ..agreements.actions import send_request
from ..agreements.reads import of_service
from ..signing import body
from ..subsystems.models import Subsystem
from . import reads
from . import show as words
from .pages import openapi_download

LONGEST = 5 * 366  # days that one may ask for


class RequestForm(forms.Form):
    """What is asked, why, how much, until when, for which system."""

    columns = forms.MultipleChoiceField(
        label=gettext_lazy("Which columns do you need?"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one column")},
    )
    subsystem = forms.ChoiceField(
        label=gettext_lazy("For which of your systems?"),
        error_messages={"required": gettext_lazy("Choose the system that will ask")},
    )
    basis_kind = forms.CharField(
        label=gettext_lazy("Kind of legal basis"),
        max_length=60,
        initial="PKS",
        help_text=gettext_lazy("PKS, Perda, Perpres …"),
        error_messages={"required": gettext_lazy("Enter the kind of document, such as PKS")},
    )
    basis_no = forms.CharField(
        label=gettext_lazy("Its number"),
        max_length=120,
        error_messages={"required": gettext_lazy("Enter the document's number, such as 14/PJ/2026")},
    )
    basis_date = forms.DateField(
        label=gettext_lazy("Its date"),
        widget=forms.DateInput,
        error_messages={name: gettext_lazy("Enter the document's date") for name in ("required", "invalid")},
    )
    purposes = forms.CharField(
        label=gettext_lazy("Purpose codes"),
        max_length=300,
        help_text=gettext_lazy("Letters, digits and hyphens, such as TJ-04; comma between several"),
        error_messages={"required": gettext_lazy("Enter at least one purpose code, such as TJ-04")},
        widget=forms.TextInput(attrs={"class": "mono", "spellcheck": "false"}),
    )
    note = forms.CharField(
        label=gettext_lazy("What the data is for"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": gettext_lazy("Say in one sentence what the data is for")},
    )
    per_day = forms.IntegerField(
        label=gettext_lazy("Calls a day, at most"),
        min_value=1,
        max_value=100_000_000,
        initial=1000,
        error_messages={
            name: gettext_lazy("Enter a number above 0") for name in ("required", "invalid", "min_value")
        },
    )
    until = forms.DateField(
        label=gettext_lazy("Until when"),
        widget=forms.DateInput,
        error_messages={name: gettext_lazy("Enter the last day") for name in ("required", "invalid")},
    )

    def __init__(self, *args, definition: dict, subsystems: list[Subsystem], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["columns"].choices = [
            (column["name"], column["title"]) for column in definition["columns"]
        ]
        self.subsystems = {str(one.pk): one for one in subsystems}
        self.fields["subsystem"].choices = [
            (key, f"{one.name} ({one.code})") for key, one in self.subsystems.items()
        ]

    def clean_purposes(self) -> list[str]:
        codes = [code.strip() for code in self.cleaned_data["purposes"].split(",") if code.strip()]
        if not codes or not all(map(rules.is_purpose, codes)):
            raise ValidationError(_("Use letters, digits, hyphens and full stops only, such as TJ-04"))
        return list(dict.fromkeys(codes))

    def clean_until(self):
        until, today = self.cleaned_data["until"], rules.today()
        if until < today:
            raise ValidationError(_("This day has passed"))
        if until > today + timedelta(days=LONGEST):
            raise ValidationError(_("Ask for five years at most, and ask again then"))
        return until


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """All services of all nodes; search as one types."""
    need(request, "mantra.catalogue.view")
    query = request.GET.get("q", "")[:100]
    trouble, found = "", []
    try:
        found = reads.catalogue(request.actor, request.LANGUAGE_CODE, query)
    except Fault as fault:
        trouble = text(request, fault)
    count = ngettext("%d service", "%d services", len(found)) % len(found)
    context = {"page": page_of(request, found), "q": query, "trouble": trouble, "count": count}
    template = "mantra/catalogue/found.html" if request.htmx else "mantra/catalogue/index.html"
    return render(request, template, context)


def _listed(request: HttpRequest, parts: dict) -> reads.Listed:
    """The service of the address, if the catalogue has it."""
    need(request, "mantra.catalogue.view")
    service = "/".join(parts[name] for name in ("instance", "cls", "agency", "subsystem", "code"))
    try:
        found = reads.listed(request.actor, request.LANGUAGE_CODE, service)
    except Fault:
        found = None
    if found is None:
        raise Http404
    return found


def _address(listed: reads.Listed, page: str = "listed") -> str:
    return reverse(f"mantra:{page}", args=listed.path.split("/"))


@require_GET
def show(request: HttpRequest, **parts: str) -> HttpResponse:
    """One service as its provider describes it, fetched from there by a signed exchange."""
    listed = _listed(request, parts)
    context: dict = {
        "listed": listed,
        "may_ask": may(request.actor, "mantra.request.send") and not listed.own,
    }
    try:
        definition = body(reads.describe(listed, request.actor))
    except Fault as fault:
        return render(request, "mantra/catalogue/show.html", context | {"trouble": text(request, fault)})
    context |= {
        "definition": definition,
        "columns": words.columns(definition),
        "rows": words.filters(definition["row_filter"], definition),
        "ask": _address(listed, "ask"),
        "openapi": _address(listed, "listed-openapi-file"),
        "ours": of_service(request.actor, listed.path),
    }
    return render(request, "mantra/catalogue/show.html", context)


@require_GET
def openapi_file(request: HttpRequest, **parts: str) -> HttpResponse:
    """The OpenAPI description of another agency's service as a file."""
    listed = _listed(request, parts)
    try:
        definition = body(reads.describe(listed, request.actor))
    except Fault as fault:
        messages.error(request, text(request, fault))
        return redirect(_address(listed))
    return openapi_download(openapi_of(definition, request.LANGUAGE_CODE), listed.id.code)


@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, **parts: str) -> HttpResponse:
    """Ask for access: signed, and sent to the provider."""
    listed = _listed(request, parts)
    need(request, "mantra.request.send")
    if listed.own:
        return redirect(_address(listed))
    try:
        document = reads.describe(listed, request.actor)
    except Fault as fault:
        messages.error(request, text(request, fault))
        return redirect(_address(listed))
    definition = body(document)
    subsystems = list(Subsystem.objects.filter(agency=request.actor.agency).select_related("agency"))
    form = RequestForm(
        request.POST or None,
        definition=definition,
        subsystems=subsystems,
        initial={"subsystem": str(subsystems[0].pk) if subsystems else ""},
    )
    if form.is_valid():
        data = form.cleaned_data
        try:
            made = send_request(
                document,
                subsystem=form.subsystems[data["subsystem"]],
                columns=data["columns"],
                per_day=data["per_day"],
                until=data["until"],
                purposes=data["purposes"],
                basis={
                    "kind": data["basis_kind"],
                    "no": data["basis_no"],
                    "date": data["basis_date"].isoformat(),
                },
                note=data["note"],
                peer_name=listed.agency,
                actor=request.actor,
            )
        except Fault as fault:
            form.add_error(None, text(request, fault))
        else:
            messages.success(
                request, _("The request is on its way to %(agency)s.") % {"agency": listed.agency}
            )
            return redirect("mantra:asked", made.pk)
    context = {
        "listed": listed,
        "columns": words.columns(definition),
        "picked": form["columns"].value() or [],
        "no_system": not subsystems,
        "may_add": may(request.actor, "mantra.subsystem.create"),
        "back": _address(listed),
    }
    return form_page(request, "mantra/catalogue/ask.html", form, context)
