"""By keyboard alone.

Every stop shows a ring and is not hidden, in the order as read; keys do what they say.
"""

import pytest
from browser import walk

PAGES = [one for one in walk.pages() if one.status == 200]

# Walks every tab stop by script, in the keyboard's modality (one real Tab came first).
STOPS = """() => {
  const stops = [...document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')]
    .filter((e) => !e.disabled && e.checkVisibility({visibilityProperty: true}))
    .filter((e) => !document.querySelector('dialog[open]') || e.closest('dialog[open]'))
  const radio = (e) => e.type === 'radio' && !e.checked &&
    document.querySelector(`input[name="${e.name}"]:checked`)
  const faults = []
  let walked = 0
  for (const stop of stops.filter((e) => !radio(e))) {
    stop.focus()
    if (document.activeElement !== stop) {
      faults.push('takes no focus: ' + stop.outerHTML.slice(0, 90))
      continue
    }
    walked += 1
    // A drawn control shows the ring on what stands for it.
    const shown = getComputedStyle(stop).opacity === '0' ? stop.nextElementSibling : stop
    const style = getComputedStyle(shown)
    if (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2)
      faults.push('no ring: ' + stop.outerHTML.slice(0, 90))
    const box = shown.getBoundingClientRect()
    const x = Math.min(innerWidth - 1, Math.max(0, box.left + Math.min(box.width / 2, 40)))
    // A table taller than the window cannot be seen whole: then what stands in the window's middle counts.
    const y = box.height > innerHeight - 120 ? innerHeight / 2 : box.top + Math.min(box.height / 2, 20)
    const on = document.elementFromPoint(x, y)
    if (!on || !(shown.contains(on) || on.contains(shown) || on.closest('label')?.contains(stop)))
      faults.push('hidden under ' + (on && on.className) + ': ' + stop.outerHTML.slice(0, 90))
    if (stop.tabIndex > 0) faults.push('out of order: ' + stop.outerHTML.slice(0, 90))
  }
  return [walked, faults]
}"""


@pytest.mark.parametrize("width", (1280, 360))
def test_every_stop_has_a_ring_and_is_seen(eyes, width):
    walked, faults = 0, []
    for one in PAGES:
        page = eyes.show(one, width=width)
        page.keyboard.press("Tab")
        stops, found = page.evaluate(STOPS)
        walked += stops
        faults += [f"{one.id}: {fault}" for fault in found]
        page.close()
    print(f"{walked} tab stops at {width} px")
    assert not faults, "\n".join(faults)


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
    page.keyboard.press("Control+Enter")
    page.get_by_text("Preferensi Anda disimpan.").wait_for()
    page.keyboard.press("?")
    assert page.locator("#keys[open]").is_visible()
    page.close()


def test_commands_are_found_and_opened_by_keyboard(eyes):
    page = eyes.open("/", "admin")
    page.keyboard.press("/")
    page.keyboard.type("tambah orang")
    page.locator("#found").get_by_text("Tambah orang").wait_for()
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
