"""Letters as pages: PDF/A-3a that says what was given, the same bytes twice, and nothing that runs."""

import io
import os
import threading
from datetime import UTC, datetime

import pikepdf
import pypdfium2
import pytest

from pendopo.simaya.paper import document, pdfa, render
from tests.rules.simaya import sheets

NAME, DICT = pikepdf.Name, pikepdf.Dictionary


@pytest.fixture(scope="module")
def made() -> bytes:
    return render.pdf(sheets.sheet(), sheets.AT).pdf


def words(data: bytes) -> str:
    pages = pypdfium2.PdfDocument(data)
    return " ".join(" ".join(page.get_textpage().get_text_bounded() for page in pages).split())


@pytest.mark.parametrize(("profile", "kind"), sheets.KINDS)
def test_both_kinds_of_both_profiles(profile, kind):
    sheet = sheets.sheet(profile, kind)
    data = render.pdf(sheet, sheets.AT).pdf
    assert pdfa.faults(data) == []
    text = words(data)
    for _label, lines in sheet["facts"]:
        assert all(line in text for line in lines)
    for part in ("above", "below", "statement"):
        assert all(line in text for line in sheet["signature"][part])
    assert all(line in text for line in (*sheet["copies"], "Tembusan:", sheet["footer"], "di Ende"))
    assert ("Ende, 25 November 2026" in text) == (kind == "surat-dinas")
    with pikepdf.open(io.BytesIO(data)) as pdf:
        box = [float(x) for x in pdf.pages[0].MediaBox]
        layout = sheet["layout"]
        size = (layout["width"], layout["height"])
        assert [round(x / 72 * 2.54, 1) for x in box[2:]] == list(size)
        assert pdf.Root.Lang == "id" and str(pdf.docinfo.Title) == sheet["title"]
        assert list(pdf.attachments) == ["letter.json"]
        assert pdf.attachments["letter.json"].get_file().read_bytes() == sheet["data"].encode()


def test_the_same_letter_gives_the_same_bytes_in_every_thread(made):
    found = []

    def work():
        found.append(render.pdf(sheets.sheet(), sheets.AT))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [pages.pdf == made for pages in found] == [True, True]
    assert {pages.template for pages in found} == {render.template_digest()}
    assert render.pdf(sheets.sheet(), datetime(2026, 11, 25, 1, 0, 0, 999_999, UTC)).pdf == made
    assert render.pdf(sheets.sheet(title="Lain"), sheets.AT).pdf != made


def test_text_is_never_markup(made):
    assert "Tulisan seperti #emph[ini], $x$, <b> dan @ref tetap tulisan." in words(made)
    trick = '#panic("x") #read("/etc/passwd") $a$ \\ @b <script> #sys.inputs'
    assert trick in words(render.pdf(sheets.sheet(to=[trick], copies=[trick], title=trick), sheets.AT).pdf)


@pytest.mark.parametrize("sign", ["漢", "😀", "✓"])
def test_a_sign_without_glyph_is_refused_by_name(sign):
    assert render.pdf(sheets.sheet(body=document.from_text("Café → é ā")["content"]), sheets.AT).pdf
    for over in ({"to": [f"Yth. {sign}"]}, {"body": document.from_text(f"a {sign} b")["content"]}):
        with pytest.raises(render.RenderError) as refused:
            render.pdf(sheets.sheet(**over), sheets.AT)
        assert (refused.value.code, refused.value.params["sign"]) == ("paper.glyph", sign)


def test_a_sign_that_turns_the_text_is_refused_in_every_field():
    head = sheets.sheet()["letterhead"]
    for over in (
        {"to": ["Yth. a\u202eb"]},
        {"facts": [["Hal", ["a\u2066b"]]]},
        {"letterhead": head | {"lines": ["a\u200fb"]}},
        {"footer": "a\x00b"},
    ):
        for make in (lambda sheet: render.pdf(sheet, sheets.AT), render.drawings):
            with pytest.raises(document.BadBody) as refused:
                make(sheets.sheet(**over))
            assert refused.value.code == "paper.body_sign"


