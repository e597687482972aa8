"""PNSBox: a network with sites in every state of their boxes, and a policy."""

from ipaddress import ip_network

from browser.rooms.ground import press
from browser.walk import Page, Route

URL = "https://jaringan.ende.go.id"


def seed(seeded):
    from pendopo.ground.accounts.actor import Actor

    foreign = Actor.of(seeded.accounts["foreign"], seeded.foreign["agency"])
    _network(foreign, "pajak", "10.32.0.0/16")
    objects = seeded.objects
    officer = Actor.of(seeded.accounts["admin"], objects["agency"])
    objects["network"] = network = _network(officer, "ende", "10.64.0.0/12")
    _sites(objects, network, officer)
    _policy(objects, network, officer)
    objects["number"] = seeded.accounts["nobody"].username
    seeded.words += ["Kantor Camat Wewaria", "wewaria", "Rambu 0812-3333-4444", "SK 14/2026"]


def _network(officer, code, pool):
    from pendopo.pnsbox.sites import actions

    return actions.create_network(
        code=code, name=f"Jaringan {code.title()}", pool4=ip_network(pool), pool6=ip_network("fd00:64::/48"),
        urls=[URL], actor=officer,
    )  # fmt: skip


def _sites(objects, network, officer):
    from django.utils import timezone

    from pendopo.ground.directory.models import Agency
    from pendopo.pnsbox.boxes import actions as boxes
    from pendopo.pnsbox.boxes.models import Box
    from pendopo.pnsbox.sites import actions
    from pendopo.pnsbox.viewers import actions as viewers

    def site(code, name, number=0, of=objects["agency"], **more):
        made = actions.add_site(
            network, code=code, name=name, of=of, machines=40, groups=["camat"],
            isp="Nusanet", phone="Rambu 0812-3333-4444", actor=officer, **more,
        )  # fmt: skip
        if number:
            _enrol(made, number, officer)
        return made

    objects["site"] = sound = site("wewaria", "Kantor Camat Wewaria", 901, place="Wewaria, Ende")
    objects["silent_site"] = silent = site("detusoko", "Kantor Camat Detusoko", 902)
    stolen = site("maurole", "Kantor Camat Maurole", 903)
    objects["waiting_site"] = site("nangapanda", "Kantor Camat Nangapanda")
    objects["spare_site"] = site("kotabaru", "Kantor Camat Kotabaru")
    village = Agency(code="ID/GOV/DESA-NITA", name="Desa Nita")  # that lives on no node
    objects["village_site"] = site("nita", "Kantor Desa Nita", of=village)
    viewers.let_look(objects["village_site"], objects["suspended"].username, actor=officer)
    actions.remove_site(site("lama", "Kantor Camat Lama"), actor=officer)
    line = {"name": "cadangan", "interface": "eth2", "isp": "Satelit", "phone": "Dus 0811", "actor": officer}
    objects["line"] = boxes.add_line(sound, **line)
    address = str(sound.blocks.first().cidr[10])
    objects["host"] = actions.name_host(sound, "gerbang", address, actor=officer)
    objects["box"], objects["silent_box"], objects["stolen_box"] = (
        Box.objects.get(site=one) for one in (sound, silent, stolen)
    )
    boxes.quarantine_box(objects["stolen_box"], actor=officer)
    now = timezone.now()
    peer = {
        "box": str(objects["silent_box"].pk), "line": "utama", "handshake": int(now.timestamp()) - 20,
        "up": True, "ms": 24, "loss": 2, "in_use": True, "received": 1_300_000, "sent": 42_000,
        "relay": str(objects["stolen_box"].pk), "wants": False,
    }  # fmt: skip
    report = {
        "serial": 1,
        "state": "undone",
        "undone": {"serial": 2, "why": "box.cut_off"},
        "lines": [{"name": "utama", "up": True}, {"name": "cadangan", "up": False}],
        "peers": [peer],
    }
    Box.objects.filter(pk=objects["box"].pk).update(
        report=report, reported_at=now, capabilities={"wireguard": "go", "names": "box.port_taken"}
    )
    Box.objects.filter(pk=objects["silent_box"].pk).update(
        report=report | {"peers": []}, reported_at=now - timezone.timedelta(hours=3)
    )
    _past(objects, network, now)


def _past(objects, network, now):
    """A day of figures with a gap, a trouble that lasts and one that is over."""
    from datetime import timedelta

    from pendopo.pnsbox.health import samples
    from pendopo.pnsbox.health.models import Sample, Trouble

    first = samples.begin(now) - 287 * samples.SPAN
    Sample.objects.bulk_create(
        Sample(
            box=objects["box"], line="utama", at=first + at * samples.SPAN, up=at != 90, ms=20 + at % 17,
            loss=at % 40 // 13, received=at * 90_000, sent=at * 30_000,
        )
        for at in range(288)
        if not 100 < at < 120
    )  # fmt: skip
    site = objects["silent_site"]
    facts = {
        "name": site.name, "line": "utama", "isp": "Nusanet", "phone": "Rambu 0812-3333-4444", "near": 1,
        "hear_it": 0, "many": 0, "of": 0, "why": "",
    }  # fmt: skip
    kept = {"agency": network.agency, "network": network, "site": site, "key": f"silent:{site.pk}:"}
    kept |= {"kind": "silent", "cause": "line", "facts": facts}
    since = now - timedelta(hours=3)
    Trouble.objects.create(**kept, since=since, told_at=since)
    long_ago = now - timedelta(days=2)
    Trouble.objects.create(
        **kept, since=long_ago, told_at=long_ago, ended_at=long_ago + timedelta(minutes=28)
    )


