"""The keys that sign outgoing mail: the next one made in time, signing once its record is published."""

import html
import os
import re

import pytest

DOMAIN = "pns.uji.go.id"
DOMAIN_PAGE, KEY = "/surel/kantor/domain/", "/surel/kantor/domain/kunci/"


@pytest.fixture
def desk(office, client):
    return client(office.admin)


@pytest.fixture
def folder(django_home):
    """Where the domain's keys lie: empty, as before the mail servers have started once."""
    import shutil

    from pendopo.pnsmail.service import engine

    folder = engine().dkim
    engine().root.mkdir(exist_ok=True)
    kept = folder.rename(folder.with_name("dkim.kept")) if folder.exists() else None
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
    if kept:
        kept.rename(folder)


@pytest.fixture
def signing(folder):
    """The domain's keys: one that signs since half a year and a day."""
    from datetime import timedelta
    from types import SimpleNamespace

    from django.utils import timezone

    from pendopo.mailer import dkim
    from pendopo.pnsmail.domains import rules, signing

    old = rules.selector(timezone.localdate() - timedelta(days=200))
    dkim.make(folder, DOMAIN, old)
    dkim.sign(folder, DOMAIN, old)

    def aged(days):
        at = (timezone.now() - timedelta(days=days)).timestamp()
        os.utime(folder / dkim.MAP, (at, at))

    aged(181)
    return SimpleNamespace(
        old=old, new=rules.selector(timezone.now().date()), aged=aged, job=signing.rotate, keys=signing.keys,
        signs=lambda: dkim.signing(folder)[DOMAIN],
    )  # fmt: skip


def test_the_domains_records_are_ready_to_paste(desk, folder):
    """The key's record too, once the servers have one."""
    from pendopo.mailer import dkim

    def page():
        return html.unescape(desk.get(DOMAIN_PAGE).content.decode())

    for line in ("pns.uji.go.id. IN MX 10 uji.localhost.", "_dmarc.pns.uji.go.id. IN TXT"):
        assert line in page(), line
    assert "_domainkey" not in page()
    dkim.make(folder, DOMAIN, "p202611")
    assert 'p202611._domainkey.pns.uji.go.id. IN TXT "v=DKIM1; k=rsa; p=MII' in page()


def test_the_next_signing_key_takes_over_when_its_record_is_published(office, desk, signing, on_commit):
    """Without DNS the administrator says so; who may not is refused."""
    from pendopo.ground.audit.models import Line
    from pendopo.ground.delivery.models import NoticeSend

    def page():
        return html.unescape(desk.get(DOMAIN_PAGE).content.decode())

    def told():
        return NoticeSend.objects.filter(
            account=office.admin, notice__kind="pnsmail.key", seen_at=None
        ).count()

    assert "Tidak ada kunci" in desk.post(KEY, follow=True).content.decode()
    signing.aged(179)
    with on_commit():
        signing.job()
    assert signing.keys().next is None and not told()
    signing.aged(181)
    for _ in range(2):
        with on_commit():
            signing.job()
    assert (signing.signs(), signing.keys().next, told()) == (signing.old, signing.new, 1)
    for name in (signing.old, signing.new):
        assert f'{name}._domainkey.pns.uji.go.id. IN TXT "v=DKIM1' in page()
    with on_commit():
        assert desk.post(KEY)["Location"] == DOMAIN_PAGE
    assert signing.signs() == signing.new and not told()
    (line,) = Line.objects.filter(act="pnsmail.key.sign", outcome="done")
    assert line.detail["before"] == signing.old and line.actor["account"] == str(office.admin.pk)
    assert "tetap terbit sampai" in page() and f"{signing.old}._domainkey.pns.uji.go.id. IN" in page()
    signing.aged(15)
    assert "boleh dihapus" in page() and f"{signing.old}._domainkey.pns.uji.go.id. IN" not in page()


