"""What boxes may call, one function each: who asks is checked by its signature, every time.

A box is told its own configuration only: no call takes the id of another.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db.models import F, Q
from django.utils import timezone

from pendopo.core import boxcall, strict
from pendopo.core.errors import Fault
from pendopo.ground.accounts.actor import Actor
from pendopo.pnsbox.boxes import actions, lines, rekey
from pendopo.pnsbox.boxes.models import Box, Configuration
from pendopo.pnsbox.health import measures, samples
from pendopo.pnsbox.roads import actions as roads
from pendopo.pnsbox.roads import telling

from . import asked as requests
from .asked import Answer, Asked, Held

log = logging.getLogger(__name__)

tries, heard = requests.Tries(), boxcall.Heard()
STATUS = {
    "pnsbox.code": 404,
    "pnsbox.call_unknown": 404,
    "pnsbox.too_large": 413,
    "pnsbox.slow_down": 429,
    "pnsbox.request": 400,
    "pnsbox.key_taken": 409,
    "pnsbox.rotate_old": 409,
    "pnsbox.rotate_busy": 409,
    "pnsbox.rotate_none": 409,
    "pnsbox.box_refused": 403,
    "box.call_signature": 401,
    "box.call_clock": 401,
    "box.call_again": 409,
}


def caller(asked: Asked) -> Box:
    """The box that signed the request.

    `Fault box.call_signature` for one that is not known as for one that did not sign, `box.call_clock`, for
    a request that was answered before `box.call_again`, and for one that was cut off `pnsbox.box_refused`.
    """
    rows = Box.objects.select_related("network__agency", "site").filter(pk=_named(asked))
    box = rows.defer("report", "network__deny").first()
    _check(asked, *((box.box_key, box.state) if box else (None, "")))
    return box


def _named(asked: Asked) -> UUID:
    """The box that the request says it is of; nobody knows yet whether that is true."""
    try:
        return UUID(asked.headers.get(boxcall.BOX.lower(), ""))
    except ValueError:
        raise Fault("box.call_signature") from None


def _check(asked: Asked, key: bytes | None, state: str) -> None:
    """Whether the holder of a box's `key` sent this, now and for the first time; faults as in `caller`."""
    if key is None:
        raise Fault("box.call_signature")
    given = {name: asked.headers.get(name.lower(), "") for name in (boxcall.TIME, boxcall.SIGNATURE)}
    now = time.time_ns() // 1_000_000
    boxcall.check(bytes(key), given, asked.method, asked.target, asked.body, now)
    heard.once(given[boxcall.SIGNATURE], now)
    if state != Box.State.ACTIVE:
        raise Fault("pnsbox.box_refused")


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
            machine=said.name,
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
        "config": bytes(_newest(box).raw).decode(),
    }
    return _json(answer)


def configuration(asked: Asked) -> tuple[str, Answer | None]:
    """Who asks, and what is newer than what it has (`news`). Faults as in `caller`."""
    held, id = asked.held, _named(asked)
    row = Box.objects.filter(pk=id).values_list("box_key", "state", "serial", "roads").first()
    key, state, serial, changes = row or (None, "", 0, 0)
    _check(asked, key, state)
    return str(id), news({str(id): held}).get(str(id)) if _lacks(held, serial, changes) else None


def news(held: Mapping[str, Held]) -> dict[str, Answer]:
    """For each box that lacks something its newest configuration, or that only its roads are newer, or that
    it is to change its key; one that is not in service hears just that. `held` is what each has. One question
    for all."""
    now = timezone.now()
    rows = Configuration.objects.filter(box__in=held, box__state=Box.State.ACTIVE, serial=F("box__serial"))
    found = dict.fromkeys(held, refusal(Fault("pnsbox.box_refused")))
    fields = ("box", "serial", "box__roads", "raw", "box__network__deny_serial")
    keys = ("box__key_since", "box__key_asked", "box__next_key")
    for id, serial, changes, raw, deny, *key in rows.values_list(*fields, *keys):
        has, headers = held[str(id)], {"Pendopo-Deny": str(deny), "Pendopo-Roads": str(serial + changes)}
        if serial > has.config:
            found[str(id)] = Answer(200, bytes(raw), headers)
        elif _lacks(has, serial, changes):
            found[str(id)] = Answer(204, headers=headers)
        elif rekey.due(*key, now):
            found[str(id)] = Answer(204, headers=CHANGE_KEY)
        else:
            del found[str(id)]
    return found


