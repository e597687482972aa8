"""What the browser downloads: within budget, readable in both themes, and the same in old browsers."""

import gzip
import io
import re
from pathlib import Path

import pytest
from browser import walk
from browser.test_pages import PICTURES
from PIL import Image, ImageChops

TOP = Path(__file__).parents[2]
SHADE, CORNERS = 16, 100  # of 255 shades; pixels
TOKENS = TOP / "pendopo" / "portal" / "assets" / "scss" / "_tokens.scss"


def built(name):
    from pendopo.portal.assets.manifest import BUILD, names

    return (BUILD / names()[name]).read_bytes()


@pytest.mark.parametrize(
    ("name", "most"),
    [("app.css", 20_000), ("app.js", 6_000), ("htmx.js", 13_500), ("icons.svg", 6_000)],
)
def test_budget(assets, name, most):
    size = len(gzip.compress(built(name), 9))
    print(f"{name} {size} bytes gzip")
    assert size <= most


def test_font_is_one_file_of_at_most_27_4_kB(assets):
    from pendopo.portal.assets.manifest import names

    assert [name for name in names() if name.endswith(".woff2")] == ["font.woff2"]
    assert len(built("font.woff2")) <= 27_400


def test_every_page_is_at_most_25_kB_on_the_wire(eyes):
    sizes = {}
    for one in walk.pages():
        status, headers, body = eyes.fetch(one.path, one.role)
        assert headers.get("content-encoding") == "gzip" or status == 302, one.id
        sizes[one.id] = len(body)
    print("largest page", max(sizes.items(), key=lambda item: item[1]))
    assert not {name: size for name, size in sizes.items() if size > 25_000}


def test_built_files_are_kept_for_good_and_pages_never(eyes):
    _status, headers, body = eyes.fetch("/", "admin")
    assert headers["cache-control"] == "no-store"
    css = re.search(r'href="(/static/app[^"]+)"', gzip.decompress(body).decode())[1]
    _status, headers, _body = eyes.fetch(css)
    assert "immutable" in headers["cache-control"]


def test_headers_forbid_everything_from_elsewhere_and_inline(eyes):
    for path in ("/masuk", "/tidak-ada", "/static/none.css"):
        _status, headers, _body = eyes.fetch(path)
        policy = headers["content-security-policy"]
        assert (
            "unsafe" not in policy and "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
        )
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cross-origin-opener-policy"] == "same-origin"


# --- contrast, computed from the tokens: axe does not see text in drawings, nor lines


def tokens():
    themes = {}
    for theme, body in re.findall(r"@mixin (light|dark) \{(.*?)\n\}", TOKENS.read_text(), re.DOTALL):
        themes[theme] = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", body))
    return themes


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


TEXT = [(text, ground) for text in ("text", "muted", "accent") for ground in ("bg", "surface", "sunken")]
TEXT += [
    (state, ground) for state in ("red", "amber", "green") for ground in (f"{state}-soft", "surface", "bg")
]
TEXT += [("accent", "accent-soft"), ("text", "accent-soft"), ("muted", "accent-soft"), ("accent-hi", "bg")]
TEXT += [("on-accent", "accent"), ("on-accent", "accent-hi"), ("roof-text", "roof"), ("roof-muted", "roof")]
LINES = [("edge", ground) for ground in ("bg", "surface", "sunken")]
LINES += [(f"{state}-line", "surface") for state in ("red", "amber", "green")]
LINES += [("gold", "roof"), ("accent", "bg"), ("accent", "surface")]


@pytest.mark.parametrize("theme", ("light", "dark"))
def test_contrast_of_tokens(theme):
    found = tokens()[theme]
    low = [pair for pair in TEXT if contrast(found[pair[0]], found[pair[1]]) < 4.5]
    low += [pair for pair in LINES if contrast(found[pair[0]], found[pair[1]]) < 3]
    assert not low, [(pair, round(contrast(found[pair[0]], found[pair[1]]), 2)) for pair in low]


def test_contrast_is_computed_as_the_standard_says():
    assert round(contrast("#000000", "#ffffff"), 1) == 21
    assert round(contrast("#767676", "#ffffff"), 2) == 4.54


