"""MANTRA: sources, services, drafts, requests and agreements of either side, in every state a page shows."""

import re
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from unittest import mock

from browser.rooms.ground import press
from browser.walk import Page, Route

ROLES = ("administrator", "manager", "provider", "requester", "supervisor")


def gateway(home):
    """Stands where the gateway stands, on the key files it would read: no gateway runs under these pages."""
    from pendopo.core import strict
    from pendopo.core.keys import SigningKey
    from pendopo.ground.nodes.drawer import Drawer

    def now():
        drawer = Drawer(home)
        for path in home.keys.glob("*.json"):
            body = strict.loads(path.read_bytes())
            key = SigningKey.from_seed(body["owner"], body["use"], strict.b64d(body["seed"]))
            drawer.keys[key.thumb] = key
        return drawer

    return now


def seed(seeded):
    from django.conf import settings
    from django.db import transaction

    from pendopo.ground.nodes import reads

    with ExitStack() as patched:
        patched.enter_context(mock.patch.object(reads, "gateway", gateway(settings.HOME)))
        patched.enter_context(mock.patch.object(transaction, "on_commit", lambda run, *_, **__: run()))
        _seed(seeded, settings.HOME)


def _seed(seeded, home):
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.nodes import actions as nodes
    from tests.rooms.mantra.nation import Nation, population

    own, foreign = seeded.objects["agency"], seeded.foreign["agency"]
    nodes.host(foreign, actor=Actor.system(own, via="cli"))
    people = {
        agency.code: dict.fromkeys(ROLES, account)
        for agency, account in ((own, seeded.accounts["admin"]), (foreign, seeded.accounts["foreign"]))
    }
    nation, mirror = Nation(home, own, foreign, people), Nation(home, foreign, own, people)
    tables = [home.sources / agency.code / "penduduk.db" for agency in (own, foreign)]
    for table in tables:
        if not table.exists():
            population(table)
    providing(seeded.objects, nation, tables[0])
    requesting(seeded.objects, mirror, tables[1])
    seeded.words += ["Kartu keluarga uji", "Pemeliharaan sampai pukul 18.00"]


def providing(objects, nation, table: Path):
    """What the own agency offers, and what the tax office does with it."""
    from django.utils import timezone

    from pendopo.mantra.agreements import actions as agreements
    from pendopo.mantra.monitoring.log import read_entries
    from pendopo.mantra.monitoring.models import Transaction
    from pendopo.mantra.services import actions as services

    own = nation.dukcapil
    provider, manager = nation.actor(own, "provider"), nation.actor(own, "manager")
    objects["service"] = service = nation.publish(table)
    objects["source"] = service.source
    objects["system"] = service.subsystem
    objects["drifted"] = drifted = nation.publish(
        table, title="Kartu keluarga", code="keluarga", title_en="Family cards"
    )
    drifted.drift = {"missing": ["alamat"], "retyped": [["tgl_lahir", "date", "text"]]}
    drifted.save()
    services.disable(drifted, notice_text="Pemeliharaan sampai pukul 18.00 WITA", actor=provider)
    objects["spare_system"] = nation.system(own, "arsip")
    objects["spare_source"] = nation.source(table)
    objects["draft"] = nation.draft(objects["spare_source"], title="Kartu keluarga uji", code="kk-uji",
                                    subsystem=str(objects["system"].pk))  # fmt: skip
    begun = nation.draft(nation.source(table))
    begun.spec = {}
    begun.save()
    objects["begun"] = begun
    columns = ("nik", "nama_lengkap", "tgl_lahir", "alamat", "status_kawin")
    objects["open"] = nation.received(nation.ask(service, columns))
    objects["second"] = nation.received(nation.ask(service, ("nik",)))
    refused = nation.received(nation.ask(service, ("nama_lengkap",)))
    agreements.refuse(refused, reason="Dasar hukumnya sudah berakhir.", actor=manager)
    objects["refused"] = refused
    objects["agreement"], _ = nation.both(
        nation.grant(nation.ask(service), limits=nation.limits(per_day=10_000))
    )
    objects["ending"], _ = nation.both(nation.grant(nation.ask(service), limits=nation.limits(until=_in(12))))
    suspended, _ = nation.both(nation.grant(nation.ask(service)))
    agreements.suspend(suspended, reason="Menunggu hasil audit.", actor=manager)
    objects["suspended_agreement"] = suspended
    nation.post()
    now = timezone.now()
    read_entries(
        [
            nation.carried(objects["agreement"], rows=at % 7, when=now - timedelta(minutes=11 * at), seq=at,
                           fault="agreement.quota" if at % 9 == 4 else None)
            for at in range(60)
        ]
    )  # fmt: skip
    objects["transaction"] = Transaction.objects.filter(agency=own, kind="exchange").first()
    objects["refusal"] = Transaction.objects.filter(agency=own, kind="refusal").first()


