"""Numbers of civil servants: NIP, NI-PPPK and numbers an agency gives itself.

NIP (18 digits): birth date YYYYMMDD, month of appointment YYYYMM, sex 1|2, serial NNN.
NI-PPPK (18 digits): birth date, year of the first contract and count of contracts, sex, serial.
"""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from .errors import Fault

SCHEMES = ("nip", "nippppk", "local")
_eighteen = re.compile(r"\d{18}", re.ASCII)
_local = re.compile(r"[A-Z0-9][A-Z0-9./-]{0,31}")
# Appointments younger or older than this are typing errors, not careers.
_youngest, _oldest = 15, 70


@dataclass(frozen=True, slots=True)
class PersonNumber:
    """A checked number. `value` is its one written form; the other fields are what it says, or None."""

    scheme: str
    value: str
    birth: date | None = None
    appointed: tuple[int, int] | None = None
    contract: tuple[int, int] | None = None
    sex: str | None = None
    serial: int | None = None

    @property
    def shown(self) -> str:
        """As people write it: `19850720 200901 1 015`."""
        v = self.value
        return v if self.scheme == "local" else f"{v[:8]} {v[8:14]} {v[14]} {v[15:]}"


def parse(scheme: str, value: str) -> PersonNumber:
    """Check a number of a scheme ("nip", "nippppk", "local"); blanks are dropped, dots too in the first two.

    Raises `Fault nip.scheme`, `.length`, `.birth`, `.appointment`, `.contract`, `.sex`, `.serial`, `.local`.
    """
    if scheme not in SCHEMES:
        raise Fault("nip.scheme", value=scheme[:20])
    text = re.sub(r"\s", "", value)
    if scheme == "local":
        text = text.upper()
        if not _local.fullmatch(text):
            raise Fault("nip.local")
        return PersonNumber(scheme, text)
    text = text.replace(".", "")
    if not _eighteen.fullmatch(text):
        raise Fault("nip.length", count=len(text))
    birth, year, part = _birth(text[:8]), int(text[8:12]), int(text[12:14])
    old_enough = _youngest <= year - birth.year <= _oldest
    if scheme == "nip" and not (old_enough and 1 <= part <= 12):
        raise Fault("nip.appointment", value=text[8:14])
    if scheme == "nippppk" and not (old_enough and part >= 1):
        raise Fault("nip.contract", value=text[8:14])
    if text[14] not in "12":
        raise Fault("nip.sex", value=text[14])
    if text[15:] == "000":
        raise Fault("nip.serial")
    return PersonNumber(
        scheme,
        text,
        birth,
        appointed=(year, part) if scheme == "nip" else None,
        contract=(year, part) if scheme == "nippppk" else None,
        sex="male" if text[14] == "1" else "female",
        serial=int(text[15:]),
    )


def _birth(text: str) -> date:
    try:
        birth = date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        raise Fault("nip.birth", value=text) from None
    if birth.year < 1900:
        raise Fault("nip.birth", value=text)
    return birth


def any_scheme(value: str) -> PersonNumber:
    """The number a person signs in with: a NIP, an NI-PPPK, or one of the agency's own; `Fault nip.*`."""
    if not "".join(value.split()).isdigit() or len("".join(value.split())) != 18:
        return parse("local", value)
    try:
        return parse("nip", value)
    except Fault as not_nip:
        with suppress(Fault):
            return parse("nippppk", value)
        raise not_nip from None
