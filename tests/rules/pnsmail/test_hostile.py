"""Thirty hostile things in messages, each beside a harmless twin one step away that comes through whole."""

import base64
import re
import time
from datetime import UTC, datetime

import pytest

from pendopo.core.errors import Fault
from pendopo.pnsmail.webmail import compose, message, safe
from pendopo.pnsmail.webmail.message import Address, File
from pendopo.pnsmail.webmail.safe import Picture

# What an HTML document could run, load or send: none of it may stand in what is shown.
ACTIVE = re.compile(
    r"""(?ix)<\s*(script|style|iframe|object|embed|form|input|button|svg|math|meta|base|link|video|audio|template)
    |\son[a-z]+\s*=|javascript:|vbscript:|data:text|data:image/svg|url\(|expression\(|@import|srcset="""
)
PIXEL = base64.b64encode(b"GIF89a" + b"\0" * 20).decode()


def shown(page, pictures=None, **options):
    return safe.clean(page, pictures or {}, **options)


PAGES = [
    # (name, hostile, twin, what of the twin stays)
    ("script", "<p>a</p><script>alert(1)</script>", "<p>alert(1)</p>", "alert(1)"),
    ("script-split", "<scr<script>ipt>alert(1)</script>", "<b>ipt</b>", "<b>ipt</b>"),
    ("handler", "<img src=x onerror=alert(1)>", '<img src="cid:x" alt="onerror">', 'alt="onerror"'),
    ("handler-slash", "<b/onmouseover=alert(1)>x</b>", "<b>onmouseover</b>", "onmouseover"),
    ("javascript", '<a href="java\tscript:alert(1)">x</a>', '<a href="https://a.id/">x</a>', "https://a.id/"),
    (
        "javascript-entity",
        '<a href="&#106;avascript:alert(1)">x</a>',
        '<a href="mailto:a@b.id">x</a>',
        "mailto:",
    ),
    (
        "data-link",
        '<a href="data:text/html,<script>1</script>">x</a>',
        '<a href="tel:+62811">x</a>',
        "tel:+62811",
    ),
    ("svg", "<svg><script>alert(1)</script></svg>", "<p>svg</p>", "<p>svg</p>"),
    (
        "svg-picture",
        '<img src="data:image/svg+xml;base64,PHN2Zz4=">',
        f'<img src="data:image/gif;base64,{PIXEL}">',
        "data:image/gif",
    ),
    (
        "math-mutation",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        "<table></table>",
        "table",
    ),
    ("form", '<form action="https://e.test"><input name=p></form>', "<p>form</p>", "form"),
    ("button", '<button formaction="javascript:1">x</button>', "<b>x</b>", "<b>x</b>"),
    ("refresh", '<meta http-equiv="refresh" content="0;url=https://e.test">', "<p>refresh</p>", "refresh"),
    (
        "base",
        '<base href="https://e.test/"><a href="x">y</a>',
        '<a href="https://e.id/x">y</a>',
        "https://e.id/x",
    ),
    ("frame", '<iframe srcdoc="<script>1</script>"></iframe>', "<div>frame</div>", "frame"),
    ("object", '<object data="x.swf"></object><embed src=x>', "<i>object</i>", "object"),
    ("stylesheet", '<link rel="stylesheet" href="https://e.test/a.css">', "<u>link</u>", "link"),
    ("style-element", "<style>@import 'https://e.test/a.css';</style>", "<p>@ import</p>", "@ import"),
    (
        "style-url",
        '<p style="background:url(https://e.test/p.gif)">x</p>',
        '<p style="background:#ffeeaa">x</p>',
        "background:#ffeeaa",
    ),
    (
        "style-expression",
        '<p style="width:expression(alert(1))">x</p>',
        '<p style="width:20px">x</p>',
        "width:20px",
    ),
    (
        "style-escape",
        r'<p style="background:\75rl(//e.test)">x</p>',
        '<p style="color:red">x</p>',
        "color:red",
    ),
    (
        "style-over",
        '<div style="position:fixed;top:0;left:0;z-index:9">x</div>',
        '<div style="margin:0;padding:4px">x</div>',
        "margin:0;padding:4px",
    ),
    ("comment", "<!--[if IE]><script>alert(1)</script><![endif]-->", "<p>[if]</p>", "[if]"),
    ("template", "<template><script>alert(1)</script></template>", "<p>template</p>", "template"),
    (
        "quote-in-alt",
        """<img src=x alt='"><script>alert(1)</script>'>""",
        '<img src="cid:a" alt="a > b">',
        "a &gt; b",
    ),
    (
        "link-in-alt",
        """<img src=x alt='<a href="https://e.test">'>""",
        '<a href="https://e.id">x</a>',
        'data-host="e.id"',
    ),
    (
        "background",
        '<table background="https://e.test/p.gif"><tr><td>x</table>',
        '<table bgcolor="#eee">',
        "#eee",
    ),
]


