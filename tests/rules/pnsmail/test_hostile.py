"""What hostile messages are made into, each beside a harmless twin one step away that comes through whole."""

import base64
import re
import time
from datetime import UTC, datetime

import pytest

from pendopo.core.errors import Fault
from pendopo.pnsmail.webmail import compose, message, safe
from pendopo.pnsmail.webmail.message import Address, File
from pendopo.pnsmail.webmail.safe import Picture
from tests.hostile import HTML, MESSAGES, nested, raw

# What an HTML document could run, load or send: none of it may stand in what is shown.
ACTIVE = re.compile(
    r"""(?ix)<\s*(script|style|iframe|object|embed|form|input|button|svg|math|meta|base|link|video|audio|template)
    |\son[a-z]+\s*=|javascript:|vbscript:|data:text|data:image/svg|url\(|expression\(|@import|srcset="""
)


def shown(page, pictures=None, **options):
    return safe.clean(page, pictures or {}, **options)


@pytest.mark.parametrize(("name", "hostile", "twin", "stays"), HTML, ids=[one[0] for one in HTML])
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
