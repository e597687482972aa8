"""Hostile messages, each beside a harmless twin one step away.

What rules make of them is in tests/rules/pnsmail/test_hostile.py, what comes of them over the servers and in
pages in tests/rooms/pnsmail/test_hostile.py, which knocks at all doors, and in tests/browser/test_mail.py.
"""

import base64

PIXEL = base64.b64encode(b"GIF89a" + b"\0" * 20).decode()
# What could run, load or send in a page: (name, hostile, twin, what of the twin stays).
HTML = [
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
    (
        "pixel",
        '<img src="https://e.test/p.gif?reader=7" width="1" height="1">',
        '<img src="cid:a" alt="pixel">',
        'alt="pixel"',
    ),
]


def raw(body, *headers):
    return "\r\n".join(("From: Ani <ani@a.id>", "Subject: tes", *headers, "", body)).encode()


def nested(depth):
    lines = []
    for n in range(depth):
        lines += [f'Content-Type: multipart/mixed; boundary="b{n}"', "", f"--b{n}"]
    lines += ["Content-Type: text/plain", "", "di dalam"]
    return ("From: a@b.id\r\n" + "\r\n".join(lines) + "\r\n").encode()


# What breaks a reader who believes what a message says: name -> hostile, twin ("halo" or "di dalam").
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
