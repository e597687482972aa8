"""What two agencies agreed: request/1 and agreement/1, and the questions a gateway asks of them.

A request is an upper bound: a grant may be narrower in everything and wider in nothing (`beyond`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta, timezone
from typing import Any, Self

from . import strict
from .errors import Fault
from .ids import AgencyId, ServiceId, SubsystemId, is_uuid7

AGREEMENT, REQUEST, SERVICE = "agreement/1", "request/1", "service/1"
STATES = ("active", "suspended", "revoked")
OPERATORS = ("eq", "neq", "gt", "gte", "lt", "lte", "in", "like", "is")
MASKS = ("ends", "year", "initials", "hide")
# Indonesia's zones have no summer time, so they need no zone database on the machine that checks.
ZONES = {
    "WIB": 7, "WITA": 8, "WIT": 9,
    "Asia/Jakarta": 7, "Asia/Pontianak": 7, "Asia/Makassar": 8, "Asia/Jayapura": 9,
}  # fmt: skip

_purpose = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_thumb = re.compile(r"[A-Za-z0-9_-]{43}")
_sha = re.compile(r"[0-9a-f]{64}")
_hour = re.compile(r"([01]\d|2[0-3])[.:]([0-5]\d)", re.ASCII)
_REQUEST = {
    "v", "id", "requester", "requester_keys", "service", "def_sha", "columns", "row_filter", "rate", "quota",
    "from", "until", "purposes", "basis", "note", "asked_by",
}  # fmt: skip
_AGREEMENT = {
    "v", "id", "rev", "state", "request_sha", "provider", "provider_keys", "requester", "requester_keys",
    "service", "def_sha", "columns", "masks", "row_filter", "rate", "quota", "hours", "from", "until",
    "purposes", "basis", "offline_max", "reason",
}  # fmt: skip

Filter = tuple[str, str, Any]  # column, operator, value


@dataclass(frozen=True, slots=True)
class Request:
    """request/1: what an agency asks of a service. `rate` a second, `quota` a day; None is without bound."""

    id: str
    requester: str
    requester_keys: tuple[str, ...]
    service: str
    def_sha: str
    columns: tuple[str, ...]
    row_filter: tuple[Filter, ...]
    rate: int | None
    quota: int | None
    since: datetime
    until: datetime
    purposes: tuple[str, ...]
    basis: Mapping[str, str]
    note: str
    asked_by: Mapping[str, str]

    @classmethod
    def parse(cls, body: Mapping) -> Self:
        """Read the payload's object; `Fault agreement.malformed` names the field that is wrong."""
        field = _Fields(body, _REQUEST)
        return cls(
            *(field.text("id"), *field.parties(), *field.terms()),
            note=field.text("note", empty=True),
            asked_by=field.strings("asked_by", ("name", "position")),
        )


@dataclass(frozen=True, slots=True)
class Agreement:
    """agreement/1: one revision. `masks` by column (None lifts the service's own), `hours` in `zone`."""

    id: str
    requester: str
    requester_keys: tuple[str, ...]
    service: str
    def_sha: str
    columns: tuple[str, ...]
    row_filter: tuple[Filter, ...]
    rate: int | None
    quota: int | None
    since: datetime
    until: datetime
    purposes: tuple[str, ...]
    basis: Mapping[str, str]
    rev: int
    state: str
    request_sha: str
    provider: str
    provider_keys: tuple[str, ...]
    masks: Mapping[str, Mapping | None]
    hours: tuple[time, time, str] | None
    offline_max: int
    reason: str

    @classmethod
    def parse(cls, body: Mapping) -> Self:
        """Read the payload's object; `Fault agreement.malformed` names the field that is wrong."""
        field = _Fields(body, _AGREEMENT)
        agreement = cls(
            *(field.text("id", is_uuid7), *field.parties(), *field.terms()),
            rev=field.count("rev", least=1),
            state=field.text("state", STATES.__contains__),
            request_sha=field.text("request_sha", _sha.fullmatch),
            provider=field.id("provider", AgencyId),
            provider_keys=field.texts("provider_keys", _thumb.fullmatch),
            masks=field.masks(),
            hours=field.hours(),
            offline_max=field.count("offline_max"),
            reason=field.text("reason", empty=True),
        )
        if str(ServiceId.parse(agreement.service).agency) != agreement.provider:
            raise Fault("agreement.malformed", field="provider")
        return agreement

    @property
    def requester_agency(self) -> str:
        """The agency whose subsystem may ask."""
        return str(SubsystemId.parse(self.requester).agency)


