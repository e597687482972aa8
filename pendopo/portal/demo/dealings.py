"""What one node's seat does in MANTRA: sources and services, requests and decisions, as the script has them.

Each step calls the room's own actions as the person whose role it is. Runs inside a node (`seat`).
"""

import shutil
import time
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any

from pendopo.ground.accounts.actor import Actor
from pendopo.ground.accounts.models import Account
from pendopo.ground.directory.models import Agency
from pendopo.mantra.agreements import actions as agreements
from pendopo.mantra.agreements import rules
from pendopo.mantra.agreements.models import AccessRequest, Agreement, Side
from pendopo.mantra.services import actions as services
from pendopo.mantra.services import reads as catalogue
from pendopo.mantra.signing import agency_name, body
from pendopo.mantra.sources import actions as sources
from pendopo.mantra.sources import probe
from pendopo.mantra.sources import reads as places
from pendopo.mantra.subsystems import actions as subsystems
from pendopo.mantra.subsystems.models import Subsystem
from pendopo.portal.demo import nation, script
from pendopo.portal.demo.steps import everyone

SECONDS = 30.0  # how long something that another node must do first may take


def until(what: str, probe: Callable[[], Any]) -> Any:
    """What `probe` returns once that is true. TimeoutError names what was awaited."""
    deadline = time.monotonic() + SECONDS
    while not (found := probe()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: nothing after {SECONDS:.0f} s")
        time.sleep(0.05)
    return found


@cache
def person_with(code: str, role: str) -> Actor:
    """Whoever holds "room.role" in the agency, as `nation.SEATS` has it."""
    seat = next(s for s in nation.seats(code) if role in s.roles)
    number = seat.holder(everyone()[code]).number
    return Actor.of(Account.objects.get(username=number), Agency.objects.get(code=code), via="cli")


def connect(system_path: str, address: dict) -> str:
    """A subsystem and its source, with all services on it published. The subsystem's token, or ""."""
    plan = next(s for s in script.SYSTEMS if s.path == system_path)
    administrator = person_with(plan.agency, "mantra.administrator")
    alone = not nation.node_of(plan.agency).hosts
    subsystem = subsystems.create_subsystem(
        code=plan.code, name=plan.name, auth="none" if alone else "bearer", actor=administrator
    )
    # On a node of one agency its own machine is trusted; where several live, each program carries a token.
    token = "" if alone else subsystems.new_token(subsystem, actor=administrator)
    provider = person_with(plan.agency, "mantra.provider")
    source = sources.begin_source(address["kind"], actor=provider)
    fields = {name: value for name, value in address.items() if value and name != "kind"}
    if "path" in fields:  # a file comes into the agency's folder first
        fields["path"] = shutil.copy2(fields["path"], places.folder(source))
    sources.connect(source, fields, actor=provider)
    found = {table.name: table for table in probe.tables(source.kind, fields)}
    for service in (s for s in script.SERVICES if s.system == plan):
        table = found[service.table]
        described = probe.describe(source.kind, fields, table.schema, table.name)
        draft = services.begin_draft(source, actor=provider)
        services.choose_table(draft, described, actor=provider)
        services.save_draft(draft, _decided(draft.spec, service), actor=provider)
        services.publish(draft, subsystem=subsystem, actor=provider)
    return token


def _decided(spec: dict, service: script.Service) -> dict:
    """What the wizard's later steps would add to a draft's spec."""
    columns = [
        column
        | {
            "chosen": column["name"] in service.columns,
            "mask": service.columns.get(column["name"], "none"),
            "filter": column["name"] in service.filters,
        }
        for column in spec["columns"]
    ]
    return {
        "columns": columns,
        "title": service.title,
        "title_en": service.title_en,
        "description": service.description,
        "code": service.code,
        "limit": service.limit,
        "bulk": True,
    }


def ask(number: int) -> None:
    """The requester's side of `script.REQUESTS[number]`: finds the service in the catalogue and asks."""
    plan = script.REQUESTS[number]
    actor = person_with(plan.system.agency, "mantra.requester")
    listed = until(plan.service.path, lambda: catalogue.listed(actor, "id", plan.service.path))
    kind, no, day = plan.basis
    agreements.send_request(
        catalogue.describe(listed, actor),
        subsystem=Subsystem.objects.get(agency=actor.agency, code=plan.system.code),
        columns=list(plan.columns),
        per_day=plan.per_day,
        until=rules.today() + timedelta(days=plan.days),
        purposes=list(plan.purposes),
        basis={"kind": kind, "no": no, "date": day},
        note=plan.note,
        peer_name=agency_name(plan.service.system.agency),
        actor=actor,
    )


def decide(number: int) -> None:
    """The provider's side: waits for the request, then decides as the script says."""
    plan = script.REQUESTS[number]
    actor = person_with(plan.service.system.agency, "mantra.manager")
    request = until(f"request {number}", lambda: _at(AccessRequest, plan, Side.PROVIDER))
    if plan.outcome == "open":
        return
    if plan.outcome == "refused":
        agreements.refuse(request, reason=plan.reason, actor=actor)
        return
    choices = rules.default_choices(plan.columns, body(request.definition))
    choices |= dict.fromkeys(plan.hold, rules.Choice.HOLD) | dict.fromkeys(plan.mask, rules.Choice.MASK)
    # An offer goes beyond the request in one thing, so that a person must accept it: it lasts longer.
    days = plan.days + (120 if plan.outcome == "offered" else 0)
    limits = rules.Limits(per_day=plan.per_day, until=rules.today() + timedelta(days=days))
    agreements.approve(request, choices=choices, limits=limits, actor=actor)


def settled(number: int) -> None:
    """The requester's side: waits until the outcome has arrived here."""
    plan = script.REQUESTS[number]
    expected = {"refused": AccessRequest.State.REFUSED, "offered": Agreement.State.OFFERED}
    state = expected.get(plan.outcome, Agreement.State.ACTIVE)
    kind = AccessRequest if plan.outcome == "refused" else Agreement
    until(
        f"{plan.outcome} {number}",
        lambda: (found := _at(kind, plan, Side.REQUESTER)) and found.state == state,
    )


def in_force(number: int) -> None:
    """The provider's side: waits until the requester's signature has come back."""
    plan = script.REQUESTS[number]
    until(
        f"agreement {number}",
        lambda: (found := _at(Agreement, plan, Side.PROVIDER)) and found.state == Agreement.State.ACTIVE,
    )


def revoke(number: int) -> None:
    """The provider ends an agreement."""
    plan = script.REQUESTS[number]
    actor = person_with(plan.service.system.agency, "mantra.manager")
    agreements.revoke(_at(Agreement, plan, Side.PROVIDER), reason=plan.reason, actor=actor)


def _at(kind: type, plan: script.Request, side: str):
    """The request or agreement of ``plan`` as one side keeps it, or None."""
    mine, theirs = plan.service.system.agency, plan.system.agency
    if side == Side.REQUESTER:
        mine, theirs = theirs, mine
    found = kind.objects.filter(agency__code=mine, side=side, peer=theirs, service=plan.service.path)
    return found.order_by("-at").first()
