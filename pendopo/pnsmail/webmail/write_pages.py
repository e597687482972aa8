"""Writing mail: new, answers, what is passed on, drafts."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pendopo.core.errors import Fault
from pendopo.ground.web import form_page, text
from pendopo.pnsmail.mailboxes import reads
from pendopo.pnsmail.mailboxes.models import Mailbox

from . import actions, compose, desk, places, service
from .box import ANSWERED, DRAFT, FOLDERS, SEEN, Box
from .forms import WriteForm
from .message import Address, Attachment, File, Read, file, read
from .pages import AWAY, away, number, own_box, with_box

KINDS = ("balas", "semua", "teruskan", "draf")
DRAFTS = FOLDERS["draf"]
FOUND = 8  # people shown while one types


@dataclass(frozen=True, slots=True)
class Source:
    """The message that is answered, passed on or written on."""

    kind: str
    folder: str
    uid: int
    raw: bytes
    read: Read

    @property
    def files(self) -> tuple[Attachment, ...]:
        """Those of its files that may go along."""
        return self.read.attachments if self.kind in ("teruskan", "draf") else ()


@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest) -> HttpResponse:
    """Write a message and send it, or keep it as a draft. What was typed stays, whatever goes wrong."""
    try:
        return _write(request)
    except Fault as fault:
        if request.method != "POST":
            return away(request, fault)
        form = WriteForm(request.POST)
        form.add_error(None, text(request, fault))
        answer = _page(request, reads.own(request.actor), form, None)
        answer.status_code = AWAY.get(fault.code.removeprefix("webmail."), 422)
        return answer


@own_box
def _write(request: HttpRequest, mailbox: Mailbox, box: Box) -> HttpResponse:
    given = request.POST if request.method == "POST" else request.GET
    source = _source(box, given)
    desk.remember(request.actor, box)
    request.menu_path = desk.address(source.folder if source else FOLDERS["masuk"])
    if request.method != "POST":
        return _page(
            request,
            mailbox,
            WriteForm(initial=_initial(request, mailbox, source), choices=_choices(source)),
            source,
        )
    form = WriteForm(request.POST, request.FILES, choices=_choices(source))
    if not form.is_valid():
        return _page(request, mailbox, form, source)
    draft = _draft(mailbox, form, source)
    if "keep" in request.POST:
        uid = _keep(box, draft, _drafts(form, source))
        messages.success(request, _("The draft is kept."))
        return redirect(f"{request.path}?draf={uid}")
    try:
        raw = actions.send(mailbox, draft, actor=request.actor)
    except Fault as fault:
        form.add_error(FIELDS.get(fault.code), text(request, fault))
        return _page(request, mailbox, form, source)
    _after(request, mailbox, draft, raw, form, source)
    return redirect(desk.address(source.folder if source and source.kind != "draf" else FOLDERS["masuk"]))


FIELDS = {
    "webmail.nobody": "to",
    "webmail.people": "to",
    "webmail.refused": "to",
    "webmail.files": "files",
    "webmail.long": "text",
}


def _page(request: HttpRequest, mailbox: Mailbox, form: WriteForm, source: Source | None) -> HttpResponse:
    titles = {
        "balas": pgettext("mail", "Answer"),
        "semua": _("Answer all"),
        "teruskan": _("Forward"),
        "draf": pgettext("mail", "Draft"),
    }
    if not form.is_bound:  # where one goes on: at the top of an answer, else at whom it is for
        begin = "text" if source and source.kind in ("balas", "semua") else "to"
        form.fields[begin].widget.attrs["autofocus"] = True
    context = {
        "title": titles[source.kind] if source else _("New message"),
        "me": mailbox.address,
        "more_people": bool(
            form["cc"].value() or form["bcc"].value() or form["cc"].errors or form["bcc"].errors
        ),
        "back": desk.address(source.folder if source else FOLDERS["masuk"]),
        "back_label": places.title_of(source.folder if source else FOLDERS["masuk"]),
    }
    return form_page(request, "pnsmail/webmail/write.html", form, context)


def _source(box: Box, given) -> Source | None:
    """`?balas=masuk.12`, `?semua=`, `?teruskan=`, `?draf=3`, or what the form says it began with."""
    kind, where = given.get("kind", ""), given.get("source", "")
    for one in KINDS:
        if one in given:
            kind, where = one, given[one] if one != "draf" else f"draf.{given[one]}"
    if not where:
        return None
    code, _dot, uid = where.rpartition(".")
    if kind not in KINDS or not number(uid):
        raise Http404
    name = places.name_of(code)
    raw = box.raw(name, number(uid))
    return Source(kind, name, number(uid), raw, read(raw))


def _choices(source: Source | None) -> list[tuple[str, str]]:
    return [(one.id, one.name) for one in source.files] if source else []


def _initial(request: HttpRequest, mailbox: Mailbox, source: Source | None) -> dict:
    """What the form begins with."""
    if source is None:
        to = request.GET.get("kepada", "")[:300]
        return {"to": to}
    begun = _begun(mailbox, source)
    return {
        "to": _typed(begun.to),
        "cc": _typed(begun.cc),
        "bcc": _typed(begun.bcc),
        "subject": begun.subject,
        "text": begun.text,
        "kept": [one.id for one in source.files],
        "kind": source.kind,
        "source": f"{places.code_of(source.folder)}.{source.uid}",
        "draft": source.uid if source.kind == "draf" else "",
    }


def _begun(mailbox: Mailbox, source: Source) -> compose.Draft:
    own = Address(mailbox.person.name, mailbox.address)
    if source.kind == "draf":
        return compose.reopened(source.read, own, ())
    if source.kind == "teruskan":
        return compose.forward(source.read, own, (), intro=_heading(source.read))
    who = source.read.from_.name or source.read.from_.address
    at = source.read.date and date_format(timezone.localtime(source.read.date), "j F Y H.i")
    intro = (
        _("On %(day)s %(who)s wrote:") % {"day": at, "who": who} if at else _("%(who)s wrote:") % {"who": who}
    )
    return compose.answer(source.read, own, everybody=source.kind == "semua", intro=intro)


def _heading(found: Read) -> str:
    """What stands above a message that is passed on."""
    at = date_format(timezone.localtime(found.date), "j F Y H.i") if found.date else ""
    lines = [_("Forwarded message"), f"{pgettext('mail', 'From')}: {found.from_}"]
    lines += [f"{_('Date')}: {at}"] if at else []
    lines += [f"{_('Subject')}: {found.subject}", f"{pgettext('mail', 'To')}: {_typed(found.to)}"]
    return "\n".join(lines)


def _typed(some: tuple[Address, ...]) -> str:
    """People as one would type them."""
    return ", ".join(f'"{one.name}" <{one.address}>' if "," in one.name else str(one) for one in some)


def _draft(mailbox: Mailbox, form: WriteForm, source: Source | None) -> compose.Draft:
    """What the form says, with its place in the conversation that its source stands in."""
    given = form.cleaned_data
    own = Address(mailbox.person.name, mailbox.address)
    begun = _begun(mailbox, source) if source else compose.Draft(own)
    kept = [file(source.raw, id) for id in given.get("kept", ())] if source else []
    sent = [File(one.name, one.content_type or "", one.read()) for one in given["files"]]
    return replace(
        begun,
        to=given["to"],
        cc=given["cc"],
        bcc=given["bcc"],
        subject=given["subject"],
        text=given["text"],
        files=(*(one for one in kept if one), *sent),
    )


def _keep(box: Box, draft: compose.Draft, before: list[int]) -> int:
    """Lays the draft into its folder, in the place of earlier ones; its UID."""
    raw = compose.build(draft, timezone.now(), os.urandom(10), keep_bcc=True)
    uid = box.append(DRAFTS, raw, (SEEN, DRAFT))
    if before:
        box.remove(DRAFTS, before)
    return uid


def _drafts(form: WriteForm, source: Source | None) -> list[int]:
    """The UIDs under which this message lies among the drafts: as it was opened, and as it was kept since."""
    opened = source.uid if source and source.kind == "draf" else 0
    return [uid for uid in dict.fromkeys((opened, number(form.cleaned_data["draft"]))) if uid]


def _after(
    request: HttpRequest,
    mailbox: Mailbox,
    draft: compose.Draft,
    raw: bytes,
    form: WriteForm,
    source: Source | None,
) -> None:
    """It is sent. What is done besides may go wrong without making it unsent: by a connection of its own,
    so that one that breaks is this step's trouble."""
    count = len(draft.recipients)
    said = ngettext("Sent to %(n)d person.", "Sent to %(n)d people.", count) % {"n": count}
    try:
        with service.opened(mailbox) as box:
            box.append(FOLDERS["terkirim"], raw)
            if source and source.kind in ("balas", "semua"):
                box.mark(source.folder, [source.uid], ANSWERED)
            if drafts := _drafts(form, source):
                box.remove(DRAFTS, drafts)
    except Fault as fault:
        why = {"said": said, "why": text(request, fault)}
        messages.warning(request, _("%(said)s No copy could be kept: %(why)s") % why)
    else:
        messages.success(request, said)


