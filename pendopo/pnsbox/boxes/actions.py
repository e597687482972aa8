"""Codes on sheets, enrolment, new keys, and cutting a stolen box off."""

from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from pendopo.core.errors import Fault
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.accounts.rules import code_hash, new_code
from pendopo.ground.audit.act import act
from pendopo.pnsbox import words
from pendopo.pnsbox.publish import publishing
from pendopo.pnsbox.roads import steps as roads
from pendopo.pnsbox.sites.models import Network, Site

from . import lines, rekey, standing
from .models import Box, EnrolmentCode, Line

CODE_LIFE = timedelta(days=14)


def make_code(site: Site, *, actor: Actor) -> str:
    """A one-time code for the site's box; an earlier one stops working. Returned this once.

    After a box was cut off this is how another takes its place. `Fault pnsbox.box_there` while one serves.
    """
    with act("pnsbox.code.make", actor=actor, subject=site) as line:
        site.network = publishing.held(site.network)
        if site.boxes.filter(state=Box.State.ACTIVE).exists():
            raise Fault("pnsbox.box_there", site=site.name)
        box = site.boxes.filter(state=Box.State.INVITED).first() or standing.invite(site)
        box.codes.filter(used_at=None).delete()
        code = new_code()
        EnrolmentCode.objects.create(box=box, hash=_hash(code), expires_at=timezone.now() + CODE_LIFE)
        line.detail["site"] = site.code
    return code


def enrol(
    *, code: str, box_key: bytes, wg_key: bytes, capabilities: dict, machine: str = "", actor: Actor
) -> Box:
    """The box that holds `code` takes its place, with keys that it made itself; `machine` is what it calls
    itself, for who reads the audit.

    The code is the right; it counts once, for one box: the same box that lost the answer gets it again, for
    anybody else it is as absent as a wrong or an old one (`Fault pnsbox.code`). `pnsbox.key_taken` for keys
    that another box has.
    """
    found = EnrolmentCode.objects.filter(hash=_hash(code), expires_at__gt=timezone.now())
    kept = found.select_related("box__network__agency", "box__site").first()
    if kept is None:
        raise Fault("pnsbox.code")
    system = Actor.system(kept.box.network.agency, via=actor.via)
    with act("pnsbox.box.enrol", actor=system, subject=kept.box) as line:
        network = publishing.held(kept.box.network)
        kept = EnrolmentCode.objects.select_related("box__site").filter(pk=kept.pk).first()
        if kept is None:
            raise Fault("pnsbox.code")
        box = kept.box
        if kept.used_at is not None:
            again = (bytes(box.box_key), bytes(box.wg_key)) == (box_key, wg_key)
            if not again or box.state != Box.State.ACTIVE:
                raise Fault("pnsbox.code")
            line.detail["again"] = True
            return box
        kept.used_at = box.enrolled_at = box.key_since = timezone.now()
        kept.save(update_fields=["used_at"])
        box.network, box.state = network, Box.State.ACTIVE
        box.box_key, box.wg_key, box.capabilities = box_key, wg_key, capabilities
        _with_keys(box, "enrolled_at", "key_since", "state", "box_key", "wg_key", "capabilities")
        line.detail |= {"site": box.site.code, "machine": machine}
        publishing.publish(network, publishing.concerned(network, [box.site]))
        box.refresh_from_db()
    return box


def ask_for_key(box: Box, *, actor: Actor) -> None:
    """The box makes its next WireGuard key as soon as it hears of it. `Fault pnsbox.box_gone` for one that is
    not in service."""
    with act("pnsbox.box.rekey", actor=actor, subject=box) as line:
        publishing.held(box.network)
        if not Box.objects.filter(pk=box.pk, state=Box.State.ACTIVE).update(key_asked=timezone.now()):
            raise Fault("pnsbox.box_gone", name=box.name)
        line.detail["site"] = box.name
        publishing.wake([box.pk])


def rotate(box: Box, wg_key: bytes, asked: int, *, actor: Actor) -> Box:
    """The box begins to change its key: it and its peers get second tunnels with the next one, `wg_key`.

    `asked` is when it asked, Unix milliseconds by its own clock: an older request than the last, such as one
    sent again by somebody else, changes nothing (`Fault pnsbox.rotate_old`). `pnsbox.key_taken`, and
    `pnsbox.rotate_busy` while a peer changes its own.
    """
    with act("pnsbox.box.rotate", actor=actor, subject=box) as line:
        network, box = _changing(box, asked)
        if wg_key in box.keys:
            return box
        near = Box.objects.filter(site__in=publishing.concerned(network, [box.site]), state=Box.State.ACTIVE)
        now = timezone.now()
        for since, key, former in near.exclude(pk=box.pk).values_list("key_since", "next_key", "former_key"):
            if rekey.changes(since if former else None, key, now):
                raise Fault("pnsbox.rotate_busy")
        if Box.objects.filter(network=network, wg_key=wg_key).exists():
            raise Fault("pnsbox.key_taken")
        line.detail["step"] = "begun"
        box.next_key, box.rotated = wg_key, asked
        _with_keys(box, "next_key", "rotated")
        publishing.publish(network, publishing.concerned(network, [box.site]))
    return box


