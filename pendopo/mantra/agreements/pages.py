"""Agreements and what the agency has asked for: lists, one in full, and the acts that change it."""

from datetime import date

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pendopo.ground.delivery.models import Outbox
from pendopo.ground.web import ReasonForm, confirm, done_or_said, may, need, page_of

from ..monitoring import reads as monitoring
from ..services.show import columns as described
from ..services.show import filters, mask_words
from ..signing import body
from ..subsystems.models import Subsystem
from . import actions, reads, rules
from .models import AccessRequest, Agreement, Side
from .state import parties

STATES = {
    Agreement.State.PROPOSED: ("amber", "clock"),
    Agreement.State.OFFERED: ("amber", "clock"),
    Agreement.State.ACTIVE: ("green", "circle-check"),
    Agreement.State.SUSPENDED: ("amber", "player-pause"),
    Agreement.State.REVOKED: ("red", "circle-x"),
}


def stand(agreement: Agreement) -> dict:
    """How an agreement stands, for people: a word, its colour and icon."""
    if agreement.state == Agreement.State.ACTIVE and agreement.until < timezone.now():
        return {"label": _("ended"), "tone": "", "icon": "calendar-off"}
    tone, icon = STATES[agreement.state]
    return {"label": agreement.get_state_display(), "tone": tone, "icon": icon}


def _agreement(request: HttpRequest, id) -> Agreement:
    """The agreement of the page, which at the side that asks lies under its own item of the menu."""
    agreement = reads.access_agreement(request.actor, id)
    if agreement.side == Side.REQUESTER:
        request.menu_path = reverse("mantra:connections")
    return agreement


def _rows(agreements) -> list[dict]:
    today = rules.today()
    return [
        {
            "row": row,
            "stand": stand(row),
            "until": rules.day_of(row.until),
            "ending": row.state == Agreement.State.ACTIVE
            and rules.ending_soon(rules.day_of(row.until), today),
        }
        for row in agreements
    ]


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """What other agencies may read of this one."""
    need(request, "mantra.agreement.view")
    page = page_of(request, reads.agreements(request.actor, Side.PROVIDER))
    return render(request, "mantra/agreements/index.html", {"page": page, "rows": _rows(page)})


@require_GET
def connections(request: HttpRequest) -> HttpResponse:
    """What this agency may read of others, and what it has asked for."""
    need(request, "mantra.agreement.view")
    page = page_of(request, reads.agreements(request.actor, Side.REQUESTER))
    waiting = reads.requests(request.actor, Side.REQUESTER).exclude(state=AccessRequest.State.APPROVED)
    context = {
        "page": page,
        "rows": _rows(page),
        "asked": waiting[:20],
        "may_ask": may(request.actor, "mantra.request.send"),
    }
    return render(request, "mantra/agreements/connections.html", context)


@require_GET
def asked(request: HttpRequest, id) -> HttpResponse:
    """One request of this agency: what was asked, and how far it is."""
    row = reads.access_request(request.actor, id)
    if row.side != Side.REQUESTER:
        raise Http404
    terms, definition = body(row.document), body(row.definition)
    titles = {column["name"]: column["title"] for column in definition["columns"]}
    context = {
        "request_row": row,
        "asked": terms,
        "basis_date": date.fromisoformat(terms["basis"]["date"]),
        "until": rules.day_of(rules.parse_until(terms)),
        "columns": [(titles[name], name) for name in terms["columns"]],
        "agreement": row.agreements.first(),
        "journey": _journey(row),
    }
    return render(request, "mantra/agreements/asked.html", context)