@require_POST
@with_box
def keep(request: HttpRequest, mailbox: Mailbox, box: Box) -> HttpResponse:
    """Keeps what was written so far, while it is written; files come along only when one says so."""
    source = _source(box, request.POST)
    form = WriteForm(request.POST, choices=_choices(source))
    if not form.is_valid():  # an address that is still being typed
        return render(request, "pnsmail/webmail/kept.html", {"at": None, "uid": form["draft"].value()})
    try:
        # What the page was opened with stays until it is sent: its files are named by their place in it.
        before = [uid for uid in _drafts(form, source) if not (source and uid == source.uid)]
        uid = _keep(box, _draft(mailbox, form, source), before)
    except Fault as fault:  # no room: said where it would have been said that it is kept
        context = {"at": None, "uid": form["draft"].value(), "trouble": text(request, fault)}
        return render(request, "pnsmail/webmail/kept.html", context)
    return render(request, "pnsmail/webmail/kept.html", {"at": timezone.now(), "uid": uid})


@require_safe
def contacts(request: HttpRequest) -> HttpResponse:
    """People of the agency who have a mailbox, by a part of their name or address."""
    query = request.GET.get("siapa", "").strip()[:80]
    actor = request.actor
    found = []
    if len(query) > 1 and actor.agency is not None and actor.person is not None:
        rows = reads.of_agency(actor.agency, query, state=Mailbox.State.ACTIVE)
        found = [(one, _typed((Address(one.person.name, one.address),))) for one in rows[:FOUND]]
    return render(request, "pnsmail/webmail/contacts.html", {"found": found, "query": query})
