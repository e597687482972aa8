"""What no form offers but anybody may send: days at the end of time, ids that are none, pictures that lie."""

import io
import struct
import zlib
from datetime import date

import pytest
from PIL import Image

from tests.rooms.simaya.office import arrived, clear, registered, tomorrow

LAST, FIRST = "9999-12-31", "0001-01-01"


@pytest.fixture
def client(desk, other, django_home, assets):
    """`client("Analis")`: somebody of the office, signed in; what breaks inside is a 500 here."""
    from django.test import Client

    def signed_in(who):
        client = Client(HTTP_HOST="localhost", raise_request_exception=False)
        client.force_login(desk.accounts[who], backend="pendopo.ground.accounts.signin.NumberBackend")
        return client

    return signed_in


def test_a_disposition_for_the_last_day_of_all(client, desk):
    letter, head = registered(desk), client("Kepala Dinas")
    address, to = f"/surat/masuk/{letter.pk}/disposisi/", str(desk.posts["Sekretaris"].pk)
    sent = {"to": to, "orders": "answer", "day": "other"}
    answer = head.post(address, sent | {"other": FIRST})
    assert answer.status_code == 422 and 'id="errors"' in answer.content.decode()
    assert not letter.dispositions.exists()
    answer = head.post(address, sent | {"other": LAST})
    assert answer.status_code == 302
    for shown in (answer.url, "/surat/disposisi/?tab=dari-saya", f"/surat/masuk/{letter.pk}/lembar/"):
        assert head.get(shown).status_code == 200, shown
    late = registered(desk)
    assert (
        head.post(f"/surat/masuk/{late.pk}/disposisi/", sent | {"other": tomorrow().isoformat()}).status_code
        == 302
    )


def test_posts_that_are_none_or_from_elsewhere_get_no_disposition(client, desk, other):
    letter, head = registered(desk), client("Kepala Dinas")
    address, sent = f"/surat/masuk/{letter.pk}/disposisi/", {"orders": "answer"}
    for to in ("satu", "' OR 1=1 --", "\0", str(other.posts["Sekretaris"].pk)):
        answer = head.post(address, sent | {"to": to})
        assert answer.status_code == 422 and not letter.dispositions.exists(), repr(to)
    assert head.post(address, sent | {"to": str(desk.posts["Sekretaris"].pk)}).status_code == 302


@pytest.mark.parametrize("field", ["note", "report"])
@pytest.mark.parametrize("words", ["a\0b", "Siap \u202ekirim", "x" * 100_000])
def test_notes_and_reports_with_signs_that_deceive_are_refused(client, desk, field, words):
    letter, head, secretary = registered(desk), client("Kepala Dinas"), client("Sekretaris")
    sent = {"to": str(desk.posts["Sekretaris"].pk), "orders": "answer", "note": "Mohon."}
    address = f"/surat/masuk/{letter.pk}/disposisi/"
    if field == "note":
        assert head.post(address, sent | {"note": words}).status_code == 422
        assert not letter.dispositions.exists()
    assert head.post(address, sent).status_code == 302
    row = letter.dispositions.get()
    if field == "report":
        assert secretary.post(f"/surat/disposisi/{row.pk}/jawab/", {"report": words}).status_code == 422
    assert secretary.post(f"/surat/disposisi/{row.pk}/jawab/", {"report": "Siap."}).status_code == 302


def test_a_mandate_until_the_end_of_time(client, desk):
    from pendopo.simaya.offices.models import Delegation

    administrator = client("administrator")
    sent = {
        "of": str(desk.posts["Kepala Dinas"].pk),
        "to": str(desk.posts["Sekretaris"].pk),
        "capacity": "an",
        "kinds": ["surat-dinas"],
        "decree": "SK 2/2026",
        "start": "2026-01-01",
    }
    wrong = ({"last": LAST}, {"decree": "SK \u202e2"}, {"decree": "\0"}, {"of": "satu"}, {"kinds": ["<b>"]},
             {"last": FIRST})  # fmt: skip
    for one in wrong:
        answer = administrator.post("/surat/kantor/pelimpahan/", sent | one)
        assert answer.status_code == 422 and 'id="errors"' in answer.content.decode(), one
    assert not Delegation.objects.exists()
    assert administrator.post("/surat/kantor/pelimpahan/", sent | {"last": "2026-12-31"}).status_code == 302