def rotated(box: Box, wg_key: bytes, asked: int, *, actor: Actor) -> Box:
    """All traffic of the box goes by its next key, which takes the place of the one before.

    `Fault pnsbox.rotate_none` if it does not change to `wg_key`; `pnsbox.rotate_old` as in `rotate`.
    """
    with act("pnsbox.box.rotate", actor=actor, subject=box) as line:
        network, box = _changing(box, asked)
        if bytes(box.wg_key) == wg_key:
            return box
        if box.next_key is None or bytes(box.next_key) != wg_key:
            raise Fault("pnsbox.rotate_none")
        line.detail["step"] = "done"
        box.former_key, box.wg_key, box.next_key = box.wg_key, box.next_key, None
        box.key_since, box.key_asked, box.rotated = timezone.now(), None, asked
        _with_keys(box, "former_key", "wg_key", "next_key", "key_since", "key_asked", "rotated")
        publishing.publish(network, publishing.concerned(network, [box.site]))
        roads.renewed(box)
    return box


def move(box: Box, seen: dict[str, str], *, actor: Actor) -> None:
    """The box's lines are seen elsewhere (line → host:port): those are told that look for it."""
    with act("pnsbox.box.move", actor=actor, subject=box) as line:
        network = publishing.held(box.network)
        for row in box.site.lines.all():
            if row.name in seen and row.seen != seen[row.name]:
                row.seen = seen[row.name]
                row.save(update_fields=["seen"])
        line.detail["lines"] = seen
        roads.moved(network, box)


def quarantine_box(box: Box, *, actor: Actor) -> publishing.Work:
    """Every other box refuses this one from now on. `Fault pnsbox.box_gone` for one not in service."""
    with act("pnsbox.box.quarantine", actor=actor, subject=box) as line:
        network = publishing.held(box.network)
        others = publishing.concerned(network, [box.site]) if box.site else set()
        if not standing.cut_off(network, Box.objects.filter(pk=box.pk, state=Box.State.ACTIVE)):
            raise Fault("pnsbox.box_gone", name=box.name)
        line.detail["site"] = box.name
        return publishing.publish(network, others)


def add_line(
    site: Site,
    *,
    name: str,
    interface: str,
    gateway: str = "",
    endpoint: str = "",
    isp: str = "",
    phone: str = "",
    metered: bool = False,
    actor: Actor,
) -> Line:
    """A further line, used after those that are there.

    `endpoint` is its public address and port where that never changes; over a `metered` line, paid by
    volume, as little as possible is asked. `Fault pnsbox.line_name`,
    `pnsbox.device`, `pnsbox.endpoint`, `pnsbox.line_taken`, `pnsbox.lines` for too many.
    """
    with act("pnsbox.line.edit", actor=actor, subject=site) as line:
        network = publishing.held(site.network)
        there = list(site.lines.all())
        if len(there) >= lines.MOST:
            raise Fault("pnsbox.lines", most=lines.MOST)
        made = Line(
            agency=site.agency,
            site=site,
            name=words.line(name),
            place=max((one.place for one in there), default=0) + 1,
            interface=words.device(interface),
            gateway=gateway or None,
            port=max((one.port for one in there), default=lines.FIRST_PORT - 1) + 1,
            endpoint=endpoint and lines.endpoint(endpoint),
            isp=isp,
            phone=phone,
            metered=metered,
        )
        try:
            with transaction.atomic():
                made.save(force_insert=True)
        except IntegrityError:
            raise Fault("pnsbox.line_taken", text=name) from None
        line.detail |= {"name": name, "interface": interface, "isp": isp}
        _lines_changed(network, site)
    return made


def edit_line(
    row: Line,
    *,
    interface: str,
    gateway: str,
    endpoint: str,
    isp: str,
    phone: str,
    metered: bool = False,
    actor: Actor,
) -> publishing.Work:
    """Another interface, address, provider or person. Faults as in `add_line`."""
    with act("pnsbox.line.edit", actor=actor, subject=row) as line:
        network = publishing.held(row.site.network)
        row.interface, row.gateway = words.device(interface), gateway or None
        row.endpoint, row.isp, row.phone = endpoint and lines.endpoint(endpoint), isp, phone
        row.metered = metered
        try:
            with transaction.atomic():
                row.save(update_fields=["interface", "gateway", "endpoint", "isp", "phone", "metered"])
        except IntegrityError:
            raise Fault("pnsbox.line_taken", text=interface) from None
        line.detail |= {"name": row.name, "interface": interface, "endpoint": row.endpoint, "isp": isp}
        return _lines_changed(network, row.site)


def remove_line(row: Line, *, actor: Actor) -> None:
    """A line goes. `Fault pnsbox.line_last` for the only one."""
    with act("pnsbox.line.edit", actor=actor, subject=row) as line:
        network = publishing.held(row.site.network)
        if row.site.lines.count() == 1:
            raise Fault("pnsbox.line_last")
        line.detail |= {"name": row.name, "removed": True}
        Line.objects.filter(pk=row.pk).delete()
        _lines_changed(network, row.site)


def _lines_changed(network: Network, site: Site) -> publishing.Work:
    work = publishing.publish(network, publishing.concerned(network, [site]))
    if site.relays:
        roads.relay_changed(network)
    return work


def _changing(box: Box, asked: int) -> tuple[Network, Box]:
    """The locked network and the box as it is now, if it may change its key by a request of `asked`."""
    network = publishing.held(box.network)
    box = Box.objects.select_related("site").get(pk=box.pk)
    if box.state != Box.State.ACTIVE:
        raise Fault("pnsbox.box_refused")
    if asked <= box.rotated:
        raise Fault("pnsbox.rotate_old")
    return network, box


def _with_keys(box: Box, *fields: str) -> None:
    try:
        with transaction.atomic():
            box.save(update_fields=fields)
    except IntegrityError:
        raise Fault("pnsbox.key_taken") from None


def _hash(code: str) -> str:
    return code_hash(code, settings.SECRET_KEY.encode())
