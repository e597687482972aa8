"""The provider's side of a request: see exactly what would leave, narrow it, approve or refuse."""

from datetime import date, timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pendopo.core.errors import Fault
from pendopo.ground.web import ReasonForm, confirm, may, need, page_of, text

from ..services.models import Service
from ..services.show import filters, mask_words
from ..signing import body
from ..sources import probe
from ..sources.seal import unseal
from . import actions, reads, rules
from .forms import ReviewForm
from .models import AccessRequest, Side
from .rules import Choice, Outcome

ZONES = {"Asia/Jakarta": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}
LIMITS = ("per_day", "per_second", "until", "first", "last", "row-column", "row-operator", "row-value")
SIGNS = {Choice.GIVE: "+", Choice.MASK: "~", Choice.HOLD: "−"}


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """What other agencies ask: those that wait first, then those decided."""
    need(request, "mantra.request.view")
    asked = reads.requests(request.actor, Side.PROVIDER)
    rows = asked.exclude(state=AccessRequest.State.OPEN).prefetch_related("agreements")
    context = {
        "open": [
            (row, body(row.document), due(row))
            for row in reads.open_requests(request.actor).select_related("document")
        ],
        "page": page_of(request, rows),
    }
    return render(request, "mantra/agreements/requests.html", context)


def due(row: AccessRequest):
    """Until when a request should be decided."""
    return row.at + timedelta(days=rules.DECIDE_DAYS)


def _received(request: HttpRequest, id) -> AccessRequest:
    """A request this agency decides on."""
    found = reads.access_request(request.actor, id)
    if found.side != Side.PROVIDER:
        raise Http404
    return found


@require_http_methods(["GET", "POST"])
def show(request: HttpRequest, id) -> HttpResponse:
    """The review. A POST changes nothing: it shows what other choices would come to."""
    asked = _received(request, id)
    if asked.state != AccessRequest.State.OPEN or not may(request.actor, "mantra.request.approve"):
        return render(request, "mantra/agreements/decided.html", _record(asked))
    return _review(request, asked, request.POST if request.method == "POST" else None)


def _review(request: HttpRequest, asked: AccessRequest, data) -> HttpResponse:
    form = _form(asked, data)
    valid = form.is_valid()
    context = _reviewed(asked, form) | {"request_row": asked, "due": due(asked)}
    template = "mantra/agreements/review_part.html" if request.htmx else "mantra/agreements/review.html"
    return render(request, template, context, status=200 if valid or not form.sent else 422)


def _form(asked: AccessRequest, data) -> ReviewForm:
    return ReviewForm(data, asked=body(asked.document), definition=body(asked.definition))


def _record(asked: AccessRequest) -> dict:
    terms = body(asked.document)
    return {
        "request_row": asked,
        "asked": terms,
        "basis_date": date.fromisoformat(terms["basis"]["date"]),
        "until": rules.day_of(rules.parse_until(terms)),
        "columns": _titles(asked, terms["columns"]),
        "agreement": asked.agreements.first(),
        "journey": journey(asked),
    }


def _titles(asked: AccessRequest, names: list[str]) -> list[str]:
    titles = {column["name"]: column["title"] for column in body(asked.definition)["columns"]}
    return [titles[name] for name in names]


def journey(asked: AccessRequest) -> list[dict]:
    """The steps of a request at the side that decides."""
    decided = asked.state != AccessRequest.State.OPEN
    labels = {
        AccessRequest.State.OPEN: _("Decision"),
        AccessRequest.State.APPROVED: _("Approved"),
        AccessRequest.State.REFUSED: _("Refused"),
    }
    return [
        {"label": _("Received"), "state": "done", "at": asked.at, "who": asked.peer_name},
        {
            "label": labels[asked.state],
            "state": "done" if decided else "now",
            "at": asked.decided_at,
            "who": str(asked.decided_by) if asked.decided_by else "",
        },
    ]


def _reviewed(asked: AccessRequest, form: ReviewForm) -> dict:
    """All that the page says about the choices as they stand."""
    terms, definition = body(asked.document), body(asked.definition)
    choices, limits = form.choices, form.limits
    columns = {column["name"]: column for column in definition["columns"]}
    outcome = rules.outcome(choices, form.defaults, limits, form.asked_limits)
    exceeds = rules.exceeds(limits, form.asked_limits)
    rows, trouble = _sample(asked, terms, definition, choices, limits)
    first = rows[0] if rows else {}
    return {
        "form": form,
        "asked": terms,
        "basis_date": date.fromisoformat(terms["basis"]["date"]),
        "counts": rules.counts(choices),
        "rows": [
            {
                "name": name,
                "title": columns[name]["title"],
                "personal": columns[name]["personal"],
                "choice": choice.value,
                "sign": SIGNS[choice],
                "value": first.get(name),
                "readable": bool(rows),
                "rule": mask_words(rules.mask_of(columns[name])) if choice == Choice.MASK else "",
            }
            for name, choice in choices.items()
        ],
        "sample": {
            "columns": [
                {"title": columns[name]["title"], "masked": choice == Choice.MASK}
                for name, choice in choices.items()
                if choice != Choice.HOLD
            ],
            "rows": [
                [
                    (row.get(name), choice == Choice.MASK)
                    for name, choice in choices.items()
                    if choice != Choice.HOLD
                ]
                for row in rows
            ],
        },
        "trouble": trouble,
        "filters": filters([*definition["row_filter"], *terms["row_filter"]], definition),
        "narrowed": filters(limits.rows, definition),
        "replaces": reads.in_force(asked.agency, terms["requester"], asked.service),
        "limits": limits,
        "zone": ZONES.get(asked.agency.zone, asked.agency.zone),
        "was": form.asked_limits,
        "outcome": outcome.value,
        "exceeds": exceeds,
        "asks_more": outcome == Outcome.WIDER or exceeds,
        "all_given": all(choice == Choice.GIVE for choice in choices.values()),
    }


