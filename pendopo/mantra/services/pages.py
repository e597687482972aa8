"""Pages of the agency's own services."""

import json

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pendopo.core.openapi import openapi as openapi_of
from pendopo.ground.web import ReasonForm, confirm, done_or_said, may, need, page_of

from ..agreements.reads import users_of
from ..signing import body
from . import actions, reads, show

# Where the room opens: the first of these that the actor's roles cover.
FIRST = (
    ("mantra.request.approve", "mantra:requests"),
    ("mantra.source.connect", "mantra:services"),
    ("mantra.request.send", "mantra:catalogue"),
    ("mantra.transaction.view", "mantra:transactions"),
    ("mantra.subsystem.create", "mantra:subsystems"),
)


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The room's door: to the page of the actor's daily work."""
    for act, page in FIRST:
        if may(request.actor, act):
            return redirect(page)
    need(request, "mantra.catalogue.view")
    return redirect("mantra:catalogue")


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """The agency's services, and drafts of new ones."""
    need(request, "mantra.service.view")
    may_draft = may(request.actor, "mantra.service.draft")
    context = {
        "page": page_of(request, reads.services(request.actor)),
        "drafts": reads.drafts(request.actor)[:10] if may_draft else [],
        "may_draft": may_draft,
    }
    return render(request, "mantra/services/index.html", context)


@require_GET
def show_service(request: HttpRequest, id) -> HttpResponse:
    """One service: what it promises, where, who uses it, and whether its table still fits."""
    service = reads.access_service(request.actor, id)
    versions = list(service.versions.select_related("document"))
    definition = body(versions[0].document)
    context = {
        "service": service,
        "version": versions[0],
        "versions": versions,
        "definition": definition,
        "columns": show.columns(definition),
        "rows": show.filters(definition["row_filter"], definition),
        "users": list(users_of(request.actor, service.path)),
        "drift": show.drift(service, definition),
        "may_source": may(request.actor, "mantra.source.view"),
        "may_draft": may(request.actor, "mantra.service.draft"),
        "may_close": may(request.actor, "mantra.service.disable"),
        "may_check": may(request.actor, "mantra.service.check"),
    }
    return render(request, "mantra/services/show.html", context)


@require_GET
def openapi(request: HttpRequest, id) -> HttpResponse:
    """The OpenAPI description, to read and to download."""
    service = reads.access_service(request.actor, id)
    document = openapi_of(body(reads.latest(service).document), request.LANGUAGE_CODE)
    context = {
        "title": service.title,
        "path": service.path,
        "document": json.dumps(document, ensure_ascii=False, indent=2),
        "file": reverse("mantra:service-openapi-file", args=[service.pk]),
        "back": reverse("mantra:service", args=[service.pk]),
    }
    return render(request, "mantra/services/openapi.html", context)


@require_GET
def openapi_file(request: HttpRequest, id) -> HttpResponse:
    """The OpenAPI description as a file."""
    service = reads.access_service(request.actor, id)
    return openapi_download(
        openapi_of(body(reads.latest(service).document), request.LANGUAGE_CODE), service.code
    )


def openapi_download(document: dict, name: str) -> HttpResponse:
    """An OpenAPI document as a file to keep."""
    media = "application/vnd.oai.openapi+json;version=3.1"
    response = HttpResponse(json.dumps(document, ensure_ascii=False, indent=2), content_type=media)
    response["Content-Disposition"] = f'attachment; filename="{name}.openapi.json"'
    return response


@require_POST
def check_schema(request: HttpRequest, id) -> HttpResponse:
    """Compare the table with the promise, now."""
    service = reads.access_service(request.actor, id)
    return done_or_said(
        request,
        lambda: actions.check_schema(service, actor=request.actor),
        _("The table was read and compared."),
        "mantra:service",
        service.pk,
    )


@require_http_methods(["GET", "POST"])
def disable(request: HttpRequest, id) -> HttpResponse:
    """Ask for the words callers will get, then close the service for now."""
    service = reads.access_service(request.actor, id)
    need(request, "mantra.service.disable")
    form: forms.Form = ReasonForm(
        request.POST or None,
        label=_("What callers are told"),
        empty=_("Write what callers are told, such as until when"),
        hint=_("For instance: Pemeliharaan sampai pukul 18.00 WITA"),
    )
    return confirm(
        request,
        lambda notice: actions.disable(service, notice_text=notice[:300], actor=request.actor),
        form=form,
        said=_("%(service)s is closed for now.") % {"service": service.title},
        to=("mantra:service", service.pk),
        title=_("Close a service for now"),
        question=_("Close %(service)s for now?") % {"service": service.title},
        consequence=_("Every caller is refused with your words. Agreements stay; open it again at any time."),
        do=_("Close the service"),
        keep=_("Leave it open"),
        back=reverse("mantra:service", args=[service.pk]),
        back_label=service.title,
    )


@require_POST
def enable(request: HttpRequest, id) -> HttpResponse:
    """Open a closed service again."""
    service = reads.access_service(request.actor, id)
    return done_or_said(
        request,
        lambda: actions.enable(service, actor=request.actor),
        _("%(service)s is open again.") % {"service": service.title},
        "mantra:service",
        service.pk,
    )
