"""The wizard, from nothing to its last page, by keyboard alone: Tab, arrows, space, Enter and typing."""

import pytest
from playwright.sync_api import expect

STOPS = 60  # more Tabs than that to reach the next control would be a walk nobody takes


def label(page):
    """What a screen reader says of the focused control: its name."""
    return page.evaluate(
        """() => {
          const e = document.activeElement
          const labels = [...(e.labels || [])].map((l) => l.textContent).join(' ')
          const own = e.getAttribute('aria-label') || labels
          return (own || e.textContent || '').replace(/\\s+/g, ' ').trim()
        }"""
    )


def reach(page, words):
    """Tab on until the control whose name begins with `words` has the focus."""
    seen = []
    for _ in range(STOPS):
        page.keyboard.press("Tab")
        seen.append(label(page))
        if seen[-1].startswith(words):
            return
    raise AssertionError(f"{words!r} is not within {STOPS} stops: {seen}")


def enter(page, words, key="Enter"):
    """Press the control named `words` and wait for the page that follows."""
    reach(page, words)
    with page.expect_navigation():
        page.keyboard.press(key)


@pytest.fixture
def page(eyes):
    page = eyes.open("/mantra/sumber/hubungkan/", "admin")
    page.keyboard.press("Tab")  # the keyboard's first word: the skip link
    page.keyboard.press("Enter")
    yield page
    page.close()


def test_from_nothing_to_the_last_page(page, portal):
    reach(page, "PostgreSQL")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")  # SQLite
    enter(page, "Lanjutkan")

    reach(page, "Letak berkas")
    page.keyboard.type("/tidak/ada.db")
    enter(page, "Uji dan lanjutkan")
    expect(page.locator(".errs")).to_be_focused()
    reach(page, "Letak berkas")
    page.keyboard.press("Control+A")
    page.keyboard.type(portal.seeded.objects["source"].label)
    enter(page, "Uji dan lanjutkan")

    reach(page, "penduduk")
    page.keyboard.press("Space")
    enter(page, "Lanjutkan")

    reach(page, "Terbitkan nik")
    page.keyboard.press("Space")
    page.get_by_text("1 kolom keluar").wait_for()  # counted anew by itself, the focus stays
    assert label(page).startswith("Terbitkan nik")
    reach(page, "Samaran nik")
    page.keyboard.press("ArrowDown")
    page.get_by_text("1 di antaranya disamarkan").wait_for()
    enter(page, "Lanjutkan")

    reach(page, "Nama layanan")
    page.keyboard.press("Control+A")
    page.keyboard.type("Kunci papan tik")
    reach(page, "Kode layanan")
    page.keyboard.press("Control+A")
    page.keyboard.type("papan-tik")
    enter(page, "Lanjutkan")

    assert page.get_by_text("5308••••••••0003").count()
    enter(page, "Terbitkan layanan")
    # No gateway signs here: it is said, and nothing is lost.
    assert page.get_by_text("Gerbang simpul ini tidak menjawab").count()
    assert page.get_by_text("Kunci papan tik").count()


def test_going_back_loses_nothing(eyes, portal):
    page = eyes.open("/mantra/sumber/hubungkan/{draft}/periksa/", "admin")
    for step in ("Batas", "Kolom", "Tabel"):
        page.get_by_role("link", name=step, exact=True).click()
        page.get_by_role("heading", level=1).wait_for()
    page.get_by_role("button", name="Lanjutkan").click()
    assert page.get_by_label("Terbitkan nik").is_checked()
    assert page.get_by_label("Samaran nik").input_value() == "ends"
    page.get_by_role("button", name="Lanjutkan").click()
    assert page.get_by_label("Nama layanan", exact=True).input_value() == "Kartu keluarga uji"
    page.close()
