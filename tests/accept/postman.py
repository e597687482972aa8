"""Mail programs as people have them: address and app password are typed, the set-up file says the rest."""

import base64
import imaplib
import os
import poplib
import re
import smtplib
import socket
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, localtime, make_msgid
from xml.etree import ElementTree as ET

from servers import until

_resolve = socket.getaddrinfo
# Names below "localhost" are this machine (RFC 6761, section 6.3), which not every machine's resolver knows.
socket.getaddrinfo = lambda host, *more, **options: _resolve(
    "127.0.0.1" if str(host).endswith(".localhost") else host, *more, **options
)


@dataclass
class Program:
    """One mail program of a person: where the service is it read from the node's autoconfig file."""

    address: str
    secret: str
    places: dict[str, tuple[str, int]]  # "imap", "pop3" and "smtp" -> host and port, TLS from the start
    trust: ssl.SSLContext

    def imap(self) -> imaplib.IMAP4_SSL:
        host, port = self.places["imap"]
        found = imaplib.IMAP4_SSL(host, port, ssl_context=self.trust, timeout=30)
        found.login(self.address, self.secret)
        return found

    def subjects(self, folder: str = "INBOX") -> list[str]:
        """Of every message in a folder, oldest first."""
        with self.imap() as box:
            if box.select(folder, readonly=True)[0] != "OK":
                return []
            numbers = box.search(None, "ALL")[1][0].split()
            heads = [box.fetch(one, "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")[1][0][1] for one in numbers]
        return [head.decode().partition(":")[2].strip() for head in heads]

    def gets(self, subject: str, folder: str = "INBOX") -> None:
        """Waits until a message with these words in its subject is there."""
        until(f"{subject} in {folder}", lambda: any(subject in one for one in self.subjects(folder)))

    def send(self, to: str, subject: str, text: str = "Isi.\n", sender: str = "") -> EmailMessage:
        """By submission; raises what the server says against it."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = sender or self.address, to, subject
        message["Date"], message["Message-ID"] = format_datetime(localtime()), make_msgid(domain="uji.test")
        message.set_content(text)
        with self.submission() as server:
            server.send_message(message)
        return message

    def submission(self) -> smtplib.SMTP_SSL:
        """Signed in where mail is sent."""
        host, port = self.places["smtp"]
        server = smtplib.SMTP_SSL(host, port, context=self.trust, timeout=30)
        try:
            server.login(self.address, self.secret)
        except (OSError, smtplib.SMTPException):
            server.close()  # Postfix lets one client have fifty at once, and a kept exception keeps this one
            raise
        return server

    def fill(self, number: int, megabytes: int) -> None:
        """Keeps so many messages in the inbox, each with a file of that size."""
        for one in range(1, number + 1):
            message = EmailMessage()
            message["From"] = message["To"] = self.address
            message["Subject"] = f"Foto kegiatan {one}"
            message.set_content("Lihat lampiran.\n")
            data = os.urandom(57) * (megabytes * 2**20 // 78)  # 57 bytes are a line of base64
            message.add_attachment(data, maintype="image", subtype="jpeg", filename=f"foto-{one}.jpg")
            with self.imap() as box:
                assert box.append("INBOX", None, None, message.as_bytes(policy=SMTP))[0] == "OK"

    def taken(self) -> int:
        """Bytes of the mailbox's quota that are taken."""
        with self.imap() as box:
            said = b" ".join(box.getquotaroot("INBOX")[1][1])
        return int(re.search(rb"STORAGE ([0-9]+) ", said)[1]) * 1024

    def popped(self) -> int:
        """How many messages POP3 sees."""
        host, port = self.places["pop3"]
        box = poplib.POP3_SSL(host, port, context=self.trust, timeout=30)
        try:
            box.user(self.address)
            box.pass_(self.secret)
            return box.stat()[0]
        finally:
            box.quit()

    def sieve(self, host: str, port: int, script: str) -> None:
        """Put one script there and make it the active one (RFC 5804)."""
        plain = socket.create_connection((host, port), timeout=30)
        answer(plain.makefile("rb"))
        plain.sendall(b"STARTTLS\r\n")
        answer(plain.makefile("rb", buffering=0))
        with self.trust.wrap_socket(plain, server_hostname=host) as safe:
            lines = safe.makefile("rb")
            answer(lines)
            token = base64.b64encode(f"\0{self.address}\0{self.secret}".encode()).decode()
            body = script.encode()
            for order in (
                f'AUTHENTICATE "PLAIN" "{token}"\r\n'.encode(),
                b'PUTSCRIPT "saring" {%d+}\r\n%s\r\n' % (len(body), body),
                b'SETACTIVE "saring"\r\n',
            ):
                safe.sendall(order)
                answer(lines)


def answer(lines) -> None:
    """Reads one answer of ManageSieve, which has to be OK."""
    while True:
        line = lines.readline()
        assert line, "the server ended the connection"
        if line.startswith((b"NO", b"BYE")):
            raise AssertionError(line.decode())
        if line.startswith(b"OK"):
            return


def places(file: bytes) -> dict[str, tuple[str, int]]:
    """Where the service is, from an autoconfig file (version 1.1); all of it TLS from the start."""
    found = {}
    for server in ET.fromstring(file).iter():
        if server.tag in ("incomingServer", "outgoingServer"):
            assert server.findtext("socketType") == "SSL"
            assert server.findtext("username") == "%EMAILADDRESS%"
            found[server.get("type")] = server.findtext("hostname"), int(server.findtext("port"))
    return found