def _sample(
    asked: AccessRequest, terms: dict, definition: dict, choices: dict, limits: rules.Limits
) -> tuple[list[dict], str]:
    """Three rows exactly as the receiver would get them, and what went wrong when there are none."""
    try:
        granted = _granted(asked, terms, definition, choices, limits)
    except ValueError:
        return [], ""
    service = (
        Service.objects.filter(agency_id=asked.agency_id, versions__document_id=asked.definition_id)
        .select_related("source")
        .first()
    )
    if service is None:
        return [], _("The service is no longer here.")
    version = service.versions.get(document_id=asked.definition_id)
    source = service.source
    where = (version.table_schema, version.table)
    try:
        return probe.answer(source.kind, unseal(source.sealed), where, definition, granted), ""
    except Fault as fault:
        return [], fault.text(get_language())


def _granted(
    asked: AccessRequest, terms: dict, definition: dict, choices: dict, limits: rules.Limits
) -> dict:
    """The grant as it would be signed now, for looking at."""
    return rules.grant(
        terms,
        definition,
        choices,
        limits,
        agreement_id=str(asked.number),
        request_sha=asked.document_id,
        provider_keys=[],
        zone=asked.agency.zone,
    )


@require_POST
def approve(request: HttpRequest, id) -> HttpResponse:
    """Sign what was chosen. More than the safe choice asks once more, and why."""
    asked = _received(request, id)
    need(request, "mantra.request.approve")
    form = _form(asked, request.POST)
    if not form.is_valid():
        return _review(request, asked, request.POST)
    choices, limits = form.choices, form.limits
    found = rules.outcome(choices, form.defaults, limits, form.asked_limits)
    if found == Outcome.NOTHING:
        messages.error(request, _("No column would leave. Refuse the request instead."))
        return _review(request, asked, request.POST)
    reason = ReasonForm(
        request.POST if "reason" in request.POST else None,
        label=_("Why is this needed?"),
        empty=_("Write why this much is needed"),
        hint=_("Kept on record here; the requester does not see it"),
    )
    if (found == Outcome.WIDER or rules.exceeds(limits, form.asked_limits)) and not reason.is_valid():
        return _ask_more(request, asked, form, reason)
    try:
        made = actions.approve(
            asked,
            choices=choices,
            limits=limits,
            reason=reason.cleaned_data["reason"] if reason.is_bound and reason.is_valid() else "",
            actor=request.actor,
        )
    except Fault as fault:
        messages.error(request, text(request, fault))
        return redirect("mantra:request", asked.pk)
    messages.success(
        request,
        _("Approved and signed. It takes effect once %(agency)s has signed too, as a rule within seconds.")
        % {"agency": asked.peer_name},
    )
    return redirect("mantra:agreement", made.pk)


def _ask_more(request: HttpRequest, asked: AccessRequest, form: ReviewForm, reason) -> HttpResponse:
    """What would leave in clear, or beyond the request; asks why before it is signed."""
    columns = {column["name"]: column for column in body(asked.definition)["columns"]}
    bare = [
        columns[name]["title"]
        for name, choice in form.choices.items()
        if choice == Choice.GIVE and (columns[name]["mask"] or columns[name]["personal"])
    ]
    limits = form.limits
    kept = {f"c.{name}": choice.value for name, choice in form.choices.items()}
    kept |= {name: request.POST[name] for name in LIMITS if name in request.POST}
    context = {
        "request_row": asked,
        "bare": bare,
        "exceeds": rules.exceeds(limits, form.asked_limits),
        "count": sum(choice != Choice.HOLD for choice in form.choices.values()),
        "kept": kept,
        "reason": reason,
        "back": reverse("mantra:request", args=[asked.pk]),
    }
    status = 422 if reason.is_bound else 200
    return render(request, "mantra/agreements/ask_more.html", context, status=status)


@require_http_methods(["GET", "POST"])
def refuse(request: HttpRequest, id) -> HttpResponse:
    """Ask why, then refuse; the requester gets the reason."""
    asked = _received(request, id)
    need(request, "mantra.request.refuse")
    form = ReasonForm(
        request.POST or None,
        label=_("Why not?"),
        empty=_("Write the reason; the requester reads it"),
        hint=_("%(agency)s gets these words") % {"agency": asked.peer_name},
    )
    return confirm(
        request,
        lambda reason: actions.refuse(asked, reason=reason, actor=request.actor),
        form=form,
        said=_("Refused. %(agency)s is told why.") % {"agency": asked.peer_name},
        to=("mantra:requests",),
        title=_("Refuse a request"),
        question=_("Refuse %(service)s to %(agency)s?") % {"service": asked.title, "agency": asked.peer_name},
        consequence=_("No data leaves. The agency may ask again, for less or on another basis."),
        do=_("Refuse the request"),
        keep=_("Go on reviewing"),
        back=reverse("mantra:request", args=[asked.pk]),
        back_label=_("Review"),
    )
