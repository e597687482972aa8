"""The letter's editor in a real browser: typing, points, tables, hostile pastes, keyboard, and the live page.

The page around it is tests/browser/letter.html; what a draft's page asks the server is answered here.
"""

import json
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from browser import stops, walk
from browser.test_pages import ALL, PICTURES, RUN_AXE, SIDEWAYS
from playwright.sync_api import expect

PAGE = Path(__file__).parent / "letter.html"
SHEET = (
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 210 297' width='794' height='1123'>"
    "<text x='25' y='40' font-size='6'>PEMERINTAH KABUPATEN ENDE</text></svg>"
)
IMAGE = '<img class="paper" width="794" height="1123" alt="Halaman {n}" src="/konsep/halaman-{n}.svg">'
PAGES = "".join(IMAGE.format(n=n) for n in (1, 2))
FULL = {
    "type": "doc",
    "content": [
        {"type": "paragraph", "content": [
            {"type": "text", "text": "Menindaklanjuti Peraturan Presiden "},
            {"type": "text", "text": "Nomor 95", "marks": [{"type": "strong"}]},
            {"type": "text", "text": ", kami mohon:"},
        ]},
        {"type": "ordered_list", "attrs": {"order": 1}, "content": [
            {"type": "list_item", "content": [
                {"type": "paragraph", "content": [{"type": "text", "text": "data pelaksanaan, yaitu"}]},
                {"type": "ordered_list", "attrs": {"order": 1}, "content": [
                    {"type": "list_item", "content": [
                        {"type": "paragraph", "content": [{"type": "text", "text": "jumlah layanan;"}]}]},
                ]},
            ]},
            {"type": "list_item", "content": [
                {"type": "paragraph", "content": [{"type": "text", "text": "nama penghubung."}]}]},
        ]},
        {"type": "table", "content": [
            {"type": "table_row", "content": [
                {"type": "table_header", "attrs": {"colspan": 1, "rowspan": 1}, "content": [
                    {"type": "paragraph", "content": [{"type": "text", "text": name}]}]}
                for name in ("Layanan", "Jumlah")
            ]},
            {"type": "table_row", "content": [
                {"type": "table_cell", "attrs": {"colspan": 1, "rowspan": 1}, "content": [
                    {"type": "paragraph", "content": [{"type": "text", "text": value}]}]}
                for value in ("Pengaduan", "12")
            ]},
        ]},
    ],
}  # fmt: skip


class Draft:
    """A draft's page with what it asked for its pages, and what the browser complained about."""

    def __init__(self, eyes, body=None, text="", theme="light", **fields):
        from django.template import engines
        from django.test import RequestFactory
        from django.utils import translation
        from django.utils.safestring import SafeString

        request = RequestFactory().get("/konsep")
        request.resolver_match, request.actor, request.session = None, None, {}
        context = {
            "body_text": text,
            "doc_json": json.dumps(body) if body else "",
            "pages": SafeString(PAGES),
            "messages": [],
        }
        with translation.override("id"):
            html = engines["django"].from_string(PAGE.read_text()).render(context | fields, request)
        assert " style=" not in html
        self.asked, self.broken, self.answers, self.held = [], [], [], []
        self.page = page = eyes.context(None, theme).new_page()
        page.set_default_timeout(5000)
        page.on("console", lambda m: self.broken.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda e: self.broken.append(str(e)))
        self._html = html
        page.route("**/konsep", self._serve)
        page.route("**/konsep/halaman-*", lambda r: r.fulfill(body=SHEET, content_type="image/svg+xml"))
        page.route("**/konsep/pratinjau", self._preview)
        page.goto("/konsep")
        self.text = page.get_by_role("textbox", name="Isi surat")

    def _serve(self, route):
        from pendopo.portal.middleware import HEADERS

        html = "Tersimpan" if route.request.method == "POST" else self._html
        route.fulfill(body=html, content_type="text/html; charset=utf-8", headers=HEADERS)

    def _preview(self, route):
        self.asked.append(_fields(route.request))
        status, body = self.answers.pop(0) if self.answers else (200, PAGES)
        if status is None:
            self.held.append(route)
        else:
            route.fulfill(status=status, body=body, content_type="text/html; charset=utf-8")

    @property
    def body(self):
        """What the form would send, as the server takes it: nothing in it is only tolerated."""
        from pendopo.simaya.paper import given

        sent = self.page.locator("input[name=doc]").input_value()
        made = given.body(sent, "")
        assert made == json.loads(sent)
        return made

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, words):
        self.page.keyboard.type(words)

    def paste(self, html="", text=""):
        """A paste as the clipboard would give it: a real event, without asking for the clipboard itself."""
        self.text.evaluate(
            """(box, [html, text]) => {
              const data = new DataTransfer()
              if (html) data.setData('text/html', html)
              data.setData('text/plain', text)
              const how = {clipboardData: data, bubbles: true, cancelable: true}
              box.dispatchEvent(new ClipboardEvent('paste', how))
            }""",
            [html, text],
        )

    def do(self, name):
        self.page.get_by_role("button", name=name, exact=True).click()

    def go(self, place):
        """A click at `place`; the selection arrives a moment later, as the toolbar shows."""
        where = "table" if "td" in place else "list" if "ol" in place else "text"
        self.text.locator(place).first.click()
        self.page.locator(f"[data-in={where}]").wait_for()

    def said(self):
        return self.page.locator(".edit-say").inner_text()


