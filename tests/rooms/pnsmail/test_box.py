"""A mailbox over real Dovecot: connections that are kept, lists by key, conversations, making room."""

import hmac
import imaplib
import json
import os
import pwd
import select
import socket
import ssl
import threading
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from pendopo.core.errors import Fault
from pendopo.core.home import Mail
from pendopo.mailer.kick import kick
from pendopo.mailer.lookups import Lookups, Mailbox
from pendopo.mailer.tokens import Keys, signed, xoauth2
from pendopo.pnsmail.webmail import imap
from pendopo.pnsmail.webmail.box import PER_PAGE, SEEN, Box, Threads
from pendopo.pnsmail.webmail.imap import Door, Pool
from tests.conftest import make_home
from tests.mailservers import running
from tests.ports import free_port

DOMAIN = "pns.test"


@pytest.fixture(scope="module")
def servers(short_tmp):
    ports = {name: free_port() for name in Mail("x.id", "x.id").ports()}
    home = make_home(short_tmp / "mail-home", mail=Mail(DOMAIN, "uji.localhost", dns=False, **ports))
    with running(home, "dovecot") as engine:
        yield engine, Keys(home.mail_tokens, engine.tokens)


@pytest.fixture(scope="module")
def engine(servers):
    return servers[0]


@pytest.fixture(scope="module")
def door(servers):
    engine, keys = servers
    return Door(
        "127.0.0.1",
        engine.mail.imaps_port,
        engine.ca,
        lambda address: keys.token(address, "owner", datetime.now(UTC)),
    )


@pytest.fixture(scope="module")
def pool(door):
    pool = Pool(door)
    yield pool
    pool.close()


@pytest.fixture
def address(engine, request):
    """A mailbox of the test's own."""
    name = f"{request.node.name.removeprefix('test_')[:40].strip('_')}@{DOMAIN}"
    Lookups(engine.lookups).put_mailbox(Mailbox(name, quota_mb=4))
    return name


@pytest.fixture
def box(pool, address):
    with pool.connection(address) as client:
        yield Box(client, address, Threads())


def letter(n, *, answers="", subject="Rapat", body="isi", sender="Budi <budi@a.id>", extra=""):
    named = f"In-Reply-To: {answers}\r\nReferences: {answers}\r\n" if answers else ""
    return (
        f"From: {sender}\r\nTo: Ani <ani@{DOMAIN}>\r\nSubject: {subject}\r\nMessage-ID: <{n}@a.id>\r\n"
        f"{named}{extra}\r\n{body}\r\n"
    ).encode()


def test_a_connection_is_kept_for_its_owner_and_given_to_nobody_else(pool, address, engine):
    other = f"lain@{DOMAIN}"
    Lookups(engine.lookups).put_mailbox(Mailbox(other))
    with pool.connection(address) as first:
        pass
    with pool.connection(other) as second:
        Box(second, other, Threads()).append("INBOX", letter(1))
    with pool.connection(address) as again:
        assert again is first
        assert again is not second
        assert Box(again, address, Threads()).page("INBOX").lines == ()
    with pool.connection(other) as theirs:
        assert len(Box(theirs, other, Threads()).page("INBOX").lines) == 1


def test_whom_the_engine_does_not_know_gets_no_connection(pool, address):
    with pytest.raises(Fault) as refused, pool.connection(f"siapa@{DOMAIN}"):
        pass
    assert refused.value.code == "webmail.closed"
    with pool.connection(address):
        pass


