"""The mail servers, really: what goes in, what comes out, who is refused; as root and as an ordinary user.

Each refusal stands beside a twin, one step away, that succeeds.
"""

import contextlib
import imaplib
import os
import poplib
import pwd
import re
import signal
import smtplib
import socket
import ssl
import subprocess
import time
from base64 import b64encode
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path

import dkim as verifier
import pytest

from pendopo.mailer import crossed, dkim, limited, space
from pendopo.mailer.kick import kick
from pendopo.mailer.lookups import AppPassword, Mailbox, hashed
from tests.ordinary import SUBORDINATES, USER
from tests.rooms.mailer.engine import (
    ALIAS,
    ANI,
    BUDI,
    DOMAIN,
    HOURLY,
    KECIL,
    SECONDS,
    SECRET,
    TUTUP,
    Post,
    arrived,
    folder,
)
from tests.rooms.mailer.sieve import Sieve

OUTSIDE = "kirim@luar.test"
SEMPIT, PENUH = f"sempit@{DOMAIN}", f"penuh@{DOMAIN}"
PARTS = ("redis", "dovecot", "rspamd", "postfix")  # in order of start
USERS = {"postfix", "dovecot", "dovenull", "_rspamd", "redis", "mail"}
NAMED = re.compile("postfix|dovecot|rspamd|redis|mail|sieve")
GTUBE = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"


def message(subject: str, *, sender: str = ANI, to: str = BUDI, body: str = "Selamat pagi.") -> bytes:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, to, subject
    made["Date"], made["Message-ID"] = format_datetime(datetime.now(UTC)), make_msgid(domain="uji.test")
    made.set_content(body)
    return made.as_bytes()


# In CI tests run as root, and then as an ordinary user of their own too; who works as one has that one.
@pytest.fixture(scope="module", params=["root", "user"] if os.geteuid() == 0 else ["user"])
def post(request):
    before = outside()
    post = Post(folder(), as_user=request.param == "user" and os.geteuid() == 0)
    try:
        post.start()
        post.people()
        post.before = before
        yield post
    finally:
        post.clear()


@pytest.fixture
def budi(post):
    with post.imap(BUDI) as connection:
        yield connection


def outside() -> set[str]:
    """Every file of the machine, outside the temporary folders, that bears a mail server's name or owner."""
    users = {entry.pw_uid for entry in pwd.getpwall() if entry.pw_name in USERS} | set(SUBORDINATES)
    found = set()
    for place in ("/etc", "/home", "/usr", "/run", "/var", "/dev/shm", "/srv", "/opt"):
        for top, folders, files in os.walk(place):
            if top == "/var":
                folders.remove("tmp")
            for path in (f"{top}/{name}" for name in (*folders, *files)):
                with contextlib.suppress(FileNotFoundError):
                    if NAMED.search(path) or os.lstat(path).st_uid in users:
                        found.add(path)
    return found


# In and out


def test_mail_from_outside_lies_in_the_inbox(post, budi):
    with post.smtp() as smtp:
        smtp.sendmail(OUTSIDE, [BUDI], message("dari luar", sender=OUTSIDE))
    source = arrived(budi, "dari luar")
    assert b"Selamat pagi." in source and b"Return-Path: <kirim@luar.test>" in source


def test_an_app_password_sends_over_starttls_and_over_tls_from_the_start(post, budi):
    for number, connect in enumerate((post.submission, post.submissions)):
        with connect() as smtp:
            smtp.sendmail(ANI, [BUDI], message(f"dari Ani {number}"))
        assert arrived(budi, f"dari Ani {number}")


def test_addresses_are_the_same_in_capitals(post, budi):
    with post.submission(ANI.upper()) as smtp:
        smtp.sendmail(ANI.title(), [BUDI.upper()], message("huruf besar"))
    assert arrived(budi, "huruf besar")


def test_an_alias_arrives_and_may_be_sent_from(post):
    with post.submission(BUDI) as smtp:
        smtp.sendmail(BUDI, [ALIAS], message("untuk kepala", sender=BUDI, to=ALIAS))
    with post.imap(ANI) as ani:
        assert arrived(ani, "untuk kepala")
    with post.submission(ANI) as smtp:
        assert smtp.mail(ALIAS)[0] == 250
        assert smtp.rcpt(BUDI)[0] == 250
    with post.submission(BUDI) as smtp:
        assert smtp.mail(ALIAS)[0] == 250
        assert smtp.rcpt(ANI)[0] == 553


