"""The page of one's own signing key."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from pendopo.core.errors import Fault
from pendopo.ground.web import form_page, need, text

from . import actions, reads
from .forms import KeyForm


@sensitive_post_parameters("passphrase", "again")
@require_http_methods(["GET", "POST"])
def key(request: HttpRequest) -> HttpResponse:
    """The reader's key: make it, wait for its certificate, see until when it can sign."""
    need(request, "simaya.key.make")
    form = KeyForm(request.POST or None)
    if form.is_valid():
        try:
            actions.make_key(form.cleaned_data["passphrase"], actor=request.actor)
        except Fault as fault:
            form.add_error(None, text(request, fault))
        else:
            return redirect("simaya:key")
    found, refused = reads.of(request.actor), reads.refusal(request.actor)
    context = {"key": found, "refused": text(request, Fault(refused)) if refused and not found else ""}
    return form_page(request, "simaya/signing/key.html", form, context)
