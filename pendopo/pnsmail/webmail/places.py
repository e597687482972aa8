"""Folders as addresses and people name them."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode

from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from .box import FOLDERS

_CODES = {name: code for code, name in FOLDERS.items()}
ICONS = {
    "masuk": "inbox",
    "draf": "pencil",
    "terkirim": "send",
    "arsip": "archive",
    "spam": "alert-octagon",
    "sampah": "trash",
}
ORDER = tuple(ICONS)


def code_of(name: str) -> str:
    """What a folder is called in an address."""
    return _CODES.get(name) or "lain-" + urlsafe_b64encode(name.encode()).decode().rstrip("=")


def name_of(code: str) -> str:
    """The engine's name of the folder called `code`; Http404 for what is none."""
    if code in FOLDERS:
        return FOLDERS[code]
    kind, _dash, rest = code.partition("-")
    try:
        if kind == "lain":
            return urlsafe_b64decode(rest + "=" * (-len(rest) % 4)).decode()
    except ValueError:
        pass
    raise Http404


def title_of(name: str) -> str:
    """What people call a folder."""
    return {
        "INBOX": _("Inbox"),
        "Drafts": pgettext("mail", "Drafts"),
        "Sent": pgettext("mail", "Sent"),
        "Archive": pgettext("mail", "Archive"),
        "Junk": _("Spam"),
        "Trash": pgettext("mail", "Trash"),
    }.get(name, name)
