"""Participants of the demo nation's health insurance: most citizens, by kind of membership."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from pendopo.portal.demo.generate.citizens import AS_OF, SEED, Citizen, Family
from pendopo.portal.demo.generate.regions import Weighted

SHARE = 0.86
SALARIED = {"Karyawan swasta", "Pegawai negeri sipil", "Guru", "Perawat"}
POOR = Weighted({"PBI APBN": 62, "PBI APBD": 20, "PBPU": 18})


@dataclass(slots=True)
class Participant:
    """One row of ``peserta``; field names are the table's columns. ``nomor`` is 13 digits beginning 0009."""

    nomor: str
    nik: str
    nama: str
    tanggal_lahir: date
    jenis: str
    kelas: int
    faskes: str
    status: str
    terdaftar: date


def participants(families: Iterable[Family], seed: int = SEED) -> Iterator[Participant]:
    """Participants, a family together: the kind and class of membership follow its head."""
    rng = random.Random(seed + 2)  # noqa: S311 - made-up people, not secrets
    number = 0
    for family in families:
        if rng.random() > SHARE or not family.members:
            continue
        kind, room = _membership(rng, family.members[0])
        clinic = f"Puskesmas {family.village.district}"
        lapsed = kind == "PBPU" and rng.random() < 0.3
        for person in family.members:
            number += 1
            first = max(person.tanggal_lahir, date(2014, 1, 1))
            since = first + timedelta(days=rng.randrange((AS_OF - first).days + 1))
            yield Participant(
                f"0009{number:09}", person.nik, person.nama, person.tanggal_lahir, kind, room, clinic,
                "Nonaktif" if lapsed else "Aktif", since,
            )  # fmt: skip


def _membership(rng: random.Random, head: Citizen) -> tuple[str, int]:
    if head.pekerjaan in SALARIED:
        return "PPU", rng.choice((1, 2))
    if head.pekerjaan == "Pensiunan":
        return "BP", rng.choice((1, 2))
    kind = POOR.draw(rng)
    return kind, 3 if kind != "PBPU" else rng.choice((1, 2, 3))
