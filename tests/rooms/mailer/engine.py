"""Mail servers really running for tests, as root or as an ordinary user, and the people in them."""

import contextlib
import dataclasses
import imaplib
import os
import poplib
import re
import shutil
import signal
import smtplib
import ssl
import subprocess
import sys
import tempfile
import threading
from datetime import UTC, datetime
from pathlib import Path

from pendopo.core.home import Mail
from pendopo.mailer import space
from pendopo.mailer.engine import Engine
from pendopo.mailer.lookups import AppPassword, Lookups, Mailbox, hashed
from pendopo.mailer.tokens import Keys, xoauth2
from tests import ordinary
from tests.conftest import make_home
from tests.ports import free_port
from tests.rooms.mailer.sink import Sink

ROOT = Path(__file__).parents[3]
PATTERNS = ROOT / ".cache" / "rspamd"
SECONDS = 60
DOMAIN = "pns.test"
ANI, BUDI, KECIL, TUTUP = (f"{name}@{DOMAIN}" for name in ("ani.wati", "budi.santoso", "kecil", "tutup"))
ALIAS = f"kepala.dinas@{DOMAIN}"
HOURLY = 30
SECRET = "abcd efgh ijkl mnop qrst"


class Token(str):
    """A token of the portal, where a mail program would have its app password."""


