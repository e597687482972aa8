"""The portal at the mail server, in somebody's mailbox, to look after it: over TLS on this machine."""

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, formataddr

from django.utils import timezone

from pendopo.mailer.tokens import xoauth2
from pendopo.pnsmail.service import address
from pendopo.pnsmail.webmail.service import imap_door

from .models import Mailbox

SECONDS = 20  # for an answer
STORAGE = re.compile(rb"STORAGE (\d+) (\d+)")  # KiB used and allowed (RFC 9208, section 5.1)


class Refused(imaplib.IMAP4.error):
    """The mailbox is too full for the message."""


@contextmanager
def opened(mailbox: Mailbox) -> Iterator[imaplib.IMAP4]:
    """A connection with the INBOX selected, which is made where it is not there yet.

    OSError while the server is away; ConnectionAbortedError when it ends the connection, or does not know
    the mailbox yet; `imaplib.IMAP4.error` for what it refuses; `Fault webmail.engine` before it was ever
    started.
    """
    door = imap_door("service")
    trust = ssl.create_default_context(cafile=door.authority)
    try:
        with imaplib.IMAP4_SSL(door.host, door.port, ssl_context=trust, timeout=SECONDS) as server:
            _sign_in(server, mailbox.address, door.token(mailbox.address))
            said, why = server.select("INBOX")
            if said != "OK":
                raise imaplib.IMAP4.error(why[0])
            yield server
    except imaplib.IMAP4.abort as ended:  # to imaplib an error like a refusal
        raise ConnectionAbortedError(str(ended)) from ended


def _sign_in(server: imaplib.IMAP4, address: str, token: str) -> None:
    said = xoauth2(address, token).encode()
    try:
        server.authenticate("XOAUTH2", lambda challenge: None if challenge else said)
    except imaplib.IMAP4.error as refused:
        raise ConnectionAbortedError(str(refused)) from refused


def used(server: imaplib.IMAP4) -> tuple[int, int] | None:
    """Bytes used and allowed, as the server counts; None for a mailbox without a limit."""
    _said, (_roots, quotas) = server.getquotaroot("INBOX")
    found = STORAGE.search(b" ".join(one for one in quotas if one))
    return (int(found[1]) * 1024, int(found[2]) * 1024) if found else None


def put(
    server: imaplib.IMAP4,
    message: EmailMessage,
    folder: str = "INBOX",
    *,
    flags: str = "",
    at: datetime | str = "",
) -> None:
    """Puts a message into `folder`, unless one with its Message-ID lies there. `Refused`.

    `flags` as IMAP writes them, such as "(\\Seen)"; `at`: when it came, aware, now by default.
    """
    server.select(folder)
    said, found = server.search(None, "HEADER", "Message-ID", message["Message-ID"])
    if said == "OK" and found[0]:
        return
    if said == "OK":
        said, found = server.append(folder, flags, at, message.as_bytes())
    if said != "OK":  # RFC 9208, section 4.3
        raise (Refused if b"OVERQUOTA" in found[0] else imaplib.IMAP4.error)(found[0])


def letter(mailbox: Mailbox, name: str, subject: str, paragraphs: tuple[str, ...]) -> EmailMessage:
    """A message of the service to the mailbox's owner; the same `name` has the same Message-ID."""
    made = EmailMessage()
    made["From"] = formataddr(("PNSMail", address("postmaster")))
    made["To"] = mailbox.address
    made["Subject"] = subject
    made["Date"] = format_datetime(timezone.now())
    made["Message-ID"] = f"<{name}.{mailbox.pk}@{mailbox.address.rpartition('@')[2]}>"
    made.set_content("\n\n".join(paragraphs) + "\n")
    return made
