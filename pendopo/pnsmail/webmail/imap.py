"""Connections to the mail engine: kept for a while, since signing in costs a hundred times what a page asks.

A pool belongs to one process. Each connection is one person's and never another's: it signs in as that
person with a token, over TLS that the engine's own authority vouches for. No Django here.
"""

from __future__ import annotations

import select
import ssl
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from pendopo.core.errors import Fault

IDLE = 60.0  # seconds after which an unused connection is closed
CHECK = 5.0  # seconds after which a kept connection is asked whether it still lives
MOST = 16  # kept and used together, in one process
EACH = 3  # used at once for one person: two tabs and what one of them fetches
PATIENCE = 10.0  # seconds for an answer, or for a connection to become free
LOST = (OSError, IMAPClientAbortError, EOFError)


@dataclass(frozen=True, slots=True)
class Door:
    """Where the engine listens for IMAP with TLS, and what opens it for the portal. Its certificate names
    `host`, also where that is an address of this machine."""

    host: str
    port: int
    authority: Path  # the engine's own, PEM
    token: Callable[[str], str]  # address → what opens its mailbox now


@dataclass(slots=True)
class _Kept:
    client: IMAPClient
    since: float


class Pool:
    """At most `most` connections of this process, at most `EACH` in use for one person."""

    def __init__(self, door: Door, *, most: int = MOST, idle: float = IDLE) -> None:
        self.door, self.most, self.idle = door, most, idle
        self._free: dict[str, list[_Kept]] = defaultdict(list)
        self._used: dict[str, int] = defaultdict(int)
        self._changed = threading.Condition()
        self._sweeper: threading.Timer | None = None

    @contextmanager
    def connection(self, address: str) -> Iterator[IMAPClient]:
        """A connection signed in as `address`, for this thread alone.

        `Fault webmail.engine` where the engine does not answer, `webmail.busy` where none becomes free.
        """
        client = self._take(address)
        sound = True  # also where the page says that there is no such message
        try:
            yield client
        except (*LOST, IMAPClientError) as error:
            sound = False
            raise Fault("webmail.engine") from error
        finally:
            self._give(address, client, sound)

    def counts(self) -> tuple[int, int]:
        """How many connections are in use and how many are kept."""
        with self._changed:
            return sum(self._used.values()), sum(map(len, self._free.values()))

    def close(self) -> None:
        """Close what is kept."""
        with self._changed:
            kept = [one for some in self._free.values() for one in some]
            self._free.clear()
        for one in kept:
            _end(one.client)

    def _take(self, address: str) -> IMAPClient:
        until = time.monotonic() + PATIENCE
        with self._changed:
            while self._used[address] >= EACH or sum(self._used.values()) >= self.most:
                if not self._changed.wait(until - time.monotonic()):
                    raise Fault("webmail.busy")
            self._used[address] += 1
        try:
            while True:
                with self._changed:
                    kept = self._free.get(address)
                    one = kept.pop() if kept else None
                if one is None:
                    self._make_room()
                    return self._opened(address)
                if _lives(one):
                    return one.client
        except BaseException:
            self._count_down(address)
            raise

    def _give(self, address: str, client: IMAPClient, sound: bool) -> None:
        if sound:
            with self._changed:
                self._free[address].append(_Kept(client, time.monotonic()))
                self._sweep_later()
        else:
            _end(client)
        self._count_down(address)

    def _count_down(self, address: str) -> None:
        with self._changed:
            self._used[address] -= 1
            if not self._used[address]:
                del self._used[address]
            self._changed.notify_all()  # one who waits for another person's turn may not be able to go on

    def _make_room(self) -> None:
        """The longest kept goes where another would be one too many."""
        with self._changed:
            free = sum(map(len, self._free.values()))
            if sum(self._used.values()) + free <= self.most or not free:
                return
            whose = min(
                (one for one in self._free if self._free[one]), key=lambda one: self._free[one][0].since
            )
            oldest = self._free[whose].pop(0)
        _end(oldest.client)

    def _opened(self, address: str) -> IMAPClient:
        door = self.door
        try:
            trust = ssl.create_default_context(cafile=str(door.authority))
            client = IMAPClient(door.host, door.port, ssl=True, ssl_context=trust, timeout=PATIENCE)
            client.normalise_times = False  # moments keep their zone
        except (OSError, IMAPClientError) as error:
            raise Fault("webmail.engine") from error
        try:
            client.oauth2_login(address, door.token(address))
        except LoginError as error:
            _end(client)
            raise Fault("webmail.closed") from error
        except (OSError, IMAPClientError) as error:
            _end(client)
            raise Fault("webmail.engine") from error
        return client

    def _sweep_later(self) -> None:
        """One timer while anything is kept; called with the lock held."""
        if self._sweeper is None and any(self._free.values()):
            self._sweeper = threading.Timer(self.idle, self._sweep)
            self._sweeper.daemon = True
            self._sweeper.start()

    def _sweep(self) -> None:
        before, old = time.monotonic() - self.idle, []
        with self._changed:
            for address, some in list(self._free.items()):
                old += [one for one in some if one.since <= before]
                self._free[address] = [one for one in some if one.since > before]
                if not self._free[address]:
                    del self._free[address]
            self._sweeper = None
            self._sweep_later()
        for one in old:
            _end(one.client)


def _lives(one: _Kept) -> bool:
    """A connection that was just used is trusted, unless the engine spoke since: it bids farewell to one that
    it ends. Another is asked."""
    if time.monotonic() - one.since < CHECK and not _spoken(one.client):
        return True
    try:
        one.client.noop()
    except (*LOST, IMAPClientError):
        _end(one.client)
        return False
    return True


def _spoken(client: IMAPClient) -> bool:
    """Does something wait to be read that nobody asked for?"""
    looking = select.poll()
    looking.register(client.socket(), select.POLLIN)
    return bool(looking.poll(0))


def _end(client: IMAPClient) -> None:
    with suppress(*LOST, IMAPClientError):
        client.shutdown()
