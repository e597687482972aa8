"""Founding the demo nation: the agencies' databases and three nodes, each by what `pendopo init` does.

The registry's node is made first and runs for a moment, so that the others can join it by an invitation.
"""

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path

from pendopo.core.errors import Fault
from pendopo.core.home import render
from pendopo.ops import home as homes
from pendopo.ops import process
from pendopo.ops.init import Plan, init, planned, terminable
from pendopo.ops.supervise import Part
from pendopo.ops.up import check_ports, node_parts
from pendopo.portal.demo import messages, nation, tables
from pendopo.portal.demo.generate import agencies, citizens
from pendopo.portal.demo.seats import Seat
from pendopo.portal.demo.sources import Sources

START_SECONDS = 60


def make(base: Path, offset: int, *, mail: bool) -> dict[str, str]:
    """Make all of it under ``base``; the activation codes of the nodes' administrators, by agency.

    ``mail``: one node will have it (`give_mail`). Main thread only. Raises Fault, Failed, or what
    `Sources.make` raises; nothing keeps running then.
    """
    plans = [_plan(base, node, offset) for node in nation.NODES]
    for plan in plans:  # better now than after all has been made
        posts = mail and plan.name == messages.NODE
        check_ports(replace(planned(plan), mail=messages.servers(offset) if posts else None))
    registry, *others = plans
    with terminable(), contextlib.ExitStack() as undo:
        founding = undo.enter_context(_founding(registry))
        families = list(citizens.families())
        Sources(base / "sources", offset).make(
            tables.population(families), tables.taxation(families), tables.insurance(families)
        )
        codes = {registry.agency: _finish(founding)}
        home = homes.load(registry.root)
        undo.enter_context(running([part for part in node_parts(home) if part.name != "worker"]))
        with contextlib.closing(Seat(home.root)) as seat:
            tokens = [seat.do("invite", agency=plan.agency, node=plan.name) for plan in others]
        joining = [
            undo.enter_context(_founding(replace(plan, join=token)))
            for plan, token in zip(others, tokens, strict=True)
        ]
        codes |= {plan.agency: _finish(child) for plan, child in zip(others, joining, strict=True)}
    return codes


def give_mail(base: Path, offset: int) -> None:
    """From its next start on the node that is to have mail has it."""
    home = replace(homes.load(base / messages.NODE), mail=messages.servers(offset))
    homes.write_private(home.config, render(home).encode())


@contextlib.contextmanager
def running(parts: Sequence[Part]) -> Iterator[None]:
    """The parts, ready, for as long as the block lasts. Main thread only. Fault when one does not start."""
    deadline = time.monotonic() + START_SECONDS
    try:
        for part in parts:
            part.start()
            while part.name == "database" and not part.ready():
                _wait(part, deadline)
        for part in parts:
            while not part.ready():
                _wait(part, deadline)
        yield
    finally:
        for part in reversed(parts):
            if part.child is not None:
                process.stop(part.child, part.stop_signal, part.stop_seconds)


def _wait(part: Part, deadline: float) -> None:
    if part.child.poll() is not None or time.monotonic() > deadline:
        raise Fault("ops.not_started", process=part.name, log=str(part.log), said=part.tail())
    time.sleep(0.05)


def _plan(base: Path, node: nation.Node, offset: int) -> Plan:
    """What `pendopo init` is asked for to make the node."""
    head = nation.seats(node.agency)[0].holder(agencies.everyone(date.today())[node.agency])
    return Plan(
        root=base / node.name,
        name=node.name,
        agency=node.agency,
        agency_name=nation.NAMES[node.agency],
        admin=head.number,
        admin_name=head.name,
        registry=node.registry,
        portal_port=node.portal + offset,
        app_port=node.app + offset,
        peer_port=node.peer + offset,
        passphrase=nation.PASSWORD if node.registry else "",
    )


@contextlib.contextmanager
def _founding(plan: Plan) -> Iterator[subprocess.Popen]:
    """`pendopo init` of one node, in a process of its own: two can be made at once."""
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", "pendopo.portal.demo.found"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        json.dump(asdict(plan) | {"root": str(plan.root)}, child.stdin)
        child.stdin.close()
        yield child
    finally:
        child.terminate()  # `init` clears away what it has built
        child.wait()


def _finish(child: subprocess.Popen) -> str:
    """The activation code of a node being made. Raises the Fault that stopped it."""
    said = child.stdout.read()
    child.wait()
    try:
        answer = json.loads(said.splitlines()[-1])
    except (IndexError, ValueError):
        raise Fault("ops.unexpected", what="pendopo.portal.demo.found") from None
    if "fault" in answer:
        raise Fault(answer["fault"], **answer["params"])
    return answer["activation"]


def main() -> None:
    """The child of `_founding`."""
    plan = json.load(sys.stdin)
    try:
        made = init(Plan(**plan | {"root": Path(plan["root"])}))
        answer = {"activation": made.activation}
    except Fault as fault:
        answer = {"fault": fault.code, "params": fault.params}
    print(json.dumps(answer, default=str))


if __name__ == "__main__":
    main()
