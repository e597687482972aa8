"""Annexes as data: what a draft takes of them, and where a letter's page shows them."""

import io

import pikepdf
import pypdfium2
import pytest

from pendopo.simaya.kinds import profiles, rules
from pendopo.simaya.letters import drafting
from pendopo.simaya.letters.drafting import AnnexText, Content
from pendopo.simaya.paper import document, pdfa, render
from tests.rooms.simaya.office import fault
from tests.rules.simaya import sheets

PROFILE = profiles.load("permendagri-2023")
BODY = document.from_text("Dengan hormat.")


def annex(title="Daftar peserta", text="Semua kepala bidang.", **more):
    return AnnexText(title=title, body=document.from_text(text), **more)


def content(*annexes, **more):
    given = {"kind": "surat-dinas", "subject": "Undangan", "body": BODY, "annexes": annexes}
    return Content(**(given | more))


def test_what_is_written_is_read_again_and_older_versions_too():
    written = drafting.check(content(annex(), annex("Jadwal")), PROFILE, ())
    assert Content.read(written.body, written.fields) == written
    old = {name: value for name, value in written.fields.items() if name != "annexes"}
    assert Content.read(written.body, old).annexes == ()


def test_ten_and_no_more():
    assert len(drafting.check(content(*[annex()] * 10), PROFILE, ()).annexes) == 10
    with fault("letters.many"):
        drafting.check(content(*[annex()] * 11), PROFILE, ())


@pytest.mark.parametrize(
    ("good", "bad", "code"),
    [
        (annex("d" * 400), annex("d" * 401), "letters.long"),
        (annex("Daftar"), annex("Daf\u202etar"), "paper.body_sign"),
        (annex(text="satu"), AnnexText(title="Daftar", body={"type": "doc"}), "paper.body_form"),
    ],
)
def test_titles_and_texts_are_as_a_letters_own(good, bad, code):
    assert drafting.check(content(good), PROFILE, ()).annexes
    with fault(code):
        drafting.check(content(good, bad), PROFILE, ())


def test_all_texts_of_a_letter_share_its_limit():
    half = document.paragraph("x" * (document.TEXT // 2))
    body = {"type": "doc", "content": [half]}
    one = AnnexText(title="Daftar", body=body)
    assert drafting.check(content(one, body=body), PROFILE, ())
    with fault("paper.body_size"):
        drafting.check(content(one, annex(text="y"), body=body), PROFILE, ())


def test_an_annex_of_a_complete_letter_has_title_and_words():
    def complete(*annexes):
        to = (drafting.Addressee(line="Kepala Bappeda"),)
        return content(*annexes, classification="005", addressees=to).complete

    assert complete() and complete(annex())
    assert not complete(annex(), annex(""))
    assert not complete(annex(), annex(text=""))
    assert annex("", "").empty and not annex("", "x").empty and not annex("x", "").empty


def test_one_is_not_counted_and_several_are():
    assert rules.labels(1) == ["Lampiran"]
    assert rules.labels(4)[2:] == ["Lampiran III", "Lampiran IV"]
    assert [rules.attached(n) for n in (0, 1, 12)] == ["-", "1 (satu) berkas", "12 (dua belas) berkas"]


def test_all_texts_are_compared_and_found_together():
    old, new = content(annex()), content(annex(text="Semua kepala seksi."), annex("Jadwal", "Pukul 9."))
    assert document.plain(new.whole).split("\n") == [
        "Dengan hormat.",
        "Lampiran I: Daftar peserta",
        "Semua kepala seksi.",
        "Lampiran II: Jadwal",
        "Pukul 9.",
    ]
    runs = document.compare(old.whole, new.whole)
    assert ("-", "bidang.") in runs and any(sign == "+" and "seksi." in run for sign, run in runs)
    assert document.plain(content().whole) == document.plain(BODY)


def test_each_annex_begins_a_page_also_before_it_has_a_title():
    annexes = [
        {"label": label, "title": title, "body": document.from_text(f"Isi {label}.")["content"]}
        for label, title in (("Lampiran I", "Daftar peserta"), ("Lampiran II", ""))
    ]
    data = render.pdf(sheets.sheet(annexes=annexes), sheets.AT).pdf
    assert pdfa.faults(data) == []
    pages = [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(data)]
    assert "Daftar peserta" in pages[-2] and "Isi Lampiran I." in pages[-2]
    assert "Isi Lampiran II." in pages[-1] and "Daftar" not in pages[-1]
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert list(pdf.attachments) == ["letter.json"]


def test_files_are_named_with_the_letter_and_a_top_secret_one_has_none():
    one = drafting.Attached(name="daftar  aplikasi.pdf", sha="0" * 64, size=9, pages=1)
    written = drafting.check(content(annex(), files=(one,), security="R"), PROFILE, ())
    assert Content.read(written.body, written.fields) == written
    assert document.plain(written.whole).endswith("\nBerkas lampiran: daftar aplikasi.pdf")
    with fault("letters.file_secret"):
        drafting.check(content(annex(), files=(one,), security="SR"), PROFILE, ())
    assert drafting.check(content(annex(), security="SR"), PROFILE, ())