def _fields(request):
    """The fields of a form that a script sent as multipart, or a browser as usual."""
    kind = request.headers["content-type"]
    data = request.post_data_buffer.decode()
    if "multipart" not in kind:
        return {name: values[0] for name, values in parse_qs(data).items()}
    parts = data.split("--" + kind.split("boundary=")[1])[1:-1]
    split = [part.removesuffix("\r\n").split("\r\n\r\n", 1) for part in parts]
    return {head.split('name="')[1].split('"')[0]: value for head, value in split}


@pytest.fixture
def draft(eyes):
    """Opens drafts; at the end none may have broken anything."""
    opened = []

    def open_(*args, **kwargs):
        opened.append(Draft(eyes, *args, **kwargs))
        return opened[-1]

    yield open_
    for one in opened:
        one.page.close()
        assert not one.broken, one.broken


LINE = {"type": "hard_break"}


def words(text, *marks):
    made = {"type": "text", "text": text}
    return made | ({"marks": [{"type": mark} for mark in marks]} if marks else {})


def paragraph(*content):
    return {"type": "paragraph"} | ({"content": list(content)} if content else {})


def test_what_the_server_gave_is_what_it_gets_back(draft):
    from pendopo.simaya.paper import document

    assert draft(FULL).body == FULL
    cell = {
        "type": "table_cell",
        "content": [paragraph(), paragraph(words("x", "strong", "em", "underline"))],
    }
    wide, tall = ({"attrs": attrs} | cell for attrs in ({"colspan": 2}, {"rowspan": 2}))
    rows = [{"type": "table_row", "content": cells} for cells in ([wide, tall], [cell, cell])]
    point = {"type": "list_item", "content": [paragraph(words("a"), {"type": "hard_break"}), paragraph()]}
    rare = [{"type": "table", "content": rows}, paragraph()]
    rare.append({"type": "ordered_list", "attrs": {"order": 999}, "content": [point]})
    rare = document.parse({"type": "doc", "content": rare})
    assert draft(rare).body == rare


def test_typing_marks_and_line_breaks(draft):
    one = draft()
    assert one.body["content"] == [paragraph()]
    one.text.click()
    one.type("Mohon ")
    one.press("Control+b")
    one.press("Shift+Enter")
    one.type("segera")
    assert one.page.get_by_role("button", name="Tebal").get_attribute("aria-pressed") == "true"
    one.press("Control+b", "Control+i")
    one.type(" dibalas")
    one.press("Control+i", "Shift+Enter")
    one.type("hari ini")
    one.press("Enter")
    one.type("Terima kasih")
    assert one.body["content"] == [
        paragraph(words("Mohon "), LINE, words("segera", "strong"), words(" dibalas", "em"), LINE,
                  words("hari ini")),
        paragraph(words("Terima kasih")),
    ]  # fmt: skip
    one.press("Control+z")
    assert one.body["content"][-1] != paragraph(words("Terima kasih"))


