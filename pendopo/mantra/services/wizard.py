"""Connecting a source and publishing a service, one decision a page. Each step is an address and is saved."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from pendopo.adapters import masks
from pendopo.core.errors import Fault
from pendopo.ground.web import confirm, form_page, may, need, text

from ..sources import actions as source_actions
from ..sources import probe
from ..sources.forms import KindForm
from ..sources.models import Source
from ..sources.pages import address_form, connected
from ..sources.reads import access_source
from ..sources.seal import unseal
from ..subsystems import actions as subsystem_actions
from ..subsystems.models import Subsystem
from ..subsystems.reads import usual_auth
from ..subsystems.rules import suggest_code
from . import actions, reads, rules
from .forms import NEW, ColumnForm, LimitsForm, RowFilterForm, TableForm
from .models import Draft
from .show import filters, type_words

CONDITIONS = 3  # row filters that the page offers
SAMPLES = 3
STEPS = ("kind", "address", "table", "columns", "limits", "check")


def steps(draft: Draft | None, now: str) -> list[dict]:
    """The wizard's steps as the page shows them; a source in use is connected already."""
    spec = draft.spec if draft else {}
    done = {
        "kind": bool(draft),
        "address": bool(draft and draft.source.sealed),
        "table": bool(spec.get("table")),
        "columns": any(column["chosen"] for column in spec.get("columns", [])),
        "limits": bool(spec.get("title") and spec.get("limit")),
        "check": False,
    }
    labels = {
        "kind": _("Kind"),
        "address": _("Address"),
        "table": _("Table"),
        "columns": _("Columns"),
        "limits": _("Limits"),
        "check": _("Check"),
    }
    if draft and draft.source.state == Source.State.READY:
        del labels["kind"], labels["address"]
    return [
        {
            "label": label,
            "state": "now" if step == now else "done" if done[step] else "next",
            "url": reverse(f"mantra:connect-{step}", args=[draft.pk]) if draft else "",
        }
        for step, label in labels.items()
    ]


def _go(draft: Draft, step: str) -> HttpResponse:
    return redirect(f"mantra:connect-{step}", draft.pk)


def _page(request: HttpRequest, draft: Draft | None, step: str, form, **context) -> HttpResponse:
    shown = steps(draft, step)
    names = STEPS[-len(shown) :]
    before = names[names.index(step) - 1] if names.index(step) else ""
    context |= {
        "draft": draft,
        "steps": shown,
        "before": reverse(f"mantra:connect-{before}", args=[draft.pk]) if draft and before else "",
    }
    return form_page(request, f"mantra/wizard/{step}.html", form, context)


@require_http_methods(["GET", "POST"])
def begin(request: HttpRequest) -> HttpResponse:
    """First step of a new source: its kind."""
    need(request, "mantra.source.connect")
    form = KindForm(request.POST or None)
    if form.is_valid():
        source = source_actions.begin_source(form.cleaned_data["kind"], actor=request.actor)
        return _go(actions.begin_draft(source, actor=request.actor), "address")
    return _page(request, None, "kind", form)


@require_http_methods(["GET", "POST"])
def kind(request: HttpRequest, id) -> HttpResponse:
    """The kind again."""
    draft = reads.access_draft(request.actor, id)
    if draft.source.state == Source.State.READY:
        return _go(draft, "table")
    form = KindForm(request.POST or None, initial={"kind": draft.source.kind})
    if form.is_valid():
        source_actions.change_kind(draft.source, form.cleaned_data["kind"], actor=request.actor)
        return _go(draft, "address")
    return _page(request, draft, "kind", form)


@require_http_methods(["GET", "POST"])
def address(request: HttpRequest, id) -> HttpResponse:
    """Where the database is: tried, and kept when it answers."""
    draft = reads.access_draft(request.actor, id)
    if draft.source.state == Source.State.READY:
        return _go(draft, "table")
    form = address_form(request, draft.source)
    if form.is_valid() and connected(request, form, draft.source):
        return _go(draft, "table")
    return _page(request, draft, "address", form)