def _journey(row: AccessRequest) -> list[dict]:
    """The steps of a request at the side that asks."""
    sent = Outbox.objects.filter(
        agency_id=row.agency_id, type="request/1", order__endswith=f" {row.number}"
    ).first()
    arrived = sent.sent_at if sent else None
    agreement = row.agreements.first()
    steps = [
        {"label": _("Signed and sent"), "state": "done", "at": row.at},
        {"label": _("Arrived"), "state": "done" if arrived or row.decided_at else "now", "at": arrived},
    ]
    if row.state == AccessRequest.State.REFUSED:
        return [*steps, {"label": _("Refused"), "state": "now", "at": row.decided_at, "who": row.peer_name}]
    decided = row.state == AccessRequest.State.APPROVED
    steps.append(
        {
            "label": _("Decided"),
            "state": "done" if decided else "now" if arrived else "next",
            "at": row.decided_at,
            "who": row.peer_name if decided else "",
        }
    )
    active = bool(agreement and agreement.state == Agreement.State.ACTIVE)
    steps.append(
        {
            "label": _("In force"),
            "state": "done" if active else "now" if decided else "next",
            "at": agreement.changed_at if active else None,
        }
    )
    return steps


@require_GET
def show(request: HttpRequest, id) -> HttpResponse:
    """One agreement: what leaves, within which limits, what it carried, and its history."""
    agreement = _agreement(request, id)
    revisions = reads.revisions(agreement)
    terms, definition = body(revisions[-1].document), body(agreement.request.definition)
    asked = body(agreement.request.document)
    actor, state = request.actor, agreement.state
    names = {column["name"]: column for column in described(definition)}
    live = state in (Agreement.State.ACTIVE, Agreement.State.SUSPENDED, Agreement.State.PROPOSED)
    mine = agreement.agency.code in revisions[-1].by
    context = {
        "agreement": agreement,
        "provider": agreement.side == Side.PROVIDER,
        "stand": stand(agreement),
        "terms": terms,
        "columns": [
            names[name] | {"rule": mask_words(terms["masks"].get(name, names[name]["mask"]))}
            for name in terms["columns"]
        ],
        "filters": filters([*definition["row_filter"], *terms["row_filter"]], definition),
        "asked": asked,
        "asked_until": rules.day_of(rules.parse_until(asked)),
        "basis_date": date.fromisoformat(terms["basis"]["date"]),
        "until": rules.day_of(agreement.until),
        "revisions": _history(agreement, revisions),
        "usage": reads.usage(agreement),
        "totals": monitoring.totals(agreement),
        "recent": list(monitoring.of_agreement(agreement)[:5]),
        "gateway": f"http://{settings.HOME.app}",
        "bearer": agreement.side == Side.REQUESTER and _bearer(agreement),
        "may_accept": state == Agreement.State.OFFERED and may(actor, "mantra.agreement.accept"),
        "may_suspend": state == Agreement.State.ACTIVE and may(actor, "mantra.agreement.suspend"),
        "may_resume": state == Agreement.State.SUSPENDED
        and revisions[-1].state == "suspended"
        and mine
        and may(actor, "mantra.agreement.resume"),
        "may_revoke": live and may(actor, "mantra.agreement.revoke"),
        "may_evidence": may(actor, "mantra.evidence.download"),
    }
    return render(request, "mantra/agreements/show.html", context)


def _bearer(agreement: Agreement) -> bool:
    code = agreement.subsystem.rpartition("/")[2]
    return Subsystem.objects.filter(agency_id=agreement.agency_id, code=code, auth="bearer").exists()


def _history(agreement: Agreement, revisions) -> list[dict]:
    """The revisions as a journey: what happened, by whom, when."""
    labels = {"active": _("Resumed"), "suspended": _("Suspended"), "revoked": _("Revoked")}
    steps = []
    for row in revisions:
        first = row.rev == 1
        own = row.account is not None
        who = (
            str(row.account)
            if own
            else ("" if agreement.agency.code in row.by and first else agreement.peer_name)
        )
        signed = rules.signed_enough(row.state, row.by, *parties(agreement))
        steps.append(
            {
                "label": _("Granted") if first else labels[row.state],
                "state": "done" if signed else "now",
                "at": row.at,
                "who": " · ".join(part for part in (who, row.reason) if part),
            }
        )
    if revisions[0].state == "active" and len(revisions[0].by) < 2 and len(revisions) == 1:
        steps.append({"label": _("Signed by the other side"), "state": "next"})
    return steps


