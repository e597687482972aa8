"""The page of one's own signing key."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from pendopo.core.errors import Fault
from pendopo.ground.web import ReasonForm, confirm, form_page, need, text

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
    context = {
        "key": found,
        "may_make": found is None or reads.ends_soon(request.actor),
        "refused": text(request, Fault(refused)) if refused else "",
    }
    return form_page(request, "simaya/signing/key.html", form, context)


@require_http_methods(["GET", "POST"])
def end(request: HttpRequest) -> HttpResponse:
    """Ask why, then end the reader's key for good."""
    need(request, "simaya.key.end")
    found = reads.of(request.actor)
    if found is None:
        return redirect("simaya:key")
    return confirm(
        request,
        lambda reason: actions.revoke(found, reason, actor=request.actor),
        form=ReasonForm(
            request.POST or None,
            label=_("Why?"),
            empty=_("Write why the key ends; it stays in your agency's records"),
        ),
        said=_("Your signing key has ended."),
        to=("simaya:key",),
        title=_("End my signing key"),
        question=_("End your signing key?"),
        consequence=_(
            "Nobody can sign with it any more, and the registry revokes its certificate. What it signed "
            "stays valid. You can make another key."
        ),
        do=_("End the key"),
        keep=_("Keep it"),
        back=reverse("simaya:key"),
        back_label=_("My signing key"),
    )
