"""A letter's pages as images, made when first asked for and kept beside the home's files.

The kept images are a cache: the folder may be emptied at any time.
"""

from __future__ import annotations

import io
import os
import tempfile
from pathlib import Path

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from PIL import Image, ImageDraw, ImageFont

from pendopo.ground.directory.models import Person
from pendopo.ground.files import store
from pendopo.simaya.paper import outside

from .models import Letter

FONT = Path(outside.__file__).with_name("fonts") / "LiberationSans-Regular.ttf"
FOOT = 28  # pixels below a page that say who reads it


def picture(letter: Letter, n: int) -> bytes:
    """Page `n` (from 1) of the letter's file as PNG, 910 pixels wide. Raises `outside.Unreadable`."""
    kept = settings.HOME.root / "cache" / "pages" / f"{letter.file.file_id}-{n}.png"
    try:
        return kept.read_bytes()
    except FileNotFoundError:
        pass
    found = outside.look(store.read(letter.file), first=n - 1)["images"]
    if not found:
        raise outside.Unreadable("pages")
    kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(dir=kept.parent)
    with os.fdopen(handle, "wb") as out:
        out.write(found[0])
    os.replace(part, kept)
    return found[0]


def shown(letter: Letter, n: int, reader: Person | None) -> bytes:
    """The page as `reader` gets it: of a secret letter, with who reads it and when below it."""
    page = picture(letter, n)
    if not letter.secret:
        return page
    now = date_format(timezone.localtime(), "j F Y, H.i")
    return marked(page, _("Read by %(who)s, %(now)s") % {"who": reader or "–", "now": now})


def text(letter: Letter) -> list[str]:
    """What the letter's file says, line by line, for those who listen or read large; empty for a picture."""
    said = outside.look(store.read(letter.file), count=outside.PAGES, width=0)["text"]
    return [line.strip() for line in said.splitlines() if line.strip()]


def marked(png: bytes, words: str) -> bytes:
    """The image with a line below the page: who has read it, and when."""
    page = Image.open(io.BytesIO(png)).convert("L")
    sheet = Image.new("L", (page.width, page.height + FOOT), 255)
    sheet.paste(page)
    font = ImageFont.truetype(FONT, 15)
    ImageDraw.Draw(sheet).text((16, page.height + 4), words, fill=0, font=font)
    out = io.BytesIO()
    sheet.quantize(16).save(out, "PNG", optimize=True)
    return out.getvalue()
