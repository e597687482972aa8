"""One person's mailbox over a connection: folders, lists by key, one message, flags. No Django here.

Lists go by UID, the newest first, and never by count: what arrives meanwhile shifts nothing. Which messages
are one conversation the engine says (THREAD=REFS); for a folder that did not change it is asked once.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from pendopo.core.errors import Fault

from .message import Address, ids, line
from .threads import Known, group

PER_PAGE = 50
FOUND = 500  # of a search, the newest
OLDER = 100  # of a conversation's messages that make its line a line with something unread
ANSWERS = 20  # ids by which a conversation's sent messages are looked for

# The folders that every mailbox has, as the engine names them, by what they are called in addresses.
FOLDERS = {
    "masuk": "INBOX",
    "terkirim": "Sent",
    "draf": "Drafts",
    "arsip": "Archive",
    "spam": "Junk",
    "sampah": "Trash",
}
# Signs that mean something in a search: IMAPClient quotes spaces and quotes, but no brackets.
_STEERS = re.compile(r'["\\(){}\[\]*%\x00-\x1f\x7f]')
_PLAIN_ID = re.compile(r"<[A-Za-z0-9.@_=+$!#&/~^'?-]{1,250}>")
SEEN, ANSWERED, DELETED, DRAFT, RECENT = rb"\Seen", rb"\Answered", rb"\Deleted", rb"\Draft", rb"\Recent"


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder: its name to the engine, how many messages it has and how many of them are unread."""

    name: str
    messages: int
    unread: int


@dataclass(frozen=True, slots=True)
class Row:
    """One message of a list. `at` is when it arrived, in UTC; `size` in bytes."""

    folder: str
    uid: int
    from_: Address
    to: tuple[Address, ...]
    subject: str
    at: datetime
    unread: bool
    answered: bool
    files: bool
    size: int
    message_id: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """A line of a list: its newest message, how many there are in this folder, and whether one is unread."""

    newest: Row
    count: int
    unread: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Lines, the newest first, and the key of the next page (0: there is none)."""

    lines: tuple[Conversation, ...]
    after: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A message's flags, and when it arrived."""

    flags: tuple[bytes, ...]
    at: datetime


class Threads:
    """Which UIDs of a folder belong together, remembered until the folder changes."""

    def __init__(self, most: int = 64) -> None:
        self._known: OrderedDict[tuple[str, str], tuple] = OrderedDict()
        self._lock, self._most = threading.Lock(), most

    def of(self, client: IMAPClient, address: str, folder: str, state: dict) -> list[tuple[int, ...]]:
        """The conversations of the selected folder, the one with the newest message first."""
        stamp = (state[b"UIDVALIDITY"], state[b"UIDNEXT"], state[b"EXISTS"])
        with self._lock:
            found = self._known.get((address, folder))
        if found and found[0] == stamp:
            return found[1]
        made = (
            [tuple(sorted(_flat(one))) for one in client.thread("REFS", "ALL", "UTF-8")] if stamp[2] else []
        )
        made.sort(key=lambda some: some[-1], reverse=True)
        with self._lock:
            self._known[address, folder] = (stamp, made)
            self._known.move_to_end((address, folder))
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        return made