def test_points_by_keyboard_four_levels_deep_and_no_deeper(draft):
    one = draft()
    one.text.click()
    one.type("3. satu")
    for word in ("dua", "tiga", "empat", "lima"):
        one.press("Enter", "Tab")
        one.type(word)
    levels, node = [], one.body["content"][0]
    while node:
        levels.append((node["attrs"]["order"], len(node["content"])))
        node = next((n for n in node["content"][-1]["content"] if n["type"] == "ordered_list"), None)
    assert levels == [(3, 1), (1, 1), (1, 1), (1, 2)]  # "lima" stayed beside "empat"
    one.press("Enter", "Tab")
    assert "empat tingkat" in one.said()
    one.press("Shift+Tab")
    one.type("naik")
    assert not one.said()
    assert "naik" in json.dumps(one.body)
    for number in ("0. ", "1000. "):
        fresh = draft()
        fresh.text.click()
        fresh.type(number + "x")
        assert fresh.body["content"] == [paragraph(words(number + "x"))]


def test_a_table_grows_to_twelve_columns_and_text_goes_on_below(draft):
    one = draft()
    one.text.click()
    one.do("Sisipkan tabel")
    one.type("Layanan")
    one.press("Tab")
    one.type("Jumlah")
    table = one.body["content"][0]
    assert [len(row["content"]) for row in table["content"]] == [3, 3, 3]
    assert [cell["type"] for cell in table["content"][0]["content"]] == ["table_header"] * 3
    for _ in range(9):
        one.do("Tambah kolom")
    one.do("Tambah baris")
    assert [len(row["content"]) for row in one.body["content"][0]["content"]] == [12] * 4
    assert not one.said()
    one.page.set_viewport_size({"width": 360, "height": 740})
    assert one.page.evaluate(SIDEWAYS) <= 0
    assert one.text.evaluate("(e) => e.scrollWidth > e.clientWidth")
    one.do("Tambah kolom")
    assert "12 kolom" in one.said()
    assert len(one.body["content"][0]["content"][0]["content"]) == 12
    one.do("Hapus kolom")
    one.do("Hapus baris")
    assert [len(row["content"]) for row in one.body["content"][0]["content"]] == [11] * 3
    one.go("> p")
    one.type("Demikian")
    one.press("Control+Home")
    one.page.locator("[data-in=table]").wait_for()
    one.press("ArrowUp")
    one.type("Dengan hormat")
    kinds = [block["type"] for block in one.body["content"]]
    assert kinds == ["paragraph", "table", "paragraph"]
    one.go("td")
    one.do("Hapus tabel")
    assert [block["type"] for block in one.body["content"]] == ["paragraph", "paragraph"]


HOSTILE = """<meta charset="utf-8"><style>p{color:red}</style><script>window.hit = 1</script>
<h1 onclick="window.hit=2" style="color:red">Ju\u202edul\u200b\u00ad</h1>
<p style="position:fixed" class="roof">te<b>bal</b> <a href="javascript:hit=3">taut</a>
<img src=x onerror="window.hit=4"></p>
<ol start="5000"><li>a<ol><li>b</li></ol></li></ol><ul><li><p>c</p></li></ul>
<iframe srcdoc="<script>parent.hit=5</script>"></iframe><svg onload="window.hit=6"><text>gambar</text></svg>
<table><tr><td colspan="9000" data-colwidth="100,200" style="width:9px">sel</td></tr>
<tr><td rowspan="70000">x</td></tr></table>
<form action="https://lain.example"><input name="doc" value="{}"></form>"""


