"""What boxes say is kept for a day; what is wrong is told to the officers once, and once that it is over."""

from datetime import timedelta

import pytest

from tests.rooms.pnsbox.crowd import crowd, reported
from tests.rooms.pnsbox.land import DUKCAPIL, IZIN
from tests.rooms.pnsbox.test_calls import SAID, answered


@pytest.fixture
def now(db):
    from django.utils import timezone

    return timezone.now()


def said(land, held, *, received=0, up=True, peer="b", **more):
    one = {"box": peer, "line": "utama", "up": up, "ms": 20, "loss": 1, "in_use": up, "received": received,
           "sent": received // 10}  # fmt: skip
    body = SAID | {"lines": [{"name": "utama", "up": up}], "peers": [one]} | more
    assert answered(held.asked("POST", "/box/v1/report", body)).status == 200


def test_reports_are_kept_five_minutes_a_row_for_a_day(land, now):
    from pendopo.pnsbox.health import job, samples
    from pendopo.pnsbox.health.models import Sample

    land.placed("satu")
    held = land.boxes["satu"]
    for received in (1_000, 61_000, 121_000):
        said(land, held, received=received)
    rows = list(Sample.objects.all())
    assert sum(row.received for row in rows) == 120_000 and {row.line for row in rows} == {"utama"}
    assert len(rows) <= 2 and rows[-1].up and rows[-1].ms == 20
    said(land, held, received=121_000, up=False)
    assert not Sample.objects.latest("at").up, "it failed within these minutes"
    Sample.objects.update(at=samples.begin(now) - timedelta(hours=23))
    job.look(now)
    assert Sample.objects.exists()
    job.look(now + timedelta(hours=2))
    assert not Sample.objects.exists()


def notices():
    """(account, text) of all that was told, in order."""
    from pendopo.ground.delivery.models import NoticeSend
    from pendopo.ground.delivery.reads import words

    rows = NoticeSend.objects.filter(notice__kind__startswith="pnsbox.").select_related("notice", "account")
    return [(one.account.username, words(one.notice)) for one in rows.order_by("notice_id")]


def look(now, *seconds):
    from pendopo.pnsbox.health import job

    for one in seconds:
        job.look(now + timedelta(seconds=one))


def test_a_silent_box_is_told_once_with_the_cause_and_whom_to_call_and_once_that_it_is_back(
    land, now, seen_by
):
    from pendopo.ground.audit.models import Line
    from pendopo.pnsbox.boxes.models import Box

    land.placed("satu", isp="Nusanet", phone="Rambu 0812-3333")
    held = land.boxes["satu"]
    said(land, held)
    look(now, 0, 60)
    assert notices() == []
    look(now, *range(95, 200, 15))
    ((who, text),) = notices()
    assert who == land.officer.account.username
    assert "Kantor satu" in text and "Nusanet" in text and "Rambu 0812-3333" in text
    page = seen_by(land.officer).get("/jaringan/gangguan/").content.decode()
    assert "Kantor satu" in page and 'href="tel:08123333"' in page
    home = seen_by(land.officer).get("/").content.decode()
    assert "Kantor satu" in home
    # The office's own viewer sees it; another agency's officer does not.
    assert "Kantor satu" in seen_by(land.viewer).get("/jaringan/gangguan/").content.decode()
    assert "Kantor satu" not in seen_by(land.outsider).get("/jaringan/gangguan/").content.decode()

    back = now + timedelta(seconds=300)
    Box.objects.update(reported_at=back, serial=1, capabilities={"booted": int(back.timestamp()) - 30})
    look(back, 0, 15)
    Box.objects.update(reported_at=back - timedelta(seconds=100))  # silent again for a moment: nothing new
    look(back, 30)
    Box.objects.update(reported_at=back + timedelta(seconds=200))
    look(back, *range(45, 200, 15))
    first, second = notices()
    assert first[1] == text and "dimatikan" in second[1]
    acts = Line.objects.filter(act="pnsbox.trouble.note").count()
    assert acts == 2
    assert "Kantor satu" not in seen_by(land.officer).get("/").content.decode()
    assert "Kantor satu" in seen_by(land.officer).get("/jaringan/gangguan/").content.decode()


def test_a_data_centre_that_falls_silent_is_one_notice_among_five_hundred_sites(land, now):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    crowd(land, 500)
    reported(land.network, now)
    look(now, 0)
    assert notices() == []
    later = now + timedelta(minutes=5)
    reported(land.network, later, silent={"pusat"})
    # What the offices say then: nobody answers, for the centre is their one neighbour.
    from pendopo.pnsbox.boxes.models import Box

    offices = list(Box.objects.exclude(name="s0"))
    for box in offices:
        box.report["peers"][0] |= {"up": False, "in_use": False}
        box.report["lines"][0]["up"] = False
    Box.objects.bulk_update(offices, ["report"])
    with CaptureQueriesContext(connection) as queries:
        look(later, 0)
    assert len(queries) < 20
    look(later, 15, 30, 45, 60, 75)
    ((_who, text),) = notices()
    assert "Pusat Data Provinsi" in text


def test_many_that_fail_on_their_own_are_a_few_notices(land, now):
    boxes = crowd(land, 40, 8)
    quiet = [code for code in boxes if code != "pusat"][:9]
    reported(land.network, now - timedelta(minutes=5), silent=())
    reported(land.network, now, silent=set(quiet))
    from pendopo.pnsbox.boxes.models import Line

    for at, line in enumerate(Line.objects.all()):  # nine providers
        line.isp = f"P{at}"
        line.save(update_fields=["isp"])
    look(now, 0, 15, 30, 45, 60)
    told = notices()
    assert len(told) == 4 and "6 gangguan lain" in told[-1][1]


def test_the_first_page_with_five_hundred_sites(land, now, seen_by):
    from pendopo.pnsbox.boxes.models import Box

    crowd(land, 500)
    browser = seen_by(land.officer)
    Box.objects.filter(name="s17").update(reported_at=now - timedelta(hours=1))
    answer = browser.get("/jaringan/")
    page = answer.content.decode()
    assert answer.status_code == 200 and len(answer.content) < 100_000
    assert "500 dari 501 lokasi terhubung" in page
    first = page[page.index("<tbody>") :]
    assert first.index("UPT") < first.index("tidak terdengar") < first.index("</tr>"), (
        "the silent one is first"
    )
    fragment = browser.get("/jaringan/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment and 'id="live"' in fragment


def test_a_viewer_asks_why_of_its_own_sites_alone(land, seen_by):
    land.service("web")
    land.placed("perizinan", of=IZIN)
    land.placed("dukcapil", of=DUKCAPIL)
    land.placed("lain", of=DUKCAPIL)
    rule = land.rule("perizinan", "dukcapil")
    browser = seen_by(land.viewer)

    def why(source, destination):
        asked = {"source": source, "destination": destination, "service": "web"}
        return browser.get("/jaringan/kebijakan/mengapa/", asked)

    assert f"karena aturan {rule.number}" in why("perizinan", "dukcapil").content.decode()
    assert "tidak ada aturan yang menyebut keduanya" in why("perizinan", "lain").content.decode()
    refused = why("dukcapil", "lain")
    assert refused.status_code == 422 and "aturan" not in refused.content.decode().split('id="main"')[1]
    page = browser.get("/jaringan/kebijakan/mengapa/").content.decode()
    assert "Kantor perizinan" in page and "Kantor lain" not in page


def test_a_box_that_answers_no_names_is_told_with_what_to_type(land, now, seen_by):
    from pendopo.pnsbox.boxes.models import Box

    land.placed("satu")
    held, serial = land.boxes["satu"], Box.objects.get().serial
    for after, names in ((0, "box.program"), (130, "box.program"), (140, "dnsmasq"), (270, "dnsmasq")):
        said(land, held, peer="z", serial=serial, state="good", capabilities={"names": names})
        Box.objects.update(reported_at=now + timedelta(seconds=after))
        look(now, after)
        if after == 130:
            ((_who, text),) = notices()
            assert "Kantor satu tidak menemukan nama privat" in text
            page = seen_by(land.officer).get("/jaringan/gangguan/").content.decode()
            assert "apt-get install dnsmasq-base" in page
    assert len(notices()) == 2 and "baik kembali" in notices()[1][1]
