"""From a request to an agreement: what leaves, what is masked, what stays; and how an agreement changes.

An agreement only grows revisions. What it is now is a fold over them (`fold`); who may add which is in
`may_follow`. People agree on days; documents hold instants. A day ends at midnight in `ZONE`, the capital's
time, for both sides: otherwise "31 December" would read as 1 January two zones further east.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from pendopo.core import strict

ZONE = ZoneInfo("Asia/Jakarta")


class Choice(StrEnum):
    """What a provider decides on one column."""

    GIVE = "give"
    MASK = "mask"
    HOLD = "hold"


class Outcome(StrEnum):
    """What a set of choices comes to, beside what was asked and what the provider's own defaults are."""

    NOTHING = "nothing"  # no column leaves: this is a refusal, not a grant
    NARROWER = "narrower"  # less than was asked
    AS_ASKED = "as-asked"  # everything, by the provider's own defaults
    WIDER = "wider"  # a column leaves in clear that is masked or held by default: asks more


# A personal column's mask where its service names none.
DEFAULT_MASK = {"kind": "initials"}
DATE_MASK = {"kind": "year"}


def mask_of(column: Mapping) -> dict:
    """The mask that "Samarkan" means for a description's column: its own, or one that fits its type."""
    if column["mask"]:
        return dict(column["mask"])
    if column["type"] in ("date", "datetime"):
        return dict(DATE_MASK)
    if column["type"] == "text":
        return dict(DEFAULT_MASK)
    return {"kind": "hide"}


def default_choices(requested: Iterable[str], definition: Mapping) -> dict[str, Choice]:
    """The safe choice per requested column: masked where the service masks it, else given as published."""
    columns = {column["name"]: column for column in definition["columns"]}
    return {
        name: Choice.MASK if columns[name]["mask"] else Choice.GIVE for name in requested if name in columns
    }


@dataclass(frozen=True)
class Counts:
    """The lead of the review page: so many leave as they are, so many masked, so many not at all."""

    asked: int
    given: int
    masked: int
    held: int


def counts(choices: Mapping[str, Choice]) -> Counts:
    """Counts the choices."""
    values = list(choices.values())
    return Counts(len(values), *(values.count(choice) for choice in Choice))


@dataclass(frozen=True)
class Limits:
    """How much, when, until when and of which rows; None: no bound.

    `hours` is ("06.00", "22.00"); `rows` are conditions (column, operator, value) that the rows must meet.
    """

    per_day: int | None
    until: date
    per_second: int | None = None
    hours: tuple[str, str] | None = None
    rows: tuple[tuple, ...] = ()


def narrower(choices: Mapping[str, Choice], limits: Limits, asked: Limits) -> bool:
    """Whether anything of the request is left out: a column masked or held, or a limit drawn closer."""
    if any(choice != Choice.GIVE for choice in choices.values()):
        return True
    return (
        _below(limits.per_day, asked.per_day)
        or _below(limits.per_second, asked.per_second)
        or limits.until < asked.until
        or bool(limits.rows)
        or (limits.hours is not None and limits.hours != asked.hours)
    )


def exceeds(limits: Limits, asked: Limits) -> bool:
    """Whether a limit goes beyond the request, so that the requester has to accept it first."""
    return (
        _below(asked.per_day, limits.per_day)
        or _below(asked.per_second, limits.per_second)
        or limits.until > asked.until
    )


def _below(left: int | None, right: int | None) -> bool:
    """left < right, where None is without bound."""
    return left is not None and (right is None or left < right)


def outcome(
    choices: Mapping[str, Choice], defaults: Mapping[str, Choice], limits: Limits, asked: Limits
) -> Outcome:
    """What the provider is about to decide. `defaults` as `default_choices`."""
    if all(choice == Choice.HOLD for choice in choices.values()):
        return Outcome.NOTHING
    if any(choice == Choice.GIVE != defaults[name] for name, choice in choices.items()):
        return Outcome.WIDER
    return Outcome.NARROWER if narrower(choices, limits, asked) else Outcome.AS_ASKED


def grant(
    request: Mapping,
    definition: Mapping,
    choices: Mapping[str, Choice],
    limits: Limits,
    *,
    agreement_id: str,
    request_sha: str,
    provider_keys: list[str],
    zone: str,
) -> dict:
    """The payload of agreement/1, revision 1, that grants `request` (payload of request/1) under `choices`.

    `zone` is the IANA name of the zone that `limits.hours` count in. ValueError when no column would leave.
    """
    columns = {column["name"]: column for column in definition["columns"]}
    leaving = [name for name in request["columns"] if choices.get(name, Choice.HOLD) != Choice.HOLD]
    if not leaving:
        raise ValueError("a grant of no column is a refusal")
    provider = "/".join(request["service"].split("/")[:3])
    return {
        "v": 1,
        "id": agreement_id,
        "rev": 1,
        "state": "active",
        "request_sha": request_sha,
        "provider": provider,
        "provider_keys": provider_keys,
        "requester": request["requester"],
        "requester_keys": list(request["requester_keys"]),
        "service": request["service"],
        "def_sha": request["def_sha"],
        "columns": leaving,
        "masks": _masks(leaving, columns, choices),
        "row_filter": [list(term) for term in (*request["row_filter"], *limits.rows)],
        "rate": {"per_second": limits.per_second} if limits.per_second else None,
        "quota": {"per_day": limits.per_day} if limits.per_day else None,
        "hours": {"from": limits.hours[0], "until": limits.hours[1], "zone": zone} if limits.hours else None,
        "from": request["from"],
        "until": strict.utc(end_of(limits.until)),
        "purposes": list(request["purposes"]),
        "basis": dict(request["basis"]),
        "offline_max": 86_400,
        "reason": "",
    }


