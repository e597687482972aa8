"""Pages of a letter on its way: initials, comments, signature; and what became of it once it is sent."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from pendopo.core.errors import Fault
from pendopo.ground.files import store
from pendopo.ground.web import done_or_said, may, need, page_of, text
from pendopo.simaya.moves import moves
from pendopo.simaya.paper import document
from pendopo.simaya.routing import actions as deliveries
from pendopo.simaya.routing import reads as routing
from pendopo.simaya.signing import reads as keys
from pendopo.simaya.signing.opening import unlock

from . import actions, reads, rules, signing
from .attachments import handed
from .drafting import Content
from .drawn import pages_of
from .forms import CommentForm, PassphraseForm
from .models import Letter
from .pictures import shown
from .show import chain, sent_steps, stand


@require_GET
def turns(request: HttpRequest) -> HttpResponse:
    """What waits for the reader's initials or signature."""
    need(request, "simaya.letter.initial")
    page = page_of(request, reads.turns(request.actor).select_related("author__person", "signer"))
    return _list(request, page, "simaya/letters/turns.html")


@require_GET
def sent(request: HttpRequest) -> HttpResponse:
    """Signed letters, with how far each delivery is."""
    need(request, "simaya.letter.view")
    page = page_of(request, reads.sent(request.actor).prefetch_related("deliveries"))
    return _list(request, page, "simaya/letters/sent.html")


def _list(request: HttpRequest, page, template: str) -> HttpResponse:
    subjects = reads.subjects(page, request.actor)
    rows = [{"letter": row, "subject": subjects[row.pk], "stand": stand(row)} for row in page]
    return render(request, template, {"page": page, "rows": rows})


@require_GET
def letter(request: HttpRequest, id) -> HttpResponse:
    """One letter out: its page, its initials, and the acts that the reader may do now."""
    found = reads.open_door(request.actor, id, "out")
    return _shown(request, found)


def _shown(request: HttpRequest, found: Letter, **more) -> HttpResponse:
    actor = request.actor
    parties = reads.parties(found, actor)
    acts = moves(rules.OUT, found.state, parties)
    if "edit" in acts:
        return redirect("simaya:draft", found.pk)
    signed = found.state == Letter.State.SIGNED
    request.menu_path = reverse("simaya:sent" if signed else _home_of(parties))
    content = reads.content(found)
    status = more.pop("status", 200)
    context = {
        "letter": found,
        "subject": content.subject,
        "told": reads.told(found),
        "acts": acts,
        "stand": stand(found),
        "chain": chain(found),
        "addressees": content.addressees,
        "comments": found.comments.all(),
        "versions": found.versions.count(),
        "changes": _changes(found),
        "deliveries": [(one, sent_steps(one)) for one in routing.deliveries(found)] if signed else [],
        "answers": reads.visible(actor).filter(reply_to=found, side="in"),
        "may_proof": may(actor, "simaya.proof.download"),
        "may_again": may(actor, "simaya.delivery.again"),
        "may_dossier": may(actor, "simaya.dossier.file"),
        "sign": PassphraseForm(),
        "comment": CommentForm(),
        "key": keys.of(actor) if "sign" in acts else None,
        **(pages_of(request, found, content) if not signed else {}),
        **more,
    }
    return render(request, "simaya/letters/letter.html", context, status=status)


def _home_of(parties: frozenset[str]) -> str:
    """Under which item of the menu an unsigned letter lies for this reader."""
    return "simaya:drafts" if parties & {"author", "assistant"} else "simaya:turns"


def _changes(found: Letter) -> list[tuple[str, str]]:
    """What the last version changed in the text of the one before it."""
    last = list(found.versions.order_by("-n")[:2])
    if len(last) < 2:
        return []
    new, old = (Content.read(version.body, version.fields).whole for version in last)
    runs = document.compare(old, new)
    return runs if any(sign != "=" for sign, _text in runs) else []


@require_POST
def initial(request: HttpRequest, id) -> HttpResponse:
    """Initial the version that was shown."""
    found = reads.open_door(request.actor, id, "out")
    return done_or_said(
        request,
        lambda: actions.initial(found, _version(request), actor=request.actor),
        _("Your initials are set."),
        "simaya:letter",
        found.pk,
    )


@require_POST
def give_back(request: HttpRequest, id) -> HttpResponse:
    """Return the letter to its author, saying what should change."""
    found = reads.open_door(request.actor, id, "out")
    form = CommentForm(request.POST)
    if not form.is_valid():
        return _shown(request, found, comment=form, form=form, status=422)
    return done_or_said(
        request,
        lambda: actions.give_back(found, form.cleaned_data["comment"], actor=request.actor),
        _("The letter is with its author again."),
        "simaya:turns",
    )


