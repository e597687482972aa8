"""Addresses made from a civil servant's name: what is proposed, and what no address may be.

An address is chosen once and kept for life: it is made of the name alone, never of a number or a birth date,
and reads as people say it. Plain functions; which addresses are taken is asked of the caller.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from itertools import count

from pendopo.core.errors import Fault

from .refusals import IMPOLITE, RESERVED

PROPOSED = 3
SHORTEST = 3  # signs before the @; shorter ones are kept for the service itself
LONGEST = 64  # octets before the @ (RFC 5321, section 4.5.3.1.1)

# Written before a name, with or without their full stop. "M." and the like are initials of a name and stay.
_TITLES = frozenset(
    re.findall(r"\w+", "dr drs dra drg drh ir prof h hj hi kh kph apt ns pdt pdp tgk tgh ust")
)
_PARTICLES = frozenset(("bin", "binti", "bt", "bte", "al", "alm", "almh"))
_apart = re.compile(r"[\s\-/]+")
_joined = re.compile(r"['’‘ʼʻ`´]")  # Ma'ruf is one word
_other = str.maketrans(
    {"ß": "ss", "ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ı": "i"}
)
_dot_atom = re.compile(r"[a-z0-9]+(?:[.\-_][a-z0-9]+)*")
# Signs that pass for a letter at a glance.
_alike = str.maketrans("0134578", "oieastb")


def words(name: str) -> list[str]:
    """The words of a written name in ASCII small letters, without titles and degrees; maybe none.

    What follows the first comma is degrees ("Siti Aminah, S.Kom., M.Si."), and "bin" and the like only join.
    """
    bare = _joined.sub("", unicodedata.normalize("NFC", name).partition(",")[0])
    plain = unicodedata.normalize("NFKD", bare.lower().translate(_other))
    pieces = [piece for part in _apart.split(plain) for piece in _pieces(part)]
    while len(pieces) > 1 and pieces[0] in _TITLES:
        pieces.pop(0)
    return [piece for at, piece in enumerate(pieces) if at == 0 or piece not in _PARTICLES]


def _pieces(part: str) -> Iterator[str]:
    """ "m.ridwan" are two words; what is no Latin letter is left out."""
    for piece in part.split("."):
        if letters := re.sub(r"[^a-z]", "", piece):
            yield letters


def proposals(name: str, taken: Callable[[str], bool]) -> list[str]:
    """What may stand before the @ for the bearer of `name`, the best first: three of them.

    `taken` tells which are given away. A number comes in only where no form without one is left. The same
    name and the same answers of `taken` give the same proposals. `Fault pnsmail.name` for a name without a
    Latin letter, or of which every form is refused.
    """
    forms = [form for form in _forms(words(name)) if refused(form) is None]
    if not forms:
        raise Fault("pnsmail.name", name=name[:80])
    found = [form for form in forms if not taken(form)][:PROPOSED]
    for number in count(2):
        if len(found) == PROPOSED:
            return found
        numbered = dict.fromkeys(f"{form[: LONGEST - len(str(number))]}{number}" for form in forms)
        found += [one for one in numbered if not taken(one)][: PROPOSED - len(found)]
    raise AssertionError


def _forms(parts: list[str]) -> list[str]:
    """Ways to write a name as an address, as people would choose, each once."""
    if not parts:
        return []
    first, last = parts[0], parts[-1]
    if len(parts) == 1:
        made = [first, f"{first[0]}.{first}", f"{first}.{first[0]}"]
    else:
        made = [
            f"{first}.{last}",
            *([f"{first}.{parts[1]}", ".".join(parts)] if len(parts) > 2 else ()),
            f"{last}.{first}",
            f"{first[0]}.{last}",
            f"{first}.{last[0]}",
            f"{first}{last}",
        ]
    cut = dict.fromkeys(form[:LONGEST].rstrip(".") for form in made)
    # Two initials say nothing of whom they reach.
    return [form for form in cut if len(form) >= SHORTEST and max(map(len, form.split("."))) > 1]


def refused(local: str) -> Fault | None:
    """Why nobody may have `local` (small letters, before the @); None when it may be given.

    `pnsmail.address_form` when it is no dot-atom of ASCII letters and digits (RFC 5322, section 3.2.3),
    `pnsmail.address_reserved` for names of roles (RFC 2142) and of the service, also with a number behind or
    signs that look like it, `pnsmail.address_impolite` for an improper word, whole or over a dot.
    """
    if not (SHORTEST <= len(local) <= LONGEST and _dot_atom.fullmatch(local)):
        return Fault("pnsmail.address_form", local=local[:80])
    plain = {_bare(local), _bare(re.sub(r"\d+$", "", local))}
    if plain & RESERVED:
        return Fault("pnsmail.address_reserved", local=local)
    pieces = {_bare(piece) for piece in re.split(r"[.\-_\d]+", local)}
    if (plain | pieces) & IMPOLITE:
        return Fault("pnsmail.address_impolite", local=local)
    return None


def _bare(text: str) -> str:
    """Without what parts words, look-alikes read as the letters they pass for."""
    return re.sub(r"[.\-_]", "", text).translate(_alike)