def test_an_assistant_until_the_end_of_time(client, desk):
    from pendopo.simaya.offices.models import Assistant

    head = client("Kepala Dinas")
    helper = desk.accounts["Arsiparis"].person
    sent = {"position": str(desk.posts["Kepala Dinas"].pk), "person": str(helper.pk), "start": "2026-01-01"}
    for wrong in ({"last": LAST}, {"last": FIRST}, {"person": "\0"}, {"position": "' OR 1=1 --"}):
        answer = head.post("/surat/kantor/asisten/", sent | wrong)
        assert answer.status_code == 422 and not Assistant.objects.exists(), wrong
    assert head.post("/surat/kantor/asisten/", sent | {"last": "2099-12-31"}).status_code == 302


def test_what_a_post_is_called_in_numbers_is_one_plain_word(client, desk):
    address = f"/surat/kantor/jabatan/{desk.posts['Sekretaris'].pk}/"
    administrator = client("administrator")
    for code in ("a\0b", "107/\u202e1", "#emph[1]\n", "{seq}", "x" * 41):
        answer = administrator.post(address, {"code": code, "region": ""})
        assert answer.status_code == 422, repr(code)
    assert administrator.post(address, {"code": "107.1", "region": ""}).status_code == 302


@pytest.mark.parametrize("title", ["a\0b", "Berkas \u202e2026", "x" * 100_000, " "])
def test_a_dossier_is_named_in_plain_words(client, desk, title):
    clerk, letter = client("registrar"), registered(desk)
    into = f"/surat/berkas/masukkan/{letter.pk}/"
    assert clerk.post("/surat/berkas/", {"title": title}).status_code == 422
    assert clerk.post(into, {"dossier": "", "title": title}).status_code == 422
    assert clerk.post(into, {"dossier": "satu", "title": "Uji"}).status_code == 422
    assert clerk.post(into, {"dossier": "", "title": "<b>Uji</b>"}, follow=True).status_code == 200
    assert "<b>Uji" not in clerk.get("/surat/berkas/").content.decode()


def test_addresses_that_nobody_links_to(client, desk):
    """Nothing there, or the plain page: what stands in an address never breaks one."""
    letter = registered(desk)
    clerk, officer = client("registrar"), client("Analis")
    for address in ("satu", "\0", "' OR 1=1", "00000000-0000-0000-0000-000000000000"):
        assert officer.get("/surat/konsep/baru/", {"jawab": address}).status_code == 404, repr(address)
    assert officer.get("/surat/konsep/baru/").status_code == 200
    assert clerk.get("/surat/buku/agenda/9999/").status_code == 200
    assert clerk.get("/surat/buku/agenda/2000.csv").status_code == 200
    for year in ("1", "99999", "9" * 50):
        assert clerk.get(f"/surat/buku/agenda/{year}/").status_code == 404, year
    for page in ("0", "-1", "9" * 50, "satu", "\0"):
        assert clerk.get("/surat/buku/agenda/2026/", {"page": page}).status_code == 200, page
        assert officer.get("/surat/konsep/", {"page": page}).status_code == 200, page
    for before in ("_", "\0_\0", f"{LAST}_satu", f"{FIRST}_{letter.pk}", f"{LAST}_{letter.pk}"):
        assert clerk.get("/surat/cari/", {"q": "data", "before": before}).status_code == 200, before
    assert clerk.get("/surat/cari/", {"q": "data", "year": "9" * 50, "side": "\0"}).status_code == 200
    assert clerk.get(f"/surat/masuk/{letter.pk}/halaman/{'9' * 50}/").status_code == 404
    assert clerk.get(f"/surat/masuk/{letter.pk}/halaman/1/").status_code == 200
    for tab in ("\0", "<script>", "../"):
        assert clerk.get("/surat/masuk/", {"tab": tab}).status_code == 200, tab


