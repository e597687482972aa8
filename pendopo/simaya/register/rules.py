"""Numbers of letters: patterns, the scopes that part sequences, and the states of a number.

A pattern is a text with tokens in braces: `{security}-{seq}/{position}/{class}/{month2}/{year}`. What stands
between tokens is literal. `{seq:3}` pads with zeros to three digits. What a pattern writes, it reads back.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Self

from pendopo.core.errors import Fault
from pendopo.simaya.moves import move

NUMBER = {
    ("reserved", "use"): move("system", "used", "signed"),
    ("reserved", "void"): move("system registrar", "void", "reason"),
}
# Why a number may be void; the book shows it.
REASONS = ("withdrawn", "rejected", "year_passed", "paper_spoiled")

SECURITY = ("B", "T", "R", "SR")
ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")

# Token → the field of `Tokens` it shows.
TOKENS = {
    "security": "security",
    "seq": "seq",
    "position": "position",
    "unit": "unit",
    "agency": "agency",
    "class": "classification",
    "month2": "month",
    "month_roman": "month",
    "year": "year",
    "kind": "kind",
    "region": "region",
}
LONGEST = 120  # signs of a pattern, and of each code in it

_piece = re.compile(r"\{([a-z0-9_]+)(?::([1-9]))?\}")
_code = re.compile(r"[A-Za-z0-9.'()+,\-/]+(?: [A-Za-z0-9.'()+,\-/]+)*")
_forms = {
    "security": "|".join(SECURITY),
    "seq": r"[0-9]{1,9}",
    "month2": r"[0-9]{2}",
    "month_roman": r"[IVX]{1,4}",
    "year": r"[0-9]{4}",
}
# After a number, a literal that begins with its own signs could not be told from it.
_runs_on = dict.fromkeys(("seq", "month2", "year"), "0123456789") | {"month_roman": "IVX"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What a number is made of; None is not given. `month` 1 to 12, codes as the agency writes them."""

    seq: int | None = None
    year: int | None = None
    month: int | None = None
    security: str | None = None
    position: str | None = None
    unit: str | None = None
    agency: str | None = None
    classification: str | None = None
    kind: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True)
class Pattern:
    """A number pattern, and the tokens that part its sequences (`scope`, names of `TOKENS`)."""

    text: str
    scope: tuple[str, ...]
    pieces: tuple[tuple[str, str | None, int], ...]  # literal before, name (None at the end), padding

    @classmethod
    def parse(cls, text: str, scope: Iterable[str] = ("year",)) -> Self:
        """Read a pattern.

        `Fault register.pattern` for an unknown token, one that stands twice, none for the sequence, a stray
        brace or unprintable sign; `register.pattern_joined` for tokens that could not be told apart when read
        (nothing between them, or a literal that would run on a number); `register.scope` for a scope of no
        known token.
        """
        if not isinstance(text, str) or not text.isprintable() or len(text) > LONGEST:
            raise Fault("register.pattern", pattern=str(text)[:LONGEST])
        pieces: list[tuple[str, str | None, int]] = []
        end = 0
        for found in _piece.finditer(text):
            pieces.append((text[end : found.start()], found[1], int(found[2] or 0)))
            end = found.end()
        pieces.append((text[end:], None, 0))
        named = [name for _, name, _ in pieces if name]
        shown = [TOKENS.get(name) for name in named]
        if None in shown or "seq" not in named or len(set(shown)) != len(shown):
            raise Fault("register.pattern", pattern=text)
        if any("{" in literal or "}" in literal for literal, _, _ in pieces):
            raise Fault("register.pattern", pattern=text)
        if any(padding and name != "seq" for _, name, padding in pieces):
            raise Fault("register.pattern", pattern=text)
        for (_, name, _), (literal, following, _) in pairwise(pieces):
            if literal[:1] in _runs_on.get(name, ()) if literal else following:
                raise Fault("register.pattern_joined", pattern=text, token=name)
        parted = tuple(scope)
        if not set(parted) <= TOKENS.keys() - {"seq"} or len(set(parted)) != len(parted):
            raise Fault("register.scope", scope=", ".join(map(str, parted))[:LONGEST])
        return cls(text, parted, tuple(pieces))

    def write(self, tokens: Tokens) -> str:
        """The number of these tokens.

        `Fault register.token` when one that the pattern shows is missing, out of its range, or a code that
        could not be read back because it holds the sign that ends it here.
        """
        written = []
        for index, (literal, name, padding) in enumerate(self.pieces):
            written.append(literal)
            if name:
                following = self.pieces[index + 1][0][:1]
                written.append(_write(name, getattr(tokens, TOKENS[name]), padding, following))
        return "".join(written)

    def read(self, text: str) -> Tokens | None:
        """The tokens of a number that this pattern could have written; None for any other text."""
        found = self._expression().fullmatch(text)
        if found is None:
            return None
        values: dict[str, Any] = {}
        for name, value in found.groupdict().items():
            if name in ("seq", "year", "month2"):
                values[TOKENS[name]] = int(value)
            elif name == "month_roman":
                values["month"] = ROMAN.index(value) + 1 if value in ROMAN else None
            else:
                values[TOKENS[name]] = value
        tokens = Tokens(**values)
        try:
            # One written form: no other padding, no month 13.
            return tokens if self.write(tokens) == text else None
        except Fault:
            return None

    def _expression(self) -> re.Pattern[str]:
        parts = []
        for (literal, name, _), following in zip(self.pieces, (*self.pieces[1:], ("",)), strict=True):
            parts.append(re.escape(literal))
            if name:
                stop = following[0][:1]
                code = f"[^{re.escape(stop)}]+" if stop else ".+"
                parts.append(f"(?P<{name}>{_forms.get(name, code)})")
        return re.compile("".join(parts))


def with_seq(tokens: Tokens, seq: int) -> Tokens:
    """The same tokens with their place in the sequence."""
    return replace(tokens, seq=seq)


def scope(pattern: Pattern, tokens: Tokens) -> str:
    """The name of the sequence a number belongs to, such as `unit=D-IV;year=2026`: one counter each.

    `Fault register.token` when a token that parts sequences is missing.
    """
    return ";".join(
        f"{name}={_write(name, getattr(tokens, TOKENS[name]), 0, '')}" for name in sorted(pattern.scope)
    )


def _write(name: str, value: object, padding: int, stop: str) -> str:
    good = False
    if name == "security":
        good = value in SECURITY
    elif name in ("seq", "year", "month2", "month_roman"):
        least, most = {"seq": (1, 999_999_999), "year": (1000, 9999)}.get(name, (1, 12))
        good = isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
    elif isinstance(value, str):
        good = len(value) <= LONGEST and bool(_code.fullmatch(value)) and not (stop and stop in value)
    if not good:
        raise Fault("register.token", token=name, value=str(value)[:LONGEST])
    if name == "month_roman":
        return ROMAN[value - 1]
    return f"{value:0{2 if name == 'month2' else padding}d}" if isinstance(value, int) else value
