"""`pendopo verify FILE --anchor ANCHOR`: what an evidence file proves, or which link of it is broken.

Runs on the base dependencies alone: no Django, no network, no database, no clock.
"""

import json
from pathlib import Path

from pendopo.core.errors import Broken, Fault
from pendopo.core.evidence import verify
from pendopo.core.report import Report

VALID, BROKEN, UNREADABLE = 0, 1, 2


def run(file: Path, anchor: Path, lang: str = "id", json_out: bool = False) -> int:
    """Print the outcome in "id" or "en", or as JSON; 0: valid, 1: broken, 2: a file cannot be read."""
    try:
        outcome = verify(_read(file), _read(anchor))
    except Fault as fault:
        _say(
            {"v": 1, "valid": None, "code": fault.code, "text": fault.text(lang)},
            [fault.text(lang)],
            json_out,
        )
        return UNREADABLE
    if isinstance(outcome, Report):
        head = "SAH. Berkas ini membuktikan:" if lang == "id" else "VALID. This file proves:"
        _say(outcome.data(), [head, *(f"  {line}" for line in outcome.sentences(lang))], json_out)
        return VALID
    _say(_broken(outcome, lang), _why(outcome, lang), json_out)
    return BROKEN


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