def test_a_token_opens_its_own_mailbox_and_no_forged_one_does(servers, address):
    """Dovecot judges alone: no portal runs here."""
    engine, keys = servers
    held, closed, other = (f"{name}@{DOMAIN}" for name in ("ditahan", "tutup", "lain"))
    lookups = Lookups(engine.lookups)
    lookups.put_mailboxes([Mailbox(held, held=True), Mailbox(closed, active=False), Mailbox(other)])
    now = datetime.now(UTC)
    good = keys.token(address, "owner", now)
    header, claims = (json.loads(urlsafe_b64decode(f"{part}==")) for part in good.split(".")[:2])
    private = load_pem_private_key((keys.private / header["kid"]).read_bytes(), None)
    public = (keys.public / "default" / "ES256" / header["kid"]).read_bytes()

    def changed(**more):
        return signed(header, claims | more, private)

    def resigned(algorithm, sign):
        text = ".".join(encoded(json.dumps(one).encode()) for one in (header | {"alg": algorithm}, claims))
        return f"{text}.{encoded(sign(text.encode()))}"

    keys.rotate(now + timedelta(days=31))
    opens = {
        "own": (address, good),
        "by the next key": (address, keys.token(address, "owner", now)),
        "held, to look after it": (held, keys.token(held, "service", now)),
        # At the turn of a second Dovecot's clock is behind ours by a tick.
        "by a clock a moment ahead": (address, keys.token(address, "owner", now + timedelta(seconds=2))),
    }
    refused = {
        "of a minute ago": (address, keys.token(address, "owner", now - timedelta(seconds=61))),
        "of tomorrow": (address, changed(iat=claims["iat"] + 3600, exp=claims["exp"] + 3600)),
        "without an end": (address, signed(header, {k: v for k, v in claims.items() if k != "exp"}, private)),
        "another issuer": (address, changed(iss="https://lain.go.id")),
        "another audience": (address, changed(aud="pendopo-gateway")),
        "another person": (other, good),
        "no algorithm": (address, resigned("none", lambda text: b"")),
        "the public key as a secret": (
            address,
            resigned("HS256", lambda text: hmac.digest(public, text, "sha256")),
        ),
        "an unknown key": (address, signed(header | {"kid": "209912"}, claims, private)),
        "somebody else's key": (address, signed(header, claims, ec.generate_private_key(ec.SECP256R1()))),
        "held": (held, keys.token(held, "owner", now)),
        "closed": (closed, keys.token(closed, "service", now)),
        "nobody": (f"tiada@{DOMAIN}", keys.token(f"tiada@{DOMAIN}", "service", now)),
    }
    assert keys.token(address, "owner", now).split(".")[0] != good.split(".")[0]
    tries = [*opens.values(), *refused.values()]
    with ThreadPoolExecutor(len(tries)) as together:  # a refusal takes a second
        found = list(together.map(lambda one: enters(engine, *one), tries))
    assert dict(zip([*opens, *refused], found, strict=True)) == dict.fromkeys(opens, True) | dict.fromkeys(
        refused, False
    )


def encoded(data):
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def enters(engine, address, token):
    """Whether it opens the mailbox by XOAUTH2, and the same by OAUTHBEARER."""
    bearer = f"n,a={address},\1auth=Bearer {token}\1\1"
    found = []
    for mechanism, said in (("XOAUTH2", xoauth2(address, token)), ("OAUTHBEARER", bearer)):
        trust = ssl.create_default_context(cafile=engine.ca)
        with imaplib.IMAP4_SSL("localhost", engine.mail.imaps_port, ssl_context=trust, timeout=60) as imap:
            try:
                imap.authenticate(mechanism, lambda asked, said=said: None if asked else said.encode())
                found.append(imap.select("INBOX")[0] == "OK")
            except imaplib.IMAP4.error:
                found.append(False)
    assert found[0] == found[1]
    return found[0]


def test_a_wrong_authority_is_not_trusted(door, address, tmp_path):
    from pendopo.mailer import tls

    tls.ensure(tmp_path, "uji.localhost", datetime.now(UTC))
    foreign = Pool(replace(door, authority=tmp_path / "ca.pem"))
    with pytest.raises(Fault) as refused, foreign.connection(address):
        pass
    assert refused.value.code == "webmail.engine"


def test_a_dead_connection_is_replaced(door, address, monkeypatch):
    monkeypatch.setattr(imap, "CHECK", 0.0)
    pool = Pool(door)
    with pool.connection(address) as first:
        first.noop()
    first.socket().shutdown(socket.SHUT_RDWR)
    with pool.connection(address) as second:
        assert second is not first
        second.noop()
    with pytest.raises(Fault) as lost, pool.connection(address) as broken:
        broken.socket().shutdown(socket.SHUT_RDWR)
        broken.noop()
    assert lost.value.code == "webmail.engine"
    assert pool.counts() == (0, 0)
    pool.close()


