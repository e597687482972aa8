"""The mail engine of this node as pages use it: one pool of connections a process, made at its first use."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.utils import timezone

from pendopo.core.errors import Fault
from pendopo.core.home import reachable
from pendopo.mailer import removed as removing
from pendopo.mailer.tokens import Keys, Scope
from pendopo.pnsmail.mailboxes.models import Mailbox
from pendopo.pnsmail.service import engine

from . import submission
from .box import Box, Threads
from .imap import Door, Pool

_threads = Threads()
_lock = threading.Lock()
_pools: dict[int, Pool] = {}


def keys() -> Keys:
    """The keys of the tokens by which this node's portal opens mailboxes."""
    return Keys(settings.HOME.mail_tokens, engine().tokens)


def rotate() -> None:
    """The job: each month has a key of its own."""
    keys().rotate(timezone.now())


def imap_door(scope: Scope = "owner") -> Door:
    """Where this node's engine reads and keeps mail; `scope`: for whom mailboxes are opened."""
    return _door("imaps_port", scope)


def submission_door() -> Door:
    """Where it takes mail that goes out."""
    return _door("submissions_port", "owner")


def _door(port: str, scope: Scope) -> Door:
    where, held = engine(), keys()
    if not where.ca.exists():  # the mail servers have not started yet
        raise Fault("webmail.engine")
    return Door(
        host=reachable(where.mail.host),
        port=where.mail.ports()[port],
        authority=where.ca,
        token=lambda address: held.token(address, scope, timezone.now()),
    )


def removed() -> str:
    """The folder of what was deleted for good, in each mailbox."""
    return removing.folder(engine())


def pool() -> Pool:
    """The pool of this process."""
    door = imap_door()
    with _lock:
        if door.port not in _pools:
            _pools[door.port] = Pool(door)
        return _pools[door.port]


@contextmanager
def opened(mailbox: Mailbox) -> Iterator[Box]:
    """The mailbox, for whoever was found to own it."""
    with pool().connection(mailbox.address) as client:
        yield Box(client, mailbox.address, _threads)


def hand_over(mailbox: Mailbox, recipients: tuple[str, ...], raw: bytes) -> None:
    """Give a message of the mailbox's owner to the engine; see `submission.hand_over`."""
    submission.hand_over(submission_door(), mailbox.address, recipients, raw)