def test_an_empty_envelope_bears_nobodys_name(post, budi):
    with post.submission(ANI) as smtp:
        with pytest.raises((smtplib.SMTPDataError, smtplib.SMTPSenderRefused, smtplib.SMTPRecipientsRefused)):
            smtp.sendmail("", [BUDI], message("palsu", sender=BUDI))
        smtp.rset()
        smtp.sendmail(ANI, [BUDI], message("asli"))
    arrived(budi, "asli")
    assert budi.search(None, "SUBJECT", "palsu")[1] == [b""]


def test_pop3_gives_what_imap_holds(post, budi):
    with post.smtp() as smtp:
        smtp.sendmail(OUTSIDE, [BUDI], message("lewat pop", sender=OUTSIDE))
    arrived(budi, "lewat pop")
    pop = post.pop3()
    count, _ = pop.stat()
    assert any(b"Subject: lewat pop" in pop.retr(number + 1)[1] for number in range(count))
    pop.quit()


def test_outgoing_mail_is_signed_with_the_published_key(post):
    with post.submission() as smtp:
        smtp.sendmail(ANI, [OUTSIDE], message("keluar", to=OUTSIDE))
    got = post.sink.got.get(timeout=30)
    ((selector, key),) = dkim.published(post.engine.dkim, DOMAIN)
    assert re.search(rb"^DKIM-Signature: .*d=%s;" % DOMAIN.encode(), got, re.MULTILINE | re.DOTALL)
    assert f"s={selector};".encode() in got
    record = b"v=DKIM1; k=rsa; p=" + b64encode(key)
    assert verifier.verify(got, dnsfunc=lambda name, timeout=5: record)
    assert not verifier.verify(got.replace(b"Selamat", b"Selamet"), dnsfunc=lambda name, timeout=5: record)


# Run as whoever runs the servers: Engine of the home in the arguments as `engine`.
HOME = """
import sys
from datetime import UTC, datetime
from pendopo.mailer import dkim, tls
from pendopo.mailer.engine import Engine
from pendopo.ops import home
engine = Engine.of(home.load(sys.argv[1]))
"""