def test_a_connection_that_the_engine_ended_is_replaced_at_once(door, address, engine):
    """A person's programs are all disconnected when one may no more: a page she opens then still comes."""
    other = f"lain@{DOMAIN}"
    Lookups(engine.lookups).put_mailbox(Mailbox(other))
    pool = Pool(door)
    with pool.connection(address) as first, pool.connection(other) as theirs:
        kick(engine, address)
        assert select.select([first.socket()], [], [], 20)[0]
        theirs.noop()
    with pool.connection(address) as second, pool.connection(other) as still:
        assert second is not first and still is theirs
        second.noop()
        assert select.select([second.socket()], [], [], 20)[0]  # as if it had been signing in meanwhile
        theirs.noop()
    pool.close()


def test_where_nobody_is_connected_and_where_nothing_runs_there_is_nothing_to_end(engine):
    kick(engine, f"siapa@{DOMAIN}")
    kick(replace(engine, root=engine.root / "tmp"), f"siapa@{DOMAIN}")


def test_what_is_not_used_is_closed_after_a_while(door, address):
    pool = Pool(door, idle=0.2)
    closed = threading.Event()
    with pool.connection(address) as client:
        shutdown = client.shutdown
        client.shutdown = lambda: (shutdown(), closed.set())
    assert pool.counts() == (0, 1)
    assert closed.wait(10)
    assert pool.counts() == (0, 0)


def test_more_than_may_be_open_wait_or_hear_of_it(door, address, engine, monkeypatch):
    monkeypatch.setattr(imap, "PATIENCE", 0.2)
    pool = Pool(door, most=4)
    others = [f"orang{n}@{DOMAIN}" for n in range(4)]
    Lookups(engine.lookups).put_mailboxes(Mailbox(one) for one in others)
    with ExitStack() as open_ones:
        for _ in range(imap.EACH):
            open_ones.enter_context(pool.connection(address))
        with pytest.raises(Fault) as busy, pool.connection(address):
            pass
        assert busy.value.code == "webmail.busy"
        with pool.connection(others[0]):
            pass
    for one in others:
        with pool.connection(one):
            pass
    assert sum(pool.counts()) <= 4
    pool.close()


def test_a_list_goes_by_key_and_what_arrives_meanwhile_shifts_nothing(box):
    for n in range(PER_PAGE + 5):
        box.append("INBOX", letter(n, subject=f"Surat {n}"), ())
    first = box.page("INBOX")
    assert [one.newest.subject for one in first.lines[:2]] == [
        f"Surat {PER_PAGE + 4}",
        f"Surat {PER_PAGE + 3}",
    ]
    box.append("INBOX", letter(999, subject="baru"), ())
    second = box.page("INBOX", first.after)
    assert [one.newest.subject for one in second.lines] == [f"Surat {n}" for n in (4, 3, 2, 1, 0)]
    assert second.after == 0
    assert box.page("INBOX").lines[0].newest.subject == "baru"


def test_a_conversation_has_its_answers_and_what_was_sent(box):
    box.append("INBOX", letter(1, subject="Undangan"), ())
    box.append("INBOX", letter(2, subject="Lain"), ())
    box.append("INBOX", letter(3, subject="Re: Undangan", answers="<1@a.id>"), (SEEN,))
    box.append("Sent", letter(4, subject="Re: Undangan", answers="<3@a.id>"))
    box.append("Sent", letter(5, subject="Undangan"))
    lines = box.page("INBOX").lines
    assert [(one.newest.uid, one.count, one.unread) for one in lines] == [(3, 2, True), (2, 1, True)]
    found = box.conversation("INBOX", 1)
    assert [(one.folder, one.message_id) for one in found] == [
        ("INBOX", "<1@a.id>"),
        ("INBOX", "<3@a.id>"),
        ("Sent", "<4@a.id>"),
    ]
    with pytest.raises(Fault) as gone:
        box.conversation("INBOX", 99)
    assert gone.value.code == "webmail.gone"
    with pytest.raises(Fault):
        box.page("Tiada")


