"""Reading mail: lists, a conversation, one message, its files, and where messages go."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pendopo.core.errors import Fault
from pendopo.ground.web import confirm, text
from pendopo.pnsmail.mailboxes import reads
from pendopo.pnsmail.mailboxes.models import Mailbox
from pendopo.pnsmail.service import mail as mail_settings

from . import desk, places, safe, service, show
from .box import FOLDERS, SEEN, Box, Page, Row
from .message import file, read

# What a conversation's buttons do: where it goes, and the words said then.
MOVES = {"arsip", "sampah", "spam", "masuk"}
AWAY = {"engine": 503, "busy": 503, "closed": 503, "gone": 404}


def own_box(view: Callable) -> Callable:
    """Opens the reader's own mailbox for `view(request, mailbox, box, …)`, and no other: whoever has none is
    led to choose an address. `Fault webmail.…` for trouble with the mail engine."""

    @wraps(view)
    def opened(request: HttpRequest, **kwargs) -> HttpResponse:
        if request.actor.person is None:
            raise Http404
        mailbox = reads.own(request.actor)
        if mailbox is None:
            return redirect("pnsmail:choose")
        if mailbox.state != Mailbox.State.ACTIVE:
            raise Fault("webmail.closed")
        with service.opened(mailbox) as box:
            return view(request, mailbox, box, **kwargs)

    return opened


def with_box(view: Callable) -> Callable:
    """`own_box`, and trouble with the mail engine is a page of its own."""
    opening = own_box(view)

    @wraps(view)
    def opened(request: HttpRequest, **kwargs) -> HttpResponse:
        try:
            return opening(request, **kwargs)
        except Fault as fault:
            return away(request, fault)

    return opened


def away(request: HttpRequest, fault: Fault) -> HttpResponse:
    """What the mail engine did not do, as a page; other faults go their usual way."""
    room, _dot, what = fault.code.partition(".")
    if room != "webmail" or what not in AWAY:
        raise fault
    if AWAY[what] == 404:
        raise Http404 from fault
    context = {"title": _("Your mail cannot be shown now"), "text": text(request, fault), "code": fault.code}
    return render(request, "portal/message.html", context, status=AWAY[what])


@require_safe
@with_box
def home(request: HttpRequest, mailbox: Mailbox, box: Box) -> HttpResponse:
    """The inbox."""
    return _list(request, box, FOLDERS["masuk"])


@require_safe
@with_box
def folder(request: HttpRequest, mailbox: Mailbox, box: Box, folder: str) -> HttpResponse:
    """Another folder's list."""
    return _list(request, box, places.name_of(folder))


def _list(request: HttpRequest, box: Box, name: str) -> HttpResponse:
    before = number(request.GET.get("sesudah"))
    return render(request, "pnsmail/webmail/desk.html", _beside(request, box, name, box.page(name, before)))


def _beside(request: HttpRequest, box: Box, name: str, page: Page, current: int = 0) -> dict:
    """The list of a folder, alone or beside what is open."""
    folders = desk.remember(request.actor, box)
    request.menu_path = address = desk.address(name)
    before = number(request.GET.get("sesudah"))
    query = f"?sesudah={before}" if before else ""

    def url(row: Row) -> str:
        if name == FOLDERS["draf"]:
            return f"{reverse('pnsmail:write')}?draf={row.uid}"
        return reverse("pnsmail:mail", args=[places.code_of(name), row.uid]) + query

    return {
        "title": places.title_of(name),
        "folder": places.code_of(name),
        "address": address,
        "lines": show.lines(
            page.lines, url, sent=name in (FOLDERS["terkirim"], FOLDERS["draf"]), current=current
        ),
        "unread": next((one.unread for one in folders if one.name == name), 0),
        "before": before,
        "after": page.after,
        "query": query,
    }


@require_safe
@with_box
def mail(request: HttpRequest, mailbox: Mailbox, box: Box, folder: str, uid: int) -> HttpResponse:
    """A conversation, beside the list it stands in."""
    name = places.name_of(folder)
    rows = box.conversation(name, uid)
    page = box.page(name, number(request.GET.get("sesudah")))
    newest = max(one.uid for one in rows if one.folder == name)
    context = {
        **_beside(request, box, name, page, newest),
        "uid": uid,
        "subject": rows[0].subject,
        "messages_shown": show.conversation(box, rows, _asked(request)),
        "last": rows[-1],
        "last_code": places.code_of(rows[-1].folder),
        "any_unread": any(one.unread for one in rows),
        "many": len(rows[-1].to) > 1,
        "trash": name in (FOLDERS["sampah"], FOLDERS["spam"]),
        "me": mailbox.address,
    }
    return render(request, "pnsmail/webmail/desk.html", context)


def _asked(request: HttpRequest) -> tuple[str, int] | None:
    """The message of which the reader asked for pictures: `?gambar=masuk.12`."""
    code, _dot, uid = request.GET.get("gambar", "").rpartition(".")
    return (places.name_of(code), number(uid)) if code else None