class Box:
    """What one person's pages ask of the mailbox `address`; `client` is signed in as that person."""

    def __init__(self, client: IMAPClient, address: str, threads: Threads) -> None:
        self.client, self.address, self.threads = client, address, threads
        self._names: list[str] | None = None

    def folders(self) -> list[Folder]:
        """Every folder, those that each mailbox has first."""
        found = []
        for name in self.names():
            state = self.client.folder_status(name, ["MESSAGES", "UNSEEN"])
            found.append(Folder(name, state[b"MESSAGES"], state[b"UNSEEN"]))
        return found

    def names(self) -> list[str]:
        """The names of all folders that hold messages."""
        if self._names is None:
            listed = [name for flags, _sep, name in self.client.list_folders() if rb"\Noselect" not in flags]
            own = [name for name in FOLDERS.values() if name in listed or name == "INBOX"]
            self._names = [*own, *sorted(set(listed) - set(own))]
        return self._names

    def page(self, folder: str, before: int = 0) -> Page:
        """A page of conversations whose newest message has a UID below `before` (0: from the newest)."""
        state = self._select(folder)
        if folder == FOLDERS["draf"]:  # each of them is to be written on
            every = [(uid,) for uid in sorted(self.client.search("ALL"), reverse=True)]
        else:
            every = self.threads.of(self.client, self.address, folder, state)
        return self._page(folder, every, before)

    def search(self, folder: str, query: str, *, inside: bool, before: int = 0) -> Page:
        """Messages in which every word of `query` stands: in subject or people, with `inside` anywhere."""
        self._select(folder)
        criteria: list = []
        for word in _STEERS.sub(" ", query).split()[:10]:
            fields = ["OR", "OR", "OR", "SUBJECT", word, "FROM", word, "TO", word, "CC", word]
            criteria += ["TEXT", word] if inside else fields
        if not criteria:
            return Page((), 0)
        found = sorted(self.client.search(criteria, "UTF-8"), reverse=True)[:FOUND]
        return self._page(folder, [(uid,) for uid in found], before)

    def removed(self, where: str, since: date, before: int = 0) -> Page:
        """What was deleted for good since the day `since`: the folder `where`, which no list names."""
        self.client.select_folder(where, readonly=True)
        found = sorted(self.client.search(["SAVEDSINCE", since]), reverse=True)  # RFC 8514, section 4.3
        return self._page(where, [(uid,) for uid in found], before)

    def take_back(self, where: str, uids: Sequence[int]) -> int:
        """Put messages of the folder `where` into the inbox; how many were there. `Fault webmail.full`."""
        self.client.select_folder(where)
        found = list(self.client.fetch(list(uids), ["FLAGS"]))
        if found:
            # Else the next program that expunges takes them away again.
            self.client.remove_flags(found, [DELETED], silent=True)
            with _room():
                self.client.move(found, FOLDERS["masuk"])
        return len(found)

    def lighten(self, folder: str, uid: int, lighter: bytes, where: str) -> None:
        """`lighter` takes the place of a message, also where there is no room for both: then it is laid into
        the folder `where`, which counts toward no quota, until the heavy one is there too. Whatever dies in
        between, each of them lies in its folder or in that one. `Fault webmail.gone`."""
        kept = self.kept(folder, uid)
        try:
            self.append(folder, lighter, kept.flags, kept.at)
        except Fault:
            waiting = self.append(where, lighter, kept.flags, kept.at)
            self.remove(folder, [uid])
            self.client.select_folder(where)
            self.client.move([waiting], folder)
        else:
            self.remove(folder, [uid])

    def conversation(self, folder: str, uid: int) -> list[Row]:
        """The messages of the conversation that `uid` is in, the oldest first, with the answers sent.

        `Fault webmail.gone` where the folder has no such message.
        """
        every = self.threads.of(self.client, self.address, folder, self._select(folder))
        uids = next((one for one in every if uid in one), None)
        if uids is None:
            raise Fault("webmail.gone")
        here = self._rows(folder, uids[-PER_PAGE:])
        if folder == FOLDERS["terkirim"] or not here:
            return here
        return self._with_sent(here)

    def row(self, folder: str, uid: int) -> Row:
        """One message's line; `Fault webmail.gone`."""
        self._select(folder)
        found = self._rows(folder, [uid])
        if not found:
            raise Fault("webmail.gone")
        return found[0]

    def raw(self, folder: str, uid: int) -> bytes:
        """One message as it is, not marked as read; `Fault webmail.gone`."""
        self._select(folder)
        found = self.client.fetch([uid], ["BODY.PEEK[]"])
        if uid not in found:
            raise Fault("webmail.gone")
        return found[uid][b"BODY[]"]

    def kept(self, folder: str, uid: int) -> Kept:
        """How a message lies in its folder; `Fault webmail.gone`."""
        self._select(folder)
        found = self.client.fetch([uid], ["FLAGS", "INTERNALDATE"]).get(uid)
        if found is None:
            raise Fault("webmail.gone")
        flags = tuple(one for one in found[b"FLAGS"] if one not in (RECENT, DELETED))
        return Kept(flags, found[b"INTERNALDATE"])

    def largest(self, folders: Iterable[str], number: int, least: int) -> list[Row]:
        """The messages that take most room, none below `least` bytes."""
        sizes = []
        for folder in folders:
            self._select(folder)
            uids = self.client.search(["LARGER", str(least)])
            found = self.client.fetch(uids, ["RFC822.SIZE"]) if uids else {}
            sizes += [(one[b"RFC822.SIZE"], folder, uid) for uid, one in found.items()]
        largest = sorted(sizes, reverse=True)[:number]
        rows = {}
        for folder in {folder for _size, folder, _uid in largest}:
            self._select(folder)
            wanted = [uid for _size, where, uid in largest if where == folder]
            rows |= {(folder, row.uid): row for row in self._rows(folder, wanted)}
        return [rows[folder, uid] for _size, folder, uid in largest if (folder, uid) in rows]

    def quota(self) -> tuple[int, int] | None:
        """Bytes used and allowed; None where there is no limit."""
        _roots, quotas = self.client.get_quota_root("INBOX")
        for one in quotas:
            if one.resource.upper() in ("STORAGE", b"STORAGE"):
                return one.usage * 1024, one.limit * 1024
        return None

    def uids(self, folder: str, uid: int) -> tuple[int, ...]:
        """The UIDs of the conversation that `uid` is in."""
        every = self.threads.of(self.client, self.address, folder, self._select(folder))
        return next((one for one in every if uid in one), ())

    def mark(self, folder: str, uids: Sequence[int], flag: bytes, on: bool = True) -> None:
        """Set or take a flag."""
        self._select(folder, readonly=False)
        (self.client.add_flags if on else self.client.remove_flags)(list(uids), [flag], silent=True)

    def move(self, folder: str, uids: Sequence[int], to: str) -> None:
        """Put messages into another folder (RFC 6851: at once, or not at all)."""
        self._select(folder, readonly=False)
        self.client.move(list(uids), to)

    def remove(self, folder: str, uids: Sequence[int]) -> None:
        """Take messages away for good; others that are marked as deleted stay."""
        self._select(folder, readonly=False)
        self.client.add_flags(list(uids), [DELETED], silent=True)
        self.client.uid_expunge(list(uids))

    def append(
        self, folder: str, raw: bytes, flags: Sequence[bytes] = (SEEN,), at: datetime | None = None
    ) -> int:
        """Lay a message into a folder; its UID. `Fault webmail.full` where the mailbox has no room."""
        with _room():
            said = self.client.append(folder, raw, flags, at)
        found = re.search(rb"APPENDUID \d+ (\d+)", said if isinstance(said, bytes) else str(said).encode())
        return int(found[1]) if found else 0

    def _select(self, folder: str, *, readonly: bool = True) -> dict:
        if folder not in self.names():
            raise Fault("webmail.gone")
        return self.client.select_folder(folder, readonly=readonly)

    def _page(self, folder: str, every: Sequence[tuple[int, ...]], before: int) -> Page:
        """Those below `before`, of conversations that stand with the newest first."""
        some = [one for one in every if not before or one[-1] < before][: PER_PAGE + 1]
        shown = some[:PER_PAGE]
        return Page(self._lines(folder, shown), shown[-1][-1] if len(some) > PER_PAGE else 0)

    def _lines(self, folder: str, some: Sequence[tuple[int, ...]]) -> tuple[Conversation, ...]:
        if not some:
            return ()
        rows = {row.uid: row for row in self._rows(folder, [uids[-1] for uids in some])}
        older = [uid for uids in some for uid in uids[-OLDER:-1]]
        flags = self.client.fetch(older, ["FLAGS"]) if older else {}
        unread = {uid for uid, one in flags.items() if SEEN not in one[b"FLAGS"]}
        return tuple(
            Conversation(rows[uids[-1]], len(uids), rows[uids[-1]].unread or not unread.isdisjoint(uids))
            for uids in some
            if uids[-1] in rows
        )

    def _rows(self, folder: str, uids: Sequence[int]) -> list[Row]:
        """The lines of messages in the selected folder, by UID."""
        what = ["ENVELOPE", "FLAGS", "BODYSTRUCTURE", "INTERNALDATE", "RFC822.SIZE"]
        found = self.client.fetch(list(uids), what)
        return [_row(folder, uid, found[uid]) for uid in sorted(found) if b"ENVELOPE" in found[uid]]

    def _with_sent(self, here: list[Row]) -> list[Row]:
        """The messages and, in their place, those that were sent as answers to them."""
        named = [row.message_id for row in here if _PLAIN_ID.fullmatch(row.message_id)][-ANSWERS:]
        sent = FOLDERS["terkirim"]
        if not named or sent not in self.names() or not self._select(sent)[b"EXISTS"]:
            return here
        criteria: list = []
        for at, one in enumerate(named):
            last = at == len(named) - 1
            criteria += ["OR"] * (0 if last else 1) + ["HEADER", "References", one]
        uids = self.client.search(criteria, "UTF-8")[-PER_PAGE:]
        answers = self._rows(sent, uids) if uids else []
        references = self._references(uids)
        every = [
            Known(
                row,
                row.message_id,
                references.get(row.uid, ()) if row.folder == sent else tuple(named),
                "",
                row.at,
            )
            for row in (*here, *answers)
        ]
        together = next((some for some in group(every) if any(one.key == here[-1] for one in some)), [])
        return [one.key for one in together if isinstance(one.key, Row)]

    def _references(self, uids: Sequence[int]) -> dict[int, tuple[str, ...]]:
        """The ids that messages of the selected folder name."""
        if not uids:
            return {}
        what = b"BODY[HEADER.FIELDS (REFERENCES)]"
        found = self.client.fetch(list(uids), ["BODY.PEEK[HEADER.FIELDS (REFERENCES)]"])
        return {uid: ids(one.get(what, b"").decode("ascii", "replace")) for uid, one in found.items()}


