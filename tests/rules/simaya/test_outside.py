"""Arrived PDFs: a good one is shown; each hostile one ends in a code, within its limits."""

import io
import time

import pikepdf
import pytest

from pendopo.simaya.paper import outside, render
from tests.rules.simaya import sheets


def saved(pdf: pikepdf.Pdf, **how: object) -> bytes:
    out = io.BytesIO()
    pdf.save(out, **how)
    return out.getvalue()


@pytest.fixture(scope="module")
def good() -> bytes:
    return render.pdf(sheets.sheet(), sheets.AT).pdf


def locked(good: bytes) -> bytes:
    return saved(pikepdf.open(io.BytesIO(good)), encryption=pikepdf.Encryption(owner="a", user="b"))


def pages(count: int) -> bytes:
    pdf = pikepdf.new()
    for _ in range(count):
        pdf.add_blank_page(page_size=(50, 50))
    return saved(pdf)


def huge_image() -> bytes:
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(200, 200))
    image = pdf.make_stream(b"\0" * 10, Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image)
    image.Width, image.Height, image.BitsPerComponent = 60_000, 60_000, 8
    image.ColorSpace = pikepdf.Name.DeviceRGB
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(I=image))
    page.Contents = pdf.make_stream(b"200 0 0 200 0 0 cm /I Do")
    return saved(pdf)


def operators() -> bytes:
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(14_400, 14_400)).Contents = pdf.make_stream(b"q " * 3_000_000)
    return saved(pdf)


def test_a_good_one_is_shown(good):
    seen = outside.look(good, first=1, count=3)
    assert seen["pages"] == 2 and len(seen["images"]) == 1
    assert seen["images"][0].startswith(b"\x89PNG")
    assert "Daftar Perangkat Daerah" in seen["text"] and "Yth." not in seen["text"]
    assert outside.look(good)["text"].startswith("PEMERINTAH KABUPATEN ENDE")


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda good: b"", "format"),
        (lambda good: b"<!doctype html><script>alert(1)</script>", "format"),
        (lambda good: b"PK\x03\x04" + good[:1000], "format"),
        (locked, "locked"),
        (lambda good: pages(201), "pages"),
    ],
)
def test_what_is_refused_has_a_code(good, make, code):
    with pytest.raises(outside.Unreadable) as refused:
        outside.look(make(good))
    assert refused.value.code == f"paper.file_{code}"
    assert "{" not in refused.value.text("id")


def test_two_hundred_pages_are_still_taken():
    assert outside.look(pages(200))["pages"] == 200


@pytest.mark.parametrize("make", [huge_image, operators, lambda: b"%PDF-1.7\n" + b"1 0 obj<<" * 200_000])
def test_what_is_heavy_ends_within_its_limits(make):
    began = time.monotonic()
    try:
        seen = outside.look(make())
        assert seen["pages"] == 1 and len(seen["images"]) == 1
    except outside.Unreadable as refused:
        assert refused.code in ("paper.file_limit", "paper.file_format")
    assert time.monotonic() - began < outside.SECONDS + 6


def test_time_is_limited(good, monkeypatch):
    """A page of 100,000 curves would take many seconds: it is ended, and the good file beside it is shown."""
    curves = b"".join(
        b"%d %d m %d %d %d %d %d %d c S\n" % tuple(i * step % 600 for step in (1, 7, 3, 5, 11, 13, 17, 19))
        for i in range(100_000)
    )
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(600, 600)).Contents = pdf.make_stream(curves)
    monkeypatch.setattr(outside, "SECONDS", 1)
    with pytest.raises(outside.Unreadable) as refused:
        outside.look(saved(pdf))
    assert refused.value.code == "paper.file_limit"
    assert len(outside.look(good)["images"]) == 1
