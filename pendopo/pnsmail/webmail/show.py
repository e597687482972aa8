"""Messages as templates show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe

from . import places, safe
from .box import FOLDERS, Box, Conversation, Row
from .message import Attachment, Read, file, read

OPEN = 5  # unread messages of a conversation that stand unfolded, besides its newest


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a list."""

    url: str
    who: str
    subject: str
    when: str
    count: int
    unread: bool
    files: bool
    current: bool


@dataclass(frozen=True, slots=True)
class Body:
    """What one message says: plain text with what it quotes apart, or a frame for its HTML."""

    read: Read
    own: SafeString
    quoted: SafeString
    frame: bool
    held: int  # pictures from elsewhere that wait for the reader
    remote: bool  # they were asked for
    files: tuple[Attachment, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation; `body` only where it stands unfolded."""

    row: Row
    code: str  # its folder, in addresses
    sent: bool
    body: Body | None


def when(at: datetime, now: datetime) -> str:
    """The time today, the day this year, else the date."""
    local, today = timezone.localtime(at), timezone.localtime(now)
    if local.date() == today.date():
        return date_format(local, "H.i")
    return date_format(local, "j M" if today - local < timedelta(days=300) else "j M Y")


def lines(found: tuple[Conversation, ...], url, *, sent: bool, current: int = 0) -> list[Line]:
    """The rows of a list; `url(row)` is where each leads, `sent` says that one wrote them oneself."""
    now = timezone.now()
    return [
        Line(
            url=url(one.newest),
            who=people(one.newest.to) if sent else one.newest.from_.name or one.newest.from_.address,
            subject=one.newest.subject,
            when=when(one.newest.at, now),
            count=one.count,
            unread=one.unread,
            files=one.newest.files,
            current=one.newest.uid == current,
        )
        for one in found
    ]


def people(some) -> str:
    """Names in a line, the first three."""
    names = [one.name or one.address for one in some]
    return ", ".join(names[:3]) + (f" +{len(names) - 3}" if len(names) > 3 else "")


def conversation(box: Box, rows: list[Row], remote: tuple[str, int] | None) -> list[Message]:
    """The messages, the newest and some unread ones with what they say, and the one of which the reader asked
    for pictures (folder, UID)."""
    unread = [(one.folder, one.uid) for one in rows if one.unread][-OPEN:]
    shown = {(rows[-1].folder, rows[-1].uid), *unread, remote}
    return [message(box, row, row_key(row) in shown, row_key(row) == remote) for row in rows]


def row_key(row: Row) -> tuple[str, int]:
    return row.folder, row.uid


def message(box: Box, row: Row, shown: bool, remote: bool) -> Message:
    """One message; `shown`: with its body."""
    made = body(box.raw(row.folder, row.uid), remote=remote) if shown else None
    return Message(row, places.code_of(row.folder), row.folder == FOLDERS["terkirim"], made)


def body(raw: bytes, *, remote: bool) -> Body:
    """What the message `raw` says."""
    found = read(raw)
    if found.html:
        made = safe.clean(found.html, pictures(raw, found), remote=remote)
        files = tuple(one for one in found.attachments if not one.cid or one.cid not in made.used)
        return Body(found, SafeString(), SafeString(), True, made.held, remote, files)
    own, quoted = safe.parted(found.text)
    return Body(
        found,
        mark_safe(safe.plain(own)),  # noqa: S308  escaped there
        mark_safe(safe.plain(quoted)),  # noqa: S308
        False,
        0,
        False,
        found.attachments,
    )


def pictures(raw: bytes, found: Read) -> dict[str, safe.Picture]:
    """The attached pictures that HTML may show in their place."""

    def data(id: str):
        return lambda: file(raw, id).data

    return {one.cid: safe.Picture(one.type, one.size, data(one.id)) for one in found.attachments if one.cid}
