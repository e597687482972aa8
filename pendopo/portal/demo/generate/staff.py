"""Civil servants of the demo nation: people with valid NIP or NI-PPPK, posts, and dated assignments.

Every post has one definitive holder, save a few heads' posts: some are vacant and led by a Plt., some
holders are away this week and a Plh. stands in. Serials begin at 901, which no real number reaches.
"""

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from pendopo.portal.demo.generate import names
from pendopo.portal.demo.generate.citizens import AS_OF, SEED
from pendopo.portal.demo.generate.regions import WEIGHTS, Weighted

FUNCTIONS = names.words(
    """Pranata Komputer Ahli Muda, Pranata Komputer Ahli Pertama, Pranata Komputer Terampil,
    Analis Kebijakan Ahli Muda, Analis Kebijakan Ahli Pertama, Statistisi Ahli Pertama,
    Arsiparis Ahli Pertama, Arsiparis Terampil, Analis Hukum Ahli Pertama, Analis Anggaran Ahli Pertama,
    Penata Layanan Operasional, Pengelola Data dan Informasi, Pengadministrasi Umum, Pengolah Data Layanan,
    Auditor Ahli Pertama, Pranata Hubungan Masyarakat Ahli Pertama"""
)
GRADES = {"Muda": "III/d", "Pertama": "III/b", "Terampil": "II/d"}
PROVINCES = Weighted(WEIGHTS)


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of an agency: its head's title, and the code of the unit above ("" for the top)."""

    code: str
    name: str
    parent: str
    head: str


@dataclass(frozen=True, slots=True)
class Post:
    """A position in a unit."""

    unit: str
    title: str
    grade: str
    heads: bool = False


@dataclass(frozen=True, slots=True)
class Assignment:
    """A post held for a time. ``kind`` is definitive, plt or plh; ``until`` the first day after, or None."""

    unit: str
    title: str
    kind: str
    since: date
    until: date | None
    decree: str


@dataclass(slots=True)
class Employee:
    """A civil servant. ``scheme`` is nip or nippppk; ``sex`` is "L" or "P"."""

    scheme: str
    number: str
    name: str
    front: str
    back: str
    birth: date
    sex: str
    assignments: list[Assignment] = field(default_factory=list)


@dataclass(slots=True)
class Staff:
    """All of one agency: what its directory is filled with."""

    units: list[Unit]
    posts: list[Post]
    people: list[Employee]

    def head_of(self, unit: str, today: date) -> Employee:
        """Who leads the unit today: the Plh. or Plt., where there is one, else the definitive head."""
        title = next(u.head for u in self.units if u.code == unit)
        rank = {"plh": 0, "plt": 1, "definitive": 2}
        found = [
            (rank[a.kind], p.number, p)
            for p in self.people
            for a in p.assignments
            if (a.unit, a.title) == (unit, title)
            and a.since <= today
            and (a.until is None or today < a.until)
        ]
        return min(found)[2]

    def holder(self, unit: str, title: str) -> Employee:
        """Who holds the post definitively. Raises StopIteration for a vacant one."""
        return next(
            p
            for p in self.people
            for a in p.assignments
            if (a.unit, a.title, a.kind, a.until) == (unit, title, "definitive", None)
        )


class _Hiring:
    def __init__(self, rng: random.Random, taken: Counter):
        self.rng, self.taken = rng, taken

    def employee(self, age: int, education: str, contract: bool) -> Employee:
        rng = self.rng
        birth = AS_OF - timedelta(days=age * 365 + rng.randrange(360))
        sex = rng.choice("LP")
        front, back = names.degrees(rng, education)
        full = names.name(rng, names.culture_of(rng, PROVINCES.draw(rng)), sex, birth.year)
        # Nobody is appointed before 20; contract staff exist since 2019.
        first = birth.year + 21 + rng.randrange(3)
        if contract:
            middle = f"{max(2019, min(AS_OF.year - 1, first + rng.randrange(8)))}{rng.randrange(1, 3):02}"
        else:
            middle = f"{min(AS_OF.year - 1, first)}{rng.choice((1, 2, 3, 12)):02}"
        prefix = f"{birth:%Y%m%d}{middle}{1 if sex == 'L' else 2}"
        self.taken[prefix] += 1
        scheme = "nippppk" if contract else "nip"
        return Employee(scheme, f"{prefix}{900 + self.taken[prefix]}", full, front, back, birth, sex)


def posts_of(units: Iterable[Unit], count: int) -> list[Post]:
    """``count`` posts: a head for each unit, the rest functional posts spread over the units.

    Raises ValueError when the units cannot hold so many different posts.
    """
    units = list(units)
    top = next(u for u in units if not u.parent)
    grade = {u.code: "IV/e" if u is top else "IV/c" if u.parent == top.code else "IV/a" for u in units}
    posts = [Post(u.code, u.head, grade[u.code], heads=True) for u in units]
    below = [u for u in units if u is not top]
    if not 0 <= count - len(units) <= len(below) * len(FUNCTIONS):
        raise ValueError(f"{len(units)} units cannot hold {count} posts")
    for n in range(count - len(units)):
        title = FUNCTIONS[n // len(below)]
        posts.append(Post(below[n % len(below)].code, title, GRADES.get(title.split()[-1], "III/a")))
    return posts


def staff(units: list[Unit], people: int, today: date, seed: int, taken: Counter | None = None) -> Staff:
    """An agency of ``people`` civil servants. ``taken`` keeps numbers unique over several agencies.

    Numbers, names and posts depend on the seed alone; ``today`` sets the dates of who stands in now.
    """
    rng = random.Random(SEED + seed)  # noqa: S311 - made-up people, not secrets
    hiring = _Hiring(rng, Counter() if taken is None else taken)
    heads = len(units)
    vacant = sorted(rng.sample(range(1, heads), max(1, heads // 12)))
    away = sorted(rng.sample([n for n in range(1, heads) if n not in vacant], max(1, heads // 12)))
    posts = posts_of(units, people + len(vacant))
    found = Staff(units, posts, [])
    leading: list[Employee] = []
    decree = 0
    for n, post in enumerate(posts):
        if n in vacant:
            continue
        if post.heads:
            person = hiring.employee(rng.randrange(44, 58), rng.choice(("S1", "S2", "S2", "S3")), False)
            leading.append(person)
        else:
            contract = post.title.startswith(("Peng", "Penata")) or rng.random() < 0.12
            person = hiring.employee(rng.randrange(25, 55), rng.choice(("D3", "S1", "S1", "S2")), contract)
        decree += 1
        since = date(rng.randrange(2021, 2026), rng.randrange(1, 13), 1)
        if post.heads and rng.random() < 0.4:  # many led the unit before they were appointed to it
            before = since - timedelta(days=rng.randrange(90, 400))
            person.assignments.append(
                Assignment(post.unit, post.title, "plt", before, since, f"Sprint {decree}/{before.year}")
            )
        person.assignments.append(
            Assignment(post.unit, post.title, "definitive", since, None, f"SK {decree}/{since.year}")
        )
        found.people.append(person)
    for n in vacant + away:
        post = posts[n]
        deputy = rng.choice([p for p in leading if post.unit not in {a.unit for a in p.assignments}])
        leading.remove(deputy)  # nobody stands in for two
        if n in vacant:
            start, end, kind = today - timedelta(days=60), today + timedelta(days=120), "plt"
        else:
            start, end, kind = today - timedelta(days=2), today + timedelta(days=8), "plh"
        deputy.assignments.append(
            Assignment(post.unit, post.title, kind, start, end, f"Sprint {n}/{start.year}")
        )
    return found