def test_a_hostile_paste_leaves_words_and_nothing_else(draft):
    one = draft()
    one.text.click()
    one.paste(HOSTILE.replace('colspan="9000"', 'colspan="2"'), "x")
    sent = json.dumps(one.body, ensure_ascii=False)
    for word in ("Judul", "taut", "sel"):
        assert word in sent
    for bad in ("hit", "style", "http", "roof", "colwidth", "5000", "\u202e", "\u200b", "\u00ad"):
        assert bad not in sent
    assert words("bal", "strong") in one.body["content"][1]["content"]
    assert one.page.evaluate("window.hit") is None
    assert one.page.locator(".letter-body [style], .letter-body [onclick], .letter-body img").count() == 0
    # What the page's policy refused of it, it refused aloud.
    one.broken[:] = [text for text in one.broken if "Content Security Policy" not in text]


def test_marks_survive_a_paste_from_word_processors(draft):
    one = draft()
    one.text.click()
    one.paste(
        '<b style="font-weight:normal"><p><span style="font-weight: 700; font-style: italic">tebal miring'
        '</span> <span style="text-decoration: underline">garis</span> <i>miring</i> biasa</p></b>',
        "x",
    )
    assert one.body["content"] == [
        paragraph(words("tebal miring", "strong", "em"), words(" "), words("garis", "underline"), words(" "),
                  words("miring", "em"), words(" biasa")),
    ]  # fmt: skip
    one.broken[:] = [text for text in one.broken if "Content Security Policy" not in text]


BENT = "<table><tr><td colspan=2>a<td rowspan=2>b<tr><td colspan=3>c<tr><td>d</table>"


def test_tables_are_square_whatever_was_pasted(draft):
    one = draft()
    one.text.click()
    for place in ("> p", "td p"):  # beside text, and into the cells of a table
        one.go(place)
        one.paste(BENT, "x")
        tables = [block for block in one.body["content"] if block["type"] == "table"]
        assert all(word in json.dumps(tables) for word in "abcd")
    one.press("Control+a")
    one.do("Sisipkan tabel")
    assert sum(block["type"] == "table" for block in one.body["content"]) == 2


def test_a_paste_beyond_the_limits_changes_nothing_and_says_why(draft):
    one = draft(FULL)
    one.go("> p")
    for html, said in (
        ("<p>x</p>" + "<ol><li>a" * 5 + "</li></ol>" * 5 + "<p>y</p>", "empat tingkat"),
        ("<table><tr>" + "<td>x</td>" * 13 + "</tr></table>", "12 kolom"),
        ("<p>" + "panjang " * 26_000, "terlalu panjang"),
    ):
        one.paste(html, "x")
        assert said in one.said()
        assert one.body == FULL
    one.paste("<table><tr>" + "<td>x</td>" * 12 + "</tr></table>", "x")
    assert not one.said()
    assert one.body != FULL


def test_signs_without_a_shape_are_dropped_from_plain_text_too_and_letters_are_composed(draft):
    one = draft()
    one.text.click()
    one.paste(text="satu\tdua\u200d\u202e tiga\u2028empat cafe\u0301\r\nlima\ud83d\ude00")
    one.page.keyboard.insert_text("\u200bakhir")
    assert one.body["content"] == [
        paragraph(words("satu dua tiga empat caf\u00e9")),
        paragraph(words("lima\U0001f600akhir")),
    ]


def test_esc_and_tab_leave_from_points_and_tables_and_nothing_traps(draft):
    one = draft(FULL)
    focus = "document.activeElement.closest('.letter-body') ? 'text' : document.activeElement.textContent"
    for place in ("ol li p", "td p"):
        for key, to in (("Tab", "Simpan konsep"), ("Shift+Tab", "Tebal")):
            one.go(place)
            one.press("Escape")
            assert "keluar" in one.said()
            one.press(key)
            assert one.page.evaluate(focus) == to
            assert not one.said()
    one.go("tr:last-child td:last-child p")  # elsewhere: a third click in one place selects the cell
    one.press("Shift+Tab")  # a cell back, not out
    assert one.page.evaluate(focus) == "text"
    one.go("> p")
    one.press("Tab")
    assert one.page.evaluate(focus) == "Simpan konsep"
    one.press("Shift+Tab", "Shift+Tab", "ArrowRight", "Enter")  # the toolbar is one stop
    assert one.page.evaluate(focus) == "text"
    assert one.page.get_by_role("button", name="Miring").get_attribute("aria-pressed") == "true"
    outline = one.text.evaluate("(e) => [getComputedStyle(e).outlineStyle, getComputedStyle(e).outlineWidth]")
    assert outline == ["solid", "2px"]


