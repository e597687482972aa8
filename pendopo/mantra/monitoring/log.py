"""Reads the gateway's log into the database: the portal answers from here, the log stays the truth."""

import logging
from collections.abc import Iterable
from functools import partial
from uuid import UUID

from django.db import connection, transaction

from pendopo.core import strict
from pendopo.core.errors import Fault
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.directory.models import Agency

from ..agreements.models import Side
from ..agreements.rules import day_of
from ..services.actions import check_schema
from ..services.reads import of_path
from ..subsystems.rules import BUILT_IN
from . import rules
from .models import Transaction, Usage

DRIFT = "source.drift"  # the gateway met a table that no longer fits

log = logging.getLogger(__name__)


def read_entries(entries: list[dict]) -> None:
    """Adds entries (entry/1) of the exchange log. Called with each entry once, in one transaction a batch."""
    hosted = {agency.code: agency for agency in Agency.objects.filter(hosted=True)}
    rows = [row for entry in entries if (row := _row(entry, hosted))]
    Transaction.objects.bulk_create(rows)
    _add_up(rows)
    drifted = {
        (row.agency_id, row.service) for row in rows if row.fault == DRIFT and row.side == Side.PROVIDER
    }
    for agency, service in sorted(drifted, key=str):
        transaction.on_commit(partial(look_again, agency, service))


def look_again(agency_id: UUID, path: str) -> None:
    """Compares a service's table after the gateway met a change in it, unless that is known already."""
    service = of_path(agency_id, path)
    if service is None or service.drift:
        return
    try:
        check_schema(service, actor=Actor.system(service.agency))
    except Fault as fault:
        log.warning("%s was not compared: %s", path, fault)


def _row(entry: dict, hosted: dict[str, Agency]) -> Transaction | None:
    if entry["kind"] not in Transaction.Kind.values:
        return None
    head, answer = entry.get("req") or {}, entry.get("ans") or {}
    side = Side.REQUESTER if entry["side"] == "consumer" else Side.PROVIDER
    client, service = head.get("client") or "", head.get("service") or ""
    mine, theirs = (client, service) if side == Side.REQUESTER else (service, client)
    agency = hosted.get(_agency(mine))
    if agency is None:
        return None
    exchange = head.get("exchange") or ""
    agreement = head.get("agreement")
    return Transaction(
        agency=agency,
        side=side,
        kind=entry["kind"],
        epoch=entry["epoch"],
        seq=entry["seq"],
        at=strict.parse_utc(entry["at"]),
        exchange_id=exchange,
        peer=_agency(theirs),
        client=client,
        service=service,
        agreement=UUID(agreement) if agreement else None,
        rev=head.get("rev"),
        purpose=head.get("purpose") or "",
        status=answer.get("status"),
        rows=answer.get("rows") or 0,
        bytes=answer.get("bytes") or 0,
        fault=entry.get("fault") or "",
        times=entry.get("times") or 1,
        internal=f"/{BUILT_IN}/" in service,
        words=f"{client} {service} {exchange} {agreement or ''}".lower(),
    )


def _agency(id: str) -> str:
    """The agency's three parts of a subsystem's or service's identifier."""
    return "/".join(id.split("/")[:3])


def _add_up(rows: Iterable[Transaction]) -> None:
    counted = [
        {
            "day": day_of(row.at),
            "agreement": row.agreement,
            "agency": row.agency_id,
            "side": row.side,
            "kind": row.kind,
            "rows": row.rows,
            "bytes": row.bytes,
            "times": row.times,
        }
        for row in rows
    ]
    sums = rules.per_day(counted)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {Usage._meta.db_table} AS u"  # noqa: S608  the table's own name
            " (day, agreement, agency_id, side, ok, refused, rows, bytes)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (day, agency_id, side, agreement) DO UPDATE SET ok = u.ok + EXCLUDED.ok,"
            " refused = u.refused + EXCLUDED.refused, rows = u.rows + EXCLUDED.rows,"
            " bytes = u.bytes + EXCLUDED.bytes",
            [(*key, s.ok, s.refused, s.rows, s.bytes) for key, s in sorted(sums.items(), key=str)],
        )
