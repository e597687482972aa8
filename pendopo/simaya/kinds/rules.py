"""Rules of official letters as plain functions: who may sign and how, the deadline, what a page shows.

Nothing here reads a clock, settings or a database: days and times come in, times aware.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from pendopo.core.errors import Fault

from .profiles import Kind, Profile

MONTHS = [
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
]
ROMAN = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X"]
COUNTS = ["nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan", "sepuluh"]
COUNTS += ["sebelas", "dua belas", "tiga belas", "empat belas", "lima belas"]
LABELS = {
    "number": "Nomor",
    "nature": "Sifat",
    "attachments": "Lampiran",
    "subject": "Hal",
    "to": "Yth.",
    "from": "Dari",
    "day": "Tanggal",
}
# Posts of a region whose holders, acting ones too, sign without rank and number (Permendagri 1/2023
# Pasal 44).
OFFICES = ("head", "deputy", "secretary")


@dataclass(frozen=True, slots=True)
class Post:
    """A post (jabatan). `line`: keys of the posts above it, nearest first; the agency's head has none.

    `region`: `head`, `deputy` or `secretary` of a region, else empty. `heads`: it heads a unit.
    """

    key: str
    title: str
    line: tuple[str, ...] = ()
    heads: bool = False
    region: str = ""


@dataclass(frozen=True, slots=True)
class Capacity:
    """In what capacity a person signs: `assignment` (definitive, plt, plh, pj, pjs) to the post, and
    `on_behalf`, highest first: empty = the post's own name, one post = a.n., two = a.n. and u.b.
    """

    assignment: str = "definitive"
    on_behalf: tuple[Post, ...] = ()

    @property
    def code(self) -> str:
        """The one word that travels with the letter: `an`, `ub`, or the assignment's."""
        return ("", "an", "ub")[min(len(self.on_behalf), 2)] or self.assignment


@dataclass(frozen=True, slots=True)
class Person:
    """Who signs: name without titles, academic titles before and after it, rank, number as written."""

    name: str
    front: str = ""
    back: str = ""
    rank: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class Delegation:
    """A written mandate: `to` may sign `kinds` in `of`'s name (`an` or `ub`), `start` ≤ day < `end`."""

    of: str
    to: str
    capacity: str
    kinds: tuple[str, ...]
    start: date
    end: date | None


@dataclass(frozen=True, slots=True)
class Block:
    """A signature block: lines above the code, lines below it, and the statement beside it."""

    above: tuple[str, ...]
    below: tuple[str, ...]
    statement: tuple[str, ...]


def signature_block(
    kind: Kind, position: Post, capacity: Capacity, person: Person, profile: Profile
) -> Block:
    """The block of `person`, holding `position`, signing in `capacity`.

    a.n. and u.b. lines: Permen PANRB 6/2011 line. Names: directives without academic titles, other kinds as
    the kind says; rank and number for nobody who is or acts as head, deputy or secretary of a region
    (Permendagri 1/2023 Pasal 44). Statement: format 22B, name without titles.
    Fault `kinds.capacity` when the profile does not know the capacity.
    """
    prefix = "" if capacity.assignment == "definitive" else _word(capacity.assignment, profile) + " "
    own = f"{prefix}{position.title}"
    above: list[str] = []
    if len(capacity.on_behalf) > 2:
        raise Fault("kinds.capacity", capacity=capacity.code, profile=profile.code)
    for depth, post in enumerate(capacity.on_behalf):
        above.append(f"{_word('an', profile)} {post.title}" if depth == 0 else post.title)
    if len(capacity.on_behalf) == 2:
        above.append(_word("ub", profile))
    above.append(f"{own},")
    titled = kind.degrees and kind.group != "directive"
    below = [_titled(person) if titled else person.name]
    if kind.numbered == "all" or (kind.numbered == "not-regional-head" and position.region not in OFFICES):
        below += [line for line in (person.rank, f"NIP {person.number}" if person.number else "") if line]
    return Block(tuple(above), tuple(below), (profile.statement, own, person.name))