def requesting(objects, mirror, table: Path):
    """What the own agency asks of the tax office."""
    from pendopo.mantra.agreements import actions as agreements
    from pendopo.mantra.agreements.models import AccessRequest, Agreement

    service = mirror.publish(table, system="spt", title="Status wajib pajak", code="status-wp")
    objects["their_service"] = service.path
    asked = {"system": "siak", "basis": {"kind": "PKS", "no": "77/PRIVAT/2026", "date": "2026-02-01"}}
    offered = mirror.grant(mirror.ask(service, **asked), limits=mirror.limits(per_day=60_000))
    objects["offer"] = Agreement.objects.get(number=offered.number, side="requester")
    used = mirror.grant(mirror.ask(service, **asked))
    objects["used"] = Agreement.objects.get(number=used.number, side="requester")
    objects["asked"] = mirror.ask(service, **asked)
    no = mirror.ask(service, **asked)
    agreements.refuse(
        mirror.received(no), reason="Tidak ada dasarnya.", actor=mirror.actor(mirror.dukcapil, "manager")
    )
    mirror.post()
    objects["asked_refused"] = AccessRequest.objects.get(pk=no.pk)


def _in(days: int):
    from pendopo.mantra.agreements.rules import today

    return today() + timedelta(days=days)


def hold(page):
    """Hold one column back: the page counts anew by itself."""
    page.locator("input[name='c.nama_lengkap'][value=hold]").check()
    page.get_by_text("1 tidak keluar").wait_for()


def token(page):
    """Make a token, the first or a further one."""
    with page.expect_navigation():
        page.get_by_role("button", name=re.compile("^Buat token")).click()


def limits(page):
    """Unfold the limits."""
    page.get_by_text("Ubah batas").click()


W = "/mantra/sumber/hubungkan"
THEIRS = "/mantra/katalog/{their_service}/"

PAGES = [
    Page("/mantra/sumber/"),
    Page("/mantra/sumber/{source}/"),
    Page("/mantra/sumber/{source}/alamat/"),
    Page("/mantra/sumber/{source}/alamat/", "admin", "salah",
         lambda page: (page.get_by_label("Letak berkas").fill(""), press("Uji dan simpan")(page))),
    Page("/mantra/sumber/{spare_source}/hapus/"),
    Page(f"{W}/"),
    Page(f"{W}/", "admin", "salah", press("Lanjutkan")),
    Page(W + "/{draft}/jenis/"),
    Page(W + "/{draft}/alamat/"),
    Page(W + "/{draft}/tabel/"),
    Page(W + "/{begun}/tabel/", "admin", "salah", press("Lanjutkan")),
    Page(W + "/{draft}/kolom/"),
    Page(W + "/{draft}/batas/"),
    Page(W + "/{draft}/batas/", "admin", "salah",
         lambda page: (page.get_by_label("Nama layanan").fill(""), press("Lanjutkan")(page))),
    Page(W + "/{draft}/periksa/"),
    Page(W + "/{draft}/buang/"),
    Page("/mantra/layanan/"),
    Page("/mantra/layanan/{service}/"),
    Page("/mantra/layanan/{drifted}/"),
    Page("/mantra/layanan/{service}/openapi/"),
    Page("/mantra/layanan/{service}/tutup/"),
    Page("/mantra/layanan/{service}/tutup/", "admin", "salah", press("Tutup layanan")),
    Page("/mantra/katalog/"),
    Page("/mantra/katalog/?q=zzz"),
    Page(THEIRS),
    Page(THEIRS + "minta/"),
    Page(THEIRS + "minta/", "admin", "salah", press("Tanda tangani dan kirim")),
    Page("/mantra/permintaan/"),
    Page("/mantra/permintaan/{open}/"),
    Page("/mantra/permintaan/{open}/", "admin", "tahan", hold),
    Page("/mantra/permintaan/{open}/", "admin", "batas", limits),
    Page("/mantra/permintaan/{open}/", "admin", "semua", press("Beri semua 5 kolom…")),
    Page("/mantra/permintaan/{open}/tolak/"),
    Page("/mantra/permintaan/{refused}/"),
    Page("/mantra/sambungan/"),
    Page("/mantra/sambungan/{asked}/"),
    Page("/mantra/sambungan/{asked_refused}/"),
    Page("/mantra/perjanjian/"),
    Page("/mantra/perjanjian/{agreement}/"),
    Page("/mantra/perjanjian/{suspended_agreement}/"),
    Page("/mantra/perjanjian/{offer}/"),
    Page("/mantra/perjanjian/{used}/"),
    Page("/mantra/perjanjian/{agreement}/riwayat/"),
    Page("/mantra/perjanjian/{agreement}/cabut/"),
    Page("/mantra/perjanjian/{agreement}/cabut/", "admin", "salah", press("Cabut akses")),
    Page("/mantra/transaksi/"),
    Page("/mantra/transaksi/?show=refused"),
    Page("/mantra/transaksi/{transaction}/"),
    Page("/mantra/transaksi/{refusal}/"),
    Page("/mantra/bukti/"),
    Page("/mantra/bukti/", "admin", "salah", press("Unduh bukti")),
    Page("/mantra/sistem/"),
    Page("/mantra/sistem/baru/"),
    Page("/mantra/sistem/baru/", "admin", "salah", press("Tambahkan sistem")),
    Page("/mantra/sistem/{system}/"),
    Page("/mantra/sistem/{spare_system}/", "admin", "token", token),
    Page("/mantra/sistem/{spare_system}/hapus/"),
]  # fmt: skip

