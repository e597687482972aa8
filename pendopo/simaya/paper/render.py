"""Letters to pages: one Typst template, data as JSON, fonts of our own. No Django, no clock, no network."""

from __future__ import annotations

import hashlib
import io
import json
import re
import threading
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import segno
import typst

from pendopo.core.errors import Fault

from . import document

HERE = Path(__file__).parent
TEMPLATE = HERE / "letter.typ"
FONTS = HERE / "fonts"
NOT_WORDS = {"letterhead", "qr", "data", "layout"}
STANDARD = ["a-3a"]  # ISO 19005-3, conformance A: tagged, with files embedded


class RenderError(Fault):
    """The letter cannot be set: `paper.glyph` names a sign no font of ours has, else `paper.render`."""


@dataclass(frozen=True, slots=True)
class Pages:
    """The PDF, and the digest of everything but the data that shaped it (`template_digest`)."""

    pdf: bytes
    template: str


@cache
def template_digest() -> str:
    """SHA-256 (hex) over the template, the fonts and the compiler's version: kept with every letter."""
    digest = hashlib.sha256(typst.__version__.encode())
    for path in [TEMPLATE, *sorted(FONTS.glob("*.ttf"))]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


# A compiler serves one thread at a time ("Already borrowed"), and its threads do not live on in a forked
# process: each thread makes its own at its first letter, never before.
_own = threading.local()


def _compiler() -> typst.Compiler:
    if not hasattr(_own, "compiler"):
        fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])
        _own.compiler = typst.Compiler(str(TEMPLATE), root=str(HERE), font_paths=fonts)
    return _own.compiler


def pdf(sheet: dict, at: datetime) -> Pages:
    """The letter of `kinds.rules.sheet` as tagged PDF/A-3a; the same input gives the same bytes.

    `at` (aware) is the file's date; its microseconds are dropped, a PDF date has none.
    Raises RenderError, and document.BadBody for a sign without a shape in any of the sheet's words.
    """
    made = _compile(sheet, format="pdf", pdf_standards=STANDARD, timestamp=at.replace(microsecond=0))
    return Pages(made, template_digest())  # type: ignore[arg-type]


def drawings(sheet: dict) -> list[bytes]:
    """The pages as SVG, one each, for the live preview: sharp, and a third of a PNG's size once gzipped."""
    made = _compile(sheet, format="svg")
    return made if isinstance(made, list) else [made]


def _compile(sheet: dict, **how: object) -> bytes | list[bytes]:
    _sound([value for name, value in sheet.items() if name not in NOT_WORDS] + sheet["letterhead"]["lines"])
    try:
        return _compiler().compile(sys_inputs={"letter": json.dumps(sheet, ensure_ascii=False)}, **how)
    except typst.TypstError as error:
        missing = re.search(r'the text `"(.+?)"` could not be displayed', error.message, re.DOTALL)
        if missing:
            raise RenderError("paper.glyph", sign=missing[1]) from None
        raise RenderError("paper.render", detail=error.message) from None


def _sound(value: object) -> None:
    """A sign that turns the direction of reading has a glyph for the compiler: it is refused here."""
    if isinstance(value, str):
        document.sound(value)
    elif isinstance(value, dict):
        for child in value.values():
            _sound(child)
    elif isinstance(value, list | tuple):
        for child in value:
            _sound(child)


def qr_svg(url: str) -> str:
    """A QR code of `url` as SVG: one path, error correction M, quiet zone of 4 modules (ISO/IEC 18004)."""
    out = io.BytesIO()
    code = segno.make(url, error="m", micro=False)
    code.save(out, kind="svg", xmldecl=False, svgclass=None, lineclass=None)
    return out.getvalue().decode()