def test_who_looks_after_no_mail_changes_no_key(office, client, folder, signing, on_commit):
    from pendopo.mailer import dkim

    dkim.make(folder, DOMAIN, signing.new)
    plain = client(office.account("Petrus Lalu", "199005052016031005"))
    with on_commit():
        assert plain.post(KEY).status_code == 403
    assert signing.signs() == signing.old


def test_with_dns_the_key_changes_over_only_once_its_record_is_seen(
    office, desk, signing, on_commit, zone, monkeypatch
):
    """The job does it by itself; a press before that says what is missing."""
    from dataclasses import replace

    from django.conf import settings

    from pendopo.pnsmail.domains.signing import record

    home = settings.HOME
    monkeypatch.setattr(settings, "HOME", replace(home, mail=replace(home.mail, dns=True)))
    with on_commit():
        signing.job()
        signing.job()
    wanted = record(signing.new)
    for values in ([], [wanted.value[:-20]], [wanted.value, "v=DKIM1; p="]):
        zone[wanted.name, "TXT"] = values
        with on_commit():
            signing.job()
        assert "DNS belum memuat" in html.unescape(desk.post(KEY, follow=True).content.decode())
        assert signing.signs() == signing.old
    zone[wanted.name, "TXT"] = [wanted.value]
    zone["pns.uji.go.id", "MX"] = ["10 uji.localhost."]
    zone["autoconfig.pns.uji.go.id", "CNAME"] = ["lain.id."]
    shown = desk.get(f"{DOMAIN_PAGE}?periksa=1").content.decode()
    row = r'class="anywhere">([^<]+)</th><td[^>]*>([^<]+)</td>.*?<span class="tag[^"]*">([^<]+)<'
    states = {(name, kind): state for name, kind, state in re.findall(row, shown, re.S)}
    assert states[wanted.name, "TXT"] == states["pns.uji.go.id", "MX"] == "terbit"
    assert states["autoconfig.pns.uji.go.id", "CNAME"] == "isinya lain"
    assert states["_dmarc.pns.uji.go.id", "TXT"] == "belum ada"
    with on_commit():
        signing.job()
    assert signing.signs() == signing.new


@pytest.fixture
def zone(monkeypatch):
    """A DNS server on this machine: name and kind → values; other names do not exist."""
    import socketserver
    import threading

    import dns.flags
    import dns.message
    import dns.rcode
    import dns.rdatatype
    import dns.resolver
    import dns.rrset

    records = {}

    class Answer(socketserver.BaseRequestHandler):
        def handle(self):
            asked = dns.message.from_wire(self.request[0])
            answer = dns.message.make_response(asked)
            (one,) = asked.question
            name, kind = one.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(one.rdtype)
            if values := records.get((name, kind)):
                texts = [cut(value) if kind == "TXT" else value for value in values]
                answer.answer.append(dns.rrset.from_text_list(one.name, 60, "IN", kind, texts))
            else:
                answer.set_rcode(dns.rcode.NXDOMAIN)
            self.request[1].sendto(answer.to_wire(max_size=4096), self.client_address)

    def cut(value):
        return " ".join(f'"{value[at : at + 255]}"' for at in range(0, len(value), 255))

    with socketserver.ThreadingUDPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        ours = dns.resolver.Resolver(configure=False)
        ours.nameservers, ours.port = ["127.0.0.1"], server.server_address[1]
        monkeypatch.setattr(dns.resolver, "default_resolver", ours)
        yield records
        server.shutdown()


def test_a_dns_that_does_not_answer_is_no_answer(monkeypatch):
    import dns.resolver

    from pendopo.pnsmail.domains import resolver
    from pendopo.pnsmail.domains.rules import Record
    from tests.ports import free_port

    nobody = dns.resolver.Resolver(configure=False)
    nobody.nameservers, nobody.port = ["127.0.0.1"], free_port()
    monkeypatch.setattr(dns.resolver, "default_resolver", nobody)
    monkeypatch.setattr(resolver, "SECONDS", 0.1)
    assert resolver.look([Record("MX", "pns.uji.go.id", "10 uji.localhost.")]) == [None]
