"""Hostile input through the pages: harmless, said in words, and the twin one step away goes through."""

import io
import json
import zipfile

import pikepdf
import pytest
from PIL import Image, PngImagePlugin

from tests.rooms.simaya.office import OTHER, arrived, registered
from tests.rules.simaya.signatures import page as page_of

SCRIPT = "<script>alert(1)</script>"
TYPST = '#emph[x] @ref $x^2$ `code` #read("/etc/passwd") \\ // end'
RLO = "Undangan \u202erapat"


@pytest.fixture
def client(desk, other, django_home, assets):
    """`client("Analis")`: somebody of the office, signed in; what breaks inside is a 500 here."""
    from django.test import Client

    def signed_in(who):
        client = Client(HTTP_HOST="localhost", raise_request_exception=False)
        client.force_login(desk.accounts[who], backend="pendopo.ground.accounts.signin.NumberBackend")
        return client

    return signed_in


def text(answer) -> str:
    return answer.content.decode()


def deep(levels: int) -> dict:
    node = {"type": "paragraph"}
    for _ in range(levels):
        node = {
            "type": "ordered_list",
            "attrs": {"order": 1},
            "content": [{"type": "list_item", "content": [{"type": "paragraph"}, node]}],
        }
    return {"type": "doc", "content": [node]}


def table(rowspan: int) -> dict:
    cell = {
        "type": "table_cell",
        "attrs": {"colspan": 1, "rowspan": rowspan},
        "content": [{"type": "paragraph"}],
    }
    row = {"type": "table_row", "content": [cell]}
    return {"type": "doc", "content": [{"type": "table", "content": [row]}]}


def said(words: str) -> dict:
    return {"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": words}]}]}


DRAFTS = {
    "direction in the subject": {"subject": RLO},
    "NUL in the subject": {"subject": "Undangan\0rapat"},
    "a subject of 5,000 signs": {"subject": "u" * 5000},
    "direction in the text": {"doc": json.dumps(said(RLO))},
    "points 200 levels deep": {"doc": json.dumps(deep(200))},
    "JSON without end": {"doc": "[" * 100_000},
    "no JSON": {"doc": "{'type': 'doc'}"},
    "JSON of 3 MB": {"doc": json.dumps(said("x" * 3_000_000))},
    "a text of 300,000 signs": {"doc": json.dumps(said("x" * 300_000))},
    "a node of its own": {
        "doc": json.dumps({"type": "doc", "content": [{"type": "image", "src": "http://x"}]})
    },
    "a cell over a thousand million rows": {"doc": json.dumps(table(10**9))},
    "a kind nobody has": {"kind": "surat-sakti"},
    "a version that is no number": {"v": "satu"},
    "an urgency nobody has": {"urgency": "<b>"},
    "an agency nobody knows": {"to-0-agency": "ID/GOV/../../etc"},
    "a signer from elsewhere": {"signer": "{foreign}"},
    "a signer that is no id": {"signer": "' OR 1=1 --"},
    "initials from elsewhere": {"initial-0-post": "{foreign}"},
    "direction in an addressee": {"to-0-line": RLO},
}


@pytest.fixture
def fields(desk, other):
    """What a harmless draft's form sends."""
    return {
        "kind": "surat-dinas",
        "subject": "Undangan rapat",
        "classification": "005",
        "security": "B",
        "urgency": "biasa",
        "signer": str(desk.posts["Kepala Dinas"].pk),
        "body": "Dengan hormat.",
        "doc": "",
        "to-0-agency": OTHER,
        "to-0-line": "Kepala Bappeda",
        "initial-0-post": str(desk.posts["Kepala Bidang"].pk),
        "do": "save",
    }


@pytest.mark.parametrize("name", DRAFTS)
def test_a_draft_is_not_saved_and_the_page_says_why(client, desk, other, fields, name):
    foreign = str(other.posts["Kepala Dinas"].pk)
    hostile = {field: value.replace("{foreign}", foreign) for field, value in DRAFTS[name].items()}
    letter, officer = desk.start(), client("Analis")
    letter.draft.refresh_from_db()
    path, before = f"/surat/konsep/{letter.pk}/", letter.draft.fields
    for address in (path, f"{path}pratinjau/"):
        answer = officer.post(address, fields | {"v": letter.v} | hostile)
        assert answer.status_code in (422, 400), f"{address}: {answer.status_code}"
        letter.draft.refresh_from_db()
        assert letter.draft.fields == before
    answer = officer.post(path, fields | {"v": letter.v} | hostile)
    told = 'id="errors"' in text(answer) or answer.status_code == 400  # too large to be read at all
    assert told and "Traceback" not in text(answer)
    assert officer.post(path, fields | {"v": letter.v}).status_code == 302


