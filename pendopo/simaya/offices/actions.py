"""Setting up how an agency writes letters. Only its siMAYA administrator may."""

from datetime import date

from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone

from pendopo.core.errors import Fault
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.audit.act import act
from pendopo.ground.directory.models import Agency, Position
from pendopo.ground.directory.rules import today
from pendopo.simaya.kinds import profiles
from pendopo.simaya.paper.document import sound
from pendopo.simaya.register.rules import Pattern, Tokens

from .models import Delegation, Office, PostCode
from .validity import ended

LINES = 6  # of a letterhead
CODE = 40  # signs of a post's code


def set_up(
    agency: Agency,
    *,
    profile: str,
    lines: list[str],
    place: str,
    patterns: dict[str, str] | None = None,
    actor: Actor,
) -> Office:
    """The agency's rule profile and letterhead, made or changed.

    `lines`: the letterhead, its address last. `patterns`: kind → number pattern instead of the profile's; it
    parts its sequences as the profile does. `Fault kinds.profile_unknown`, `offices.letterhead`,
    `letters.choice` for a kind the profile has not, `register.pattern…`, `paper.body_sign`.
    """
    with act("simaya.office.edit", actor=actor, subject=agency) as line:
        rules = profiles.load(profile)
        lines = [sound(text).strip() for text in lines]
        place = sound(place).strip()
        if not 1 <= len(lines) <= LINES or not all(0 < len(text) <= 200 for text in (*lines, place)):
            raise Fault("offices.letterhead", most=LINES)
        for kind, pattern in (patterns or {}).items():
            if kind not in rules.kinds:
                raise Fault("letters.choice", field="kind", value=kind[:40])
            Pattern.parse(pattern, rules.kinds[kind].scope)
        office, _made = Office.objects.update_or_create(
            agency=agency,
            defaults={
                "profile": rules.code,
                "lines": lines,
                "place": place,
                "patterns": patterns or {},
            },
        )
        line.detail["profile"] = rules.code
    return office


def set_holidays(agency: Agency, days: dict[date, str], *, actor: Actor) -> Office:
    """The days, besides Saturdays and Sundays, on which the agency's clocks for answers stand still.

    They count for letters and dispositions from now on; deadlines that are told stay as they are.
    `Fault letters.office` before the office is set up, `paper.body_sign` for signs a name cannot hold.
    """
    with act("simaya.office.edit", actor=actor, subject=agency) as line:
        office = Office.objects.filter(agency=agency).first()
        if office is None:
            raise Fault("letters.office")
        office.holidays = [[day.isoformat(), sound(name)] for day, name in sorted(days.items())]
        office.save(update_fields=["holidays"])
        line.detail["holidays"] = len(days)
    return office


def name_post(position: Position, code: str, region: str = "", *, actor: Actor) -> PostCode:
    """What `position` is called in numbers, and which of a region's offices it is (`head`, …, or none).

    `Fault letters.choice` for a region's office that there is not, `register.token` for a code that cannot be
    written into a number, `letters.long` for one of more than 40 signs.
    """
    with act("simaya.office.edit", actor=actor, subject=position) as line:
        if region not in PostCode.Region.values:
            raise Fault("letters.choice", field="region", value=region[:40])
        code = code.strip()
        Pattern.parse("{seq}/{position}").write(Tokens(seq=1, position=code))
        if len(code) > CODE:
            raise Fault("letters.long", field="code", most=CODE)
        named, _made = PostCode.objects.update_or_create(
            position=position,
            defaults={"agency": actor.agency, "code": code, "region": region},
        )
        line.detail["code"] = named.code
    return named


def delegate(
    of: Position,
    to: Position,
    capacity: str,
    kinds: list[str],
    decree: str,
    *,
    start: date,
    end: date | None,
    actor: Actor,
) -> Delegation:
    """A written mandate: from `start` until before `end`, the holder of `to` signs `kinds` for `of`.

    Whether that is one level down (a.n.) or after an a.n. (u.b.), `kinds.rules.may_sign` decides when a
    letter is to be signed. `Fault letters.choice` (capacity, kind), `letters.post` (a post of another
    agency), `offices.decree` without a decree or with an end before its start.
    """
    with act("simaya.delegation.edit", actor=actor, subject=of) as line:
        if to.agency_id != of.agency_id:
            raise Fault("letters.post", post=str(to.pk))
        office = Office.objects.filter(agency=actor.agency).first()
        if office is None:
            raise Fault("letters.office")
        known = profiles.load(office.profile).kinds
        if capacity not in Delegation.Capacity.values:
            raise Fault("letters.choice", field="capacity", value=capacity[:40])
        for kind in kinds or [""]:
            if kind not in known:
                raise Fault("letters.choice", field="kind", value=kind[:40])
        decree = sound(decree).strip()
        if not 0 < len(decree) <= 120 or (end is not None and end <= start):
            raise Fault("offices.decree")
        given = Delegation.objects.create(
            agency=actor.agency,
            of=of,
            to=to,
            capacity=capacity,
            kinds=kinds,
            valid=DateRange(start, end),
            decree=decree,
        )
        line.subject = given
        line.detail.update(capacity=capacity, kinds=kinds, decree=decree)
    return given


def end_delegation(delegation: Delegation, *, actor: Actor) -> None:
    """Take a mandate back: today is the first day without it. What was signed under it stays sound.

    `Fault offices.delegation_ended` where it has ended before.
    """
    with act("simaya.delegation.edit", actor=actor, subject=delegation) as line:
        day = today(actor.agency.zone, timezone.now())
        if (left := ended(delegation.valid, day)) is None:
            raise Fault("offices.delegation_ended")
        delegation.valid = left
        delegation.save(update_fields=["valid"])
        line.detail["ended"] = day.isoformat()
