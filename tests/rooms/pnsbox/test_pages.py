"""The officer's day on its pages: nothing is cut before its page has said so, and codes are shown once."""

import re

import pytest

from tests.rooms.pnsbox.land import DJP, DUKCAPIL, IZIN

CODE = re.compile(r"data-code>([0-9A-Z-]{14})<")


def test_a_network_is_drawn_and_a_site_gets_its_addresses_and_sheet(land, seen_by):
    from pendopo.pnsbox.boxes.models import EnrolmentCode
    from pendopo.pnsbox.sites.models import Network, Site

    browser = seen_by(land.outsider)
    assert browser.get("/jaringan/")["Location"] == "/jaringan/baru/"
    said = {"name": "Jaringan Pajak", "code": "pajak", "url": "https://j.go.id", "pool4": "10.0.0.0/16",
            "pool6": "fd00:9::/48"}  # fmt: skip
    assert browser.post("/jaringan/baru/", said | {"pool4": "8.0.0.0/16"}).status_code == 422
    assert browser.post("/jaringan/baru/", said | {"foreign": "10.0.0.0/24, kantor"}).status_code == 422
    said["foreign"] = "10.0.0.0/24, fd00:9:0:1::/64"
    assert browser.post("/jaringan/baru/", said).status_code == 302
    network = Network.objects.get(code="pajak")
    assert network.agency.code == DJP

    site = {"name": "KPP Ende", "code": "kpp", "of": DJP, "machines": "60", "groups": "kantor, timur",
            "wan": "eth0", "lan": "eth1"}  # fmt: skip
    assert (
        "tidak ada instansi"
        in browser.post("/jaringan/lokasi/baru/", site | {"of": "ID/X/Y"}).content.decode().lower()
    )
    browser.post("/jaringan/lokasi/baru/", site)
    made = Site.objects.get(code="kpp")
    assert made.names == [DJP, "kantor", "timur"]
    given = [str(block.cidr) for block in made.blocks.all()]
    assert given == ["10.0.1.0/26", "fd00:9:0:2::/64"], "what offices use already is nobody's"
    page = browser.get(f"/jaringan/lokasi/{made.pk}/").content.decode()
    assert all(str(block.cidr) in page for block in made.blocks.all()) and "menunggu kode" in page

    sheet = browser.post("/jaringan/lembar/cetak/", {"site": str(made.pk)}).content.decode()
    (code,) = CODE.findall(sheet)
    assert "pendopo box enrol --controller https://j.go.id<" in sheet
    assert "saluran utama ke soket eth0" in sheet and "kantor ke soket eth1" in sheet
    assert "--code" not in sheet and sheet.count(code) == 1, "typed on a line it stays in the shell's history"
    # What is no site is found nowhere.
    assert browser.post("/jaringan/lembar/cetak/", {"site": "bukan"}).status_code == 404
    assert (
        EnrolmentCode.objects.count() == 1 and code not in browser.get("/jaringan/lembar/").content.decode()
    )


def test_a_change_says_what_it_cuts_before_it_is_made(land, seen_by):
    land.service()
    for code in ("satu", "dua", "tiga"):
        land.placed(code)
    rule = land.rule("satu", "dua")
    browser, before = seen_by(land.officer), land.serials()
    path = f"/jaringan/kebijakan/{rule.pk}/"
    said = {"sources": "satu", "destinations": "tiga", "services": ["web"], "note": "SK 9"}
    told = browser.post(path, said)
    assert told.status_code == 200
    rows = re.findall(
        r'<tr class="(hold|give)">.*?>(Kantor \w+)</td>.*?>(Kantor \w+)</td>', told.content.decode()
    )
    assert rows == [("hold", "Kantor satu", "Kantor dua"), ("give", "Kantor satu", "Kantor tiga")]
    assert land.serials() == before, "asking changes nothing"
    assert browser.post(path, said | {"destinations": "tigaa", "save": "1"}).status_code == 422
    assert browser.post(path, said | {"save": "1"}).status_code == 302
    assert {code for code, serial in land.serials().items() if serial > before[code]} == set(before)

    page = browser.get(f"{path}cabut/").content.decode()
    assert "1 jalan terputus" in page and "Kantor tiga" in page and land.told("satu").flows
    browser.post(f"{path}cabut/")
    assert land.told("satu").flows == ()


def test_what_another_rule_allows_is_not_cut(land, seen_by):
    land.service()
    land.site("satu", groups=["kantor"])
    land.site("dua")
    rule = land.rule("satu", "dua")
    page = seen_by(land.officer)
    assert "1 jalan terputus" in page.get(f"/jaringan/kebijakan/{rule.pk}/cabut/").content.decode()
    land.rule("kantor", "all")
    assert "Tidak ada yang terputus" in page.get(f"/jaringan/kebijakan/{rule.pk}/cabut/").content.decode()


