"""Taxpayers and yearly returns (SPT) of the demo nation's tax office, for the citizens who work.

Since PMK 112/2022 a resident's 16-digit NPWP is the NIK. The older 15-digit number begins with 99 here,
which the tax office never gave out.
"""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from pendopo.portal.demo.generate.citizens import AS_OF, SEED, Citizen, Family
from pendopo.portal.demo.generate.regions import Weighted

STATUS = Weighted({"Aktif": 88, "Non-efektif": 9, "Hapus": 3})
RESULT = Weighted({"Nihil": 78, "Kurang bayar": 15, "Lebih bayar": 7})
LAST_YEAR = AS_OF.year - 1
UNTAXED = {"Belum bekerja", "Pelajar/mahasiswa", "Mengurus rumah tangga"}


@dataclass(slots=True)
class Taxpayer:
    """One row of ``wajib_pajak``; field names are the table's columns."""

    npwp16: str
    npwp15: str
    nik: str
    nama: str
    kpp: str
    status: str
    terdaftar: date
    spt_terakhir: int | None  # tax year of the last return, None: none yet
    status_spt: str  # "Patuh" or "Belum lapor"


@dataclass(slots=True)
class TaxReturn:
    """One row of ``spt``: a yearly return. ``jumlah`` is in rupiah, nought when nothing is due."""

    npwp16: str
    tahun: int
    jenis: str
    tanggal_lapor: date
    hasil: str
    jumlah: int


def npwp15(number: int) -> str:
    """A 15-digit number: 9 digits with their Luhn check digit, then office 900 and branch 000.

    ``number`` is 0 to 999,999.
    """
    digits = f"99{number:06}"
    doubled = (int(d) * (1 + n % 2) for n, d in enumerate(digits))
    check = -sum(d // 10 + d % 10 for d in doubled) % 10
    return f"{digits}{check}900000"


def taxpayers(families: Iterable[Family], seed: int = SEED) -> Iterator[tuple[Taxpayer, list[TaxReturn]]]:
    """Taxpayers among the working adults (some seven in ten), each with the returns of up to three years."""
    rng = random.Random(seed + 1)  # noqa: S311 - made-up people, not secrets
    number = 0
    for family in families:
        for person in family.members:
            grown = AS_OF.year - person.tanggal_lahir.year
            if grown < 21 or grown > 75 or person.pekerjaan in UNTAXED or rng.random() > 0.7:
                continue
            number += 1
            yield _taxpayer(rng, person, family.village.regency_short, number)


def _taxpayer(
    rng: random.Random, person: Citizen, place: str, number: int
) -> tuple[Taxpayer, list[TaxReturn]]:
    first = max(date(person.tanggal_lahir.year + 21, 1, 1), date(2005, 1, 1))
    since = first + timedelta(days=rng.randrange(max(1, (AS_OF - first).days)))
    status = STATUS.draw(rng)
    returns = []
    for year in range(max(since.year, LAST_YEAR - 3), LAST_YEAR) if status == "Aktif" else ():
        if rng.random() < 0.78:
            result = RESULT.draw(rng)
            returns.append(
                TaxReturn(
                    person.nik, year, rng.choice(("1770", "1770 S", "1770 SS")),
                    date(year + 1, 1, 5) + timedelta(days=rng.randrange(85)), result,
                    0 if result == "Nihil" else rng.randrange(50, 9_000) * 1000,
                )
            )  # fmt: skip
    last = returns[-1].tahun if returns else None
    return (
        Taxpayer(
            person.nik, npwp15(number), person.nik, person.nama, f"KPP Pratama {place}", status, since, last,
            "Patuh" if last == LAST_YEAR - 1 else "Belum lapor",
        ),
        returns,
    )  # fmt: skip