def _lacks(held: Held, serial: int, changes: int) -> bool:
    """Whether a box with a configuration of this serial, and so many changes of its roads, has them not."""
    return serial > held.config or (held.roads is not None and serial + changes > held.roads)


def report(asked: Asked) -> Answer:
    """How the box is. Where its lines are seen elsewhere than before, those are told that look for it; where
    it finds no way to a peer, a relay is lent. A report that is older than the last changes nothing."""
    box, now = caller(asked), timezone.now()
    said = requests.report(asked.said)
    kept = {name: getattr(said, name) for name in ("serial", "state", "undone", "lines", "peers")}
    kept["at"] = at = int(asked.headers[boxcall.TIME.lower()])
    last = _last(box, now)
    # One that was held back on its way says no more how the box is.
    newest = Q(report__at__isnull=True) | Q(report__at__lt=at)
    taken = Box.objects.filter(newest, pk=box.pk, state=Box.State.ACTIVE).update(
        report=kept, capabilities=said.capabilities, reported_at=now
    )
    if taken:
        names = [line.name for line in box.site.lines.all()] if box.site else []
        samples.keep(box, measures.measured(last, kept, names), now)
    seen = _seen(said.lines) if taken else {}
    known = {line.name: line.seen for line in box.site.lines.all()} if seen else {}
    if moved := {name: where for name, where in seen.items() if known.get(name, where) != where}:
        actions.move(box, moved, actor=_system(box))
    if taken:
        roads.heard(box, said.peers, actor=_system(box))
    due = rekey.due(box.key_since, box.key_asked, box.next_key, now)
    answer = _json({"serial": box.serial, "deny": box.network.deny_serial, "roads": box.roads_serial})
    return replace(answer, headers=CHANGE_KEY) if due else answer


def _last(box: Box, now: datetime) -> dict:
    """The report before this one, if it is not old: how much went over a line is what it counted more since.
    It is read here, for no other call needs it."""
    fresh = box.reported_at is not None and now - box.reported_at < 2 * samples.SPAN
    return box.report if fresh else {}


def rotate(asked: Asked) -> Answer:
    """The box begins to change its WireGuard key; its peers are told the next one at once."""
    return _change_of_key(actions.rotate, asked)


def rotated(asked: Asked) -> Answer:
    """All traffic of the box goes by its next key: the one before counts no more."""
    return _change_of_key(actions.rotated, asked)


def _change_of_key(action: Callable[..., Box], asked: Asked) -> Answer:
    box = caller(asked)
    key = requests.new_key(asked.body)
    at = int(asked.headers[boxcall.TIME.lower()])
    return _json({"serial": action(box, key, at, actor=_system(box)).serial})


def deny(asked: Asked) -> Answer:
    """The signed list of all keys that the network refuses."""
    return Answer(200, bytes(caller(asked).network.deny))


def ways(asked: Asked) -> Answer:
    """How the box meets those that cannot be called, signed."""
    return Answer(200, telling.envelope_of(caller(asked)))


CHANGE_KEY = {"Pendopo-Rotate": "1"}  # header of an answer to a box that is to change its key
CONFIG = ("GET", "/box/v1/config")  # the one that waits: the server asks `caller` and `configuration`
ROUTES: dict[tuple[str, str], Callable[[Asked], Answer]] = {
    ("POST", "/box/v1/enrol"): enrol,
    ("POST", "/box/v1/report"): report,
    ("POST", "/box/v1/rotate"): rotate,
    ("POST", "/box/v1/rotated"): rotated,
    ("GET", "/box/v1/deny"): deny,
    ("GET", "/box/v1/roads"): ways,
}


def refusal(fault: Fault) -> Answer:
    """A fault for a program: code and facts."""
    headers = {"Retry-After": str(fault.params["seconds"])} if fault.code == "pnsbox.slow_down" else {}
    body = strict.dumps({"code": fault.code, "params": fault.params})
    return Answer(STATUS.get(fault.code, 422), body, headers)


def _system(box: Box) -> Actor:
    return Actor.system(box.network.agency, via="wire")


def _newest(box: Box) -> Configuration:
    return box.configurations.get(serial=box.serial)


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