class _Fields:
    """Reads one payload field by field; every refusal names the field."""

    def __init__(self, body: Mapping, names: set[str]) -> None:
        if not isinstance(body, Mapping) or body.keys() != names:
            wrong = sorted(names ^ set(body)) if isinstance(body, Mapping) else ["v"]
            raise Fault("agreement.malformed", field=", ".join(wrong)[:80])
        self.body = body
        if body["v"] != 1:
            raise self.wrong("v")

    def wrong(self, name: str) -> Fault:
        return Fault("agreement.malformed", field=name)

    def text(self, name: str, good=None, empty: bool = False) -> str:
        value = self.body[name]
        if not isinstance(value, str) or not (value or empty) or (good and not good(value)):
            raise self.wrong(name)
        return value

    def texts(self, name: str, good=None) -> tuple[str, ...]:
        values = self.body[name]
        if not isinstance(values, list) or not values or len(set(map(str, values))) != len(values):
            raise self.wrong(name)
        if not all(isinstance(value, str) and value and (good is None or good(value)) for value in values):
            raise self.wrong(name)
        return tuple(values)

    def strings(self, name: str, keys: tuple[str, ...]) -> Mapping[str, str]:
        value = self.body[name]
        if not isinstance(value, dict) or value.keys() != set(keys):
            raise self.wrong(name)
        if not all(isinstance(item, str) for item in value.values()):
            raise self.wrong(name)
        return value

    def count(self, name: str, least: int = 0, value: object = ...) -> int:
        value = self.body[name] if value is ... else value
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise self.wrong(name)
        return value

    def id(self, name: str, kind: type) -> str:
        try:
            return str(kind.parse(self.body[name]))
        except Fault:
            raise self.wrong(name) from None

    def moment(self, name: str) -> datetime:
        try:
            return strict.parse_utc(self.body[name])
        except Fault:
            raise self.wrong(name) from None

    def limit(self, name: str, unit: str) -> int | None:
        value = self.body[name]
        if value is None:
            return None
        if not isinstance(value, dict) or value.keys() != {unit}:
            raise self.wrong(name)
        return self.count(name, 1, value[unit])

    def parties(self) -> tuple:
        return (
            self.id("requester", SubsystemId),
            self.texts("requester_keys", _thumb.fullmatch),
            self.id("service", ServiceId),
            self.text("def_sha", _sha.fullmatch),
        )

    def terms(self) -> tuple:
        since, until = self.moment("from"), self.moment("until")
        if since > until:
            raise self.wrong("until")
        return (
            self.texts("columns"),
            self.filters(),
            self.limit("rate", "per_second"),
            self.limit("quota", "per_day"),
            since,
            until,
            self.texts("purposes", _purpose.fullmatch),
            self.strings("basis", ("kind", "no", "date")),
        )

    def filters(self) -> tuple[Filter, ...]:
        terms = self.body["row_filter"]
        if not isinstance(terms, list):
            raise self.wrong("row_filter")
        for term in terms:
            if not isinstance(term, list) or len(term) != 3 or term[1] not in OPERATORS or not term[0]:
                raise self.wrong("row_filter")
        return tuple((column, op, _frozen(value)) for column, op, value in terms)

    def masks(self) -> Mapping[str, Mapping | None]:
        masks = self.body["masks"]
        if not isinstance(masks, dict) or not masks.keys() <= set(self.body["columns"]):
            raise self.wrong("masks")
        for mask in masks.values():
            if mask is not None and (not isinstance(mask, dict) or mask.get("kind") not in MASKS):
                raise self.wrong("masks")
        return masks

    def hours(self) -> tuple[time, time, str] | None:
        value = self.body["hours"]
        if value is None:
            return None
        hours = self.strings("hours", ("from", "until", "zone"))
        found = [_hour.fullmatch(hours[name]) for name in ("from", "until")]
        if not all(found) or hours["zone"] not in ZONES:
            raise self.wrong("hours")
        first, last = (time(int(each[1]), int(each[2])) for each in found)
        return first, last, hours["zone"]


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def beyond(grant: Mapping, request: Mapping) -> list[str]:
    """The fields in which a grant (agreement/1 payload) gives more than a request asked; [] when it does not.

    More is: another service, definition, requester or basis, a key or column or purpose that was not asked, a
    row condition dropped, a longer time, a higher rate or quota. Masks, hours and further conditions only
    narrow. Raises `Fault agreement.malformed` for what is no grant or no request.
    """
    given, asked = Agreement.parse(grant), Request.parse(request)
    same = ("service", "def_sha", "requester", "basis")
    subset = ("columns", "purposes", "requester_keys")
    found = [name for name in same if getattr(given, name) != getattr(asked, name)]
    found += [name for name in subset if not set(getattr(given, name)) <= set(getattr(asked, name))]
    if not all(term in given.row_filter for term in asked.row_filter):
        found.append("row_filter")
    if given.since < asked.since:
        found.append("from")
    if given.until > asked.until:
        found.append("until")
    for name in ("rate", "quota"):
        most, got = getattr(asked, name), getattr(given, name)
        if most is not None and (got is None or got > most):
            found.append(name)
    return found


