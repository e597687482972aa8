"""Families and citizens of the demo nation, as a population register would hold them.

A NIK is the six digits of a real district, the birth date (day + 40 for women) and a serial from 9001
up. The shape is right and the number is nobody's: no district issues nine thousand numbers in a day.
"""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from pendopo.portal.demo.generate import names
from pendopo.portal.demo.generate.regions import Village, Weighted, pick

SEED = 17081945
AS_OF = date(2026, 1, 1)  # ages and dates are counted from here, so that a seed gives one nation for ever
FIRST_SERIAL = 9001

EDUCATION = Weighted(
    {"Tidak sekolah": 5, "SD": 24, "SMP": 19, "SMA": 36, "D3": 4, "S1": 10, "S2": 1.6, "S3": 0.2}
)
BLOOD = Weighted({"O": 37, "A": 26, "B": 28, "AB": 8, "-": 1})
JOBS = {
    "L": Weighted(
        {"Petani": 24, "Wiraswasta": 20, "Karyawan swasta": 20, "Buruh harian lepas": 11, "Nelayan": 4}
        | {"Pedagang": 8, "Pegawai negeri sipil": 5, "Sopir": 4, "Tukang kayu": 2, "Guru": 2}
    ),
    "P": Weighted(
        {"Mengurus rumah tangga": 52, "Wiraswasta": 10, "Karyawan swasta": 14, "Petani": 8, "Pedagang": 8}
        | {"Guru": 4, "Pegawai negeri sipil": 4, "Perawat": 2}
    ),
}
STREETS = names.words(
    """Merdeka, Pahlawan, Melati, Mawar, Kenanga, Cempaka, Anggrek, Kartini, Diponegoro, Sudirman, Veteran,
    Pemuda, Ahmad Yani, Gatot Subroto, Imam Bonjol, Hasanuddin, Pattimura, Cut Nyak Dien, Teuku Umar, Pasar,
    Raya Desa, Masjid Agung, Gereja, Pelabuhan, Stasiun, Sungai, Bukit Indah, Kebon Jeruk, Nusa Indah"""
)


@dataclass(slots=True)
class Citizen:
    """One row of the register; field names are the table's columns."""

    nik: str
    no_kk: str
    nama: str
    jenis_kelamin: str  # "L" or "P"
    tempat_lahir: str
    tanggal_lahir: date
    agama: str
    status_kawin: str
    hubungan: str  # to the family's head
    pendidikan: str
    pekerjaan: str
    golongan_darah: str
    nama_ibu: str


@dataclass(slots=True)
class Family:
    """One family card: its number, home and members (the head first)."""

    no_kk: str
    village: Village
    alamat: str
    rt: str
    rw: str
    members: list[Citizen] = field(default_factory=list)


class Numbers:
    """Gives each (prefix) its next serial, so that no number is made twice."""

    def __init__(self) -> None:
        self._next: Counter[str] = Counter()

    def nik(self, village: Village, born: date, sex: str) -> str:
        """A NIK of 16 digits for a birth registered in the village's district."""
        day = born.day + (40 if sex == "P" else 0)
        return self._numbered(f"{village.district_digits}{day:02}{born:%m%y}")

    def kk(self, village: Village, issued: date) -> str:
        """A family card's number: district, day of issue, serial."""
        return self._numbered(f"{village.district_digits}{issued:%d%m%y}", family=True)

    def _numbered(self, prefix: str, family: bool = False) -> str:
        key = f"kk{prefix}" if family else prefix
        serial = FIRST_SERIAL + self._next[key]
        if serial > 9999:
            raise ValueError(f"no serial left for {prefix}")
        self._next[key] += 1
        return f"{prefix}{serial:04}"


def _birth(rng: random.Random, youngest: int, oldest: int) -> date:
    """A birth date of someone between the two ages (years) at ``AS_OF``."""
    return AS_OF - timedelta(days=rng.randrange(int(youngest * 365.25) + 1, int((oldest + 1) * 365.25)))


def _age(born: date) -> int:
    return AS_OF.year - born.year - ((AS_OF.month, AS_OF.day) < (born.month, born.day))


