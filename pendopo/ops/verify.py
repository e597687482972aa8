"""`pendopo verify FILE --anchor ANCHOR`: what a file proves, or which link of it is broken.

The file is evidence/1, letterproof/1 or a letter's signed PDF. Runs on the base dependencies alone: no
Django, no network, no database, no clock. Only a PDF's own signature needs the extra `letters`.
"""

import json
from hashlib import sha256
from pathlib import Path

from pendopo.core import evidence, letterproof
from pendopo.core.errors import Broken, Fault
from pendopo.core.letterreport import PdfReport

VALID, BROKEN, UNREADABLE = 0, 1, 2


def run(file: Path, anchor: Path, lang: str = "id", json_out: bool = False) -> int:
    """Print the outcome in "id" or "en", or as JSON; 0: valid, 1: broken, 2: a file cannot be read."""
    try:
        outcome = look(_read(file), _read(anchor))
    except Fault as fault:
        _say(
            {"v": 1, "valid": None, "code": fault.code, "text": fault.text(lang)},
            [fault.text(lang)],
            json_out,
        )
        return UNREADABLE
    if isinstance(outcome, Broken):
        _say(_broken(outcome, lang), _why(outcome, lang), json_out)
        return BROKEN
    head = "SAH. Berkas ini membuktikan:" if lang == "id" else "VALID. This file proves:"
    _say(outcome.data(), [head, *(f"  {line}" for line in outcome.sentences(lang))], json_out)
    return VALID


def look(data: bytes, anchor: bytes) -> evidence.Report | letterproof.LetterReport | PdfReport | Broken:
    """What these bytes prove below the anchor file; `Fault verify.letters` for a PDF without the extra."""
    if data.startswith(b"%PDF"):
        return _pdf(data, anchor)
    if letterproof.is_proof(data):
        return letterproof.verify(data, anchor, _pades())
    return evidence.verify(data, anchor)


def _pdf(data: bytes, anchor: bytes) -> PdfReport | Broken:
    pades = _pades()
    if pades is None:
        raise Fault("verify.letters")
    try:
        known = evidence.read_anchor(anchor)
        seal = pades(data, evidence.root_x509(known), None, None)
    except Broken as broken:
        return broken
    return PdfReport(known["instance"], sha256(data).hexdigest(), len(data), seal)


def _pades() -> letterproof.Pades | None:
    """What checks a PDF's own signature, where it is installed."""
    try:
        from pendopo.simaya.signing.pades import pades
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("pendopo"):
            raise
        return None
    return pades


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Fault("verify.unreadable", file=str(path), why=error.strerror) from None


def _broken(outcome: Broken, lang: str) -> dict:
    return {"v": 1, "valid": False, "link": outcome.link, "text": outcome.text(lang)}


def _why(outcome: Broken, lang: str) -> list[str]:
    if lang == "id":
        return ["TIDAK SAH. Mata rantai yang putus:", f"  {outcome.text(lang)}", f"  ({outcome.link})"]
    return ["NOT VALID. The broken link:", f"  {outcome.text(lang)}", f"  ({outcome.link})"]


def _say(data: dict, lines: list[str], json_out: bool) -> None:
    print(json.dumps(data, ensure_ascii=False) if json_out else "\n".join(map(_plain, lines)))


def _plain(line: str) -> str:
    """No byte of a stranger's file reaches the terminal as a command to it."""
    return "".join(letter if letter.isprintable() else "?" for letter in line)