def usable(agreement: Agreement, purpose: str | None, now: datetime) -> Fault | None:
    """Why an exchange for `purpose` may not happen under the agreement at `now`; None when it may.

    `Fault agreement.revoked`, `.suspended`, `.not_yet`, `.expired`, `.hours`, `.purpose_missing` (several to
    choose from and none said) or `.purpose`. `from` and `until` belong to the time; hours may span midnight.
    """
    if agreement.state == "revoked":
        return Fault("agreement.revoked", agreement=agreement.id, rev=agreement.rev)
    if agreement.state == "suspended":
        return Fault("agreement.suspended", agreement=agreement.id, rev=agreement.rev)
    if now < agreement.since:
        return Fault("agreement.not_yet", agreement=agreement.id, since=strict.utc(agreement.since))
    if now > agreement.until:
        return Fault("agreement.expired", agreement=agreement.id, until=strict.utc(agreement.until))
    if agreement.hours is not None and not _within_hours(agreement.hours, now):
        first, last, zone = agreement.hours
        return Fault("agreement.hours", first=f"{first:%H.%M}", last=f"{last:%H.%M}", zone=zone)
    if purpose is None and len(agreement.purposes) > 1:
        return Fault("agreement.purpose_missing", purposes=", ".join(agreement.purposes))
    if purpose is not None and purpose not in agreement.purposes:
        return Fault("agreement.purpose", purpose=purpose, purposes=", ".join(agreement.purposes))
    return None


def _within_hours(hours: tuple[time, time, str], now: datetime) -> bool:
    first, last, zone = hours
    local = now.astimezone(timezone(timedelta(hours=ZONES[zone]))).time()
    if first <= last:
        return first <= local < last
    return local >= first or local < last


def masks(agreement: Agreement, definition: Mapping) -> dict[str, Mapping]:
    """The masks that hold, by column: the agreement's own, else the service's (service/1 payload)."""
    own = {column["name"]: column["mask"] for column in definition["columns"]}
    found = {name: agreement.masks.get(name, own.get(name)) for name in agreement.columns}
    return {name: mask for name, mask in found.items() if mask is not None}
