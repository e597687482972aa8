"""What fills a mailbox, making room, and taking back what was deleted."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from pendopo.core.errors import Fault
from pendopo.ground.web import done_or_said, text
from pendopo.pnsmail.mailboxes.models import Mailbox
from pendopo.pnsmail.service import mail

from . import actions, desk, places, service, strip
from .box import Box
from .pages import number, with_box

SHOWN = 20  # the largest messages


@require_safe
@with_box
def index(request: HttpRequest, mailbox: Mailbox, box: Box) -> HttpResponse:
    """How full it is, and the messages that take most of it."""
    folders = desk.remember(request.actor, box)
    used, limit = box.quota() or (0, 0)
    rows = box.largest([one.name for one in folders], SHOWN, strip.LARGE)
    context = {
        "used": used,
        "limit": limit,
        "percent": min(100, used * 100 // limit) if limit else 0,
        "rows": [(row, places.code_of(row.folder), places.title_of(row.folder)) for row in rows],
    }
    return render(request, "pnsmail/webmail/room.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@with_box
def lighten(request: HttpRequest, mailbox: Mailbox, box: Box) -> HttpResponse:
    """Asks, then takes the large files out of the messages chosen: `?pesan=masuk.12&pesan=arsip.3`."""
    request.menu_path = reverse("pnsmail:room")
    chosen = [_named(one) for one in request.GET.getlist("pesan")[:SHOWN]]
    if not chosen:
        return redirect("pnsmail:room")
    if request.method == "POST":
        try:
            freed = sum(_without_files(box, folder, uid) for folder, uid in chosen)
        except Fault as fault:
            messages.error(request, text(request, fault))
        else:
            messages.success(request, _("%(size)s are free again.") % {"size": filesizeformat(freed)})
        return redirect("pnsmail:room")
    question = ngettext(
        "Remove the large files of %(n)d message?", "Remove the large files of %(n)d messages?", len(chosen)
    )
    context = {
        "title": _("Make room"),
        "question": question % {"n": len(chosen)},
        "consequence": ngettext(
            "The messages stay and say what was there. As they were you find them for %(n)d day under "
            "Recently deleted; then the files are gone for good.",
            "The messages stay and say what was there. As they were you find them for %(n)d days under "
            "Recently deleted; then the files are gone for good.",
            mail().undelete,
        )
        % {"n": mail().undelete},
        "do": _("Remove the files"),
        "keep": _("Keep them"),
        "back": reverse("pnsmail:room"),
        "back_label": _("Space"),
    }
    return render(request, "portal/confirm.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@with_box
def removed(request: HttpRequest, mailbox: Mailbox, box: Box) -> HttpResponse:
    """What was deleted for good and can still be taken back, the newest first."""
    if request.method == "POST":
        uids = [uid for one in request.POST.getlist("pesan") if (uid := number(one))]
        return done_or_said(
            request,
            lambda: actions.take_back(mailbox, box, uids, actor=request.actor),
            _("They are in the inbox again."),
            "pnsmail:removed",
        )
    desk.remember(request.actor, box)
    before, days = number(request.GET.get("sesudah")), mail().undelete
    page = box.removed(service.removed(), timezone.localdate() - timedelta(days=days), before)
    context = {
        "rows": [one.newest for one in page.lines],
        "days": days,
        "before": before,
        "after": page.after,
    }
    return render(request, "pnsmail/webmail/removed.html", context)


def _named(given: str) -> tuple[str, int]:
    code, _dot, uid = given.rpartition(".")
    if not number(uid):
        raise Http404
    return places.name_of(code), number(uid)


def _without_files(box: Box, folder: str, uid: int) -> int:
    """The lighter message takes the place of the heavy one; the bytes that became free."""
    raw = box.raw(folder, uid)
    day = date_format(timezone.localtime(timezone.now()), "j F Y")

    def note(name: str, size: int) -> str:
        words = _("[The file “%(name)s” (%(size)s) was removed on %(day)s to make room.]")
        return words % {"name": name, "size": filesizeformat(size), "day": day}

    lighter, gone = strip.without_files(raw, note)
    if not gone:
        return 0
    box.lighten(folder, uid, lighter, service.removed())
    return len(raw) - len(lighter)
