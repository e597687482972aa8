"""The mail engine of this node as pages use it: one pool of connections a process, made at its first use."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from pendopo.core.errors import Fault
from pendopo.core.home import reachable
from pendopo.mailer.render import MASTER
from pendopo.pnsmail.mailboxes.models import Mailbox
from pendopo.pnsmail.service import engine

from . import submission
from .box import Box, Threads
from .imap import Door, Pool

_threads = Threads()
_lock = threading.Lock()
_pools: dict[int, Pool] = {}


def imap_door() -> Door:
    """Where this node's engine reads and keeps mail."""
    return _door("imaps_port")


def submission_door() -> Door:
    """Where it takes mail that goes out."""
    return _door("submissions_port")


def _door(port: str) -> Door:
    where = engine()
    try:
        secret = settings.HOME.mail_master.read_text().strip()
    except FileNotFoundError:  # the mail servers have not started yet
        raise Fault("webmail.engine") from None
    return Door(
        host=reachable(where.mail.host),
        port=where.mail.ports()[port],
        authority=where.ca,
        user=MASTER,
        secret=secret,
    )


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