@pytest.mark.parametrize(("name", "hostile", "twin", "stays"), PAGES, ids=[one[0] for one in PAGES])
def test_what_could_run_load_or_send_is_left_out_and_its_twin_stays(name, hostile, twin, stays):
    made = shown(hostile).html
    # Words may speak of anything; what counts is what a browser would take as a tag or an attribute.
    tags = "".join(re.findall(r"<[^>]*>", re.sub(r'alt="[^"]*"', "", made)))
    assert not ACTIVE.search(tags), made
    assert stays in shown(twin).html
    assert "e.test" not in tags or name in ("base",), made


def test_pictures_from_elsewhere_wait_for_the_reader_and_attached_ones_do_not():
    page = (
        '<img src="https://t.test/p.gif?id=7" width=1 height=1><img src="//t.test/q"><img src="cid:logo@x">'
    )
    logo = Picture("image/png", 4, lambda: b"\x89PNG")
    held = shown(page, {"logo@x": logo})
    assert held.held == 1
    assert "t.test" not in held.html
    assert held.used == {"logo@x"}
    assert "data:image/png;base64,iVBORw==" in held.html
    asked = shown(page, {"logo@x": logo}, remote=True)
    assert asked.held == 0
    assert "https://t.test/p.gif?id=7" in asked.html
    assert "https:" not in safe.policy().split("img-src")[1].split(";")[0]
    assert "https:" in safe.policy(remote=True).split("img-src")[1].split(";")[0]


def test_an_attached_drawing_that_could_run_is_not_shown_in_its_place():
    drawing = Picture("image/svg+xml", 9, lambda: b"<svg/>")
    small = Picture("image/png", 9, lambda: b"png")
    large = Picture("image/png", safe.PICTURE + 1, lambda: pytest.fail("never read"))
    made = shown(
        '<img src="cid:a"><img src="cid:b"><img src="cid:c">', {"a": drawing, "b": small, "c": large}
    )
    assert made.used == {"b"}
    assert "svg" not in made.html


def test_a_link_says_where_it_leads_unless_its_words_do():
    made = shown(
        '<a href="https://e.test/x">https://bank.id</a> <a href="https://bank.id/y">bank.id</a>'
    ).html
    first, second = re.findall(r"<a [^>]*>", made)
    assert 'data-host="e.test"' in first
    assert "data-host" not in second
    assert all('target="_blank"' in one and "noopener" in one for one in (first, second))
    punycode = shown('<a href="https://аррӏе.com/">apple.com</a>').html  # Cyrillic
    assert 'data-host="xn--' in punycode


def test_the_frames_policy_runs_nothing_and_lets_only_us_frame_it():
    policy = safe.policy()
    assert "default-src 'none'" in policy
    assert "script" not in policy.replace("allow-", "")
    assert "allow-scripts" not in policy
    assert "allow-forms" not in policy
    assert "frame-ancestors 'self'" in policy


