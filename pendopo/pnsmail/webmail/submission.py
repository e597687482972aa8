"""Handing a message to the mail engine, as its sender and nobody else. No Django here.

The engine knows the sender by the signed-in name and refuses any other; the portal signs in as that person
with a token, over TLS, as it does for reading.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Sequence
from contextlib import closing, suppress

from pendopo.core.errors import Fault
from pendopo.mailer.tokens import xoauth2

from .imap import PATIENCE, Door

LOOKED_AT = 120.0  # seconds for the answer to a whole message; Rspamd itself gives up after 60


def hand_over(door: Door, sender: str, recipients: Sequence[str], raw: bytes) -> None:
    """Give the message to the engine for all `recipients` (at most `compose.MOST`), or for none of them.

    Returns once the engine has it on disk. `Fault webmail.refused` names the first recipient it does not take
    and why, `webmail.message_refused` says why it does not take the message, `webmail.engine` that it does
    not answer: then nothing was sent.
    """
    trust = ssl.create_default_context(cafile=str(door.authority))
    try:
        server = smtplib.SMTP_SSL(door.host, door.port, context=trust, timeout=PATIENCE)
        with closing(server):
            server.ehlo()
            opening = xoauth2(sender, door.token(sender))
            # Why it is refused comes as a challenge, to which nothing is said before the refusal itself.
            server.auth("XOAUTH2", lambda challenge=None: opening if challenge is None else "")
            said = server.mail(sender, [f"size={len(raw)}"])
            if said[0] != 250:
                raise Fault("webmail.message_refused", why=_words(said))
            for one in recipients:
                said = server.rcpt(one)
                if said[0] not in (250, 251):
                    server.rset()
                    raise Fault("webmail.refused", address=one, why=_words(said))
            # Who gives up while a large message is looked at reads "not sent", and it goes all the same.
            server.sock.settimeout(LOOKED_AT)
            said = server.data(raw)
            if said[0] != 250:
                raise Fault("webmail.message_refused", why=_words(said))
            with suppress(OSError, smtplib.SMTPException):  # it is sent, whatever is said to the farewell
                server.quit()
    except smtplib.SMTPAuthenticationError as error:
        raise Fault("webmail.closed") from error
    except (OSError, smtplib.SMTPException) as error:
        raise Fault("webmail.engine") from error


def _words(said: tuple[int, bytes]) -> str:
    """The server's answer in a line."""
    code, text = said
    return f"{code} {' '.join(text.decode('utf-8', 'replace').split())}"[:300]
