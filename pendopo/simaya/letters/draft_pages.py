"""Pages of a letter that is being written: list, start, write beside the live page, submit, withdraw."""

from __future__ import annotations

import json
from dataclasses import replace
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pendopo.core.errors import Fault
from pendopo.ground.web import confirm, form_page, need, page_of, text
from pendopo.simaya.kinds import profiles
from pendopo.simaya.kinds.rules import labels
from pendopo.simaya.moves import moves
from pendopo.simaya.offices.reads import prepared_for
from pendopo.simaya.paper import given
from pendopo.simaya.posts import posts

from . import actions, reads, rules, sheets
from .attachments import upload
from .drafting import ANNEXES, FILES, Addressee, Content
from .drawn import pages_of
from .forms import EMPTY, Draft, KindForm, agencies_for, posts_for
from .models import Letter
from .show import stand
from .signers import signers

MORE = "lampiran"  # in the address: one more annex, to be written


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """What the reader writes or prepares, and where each letter is on its way to the signature."""
    need(request, "simaya.letter.draft")
    page = page_of(request, reads.written(request.actor))
    subjects = reads.subjects(page, request.actor)
    rows = [{"letter": row, "subject": subjects[row.pk], "stand": stand(row)} for row in page]
    return render(request, "simaya/letters/drafts.html", {"page": page, "rows": rows})


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A new draft of a kind; it is kept from its first moment."""
    need(request, "simaya.letter.draft")
    request.menu_path = reverse("simaya:drafts")
    actor = request.actor
    authors = {str(one.pk): one for one in (*actor.posts, *prepared_for(actor))}
    try:
        office = sheets.office_of(actor.agency)
    except Fault as fault:
        return render(request, "simaya/no_office.html", {"why": text(request, fault)})
    if not authors:
        why = {"title": _("The post is vacant today"), "why": text(request, Fault("offices.vacant"))}
        return render(request, "simaya/no_office.html", why)
    form = KindForm(request.POST or None, profile=profiles.load(office.profile), authors=authors)
    answered = _answered(request)
    if form.is_valid():
        content = Content(kind=form.cleaned_data["kind"], subject="", body=EMPTY)
        if answered:
            content = _answer_to(content, answered, request)
        author = authors[form.cleaned_data["author"]]
        letter = actions.start(content, author=author, reply_to=answered, actor=actor)
        return redirect("simaya:draft", letter.pk)
    context = {"answered": answered, "many": len(authors) > 1}
    return form_page(request, "simaya/letters/new.html", form, context)


def _answered(request: HttpRequest) -> Letter | None:
    """The letter in that the new one answers, when the address names one."""
    id = request.GET.get("jawab")
    try:
        return reads.open_door(request.actor, UUID(id)) if id else None
    except ValueError:
        raise Http404 from None


def _answer_to(content: Content, answered: Letter, request: HttpRequest) -> Content:
    """The new draft with what the letter that it answers says already."""
    to = Addressee(line=answered.peer_name or answered.peer, agency=answered.peer)
    return replace(
        content,
        subject=reads.subject(answered, request.actor),
        security=answered.security,
        classification=answered.classification,
        addressees=(to,),
    )


@require_http_methods(["GET", "POST"])
def draft(request: HttpRequest, id) -> HttpResponse:
    """Write: fields beside the page. `do` says what the button does: save, submit, save and add an annex.

    `off` is the digest of a file to take off; a chosen file is attached by whatever button.
    """
    letter = _mine(request, id)
    if not _editable(request, letter):
        return redirect("simaya:letter", letter.pk)
    forms = _forms(request, letter)
    if request.method == "GET":
        return _shown(request, letter, forms)
    if not forms.is_valid():
        return _shown(request, letter, forms, 422)
    try:
        content, said = forms.given(), forms.letter.cleaned_data
        off = request.POST.get("off", "")
        content = replace(content, files=tuple(one for one in content.files if one.sha != off))
        new = upload(said["file"].name, said["file"].read()) if said["file"] else None
        letter = actions.edit(letter, content, said["v"], new=new, actor=request.actor)
        if request.POST.get("do") == "submit":
            letter = actions.submit(letter, letter.v, actor=request.actor)
            messages.success(request, _("The letter is on its way to the signature."))
            return redirect("simaya:letter", letter.pk)
    except Fault as fault:
        return _not_taken(request, letter, forms, fault)
    messages.success(request, _("The draft is saved."))
    here = reverse("simaya:draft", args=[letter.pk])
    if request.POST.get("do") == "annex":
        return redirect(f"{here}?{MORE}=1#id_annex-{len(content.annexes)}-title")
    return redirect(f"{here}#files" if new or off else here)


def _not_taken(request: HttpRequest, letter: Letter, forms: Draft, fault: Fault) -> HttpResponse:
    """What was typed stays; after somebody else's change both texts are shown, and one saves over it."""
    forms.letter.add_error(None, text(request, fault))
    letter.refresh_from_db()
    status, theirs = 422, ""
    if fault.code == "simaya.guard_version":
        status = 409
        theirs = given.as_text(Content.read(letter.draft.body, letter.draft.fields).whole)[0]
    forms.letter.data = forms.letter.data.copy()
    forms.letter.data["v"] = str(letter.v)
    return _shown(request, letter, forms, status, theirs)