@require_http_methods(["GET", "POST"])
def table(request: HttpRequest, id) -> HttpResponse:
    """Which table or view."""
    draft = reads.access_draft(request.actor, id)
    if not draft.source.sealed:
        return _go(draft, "address")
    where = draft.source.kind, unseal(draft.source.sealed)
    try:
        tables = probe.tables(*where)
    except Fault as fault:
        return _page(request, draft, "table", TableForm(tables=[]), trouble=text(request, fault))
    chosen = (draft.spec.get("schema"), draft.spec.get("table"))
    now = next((str(n) for n, one in enumerate(tables) if (one.schema, one.name) == chosen), None)
    form = TableForm(request.POST or None, tables=tables, initial={"table": now})
    if form.is_valid():
        picked = form.chosen
        try:
            found = probe.describe(*where, picked.schema, picked.name)
        except Fault as fault:
            form.add_error("table", text(request, fault))
        else:
            actions.choose_table(draft, found, actor=request.actor)
            return _go(draft, "columns")
    several = len({one.schema for one in tables}) > 1
    return _page(request, draft, "table", form, tables=list(form.tables.items()), several=several)


@require_http_methods(["GET", "POST"])
def columns(request: HttpRequest, id) -> HttpResponse:
    """Which columns leave, under which title, masked or not; a live preview while one chooses."""
    draft = reads.access_draft(request.actor, id)
    if not draft.spec.get("table"):
        return _go(draft, "table")
    forms = [
        ColumnForm(request.POST or None, column=column, prefix=f"c{number}")
        for number, column in enumerate(draft.spec["columns"])
    ]
    sent = request.method == "POST"
    sound = [form.is_valid() for form in forms]
    decided = [form.decided for form in forms] if sent else draft.spec["columns"]
    nothing = not any(column["chosen"] for column in decided)
    preview = _preview(draft, decided)
    for form in forms:
        name = form.column["name"]
        form.column |= {"type_words": type_words(form.column["type"]), "example": preview["values"][name]}
    context = {"forms": forms, "preview": preview, "counts": _counts(decided)}
    if request.htmx:
        return render(request, "mantra/wizard/preview.html", context)
    if sent and all(sound) and not nothing:
        spec = {"columns": decided, "subject_column": rules.subject_of(decided)}
        actions.save_draft(draft, spec, actor=request.actor)
        return _go(draft, "limits")
    context |= {"nothing": sent and nothing, "failed": sent}
    response = _page(request, draft, "columns", forms[0], **context)
    response.status_code = 422 if sent else 200
    return response


def _samples(draft: Draft) -> list[dict]:
    """A few rows of the table, for the provider's eyes; none when it does not answer just now."""
    where = draft.source.kind, unseal(draft.source.sealed)
    try:
        return probe.sample(*where, draft.spec["schema"], draft.spec["table"], SAMPLES)
    except Fault:
        return []


def _preview(draft: Draft, decided: list[dict]) -> dict:
    """Sample rows, and beside each value how its mask would show it."""
    rows = _samples(draft)
    shown = [column for column in decided if column["chosen"]]
    return {
        "columns": shown,
        "rows": [
            [
                (masks.apply(rules.MASKS[column["mask"]], row.get(column["name"])), column["mask"] != "none")
                for column in shown
            ]
            for row in rows
        ],
        "values": {
            column["name"]: next((v[:60] for row in rows if (v := row.get(column["name"]))), "")
            for column in decided
        },
        "readable": bool(rows),
    }


def _counts(decided: list[dict]) -> dict[str, int]:
    chosen = [column for column in decided if column["chosen"]]
    masked = [column for column in chosen if column["mask"] != "none"]
    bare = [column for column in chosen if column["personal"] and column["mask"] == "none"]
    return {"chosen": len(chosen), "masked": len(masked), "bare": len(bare)}


@require_http_methods(["GET", "POST"])
def limits(request: HttpRequest, id) -> HttpResponse:
    """The service's name and address, how many rows at once, and which rows at all."""
    draft = reads.access_draft(request.actor, id)
    if not draft.spec.get("columns"):
        return _go(draft, "table")
    spec, actor = draft.spec, request.actor
    subsystems = list(Subsystem.objects.filter(agency=actor.agency).select_related("agency"))
    may_add = may(actor, "mantra.subsystem.create")
    initial = {
        "code": suggest_code(spec["table"]),
        "title": rules.title_of(spec["table"]),
        "subsystem": str(subsystems[0].pk) if subsystems else NEW,
        "limit": 1000,
    }
    form = LimitsForm(
        request.POST or None,
        subsystems=subsystems,
        may_add=may_add,
        fixed=draft.service_id is not None,
        initial=initial | {name: spec[name] for name in LimitsForm.base_fields if name in spec},
    )
    terms = spec.get("row_filter", [])
    conditions = [
        RowFilterForm(
            request.POST or None,
            columns=spec["columns"],
            term=terms[n] if n < len(terms) else None,
            prefix=f"f{n}",
        )
        for n in range(CONDITIONS)
    ]
    sound = [one.is_valid() for one in (form, *conditions)]
    if all(sound):
        changes = dict(form.cleaned_data)
        changes["row_filter"] = [one.term for one in conditions if one.term]
        actions.save_draft(draft, changes, actor=actor)
        return _go(draft, "check")
    response = _page(
        request,
        draft,
        "limits",
        form,
        conditions=conditions,
        more_conditions=any(one["column"].value() for one in conditions[1:]),
        no_system=not subsystems and not may_add,
    )
    response.status_code = 422 if request.method == "POST" else 200
    return response