@require_GET
def history(request: HttpRequest, id) -> HttpResponse:
    """Every exchange and refusal under one agreement."""
    agreement = _agreement(request, id)
    context = {
        "agreement": agreement,
        "page": page_of(request, monitoring.of_agreement(agreement)),
        "may_evidence": may(request.actor, "mantra.evidence.download"),
    }
    return render(request, "mantra/agreements/history.html", context)


@require_POST
def accept(request: HttpRequest, id) -> HttpResponse:
    """Sign what the provider offers beyond the request."""
    agreement = _agreement(request, id)
    return done_or_said(
        request,
        lambda: actions.accept(agreement, actor=request.actor),
        _("Accepted and signed. Your programs may call now."),
        "mantra:agreement",
        agreement.pk,
    )


def _asked_first(request: HttpRequest, id, code: str, act, **words: str) -> HttpResponse:
    """The page that asks before `act`, with a reason that the other side reads."""
    agreement = _agreement(request, id)
    need(request, code)
    named = {"agency": agreement.peer_name, "service": agreement.title}
    form = ReasonForm(
        request.POST or None,
        label=_("Why?"),
        empty=_("Write the reason; the other side reads it"),
        hint=_("%(agency)s gets these words") % named,
    )
    said = words.pop("said") % named
    return confirm(
        request,
        lambda reason: act(agreement, reason=reason, actor=request.actor),
        form=form,
        said=said,
        to=("mantra:agreement", agreement.pk),
        back=reverse("mantra:agreement", args=[agreement.pk]),
        back_label=agreement.title,
        **{name: word % (named | {"n": _carried(agreement)}) for name, word in words.items()},
    )


def _carried(agreement: Agreement) -> str:
    return number_format(monitoring.totals(agreement)["ok"], force_grouping=True)


@require_http_methods(["GET", "POST"])
def suspend(request: HttpRequest, id) -> HttpResponse:
    """Ask, then stop an agreement for a while."""
    return _asked_first(
        request,
        id,
        "mantra.agreement.suspend",
        actions.suspend,
        title=_("Suspend an agreement"),
        question=_("Suspend the agreement with %(agency)s?"),
        consequence=_("All gateways stop answering within seconds. You can resume it at any time."),
        do=_("Suspend access"),
        keep=_("Let it go on"),
        said=_("The agreement on %(service)s is suspended."),
    )


@require_POST
def resume(request: HttpRequest, id) -> HttpResponse:
    """Lift the agency's own suspension."""
    agreement = _agreement(request, id)
    return done_or_said(
        request,
        lambda: actions.resume(agreement, actor=request.actor),
        _("Resumed and signed. It is in force once %(agency)s has signed too, as a rule within seconds.")
        % {"agency": agreement.peer_name},
        "mantra:agreement",
        agreement.pk,
    )


@require_http_methods(["GET", "POST"])
def revoke(request: HttpRequest, id) -> HttpResponse:
    """Ask, then end an agreement for good."""
    return _asked_first(
        request,
        id,
        "mantra.agreement.revoke",
        actions.revoke,
        title=_("Revoke an agreement"),
        question=_("Revoke the agreement with %(agency)s?"),
        consequence=_(
            "All gateways stop answering within seconds, for good: access then needs a new request. "
            "The %(n)s exchanges that have happened stay on record."
        ),
        do=_("Revoke access"),
        keep=_("Let it go on"),
        said=_("The agreement on %(service)s is revoked."),
    )


@require_http_methods(["GET", "POST"])
def decline(request: HttpRequest, id) -> HttpResponse:
    """Ask, then say no to an offer."""
    return _asked_first(
        request,
        id,
        "mantra.agreement.decline",
        actions.decline,
        title=_("Decline an offer"),
        question=_("Decline the offer of %(agency)s?"),
        consequence=_("It never takes effect. You may ask again at any time."),
        do=_("Decline the offer"),
        keep=_("Go on reading"),
        said=_("The offer of %(service)s is declined."),
    )
