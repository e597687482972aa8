"""One's own mailbox: that it is there, and how mail programs reach it."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from pendopo.core.errors import Fault
from pendopo.ground.web import confirm, form_page, text
from pendopo.pnsmail.clients import rules as clients
from pendopo.pnsmail.clients.pages import title
from pendopo.pnsmail.service import servers

from . import actions, reads
from .forms import LabelForm
from .models import AppPassword, Mailbox


def _own(request: HttpRequest) -> Mailbox | None:
    """The reader's mailbox; an account without a person has none and never will."""
    if request.actor.person is None:
        raise Http404
    return reads.own(request.actor)


@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Address, size, the passwords of mail programs, and what they need to know."""
    mailbox = _own(request)
    if mailbox is None:
        return redirect("pnsmail:choose")
    context = {"mailbox": mailbox, "passwords": mailbox.app_passwords.all(), "servers": servers()}
    return render(request, "pnsmail/mailboxes/account.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def password_new(request: HttpRequest) -> HttpResponse:
    """Names the program; the answer shows its password, the only time."""
    mailbox = _own(request)
    if mailbox is None:
        return redirect("pnsmail:choose")
    request.menu_path = reverse("pnsmail:account")
    form = LabelForm(request.POST or None)
    if form.is_valid():
        try:
            secret = actions.make_app_password(mailbox, form.cleaned_data["label"], actor=request.actor)
        except Fault as fault:
            form.add_error(None, text(request, fault))
        else:
            context = {"mailbox": mailbox, "secret": secret, "servers": servers(), **form.cleaned_data}
            return render(request, "pnsmail/mailboxes/password.html", context)
    return form_page(request, "pnsmail/mailboxes/password_new.html", form)


@require_http_methods(["GET", "POST"])
def password_end(request: HttpRequest, id: UUID) -> HttpResponse:
    """Ask, then end one's own app password."""
    rows = AppPassword.objects.select_related("mailbox__person__account")
    found = rows.filter(pk=id, mailbox__person=request.actor.person).first()
    if found is None:
        raise Http404
    request.menu_path = back = reverse("pnsmail:account")
    return confirm(
        request,
        lambda _reason: actions.end_app_password(found, actor=request.actor),
        said=_("%(program)s no longer signs in.") % {"program": found.label},
        to=("pnsmail:account",),
        title=_("End an app password"),
        question=_("End the password of “%(program)s”?") % {"program": found.label},
        consequence=_(
            "The program is disconnected and signs in no more. Your others connect again by themselves."
        ),
        do=_("End the password"),
        keep=_("Keep it"),
        back=back,
        back_label=_("Mail programs"),
    )


@require_safe
def profile(request: HttpRequest) -> HttpResponse:
    """Apple's profile of one's own account."""
    mailbox = _own(request)
    if mailbox is None:
        return redirect("pnsmail:choose")
    data = clients.mobileconfig(mailbox.address, mailbox.person.name, title(), servers())
    response = HttpResponse(data, content_type="application/x-apple-aspen-config")
    response["Content-Disposition"] = 'attachment; filename="surel.mobileconfig"'
    return response
