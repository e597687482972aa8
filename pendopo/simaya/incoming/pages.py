"""Letters in: list and letter side by side, and what may be done with the letter."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pendopo.core.errors import Fault
from pendopo.ground.directory.models import Position
from pendopo.ground.files import store
from pendopo.ground.web import ReasonForm, confirm, done_or_said, form_page, may, need, text
from pendopo.simaya import moves
from pendopo.simaya.disposition import reads as dispositions
from pendopo.simaya.kinds import profiles
from pendopo.simaya.letters import pictures
from pendopo.simaya.letters import reads as letters
from pendopo.simaya.letters.models import Letter
from pendopo.simaya.letters.rules import IN
from pendopo.simaya.offices.models import Office
from pendopo.simaya.paper.outside import Unreadable

from . import actions, reads
from . import show as shown
from .forms import ScanForm

# The browser draws the file and nothing else: no script, form or link of it reaches the portal.
SANDBOX = "sandbox; default-src 'none'"
MANY = 50  # pages shown as images; the rest is in the file


def _tabs() -> dict[str, str]:
    return {
        "registrasi": _("To register"),
        "terdaftar": _("Registered"),
        "tenggat": _("Overdue"),
        "tembusan": _("Copies"),
    }


def _tab(request: HttpRequest, letter: Letter | None) -> str:
    """The list that the address names, else the one the letter stands in or the actor works in."""
    given = request.GET.get("tab", "")
    if given in _tabs():
        return given
    registry = may(request.actor, "simaya.letter.register")
    to_register = registry and (letter is None or letter.state == Letter.State.RECEIVED)
    return "registrasi" if to_register else "terdaftar"


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """A list of letters in; beside it the first one, where there is room."""
    need(request, "simaya.letter.view")
    return _desk(request, None)


@require_GET
def show(request: HttpRequest, id: UUID) -> HttpResponse:
    """One letter, beside the list it stands in."""
    return _desk(request, reads.known(request.actor, id))


def _desk(request: HttpRequest, letter: Letter | None) -> HttpResponse:
    actor, tab = request.actor, _tab(request, letter)
    try:
        after = str(UUID(request.GET.get("sesudah", ""))) if request.GET.get("sesudah") else ""
    except ValueError:
        raise Http404 from None
    found, following = reads.page(reads.listed(actor, tab), after, tab == "registrasi")
    request.menu_path = f"{reverse('simaya:incoming')}?tab={tab}"
    first = letter or next(iter(found), None)
    lines = shown.rows(found, reads.unread(actor, found), actor)
    groups = [
        (title, [line for line in lines if (line["letter"].origin == Letter.Origin.SCAN) is paper])
        for title, paper in ((_("From other agencies"), False), (_("From paper"), True))
    ]
    context = {
        "tab": tab,
        "title": _tabs()[tab],
        "count": reads.waiting(actor).count() if tab == "registrasi" else None,
        "groups": groups if tab == "registrasi" else [("", lines)],
        "any": bool(found),
        "after": after,
        "following": following,
        "letter": letter,
        "may_scan": may(actor, "simaya.letter.scan"),
        **(_pane(request, first, opened=letter is not None) if first else {}),
    }
    return render(request, "simaya/incoming/desk.html", context)


def _pane(request: HttpRequest, letter: Letter, *, opened: bool) -> dict:
    """What stands beside the list; a letter that was not opened by its address is not marked as read."""
    actor = request.actor
    acts = moves.moves(IN, letter.state, letters.parties(letter, actor))
    inside, trouble = letters.opened(actor, letter), shown.trouble(letter, request.LANGUAGE_CODE)
    agenda = reads.agenda(letter)
    sound = letter.origin == Letter.Origin.SCAN or letter.checked == "sound"
    count = min(letter.pages, MANY) if inside and letter.file_id else 0
    return {
        "one": letter,
        "subject": letters.subject(letter, actor),
        "told": letters.told(letter),
        "inside": inside,
        "facts": shown.facts(letter),
        "trouble": trouble,
        "agenda": agenda,
        "journey": shown.journey(letter, agenda),
        "pictures": range(1, count + 1),
        "paper": profiles.load(letter.profile).layout if letter.origin != Letter.Origin.SCAN else None,
        "described": _described(letter),
        "may_dossier": may(actor, "simaya.dossier.file"),
        "may_file": inside and letter.handed_out,
        "may_register": "register" in acts and sound,
        "waits": "register" in acts and not sound and not trouble,
        "may_reject": "reject" in acts,
        "may_pass": "pass" in acts,
        "may_reply": inside
        and letter.origin == Letter.Origin.WIRE
        and bool(letters.parties(letter, actor) & {"holder", "assistant"}),
        "may_dispose": "dispose" in acts,
        "may_close": "close" in acts,
        "heads": reads.heads(actor) if {"register", "pass"} & set(acts) else [],
        "next_agenda": reads.next_agenda(actor) if "register" in acts else "",
        "unread": opened and inside and agenda is not None and reads.unread(actor, [letter]),
        "tree": dispositions.tree(letter) if inside else [],
    }


def _described(letter: Letter) -> str:
    """The letter in words, for who cannot see its pages."""
    named = {"sender": letter.peer_name, "subject": letters.told(letter)}
    if letter.day is None:
        return _("letter from %(sender)s on %(subject)s") % named
    day = date_format(letter.day, "j F Y")
    return _("letter from %(sender)s of %(day)s on %(subject)s") % (named | {"day": day})


@require_GET
def pdf(request: HttpRequest, id: UUID) -> HttpResponse:
    """The letter's file as it came or was scanned. A top secret one is not handed out."""
    letter = reads.opened(request.actor, id)
    if not letter.handed_out:
        raise Http404
    response = HttpResponse(store.read(letter.file), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{letter.pk}.pdf"'
    response["Content-Security-Policy"] = SANDBOX
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_GET
def picture(request: HttpRequest, id: UUID, n: int) -> HttpResponse:
    """One page of the letter as an image; of a secret one, with who reads it and when."""
    letter = reads.opened(request.actor, id)
    if letter.file is None or not 1 <= n <= letter.pages:
        raise Http404
    try:
        image = pictures.shown(letter, n, request.actor.person)
    except Unreadable:
        raise Http404 from None
    response = HttpResponse(image, content_type="image/png")
    if not letter.secret:
        response["Cache-Control"] = "private, max-age=3600"
    return response


@require_GET
def plain(request: HttpRequest, id: UUID) -> HttpResponse:
    """The letter as text, for those who listen or read large."""
    letter = reads.opened(request.actor, id)
    if letter.file is None:
        raise Http404
    context = {
        "letter": letter,
        "told": letters.told(letter),
        "subject": letters.subject(letter, request.actor),
        "lines": pictures.text(letter),
    }
    return render(request, "simaya/incoming/plain.html", context)


@require_POST
def register(request: HttpRequest, id: UUID) -> HttpResponse:
    """Give the agenda number, pass it on, and open the next letter."""
    letter = reads.known(request.actor, id)
    following = reads.waiting(request.actor).filter(id__gt=letter.pk).first()

    def act() -> str:
        done = actions.register(
            letter,
            classification=request.POST.get("classification", ""),
            to=_post(request),
            v=_number(request.POST.get("v")),
            actor=request.actor,
        )
        return _("Letter registered as %(agenda)s.") % {"agenda": reads.agenda(done).text}

    return _then(request, act, letter, following)


@require_http_methods(["GET", "POST"])
def reject(request: HttpRequest, id: UUID) -> HttpResponse:
    """Ask why, then send the letter back."""
    letter = reads.known(request.actor, id)
    need(request, "simaya.letter.reject")
    form = ReasonForm(
        request.POST or None,
        label=_("Why?"),
        empty=_("Write the reason; the sender reads it"),
        hint=_("%(sender)s gets these words") % {"sender": letter.peer_name},
    )
    return confirm(
        request,
        lambda reason: actions.reject(letter, reason, actor=request.actor),
        form=form,
        said=_("The letter from %(sender)s is rejected.") % {"sender": letter.peer_name},
        to=("simaya:incoming",),
        back=reverse("simaya:incoming-letter", args=[letter.pk]),
        back_label=_("Letters in"),
        title=_("Reject a letter"),
        question=_("Reject the letter from %(sender)s?") % {"sender": letter.peer_name},
        consequence=_("It gets no agenda number and stays in your records with its reason."),
        do=_("Reject the letter"),
        keep=_("Keep it"),
    )


@require_POST
def pass_on(request: HttpRequest, id: UUID) -> HttpResponse:
    """Put the letter on one more desk."""
    letter, to = reads.known(request.actor, id), _post(request)
    if to is None:
        messages.error(request, _("Choose whom the letter is passed on to."))
        return redirect("simaya:incoming-letter", letter.pk)
    return done_or_said(
        request,
        lambda: actions.pass_on(letter, to, actor=request.actor),
        _("Passed on to %(post)s.") % {"post": to.title},
        "simaya:incoming-letter",
        letter.pk,
    )


@require_POST
def mark_read(request: HttpRequest, id: UUID) -> HttpResponse:
    """The page was opened by whom it is for: sent by the page itself, or by its button."""
    letter = reads.opened(request.actor, id)
    actions.mark_read(letter, actor=request.actor)
    if request.htmx:
        return HttpResponse()
    return redirect("simaya:incoming-letter", letter.pk)


@require_POST
def close(request: HttpRequest, id: UUID) -> HttpResponse:
    """The matter is done."""
    letter = reads.known(request.actor, id)
    return done_or_said(
        request,
        lambda: actions.close(letter, actor=request.actor),
        _("The letter is closed."),
        "simaya:incoming-letter",
        letter.pk,
    )


@require_http_methods(["GET", "POST"])
def scan(request: HttpRequest) -> HttpResponse:
    """Take a letter on paper in."""
    need(request, "simaya.letter.scan")
    request.menu_path = f"{reverse('simaya:incoming')}?tab=registrasi"
    office = Office.objects.filter(agency=request.actor.agency).first()
    if office is None:
        raise Fault("letters.office")
    form = ScanForm(request.POST or None, request.FILES or None, profile=profiles.load(office.profile))
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        data = given.pop("file").read()
        try:
            letter = actions.scan(data, **given, actor=request.actor)
        except Fault as fault:
            about = "file" if fault.code.startswith(("paper.file", "incoming.scan")) else None
            form.add_error("day" if fault.code == "incoming.day" else about, text(request, fault))
        else:
            messages.success(request, _("The scan is in. Register it now."))
            return redirect("simaya:incoming-letter", letter.pk)
    return form_page(request, "simaya/incoming/scan.html", form)


def _then(
    request: HttpRequest, act: Callable[[], str], letter: Letter, following: Letter | None
) -> HttpResponseRedirect:
    """Does it and opens the next letter of the list; what went wrong is said on the same one."""
    try:
        messages.success(request, act())
    except Fault as fault:
        messages.error(request, text(request, fault))
        return redirect("simaya:incoming-letter", letter.pk)
    if following is None:
        return redirect(f"{reverse('simaya:incoming')}?tab=registrasi")
    return redirect("simaya:incoming-letter", following.pk)


def _post(request: HttpRequest) -> Position | None:
    """The post that the form names; none for an empty choice, or for one of another agency."""
    try:
        return Position.objects.filter(
            unit__agency=request.actor.agency, pk=UUID(request.POST.get("to", ""))
        ).first()
    except ValueError:
        return None


def _number(given: str | None) -> int:
    return int(given) if given and given.isdecimal() and len(given) < 10 else 0
