"""Keys, peers and revocations in the words of the pages."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from pendopo.core import strict
from pendopo.core.errors import Fault

from .state import OwnKey


def use(code: str) -> str:
    """What a key is for."""
    return {
        "exchange": _("Exchange of data"),
        "agreement": _("Requests, agreements and descriptions"),
        "letter": _("Letters and their receipts"),
        "log": _("Log and documents of the node"),
    }.get(code, code)


def key(row: OwnKey, may_rotate: Collection[str]) -> dict[str, Any]:
    """A key as a line of the table; `may_rotate` are the uses its reader may replace."""
    words, tone = {
        "current": (_("valid"), "green"),
        "older": (_("replaced, still valid"), ""),
        "pending": (_("waits for the registry"), "amber"),
        "revoked": (_("revoked"), "red"),
        "expired": (_("run out"), "red"),
    }[row.state]
    return {
        "thumb": row.thumb,
        "use": row.use,
        "use_words": use(row.use),
        "state": row.state,
        "state_words": words,
        "tone": tone,
        "exp": row.exp,
        "may_rotate": row.use in may_rotate,
    }


def rotate(code: str) -> str:
    """The question before a key is replaced."""
    return _("Replace the key for: %(use)s?") % {"use": use(code)}


def revoke(kind: str, subject: str) -> dict[str, str]:
    """Question, consequence and button before something is revoked."""
    name = {"name": subject}
    return {
        "agency": {
            "question": _("Cut off the agency %(name)s?") % name,
            "consequence": _(
                "Within seconds no gateway exchanges with this agency, and its keys count no more. What was "
                "exchanged stays provable. It cannot be undone: the agency can never join again."
            ),
            "do": _("Cut off the agency"),
        },
        "node": {
            "question": _("Cut off the node %(name)s?") % name,
            "consequence": _(
                "Within seconds no gateway links with this node, so none of its agencies exchanges. What was "
                "exchanged stays provable. It cannot be undone."
            ),
            "do": _("Cut off the node"),
        },
        "key": {
            "question": _("Revoke this key?"),
            "consequence": _(
                "Within seconds nothing signed with this key from now on is believed. What it signed before "
                "stays provable. It cannot be undone; the agency needs an invitation to re-key."
            ),
            "do": _("Revoke the key"),
        },
    }[kind]


def peers(status: dict | None) -> list[dict[str, Any]]:
    """The gateway's links as lines of the table; none when it does not answer."""
    lines = []
    for peer in (status or {}).get("peers", []):
        words, tone = (_("linked"), "green") if peer["state"] == "linked" else (_("not reached"), "red")
        lines.append(
            {
                "node": peer["node"],
                "words": words,
                "tone": tone,
                "clock": _clock(peer.get("clock_ms")),
                "since": _moment(peer.get("since")),
            }
        )
    return lines


def _clock(ms: int | None) -> str:
    if ms is None:
        return _("cannot be read")
    if abs(ms) < 1000:
        return _("the same")
    seconds = {"seconds": abs(ms) // 1000}
    return _("%(seconds)d s ahead") % seconds if ms > 0 else _("%(seconds)d s behind") % seconds


def _moment(text: str | None) -> datetime | None:
    try:
        return strict.parse_utc(text) if text else None
    except Fault:
        return None