def test_code_in_a_draft_is_text_on_every_page_and_on_paper(client, desk, fields):
    from pendopo.simaya.letters import sheets
    from pendopo.simaya.paper import pdfa, render
    from pendopo.simaya.paper.outside import look
    from pendopo.simaya.posts import posts

    letter, officer, chief = desk.start(), client("Analis"), client("Kepala Bidang")
    hostile = {"subject": f"{SCRIPT} {TYPST}", "doc": json.dumps(said(f"{SCRIPT} {TYPST}")), "do": "submit"}
    hostile |= {"to-0-line": SCRIPT, "classification": "<i>005</i>"}
    assert officer.post(f"/surat/konsep/{letter.pk}/", fields | {"v": letter.v} | hostile).status_code == 302
    pages = ["/", "/surat/paraf/", f"/surat/keluar/{letter.pk}/", f"/surat/keluar/{letter.pk}/teks/"]
    for address in pages:
        page = text(chief.get(address))
        assert "alert(1)" in page and SCRIPT not in page, address
    comment = {"comment": f"{SCRIPT} & <img src=x onerror=alert(2)>"}
    assert chief.post(f"/surat/keluar/{letter.pk}/kembalikan/", comment).status_code == 302
    page = text(officer.get(f"/surat/konsep/{letter.pk}/"))
    assert "onerror=alert(2)" in page and "<img src=x" not in page and SCRIPT not in page
    letter.refresh_from_db()
    from pendopo.simaya.letters.reads import content

    sheet = sheets.page(content(letter), sheets.office_of(desk.agency), posts(desk.agency), None)
    from datetime import UTC, datetime

    made = render.pdf(sheet, datetime(2026, 11, 25, tzinfo=UTC)).pdf
    assert pdfa.faults(made) == []
    words = " ".join(look(made)["text"].split())
    assert "#emph[x] @ref $x^2$ `code`" in words and "alert(1)" in words and "root:" not in words


def pdf_of(pages: int, **how) -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        for _ in range(pages):
            pdf.add_blank_page()
        if how.pop("script", False):
            pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
        pdf.save(out, **how)
    return out.getvalue()


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("surat.txt", "surat")
    return out.getvalue()


def huge_picture() -> bytes:
    """A PNG of a few kilobytes that says it is 60,000 by 60,000."""
    out = io.BytesIO()
    Image.new("1", (16, 16)).save(out, "PNG", pnginfo=PngImagePlugin.PngInfo())
    data = bytearray(out.getvalue())
    import zlib

    data[16:24] = (60_000).to_bytes(4, "big") * 2
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    return bytes(data)


FILES = {
    "a web page": lambda: b"<html><script>alert(1)</script></html>",
    "a zip": zipped,
    "half a PDF": lambda: pdf_of(1)[:200],
    "a locked PDF": lambda: pdf_of(1, encryption=pikepdf.Encryption(owner="a", user="b")),
    "300 pages": lambda: pdf_of(300),
    "a picture of 60,000 by 60,000": huge_picture,
    "26 MB": lambda: b"%PDF-1.7\n" + b"0" * (26 * 1024 * 1024),
    "nothing": lambda: b"",
}


def scanned(clerk, data: bytes, name: str = "surat.pdf", **more):
    from django.core.files.uploadedfile import SimpleUploadedFile

    form = {"sender": "PT Flobamora", "subject": "Penawaran", "security": "B", "urgency": "biasa"} | more
    return clerk.post("/surat/masuk/pindai/", form | {"file": SimpleUploadedFile(name, data)})


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_scan_is_not_taken_in(client, desk, name):
    from pendopo.simaya.letters.models import Letter

    clerk = client("registrar")
    answer = scanned(clerk, FILES[name]())
    assert answer.status_code == 422 and "errs" in text(answer), answer.status_code
    assert not Letter.objects.exists()
    assert scanned(clerk, pdf_of(1)).status_code == 302


def test_a_file_with_a_script_and_a_name_out_of_its_folder_is_shown_as_pictures(client, desk):
    from pendopo.simaya.letters.models import Letter

    clerk = client("registrar")
    hostile = scanned(clerk, pdf_of(1, script=True), "../../x.pdf", subject=SCRIPT, sender=f"{SCRIPT}PT")
    assert hostile.status_code == 302
    letter = Letter.objects.get()
    page = text(clerk.get(f"/surat/masuk/{letter.pk}/"))
    assert "alert(1)" in page and SCRIPT not in page
    picture = clerk.get(f"/surat/masuk/{letter.pk}/halaman/1/")
    assert picture.content.startswith(b"\x89PNG")
    file = clerk.get(f"/surat/masuk/{letter.pk}/pdf/")
    assert "sandbox" in file["Content-Security-Policy"] and ".." not in file["Content-Disposition"]
    assert file["X-Content-Type-Options"] == "nosniff"