class _Maker:
    def __init__(self, seed: int, villages: list[Village]):
        self.rng = random.Random(seed)  # noqa: S311 - made-up people, not secrets
        self.villages = villages
        self.numbers = Numbers()

    def family(self, village: Village) -> Family:
        rng = self.rng
        culture = names.culture_of(rng, village.code[:2])
        religion = culture.religions.draw(rng)
        clan = rng.choice(culture.clans) if culture.clans else ""
        issued = AS_OF - timedelta(days=rng.randrange(30, 9000))
        home = Family(
            self.numbers.kk(village, issued), village,
            f"Jl. {rng.choice(STREETS)} No. {rng.randrange(1, 180)}", f"{rng.randrange(1, 13):03}",
            f"{rng.randrange(1, 9):03}",
        )  # fmt: skip

        def add(sex: str, born: date, relation: str, married: str, surname: str, mother: str = "") -> Citizen:
            full = names.name(rng, culture, sex, born.year, surname)
            person = self._person(home, full, sex, born, religion, relation, married)
            person.nama_ibu = mother or names.name(rng, culture, "P", born.year - 25)
            home.members.append(person)
            return person

        kind = rng.random()
        oldest = int(22 + 63 * rng.random() ** 1.3)  # more young families than old ones
        born = _birth(rng, oldest, oldest + 3)
        if kind < 0.82:
            add("L", born, "Kepala keluarga", "Kawin", clan)
            wife_born = born + timedelta(days=rng.randrange(-700, 2900))
            wife = add("P", min(wife_born, AS_OF - timedelta(days=20 * 365)), "Istri", "Kawin", "")
            self._children(add, wife, clan)
        elif kind < 0.92:
            widow = add("P", born, "Kepala keluarga", "Cerai mati" if oldest > 50 else "Cerai hidup", clan)
            self._children(add, widow, clan)
        else:
            add(
                "L" if rng.random() < 0.8 else "P",
                born,
                "Kepala keluarga",
                "Belum kawin" if oldest < 40 else "Cerai hidup",
                clan,
            )
        if _age(born) < 55 and rng.random() < 0.07:
            add("P", born - timedelta(days=rng.randrange(7000, 10500)), "Orang tua", "Cerai mati", "")
        return home

    def _children(self, add, mother: Citizen, clan: str) -> None:
        """Children between the mother's 20th and 40th year who still live at home."""
        years = _age(mother.tanggal_lahir)
        born_after = mother.tanggal_lahir + timedelta(days=20 * 365)
        for _ in range(self.rng.choices((0, 1, 2, 3, 4), (4, 20, 38, 26, 12))[0]):
            born = born_after + timedelta(days=self.rng.randrange(0, 20 * 365))
            grown = _age(born) if born < AS_OF else -1
            if grown < 0 or grown > 30 or (grown > 22 and self.rng.random() < 0.7) or years - grown > 45:
                continue
            add(self.rng.choice("LP"), born, "Anak", "Belum kawin", clan, mother.nama.split(",")[0])

    def _person(
        self, home: Family, full: str, sex: str, born: date, religion: str, relation: str, married: str
    ):
        rng = self.rng
        age = _age(born)
        # One in eight was registered elsewhere: a NIK keeps the district that issued it.
        origin = rng.choice(self.villages) if rng.random() < 0.12 else home.village
        if age < 6:
            education, job = "Belum sekolah", "Belum bekerja"
        elif age < 18:
            education, job = ("SD" if age < 13 else "SMP" if age < 16 else "SMA"), "Pelajar/mahasiswa"
        else:
            education = EDUCATION.draw(rng)
            student = age < 24 and relation == "Anak" and rng.random() < 0.6
            retired = age > 60 and rng.random() < 0.5
            if student:
                education, job = "SMA", "Pelajar/mahasiswa"
            else:
                job = "Pensiunan" if retired else JOBS[sex].draw(rng)
            if education in ("S1", "S2", "S3") and age < 23:
                education = "SMA"
            # Some people have their degrees on the card; most do not.
            if rng.random() < 0.3:
                front, back = names.degrees(rng, education)
                full = ", ".join(part for part in (f"{front} {full}".strip(), back) if part)
        return Citizen(
            self.numbers.nik(origin, born, sex), home.no_kk, full, sex, origin.regency_short, born, religion,
            married, relation, education, job, BLOOD.draw(rng), "",
        )  # fmt: skip


def families(count: int = 20_000, seed: int = SEED, villages: int = 640) -> Iterator[Family]:
    """Families with exactly ``count`` members in all, in ``villages`` real villages."""
    rng = random.Random(seed)  # noqa: S311
    places = pick(rng, villages)
    maker = _Maker(rng.randrange(2**32), places)
    left = count
    while left:
        home = maker.family(places[rng.randrange(len(places))])
        del home.members[left:]
        left -= len(home.members)
        yield home