def test_a_registration_with_nonsense_changes_nothing(client, desk, other):
    letter, clerk = arrived(desk), client("registrar")
    address = f"/surat/masuk/{letter.pk}/registrasi/"
    for wrong in ({"v": "satu"}, {"v": "9" * 400}, {"v": "²"}, {"classification": "a\0b"},
                  {"classification": "0\u202e5"}, {"classification": "x" * 5000}):  # fmt: skip
        answer = clerk.post(address, {"v": letter.v, "classification": "005", "to": ""} | wrong, follow=True)
        letter.refresh_from_db()
        assert answer.status_code == 200 and letter.state == "received", wrong
        assert "alert" in answer.content.decode()
    assert clerk.post(address, {"v": letter.v, "classification": "005", "to": ""}).status_code == 302
    letter.refresh_from_db()
    assert letter.state == "registered"
    to = {"to": str(other.posts["Kepala Dinas"].pk)}
    assert clerk.post(f"/surat/masuk/{letter.pk}/teruskan/", to).status_code == 302
    assert not letter.access.exists()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(*extra: bytes) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (60, 80), "white").save(out, "PNG")
    data = out.getvalue()
    return data[:33] + b"".join(extra) + data[33:]  # after the header


def animated() -> bytes:
    out, frames = io.BytesIO(), [Image.new("RGB", (60, 80), (n, 0, 0)) for n in range(50)]
    frames[0].save(out, "PNG", save_all=True, append_images=frames[1:])
    return out.getvalue()


def jpeg(exif: bytes) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (60, 80), "white").save(out, "JPEG", exif=b"Exif\0\0" + exif)
    return out.getvalue()


def bomb() -> bytes:
    """200 kB that would be 200 MB."""
    return zlib.compress(b"0" * (200 << 20), 9)


LOOP = b"II*\0\x08\0\0\0\x01\0" + b"\x69\x87\x04\0\x01\0\0\0\x08\0\0\0" * 9
PICTURES = {
    "words of 200 MB": (lambda: png(chunk(b"zTXt", b"Comment\0\0" + bomb())), 422),
    "a profile of 200 MB": (lambda: png(chunk(b"iCCP", b"x\0\0" + bomb())), None),
    "EXIF that points at itself": (lambda: jpeg(LOOP), 302),
    "EXIF of nothing but counts": (lambda: jpeg(b"MM\0*\0\0\0\x08" + b"\xff" * 60_000), 302),
    "fifty pictures in one": (animated, 302),
    "a picture cut off": (lambda: png()[:60], 422),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_becomes_one_page_or_is_refused_in_words(client, desk, name):
    """Nothing of it but what one sees is kept."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    from pendopo.ground.files import store
    from pendopo.simaya.letters.models import Letter

    clerk = client("registrar")
    make, status = PICTURES[name]
    form = {"sender": "PT Flobamora", "subject": "Penawaran", "security": "B", "urgency": "biasa"}

    def upload(data):
        return clerk.post("/surat/masuk/pindai/", form | {"file": SimpleUploadedFile("foto.png", data)})

    answer = upload(make())
    assert answer.status_code in ((status,) if status else (302, 422)), answer.status_code
    if answer.status_code == 422:
        assert 'id="errors"' in answer.content.decode() and not Letter.objects.exists()
    else:
        letter = Letter.objects.get()
        kept = store.read(letter.file)
        assert letter.pages == 1 and len(kept) < 200_000 and b"Exif" not in kept
    assert upload(png()).status_code == 302


def test_a_top_secret_file_goes_out_by_no_address(client, desk):
    """Neither that of letters in nor that of letters out; its pages are shown, with who reads them."""
    from pendopo.simaya.letters.models import Letter

    clear(desk, "Kepala Dinas", "Analis")
    head = client("Kepala Dinas")
    for security, status in (("SR", 404), ("R", 200)):
        letter = registered(desk, security=security)
        for road in ("masuk", "keluar"):
            assert head.get(f"/surat/{road}/{letter.pk}/pdf/").status_code == status, (security, road)
        out = desk.start(security=security)
        Letter.objects.filter(pk=out.pk).update(
            state="signed", file=letter.file, pages=1, number="1/2026", day=date(2026, 11, 25)
        )
        writer = client("Analis")
        assert writer.get(f"/surat/keluar/{out.pk}/pdf/").status_code == status, security
        page = writer.get(f"/surat/keluar/{out.pk}/")
        assert (f"/surat/keluar/{out.pk}/pdf/" in page.content.decode()) is (status == 200), security
        assert writer.get(f"/surat/keluar/{out.pk}/halaman/1.png").status_code == 200
