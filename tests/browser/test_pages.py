"""Every page of every room, in two widths and two themes.

Looked at by axe, by measure, by keyboard, and with PICTURES=1 kept as a picture under artifacts/pages. A page
is loaded once: the theme follows the device, so it changes in place, and so do the width and the size of the
font. Dark changes nothing but colours (test_assets holds it to that): there axe looks at these alone.
"""

import os
import re
from pathlib import Path

import pytest
from browser import stops, walk

TOP = Path(__file__).parents[2]
PICTURES = TOP / "artifacts" / "pages"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ALL = {"type": "tag", "values": TAGS}
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
SANDBOXED = "frame is sandboxed and the 'allow-scripts' permission is not set"
HEIGHTS = {360: 740, 1280: 800, 320: 640}
HEAVIEST = 25_000  # bytes of a page on the wire
WIDTHS = (360, 1280)  # narrow first: what folds there is unfolded there

PAGES = walk.pages()

# Runs in the page: axe in the page's world, past the page's own content policy.
RUN_AXE = """async (rules) => {
  const found = await axe.run(document, {runOnly: rules, resultTypes: ['violations']})
  const at = (violation) => violation.nodes.map((node) => node.target.join(' ')).join(', ')
  return found.violations.map((one) => one.id + ': ' + one.help + ' at ' + at(one))
}"""
SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
SHAPE = """() => ({
  h1: document.querySelectorAll('h1').length,
  skip: document.querySelector('body > a')?.getAttribute('href') === '#main',
  main: !!document.querySelector('main#main'),
  lang: document.documentElement.lang,
  title: document.title,
  empty: [...document.querySelectorAll('label, button, h1, h2')].filter((e) => !e.textContent.trim() &&
    !e.getAttribute('aria-label')).map((e) => e.outerHTML.slice(0, 80)),
})"""


@pytest.mark.parametrize("one", PAGES, ids=lambda one: one.id)
def test_page(one, eyes, portal):
    PICTURES.mkdir(parents=True, exist_ok=True)
    page, asked, broken = eyes.window(one.role)
    _size(page, WIDTHS[0])
    page.emulate_media(color_scheme="light")
    answer = page.goto(portal.seeded.fill(one.path))
    assert answer.status == one.status
    assert answer.headers["content-encoding"] == "gzip"
    assert 0 < answer.request.sizes()["responseBodySize"] <= HEAVIEST
    assert not re.search(r"<[^>]+\s(style|on[a-z]+)=", answer.text()), "inline style or script"
    if one.do:
        one.do(page)
    narrow, wide = WIDTHS
    faults = _seen(page, one.id, narrow, ("light", "dark"))
    _size(page, 320)
    faults += [f"320 px: {fault}" for fault in _sideways(page)]
    faults += _seen(page, one.id, wide, ("dark", "light"))
    faults += [f"font of 32 px: {fault}" for fault in _with_large_font(page)]
    _shape(page.evaluate(SHAPE), one)
    _icons(page, one)
    for width in (wide, narrow) if one.status == 200 else ():
        _size(page, width)
        _number, found = stops.walk(page)
        faults += [f"{width} px, by keyboard: {fault}" for fault in found]
    # The browser writes a console line for an answer of 4xx; anything else is ours.
    # Axe comes into every frame; a message's lets nothing run, and says so.
    faults += [text for text in broken if "status of 4" not in text and SANDBOXED not in text]
    faults += [f"asks another host: {url}" for url in asked if not url.startswith((portal.url, "data:"))]
    assert not faults, "\n".join(faults)


def _seen(page, name, width, themes):
    """By measure and by axe, in one width. A new width lays out the whole page again, which costs more than
    new colours: all that is looked at in one width comes together."""
    _size(page, width)
    faults = []
    for theme in themes:
        page.emulate_media(color_scheme=theme)
        if os.environ.get("PICTURES"):
            page.screenshot(path=PICTURES / f"{name}-{width}-{theme}.png", full_page=True)
        found = _sideways(page) + page.evaluate(RUN_AXE, ALL if theme == "light" else COLOURS)
        faults += [f"{width} px, {theme}: {fault}" for fault in found]
    return faults


def _size(page, width):
    page.set_viewport_size({"width": width, "height": HEIGHTS[width]})


def _sideways(page):
    return ["scrolls sideways"] if page.evaluate(SIDEWAYS) > 0 else []


def _with_large_font(page):
    """As when a person sets the browser's font to 32 px: media queries in em follow it too."""
    _size(page, 1280)
    devtools = page.context.new_cdp_session(page)
    devtools.send("Page.setFontSizes", {"fontSizes": {"standard": 32, "fixed": 26}})
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "32px"
    assert page.evaluate("matchMedia('(max-width: 70em)').matches")
    found = _sideways(page)
    devtools.send("Page.setFontSizes", {"fontSizes": {"standard": 16, "fixed": 13}})
    devtools.detach()
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "16px"
    return found


def _shape(shape, one):
    assert shape["h1"] == 1, f"{one.id}: {shape['h1']} h1"
    assert shape["skip"] and shape["main"], f"{one.id}: no skip link first, or no #main"
    assert shape["lang"] == "id"
    assert re.search(r" – Pendopo$", shape["title"]), shape["title"]
    assert not shape["empty"], shape["empty"]


def _icons(page, one):
    """Every icon a page asks for is in the sprite."""
    from pendopo.portal.assets.manifest import BUILD, names

    asked = page.evaluate("() => [...document.querySelectorAll('use')].map((u) => u.getAttribute('href'))")
    known = set(re.findall(r'id="([a-z0-9-]+)"', (BUILD / names()["icons.svg"]).read_text()))
    assert not {href.split("#")[1] for href in asked} - known, f"{one.id}: icons missing"