@contextmanager
def _room() -> Iterator[None]:
    """`Fault webmail.full` for what the engine refuses for want of room (RFC 9208, section 4.3)."""
    try:
        yield
    except IMAPClientError as error:
        if "quota" in str(error).lower():
            raise Fault("webmail.full") from error
        raise


def _flat(tree: object) -> Iterable[int]:
    """The numbers of a tree."""
    waiting = [tree]
    while waiting:
        one = waiting.pop()
        if isinstance(one, int):
            yield one
        else:
            waiting.extend(one)


def _row(folder: str, uid: int, found: dict) -> Row:
    envelope = found[b"ENVELOPE"]
    senders = _people(envelope.from_ or envelope.sender)
    at = found[b"INTERNALDATE"]
    return Row(
        folder=folder,
        uid=uid,
        from_=senders[0] if senders else Address("", ""),
        to=_people(envelope.to),
        subject=_said(envelope.subject),
        at=at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC),
        unread=SEEN not in found[b"FLAGS"],
        answered=ANSWERED in found[b"FLAGS"],
        files=_has_files(found[b"BODYSTRUCTURE"]),
        size=found[b"RFC822.SIZE"],
        message_id=(ids(_said(envelope.message_id)) or ("",))[0],
    )


def _people(some: Iterable | None) -> tuple[Address, ...]:
    """Dovecot names a host that is missing; what is no address keeps its words."""
    found = []
    for one in some or ():
        user, host = _said(one.mailbox), _said(one.host)
        whole = f"{user}@{host}" if host and not host.startswith("MISSING_") else ""
        found.append(Address(_said(one.name) or ("" if whole else user), whole))
    return tuple(found)


def _said(value: bytes | str | None) -> str:
    """A header's words from the engine's bytes."""
    if value is None:
        return ""
    return line(value.decode("utf-8", "replace") if isinstance(value, bytes) else value)


def _has_files(structure: object) -> bool:
    """Whether a part is called an attachment, or has a file's name and is not shown in its place."""
    waiting = [structure]
    while waiting:
        one = waiting.pop()
        if not isinstance(one, tuple | list):
            continue
        if len(one) == 2 and isinstance(one[0], bytes) and one[0].lower() == b"attachment":
            return True
        waiting.extend(one)
    return False
