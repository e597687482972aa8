"""Pages of connected sources. Connecting a new one is the wizard's (services.wizard)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from pendopo.core.errors import Fault
from pendopo.ground.web import confirm, form_page, may, need, page_of, text

from ..services import reads as services
from . import actions, reads
from .forms import AddressForm

# Where a fault of the source belongs in the form; the rest concerns the form as a whole.
FIELDS = {
    "source.host_unknown": "host",
    "source.unreachable": "host",
    "source.refused": "port",
    "source.password": "password",
    "source.database_missing": "database",
    "source.no_rights": "user",
    "source.tls": "tls",
    "source.file_missing": "path",
    "source.not_database": "path",
    "source.outside": "path",
}


def address_form(request: HttpRequest, source) -> AddressForm:
    """The form as the source's address is kept, or as it was sent just now; never with the password."""
    return AddressForm(
        request.POST or None,
        kind=source.kind,
        folder=reads.folder(source),
        kept=bool(source.sealed),
        initial=reads.address_without_password(source),
    )


def connected(request: HttpRequest, form: AddressForm, source) -> bool:
    """Tries what a valid form says; False with the error at its field when the database does not answer."""
    try:
        product = actions.connect(source, form.cleaned_data, actor=request.actor)
    except Fault as fault:
        field = FIELDS.get(fault.code)
        form.add_error(field if field in form.fields else None, text(request, fault))
        return False
    messages.success(request, _("%(product)s answered.") % {"product": product})
    return True


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """The agency's sources, and those being connected."""
    need(request, "mantra.source.view")
    may_connect = may(request.actor, "mantra.source.connect")
    context = {
        "page": page_of(request, reads.sources(request.actor)),
        "drafts": services.drafts(request.actor)[:10] if may_connect else [],
        "may_connect": may_connect,
    }
    return render(request, "mantra/sources/index.html", context)


@require_GET
def show(request: HttpRequest, id) -> HttpResponse:
    """One source: where it is and which services read it."""
    source = reads.access_source(request.actor, id)
    context = {
        "source": source,
        "services": source.services.select_related("subsystem__agency").order_by("title"),
        "may_connect": may(request.actor, "mantra.source.connect"),
    }
    return render(request, "mantra/sources/show.html", context)


@require_http_methods(["GET", "POST"])
def address(request: HttpRequest, id) -> HttpResponse:
    """Another address or password for a source in use: tried before it is kept."""
    source = reads.access_source(request.actor, id)
    need(request, "mantra.source.connect")
    form = address_form(request, source)
    if form.is_valid() and connected(request, form, source):
        return redirect("mantra:source", source.pk)
    return form_page(request, "mantra/sources/address.html", form, {"source": source})


@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, id) -> HttpResponse:
    """Ask, then forget a source that no service reads."""
    source = reads.access_source(request.actor, id)
    need(request, "mantra.source.remove")
    return confirm(
        request,
        lambda _reason: actions.remove_source(source, actor=request.actor),
        said=_("%(name)s was removed.") % {"name": source},
        to=("mantra:sources",),
        title=_("Remove a source"),
        question=_("Remove %(name)s?") % {"name": source},
        consequence=_("Its address and password are forgotten. The database itself stays as it is."),
        do=_("Remove the source"),
        keep=_("Keep it"),
        back=reverse("mantra:source", args=[source.pk]),
        back_label=str(source),
    )
