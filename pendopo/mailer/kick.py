"""Ending connections that are open: who may sign in no more shall not stay either.

A connection whose password was asked for before the lookups changed may come into Dovecot's list of them
only after that was looked at: so it is looked at once more.

Dovecot has a door for it in its own folder: it asks for no password, because only root of the servers' view
may enter, which is the user the node runs as. The words are its protocol 1.0 (`doveadm-server`), a line each.
"""

import logging
import threading

from pendopo.mailer.engine import Engine
from pendopo.mailer.reach import connected

log = logging.getLogger("pendopo.mailer")

GREETING = "VERSION\tdoveadm-server\t1\t0"
AGAIN = 2.0  # seconds; of 150 connections that were as young, on a busy machine, one was missed
DONE = (b"+\n", b"-NOTFOUND\n")  # the latter: nobody was connected


def kick(engine: Engine, *addresses: str) -> None:
    """End every IMAP, POP3 and ManageSieve connection to the mailboxes, the portal's own too.

    A program signs in again at once where it may: say so in the lookups first. Where Dovecot does not run,
    nobody is connected. OSError when it runs and does not do it.

    Returns when those that are known are ended; who was signing in just then is within AGAIN seconds.
    """
    later = threading.Timer(AGAIN, _kick_again, (engine, addresses))  # one thread, however many they are
    later.daemon = True
    later.start()
    for address in addresses:
        _kick(engine, address)


def _kick_again(engine: Engine, addresses: tuple[str, ...]) -> None:
    try:
        for address in addresses:
            _kick(engine, address)
    except OSError as trouble:
        log.warning("%s", trouble)


def _kick(engine: Engine, address: str) -> None:
    try:
        connection = connected(engine.doveadm)
    except (FileNotFoundError, ConnectionRefusedError):
        return
    with connection, connection.makefile("rb") as answers:
        connection.sendall(f"{GREETING}\n\t\tkick\t{address}\n".encode())
        answers.readline()  # that it takes our word for who we are
        # Rows of who was connected, then how it ended; no address begins like that.
        ended = next((line for line in answers if line[:1] in (b"+", b"-")), b"")
    if ended not in DONE:
        raise OSError(f"Dovecot did not end the connections of {address}: {ended.decode().strip() or 'EOF'}")