def test_the_label_and_an_errors_link_lead_to_the_text(draft):
    one = draft(FULL, body_error="Ganti tanda yang tidak ada dalam huruf surat.")
    assert one.text.get_attribute("aria-invalid") == "true"
    one.page.get_by_text("Isi surat", exact=True).click()
    assert one.page.evaluate("document.activeElement.id") == "id_body"
    assert "Ganti tanda" in one.page.locator(".edit .err").inner_text()


def test_without_the_editor_the_text_area_is_the_form(draft):
    broken = draft({"type": "doc", "content": [{"type": "gambar"}]}, text="satu\n\ndua")
    area = broken.page.locator("textarea[name=body]")
    assert area.is_visible()
    assert area.input_value() == "satu\n\ndua"
    assert not broken.page.get_by_role("toolbar").is_visible()
    assert len(broken.broken) == 1
    broken.broken.clear()
    assert broken.page.locator("input[name=doc]").input_value() == ""
    with broken.page.expect_request(lambda r: r.method == "POST" and r.url.endswith("/konsep")) as saved:
        broken.page.get_by_role("button", name="Simpan konsep").click()
    broken.page.get_by_text("Tersimpan").wait_for()
    sent = _fields(saved.value)
    assert sent["body"].splitlines() == ["satu", "", "dua"]
    assert "doc" not in sent
    fresh = draft(text="satu\n\ndua")
    assert fresh.body["content"] == [paragraph(words("satu")), paragraph(words("dua"))]


def test_two_editors_on_one_page_keep_apart(draft):
    """The letter's own and an annex's: text, toolbar, keys and what is sent, each its own."""
    annex = {"annex": {"prefix": "annex-0-", "label": "Lampiran", "text": ""}}
    one = draft(FULL, **annex)
    other = one.page.get_by_role("textbox", name="Isi Lampiran")
    assert one.text.get_attribute("id") == "id_body"
    assert other.get_attribute("id") == "id_annex-0-body"
    other.click()
    one.type("1. Kepala Bidang")
    one.press("Enter", "Control+b")
    one.type("Sekretaris")
    bars = one.page.get_by_role("toolbar")
    bold = [bars.nth(n).get_by_role("button", name="Tebal").get_attribute("aria-pressed") for n in (0, 1)]
    assert bold == ["false", "true"]
    assert one.body == FULL
    sent = json.loads(one.page.locator("input[name=annex-0-doc]").input_value())
    points = sent["content"][0]["content"]
    assert [point["content"][0]["content"][0]["text"] for point in points] == ["Kepala Bidang", "Sekretaris"]
    one.page.get_by_text("Isi Lampiran", exact=True).click()
    assert one.page.evaluate("document.activeElement.id") == "id_annex-0-body"
    with one.page.expect_request(lambda r: r.method == "POST" and r.url.endswith("/konsep")) as saved:
        one.press("Control+Enter")
    one.page.get_by_text("Tersimpan").wait_for()
    fields = _fields(saved.value)
    assert json.loads(fields["doc"]) == FULL and json.loads(fields["annex-0-doc"]) == sent


# --- the page beside it


def test_the_page_follows_the_text_once_a_pause_comes(draft):
    one = draft(FULL)
    images = one.page.locator("#pages img")
    one.page.locator("#pages").evaluate("(e) => e.scrollTo(0, 300)")
    one.answers = [(200, PAGES + IMAGE.format(n=3))]
    one.go("> p")
    one.type("Yth. ")
    images.nth(2).wait_for()
    assert len(one.asked) == 1
    assert json.loads(one.asked[0]["doc"]) == one.body
    assert one.asked[0]["csrfmiddlewaretoken"]
    assert one.asked[0]["subject"] == "Permintaan data"
    assert one.page.locator("#pages").evaluate("(e) => e.scrollTop") == 300
    assert one.page.evaluate("document.activeElement.id") == "id_body"
    with one.page.expect_response("**/konsep/pratinjau"):
        one.page.get_by_label("Hal", exact=True).fill("Lain")
    assert one.asked[1]["subject"] == "Lain"


