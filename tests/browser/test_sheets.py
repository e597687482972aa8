"""Activation sheets on paper: one a page, with the person, the way there and the code, and nothing else."""

import io

import pypdfium2
from browser.rooms.ground import press


def test_each_sheet_is_a_page_of_its_own(eyes):
    page = eyes.open("/surel/kantor/?q=antonius", "admin")
    chosen = page.get_by_role("checkbox").count()
    assert chosen > 2
    press("Buat lembar aktivasi")(page)
    codes = page.locator("[data-code]").all_inner_texts()
    printed = pypdfium2.PdfDocument(io.BytesIO(page.pdf(format="A4")))
    texts = [one.get_textpage().get_text_bounded() for one in printed]
    page.close()
    assert len(texts) == len(codes) == chosen
    for text, code in zip(texts, codes, strict=True):
        assert code in text and "Antonius Pareira" in text and "/surel/aktivasi/" in text
        assert "Cetak" not in text and "Program surel" not in text and "PNSMail" not in text