BOMBS = {
    "nested": ("<div>" * 60_000, "<div>" * 20 + "x"),
    "behind-barriers": ("<div><object></div></object>" * 16_000, "<div><object></object></div>x"),
    "inline": ("<b><i><a href=x>" * 20_000, "<b><i>x"),
    "attributes": ("<p " + " ".join(f"a{n}=1" for n in range(20_000)) + ">x", "<p lang=id>x"),
    "tables": ("<table><tr><td>" * 15_000, "<table><tr><td>x"),
    "open": ("<" * 400_000, "1 &lt; 2"),
    "style": (f'<p style="{"color:red;" * 50_000}">x', '<p style="color:red">x'),
    "links": ('<a href="https://a.id/">x' * 15_000, '<a href="https://a.id/">x</a>'),
    "scripts": ("<script" * 60_000, "<p>script</p>"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_html_that_would_take_for_ever_does_not(name):
    hostile, twin = BOMBS[name]
    start = time.process_time()
    shown(hostile[: message.TEXT])
    message.words(hostile)
    assert time.process_time() - start < 3
    assert message.words(twin).strip()


def raw(body, *headers):
    return "\r\n".join(("From: Ani <ani@a.id>", "Subject: tes", *headers, "", body)).encode()


def nested(depth):
    lines = []
    for n in range(depth):
        lines += [f'Content-Type: multipart/mixed; boundary="b{n}"', "", f"--b{n}"]
    lines += ["Content-Type: text/plain", "", "di dalam"]
    return ("From: a@b.id\r\n" + "\r\n".join(lines) + "\r\n").encode()


MESSAGES = {
    "200-levels": (nested(200), nested(5)),
    "no-boundary": (raw("halo", "Content-Type: multipart/mixed"), raw("halo", "Content-Type: text/plain")),
    "never-closed": (
        raw("--x\r\n\r\nhalo", 'Content-Type: multipart/mixed; boundary="x"'),
        raw("--x\r\n\r\nhalo\r\n--x--", 'Content-Type: multipart/mixed; boundary="x"'),
    ),
    "zip-as-charset": (
        raw(
            "eJzLSMzJBwAEGwGj", "Content-Type: text/plain; charset=zlib", "Content-Transfer-Encoding: base64"
        ),
        raw("halo", "Content-Type: text/plain; charset=utf-8"),
    ),
    "unknown-charset": (raw("halo", "Content-Type: text/plain; charset=klingon"), raw("halo")),
    "broken-base64": (
        raw("aGFsbw=", "Content-Transfer-Encoding: base64"),
        raw("aGFsbw==", "Content-Transfer-Encoding: base64"),
    ),
    "many-parts": (
        raw("--x\r\n\r\nhalo\r\n" * 5000 + "--x--", 'Content-Type: multipart/mixed; boundary="x"'),
        raw("--x\r\n\r\nhalo\r\n" * 2 + "--x--", 'Content-Type: multipart/mixed; boundary="x"'),
    ),
    "quotes-in-type": (
        raw("halo", "Content-Type: text/plain; x=" + '";' * 60_000),
        raw("halo", 'Content-Type: text/plain; x="a;b"'),
    ),
    "comments": (raw("halo", "To: " + "(" * 60_000), raw("halo", "To: Budi (kantor) <b@a.id>")),
    "people": (raw("halo", "To: " + "a@b.id," * 9_000), raw("halo", "To: a@b.id, c@d.id")),
    "encoded-words": (
        raw("halo", "Subject: " + "=?utf-8?q?a?=" * 20_000),
        raw("halo", "Subject: =?utf-8?q?a?="),
    ),
    "continuations": (
        raw("halo", "Content-Type: text/plain; " + "; ".join(f"name*{n}*=a" for n in range(9_000))),
        raw("halo", "Content-Type: text/plain; charset*=utf-8''utf-8"),
    ),
    "blank-lines": (b"From: a@b.id\r\n" + b" \r\n" * 300_000, b"From: a@b.id\r\n\r\nhalo"),
    "one-header": (b"A" * 3_000_000, b"A: b\r\n\r\nhalo"),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_made_to_break_its_reader_is_read_at_once(name):
    hostile, twin = MESSAGES[name]
    start = time.process_time()
    message.read(hostile)
    assert time.process_time() - start < 2
    found = message.read(twin)
    assert "halo" in found.text or "di dalam" in found.text


def test_two_hundred_levels_end_as_one_file():
    deep, flat = message.read(nested(200)), message.read(nested(5))
    assert "di dalam" not in deep.text
    assert [one.type for one in deep.attachments] == ["application/octet-stream"]
    assert flat.text == "di dalam"
    assert flat.attachments == ()


NAMES = [
    ("../../etc/passwd", "passwd"),
    ("C:\\Windows\\calc.exe", "calc.exe"),
    ("foto\u202egpj.exe", "fotogpj.exe"),
    ("a\r\nSet-Cookie: x=1", "a Set-Cookie_ x=1"),
    ("...", "lampiran.pdf"),
    ("", "lampiran.pdf"),
    ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
    ('a"b<c>.pdf', "a_b_c_.pdf"),
    ("Surat Tugas.pdf", "Surat Tugas.pdf"),
]


@pytest.mark.parametrize(("given", "kept"), NAMES)
def test_a_files_name_leads_nowhere(given, kept):
    word = base64.b64encode(given.encode()).decode()
    found = message.read(
        raw(
            "--x\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment;\r\n"
            f' filename="=?utf-8?b?{word}?="\r\n\r\n%PDF\r\n--x--',
            'Content-Type: multipart/mixed; boundary="x"',
        )
    )
    assert [one.name for one in found.attachments] == [kept]


ME = Address("Ani", "ani@pns.example.go.id")


@pytest.mark.parametrize(
    "typed",
    ["b@a.id\r\nBcc: c@d.id", "b@a.id\nX: y", "Budi\r\nBcc: c@d.id <b@a.id>", "b@a.id>\r\nRCPT TO:<c@d.id"],
)
def test_what_is_typed_as_a_person_becomes_no_header(typed):
    try:
        draft = compose.Draft(ME, compose.people(typed), subject="x", text="y")
    except Fault as fault:
        assert fault.code == "webmail.address"
        return
    made = compose.build(draft, datetime(2026, 11, 30, tzinfo=UTC), b"0123456789")
    head = made.split(b"\r\n\r\n")[0]
    assert not re.search(rb"(?im)^(bcc|x|rcpt)\b", head)


def test_subject_and_names_of_files_become_no_headers_either():
    evil = "x\r\nBcc: c@d.id\r\n\r\n<script>"
    draft = compose.Draft(
        Address(evil, ME.address),
        (Address(evil, "b@a.id"),),
        bcc=(Address("", "rahasia@d.id"),),
        subject=evil,
        text="isi",
        files=(File(evil, "text/html\r\nX: y", b"1"),),
        answers="<a@b>\r\nBcc: c@d.id",
        references=("<x@y>\r\nX: y", "<ok@y>"),
    )
    made = compose.build(draft, datetime(2026, 11, 30, tzinfo=UTC), b"0123456789")
    assert not re.search(rb"(?im)^(bcc|x):", made)
    assert b"rahasia@d.id" not in made
    assert b"References: <ok@y>" in made
    read = message.read(made)
    assert read.to[0].address == "b@a.id"
    assert read.text.strip() == "isi"
