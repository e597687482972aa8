"""Mail comes in while its servers are killed: what was answered with 250 lies in its mailbox, once.

Servers of other organisations and programs of people here send at once, while Postfix (its master and single
daemons), Dovecot, Rspamd, Redis and the portal are killed with -9. SEED repeats an order of kills.

A message that got no 250 is not sent again: whether it was taken its sender cannot know (RFC 1047), so that
after a second try it may rightly lie there twice. Here the sender goes on to another one, and what got no 250
lies there at most once.
"""

import os
import random
import re
import smtplib
import subprocess
import threading
import time
from collections import Counter
from email.message import EmailMessage
from email.utils import format_datetime, localtime

import pytest
from installation import Installation
from killing import kill
from mailing import borrow, mailbox, offset, sheets
from postman import Program
from seat import Seat
from servers import until

MESSAGES = int(os.environ.get("MESSAGES", "2000"))
# What is not delivered when these die waits half a minute in the queue: they are killed first.
DELIVERING = ["dovecot"] * 3 + ["dovecot/lmtp"] * 3 + ["lmtp"]
OTHERS = ["postfix"] * 3 + ["smtpd", "cleanup", "qmgr", "redis"] + ["rspamd"] * 2 + ["portal"] * 2
STRANGERS = 5  # connections of other organisations' servers
PEOPLE = 4
PATIENCE = 240
SLOW = 1.0  # seconds before each message of one who is ahead
DOMAIN = "pns.ende.test"
PASSWORD = "danau tiga warna kelimutu"
NUMBER = re.compile(rb"(?im)^Message-ID: *<([0-9]+\.[0-9]+)@uji\.test>")


@pytest.fixture
def node():
    """An agency with mail that looks nothing up, and whose people may send as much as they like."""
    made = Installation("disdik", "ID/GOV/DISDIK", "Dinas Pendidikan", "198704122010012003", "Yosefina Dhae")
    made.moved = offset()
    try:
        made.activation = made.init("--registry", "--mail-domain", DOMAIN, "--mail-offset", made.moved)
        settings = made.home / "pendopo.toml"
        text = settings.read_text().replace("dns = true", "dns = false")
        settings.write_text(text.replace("hourly = 200", f"hourly = {10 * MESSAGES}"))
        borrow(made)
        made.up()
        yield made
    finally:
        made.remove()


def people(node: Installation) -> list[Program]:
    """Teachers with a mailbox each, as their mail programs."""
    names = [f"{first} Wea" for first in ("Maria", "Yosef", "Klara", "Petrus")[:PEOPLE]]
    numbers = {name: f"19690505199403100{at}" for at, name in enumerate(names, 1)}
    admin = Seat(node.url)
    admin.activate(node.admin, node.activation, PASSWORD)
    rows = [
        f"{name};{number};nip;;01;SDN Ende 4;Guru {number[-1]};;definitif;2026-11-02"
        for name, number in numbers.items()
    ]
    codes = sheets(admin, rows)
    return [
        mailbox(node, DOMAIN, (numbers[name], "05-05-1969", code), PASSWORD) for name, code in codes.items()
    ]


class Sender(threading.Thread):
    """One connection that sends to all mailboxes in turn until enough was answered with 250.

    Where the kills lag behind (`ahead`) it goes on slowly: what died is started again by work for it.
    """

    def __init__(self, number: int, connect, sender: str, mailboxes: list[str], enough: threading.Event):
        super().__init__(daemon=True)
        self.number, self.connect, self.sender = number, connect, sender
        self.mailboxes, self.enough, self.ahead = mailboxes, enough, threading.Event()
        self.answered: dict[str, str] = {}  # number of the message -> its mailbox
        self.unanswered: dict[str, str] = {}
        self.failed: BaseException | None = None

    def run(self) -> None:
        try:
            server, count = None, 0
            while not self.enough.is_set():
                if self.ahead.is_set():
                    self.enough.wait(SLOW)
                server = server or until("the door", self.connect, PATIENCE)
                count += 1
                number, to = f"{self.number}.{count}", self.mailboxes[count % len(self.mailboxes)]
                try:
                    server.sendmail(self.sender, [to], self.message(number, to))
                    self.answered[number] = to
                except (OSError, smtplib.SMTPException):
                    self.unanswered[number] = to
                    server.close()
                    server = None
                    self.enough.wait(0.1)
        except BaseException as error:
            self.failed = error

    def message(self, number: str, to: str) -> bytes:
        made = EmailMessage()
        made["From"], made["To"], made["Subject"] = self.sender, to, f"Edaran {number}"
        made["Date"], made["Message-ID"] = format_datetime(localtime()), f"<{number}@uji.test>"
        made.set_content("Mohon dibaca dan diteruskan kepada semua guru.\n" * 40)
        return made.as_bytes()