@require_POST
def preview(request: HttpRequest, id) -> HttpResponse:
    """Save what is being typed and show its pages: a fragment. 422 and 409 say why it was not saved."""
    letter = _mine(request, id)
    forms = _forms(request, letter)
    try:
        if not forms.is_valid():
            raise Fault("letters.unread")
        content = forms.given()
        letter = actions.edit(letter, content, forms.letter.cleaned_data["v"], actor=request.actor)
    except Fault as fault:
        status = 409 if fault.code == "simaya.guard_version" else 422
        context = {"why": text(request, fault), "v": request.POST.get("v", "")}
        return render(request, "simaya/letters/preview.html", context, status=status)
    return render(
        request, "simaya/letters/preview.html", pages_of(request, letter, content) | {"v": letter.v}
    )


@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, id) -> HttpResponse:
    """Ask, then give the draft up."""
    letter = _mine(request, id)
    if "author" not in reads.parties(letter, request.actor):
        raise Http404
    return confirm(
        request,
        lambda _reason: actions.withdraw(letter, actor=request.actor),
        said=_("The draft was withdrawn."),
        to=("simaya:drafts",),
        title=_("Withdraw the draft"),
        question=_("Withdraw this draft?"),
        consequence=_("It leaves your list. A number that was kept for it is struck out in the book."),
        do=_("Withdraw the draft"),
        keep=_("Keep it"),
        back=reverse("simaya:draft", args=[letter.pk]),
        back_label=_("The draft"),
    )


def _mine(request: HttpRequest, id) -> Letter:
    """The letter `id`, if the reader writes or prepares it; else 404."""
    letter = reads.open_door(request.actor, id, "out")
    if not reads.parties(letter, request.actor) & {"author", "assistant"}:
        raise Http404
    request.menu_path = reverse("simaya:drafts")
    return letter


def _editable(request: HttpRequest, letter: Letter) -> bool:
    """Whether it is still a draft, not on its way to the signature."""
    return "edit" in moves(rules.OUT, letter.state, reads.parties(letter, request.actor))


def _forms(request: HttpRequest, letter: Letter) -> Draft:
    agency = request.actor.agency
    content = Content.read(letter.draft.body, letter.draft.fields)
    return Draft(
        content,
        letter.v,
        profile=profiles.load(letter.profile),
        signers=signers(agency, posts(agency)),
        posts=posts_for(agency),
        agencies=agencies_for(agency),
        annex=MORE in request.GET and len(content.annexes) < ANNEXES,
        data=request.POST if request.method == "POST" else None,
        files=request.FILES if request.method == "POST" else None,
    )


def _shown(
    request: HttpRequest, letter: Letter, forms: Draft, status: int = 200, theirs: str = ""
) -> HttpResponse:
    content = forms.content
    names = labels(len(forms.annexes)) if len(forms.annexes) <= ANNEXES else [""] * len(forms.annexes)
    context = {
        "letter": letter,
        "forms": forms,
        "form": forms.letter,
        "failed": status != 200,
        "theirs": theirs,
        **_editor(forms.letter, content.body),
        "annexes": [
            {"form": form, "label": label, **_editor(form, body)}
            for form, label, body in zip(forms.annexes, names, forms.annexed, strict=True)
        ],
        "may_attach": len(content.files) < FILES,
        "may_annex": len(forms.annexes) < ANNEXES,
        "comments": letter.comments.all(),
        "answered": letter.reply_to,
        "acts": moves(rules.OUT, letter.state, reads.parties(letter, request.actor)),
        "v": letter.v,
        **pages_of(request, letter, content),
    }
    return render(request, "simaya/letters/draft.html", context, status=status)


def _editor(form: Form, body: dict) -> dict:
    """What `simaya/editor.html` shows: what was sent of a text, or `body`, that the form was made from."""
    return {
        "prefix": f"{form.prefix}-" if form.prefix else "",
        "doc_json": form["doc"].value() or json.dumps(body, ensure_ascii=False),
        "body_text": form["body"].value(),
        "body_fixed": not given.as_text(body)[1],
    }