_theirs = {"instance": "ID", "cls": "GOV", "agency": "DJP", "subsystem": "spt", "code": "status-wp"}
_ours = _theirs | {"agency": "DUKCAPIL", "subsystem": "siak", "code": "penduduk"}
_why = {"reason": "Uji"}
_request = {
    "subsystem": "{system}",
    "columns": ["nik"],
    "per_day": "100",
    "note": "Pencocokan wajib pajak",
    "until": (date.today() + timedelta(days=300)).isoformat(),
    "purposes": ["TJ-04"],
    "basis_kind": "PKS",
    "basis_no": "1/2026",
    "basis_date": "2026-01-02",
}


def _object(name, of, post=None, **more):
    return Route(f"mantra:{name}", "object", {"id": of}, post, **more)


ROUTES = [
    Route("mantra:home", "agency"),
    Route("mantra:sources", "agency"),
    _object("source", "source"),
    _object("source-address", "source", {}),
    _object("source-remove", "spare_source", {}),
    _object("source-service", "source", {}),
    Route("mantra:connect", "agency", post={"kind": "sqlite"}),
    *(
        _object(f"connect-{step}", "draft", {"table": "0"} if step == "table" else {})
        for step in ("kind", "address", "table", "columns", "limits", "check")
    ),
    _object("connect-discard", "draft", {}),
    Route("mantra:services", "agency"),
    _object("service", "service"),
    _object("service-openapi", "service"),
    _object("service-openapi-file", "service"),
    _object("service-version", "service", {}),
    _object("service-schema", "service", {}),
    _object("service-disable", "service", _why),
    _object("service-enable", "drifted", {}),
    Route("mantra:catalogue", "agency"),
    Route("mantra:listed", "agency", _theirs),
    Route("mantra:listed-openapi-file", "agency", _theirs),
    Route("mantra:ask", "agency", _theirs, _request, theirs=_ours),
    Route("mantra:requests", "agency"),
    _object("request", "open"),
    _object("request-approve", "open", {}),
    _object("request-refuse", "second", _why),
    Route("mantra:connections", "agency"),
    _object("asked", "asked"),
    Route("mantra:agreements", "agency"),
    _object("agreement", "agreement"),
    _object("agreement-history", "agreement"),
    _object("agreement-accept", "offer", {}),
    _object("agreement-decline", "offer", _why),
    _object("agreement-suspend", "agreement", _why),
    _object("agreement-resume", "suspended_agreement", {}),
    _object("agreement-revoke", "agreement", _why),
    Route("mantra:transactions", "agency"),
    _object("transaction", "transaction"),
    Route("mantra:evidence", "agency", post={"exchange": "{own_exchange}"}),
    Route("mantra:subsystems", "agency"),
    Route(
        "mantra:subsystem-new", "agency", post={"name": "Arsip baru", "code": "arsip-baru", "auth": "none"}
    ),
    _object("subsystem", "system"),
    _object("subsystem-token", "system", {}),
    _object("subsystem-auth", "system", {"auth": "none"}),
    _object("subsystem-remove", "spare_system", {}),
]
