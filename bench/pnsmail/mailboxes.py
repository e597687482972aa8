"""Ten thousand mailboxes of one agency, and the list of one that holds ten thousand messages."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice, product

from bench.figures import say
from pendopo.core.home import Home
from tests.rooms.mailer.engine import Post

MAILBOXES = 10_000
MESSAGES = 10_000
FIRST = 200  # first messages put in
REPEATS = 25
CHANGES = 9
AT_ONCE = 500  # messages in one command
LINE = "Isi surat.\r\n"
SENDER = "kirim@luar.test"
# Five thousand names, each borne by two people: the second one's address has another form, or a number.
GIVEN = (
    "Maria Yosef Ani Budi Siti Agustinus Klara Petrus Dewi Ahmad Ratna Simon Lusia Bagus Theresia Gabriel "
    "Nur Hendrik Wayan Fransiska"
)
SECOND = "Goreti Putri Adi Rahayu Kristina Bayu Puspita Hidayat Ayu Ignasius"
FAMILY = (
    "Wea Tani Santoso Wati Lestari Dhae Mbete Prakoso Siregar Lubis Nona Bhoki Sare Hutapea Anggraini "
    "Pratama Wulandari Pareira Lalu Saputra Simanjuntak Mulyadi Rangga Suryani Kusuma"
)


@contextmanager
def portal(home: Home) -> Iterator[None]:
    """Django of `home` on its own database, as `pendopo up` runs it."""
    from pendopo.ops import home as homes
    from pendopo.ops import schema

    cluster = homes.cluster(home)
    cluster.initdb()
    with cluster.running(home.logs / "database.log"):
        cluster.create_database()
        os.environ |= {"PENDOPO_HOME": str(home.root), "DJANGO_SETTINGS_MODULE": "pendopo.portal.settings"}
        import django

        django.setup()
        from django.db import connections

        schema.load(cluster.url())
        try:
            yield
        finally:
            connections.close_all()


def figures(post: Post) -> None:
    """All of them, of a node whose mail servers run."""
    made = provision(post)
    first_messages()
    lists(made[0])


def provision(post: Post) -> list:
    """Mailboxes for every name of an agency, through the action the administrator's page calls."""
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.directory.actions import create_agency
    from pendopo.ground.directory.models import Person
    from pendopo.pnsmail.mailboxes import actions

    agency = create_agency("ID/GOV/BKN", "Badan Kepegawaian", "Asia/Jakarta", actor=Actor.system(via="cli"))
    names = islice(
        2 * [" ".join(words) for words in product(GIVEN.split(), SECOND.split(), FAMILY.split())], MAILBOXES
    )
    people = Person.objects.bulk_create(Person(agency=agency, name=name) for name in names)
    begun = time.perf_counter()
    made = actions.provide(people, actor=Actor.system(agency, via="cli"))
    taken = time.perf_counter() - begun
    with post.smtp() as door:
        door.mail(SENDER)
        answers = [door.rcpt(address)[0] for address in (made[0].address, made[-1].address, f"x.{made[0]}")]
    if len(made) != MAILBOXES or answers != [250, 250, 550]:
        raise RuntimeError(f"{len(made)} mailboxes, the door says {answers}")
    say("pnsmail.provision_10k_s", taken)
    return made


def first_messages() -> None:
    """The job that makes mailboxes on the server and writes to their owners."""
    from django.utils import timezone

    from pendopo.pnsmail.mailboxes.models import Mailbox
    from pendopo.pnsmail.mailboxes.welcome import welcome

    waiting = Mailbox.objects.order_by("id").values("id")[:FIRST]
    Mailbox.objects.exclude(id__in=waiting).update(welcomed_at=timezone.now())
    begun = time.perf_counter()
    welcome()
    say("pnsmail.first_messages_s", FIRST / (time.perf_counter() - begun))


def lists(mailbox) -> None:
    """The inbox as its owner sees it, the connection to the mail server kept from the page before."""
    from django.conf import settings
    from django.test import Client

    from pendopo.ground.accounts.models import Account
    from pendopo.pnsmail.webmail import service

    account = Account.objects.create_user("199107142019032004", person=mailbox.person, state="active")
    client = Client(HTTP_HOST=f"{settings.HOME.node}.localhost")
    client.force_login(account, backend="pendopo.ground.accounts.signin.NumberBackend")
    with service.opened(mailbox) as box:
        for first in range(0, MESSAGES, AT_ONCE):
            box.client.multiappend("INBOX", [letter(n) for n in range(first, first + AT_ONCE)])
    page = client.get("/surel/").content.decode()
    if "Rapat koordinasi 9999" not in page:
        raise RuntimeError(page)
    service.pool().close()
    say("pnsmail.list_ms_10k.cold", milliseconds(client))
    taken = [milliseconds(client) for _ in range(REPEATS)]
    say("pnsmail.list_ms_10k", statistics.median(taken))
    say("pnsmail.list_ms_10k.worst", max(taken))
    changed = []
    for n in range(MESSAGES, MESSAGES + CHANGES):
        with service.opened(mailbox) as box:
            box.append("INBOX", letter(n), ())
        changed.append(milliseconds(client))
    say("pnsmail.list_ms_10k.changed", statistics.median(changed))
    service.pool().close()


def milliseconds(client) -> float:
    """Of the page as a browser asks for it."""
    begun = time.perf_counter()
    answer = client.get("/surel/", HTTP_ACCEPT_ENCODING="gzip")
    taken = (time.perf_counter() - begun) * 1000
    if answer.status_code != 200:
        raise RuntimeError(answer)
    return taken


def letter(n: int) -> bytes:
    """The n-th message; of three the last two answer the first."""
    thread = f"In-Reply-To: <{n - n % 3}@luar.test>\r\n" if n % 3 else ""
    return (
        f"From: Dinas Nomor {n % 300} <dinas{n % 300}@luar.test>\r\nTo: semua@luar.test\r\n"
        f"Subject: {'Re: ' if n % 3 else ''}Rapat koordinasi {n - n % 3}\r\n"
        f"Date: {1 + n % 28} Jun 2026 08:{n % 60:02d}:00 +0700\r\nMessage-ID: <{n}@luar.test>\r\n{thread}"
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{LINE * 150}"
    ).encode()