def _word(capacity: str, profile: Profile) -> str:
    if capacity not in profile.capacity:
        raise Fault("kinds.capacity", capacity=capacity, profile=profile.code)
    return profile.capacity[capacity]


def _titled(person: Person) -> str:
    name = f"{person.front} {person.name}".strip()
    return f"{name}, {person.back}" if person.back else name


def signed_as(name: str, position: str, capacity: str, on_behalf: str | None, profile: Profile) -> str:
    """Who signed, as one line says it: `Sari Dewi, Sekretaris a.n. Kepala`; `Sari Dewi, Plh. Sekretaris`.

    `capacity`: the word of `Capacity.code`; one that the profile does not know stands as it is.
    """
    word = profile.capacity.get(capacity, capacity)
    if on_behalf:
        return f"{name}, {position} {word} {on_behalf}"
    return f"{name}, {position}" if capacity == "definitive" else f"{name}, {word} {position}"


def may_sign(
    kind: Kind, post: Post, capacity: Capacity, delegations: Collection[Delegation], day: date
) -> Fault | None:
    """None when the holder of `post` may sign `kind` in `capacity` on `day`, else the Fault that says why.

    Own name: as the kind's `signs` says. a.n.: the post directly below, u.b.: only after a.n. and two levels
    below (Permen PANRB 6/2011 line); each step by a written delegation in force. Pj. and Pjs. are of regional
    heads only. Codes `kinds.not_signer`, `kinds.acting`, `kinds.level`, `kinds.delegation`.
    """
    if capacity.assignment in ("pj", "pjs") and post.region != "head":
        return Fault("kinds.acting", post=post.title)
    top = capacity.on_behalf[0] if capacity.on_behalf else post
    if not (top.heads if kind.signs == "heads" else len(top.line) <= kind.deepest):
        return Fault("kinds.not_signer", post=top.title, kind=kind.title)
    chain = [*capacity.on_behalf, post]
    keys = tuple(step.key for step in reversed(chain))
    if len(chain) > 3 or post.line[: len(chain) - 1] != keys[1:]:
        return Fault("kinds.level", post=post.title, of=top.title)
    for (giver, taker), how in zip(pairwise(chain), ("an", "ub"), strict=False):
        given = any(
            (row.of, row.to, row.capacity) == (giver.key, taker.key, how)
            and kind.code in row.kinds
            and row.start <= day
            and (row.end is None or day < row.end)
            for row in delegations
        )
        if not given:
            return Fault("kinds.delegation", post=taker.title, of=giver.title, kind=kind.title)
    return None


def due(
    urgency: str, received: datetime, zone: str, holidays: Collection[date], profile: Profile
) -> datetime | None:
    """By when a letter of `urgency` is answered, aware in `zone`; None when the profile names no time.

    The clock stands still on Saturdays, Sundays and `holidays` of that zone's calendar. Hours run day and
    night of working days; n days end with office hours of the n-th working day after that of receipt.
    Degrees and times: the profile's (regional rule in the line of Permendagri 54/2009).
    ValueError for a naive `received`, KeyError for an urgency the profile has not.
    """
    if received.tzinfo is None:
        raise ValueError("received needs a zone")
    rule, at = profile.urgency[urgency], received.astimezone(ZoneInfo(zone))
    if rule.days is not None:
        day = at.date()
        for _ in range(rule.days):
            day = working(day + timedelta(days=1), holidays)
        return datetime.combine(day, profile.closes, at.tzinfo)
    if rule.hours is None:
        return None
    left = timedelta(hours=rule.hours)
    while True:
        midnight = datetime.combine(at.date() + timedelta(days=1), datetime.min.time(), at.tzinfo)
        if working(at.date(), holidays) == at.date():
            if at + left < midnight:
                return at + left
            left -= midnight - at
        at = midnight


def working(day: date, holidays: Collection[date]) -> date:
    """`day`, or the first working day after it."""
    while day.weekday() >= 5 or day in holidays:
        day += timedelta(days=1)
    return day


@dataclass(frozen=True, slots=True)
class Annex:
    """An annex (lampiran): its label, title and body/1."""

    label: str
    title: str
    body: dict