def _enrol(site, number, officer):
    from pendopo.ground.accounts.actor import Actor
    from pendopo.pnsbox.boxes import actions
    from tests.rooms.pnsbox.land import keys

    pub, _secret, wg = keys(number)
    code = actions.make_code(site, actor=officer)
    actions.enrol(code=code, box_key=pub, wg_key=wg, capabilities={}, actor=Actor.system(via="wire"))


def _policy(objects, network, officer):
    from pendopo.pnsbox.reach import actions

    for name, protocol, ports in (("mantra", "tcp", [(5500, 5500)]), ("web", "tcp", [(80, 80), (443, 443)]),
                                  ("ping", "icmp", [])):  # fmt: skip
        actions.keep_service(network, name=name, protocol=protocol, ports=ports, actor=officer)
    objects["spare_service"] = network.services.get(name="web")
    objects["rule"] = actions.add_rule(
        network, sources=["wewaria"], destinations=["detusoko"], services=["mantra"], note="SK 14/2026",
        actor=officer,
    )  # fmt: skip
    objects["spare_rule"] = actions.add_rule(
        network, sources=["camat"], destinations=["camat"], services=["ping"], actor=officer
    )


_rule = {"sources": "wewaria", "destinations": "detusoko", "services": ["mantra"], "note": "", "save": "1"}
J = "/jaringan"


def written(page):
    """A rule with a name that stands for nothing, asked what it changes."""
    page.get_by_label("Siapa").fill("kantor")
    press("Lihat akibatnya")(page)


def moved(page):
    """A rule that leads to another site, asked what it cuts and opens."""
    page.get_by_label("boleh mencapai").fill("maurole")
    press("Lihat akibatnya")(page)


PAGES = [
    Page(f"{J}/"),
    Page(f"{J}/gangguan/"),
    Page(f"{J}/baru/"),
    Page(f"{J}/alamat/"),
    Page(f"{J}/lokasi/"),
    Page(f"{J}/lokasi/baru/"),
    Page(f"{J}/lokasi/baru/", "admin", "salah", press("Tambahkan lokasi")),
    Page(J + "/lokasi/{site}/"),
    Page(J + "/lokasi/{waiting_site}/"),
    Page(J + "/lokasi/{site}/ubah/"),
    Page(J + "/lokasi/{site}/nama/"),
    Page(J + "/lokasi/{village_site}/pengamat/"),
    Page(J + "/lokasi/{site}/pengamat/"),
    Page(J + "/saluran/{line}/"),
    Page(f"{J}/lembar/"),
    Page(f"{J}/lembar/", "admin", "cetak", press("Buat lembarnya")),
    Page(J + "/kotak/{box}/"),
    Page(J + "/kotak/{silent_box}/"),
    Page(J + "/kotak/{stolen_box}/"),
    Page(J + "/kotak/{box}/kunci/"),
    Page(J + "/kotak/{box}/putus/"),
    Page(f"{J}/kebijakan/"),
    Page(J + "/kebijakan/{rule}/"),
    Page(J + "/kebijakan/{rule}/", "admin", "akibat", moved),
    Page(J + "/kebijakan/{rule}/", "admin", "salah", written),
    Page(J + "/kebijakan/{rule}/cabut/"),
    Page(f"{J}/kebijakan/matriks/"),
    Page(f"{J}/kebijakan/mengapa/?source=wewaria&destination=detusoko&service=mantra"),
    Page(f"{J}/layanan/"),
]


def _object(name, of, post=None, **more):
    return Route(f"pnsbox:{name}", "object", {"id": of}, post, **more)


ROUTES = [
    Route("pnsbox:home", "agency"),
    Route("pnsbox:troubles", "agency"),
    Route("pnsbox:network-new", "agency", post={
        "name": "Jaringan Dua", "code": "dua", "url": URL, "pool4": "10.0.0.0/16", "pool6": "fd00:2::/48",
    }),
    Route("pnsbox:addresses", "agency"),
    Route("pnsbox:sites", "agency"),
    Route("pnsbox:site-new", "agency", post={
        "name": "Kantor Camat Baru", "code": "baru", "of": "ID/GOV/DUKCAPIL", "machines": "20", "wan": "eth0",
        "lan": "eth1",
    }),
    _object("site", "site"),
    _object("site-edit", "site", {"name": "Kantor Camat W.", "lan": "eth2"}),
    _object("site-remove", "spare_site", {}),
    _object("viewers", "village_site", {"number": "{number}"}),
    _object("host-new", "site", {"name": "berkas", "address": "10.64.0.9"}),
    _object("host-remove", "host", {}),
    _object("line-new", "site", {"name": "ketiga", "interface": "eth3"}),
    _object("line", "line", {"phone": "Dus 0812"}),
    _object("line-remove", "line", {}),
    Route("pnsbox:waiting", "agency"),
    Route("pnsbox:sheets", "agency", post={"site": "{waiting_site}"}),
    _object("box", "box"),
    _object("box-key", "box", {}),
    _object("box-quarantine", "box", {}),
    Route("pnsbox:policy", "agency"),
    Route("pnsbox:rule-new", "agency", post=_rule),
    _object("rule", "rule", _rule | {"note": "SK 15/2026"}),
    _object("rule-remove", "rule", {}),
    Route("pnsbox:matrix", "agency"),
    Route("pnsbox:why", "agency"),
    Route("pnsbox:services", "agency", post={"name": "dns", "protocol": "udp", "ports": "53"}),
    _object("service-remove", "spare_service", {}),
]  # fmt: skip