# --- Chrome 109 and Firefox 115: the last on Windows 7 and 8


def for_old_browsers(css):
    """The style sheet without what they do not know: such declarations, and rules with such selectors."""
    unknown = ("light-dark(", "color-mix(", "oklch(")

    def rule(match):
        selector, body = match[1], match[2]
        if ":has(" in selector:
            return ""
        kept = [one for one in body.split(";") if not any(word in one for word in unknown)]
        return f"{selector}{{{';'.join(kept)}}}"

    return re.sub(r"([^{}]+)\{([^{}]*)\}", rule, css)


def test_the_stripper_takes_what_it_should_and_no_more():
    css = "a{color:red;border:1px solid color-mix(in srgb,red,blue)}@media print{b:has(i){top:0}b{left:0}}"
    assert for_old_browsers(css) == "a{color:red}@media print{b{left:0}}"


@pytest.mark.parametrize("theme", ("light", "dark"))
def test_old_browsers_show_the_same(eyes, assets, theme):
    css = built("app.css").decode()
    old = for_old_browsers(css)
    assert len(old) < len(css)
    paths = [
        ("/masuk", None), ("/", "admin"), ("/akun/", "admin"), ("/instansi/orang/", "admin"),
        ("/instansi/akun/baru", "admin"), ("/instansi/akun/{account}/", "admin"),
    ]  # fmt: skip
    for path, role in paths:
        shown = []
        for sheet in (css, old):
            page = eyes.context(role, theme).new_page()
            page.set_viewport_size({"width": 1280, "height": 800})
            page.route(
                "**/app.*.css", lambda r, _request, s=sheet: r.fulfill(body=s, content_type="text/css")
            )
            page.goto(eyes.portal.seeded.fill(path), wait_until="networkidle")
            page.evaluate("document.fonts.ready")
            page.evaluate("document.querySelectorAll('time, .now').forEach((e) => e.remove())")
            shown.append(_settled(page))
            page.close()
        seen = differing(*shown)
        for name, picture in zip(("new", "old"), shown if seen else (), strict=False):
            PICTURES.mkdir(parents=True, exist_ok=True)
            (PICTURES / f"browser-{name}.png").write_bytes(picture)
        assert not seen, f"{path} looks different to an old browser ({theme}): {seen} pixels"


def differing(one, other):
    """How many pixels two pictures differ in, beyond the smoothing of round corners: it is not the same
    from one drawing to the next, by a shade nobody sees and in a few dozen pixels."""
    pictures = [Image.open(io.BytesIO(picture)).convert("RGB") for picture in (one, other)]
    shades = ImageChops.difference(*pictures).convert("L")
    strong = sum(shades.histogram()[SHADE:])
    return strong or max(0, sum(shades.histogram()[1:]) - CORNERS)


def test_a_line_of_another_colour_is_seen():
    ground = Image.new("RGB", (200, 100), "#f6f4ef")
    lined = ground.copy()
    lined.paste("#e3ded3", (0, 50, 200, 51))
    one, other = io.BytesIO(), io.BytesIO()
    ground.save(one, "PNG")
    lined.save(other, "PNG")
    assert differing(one.getvalue(), one.getvalue()) == 0
    assert differing(one.getvalue(), other.getvalue()) > 0


def _settled(page):
    """A picture that the next one equals: font and icons arrive a moment after the page."""
    last = page.screenshot()
    for _ in range(10):
        now = page.screenshot()
        if now == last:
            return now
        last = now
    raise AssertionError("the page does not come to rest")


def test_own_style_sheets_use_nothing_old_browsers_lack():
    for path in TOKENS.parent.glob("*.scss"):
        code = re.sub(r"//.*", "", path.read_text())
        assert not re.search(r"light-dark\(|color-mix\(|:has\(|popover|anchor", code), path.name


def test_lock_names_no_host():
    lock = (TOP / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert not re.findall(r'"(?:resolved|registry)": "https?://', lock)


def test_build_is_quick_when_nothing_changed(assets):
    from pendopo.portal.assets import build

    assert build.build() is False
