"""The pattern book: every part of the design system on one page, also those no room uses yet."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from browser import walk
from browser.test_pages import ALL, PICTURES, RUN_AXE, SIDEWAYS

BOOK = Path(__file__).parent / "patterns.html"


def rendered():
    """The book as the portal would answer it, signed out."""
    from django import forms
    from django.template import engines
    from django.test import RequestFactory

    class Form(forms.Form):
        server = forms.CharField(label="Alamat server")
        database = forms.CharField(label="Nama basis data")
        kind = forms.ChoiceField(
            label="Jenis", choices=[("a", "PostgreSQL"), ("b", "MariaDB")], widget=forms.RadioSelect
        )
        until = forms.DateField(label="Sampai", required=False)
        agree = forms.BooleanField(label="Saya sudah memeriksa", required=False)

    def steps(*states):
        return [
            {
                "label": f"Langkah {state}",
                "state": state,
                "who": "Ratna Wulandari",
                "at": AT if state == "done" else None,
            }
            for state in states
        ]

    request = RequestFactory().get("/pola")
    request.resolver_match, request.actor = None, None
    request.session = {}
    form = Form({"database": "kependudukan"})
    context = {
        "form": form,
        "wizard": steps("done", "now", "next"),
        "journey": steps("done", "done", "now", "next"),
        "long": steps("done", "done", "done", "done", "now", "next"),
        "messages": [],
    }
    return engines["django"].from_string(BOOK.read_text()).render(context, request)


AT = datetime(2026, 11, 23, 0, 10, tzinfo=UTC)


@pytest.mark.parametrize("theme", ("light", "dark"))
def test_the_pattern_book(eyes, theme):
    from django.test import override_settings
    from django.utils import translation

    with translation.override("id"), override_settings(DEMO=True):
        html = rendered()
    page = eyes.context(None, theme).new_page()
    page.route("**/pola", lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8"))
    page.goto("/pola")
    assert page.evaluate("document.activeElement.id") == "errors"
    assert page.get_by_label("Contoh").inner_text().endswith("data di sini hanya rekaan.")
    assert page.get_by_label("Sampai").get_attribute("type") == "date"
    assert page.locator(".errs li").all_inner_texts() == ["Isi “Alamat server”.", "Pilih “Jenis”."]
    page.evaluate(walk.AXE.read_text())
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        page.screenshot(path=PICTURES / f"pola-{width}-{theme}.png", full_page=True)
        assert page.evaluate(SIDEWAYS) <= 0
        assert page.evaluate(RUN_AXE, ALL) == []
    page.close()
