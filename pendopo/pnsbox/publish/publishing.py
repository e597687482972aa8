"""Telling boxes what changed: each that it concerns gets one new configuration, signed once, and no other.

Steps of acts that asked their own right and hold the network's row: two changes are never made of the same
old state, and serials grow in the order of the changes.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.utils import timezone

from pendopo.core import boxconfig, envelope, strict
from pendopo.pnsbox.boxes.models import Box, Configuration
from pendopo.pnsbox.sites.models import Network, Site

from . import compiling, keys
from .around import Around, around, meant

CHANNEL = "pendopo_box"  # whoever waits for configurations listens here; the payload is a box's id
KEPT = 20  # configurations of a box
BATCH = 4 << 20  # bytes of signed configurations that are held at once


@dataclass(frozen=True, slots=True)
class Work:
    """What a change cost: rows read of the policy, boxes compiled, configurations signed."""

    rows: int = 0
    compiled: int = 0
    signed: int = 0


def held(network: Network) -> Network:
    """The network's row, fresh and locked until the transaction ends."""
    return Network.objects.select_for_update(of=("self",)).select_related("agency").get(pk=network.pk)


def named(network: Network, names: Iterable[str]) -> set[UUID]:
    """The sites that one of the names stands for."""
    return set(meant(network, names).values_list("pk", flat=True))


def concerned(network: Network, sites: Iterable[Site]) -> set[UUID]:
    """The sites themselves and all they have a rule with."""
    return {one.pk for one in around(network, [site.pk for site in sites]).sites.values()}


def publish(network: Network, ids: Iterable[UUID]) -> Work:
    """A new configuration for each active box at the sites `ids` whose configuration is another than before.

    Whoever waits for one of them is woken when the transaction commits. Of what is signed no more than
    `BATCH` is in memory at a time.
    """
    near = around(network, ids)
    boxes = [
        (site, box) for site in near.targets for box in site.boxes.all() if box.state == Box.State.ACTIVE
    ]
    signed = sum(_keep(some) for some in _batches(_changed(near, boxes)))
    return Work(near.rows, len(boxes), signed)


def _changed(near: Around, boxes: Iterable[tuple[Site, Box]]) -> Iterator[Configuration]:
    """The new configurations of those boxes that are told something else than before, signed; not kept."""
    at, key = timezone.now(), keys.of(near.network)
    for site, box in boxes:
        said = compiling.config(near, site, box, box.serial + 1, at).plain
        body = {name: value for name, value in said.items() if name not in ("serial", "at")}
        sha = hashlib.sha256(strict.dumps(body)).hexdigest()
        if sha != box.body_sha:
            box.serial, box.body_sha = said["serial"], sha
            raw = envelope.seal(boxconfig.CONFIG, strict.dumps(said), [key])
            yield Configuration(box=box, serial=box.serial, at=at, raw=raw)


def _batches(made: Iterable[Configuration]) -> Iterator[list[Configuration]]:
    """The configurations in their order, some at a time."""
    some, size = [], 0
    for one in made:
        some.append(one)
        size += len(one.raw)
        if size >= BATCH:
            yield some
            some, size = [], 0
    if some:
        yield some


def _keep(made: list[Configuration]) -> int:
    """Keeps new configurations and wakes their boxes when the transaction commits; how many."""
    Configuration.objects.bulk_create(made)
    boxes = [one.box for one in made]
    _number(boxes)
    _forget([(box.pk, box.serial - KEPT) for box in boxes if box.serial > KEPT])
    wake(box.pk for box in boxes)
    return len(made)


def _number(boxes: list[Box]) -> None:
    """Serials and digests of the boxes in one plain statement: a case for each costs more than compiling."""
    columns = zip(*((box.pk, box.serial, box.body_sha) for box in boxes), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE pnsbox_box SET serial = new.serial, body_sha = new.sha"
            " FROM unnest(%s::uuid[], %s::bigint[], %s::text[]) AS new (id, serial, sha)"
            " WHERE pnsbox_box.id = new.id",
            [list(column) for column in columns],
        )


def _forget(last: list[tuple[UUID, int]]) -> None:
    """Configurations up to the serial of each box: found by their index, one by one."""
    if last:
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM pnsbox_configuration USING unnest(%s::uuid[], %s::bigint[]) AS old (box, serial)"
                " WHERE box_id = old.box AND pnsbox_configuration.serial <= old.serial",
                [[box for box, _serial in last], [serial for _box, serial in last]],
            )


def wake(boxes: Iterable[UUID]) -> None:
    """Wakes whoever waits for one of the boxes when the transaction that is open now commits."""
    with connection.cursor() as cursor:
        ids = [str(box) for box in boxes]
        cursor.execute("SELECT pg_notify(%s, id) FROM unnest(%s::text[]) AS id", [CHANNEL, ids])


def deny(network: Network) -> None:
    """A new list of all keys that boxes of the network refuse, signed, with the next serial."""
    rows = Box.objects.filter(network=network, state=Box.State.QUARANTINED, wg_key__isnull=False)
    network.deny_serial += 1
    said = boxconfig.Deny(
        network=str(network.pk),
        serial=network.deny_serial,
        at=timezone.now(),
        denied=tuple(one for box in rows.order_by("number") for one in compiling.denied(box)),
    )
    network.deny = envelope.seal(boxconfig.DENY, said.payload, [keys.of(network)])
    network.save(update_fields=["deny_serial", "deny"])
