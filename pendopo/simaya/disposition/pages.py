"""Dispositions as both ends follow them: lists, one with its tree, the sheet for paper."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from pendopo.core.errors import Fault
from pendopo.ground.web import done_or_said, need, page_of, text
from pendopo.simaya import moves, posts
from pendopo.simaya.incoming import reads as incoming
from pendopo.simaya.incoming.show import tag
from pendopo.simaya.kinds import profiles
from pendopo.simaya.letters import reads as letters
from pendopo.simaya.letters.models import Letter, Side
from pendopo.simaya.offices.models import Office

from . import actions, reads, rules
from .models import Disposition

State = Disposition.State
REPLIES = 20  # letters out that are offered as the answer


def _disposition(request: HttpRequest, id: UUID) -> Disposition:
    return get_object_or_404(reads.visible(request.actor), pk=id)


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Dispositions to the actor's posts, from them, and what is late of both."""
    need(request, "simaya.letter.view")
    found = {"saya": reads.to_me, "dari-saya": reads.from_me, "lewat": reads.late}
    tab = request.GET.get("tab", "saya")
    page = page_of(request, found.get(tab, reads.to_me)(request.actor))
    held = posts.holders(request.actor.agency, {row.to_id for row in page})
    context = {
        "tab": tab if tab in found else "saya",
        "tabs": [("saya", _("To me")), ("dari-saya", _("From me")), ("lewat", _("Overdue"))],
        "page": page,
        "rows": [
            {
                "row": row,
                "subject": letters.subject(row.letter, request.actor),
                "holder": next(iter(reversed(held.get(row.to_id, []))), None),
                "stand": stand(row),
                "late": rules.late(row.state, row.due, timezone.now()),
            }
            for row in page
        ],
    }
    return render(request, "simaya/disposition/index.html", context)


def stand(row: Disposition) -> dict:
    """How a disposition stands: a word, its colour and icon."""
    word = row.get_state_display()
    return {
        State.OPEN: tag(word, icon="mail"),
        State.READ: tag(word, "amber", icon="eye"),
        State.FORWARDED: tag(word, "amber", icon="arrow-right"),
        State.ANSWERED: tag(word, "green", icon="circle-check"),
        State.WITHDRAWN: tag(word, icon="arrow-back-up"),
        State.CLOSED: tag(word, icon="check"),
    }[row.state]


@require_GET
def show(request: HttpRequest, id: UUID) -> HttpResponse:
    """One disposition: what is asked, what may be done, and the tree it stands in."""
    return _shown(request, _disposition(request, id))


def _shown(request: HttpRequest, row: Disposition, fault: str = "") -> HttpResponse:
    actor, letter = request.actor, row.letter
    acts = moves.moves(rules.DISPOSITION, row.state, reads.parties(row, actor))
    may_answer = bool({"answer", "read"} & set(acts))
    orders = profiles.load(letter.profile).orders
    context = {
        "row": row,
        "letter": letter,
        "subject": letters.subject(letter, actor),
        "told": letters.told(letter),
        "agenda": incoming.agenda(letter),
        "stand": stand(row),
        "late": rules.late(row.state, row.due, timezone.now()),
        "orders": [orders.get(code, code) for code in row.orders],
        "nodes": described(reads.tree(letter), orders),
        "unread": "read" in acts,
        "may_answer": may_answer,
        "may_forward": "forward" in acts and letter.state == Letter.State.REGISTERED,
        "may_withdraw": "withdraw" in acts,
        "may_close": "close" in acts,
        "replies": _replies(letter, actor) if may_answer else [],
        "reply": request.POST.get("reply", ""),
        "report": request.POST.get("report", row.report),
        "found": [("report", fault)] if fault else [],
        "failed": fault,
    }
    template = "simaya/disposition/show.html"
    return render(request, template, context, status=422 if fault else 200)


def described(nodes: list[reads.Node], orders: dict[str, str]) -> list[dict]:
    """The tree with words: instructions, state, who holds the post."""
    return [
        {
            "row": node.row,
            "holder": next(iter(reversed(node.holders)), None),
            "orders": [orders.get(code, code) for code in node.row.orders],
            "stand": stand(node.row),
            "late": node.late,
            "children": described(node.children, orders),
        }
        for node in nodes
    ]


def _replies(letter: Letter, actor) -> list[tuple[str, str]]:
    """Letters out that may be the answer: those that say so first, then the newest."""
    rows = letters.visible(actor).filter(side=Side.OUT).exclude(state=Letter.State.WITHDRAWN)
    found = [*rows.filter(reply_to=letter)[:REPLIES], *rows.exclude(reply_to=letter)[:REPLIES]]
    return [(str(one.pk), _named(one, actor)) for one in found[:REPLIES] if letters.opened(actor, one)]


def _named(letter: Letter, actor) -> str:
    return " · ".join(part for part in (letter.number, letters.subject(letter, actor)) if part)


@require_POST
def read(request: HttpRequest, id: UUID) -> HttpResponse:
    """The page was opened by whom it is for: sent by the page itself, or by its button."""
    row = _disposition(request, id)
    actions.see(row, actor=request.actor)
    return HttpResponse() if request.htmx else redirect("simaya:disposition", row.pk)


@require_POST
def answer(request: HttpRequest, id: UUID) -> HttpResponse:
    """Report what was done, perhaps with the letter that answers. What was typed stays when it is refused."""
    row = _disposition(request, id)
    try:
        reply = _reply(request)
        actions.answer(row, request.POST.get("report", ""), reply=reply, actor=request.actor)
    except Fault as fault:
        row.refresh_from_db()
        return _shown(request, row, text(request, fault))
    messages.success(request, _("Answered. Whoever asked has been told."))
    return redirect("simaya:disposition", row.pk)


def _reply(request: HttpRequest) -> Letter | None:
    given = request.POST.get("reply", "")
    if not given:
        return None
    try:
        found = letters.visible(request.actor).filter(pk=UUID(given)).first()
    except ValueError:
        found = None
    if found is None:
        raise Fault("disposition.reply")
    return found


@require_POST
def withdraw(request: HttpRequest, id: UUID) -> HttpResponse:
    """Take back what nobody has read."""
    return _done(request, id, actions.withdraw, _("The disposition is withdrawn."))


@require_POST
def close(request: HttpRequest, id: UUID) -> HttpResponse:
    """Ask no more of it."""
    return _done(request, id, actions.close, _("The disposition is closed."))


def _done(request: HttpRequest, id: UUID, act: Callable, said: str) -> HttpResponse:
    row = _disposition(request, id)
    return done_or_said(request, lambda: act(row, actor=request.actor), said, "simaya:disposition", row.pk)


@require_GET
def sheet(request: HttpRequest, id: UUID) -> HttpResponse:
    """The disposition sheet of a letter, for paper."""
    letter = incoming.opened(request.actor, id)
    profile = profiles.load(letter.profile)
    context = {
        "letter": letter,
        "subject": letters.subject(letter, request.actor),
        "agenda": incoming.agenda(letter),
        "nature": profile.security[letter.security].word,
        "urgency": profile.urgency[letter.urgency].word,
        "office": Office.objects.filter(agency=letter.agency).first(),
        "nodes": described(reads.tree(letter), profile.orders),
        "back": reverse("simaya:incoming-letter", args=[letter.pk]),
        "now": timezone.now(),
    }
    return render(request, "simaya/disposition/sheet.html", context)