@require_safe
@with_box
def message(request: HttpRequest, mailbox: Mailbox, box: Box, folder: str, uid: int) -> HttpResponse:
    """One message: what a folded one holds, or a page of its own."""
    name = places.name_of(folder)
    remote = request.GET.get("gambar") == "1"
    found = show.message(box, box.row(name, uid), True, remote)
    desk.remember(request.actor, box)
    request.menu_path = desk.address(name)
    template = "pnsmail/webmail/body.html" if request.htmx else "pnsmail/webmail/message.html"
    return render(request, template, {"one": found, "alone": True, "folder": folder, "uid": uid})


@require_safe
@xframe_options_sameorigin
@with_box
def frame(request: HttpRequest, mailbox: Mailbox, box: Box, folder: str, uid: int) -> HttpResponse:
    """The document of a message's HTML, for the frame in which alone it is shown."""
    raw = box.raw(places.name_of(folder), uid)
    found = read(raw)
    remote = request.GET.get("gambar") == "1"
    shown = safe.clean(found.html, show.pictures(raw, found), remote=remote)
    response = HttpResponse(safe.document(shown, found.subject or _("Message"), ""))
    response["Content-Security-Policy"] = safe.policy(remote=remote)
    response["Referrer-Policy"] = "no-referrer"
    return response


@require_safe
@with_box
def attachment(
    request: HttpRequest, mailbox: Mailbox, box: Box, folder: str, uid: int, id: str
) -> HttpResponse:
    """One file of a message, to be saved: never shown by the portal, whatever it says it is."""
    found = file(box.raw(places.name_of(folder), uid), id)
    if found is None:
        raise Http404
    response = HttpResponse(found.data, content_type="application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(True, found.name)
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_POST
@with_box
def move(request: HttpRequest, mailbox: Mailbox, box: Box, folder: str, uid: int, to: str) -> HttpResponse:
    """Puts the conversation into another folder, and shows the list it stood in."""
    name = places.name_of(folder)
    uids = box.uids(name, uid)
    if to not in MOVES or not uids:
        raise Http404
    box.move(name, uids, FOLDERS[to])
    where = places.title_of(FOLDERS[to])
    messages.success(request, _("Moved to %(folder)s.") % {"folder": where})
    return redirect(desk.address(name))


@require_POST
@with_box
def mark(request: HttpRequest, mailbox: Mailbox, box: Box, folder: str, uid: int, how: str) -> HttpResponse:
    """The conversation is read, or to be read again. The page that shows it says the first by itself."""
    name = places.name_of(folder)
    uids = box.uids(name, uid)
    if how not in ("dibaca", "belum") or not uids:
        raise Http404
    box.mark(name, uids if how == "dibaca" else uids[-1:], SEEN, how == "dibaca")
    if request.htmx:
        return HttpResponse()
    if how == "belum":
        messages.success(request, _("The conversation is marked as unread."))
    return redirect(desk.address(name) if how == "belum" else reverse("pnsmail:mail", args=[folder, uid]))


@require_http_methods(["GET", "HEAD", "POST"])
@with_box
def destroy(request: HttpRequest, mailbox: Mailbox, box: Box, folder: str, uid: int) -> HttpResponse:
    """Takes a conversation in the trash away for good, once asked."""
    name = places.name_of(folder)
    uids = box.uids(name, uid)
    if name not in (FOLDERS["sampah"], FOLDERS["spam"]) or not uids:
        raise Http404
    request.menu_path = desk.address(name)
    return confirm(
        request,
        lambda _reason: box.remove(name, uids),
        said=_("Deleted for good."),
        to=(desk.address(name),),
        title=_("Delete for good"),
        question=_("Delete “%(subject)s” for good?") % {"subject": box.row(name, uids[-1]).subject[:80]},
        consequence=ngettext(
            "For %(n)d day you can take it back under Recently deleted; then nobody can. "
            "Copies that others have stay with them.",
            "For %(n)d days you can take it back under Recently deleted; then nobody can. "
            "Copies that others have stay with them.",
            mail_settings().undelete,
        )
        % {"n": mail_settings().undelete},
        do=_("Delete for good"),
        keep=_("Keep it"),
        back=reverse("pnsmail:mail", args=[folder, uid]),
        back_label=places.title_of(name),
    )


@require_safe
@with_box
def search(request: HttpRequest, mailbox: Mailbox, box: Box) -> HttpResponse:
    """Messages of one folder by words, the newest first."""
    folders = desk.remember(request.actor, box)
    code = request.GET.get("kotak", "masuk")
    name = places.name_of(code)
    query, inside = request.GET.get("q", "").strip()[:200], "isi" in request.GET
    before = number(request.GET.get("sesudah"))
    found = box.search(name, query, inside=inside, before=before)

    def url(row: Row) -> str:
        return reverse("pnsmail:mail", args=[code, row.uid])

    context = {
        "query": query,
        "inside": inside,
        "folder": code,
        "choices": [(places.code_of(one.name), places.title_of(one.name)) for one in folders],
        "lines": show.lines(found.lines, url, sent=name == FOLDERS["terkirim"]),
        "before": before,
        "after": found.after,
    }
    template = "pnsmail/webmail/found.html" if request.htmx else "pnsmail/webmail/search.html"
    return render(request, template, context)


def number(given: str | None) -> int:
    """A UID in an address; 0 for what is none."""
    return int(given) if given and given.isascii() and given.isdecimal() and len(given) < 11 else 0