def test_reasons_notes_and_answers_are_text(client, desk):
    letter, clerk, head = arrived(desk), client("registrar"), client("Kepala Dinas")
    for reason in (RLO, "", "x" * 2000):
        answer = clerk.post(f"/surat/masuk/{letter.pk}/tolak/", {"reason": reason}, follow=True)
        letter.refresh_from_db()
        assert answer.status_code in (200, 422) and letter.state == "received", reason[:20]
    other = registered(desk)
    sent = {
        "to": str(desk.posts["Sekretaris"].pk),
        "orders": ["answer", "<b>"],
        "note": SCRIPT,
        "day": "besok",
    }
    assert head.post(f"/surat/masuk/{other.pk}/disposisi/", sent).status_code == 302
    row = other.dispositions.get()
    assert row.orders == ["answer"] and row.due is None
    secretary = client("Sekretaris")
    assert SCRIPT not in text(secretary.get(f"/surat/disposisi/{row.pk}/"))
    secretary.post(f"/surat/disposisi/{row.pk}/jawab/", {"report": SCRIPT})
    for address in (
        f"/surat/disposisi/{row.pk}/",
        f"/surat/masuk/{other.pk}/",
        f"/surat/masuk/{other.pk}/lembar/",
    ):
        page = text(head.get(address))
        assert SCRIPT not in page, address
    assert "alert(1)" in text(head.get(f"/surat/disposisi/{row.pk}/"))


def test_hostile_questions_find_nothing_and_break_nothing(client, desk):
    from pendopo.simaya.search import index

    index.put(registered(desk), subject="Permintaan data SPBE", text="")
    head = client("Kepala Dinas")
    for query in (
        ":*",
        "' | !",
        "\0",
        "a" * 10_000,
        "&",
        "%",
        "_",
        "(((",
        "spbe') OR 1=1 --",
        "\u202e",
        SCRIPT,
    ):
        answer = head.get("/surat/cari/", {"q": query})
        assert answer.status_code == 200, repr(query[:20])
        assert SCRIPT not in text(answer)
    assert "Permintaan data SPBE" in text(head.get("/surat/cari/", {"q": "spbe"}))


def test_an_office_in_code_is_an_office_in_words(client, desk):
    from pendopo.simaya.letters import sheets
    from pendopo.simaya.paper import render
    from pendopo.simaya.posts import posts

    administrator = client("administrator")
    office = {"profile": "permendagri-2023", "lines": f"{TYPST}\n{SCRIPT}", "place": "Ende"}
    for wrong in (
        {"lines": RLO},
        {"place": "x" * 500},
        {"profile": "../../etc/passwd"},
        {"lines": "a\n" * 20},
    ):
        assert administrator.post("/surat/kantor/", office | wrong).status_code == 422, wrong
    assert administrator.post("/surat/kantor/", office).status_code == 302
    assert SCRIPT not in text(administrator.get("/surat/kantor/"))
    letter = desk.start()
    from pendopo.simaya.letters.reads import content

    drawn = render.drawings(
        sheets.page(content(letter), sheets.office_of(desk.agency), posts(desk.agency), None)
    )
    assert all(b"<script" not in svg and b"href=" not in svg.replace(b'xlink:href="#', b"") for svg in drawn)


def test_a_passphrase_of_ten_thousand_signs_is_refused_before_it_is_stretched(client, desk):
    officer = client("Analis")
    for one in ("x" * 10_000, "pendek", "a\0" * 8):
        answer = officer.post("/surat/kunci/", {"passphrase": one, "again": one})
        assert answer.status_code == 422 and one not in text(answer), one[:10]


def test_the_public_page_compares_and_keeps_nothing(client, desk, other):
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.test import Client

    from pendopo.ground.files import store
    from pendopo.ground.files.models import File
    from pendopo.simaya.letters.models import Letter

    letter = desk.start()
    file = store.put(page_of(), "application/pdf", room="simaya", object=str(letter.pk), agency=desk.agency)
    Letter.objects.filter(pk=letter.pk).update(
        state="signed", token="kode" * 6, file=file, number="1/2026", day="2026-11-25", signer_name="Kepala"
    )
    nobody, address = Client(HTTP_HOST="localhost"), f"/s/{'kode' * 6}/"
    before = File.objects.count()
    for data, words in (
        (page_of(), "byte for byte"),
        (page_of() + b" ", "another file"),
        (b"<html>", "another"),
    ):
        answer = nobody.post(address, {"file": SimpleUploadedFile("x.pdf", data)})
        page = text(answer)
        assert answer.status_code == 200 and (words in page or "sama persis" in page or "Bukan" in page)
        assert ("sama persis" in page or "byte for byte" in page) is (data == page_of())
    assert nobody.get("/s/tidak-ada/").status_code == 404
    assert nobody.post(address).status_code == 422
    assert File.objects.count() == before and not nobody.cookies.get("sessionid")
