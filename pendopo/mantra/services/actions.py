"""Drafting, publishing, closing and checking table services."""

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop as N_

from pendopo.adapters import Description
from pendopo.core.errors import Fault
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.audit.act import act
from pendopo.ground.delivery.actions import Holders, notice, send, settled
from pendopo.ground.nodes import reads as nodes
from pendopo.ground.nodes.actions import compile_node
from pendopo.ground.nodes.documents import store

from ..acts import PROVIDER
from ..signing import body, sign_as
from ..sources import probe
from ..sources.models import Source
from ..sources.seal import unseal
from ..subsystems.models import Subsystem
from ..subsystems.rules import code_problem
from . import rules
from .models import Draft, Service, ServiceVersion


def begin_draft(source: Source, *, service: Service | None = None, actor: Actor) -> Draft:
    """A draft on `source`; of the next version of `service` when given, as it is now."""
    draft = Draft(agency=actor.agency, account=actor.account, source=source, service=service)
    with act("mantra.service.draft", actor=actor, subject=draft):
        if service:
            draft.spec = _spec_of(service)
        draft.save(force_insert=True)
    return draft


def choose_table(draft: Draft, found: Description, *, actor: Actor) -> None:
    """The table that the service reads. What was decided on columns of the same names is kept."""
    kept = {column["name"]: column for column in draft.spec.get("columns", [])}
    columns = []
    for column in found.columns:
        before = kept.get(column.name, {})
        same = before.get("type") == column.type
        columns.append(
            {
                "name": column.name,
                "type": column.type,
                "db_type": column.db_type,
                "nullable": column.nullable,
                "key": column.key,
                "hint": column.personal,
                "reason": column.reason,
                "title": before.get("title") or rules.title_of(column.name),
                "personal": before.get("personal", column.personal),
                "chosen": before.get("chosen", False),
                "mask": before.get("mask", "none") if same else "none",
                "suggested": rules.mask_name(column.mask),
                "filter": before.get("filter", column.key) if same else column.key,
            }
        )
    names = {column["name"] for column in columns}
    spec = draft.spec | {
        "schema": found.schema,
        "table": found.name,
        "key": list(found.key),
        "schema_sha": found.schema_sha,
        "rows": found.rows,
        "columns": columns,
        "row_filter": [term for term in draft.spec.get("row_filter", []) if term[0] in names],
    }
    save_draft(draft, spec, actor=actor)


def save_draft(draft: Draft, changes: dict, *, actor: Actor) -> None:
    """Keeps what a step of the wizard decided."""
    with act("mantra.service.draft", actor=actor, subject=draft):
        draft.spec = draft.spec | changes
        draft.save(update_fields=["spec", "saved_at"])


def discard_draft(draft: Draft, *, actor: Actor) -> None:
    """Throws a draft away, and its source with it when nothing else came of that."""
    with act("mantra.service.draft", actor=actor, subject=draft) as line:
        line.detail["discarded"] = draft.spec.get("title", "")
        source = draft.source
        draft.delete()
        if source.state == Source.State.DRAFT and not source.drafts.exists():
            source.delete()


def publish(draft: Draft, *, subsystem: Subsystem, actor: Actor) -> Service:
    """Signs the draft's description, opens the service at the gateway and puts it into the catalogue.

    A draft of an existing service becomes its next version. Agreements go on with the version they pin.
    `Fault mantra.draft_incomplete` names the wizard's step that is not done.
    """
    spec = draft.spec
    service = draft.service or Service(
        agency=actor.agency, subsystem=subsystem, source=draft.source, code=spec.get("code", "")
    )
    with act("mantra.service.publish", actor=actor, subject=service) as line:
        if found := rules.problems(spec):
            raise Fault("mantra.draft_incomplete", step=found[0].step)
        if service.subsystem.agency_id != actor.agency.pk or draft.agency_id != actor.agency.pk:
            raise Fault("mantra.not_theirs", type="service/1")
        if problem := code_problem(service.code):
            raise Fault(f"mantra.code_{problem}", text=service.code)
        service.title = spec["title"]
        service.drift, service.checked_at = None, timezone.now()
        service.state, service.notice = Service.State.PUBLISHED, ""
        try:
            with transaction.atomic():
                service.save()
        except IntegrityError:
            raise Fault("mantra.code_taken", text=service.code) from None
        version = _new_version(service, spec)
        Source.objects.filter(pk=draft.source_id).update(state=Source.State.READY)
        draft.delete()
        settled("mantra.drift", str(service.pk))
        compile_node()
        _announce(service, bytes(version.document.raw), actor)
        line.detail |= {"service": service.path, "version": version.n}
    return service


