"""The administrator's pages: sheets for people without a mailbox, and the agency's mailboxes."""

from datetime import UTC, datetime
from uuid import UUID

import segno
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pendopo.core.errors import Fault
from pendopo.ground.accounts.door import access
from pendopo.ground.directory.models import Person
from pendopo.ground.web import ReasonForm, confirm, done_or_said, form_page, may, need, page_of, text

from . import actions, invitations, reads
from .forms import ClassForm, FilterForm
from .models import Mailbox

MOST_SHEETS = 500  # at once: more are another stack of paper


@never_cache
@require_http_methods(["GET", "POST"])
def people(request: HttpRequest) -> HttpResponse:
    """People without a mailbox; the answer to the press are their sheets, and nothing of the codes stays."""
    need(request, "pnsmail.person.invite")
    need(request, "accounts.account.create")
    q = request.GET.get("q", "").strip()[:80]
    rows = invitations.waiting(request.actor.agency, q)
    if request.method == "POST":
        return _sheets(request, rows)
    return _people(request, rows, q)


def _people(request: HttpRequest, rows, q: str, error: str = "") -> HttpResponse:
    page = page_of(request, rows)
    context = {
        "page": page,
        "q": q,
        "rows": [(person, invitations.number_of(person)) for person in page],
        "seen": f"{timezone.now():%Y-%m-%dT%H:%M:%S.%f}",
        "most": MOST_SHEETS,
        "error": error,
        "failed": bool(error),
    }
    return render(request, "pnsmail/mailboxes/people.html", context, status=422 if error else 200)


def _sheets(request: HttpRequest, rows) -> HttpResponse:
    chosen = rows.exclude(birth=None)
    if request.POST.get("do") == "all":
        chosen = list(chosen[:MOST_SHEETS])
    else:
        chosen = _picked(request, chosen)
        if not chosen:
            return _people(request, rows, "", _("Choose at least one person."))
    seen = _seen(request)
    fresh = [person for person in chosen if not invitations.made_since(person, seen)]
    if chosen and not fresh:
        messages.info(request, _("These sheets were made a moment ago, and the codes are shown only once."))
        return redirect("pnsmail:people")
    sheets, left = invitations.invite(fresh, actor=request.actor)
    address = settings.HOME.url + reverse("pnsmail:activate")
    context = {
        "sheets": sheets,
        "left": left,
        "address": address,
        "sign_in": settings.HOME.url + reverse("pnsmail:home"),
        "qr": segno.make(address, error="m", micro=False).svg_data_uri(scale=4, border=2, xmldecl=False),
    }
    return render(request, "pnsmail/mailboxes/sheets.html", context)


def _picked(request: HttpRequest, rows) -> list[Person]:
    """The people named by the form; Http404 where one is nobody of `rows`."""
    try:
        wanted = {UUID(one) for one in request.POST.getlist("person")}
    except ValueError:
        raise Http404 from None
    found = list(rows.filter(pk__in=wanted))
    if len(found) != len(wanted):
        raise Http404
    return found


def _seen(request: HttpRequest) -> datetime:
    """When the page with the list was made."""
    try:
        return datetime.fromisoformat(request.POST.get("seen", "")).replace(tzinfo=UTC)
    except ValueError:
        return timezone.now()


@require_safe
def mailboxes(request: HttpRequest) -> HttpResponse:
    """The agency's mailboxes, by name, state and size."""
    need(request, "pnsmail.read")
    form = FilterForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    rows = reads.of_agency(
        request.actor.agency, asked.get("q", ""), asked.get("state", ""), asked.get("size", "")
    )
    context = {"filter": form, "page": page_of(request, rows), "asked": any(asked.values())}
    return render(request, "pnsmail/mailboxes/list.html", context)


def _mailbox(request: HttpRequest, id: UUID, act: str) -> Mailbox:
    request.menu_path = reverse("pnsmail:mailboxes")
    return access(request.actor, Mailbox.objects.select_related("person__account"), id, act)


@require_http_methods(["GET", "POST"])
def mailbox(request: HttpRequest, id: UUID) -> HttpResponse:
    """One mailbox: whose it is, how it stands, and how much it may keep."""
    writing = request.method == "POST"
    found = _mailbox(request, id, "pnsmail.mailbox.class" if writing else "pnsmail.read")
    form = ClassForm(request.POST or None, initial={"size": found.quota_class})
    if form.is_valid():
        try:
            actions.set_class(found, form.cleaned_data["size"], actor=request.actor)
        except Fault as fault:
            form.add_error("size", text(request, fault))
        else:
            messages.success(request, _("The new size holds from now on."))
            return redirect("pnsmail:mailbox", id)
    context = {
        "mailbox": found,
        "programs": found.app_passwords.count(),
        "directory": may(request.actor, "directory.read"),
    }
    return form_page(request, "pnsmail/mailboxes/mailbox.html", form, context)


@require_http_methods(["GET", "POST"])
def hold(request: HttpRequest, id: UUID) -> HttpResponse:
    """Ask why, then hold."""
    found = _mailbox(request, id, "pnsmail.mailbox.hold")
    form = ReasonForm(
        request.POST or None,
        label=_("Why?"),
        empty=_("Write why the mailbox is held; it stays in your agency's records"),
    )
    return confirm(
        request,
        lambda reason: actions.hold(found, reason, actor=request.actor),
        form=form,
        said=_("%(address)s is held.") % {"address": found.address},
        to=("pnsmail:mailbox", found.pk),
        title=_("Hold a mailbox"),
        question=_("Hold the mailbox %(address)s?") % {"address": found.address},
        consequence=_("Programs are disconnected, and nobody signs in to it until you release it."),
        do=_("Hold the mailbox"),
        keep=_("Leave it in use"),
        back=reverse("pnsmail:mailbox", args=[found.pk]),
        back_label=found.address,
    )


@require_POST
def release(request: HttpRequest, id: UUID) -> HttpResponse:
    """In use again."""
    found = _mailbox(request, id, "pnsmail.mailbox.release")
    said = _("%(address)s is in use again.") % {"address": found.address}
    return done_or_said(
        request, lambda: actions.release(found, actor=request.actor), said, "pnsmail:mailbox", found.pk
    )