def senders(node: Installation, programs: list[Program], enough: threading.Event) -> list[Sender]:
    mailboxes = [one.address for one in programs]

    def from_outside() -> smtplib.SMTP:
        return smtplib.SMTP("127.0.0.1", 1025 + node.moved, "luar.test", timeout=60)

    outside = [
        Sender(number, from_outside, f"humas{number}@luar.test", mailboxes, enough)
        for number in range(STRANGERS)
    ]
    inside = [
        Sender(number, one.submission, one.address, mailboxes, enough)
        for number, one in enumerate(programs, STRANGERS)
    ]
    return outside + inside


def victims(chance: random.Random) -> list[str]:
    first, then = DELIVERING + OTHERS[::3], [part for at, part in enumerate(OTHERS) if at % 3]
    chance.shuffle(first)
    chance.shuffle(then)
    return first + then


def queued(node: Installation) -> int:
    """Messages that Postfix still has: files whose owner may execute them, the others never got a 250.

    Of an ordinary user's node they belong to users of its namespace.
    """
    as_them = ["unshare", "--user", "--map-root-user", "--map-auto"] if os.geteuid() else []
    queue = node.home / "mail" / "spool" / "postfix"
    places = [queue / place for place in ("maildrop", "incoming", "active", "deferred", "hold", "corrupt")]
    command = [*as_them, "find", *map(str, places), "-type", "f", "-perm", "-u+x"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return len(done.stdout.split())


def numbers(one: Program) -> Counter:
    """How often each of our messages lies in a mailbox, in whichever folder."""
    found = Counter()
    with one.imap() as box:
        for line in box.list()[1]:
            count = int(box.select(line.rpartition(b" ")[2].decode(), readonly=True)[1][0])
            if count:
                heads = box.fetch(f"1:{count}", "(BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")[1]
                found.update(NUMBER.findall(b"\n".join(part[1] for part in heads if isinstance(part, tuple))))
    return Counter({number.decode(): times for number, times in found.items()})


def story(node: Installation, one: Program, number: str) -> str:
    """What the servers said of one of our messages, by the numbers that Postfix gave it."""
    with one.imap() as box:
        box.select("INBOX", readonly=True)
        places = box.search(None, "HEADER", "MESSAGE-ID", f'"<{number}@uji.test>"')[1][0].decode().split()
        heads = [
            box.fetch(place, "(BODY.PEEK[HEADER.FIELDS (RECEIVED)])")[1][0][1].decode() for place in places
        ]
    names = set(re.findall(r"\sid (\w+)", "".join(heads)))
    logs = [node.home / "logs" / f"{server}.log" for server in ("postfix", "dovecot")]
    lines = [line for log in logs for line in log.read_text(errors="replace").splitlines()]
    return "\n".join([number, *heads, *(line for line in lines if any(name in line for name in names))])


def test_mail_kills(node, record_property):
    seed = int(os.environ.get("SEED", "0")) or random.randrange(1, 10**6)
    print(f"\nSEED={seed}")
    chance = random.Random(seed)
    programs, enough = people(node), threading.Event()
    clients, killed = senders(node, programs, enough), victims(chance)
    begun = time.monotonic()
    for client in clients:
        client.start()

    def sent() -> int:
        return sum(len(client.answered) for client in clients)

    for number, part in enumerate(killed, 1):
        due = MESSAGES * number // (len(killed) + 2)
        for client in clients:
            client.ahead.clear()
        until("mail meanwhile", lambda due=due: sent() >= due, PATIENCE)
        for client in clients:
            client.ahead.set()
        time.sleep(chance.uniform(0, 0.2))
        kill(node, part)
    for client in clients:
        client.ahead.clear()
    until("all mail", lambda: sent() >= MESSAGES, PATIENCE)
    enough.set()
    for client in clients:
        client.join(PATIENCE)
        assert client.failed is None and not client.is_alive(), client.failed
    until("an empty queue", lambda: not queued(node), PATIENCE)
    answered = {number: to for client in clients for number, to in client.answered.items()}
    unanswered = {number: to for client in clients for number, to in client.unanswered.items()}
    # The lock of a deliverer that was killed shuts a folder until Dovecot takes it for left over.
    found = {one.address: until("a mailbox", lambda one=one: numbers(one), PATIENCE) for one in programs}
    taken = sum(found[to][number] for number, to in unanswered.items())
    seconds = time.monotonic() - begun
    figure = (
        f"mail_kills: SEED={seed}, {len(killed)} kills, {len(answered)} messages answered 250, "
        f"{len(unanswered)} not (of them {taken} delivered), {seconds:.0f} s"
    )
    print(figure)
    record_property("figure", figure)
    assert sum(map(len, found.values())) == len(answered) + taken, "a message in a mailbox of somebody else"
    assert not [number for number, to in answered.items() if not found[to][number]], "lost"
    twice = [(one, number) for one in programs for number, times in found[one.address].items() if times > 1]
    assert not twice, "\n".join(("twice", *(story(node, one, number) for one, number in twice)))