@require_POST
def take_back(request: HttpRequest, id) -> HttpResponse:
    """The author goes on writing, while nobody has initialled."""
    found = reads.open_door(request.actor, id, "out")
    return done_or_said(
        request,
        lambda: actions.take_back(found, actor=request.actor),
        _("The letter is a draft again."),
        "simaya:letter",
        found.pk,
    )


@require_POST
def sign(request: HttpRequest, id) -> HttpResponse:
    """Open the reader's key for this one act; sign, number and send."""
    found = reads.open_door(request.actor, id, "out")
    form = PassphraseForm(request.POST)
    if keys.of(request.actor) is None:
        return redirect("simaya:key")
    if not form.is_valid():
        return _shown(request, found, sign=form, form=form, status=422)
    try:
        key = unlock(keys.own(request.actor), form.cleaned_data["passphrase"])
        found = signing.sign(found, _version(request), key, _address, actor=request.actor)
    except Fault as fault:
        found.refresh_from_db()
        form.add_error(None if found.state != Letter.State.APPROVAL else "passphrase", text(request, fault))
        return _shown(request, found, sign=form, form=form, status=422)
    messages.success(request, _("Signed as %(number)s and sent.") % {"number": found.number})
    return redirect("simaya:letter", found.pk)


def _address(token: str) -> str:
    """What the code on the page leads to: at this node's own address, by whatever name one came here."""
    return settings.HOME.url + reverse("simaya-public:check", args=[token])


def _version(request: HttpRequest) -> int:
    given = request.POST.get("v", "")
    return int(given) if given.isdecimal() and len(given) < 10 else 0


@require_GET
def pdf(request: HttpRequest, id) -> HttpResponse:
    """The signed file, byte for byte."""
    found = reads.open_door(request.actor, id)
    return pdf_of(found)


def pdf_of(found: Letter) -> HttpResponse:
    """The letter's file for a reader who may open it; 404 while it has none, and for a top secret one.

    Nothing in it runs here: a file from outside is a stranger's.
    """
    if not found.handed_out:
        raise Http404
    answer = HttpResponse(store.read(found.file), content_type="application/pdf")
    name = (found.number or str(found.pk)).replace("/", "-").replace('"', "")
    answer["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'; frame-ancestors 'self'"
    answer["X-Frame-Options"] = "SAMEORIGIN"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@require_GET
def attached(request: HttpRequest, id, n: int) -> HttpResponse:
    """Attached file `n` of a letter out or in, byte for byte."""
    return handed(reads.open_door(request.actor, id), n)


@require_GET
def page_image(request: HttpRequest, id, n: int) -> HttpResponse:
    """Page `n` of the letter's file as a picture, drawn by a process that has nothing else."""
    found = reads.open_door(request.actor, id)
    if found.file is None or not 1 <= n <= found.pages:
        raise Http404
    answer = HttpResponse(shown(found, n, request.actor.person), content_type="image/png")
    # A file never changes under its name; what is secret stays in no cache.
    answer["Cache-Control"] = "no-store" if found.secret else "private, max-age=86400"
    return answer


@require_GET
def plain(request: HttpRequest, id) -> HttpResponse:
    """The letter as text, for those who listen or read large."""
    found = reads.open_door(request.actor, id, "out")
    content = reads.content(found)
    context = {
        "letter": found,
        "told": reads.told(found),
        "content": content,
        "lines": document.plain(content.whole).split("\n"),
    }
    return render(request, "simaya/letters/plain.html", context)


@require_POST
def again(request: HttpRequest, id, delivery) -> HttpResponse:
    """Send a delivery again that was given up."""
    found = reads.open_door(request.actor, id, "out")
    one = found.deliveries.filter(pk=delivery).first()
    if one is None:
        raise Http404
    return done_or_said(
        request,
        lambda: deliveries.again(one, actor=request.actor),
        _("The letter is on its way again."),
        "simaya:letter",
        found.pk,
    )


@require_POST
def proof(request: HttpRequest, id, delivery) -> HttpResponse:
    """One delivery's proof file: letter, receipts and exchanges, for `pendopo verify` anywhere."""
    found = reads.open_door(request.actor, id, "out")
    one = found.deliveries.filter(pk=delivery).first()
    if one is None or not found.handed_out:  # the file is in it
        raise Http404
    try:
        data = routing.proof(found, one, actor=request.actor)
    except Fault as fault:
        messages.error(request, text(request, fault))
        return redirect("simaya:letter", found.pk)
    answer = HttpResponse(data, content_type="application/json")
    name = found.number.replace("/", "-").replace('"', "")
    answer["Content-Disposition"] = f'attachment; filename="{name}.pendopo.json"'
    return answer
