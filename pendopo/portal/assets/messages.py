"""Keep each app's Indonesian catalogue complete: `python -m pendopo.portal.assets.messages`.

Finds every English msgid in an app's Python and templates and adds what is missing to its
`locale/id/LC_MESSAGES/django.po`, with an empty translation for a person to fill in; what is no longer used
goes. No gettext programs are needed. A test fails on an empty translation.
"""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

PACKAGE = Path(__file__).parents[2]
APPS = (
    "portal",
    "ground/accounts",
    "ground/audit",
    "ground/delivery",
    "ground/directory",
    "ground/files",
    "ground/nodes",
    "mantra",
    "simaya",
    "pnsbox",
    "pnsmail",
)
KEYWORDS = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
_string = r"""(?:u?'(?:[^'\\]|\\.)*'|u?"(?:[^"\\]|\\.)*")"""
_call = re.compile(rf"\b(gettext|ngettext|pgettext|npgettext|_)\(({_string}(?:,\s*{_string})*)")

Msgid = str | tuple[str, str]


def found(app: str) -> Iterator[tuple[str | None, Msgid]]:
    """Each (context, msgid) of an app; a plural msgid is a pair."""
    folder = PACKAGE / app
    for path in sorted(folder.rglob("*.py")):
        if "migrations" in path.parts:
            continue
        with path.open("rb") as source:
            for _line, message, _comments, context in extract("python", source, KEYWORDS):
                yield context, message
    for path in sorted((*folder.rglob("templates/**/*.html"), *folder.rglob("templates/**/*.txt"))):
        yield from _in_template(templatize(path.read_text(), origin=str(path)))


def _in_template(text: str) -> Iterator[tuple[str | None, Msgid]]:
    for name, given in _call.findall(text):
        strings = list(ast.literal_eval(f"({given},)"))
        context = strings.pop(0) if name.startswith(("pg", "np")) else None
        yield context, tuple(strings[:2]) if name in ("ngettext", "npgettext") else strings[0]


def catalogue(app: str, language: str = "id") -> Catalog:
    """The app's catalogue as it stands; empty when there is none."""
    path = PACKAGE / app / "locale" / language / "LC_MESSAGES" / "django.po"
    if not path.exists():
        return _empty()
    return read_po(io.BytesIO(path.read_bytes()), locale=language)


def _empty() -> Catalog:
    made = Catalog(locale="id", project="Pendopo", fuzzy=False, header_comment="# Indonesian texts.")
    # Indonesian has no plural forms; Babel does not know.
    made._num_plurals, made._plural_expr = 1, "0"
    return made


def missing(app: str) -> list[str]:
    """The msgids of an app without a full Indonesian translation."""
    known = catalogue(app)
    bare = []
    for context, msgid in dict.fromkeys(found(app)):
        message = known.get(msgid if isinstance(msgid, str) else msgid[0], context)
        if message is None or not _translated(message):
            bare.append(msgid if isinstance(msgid, str) else msgid[0])
    return bare


def _translated(message: Message) -> bool:
    return all(message.string) if isinstance(message.string, tuple | list) else bool(message.string)


def update(app: str) -> int:
    """Write the app's catalogue anew, keeping translations. Returns how many are still to be made."""
    known = catalogue(app)
    fresh = _empty()
    for context, msgid in dict.fromkeys(found(app)):
        old = known.get(msgid if isinstance(msgid, str) else msgid[0], context)
        plural = not isinstance(msgid, str)
        string = old.string if old is not None and isinstance(old.string, tuple | list) == plural else ""
        fresh.add(msgid, string or (("",) if plural else ""), context=context)
    if not len(fresh):
        return 0
    path = PACKAGE / app / "locale" / "id" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    out = io.BytesIO()
    write_po(out, fresh, width=0, sort_output=True, omit_header=False)
    lines = [line for line in out.getvalue().splitlines(True) if b"-Date:" not in line]
    path.write_bytes(b"".join(lines))
    return len(missing(app))


if __name__ == "__main__":
    for each in APPS:
        if (PACKAGE / each).exists():
            print(f"{each}: {update(each)} to translate")