@pytest.mark.parametrize(
    "crest",
    [
        "<html>",
        '<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><svg xmlns="http://www.w3.org/2000/svg">&b;',
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><image href="/etc/passwd"/></svg>',
    ],
)
def test_a_hostile_crest_is_refused(crest):
    head = sheets.sheet()["letterhead"]
    with pytest.raises(render.RenderError) as refused:
        render.pdf(sheets.sheet(letterhead=head | {"crest": crest}), sheets.AT)
    assert refused.value.code == "paper.render"


def test_a_draft_shows_what_is_not_yet_there():
    pages = render.drawings(sheets.sheet(signed=False))
    assert len(pages) == 2 and all(page.startswith(b"<svg") and b"<script" not in page for page in pages)


@pytest.mark.parametrize(("profile", "kind"), sheets.KINDS)
def test_a_draft_never_says_that_it_is_signed(profile, kind):
    signed, draft = (
        words(render.pdf(sheets.sheet(profile, kind, signed=which), sheets.AT).pdf) for which in (True, False)
    )
    assert "Ditandatangani secara elektronik" in signed and "Konsep" not in signed
    assert "itandatangani secara elektronik" not in draft
    assert "Konsep: belum ditandatangani" in draft and "…" in draft and "4461" not in draft


def test_degree_and_copy_stand_on_every_page():
    mark = {"text": "SANGAT RAHASIA", "colour": "#c00000"}
    text = words(render.pdf(sheets.sheet(mark=mark, copy="Salinan 2 dari 3"), sheets.AT).pdf)
    assert text.count("SANGAT RAHASIA") == text.count("Salinan 2 dari 3") == 2


def test_the_signature_never_stands_alone():
    for count in range(8, 22, 2):
        sheet = sheets.sheet(annexes=[], body=[sheets.p(sheets.LONG)] * count + [sheets.p("Demikian.")])
        pages = pypdfium2.PdfDocument(render.pdf(sheet, sheets.AT).pdf)
        texts = [page.get_textpage().get_text_bounded() for page in pages]
        (where,) = [text for text in texts if "a.n. Bupati Ende" in text]
        assert "Demikian." in where and "Drs. Yohanes Bata" in where


def _javascript(pdf):
    pdf.Root.OpenAction = DICT(S=NAME.JavaScript, JS="app.alert(1)")


def _font(pdf):
    for thing in pdf.objects:
        if isinstance(thing, DICT) and thing.get("/Type") == NAME.FontDescriptor:
            for key in [k for k in thing.keys() if k.startswith("/FontFile")]:  # noqa: SIM118
                del thing[key]


def _courier(pdf):
    font = DICT(Type=NAME.Font, Subtype=NAME.Type1, BaseFont=NAME.Courier)
    pdf.pages[0].Resources.Font["/Fx"] = pdf.make_indirect(font)


def _without(key):
    def change(pdf):
        del pdf.Root[key]

    return change


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (_javascript, "active"),
        (_font, "font"),
        (_courier, "font"),
        (_without("/OutputIntents"), "output_intent"),
        (_without("/StructTreeRoot"), "tags"),
        (_without("/Metadata"), "xmp"),
    ],
)
def test_each_broken_twin_is_named(made, change, fault):
    assert pdfa.faults(made) == []
    with pikepdf.open(io.BytesIO(made)) as pdf:
        change(pdf)
        out = io.BytesIO()
        pdf.save(out)
    assert fault in pdfa.faults(out.getvalue())


def test_fonts_are_ours_alone_with_their_licence():
    names = {path.name for path in render.FONTS.iterdir()}
    assert "OFL.txt" in names and sum(name.endswith(".ttf") for name in names) == 4
    assert os.path.getsize(render.FONTS / "OFL.txt") > 3000