def test_a_desk_without_pages_asks_at_once(draft):
    one = draft(FULL, pages="")
    one.page.get_by_alt_text("Halaman 2").wait_for()
    assert json.loads(one.asked[0]["doc"]) == FULL


def test_one_question_follows_the_other_and_saving_waits_for_the_answer(draft):
    """The server keeps what it shows: two at once would be two versions from one."""
    one = draft(FULL)
    busy = one.page.locator("#pages[aria-busy]")
    clock = one.page.clock
    clock.install()
    one.answers = [(None, ""), (200, IMAGE.format(n=9)), (None, "")]
    one.go("> p")
    one.type("a")
    clock.run_for(800)
    busy.wait_for()
    one.type("b")
    clock.run_for(5000)
    assert len(one.asked) == 1
    one.held.pop().fulfill(body=PAGES, content_type="text/html")
    one.page.get_by_alt_text("Halaman 9").wait_for()
    assert json.loads(one.asked[1]["doc"]) == one.body
    busy.wait_for(state="detached")
    one.type("c")
    clock.run_for(800)
    busy.wait_for()
    one.press("Control+Enter")
    assert one.text.is_visible()
    one.held.pop().fulfill(body=PAGES, content_type="text/html")
    one.page.get_by_text("Tersimpan").wait_for()


def test_trouble_is_said_politely_and_the_last_pages_stay(draft):
    one = draft(FULL)
    note = one.page.locator(".preview-say")
    assert note.get_attribute("role") == "status"
    one.go("> p")
    for answer, said in (
        ((422, "<p>Isi <b>Hal</b>.</p>"), "Isi Hal."),
        ((409, "<p>Disimpan orang lain.</p>"), "Disimpan orang lain."),
        ((500, "x"), "Halaman surat belum dapat dibuat. Isi surat tetap ada."),
        ((200, PAGES), ""),
    ):
        one.answers = [answer]
        one.type("a")
        expect(one.page.locator(".preview-say")).to_have_text(said)
        assert one.page.locator("#pages img").count() == 2
    one.broken[:] = [text for text in one.broken if "status of" not in text]


def test_saving_sends_the_body_and_asks_for_no_page(draft):
    one = draft(FULL)
    one.go("> p")
    one.type("a")
    sent = one.body
    with one.page.expect_request(lambda r: r.method == "POST" and r.url.endswith("/konsep")) as saved:
        one.press("Control+Enter")
    one.page.get_by_text("Tersimpan").wait_for()
    assert json.loads(_fields(saved.value)["doc"]) == sent
    assert not one.asked


@pytest.mark.parametrize("theme", ("light", "dark"))
def test_how_it_looks(draft, theme):
    PICTURES.mkdir(parents=True, exist_ok=True)
    one = draft(FULL, theme=theme)
    page = one.page
    page.evaluate(walk.AXE.read_text())
    page.locator("#pages img").evaluate_all("images => Promise.all(images.map(one => one.decode()))")
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate(SIDEWAYS) <= 0
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        for place in ("> p", "ol ol p", "td p"):
            one.go(place)
            name = place.split()[0].strip("> ") or "p"
            page.screenshot(path=PICTURES / f"surat-{name}-{width}-{theme}.png", full_page=True)
            assert page.evaluate(SIDEWAYS) <= 0
            assert page.evaluate(RUN_AXE, ALL) == []
            targets = page.locator(".edit-tools button:visible").evaluate_all(
                "(all) => all.map((e) => e.getBoundingClientRect().height)"
            )
            assert min(targets) >= (32 if width == 1280 else 44)
        assert stops.walk(page)[1] == []
