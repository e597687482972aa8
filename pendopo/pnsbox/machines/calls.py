"""What boxes may call, one function each: who asks is checked by its signature, every time.

A box is told its own configuration only: no call takes the id of another.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from pendopo.core import boxcall, strict
from pendopo.core.errors import Fault
from pendopo.ground.accounts.actor import Actor
from pendopo.pnsbox.boxes import actions, lines
from pendopo.pnsbox.boxes.models import Box, Configuration
from pendopo.pnsbox.health import measures, samples

from . import asked as requests
from .asked import Answer, Asked

log = logging.getLogger(__name__)

tries = requests.Tries()
STATUS = {
    "pnsbox.code": 404,
    "pnsbox.call_unknown": 404,
    "pnsbox.too_large": 413,
    "pnsbox.slow_down": 429,
    "pnsbox.request": 400,
    "pnsbox.key_taken": 409,
    "pnsbox.rotate_old": 409,
    "pnsbox.box_refused": 403,
    "box.call_signature": 401,
    "box.call_clock": 401,
}


def caller(asked: Asked) -> Box:
    """The box that signed the request.

    `Fault box.call_signature` for one that is not known as for one that did not sign, `box.call_clock`, and
    for one that was cut off `pnsbox.box_refused`.
    """
    try:
        id = UUID(asked.headers.get(boxcall.BOX.lower(), ""))
    except ValueError:
        raise Fault("box.call_signature") from None
    rows = Box.objects.select_related("network__agency", "site").filter(pk=id, box_key__isnull=False)
    box = rows.defer("report", "network__deny").first()
    if box is None:
        raise Fault("box.call_signature")
    given = {name: asked.headers.get(name.lower(), "") for name in (boxcall.TIME, boxcall.SIGNATURE)}
    boxcall.check(bytes(box.box_key), given, asked.method, asked.target, asked.body, int(time.time()))
    if box.state != Box.State.ACTIVE:
        raise Fault("pnsbox.box_refused")
    return box


def enrol(asked: Asked) -> Answer:
    """A box brings the code of its sheet and its public keys, and gets its first configuration."""
    said, now = requests.enrolment(asked.body), time.monotonic()
    tries.check(asked.remote, now)
    try:
        box = actions.enrol(
            code=said.code,
            box_key=said.box_key,
            wg_key=said.wg_key,
            capabilities=said.capabilities,
            actor=Actor.system(via="wire"),
        )
    except Fault as fault:
        if fault.code == "pnsbox.code":
            tries.wrong(asked.remote, now)
            log.warning("a wrong code from %s", asked.remote)
        raise
    answer = {
        "box": str(box.pk),
        "network": str(box.network_id),
        "controller_key": strict.b64e(bytes(box.network.key_pub)),
        "config": bytes(_newest(box, 0).raw).decode(),
    }
    return _json(answer)


def configuration(box: Box, after: int) -> Answer | None:
    """The box's newest configuration, if its serial is above `after`; None if there is none yet."""
    found = _newest(box, after)
    return found and Answer(200, bytes(found.raw), {"Pendopo-Deny": str(box.network.deny_serial)})


def still(box: Box) -> Box:
    """The box as it is now, after a wait; `Fault pnsbox.box_refused` if it was cut off meanwhile."""
    rows = Box.objects.select_related("network").defer("report", "network__deny")
    now = rows.filter(pk=box.pk, state=Box.State.ACTIVE).first()
    if now is None:
        raise Fault("pnsbox.box_refused")
    return now


def report(asked: Asked) -> Answer:
    """How the box is. Where its lines have other public addresses than before, its peers are told."""
    box, now = caller(asked), timezone.now()
    said = requests.report(asked.body)
    kept = {name: getattr(said, name) for name in ("serial", "state", "undone", "lines", "peers")}
    _measured(box, kept, now)
    Box.objects.filter(pk=box.pk, state=Box.State.ACTIVE).update(
        report=kept, capabilities=said.capabilities, reported_at=now
    )
    seen = _seen(said.lines)
    known = {line.name: line.seen for line in box.site.lines.all()} if seen else {}
    if moved := {name: where for name, where in seen.items() if known.get(name, where) != where}:
        actions.move(box, moved, actor=_system(box))
    return _json({"serial": box.serial, "deny": box.network.deny_serial})


def _measured(box: Box, said: dict, now: datetime) -> None:
    """Keeps what the report says of the box's lines. How much went over them is known where the report before
    is not old; it is read here, for no other call needs it."""
    fresh = box.reported_at is not None and now - box.reported_at < 2 * samples.SPAN
    names = [line.name for line in box.site.lines.all()] if box.site else []
    samples.keep(box, measures.measured(box.report if fresh else {}, said, names), now)


def rotate(asked: Asked) -> Answer:
    """The box has a new WireGuard key; its peers get it at once."""
    box = caller(asked)
    key = requests.new_key(asked.body)
    at = int(asked.headers[boxcall.TIME.lower()])
    box = actions.rotate(box, key, at, actor=_system(box))
    return _json({"serial": _newest(box, 0).serial})


def deny(asked: Asked) -> Answer:
    """The signed list of all keys that the network refuses."""
    return Answer(200, bytes(caller(asked).network.deny))


CONFIG = ("GET", "/box/v1/config")  # the one that waits: the server asks `caller` and `configuration`
ROUTES: dict[tuple[str, str], Callable[[Asked], Answer]] = {
    ("POST", "/box/v1/enrol"): enrol,
    ("POST", "/box/v1/report"): report,
    ("POST", "/box/v1/rotate"): rotate,
    ("GET", "/box/v1/deny"): deny,
}


def refusal(fault: Fault) -> Answer:
    """A fault for a program: code and facts."""
    headers = {"Retry-After": str(fault.params["seconds"])} if fault.code == "pnsbox.slow_down" else {}
    body = strict.dumps({"code": fault.code, "params": fault.params})
    return Answer(STATUS.get(fault.code, 422), body, headers)


def _system(box: Box) -> Actor:
    return Actor.system(box.network.agency, via="wire")


def _newest(box: Box, after: int) -> Configuration | None:
    return box.configurations.filter(serial__gt=after).order_by("-serial").first()


def _seen(said: list[str | dict]) -> dict[str, str]:
    """line → public address, of those that say one; what is no address is nobody's."""
    found = {}
    for line in said:
        if isinstance(line, str):
            continue
        name, where = line.get("name"), line.get("endpoint")
        if isinstance(name, str) and isinstance(where, str):
            try:
                found[name] = lines.endpoint(where)
            except Fault:
                continue
    return found


def _json(value: dict) -> Answer:
    return Answer(200, strict.dumps(value))