@require_http_methods(["GET", "POST"])
def check(request: HttpRequest, id) -> HttpResponse:
    """The whole on one page, with the rows as they would leave; then publish."""
    draft = reads.access_draft(request.actor, id)
    if found := rules.problems(draft.spec):
        return _go(draft, found[0].step)
    if request.method == "POST":
        try:
            service = actions.publish(draft, subsystem=_subsystem(draft, request), actor=request.actor)
        except Fault as fault:
            messages.error(request, text(request, fault))
            return _go(draft, "check")
        messages.success(request, _("%(service)s is published.") % {"service": service.title})
        return redirect("mantra:service", service.pk)
    definition = rules.definition(draft.spec, service=_future_path(draft, request), version=1)
    rows, trouble = [], ""
    try:
        rows = probe.answer(
            draft.source.kind,
            unseal(draft.source.sealed),
            (draft.spec["schema"], draft.spec["table"]),
            definition,
            None,
        )
    except Fault as fault:
        trouble = text(request, fault)
    context = {
        "definition": definition,
        "rows": [
            [(row.get(column["name"]), bool(column["mask"])) for column in definition["columns"]]
            for row in rows
        ],
        "conditions": filters(definition["row_filter"], definition),
        "counts": _counts(draft.spec["columns"]),
        "trouble": trouble,
        "path": definition["service"],
    }
    return _page(request, draft, "check", KindForm(), **context)


def _future_path(draft: Draft, request: HttpRequest) -> str:
    """The service's identifier as it will be."""
    if draft.service:
        return draft.service.path
    spec = draft.spec
    code = spec["new_subsystem"] if spec["subsystem"] == NEW else _chosen(draft, request).code
    return f"{request.actor.agency.code}/{code}/{spec['code']}"


def _chosen(draft: Draft, request: HttpRequest) -> Subsystem:
    found = Subsystem.objects.filter(agency=request.actor.agency, pk=draft.spec["subsystem"]).first()
    if found is None:
        raise Fault("mantra.subsystem_unknown")
    return found


def _subsystem(draft: Draft, request: HttpRequest) -> Subsystem:
    """The system the service will belong to, made now if it is new."""
    if draft.service:
        return draft.service.subsystem
    if draft.spec["subsystem"] != NEW:
        return _chosen(draft, request)
    code = draft.spec["new_subsystem"]
    existing = Subsystem.objects.filter(agency=request.actor.agency, code=code).first()
    return existing or subsystem_actions.create_subsystem(
        code=code, name=code, auth=usual_auth(), actor=request.actor
    )


@require_http_methods(["GET", "POST"])
def discard(request: HttpRequest, id) -> HttpResponse:
    """Ask, then throw a draft away."""
    draft = reads.access_draft(request.actor, id)
    return confirm(
        request,
        lambda _reason: actions.discard_draft(draft, actor=request.actor),
        said=_("The draft was thrown away."),
        to=("mantra:sources",),
        title=_("Throw the draft away"),
        question=_("Throw this draft away?"),
        consequence=_(
            "What you chose so far is forgotten. Nothing was published; the database stays as it is."
        ),
        do=_("Throw the draft away"),
        keep=_("Go on with it"),
        back=reverse("mantra:connect-check", args=[draft.pk]),
        back_label=_("Draft"),
    )


@require_POST
def another(request: HttpRequest, id) -> HttpResponse:
    """A further service on a source that is connected already."""
    source = access_source(request.actor, id)
    return _go(actions.begin_draft(source, actor=request.actor), "table")


@require_POST
def version(request: HttpRequest, id) -> HttpResponse:
    """The next version of a service: the table as it is now, with what was decided before."""
    service = reads.access_service(request.actor, id)
    draft = actions.begin_draft(service.source, service=service, actor=request.actor)
    try:
        found = probe.describe(
            service.source.kind, unseal(service.source.sealed), draft.spec["schema"], draft.spec["table"]
        )
    except Fault as fault:
        actions.discard_draft(draft, actor=request.actor)
        messages.error(request, text(request, fault))
        return redirect("mantra:service", service.pk)
    actions.choose_table(draft, found, actor=request.actor)
    return _go(draft, "columns")