def test_what_is_marked_and_moved_shows_in_counts(box):
    box.append("INBOX", letter(1), ())
    box.append("INBOX", letter(2, subject="lain"), ())
    assert [(one.name, one.unread) for one in box.folders()][:2] == [("INBOX", 2), ("Sent", 0)]
    box.mark("INBOX", [1], SEEN)
    box.move("INBOX", [2], "Trash")
    counts = {one.name: (one.messages, one.unread) for one in box.folders()}
    assert counts["INBOX"] == (1, 0)
    assert counts["Trash"] == (1, 1)
    box.remove("Trash", box.uids("Trash", 1))
    assert box.page("Trash").lines == ()


def test_words_are_searched_in_people_and_subject_and_inside_when_asked(box):
    box.append("INBOX", letter(1, subject="Undangan rapat", body="bawa laporan"), ())
    box.append("INBOX", letter(2, subject="=?utf-8?q?R=C3=A9sum=C3=A9?=", sender="Katarina <k@a.id>"), ())

    def found(query, inside=False):
        return [one.newest.uid for one in box.search("INBOX", query, inside=inside).lines]

    assert found("rapat budi") == [1]
    assert found("katarina") == [2]
    assert found("résumé") == [2]
    assert found("laporan") == []
    assert found("laporan", inside=True) == [1]
    assert found('") (OR x') == []
    assert found("(rapat) {3}") == []
    assert found("(rapat) budi*") == [1]
    assert found("") == []


def test_a_full_mailbox_says_so_and_light_messages_make_room(box):
    large = "x" * 76 + "\r\n"
    box.append("INBOX", letter(1, body="kecil"), ())
    box.append("INBOX", letter(2, body=large * 20_000), ())
    box.append("Archive", letter(3, body=large * 10_000), ())
    used, limit = box.quota()
    assert limit == 4 * 1024**2
    assert used > 2_000_000
    rows = box.largest(box.names(), 5, 100_000)
    assert [(one.folder, one.uid) for one in rows] == [("INBOX", 2), ("Archive", 1)]
    with pytest.raises(Fault) as full:
        box.append("Sent", letter(4, body=large * 26_000))
    assert full.value.code == "webmail.full"
    kept = box.kept("INBOX", 2)
    assert box.append("INBOX", letter(2), kept.flags, kept.at) == 3
    box.remove("INBOX", [2])
    assert box.quota()[0] < used


@pytest.mark.parametrize("raw", [b"", b"\0\xff", b"Subject: \xff\xfe\r\nFrom: <<>>,,;\r\n\r\n"])
def test_broken_messages_have_a_line_too(pool, engine, raw):
    address = f"rusak{len(raw)}@{DOMAIN}"
    Lookups(engine.lookups).put_mailbox(Mailbox(address))
    with pool.connection(address) as client:
        box = Box(client, address, Threads())
        box.append("INBOX", raw or b"\r\n", ())
        assert len(box.page("INBOX").lines) == 1
        assert len(box.conversation("INBOX", 1)) == 1


def test_a_page_of_ten_thousand_is_quick(engine, box, address):
    """Far above what it takes (30 ms): a list that asks for every message fails."""
    mail_user = pwd.getpwnam("mail")
    box.page("INBOX")
    place = engine.root / "boxes" / DOMAIN / address.partition("@")[0] / "Maildir" / "cur"
    for n in range(10_000):
        path = place / f"{1_700_000_000 + n}.{n}.uji:2,"
        path.write_bytes(letter(n, subject=f"Surat {n}"))
        os.chown(path, mail_user.pw_uid, mail_user.pw_gid)
    assert box.page("INBOX").lines[0].count == 1
    start = time.perf_counter()
    page = box.page("INBOX", 5_001)
    assert time.perf_counter() - start < 1
    assert page.lines[0].newest.subject == "Surat 4999"
    assert len(page.lines) == PER_PAGE


def test_a_messages_id_steers_no_search(box):
    box.append("INBOX", letter(1, extra="").replace(b"<1@a.id>", b"<x)(ALL@a.id>"), ())
    box.append("Sent", letter(2))
    assert [one.folder for one in box.conversation("INBOX", 1)] == ["INBOX"]
