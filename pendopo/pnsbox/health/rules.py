"""What is wrong at a site, why most likely, and when that is worth telling. Plain functions; the clock is
passed in.

Of much that fails together the common cause is told, once: a provider, or the controller's own line.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pendopo.pnsbox.boxes.health import Health

Kind = Literal["silent", "never", "line", "alone", "undone", "behind", "names", "provider", "all"]
Cause = Literal["line", "power", "box", "configuration", "provider", "controller"]
Step = Literal["wait", "drop", "begin", "hold", "calm", "end"]

# How long something lasts before people are told: all that fails together is silent by then, for boxes report
# each 30 s; and a change may take a while to be taken.
PATIENCE: dict[Kind, timedelta] = {
    "silent": timedelta(seconds=60),
    "never": timedelta(minutes=5),
    "line": timedelta(seconds=60),
    "alone": timedelta(minutes=2),
    "undone": timedelta(0),
    "behind": timedelta(minutes=5),
    "names": timedelta(minutes=2),
    "provider": timedelta(seconds=60),
    "all": timedelta(seconds=60),
}
CALM = timedelta(minutes=2)  # without it, until it counts as over: what comes and goes is told once
TOGETHER = 3  # sites, and more than half of all it can be: then they have one cause


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a site: whose it is, whom to call, and whether anybody answered over it, as the box last said
    (None: it did not say)."""

    name: str
    isp: str = ""
    phone: str = ""
    up: bool | None = None


@dataclass(frozen=True, slots=True)
class Office:
    """What is known of a site whose box is in service.

    `near` are the sites of its neighbours that the controller hears; `hear_it` how many of them say that it
    answers, `hears` how many of them answer it, as it last said. `ever`: it has reported at all. `why` it
    undid a change; `names` why its site's machines get no private names.
    """

    site: str
    name: str
    health: Health
    lines: tuple[Line, ...]
    near: frozenset[str] = frozenset()
    hear_it: int = 0
    hears: int = 0
    ever: bool = True
    why: str = ""
    names: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong: at `site`, or (empty) at `many` of `of` sites together; `name` is what people call it.
    `line` is the one to look at, `phone` whom to call. Of `near` neighbours `hear_it` say that it answers."""

    kind: Kind
    cause: Cause
    name: str
    site: str = ""
    line: str = ""
    isp: str = ""
    phone: str = ""
    many: int = 0
    of: int = 0
    near: int = 0
    hear_it: int = 0
    why: str = ""

    @property
    def key(self) -> str:
        """What stays the same for as long as it lasts."""
        return ":".join((self.kind, self.site or self.name, self.line if self.kind == "line" else ""))


def findings(offices: Collection[Office]) -> dict[str, Finding]:
    """All that is wrong, by key."""
    known = {office.site: office for office in offices}
    single = [one for office in offices for one in _at(office, known)]
    return {one.key: one for one in _together(offices, single)}


def _at(office: Office, known: dict[str, Office]) -> Iterable[Finding]:
    if office.health == "silent":
        yield _silent(office)
    elif office.health in ("undone", "behind", "sound"):
        if office.health != "sound":
            line = Line(office.lines[0].name)  # no provider can help
            yield _found(office, office.health, "configuration", line, why=office.why)
        if office.names:
            yield _found(office, "names", "box", Line(office.lines[0].name), why=office.names)
        if office.near and not office.hears:
            # It reaches the controller, and they do too: what is between them stops UDP.
            yield _found(office, "alone", "line", office.lines[0])
        elif office.hears:
            for at, line in enumerate(office.lines):
                if line.up is False and not _excused(office, at, known):
                    yield _found(office, "line", "line", line)


def _excused(office: Office, at: int, known: dict[str, Office]) -> bool:
    """Whether the line fails at the other end: it leads to lines of larger neighbours which answer nobody."""
    others = [known[site] for site in office.near if site in known]
    return all(
        len(one.near) > len(office.near) and one.lines[at % len(one.lines)].up is False for one in others
    )


def _silent(office: Office) -> Finding:
    """Why a box is not heard any more, from what it and its neighbours said last."""
    first = office.lines[0]
    if not office.ever:
        return _found(office, "never", "box", first)
    if office.hear_it:
        return _found(office, "silent", "box", first)  # its neighbours reach it: power and lines are there
    left = [line for line in office.lines if line.up is not False] or [*office.lines]
    if len(left) == 1 or len({line.isp for line in left}) == 1:
        return _found(office, "silent", "line", left[0])
    return _found(office, "silent", "power", first)  # lines of two providers do not fail in one moment


def _found(office: Office, kind: Kind, cause: Cause, line: Line, why: str = "") -> Finding:
    return Finding(
        kind, cause, office.name, office.site, line.name, line.isp, line.phone, near=len(office.near),
        hear_it=office.hear_it, why=why,
    )  # fmt: skip


def _together(offices: Collection[Office], single: list[Finding]) -> list[Finding]:
    """The findings with those that have one cause made one."""
    silent = [one for one in single if one.kind == "silent"]
    if _most(len(silent), len(offices)):
        many = Finding("all", "controller", "", many=len(silent), of=len(offices))
        return [many, *(one for one in single if one.kind != "silent")]
    known = {office.site: office for office in offices}
    # Of lines; a silent site counts where all its lines are of one provider.
    failed = [
        one
        for one in single
        if one.isp
        and (
            one.kind == "line"
            or (one.kind == "silent" and {line.isp for line in known[one.site].lines} == {one.isp})
        )
    ]
    having = Counter(isp for office in offices for isp in {line.isp for line in office.lines})
    found = []
    for isp, many in Counter(isp for isp, _site in {(one.isp, one.site) for one in failed}).items():
        if _most(many, having[isp]):
            theirs = [one for one in failed if one.isp == isp]
            phone = Counter(one.phone for one in theirs).most_common(1)[0][0]
            found.append(
                Finding("provider", "provider", isp, isp=isp, phone=phone, many=many, of=having[isp])
            )
            single = [one for one in single if one not in theirs]
    return [*found, *single]


def _most(some: int, of: int) -> bool:
    return some >= TOGETHER and some * 2 > of


def step(
    kind: Kind,
    since: datetime,
    told: datetime | None,
    calm: datetime | None,
    now: datetime,
    *,
    there: bool,
) -> Step:
    """What becomes of something first seen at `since`, told at `told`, and not seen from `calm` on."""
    if there:
        if told is not None:
            return "hold"
        return "begin" if now - since >= PATIENCE[kind] else "wait"
    if told is None:
        return "drop"
    return "end" if calm is not None and now - calm >= CALM else "calm"