def disable(service: Service, *, notice_text: str, actor: Actor) -> None:
    """Closes a service for now: callers get `notice_text`. Agreements stay as they are."""
    with act("mantra.service.disable", actor=actor, subject=service) as line:
        service.state, service.notice = Service.State.DISABLED, notice_text
        service.save(update_fields=["state", "notice"])
        line.detail["notice"] = notice_text
        compile_node()


def enable(service: Service, *, actor: Actor) -> None:
    """Opens a closed service again."""
    with act("mantra.service.enable", actor=actor, subject=service):
        service.state, service.notice = Service.State.PUBLISHED, ""
        service.save(update_fields=["state", "notice"])
        compile_node()


def check_schema(service: Service, *, actor: Actor) -> bool:
    """Compares the table with what the service promises and keeps the difference. True when it drifted."""
    with act("mantra.service.check", actor=actor, subject=service) as line:
        version = service.versions.select_related("document").first()
        found = probe.drift(
            service.source.kind,
            unseal(service.source.sealed),
            version.table_schema,
            version.table,
            body(version.document),
        )
        was = bool(service.drift)
        service.drift = (
            {"missing": list(found.missing), "retyped": [list(change) for change in found.retyped]}
            if found
            else None
        )
        service.checked_at = timezone.now()
        service.save(update_fields=["drift", "checked_at"])
        line.detail["drift"] = service.drift
        if found and not was:
            notice(
                Holders(service.agency, "mantra", frozenset({PROVIDER})),
                "mantra.drift",
                str(service.pk),
                reverse("mantra:service", args=[service.pk]),
                N_("The table behind %(service)s has changed"),
                service=service.title,
            )
        elif was and not found:
            settled("mantra.drift", str(service.pk))
    return bool(found)


def _new_version(service: Service, spec: dict) -> ServiceVersion:
    n = (service.versions.values_list("n", flat=True).first() or 0) + 1
    payload = rules.definition(spec, service=service.path, version=n)
    return ServiceVersion.objects.create(
        service=service,
        n=n,
        document=store(sign_as(service.agency, "service/1", payload)),
        table_schema=spec["schema"],
        table=spec["table"],
        schema_sha=spec["schema_sha"],
    )


def _announce(service: Service, raw: bytes, actor: Actor) -> None:
    """Sends the description to the agency that keeps the registry: into the catalogue."""
    send(service.agency, nodes.registry_agency(), "service/1", raw, actor=actor, order=service.path)


def _spec_of(service: Service) -> dict:
    """A draft's spec from the service's latest version."""
    version = service.versions.select_related("document").first()
    described = body(version.document)
    return {
        "schema": version.table_schema,
        "table": version.table,
        "schema_sha": version.schema_sha,
        "title": described["title"]["id"],
        "title_en": described["title"]["en"],
        "description": described["description"],
        "code": service.code,
        "subsystem": str(service.subsystem_id),
        "limit": described["limit"]["max"],
        "bulk": described["bulk"],
        "row_filter": described["row_filter"],
        "columns": [
            {
                "name": column["name"],
                "type": column["type"],
                "title": column["title"],
                "personal": column["personal"],
                "chosen": True,
                "mask": rules.mask_name(column["mask"]),
                "filter": column["name"] in described["filters"],
            }
            for column in described["columns"]
        ],
    }
