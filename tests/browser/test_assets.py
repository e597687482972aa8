"""What the browser downloads: within budget, readable in both themes, and the same in old browsers."""

import gzip
import re
from pathlib import Path

import pytest
from browser.test_pages import PICTURES

TOP = Path(__file__).parents[2]
TOKENS = TOP / "pendopo" / "portal" / "assets" / "scss" / "_tokens.scss"


def built(name):
    from pendopo.portal.assets.manifest import BUILD, names

    return (BUILD / names()[name]).read_bytes()


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("app.css", 20_000),
        ("app.js", 6_000),
        ("htmx.js", 13_500),
        ("icons.svg", 6_000),
        ("letter.js", 80_000),
    ],
)
def test_budget(assets, name, most):
    size = len(gzip.compress(built(name), 9))
    print(f"{name} {size} bytes gzip")
    assert size <= most


def test_font_is_one_file_of_at_most_27_4_kB(assets):
    from pendopo.portal.assets.manifest import names

    assert [name for name in names() if name.endswith(".woff2")] == ["font.woff2"]
    assert len(built("font.woff2")) <= 27_400


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


def test_dark_changes_nothing_but_colours():
    """So what axe says of a page in light but for its colours holds in dark too."""
    css = built("app.css").decode()
    blocks = re.findall(r":root(?:\[data-bs-theme=dark\]|:not\(\[data-bs-theme=light\]\))\{([^}]*)\}", css)
    assert len(blocks) == 2 and css.count("prefers-color-scheme") == 1
    blocks += re.findall(r"\[data-bs-theme=dark\][^{}]*\{([^{}]*)\}", css)
    value = re.compile(r"(#[0-9a-f]{6}|rgba\([^)]*\)|url\(.*\)|inherit|[\d ]+px|[, ])+")
    for name, found in (
        one.split(":", 1) for block in blocks for one in re.split(r";(?![^(]*\))", block) if one
    ):
        assert (name, found) == ("color-scheme", "dark") or name.startswith("--"), name
        assert name == "color-scheme" or value.fullmatch(found.strip()), (name, found)


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


LOOKED_AT = [
    ("/masuk", None), ("/", "admin"), ("/akun/", "admin"), ("/instansi/orang/", "admin"),
    ("/instansi/akun/baru", "admin"), ("/instansi/akun/{account}/", "admin"), ("/simpul/anggota/", "admin"),
    ("/mantra/sumber/hubungkan/{draft}/kolom/", "admin"), ("/mantra/permintaan/{open}/", "admin"),
    ("/mantra/perjanjian/{agreement}/", "admin"), ("/mantra/transaksi/", "admin"),
]  # fmt: skip


@pytest.mark.parametrize("theme", ("light", "dark"))
def test_old_browsers_show_the_same(eyes, assets, theme):
    """To the pixel; and a shade more in one colour would be seen."""
    css = built("app.css").decode()
    old = for_old_browsers(css)
    assert len(old) < len(css)
    pages = {role: eyes.open("/masuk", role, theme) for role in (None, "admin")}
    for path, role in LOOKED_AT:
        page = pages[role]
        page.unroute_all()
        page.goto(eyes.portal.seeded.fill(path))
        page.evaluate("document.querySelectorAll('time, .now').forEach((e) => e.remove())")
        shown = [_drawn_with(page, sheet) for sheet in (css, old)]
        other = _drawn_with(page, re.sub("--bg: ?#(f6f4e|13131).", r"--bg:#\g<1>0", old))
        same = shown[0] == shown[1]  # apart: pytest would compare two pictures byte by byte for minutes
        for name, picture in zip(("new", "old"), () if same else shown, strict=False):
            PICTURES.mkdir(parents=True, exist_ok=True)
            (PICTURES / f"browser-{name}.png").write_bytes(picture)
        assert same, f"{path} looks different to an old browser ({theme})"
        assert other != shown[1], f"{path}: a shade more is not seen ({theme})"
    for page in pages.values():
        page.close()


def _drawn_with(page, css):
    """The first screen with `css` in the place of the page's own sheet, once font and icons are there."""
    page.unroute_all()
    page.route("**/app.*.css*", lambda r, _request: r.fulfill(body=css, content_type="text/css"))
    page.evaluate(
        """() => new Promise((loaded) => {
          const sheet = document.querySelector('link[rel=stylesheet]')
          sheet.onload = loaded
          sheet.href = sheet.href.split('?')[0] + '?' + Math.random()
        })"""
    )
    page.evaluate("document.fonts.ready.then(() => true)")
    return _settled(page)


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
        assert not re.search(r"light-dark\(|color-mix\(|:has\(|popover|(?<!text-)anchor", code), path.name


def test_lock_names_no_host():
    lock = (TOP / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert not re.findall(r'"(?:resolved|registry)": "https?://', lock)


def test_build_is_quick_when_nothing_changed(assets):
    from pendopo.portal.assets import build

    assert build.build() is False
