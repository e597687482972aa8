"""Every page of every room, in two widths and two themes.

Looked at by axe, by measure, and kept as a picture.
"""

import re
from pathlib import Path

import pytest
from browser import walk

TOP = Path(__file__).parents[2]
PICTURES = TOP / "artifacts" / "pages"
AXE = TOP / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = (360, 1280)  # narrow first: what folds there is unfolded there

PAGES = walk.pages()

# Runs in the page: axe in the page's world, past the page's own content policy.
RUN_AXE = """async (tags) => {
  const found = await axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})
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
    for theme in ("light", "dark"):
        page, asked, broken = _watched(eyes.context(one.role, theme))
        page.set_viewport_size({"width": WIDTHS[0], "height": 740})
        answer = page.goto(portal.seeded.fill(one.path))
        assert answer.status == one.status
        inline = re.search(r"<[^>]+\s(style|on[a-z]+)=", answer.text())
        assert not inline, f"{one.id}: inline style or script"
        if one.do:
            one.do(page)
        page.evaluate(AXE.read_text())
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800 if width > 400 else 740})
            where = f"{one.id} {width} {theme}"
            page.screenshot(path=PICTURES / f"{one.id}-{width}-{theme}.png", full_page=True)
            assert page.evaluate(SIDEWAYS) <= 0, f"{where}: scrolls sideways"
            assert page.evaluate(RUN_AXE, TAGS) == [], where
        _shape(page.evaluate(SHAPE), one)
        _icons(page, one)
        page.set_viewport_size({"width": 320, "height": 640})
        assert page.evaluate(SIDEWAYS) <= 0, f"{one.id}: scrolls sideways at 320 px"
        page.close()
        # The browser writes a console line for an answer of 4xx; anything else is ours.
        assert not [text for text in broken if "status of 4" not in text], broken
        elsewhere = [url for url in asked if not url.startswith((portal.url, "data:"))]
        assert not elsewhere, f"{one.id} asks another host: {elsewhere}"


def _watched(context):
    """A new page with what it asks for and what it complains about, as lists that fill."""
    page, asked, broken = context.new_page(), [], []
    page.on("request", lambda r: asked.append(r.url))
    page.on("console", lambda m: broken.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda e: broken.append(str(e)))
    return page, asked, broken


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


def test_no_page_scrolls_sideways_with_a_font_of_32_px(portal, eyes):
    """As when a person sets the browser's font to 32 px: media queries in em follow it too."""
    from browser.conftest import ARGS

    sideways = []
    launcher = eyes.browser.browser_type
    large = launcher.launch(
        executable_path="/usr/bin/chromium", args=[*ARGS, "--blink-settings=defaultFontSize=32"]
    )
    contexts = {}
    for one in PAGES:
        if one.role not in contexts:
            contexts[one.role] = large.new_context(
                base_url=portal.url, viewport={"width": 1280, "height": 800}
            )
            if one.role:
                contexts[one.role].add_cookies(eyes.signed_in(one.role))
        page = contexts[one.role].new_page()
        page.goto(portal.seeded.fill(one.path))
        if one.do:
            one.do(page)
        size = page.evaluate("() => getComputedStyle(document.documentElement).fontSize")
        assert size == "32px"
        if page.evaluate(SIDEWAYS) > 0:
            sideways.append(one.id)
        page.close()
    large.close()
    assert not sideways