class Post:
    """The servers of a home below `tmp`, up from `start` to `stop`."""

    def __init__(self, tmp: Path, *, as_user: bool):
        self.tmp, self.as_user = tmp, as_user
        self.sink = Sink()
        relay = f"127.0.0.1:{self.sink.port}"
        mail = free_ports(Mail(DOMAIN, "uji.localhost", relay=relay, dns=False, hourly=HOURLY))
        self.home = make_home(tmp / "home", mail=mail)
        self.mail, self.engine = mail, Engine.of(self.home)
        self.lookups = Lookups(self.engine.lookups)
        self.lines: list[str] = []
        self.grew = threading.Condition()

    def start(self) -> None:
        borrow(self.engine)
        self.process = subprocess.Popen(
            self.command(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        threading.Thread(target=self.read, daemon=True).start()
        self.until("all ready")
        lend(self.engine)
        self.context = ssl.create_default_context(cafile=self.engine.ca)

    def command(self) -> list[str]:
        if self.as_user:
            ordinary.settle(self.tmp)
        serve = Path(__file__).with_name("serve.py").relative_to(ROOT)
        return self.python(f"{'/srv' if self.as_user else ROOT}/{serve}", str(self.home.root))

    def python(self, *args: str) -> list[str]:
        """Python with our code, as whoever runs the servers."""
        if self.as_user:
            return ordinary.python(self.tmp, *args)
        return ["env", f"PYTHONPATH={ROOT}", sys.executable, *args]

    def read(self) -> None:
        for line in self.process.stdout:
            with self.grew:
                self.lines.append(line.rstrip())
                self.grew.notify_all()

    def until(self, wanted: str, after: int = 0) -> int:
        """Wait for a line that begins so; how many lines there are up to it."""

        def found() -> int | None:
            lines = enumerate(self.lines[after:], after + 1)
            return next((count for count, line in lines if line.startswith(wanted)), None)

        with self.grew:
            came = self.grew.wait_for(found, SECONDS)
            assert came, "\n".join(self.lines) + self.logs()
            return came

    def logs(self) -> str:
        return "".join(
            f"\n== {path.name}\n{path.read_text(errors='replace')[-3000:]}"
            for path in sorted(self.home.logs.glob("*.log"))
        )

    def part(self, name: str) -> int:
        """The process number of a server."""
        marks = {"postfix": "sbin/master", "redis": "redis-server"}
        for pid in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split():
            if marks.get(name, name) in Path(f"/proc/{pid}/cmdline").read_bytes().decode():
                return int(pid)
        raise AssertionError(name)

    def stop(self) -> list[str]:
        """End them; what they said of it."""
        before = len(self.lines)
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(SECONDS)
        self.until("clean", before)
        return self.lines[before:]

    def clear(self) -> None:
        """Whatever happened, nothing stays."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.sink.close()
        if os.geteuid():
            space.run(self.engine.root, "sh", "-c", "rm -rf /mnt/*")
        shutil.rmtree(self.tmp, ignore_errors=True)

    def people(self) -> None:
        self.lookups.put_mailboxes(
            [Mailbox(ANI), Mailbox(BUDI), Mailbox(KECIL, quota_mb=1), Mailbox(TUTUP, held=True)]
        )
        self.lookups.put_alias(ALIAS, [ANI])
        for address in (ANI, BUDI, KECIL, TUTUP):
            self.lookups.put_app_password(AppPassword(address, address, hashed(SECRET)))

    # As a mail program does it.

    def smtp(self) -> smtplib.SMTP:
        """As another server: no sign-in."""
        connection = smtplib.SMTP("127.0.0.1", self.mail.smtp_port, "luar.test", timeout=SECONDS)
        connection.ehlo()
        return connection

    def submission(self, user: str = ANI, secret: str = SECRET, source: str = "127.0.0.1") -> smtplib.SMTP:
        """`source`: the address it comes from, any of 127.0.0.0/8."""
        connection = smtplib.SMTP(
            "localhost", self.mail.submission_port, timeout=SECONDS, source_address=(source, 0)
        )
        connection.starttls(context=self.context)
        smtp_sign_in(connection, user, secret)
        return connection

    def submissions(self, user: str = ANI, secret: str = SECRET) -> smtplib.SMTP:
        connection = smtplib.SMTP_SSL(
            "localhost", self.mail.submissions_port, context=self.context, timeout=SECONDS
        )
        smtp_sign_in(connection, user, secret)
        return connection

    def imap(self, user: str = BUDI, secret: str = SECRET) -> imaplib.IMAP4:
        connection = imaplib.IMAP4_SSL(
            "localhost", self.mail.imaps_port, ssl_context=self.context, timeout=SECONDS
        )
        imap_sign_in(connection, user, secret)
        return connection

    def pop3(self, user: str = BUDI, secret: str = SECRET) -> poplib.POP3_SSL:
        connection = poplib.POP3_SSL("localhost", self.mail.pop3s_port, context=self.context, timeout=SECONDS)
        connection.user(user)
        connection.pass_(secret)
        return connection

    def portal(self, user: str) -> tuple[str, Token]:
        """Name and token by which the portal opens the mailbox of `user`."""
        return user, token(self.home, user)


def token(home, user: str) -> Token:
    keys = Keys(home.mail_tokens, Engine.of(home).tokens)
    return Token(keys.token(user, "service", datetime.now(UTC)))


def smtp_sign_in(connection: smtplib.SMTP, user: str, secret: str) -> None:
    if isinstance(secret, Token):
        connection.ehlo()
        connection.auth("XOAUTH2", lambda asked=None: xoauth2(user, secret) if asked is None else "")
    else:
        connection.login(user, secret)


def imap_sign_in(connection: imaplib.IMAP4, user: str, secret: str) -> None:
    if isinstance(secret, Token):
        connection.authenticate("XOAUTH2", lambda asked: None if asked else xoauth2(user, secret).encode())
    else:
        connection.login(user, secret)


def free_ports(mail: Mail) -> Mail:
    return dataclasses.replace(mail, **{name: free_port() for name in mail.ports()})


def borrow(engine: Engine) -> None:
    """Give Rspamd the patterns it compiled for other tests: ten seconds of work, always the same."""
    if PATTERNS.exists():
        shutil.copytree(PATTERNS, engine.root / "lib" / "rspamd")


def lend(engine: Engine) -> None:
    """Keep what it compiled."""
    PATTERNS.mkdir(parents=True, exist_ok=True)
    for path in (engine.root / "lib" / "rspamd").glob("*.hsmp"):
        if not (PATTERNS / path.name).exists():
            part = PATTERNS / f".{path.name}.{os.getpid()}"
            shutil.copyfile(path, part)
            part.rename(PATTERNS / path.name)


def arrived(connection: imaplib.IMAP4, subject: str, box: str = "INBOX") -> bytes:
    """Wait (IDLE, RFC 2177) for the message with `subject` in `box`; its source."""
    connection.select(box)
    while True:
        connection.untagged_responses.pop("EXISTS", None)
        _, found = connection.search(None, "SUBJECT", f'"{subject}"')
        if numbers := found[0].split():
            return connection.fetch(numbers[-1].decode(), "(BODY.PEEK[])")[1][0][1]
        if "EXISTS" in connection.untagged_responses:  # it came while we asked: nobody will say so again
            continue
        tag = connection._new_tag()
        connection.send(tag + b" IDLE\r\n")
        while not re.match(rb"\* \d+ EXISTS", connection.readline()):
            pass
        connection.send(b"DONE\r\n")
        while not connection.readline().startswith(tag):
            pass


def folder() -> Path:
    """A new short folder for one engine: readable on the way for the ordinary user."""
    path = Path(tempfile.mkdtemp(prefix="pdp-mail-"))
    path.chmod(0o755)
    return path
