"""Plausible Indonesian names by region: one-word names, clans, birth-order names, apostrophes, degrees.

Javanese names come from Faker's ``id_ID`` lists (MIT); the others are common names set down in names.toml.
Names are combined at random; nobody is meant.
"""

import random
import tomllib
from dataclasses import dataclass
from importlib.resources import files

from faker.providers.person.id_ID import Provider as Faker

from pendopo.portal.demo.generate.regions import Weighted


@dataclass(frozen=True, slots=True)
class Culture:
    """How people of one culture are named. ``clans`` is the father's name, handed on to his children."""

    code: str
    male: tuple[str, ...]
    female: tuple[str, ...]
    second_male: tuple[str, ...]
    second_female: tuple[str, ...]
    clans: tuple[str, ...]
    prefix: tuple[str, ...]
    one_word: float
    religions: Weighted

    def given(self, sex: str) -> tuple[str, ...]:
        """First names for "L" or "P"."""
        return self.male if sex == "L" else self.female

    def second(self, sex: str) -> tuple[str, ...]:
        """Second names for "L" or "P"; empty where a clan's name stands second."""
        return self.second_male if sex == "L" else self.second_female


def words(text: str) -> tuple[str, ...]:
    """Names parted by commas or line breaks."""
    return tuple(w.strip() for w in text.replace("\n", ",").split(",") if w.strip())


def _load() -> tuple[dict[str, tuple[str, ...]], dict[str, Culture], dict[str, Weighted]]:
    data = tomllib.loads(files(__package__).joinpath("names.toml").read_text(encoding="utf-8"))
    lists: dict[str, tuple[str, ...]] = {}

    def names(text: str) -> tuple[str, ...]:
        parts = (lists[w[1:]] if w.startswith("$") else (w,) for w in words(text))
        return tuple(dict.fromkeys(n for part in parts for n in part))

    for name, text in data["lists"].items():
        lists[name] = names(text)
    for name, faker in (
        ("java_male", Faker.first_names_male),
        ("java_female", Faker.first_names_female),
        ("java_second_m", Faker.last_names_male),
        ("java_second_f", Faker.last_names_female),
    ):
        lists[name] = tuple(n for n in dict.fromkeys(faker) if n not in lists["left_out"])
    cultures = {
        code: Culture(
            code,
            *(names(c.get(k, "")) for k in ("male", "female", "second_male", "second_female", "clans")),
            tuple(c.get("prefix", ())),
            c.get("one_word", 0.0),
            Weighted(c.get("religions", {"Islam": 1})),
        )
        for code, c in data["culture"].items()
    }
    mixes = {p: Weighted(m["cultures"]) for m in data["mix"] for p in words(m["provinces"])}
    return lists, cultures, mixes


LISTS, CULTURES, MIXES = _load()


def culture_of(rng: random.Random, province: str) -> Culture:
    """A culture at home in the province ("32"), by rough share."""
    return CULTURES[MIXES[province].draw(rng)]


def _once(*parts: str) -> str:
    """The parts as a name, a part said twice in a row said once: "Ade Ade Putra" becomes "Ade Putra"."""
    return " ".join(p for n, p in enumerate(parts) if n == 0 or p != parts[n - 1])


def name(rng: random.Random, culture: Culture, sex: str, birth_year: int, clan: str = "") -> str:
    """A full name without degrees. ``sex`` is "L" or "P"; ``clan`` is the family's (any, where left out)."""
    if culture.code == "jawa" and birth_year < 1970 and rng.random() < 0.6:
        old = rng.choice(LISTS["old_male" if sex == "L" else "old_female"])
        return old if rng.random() < 0.7 else _once(old, rng.choice(culture.second(sex)))
    given = rng.choice(culture.given(sex))
    if rng.random() < culture.one_word:
        return given
    second = (clan or rng.choice(culture.clans)) if culture.clans else rng.choice(culture.second(sex))
    if culture.prefix:
        return _once(culture.prefix[sex == "P"], given, second)
    if rng.random() < (0.35 if culture.clans else 0.18):
        return _once(given, rng.choice(culture.given(sex)), second)
    return _once(given, second)


BACHELOR = words("S.E., S.H., S.Pd., S.Kom., S.T., S.Sos., S.P., S.Kep., S.Ag., S.IP., S.Si.")
MASTER = words("M.M., M.Si., M.Pd., M.Kom., M.A.P., M.H.")


def degrees(rng: random.Random, education: str) -> tuple[str, str]:
    """Front and back titles for an education of the register: ("Dr.", "S.H., M.H.") or ("", "")."""
    if education == "S1":
        return "", rng.choice(BACHELOR)
    if education == "S2":
        return "", f"{rng.choice(BACHELOR)}, {rng.choice(MASTER)}"
    if education == "S3":
        return "Dr.", f"{rng.choice(BACHELOR)}, {rng.choice(MASTER)}"
    if education == "D3":
        return "", "A.Md."
    return "", ""