def test_why_is_told_in_one_sentence_with_the_rule(land, seen_by):
    land.service("web")
    land.service("dns", "udp", ((53, 53),))
    land.placed("izin")
    land.placed("dukcapil", of=DUKCAPIL)
    rule = land.rule("izin", DUKCAPIL)
    browser = seen_by(land.officer)

    def why(source, destination, service):
        said = {"source": source, "destination": destination, "service": service}
        return browser.get("/jaringan/kebijakan/mengapa/", said).content.decode()

    assert f"Kantor izin mencapai web di Kantor dukcapil, karena aturan {rule.number}" in why(
        "izin", "dukcapil", "web"
    )
    assert f"aturan {rule.number} menyebut keduanya, tetapi untuk web" in why("izin", "dukcapil", "dns")
    assert "tidak ada aturan yang menyebut keduanya" in why("dukcapil", "izin", "web")
    assert "tidak melewati kotaknya" in why("izin", "izin", "web")
    assert "Lokasi itu tidak ada" in why("izin", "entah", "web")


def test_a_stolen_box_is_cut_off_by_one_press_after_one_question(land, seen_by):
    from pendopo.pnsbox.boxes.models import Box

    land.placed("satu")
    box = Box.objects.get(name="satu")
    browser = seen_by(land.officer)
    path = f"/jaringan/kotak/{box.pk}/putus/"
    assert "Putus kotak satu?" in browser.get(path).content.decode()
    assert Box.objects.get().state == "active"
    assert browser.post(path).status_code == 302
    assert Box.objects.get().state == "quarantined"
    assert "diputus" in browser.get(f"/jaringan/kotak/{box.pk}/").content.decode()


def test_the_officer_has_a_box_change_its_key_by_one_press_after_one_question(land, seen_by):
    from pendopo.pnsbox.boxes.models import Box

    land.placed("satu")
    box = Box.objects.get(name="satu")
    browser = seen_by(land.officer)
    page = f"/jaringan/kotak/{box.pk}/"
    path = f"{page}kunci/"
    assert path in browser.get(page).content.decode()
    assert "Beri kotak satu kunci lain?" in browser.get(path).content.decode()
    assert Box.objects.get().key_asked is None
    assert browser.post(path).status_code == 302
    assert Box.objects.get().key_asked is not None
    assert "kunci lain sudah diminta" in browser.get(page).content.decode()
    assert path not in seen_by(land.viewer).get(page).content.decode()


def test_a_viewer_sees_its_own_sites_and_changes_nothing(land, seen_by):
    own, other = land.placed("perizinan", of=IZIN), land.placed("dukcapil", of=DUKCAPIL)
    browser = seen_by(land.viewer)
    listed = browser.get("/jaringan/lokasi/").content.decode()
    assert own.name in listed and other.name not in listed
    page = browser.get(f"/jaringan/lokasi/{own.pk}/").content.decode()
    assert "Hapus lokasi" not in page and "/ubah/" not in page
    box, theirs = own.boxes.get(), other.boxes.get()
    assert browser.get(f"/jaringan/kotak/{box.pk}/").status_code == 200
    for path, status in (
        (f"/jaringan/lokasi/{other.pk}/", 404), (f"/jaringan/kotak/{theirs.pk}/", 404),
        (f"/jaringan/kotak/{box.pk}/putus/", 404), (f"/jaringan/lokasi/{own.pk}/hapus/", 404),
        ("/jaringan/kebijakan/", 403), ("/jaringan/lembar/", 403), ("/jaringan/alamat/", 403),
    ):  # fmt: skip
        assert browser.get(path).status_code == status, path


@pytest.mark.parametrize("number", [4, 500])
def test_the_policy_as_a_table_with_few_sites_and_with_five_hundred(land, seen_by, number):
    from pendopo.pnsbox.sites.models import Site
    from tests.rooms.pnsbox.test_publish import many

    land.service()
    many(land, number)
    Site.objects.filter(code__in=["s1", "s3"]).update(of=land.agencies[DUKCAPIL])
    answer = seen_by(land.officer).get("/jaringan/kebijakan/matriks/")
    page = answer.content.decode()
    assert answer.status_code == 200 and len(answer.content) < 60_000
    if number == 4:
        assert page.count("Kantor ") >= 8 and page.count(">web<") == 2
    else:
        assert "Dinas Izin" in page and "Dinas Dukcapil" in page