def _masks(leaving: list[str], columns: Mapping, choices: Mapping[str, Choice]) -> dict[str, dict | None]:
    """The agreement's masks. Where it names no column the service's own mask holds; None lifts that one."""
    masks: dict[str, dict | None] = {}
    for name in leaving:
        if choices[name] == Choice.MASK:
            masks[name] = mask_of(columns[name])
        elif columns[name]["mask"]:
            masks[name] = None
    return masks


# -- revisions ---------------------------------------------------------------------------------------------

STATES = ("active", "suspended", "revoked")
_STRICT = {state: rank for rank, state in enumerate(STATES)}


@dataclass(frozen=True)
class Revision:
    """One revision as both nodes hold it. `by`: the agencies whose agreement key signed it."""

    rev: int
    state: str
    by: frozenset[str]
    payload: Mapping

    def complete(self, provider: str, requester: str) -> bool:
        """Whether it counts."""
        return signed_enough(self.state, self.by, provider, requester)


def signed_enough(state: str, by: Iterable[str], provider: str, requester: str) -> bool:
    """Whether a revision signed by the agencies `by` counts: stopping needs either, going on needs both."""
    both = {provider, requester}
    return both.issubset(by) if state == "active" else bool(both.intersection(by))


def terms(payload: Mapping) -> dict:
    """What was agreed, without the parts that each revision changes."""
    return {key: value for key, value in payload.items() if key not in ("rev", "state", "reason")}


def next_revision(payload: Mapping, state: str, reason: str) -> dict:
    """The payload that follows `payload` when an agency suspends, resumes or revokes: same terms, rev + 1."""
    return dict(payload) | {"rev": payload["rev"] + 1, "state": state, "reason": reason}


def stricter(left: str, right: str) -> bool:
    """Whether state `left` allows less than `right`."""
    return _STRICT[left] > _STRICT[right]


def fold(revisions: Iterable[Revision], provider: str, requester: str) -> str:
    """What an agreement is: "proposed" until a revision counts, then the state of the highest that does."""
    state, rev = "proposed", 0
    for revision in revisions:
        if revision.complete(provider, requester) and revision.rev > rev:
            state, rev = revision.state, revision.rev
    return state


def was_in_force(revisions: Iterable[Revision], provider: str, requester: str) -> bool:
    """Whether both sides ever signed the terms. Until then none of the two resumes them for the other."""
    return any(one.state == "active" and one.complete(provider, requester) for one in revisions)


def may_follow(current: Revision, following: Revision, provider: str, requester: str) -> str | None:
    """Why `following` may not follow `current`; None when it may.

    "revoked" (nothing follows a revocation), "gap" (its number is not the next, and it does not replace the
    current one with something stricter), "terms" (it changes what was agreed), "signature" (neither agency
    signed), "not-suspended" (resuming what runs), "not-yours" (resumed by the side that did not suspend it),
    "suspended" (suspending again: the suspension would pass to the side that may then lift it).
    """
    if not {provider, requester} & following.by:
        return "signature"
    if current.state == "revoked":
        return "revoked"
    replaces = following.rev == current.rev and stricter(following.state, current.state)
    if following.rev != current.rev + 1 and not replaces:
        return "gap"
    if strict.dumps(terms(following.payload)) != strict.dumps(terms(current.payload)):
        return "terms"
    if following.state == current.state == "suspended":
        return "suspended"
    if following.state == "active":
        if current.state != "suspended":
            return "not-suspended"
        if not current.by & following.by:
            return "not-yours"
    return None


_purpose = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def is_purpose(code: str) -> bool:
    """Whether `code` can name a purpose, as core.agreement reads it."""
    return _purpose.fullmatch(code) is not None


# -- days ------------------------------------------------------------------------------------------------


def end_of(day: date) -> datetime:
    """The last instant of `day`, in UTC to the millisecond."""
    following = datetime.combine(day + timedelta(days=1), time.min, tzinfo=ZONE)
    return following.astimezone(UTC) - timedelta(milliseconds=1)


def parse_until(terms: Mapping) -> datetime:
    """The instant that a request or agreement ends."""
    return strict.parse_utc(terms["until"])


def day_of(instant: datetime) -> date:
    """The day that `instant` falls on."""
    return instant.astimezone(ZONE).date()


def today() -> date:
    """The day it is now."""
    return day_of(datetime.now(UTC))


# -- for people --------------------------------------------------------------------------------------------

ENDING_DAYS = 30
DECIDE_DAYS = 5  # a request waits this many days before it is late


def days_left(until: date, today: date) -> int:
    """Whole days until `until`; negative when it has passed."""
    return (until - today).days


def ending_soon(until: date, today: date) -> bool:
    """Whether an agreement ends within a month, and has not ended yet."""
    return 0 <= days_left(until, today) <= ENDING_DAYS
