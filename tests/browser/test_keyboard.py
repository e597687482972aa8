"""By keyboard alone: keys do what they say. test_pages walks the stops of every page."""

import pytest
from browser import stops
from playwright.sync_api import expect

# A roof that stays, a link far below, a box that scrolls, and a bar at the foot.
BARS = """<!doctype html><html lang="id"><title>Uji</title><style>
  html { scroll-padding: PAD 0 } body { margin: 0 } :focus-visible { outline: 2px solid #00f }
  .roof { position: sticky; top: 0; height: 54px }
  .foot { position: fixed; bottom: 0; height: 54px; width: 100% }
  .room { height: 900px } .box { overflow: auto; margin: 8px; height: HIGH }
  .box p { width: 3000px; height: 3000px }
</style><div class="roof"></div><div class="room"></div><a href="/">Sebelum</a>
<div class="box" tabindex="0"><p>Tabel</p></div><a href="/x">Sesudah</a><div class="room"></div>
<div class="foot"></div>"""


@pytest.mark.parametrize(
    ("padding", "height", "fault"),
    [
        ("60px", "400px", ""),
        ("0px", "690px", "its edge is under"),
        ("60px", "1400px", "not whole in the window"),
    ],
)
def test_the_walk_sees_what_bars_and_the_window_cut_off(eyes, padding, height, fault):
    page = eyes.context().new_page()
    html = BARS.replace("PAD", padding).replace("HIGH", height)
    page.route("**/palang", lambda r, _request: r.fulfill(body=html, content_type="text/html"))
    page.goto("/palang")
    walked, found = stops.walk(page)
    page.close()
    assert walked == 3
    assert any(fault in one for one in found) if fault else not found, found


def test_a_table_is_a_stop_only_where_it_scrolls(eyes):
    """Arrows move what is too wide; a table that fits would be a stop that does nothing."""
    page = eyes.open("/mantra/layanan/{service}/", "admin")
    table = page.locator(".tw").first
    assert table.get_attribute("tabindex") == "-1"
    page.evaluate("document.querySelector('.tw table').style.minWidth = '3000px'")
    page.locator(".tw[tabindex='0']").first.wait_for()
    page.close()


def test_tab_goes_on_and_is_never_trapped(eyes):
    """The skip link first, then the roof; after enough tabs the focus has left the page's beginning."""
    page = eyes.open("/akun/", "admin")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    seen = set()
    for _ in range(80):
        page.keyboard.press("Tab")
        at = page.evaluate("document.activeElement.outerHTML.slice(0, 120)")
        if at in seen:
            break
        seen.add(at)
    assert any("btn-primary" in at for at in seen)
    page.close()


def test_single_keys_work_and_can_be_turned_off(eyes):
    page = eyes.open("/instansi/orang/", "admin")
    page.keyboard.press("?")
    assert page.locator("#keys[open]").is_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("b")
    page.wait_for_url("**/")
    page.goto("/akun/")
    page.get_by_label("Tombol tunggal berfungsi").uncheck()
    page.get_by_role("button", name="Simpan preferensi").click()
    page.get_by_text("Preferensi Anda disimpan.").wait_for()
    page.keyboard.press("?")
    assert not page.locator("#keys[open]").count()
    page.get_by_label("Tombol tunggal berfungsi").check()
    with page.expect_navigation():  # the page that is left says already that they were saved
        page.keyboard.press("Control+Enter")
    page.get_by_text("Preferensi Anda disimpan.").wait_for()
    page.keyboard.press("?")
    assert page.locator("#keys[open]").is_visible()
    page.close()


def test_commands_are_found_and_opened_by_keyboard(eyes):
    page = eyes.open("/", "admin")
    page.keyboard.press("/")
    page.keyboard.type("tambah orang")
    # Not what the first word alone finds, should it come in between.
    expect(page.locator("#found li").first).to_have_text("Tambah orang")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/instansi/orang/baru")
    page.close()


def test_errors_take_the_focus_and_keep_what_was_typed(eyes):
    page = eyes.open("/instansi/orang/baru", "admin")
    page.get_by_label("Nama", exact=True).fill("Lusia Bota")
    page.locator("#id_number").fill("123")
    with page.expect_navigation() as answer:
        page.keyboard.press("Control+Enter")
    assert answer.value.status == 422
    assert page.title().startswith("Ada yang perlu diperbaiki")
    assert page.evaluate("document.activeElement.id") == "errors"
    assert page.get_by_label("Nama", exact=True).input_value() == "Lusia Bota"
    page.locator(".errs a").click()
    assert page.evaluate("document.activeElement.id") == "id_number"
    described = page.locator("#id_number").get_attribute("aria-describedby")
    assert "angka" in page.locator(f"#{described.split()[-1]}").inner_text()
    page.close()