def run(post, code: str) -> None:
    done = subprocess.run(post.python("-c", HOME + code, str(post.home.root)), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_next_key_signs_when_it_is_its_turn_and_mail_of_the_last_one_still_verifies(post):
    def sent(subject):
        with post.submission() as smtp:
            smtp.sendmail(ANI, [OUTSIDE], message(subject, to=OUTSIDE))
        return post.sink.got.get(timeout=30)

    def signed(got):
        return re.search(rb"^DKIM-Signature: .*?s=(\w+);", got, re.MULTILINE | re.DOTALL)[1].decode()

    old = dkim.signing(post.engine.dkim)[DOMAIN]
    run(post, f"dkim.make(engine.dkim, {DOMAIN!r}, 'p999912')")
    first = sent("sebelum")
    assert signed(first) == old
    run(post, f"dkim.sign(engine.dkim, {DOMAIN!r}, 'p999912')")
    until = time.monotonic() + SECONDS
    while signed(second := sent("sesudah")) != "p999912":  # Rspamd looks for a changed list by and by
        assert time.monotonic() < until
    records = {
        f"{name}._domainkey.{DOMAIN}.".encode(): b"v=DKIM1; k=rsa; p=" + b64encode(key)
        for name, key in dkim.published(post.engine.dkim, DOMAIN)
    }
    for got in (first, second):
        assert verifier.verify(got, dnsfunc=lambda name, timeout=5: records[name])
    run(post, f"dkim.sign(engine.dkim, {DOMAIN!r}, {old!r}); dkim.remove(engine.dkim, {DOMAIN!r}, 'p999912')")


def test_a_new_certificate_is_shown_without_a_break(post, budi):
    """Who is connected stays so; a second time there is nothing to do."""

    def shown(port):
        return ssl.get_server_certificate(("localhost", port), timeout=SECONDS)

    def reloads():
        """How often each server was told, by its own log."""
        words = {"dovecot": "SIGHUP received", "postfix": "reload -- version"}
        return [(post.home.logs / f"{name}.log").read_text().count(said) for name, said in words.items()]

    ports = (post.mail.imaps_port, post.mail.submissions_port)
    old, before = {shown(port) for port in ports}, reloads()
    with post.smtp() as smtp:
        run(post, "(engine.tls / 'server.pem').unlink(); tls.renew(engine, datetime.now(UTC))")
        until = time.monotonic() + SECONDS
        for port in ports:
            while shown(port) in old:
                assert time.monotonic() < until, post.logs()
        smtp.sendmail(OUTSIDE, [BUDI], message("sambungan lama", sender=OUTSIDE))
    assert arrived(budi, "sambungan lama")
    assert len({shown(port) for port in ports}) == 1
    run(post, "tls.renew(engine, datetime.now(UTC))")
    assert reloads() == [count + 1 for count in before]
    with post.imap() as fresh:
        assert arrived(fresh, "sambungan lama")


def test_what_is_handed_over_again_lies_there_once(post, budi):
    """As after a kill between the message on the disk and the answer."""
    first, second = (
        f"Received: by uji.localhost id {number}; Mon, 30 Nov 2026 07:00:00 +0000\n".encode()
        + message("dua kali", sender=OUTSIDE)
        for number in ("4bKx1", "4bKx2")
    )
    for source in (first, first, second):
        assert hand_over(post, source).startswith("250 ")
    arrived(budi, "dua kali")
    assert len(budi.search(None, "SUBJECT", '"dua kali"')[1][0].split()) == 2


def test_what_lies_there_is_known_before_its_note_is_written(post, budi):
    """As after a kill between the message on the disk and the note by which a second one is known."""
    first, second = (
        b"Received: from luar.test (luar.test [192.0.2.1])\n\tby uji.localhost (Postfix) with ESMTP id %s\n"
        b"\tfor <budi.santoso@pns.test>; Mon, 30 Nov 2026 07:00:00 +0000 (UTC)\n"
        % number
        + message("tanpa catatan", sender=OUTSIDE)
        for number in (b"4bKx3", b"4bKx34")
    )
    forget = ("sh", "-c", "rm -v /mnt/boxes/*/budi.santoso/.dovecot.lda-dupes")
    for source in (first, first, second):
        assert hand_over(post, source).startswith("250 ")
        assert space.run(post.engine.root, *forget)
    arrived(budi, "tanpa catatan")
    assert len(budi.search(None, "SUBJECT", '"tanpa catatan"')[1][0].split()) == 2


def hand_over(post, source: bytes, to: str = BUDI, lines: int = 0) -> str:
    """What Dovecot says when Postfix hands it a message (LMTP, RFC 2033), `lines` of three bytes longer."""
    script = (
        "import smtplib\n"
        "with smtplib.LMTP('/mnt/spool/postfix/private/dovecot-lmtp', local_hostname='uji') as lmtp:\n"
        f"    lmtp.ehlo(); lmtp.mail({OUTSIDE!r}); lmtp.rcpt({to!r})\n"
        f"    print(*lmtp.data({source!r} + b'x\\n' * {lines}))\n"
    )
    return space.run(post.engine.root, "python3", "-c", script)


# Who may not


def test_a_wrong_password_opens_nothing(post):
    for connect, refusal in (
        (post.submission, smtplib.SMTPAuthenticationError),
        (post.imap, imaplib.IMAP4.error),
        (post.pop3, poplib.error_proto),
    ):
        connect(BUDI, SECRET)
        with pytest.raises(refusal):
            connect(BUDI, SECRET.upper())


def test_an_ended_app_password_opens_nothing_from_then_on(post):
    post.lookups.put_app_password(AppPassword("hp", ANI, hashed("rahasia telepon")))
    post.imap(ANI, "rahasia telepon").logout()
    post.lookups.remove_app_password("hp")
    with pytest.raises(imaplib.IMAP4.error):
        post.imap(ANI, "rahasia telepon")


def test_connections_to_a_mailbox_are_ended_and_others_go_on(post, budi):
    """By whom the node runs as, and nobody else may."""
    found = post.engine.doveadm.stat()
    assert (found.st_uid, found.st_mode & 0o777) == (USER if post.as_user else os.geteuid(), 0o600)
    ani = post.imap(ANI)
    kick(post.engine, ANI)
    assert ani.readline().startswith(b"* BYE")
    assert budi.noop()[0] == "OK"
    ani.sock.close()
    # Dovecot may hear of somebody only after it was asked who is there: such a one looks as this one does.
    just = post.imap(ANI)
    assert just.noop()[0] == "OK"
    assert just.readline().startswith(b"* BYE")
    just.sock.close()
    assert budi.noop()[0] == "OK"
    with post.imap(ANI) as again:
        assert again.noop()[0] == "OK"


def test_a_held_mailbox_receives_and_does_not_open(post):
    with post.smtp() as smtp:
        smtp.sendmail(OUTSIDE, [TUTUP], message("ditahan", sender=OUTSIDE, to=TUTUP))
    with pytest.raises(imaplib.IMAP4.error):
        post.imap(TUTUP)
    name, secret = post.portal(TUTUP)
    with post.imap(name, secret) as connection:
        assert arrived(connection, "ditahan")


def test_one_sends_as_oneself_only(post):
    with post.submission(ANI) as smtp:
        assert smtp.mail(ANI)[0] == 250 and smtp.rcpt(BUDI)[0] == 250
        smtp.rset()
        assert smtp.mail(BUDI)[0] == 250
        assert smtp.rcpt(BUDI)[0] == 553


def test_the_header_says_who_signed_in(post):
    with post.submission(ANI) as smtp:
        smtp.sendmail(ANI, [BUDI], message("nama sendiri", sender=f"Ani Wati <{ANI.title()}>"))
        smtp.sendmail(ALIAS, [BUDI], message("nama jabatan", sender=ALIAS))
        for other in (BUDI, f'"{ANI}" <{BUDI}>', OUTSIDE, f"{ANI}, {BUDI}"):
            with pytest.raises(smtplib.SMTPDataError) as refused:
                smtp.sendmail(ANI, [BUDI], message("nama lain", sender=other))
            assert refused.value.smtp_code == 554
    with post.smtp() as smtp:
        smtp.sendmail(OUTSIDE, [BUDI], message("milis", sender="daftar@luar.test"))


def test_who_did_not_sign_in_does_not_come_from_us(post):
    with post.smtp() as smtp:
        assert smtp.mail(OUTSIDE)[0] == 250 and smtp.rcpt(BUDI)[0] == 250
        smtp.rset()
        assert smtp.mail(ANI)[0] == 250
        assert smtp.rcpt(BUDI)[0] == 553


def test_nothing_is_passed_on_for_strangers(post):
    with post.smtp() as smtp:
        smtp.mail(OUTSIDE)
        assert smtp.rcpt(BUDI)[0] == 250
        assert smtp.rcpt("orang@lain.test")[0] == 554
    with post.submission() as smtp:
        smtp.mail(ANI)
        assert smtp.rcpt("orang@lain.test")[0] == 250


def test_an_account_sends_so_much_an_hour_and_others_go_on(post):
    with post.submission(*post.portal(KECIL)) as smtp:
        for number in range(HOURLY):
            smtp.sendmail(KECIL, [BUDI], message(f"banyak {number}", sender=KECIL))
        with pytest.raises(smtplib.SMTPDataError) as refused:
            smtp.sendmail(KECIL, [BUDI], message("terlalu banyak", sender=KECIL))
    assert refused.value.smtp_code == 451
    with post.submission() as smtp:
        smtp.sendmail(ANI, [BUDI], message("masih boleh"))
    deadline = time.monotonic() + SECONDS
    while not (noted := limited.waiting(post.engine.limited).get(KECIL)):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert [str(one.client) for one in noted] == ["127.0.0.1"]
    assert (post.engine.limited / KECIL).stat().st_mode & 0o777 == 0o644, "whoever the node runs as reads it"
    limited.heeded(post.engine.limited, KECIL)
    assert limited.waiting(post.engine.limited) == {}


def test_who_is_stopped_or_held_sends_nothing_also_when_connected_already(post):
    with post.submission(BUDI) as smtp:
        for mailbox, answer in (
            (Mailbox(BUDI, sends=False), 550),
            (Mailbox(BUDI, held=True), 550),
            (Mailbox(BUDI), 250),
        ):
            post.lookups.put_mailbox(mailbox)
            smtp.mail(BUDI)
            assert smtp.rcpt(ANI)[0] == answer
            smtp.rset()
            if not mailbox.held:
                post.imap(BUDI).logout()


def test_an_unknown_address_is_refused_at_the_door(post):
    with post.smtp() as smtp:
        smtp.mail(OUTSIDE)
        assert smtp.rcpt(f"tiada@{DOMAIN}")[0] == 550
        assert smtp.rcpt(BUDI.replace("@", "+daftar@"))[0] == 250


def test_no_sign_in_without_tls(post):
    smtp = smtplib.SMTP("localhost", post.mail.submission_port, timeout=30)
    smtp.ehlo()
    assert not smtp.has_extn("auth")
    smtp.starttls(context=post.context)
    smtp.ehlo()
    assert smtp.has_extn("auth")
    smtp.quit()
    imap = FromElsewhere("127.0.0.1", post.mail.imap_port)
    assert "LOGINDISABLED" in imap.capabilities
    with pytest.raises(imaplib.IMAP4.error):
        imap.login(BUDI, SECRET)
    imap.starttls(post.context)
    imap.login(BUDI, SECRET)
    imap.logout()


class FromElsewhere(imaplib.IMAP4):
    """From another address than the server's: what a machine says to itself Dovecot takes for safe."""

    def _create_socket(self, timeout):
        return socket.create_connection((self.host, self.port), timeout, ("127.0.0.2", 0))


def test_spam_is_refused_beside_a_plain_message(post, budi):
    with post.smtp() as smtp:
        smtp.sendmail(OUTSIDE, [BUDI], message("bersih", sender=OUTSIDE))
        with pytest.raises(smtplib.SMTPDataError) as refused:
            smtp.sendmail(OUTSIDE, [BUDI], message("kotor", sender=OUTSIDE, body=GTUBE))
    assert refused.value.smtp_code == 554
    assert arrived(budi, "bersih")
    assert budi.search(None, "SUBJECT", "kotor")[1] == [b""]


# Quota


def test_quota_is_told_over_imap(post):
    with post.imap(BUDI) as budi:
        _, (_, (line,)) = budi.getquotaroot("INBOX")
    assert re.search(rb"\(STORAGE \d+ 256000\)", line)


def test_a_full_mailbox_says_so_at_the_door_first_for_now_then_for_good(post):
    with post.smtp() as smtp:
        assert refusal(smtp, KECIL, size=600_000)[0] == 250
        smtp.sendmail(
            OUTSIDE, [KECIL], message("besar", sender=OUTSIDE, to=KECIL, body=("x" * 70 + "\n") * 10_000)
        )
    with post.imap(KECIL) as kecil:
        arrived(kecil, "besar")
    with post.smtp() as smtp:
        assert refusal(smtp, KECIL, size=600_000)[0] == 452
        assert refusal(smtp, KECIL.replace("@", "+daftar@"), size=600_000)[0] == 452
        assert refusal(smtp, BUDI, size=600_000)[0] == 250
        post.lookups.put_mailbox(Mailbox(KECIL, quota_mb=1, overquota="552 5.2.2 Kotak surat penuh"))
        code, text = refusal(smtp, KECIL, size=600_000)
        assert (code, text) == (552, b"5.2.2 <kecil@pns.test>: Recipient address rejected: Kotak surat penuh")
        assert refusal(smtp, KECIL, size=1_000)[0] == 250
        post.lookups.put_mailbox(Mailbox(KECIL, quota_mb=2))
        assert refusal(smtp, KECIL, size=600_000)[0] == 250


def test_who_says_no_size_is_taken_whole_while_there_is_room_and_not_after(post):
    post.lookups.put_mailbox(Mailbox(SEMPIT, quota_mb=1))
    big = message("tanpa ukuran", sender=OUTSIDE, to=SEMPIT, body=("x" * 70 + "\n") * 16_000)
    with post.smtp() as smtp:
        assert refusal(smtp, SEMPIT, size=len(big))[0] == 452
        assert unsized(smtp, SEMPIT)[0] == 250
        assert smtp.data(big)[0] == 250
    with post.imap(*post.portal(SEMPIT)) as sempit:
        arrived(sempit, "tanpa ukuran")
    with post.smtp() as smtp:
        assert unsized(smtp, BUDI)[0] == 250
        smtp.rset()
        assert unsized(smtp, SEMPIT)[0] == 452


def test_what_fills_up_is_noted_for_the_portal(post):
    post.lookups.put_mailbox(Mailbox(PENUH, quota_mb=1))
    notes = post.engine.crossed
    for lines, level in ((200_000, None), (90_000, 80), (90_000, 100)):
        assert hand_over(post, message(f"isi {level}", to=PENUH), PENUH, lines).startswith("250 ")
        assert level is None or noted(post, level)
    assert (notes / PENUH).stat().st_mode & 0o004, "the portal's user is another"
    crossed.heeded(notes, PENUH)
    assert PENUH not in crossed.waiting(notes)


def noted(post, level: int) -> bool:
    """Dovecot does not wait for the note to be written."""
    deadline = time.monotonic() + SECONDS
    while crossed.waiting(post.engine.crossed).get(PENUH) != level:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def unsized(smtp: smtplib.SMTP, to: str) -> tuple[int, bytes]:
    smtp.mail(OUTSIDE)
    return smtp.rcpt(to)


def refusal(smtp: smtplib.SMTP, to: str, size: int) -> tuple[int, bytes]:
    """What the door says of a message of `size` bytes, which is not sent."""
    smtp.mail(OUTSIDE, [f"SIZE={size}"])
    answer = smtp.rcpt(to)
    smtp.rset()
    return answer


# Filters, and the portal's own way in


def test_a_filter_put_by_managesieve_sorts_what_comes(post):
    sieve = Sieve(post.mail.sieve_port, post.context, ANI, SECRET)
    sieve.put(
        "saring",
        b'require ["fileinto", "mailbox"];\n'
        b'if header :contains "subject" "surat dinas" { fileinto :create "Dinas"; }\n',
    )
    with post.smtp() as smtp:
        smtp.sendmail(OUTSIDE, [ANI], message("surat dinas 1", sender=OUTSIDE, to=ANI))
        smtp.sendmail(OUTSIDE, [ANI], message("surat biasa 1", sender=OUTSIDE, to=ANI))
    with post.imap(ANI) as ani:
        assert arrived(ani, "surat biasa 1")
        assert ani.search(None, "SUBJECT", '"surat dinas"')[1] == [b""]
        assert arrived(ani, "surat dinas 1", "Dinas")


def test_the_portal_opens_a_mailbox_with_a_token_for_it(post):
    name, secret = post.portal(BUDI)
    with post.imap(name, secret) as connection:
        assert connection.select("INBOX")[0] == "OK"
    with post.submission(name, secret) as smtp:
        assert smtp.mail(BUDI)[0] == 250 and smtp.rcpt(ANI)[0] == 250
        smtp.rset()
        assert smtp.mail(ANI)[0] == 250 and smtp.rcpt(BUDI)[0] == 553
    for wrong in ((ANI, secret), post.portal(f"tiada@{DOMAIN}"), (BUDI, str(secret))):
        with pytest.raises(imaplib.IMAP4.error):
            post.imap(*wrong)
    with pytest.raises(smtplib.SMTPAuthenticationError):
        post.submission(ANI, secret)


# What they are on the machine


def test_what_is_killed_comes_back_and_mail_flows_on(post):
    for name in PARTS:
        before = len(post.lines)
        os.kill(post.part(name), signal.SIGKILL)
        post.until(f"{name} ready", post.until(f"{name} died signal 9", before))
    with post.submission() as smtp:
        smtp.sendmail(ANI, [BUDI], message("sesudah mati"))
    with post.imap(BUDI) as budi:
        assert arrived(budi, "sesudah mati")


def test_they_stop_in_reverse_order_and_leave_nothing(post):
    assert len(inhabitants(post)) > len(PARTS)
    assert post.stop() == [*(f"{name} stopped" for name in reversed(PARTS)), "clean"]
    assert inhabitants(post) == []
    assert outside() - post.before == set()


def inhabitants(post) -> list[str]:
    """The processes that see the machine as the servers do."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"{post.engine.root} /mnt " in (process / "mountinfo").read_text():
                found.append((process / "cmdline").read_text().replace("\0", " "))
    return found