@dataclass(frozen=True, slots=True)
class Office:
    """An office's letterhead: lines, the last one its address; the crest as SVG text; place; its name."""

    name: str
    lines: tuple[str, ...]
    place: str
    crest: str | None = None
    crest_alt: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a letter says besides its body. `number` and `day` are empty and None in a draft.

    `copy`: (n, of) on letters of class R and SR. `sender`: the post a memo is from.
    """

    kind: Kind
    profile: Profile
    subject: str
    to: tuple[str, ...]
    number: str = ""
    day: date | None = None
    security: str = "B"
    urgency: str = "biasa"
    attachments: str = "-"
    sender: str = ""
    copies: tuple[str, ...] = ()
    copy: tuple[int, int] | None = None
    annexes: Sequence[Annex] = ()


def labels(count: int) -> list[str]:
    """What `count` annexes are called: one alone is "Lampiran", several are "Lampiran I", "Lampiran II", …"""
    return ["Lampiran"] if count == 1 else [f"Lampiran {ROMAN[n]}" for n in range(count)]


def attached(count: int) -> str:
    """The row "Lampiran" of a letter's head: `2 (dua) berkas`, `-` without any. At most fifteen."""
    return f"{count} ({COUNTS[count]}) berkas" if count else "-"


def sheet(
    letter: Facts, office: Office, block: Block, body: dict, *, qr: str | None, data: str | None
) -> dict:
    """Exactly what `paper/letter.typ` reads: JSON-ready, in the letter's language (Indonesian).

    `body`: body/1 as `paper.document.parse` gave it. `qr`: SVG of the code, None in a draft. `data`: the
    text of `letter.json`, None to embed nothing. Order of the head and place of number and day: the
    profile's (ANRI 5/2021, Permendagri 1/2023); place and day stand without a full stop.
    """
    kind, profile = letter.kind, letter.profile
    degree = profile.security[letter.security]
    layout = {name: getattr(profile.layout, name) for name in profile.layout.__slots__ if name != "source"}
    return {
        "lang": "id",
        "title": letter.subject,
        "author": office.name,
        "keywords": [kind.title],
        "layout": layout,
        "letterhead": {"lines": list(office.lines), "crest": office.crest, "crest_alt": office.crest_alt},
        "mark": {"text": degree.word.upper(), "colour": degree.colour} if degree.marked else None,
        "copy": f"Salinan {letter.copy[0]} dari {letter.copy[1]}" if letter.copy else None,
        "facing": kind.facing,
        "heading": kind.title.upper(),
        "number": "" if "number" in kind.head else f"Nomor {letter.number or '…'}",
        "facts": [[LABELS[name], _fact(name, letter)] for name in kind.head],
        "place_date": f"{office.place}, {long_day(letter.day)}",
        "to": list(letter.to) if kind.facing == "letter" else [],
        "body": body["content"],
        "signature": {
            "above": block.above,
            "below": block.below,
            "statement": block.statement if qr else (DRAFT,),
        },
        "qr": qr,
        "qr_alt": "Kode QR ke halaman pemeriksaan surat ini",
        "copies": list(letter.copies),
        "annexes": [{"label": a.label, "title": a.title, "body": a.body["content"]} for a in letter.annexes],
        "footer": FOOTER if qr else DRAFT,
        "data": data,
    }


# Without its code a page never says that it is signed.
DRAFT = "Konsep: belum ditandatangani"
FOOTER = "Dokumen ini ditandatangani secara elektronik. Keasliannya dapat diperiksa melalui kode QR."


def _fact(name: str, letter: Facts) -> list[str]:
    """The lines of one row of the head."""
    degree, urgency = letter.profile.security[letter.security], letter.profile.urgency[letter.urgency]
    single = {
        "number": letter.number or "…",
        "nature": f"{degree.word}/{urgency.word}" if degree.marked else urgency.word,
        "attachments": letter.attachments,
        "subject": letter.subject,
        "from": letter.sender,
        "day": long_day(letter.day),
    }
    return list(letter.to) if name == "to" else [single[name]]


def long_day(day: date | None) -> str:
    """`25 November 2026`; `…` while a draft has no day."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}" if day else "…"
