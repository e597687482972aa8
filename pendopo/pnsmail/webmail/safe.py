"""HTML of a message made into what may be shown. Plain functions.

Three walls, each enough by itself: what is not on the list is left out (nh3, an HTML5 parser), the frame runs
no script and has no forms (sandbox), and its content policy loads nothing but what stands in the document,
after the reader asked also pictures from elsewhere. Nothing of a message ever stands in a page of ours.
"""

import base64
import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import nh3

from .markup import tame

PICTURES = {"image/png", "image/jpeg", "image/gif", "image/webp"}
PICTURE = 2 * 1024 * 1024  # bytes of one picture that is shown in its place; larger ones stay files
ALL_PICTURES = 6 * 1024 * 1024

TAGS = {
    "a", "abbr", "address", "b", "big", "blockquote", "br", "caption", "center", "cite", "code", "col",
    "colgroup", "dd", "del", "dfn", "div", "dl", "dt", "em", "font", "h1", "h2", "h3", "h4", "h5", "h6",
    "hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "samp", "small", "span",
    "strike", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u",
    "ul", "var", "wbr",
}  # fmt: skip
DROPPED = {
    "script", "style", "title", "template", "noscript", "iframe", "object", "embed", "applet", "svg",
    "math", "select", "textarea", "button", "audio", "video", "canvas", "noembed", "noframes", "xmp",
}  # fmt: skip
_SIZE = {"width", "height", "align", "valign", "bgcolor"}
ATTRIBUTES = {
    "*": {"style", "dir", "lang"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height", "border"},
    "font": {"color", "face", "size"},
    "table": _SIZE | {"border", "cellpadding", "cellspacing"},
    "td": _SIZE | {"colspan", "rowspan", "nowrap"},
    "th": _SIZE | {"colspan", "rowspan", "nowrap"},
    "tr": {"align", "valign", "bgcolor"},
    "div": {"align"},
    "p": {"align"},
    "ol": {"start", "type"},
    "ul": {"type"},
    "col": {"width", "span"},
    "hr": {"width", "size", "align"},
}
# What a style may say: nothing that loads, moves over something else, or hides what it holds elsewhere.
STYLES = re.compile(
    r"(color|background(-color)?|font(-(family|size|style|weight))?|text-(align|decoration|indent|transform)"
    r"|line-height|letter-spacing|white-space|vertical-align|list-style(-type)?|direction"
    r"|(max-|min-)?(width|height)|(margin|padding|border)(-(top|right|bottom|left))?"
    r"|border-(collapse|color|radius|spacing|style|width)|word-(break|wrap)|overflow-wrap|display)"
)
_VALUE = re.compile(r"([\w\s#%.,!'\"+-]|(rgb|hsl)a?\([\d\s.,%/]{1,40}\)){1,200}")
_SHOWN = {"block", "inline", "inline-block", "table", "table-cell", "table-row", "none", "list-item"}

_TAG = re.compile(r"""<(/?)([a-z][a-z0-9]*)((?: [a-z][a-z-]*="[^"]*")*)>""")
_HREF = re.compile(r' href="([^"]*)"')
_DATA = re.compile(r"data:(image/[a-z]+);base64,([A-Za-z0-9+/=\s]+)")


@dataclass(frozen=True, slots=True)
class Safe:
    """HTML that may stand in the frame; `held` pictures from elsewhere were left out; `used` are the
    attachments that it shows itself."""

    html: str
    held: int
    used: frozenset[str]


@dataclass(frozen=True, slots=True)
class Picture:
    """An attached picture that HTML may refer to by its `cid`. `data` is asked for only when it is used."""

    type: str
    size: int
    data: Callable[[], bytes]


def clean(page: str, pictures: Mapping[str, Picture], *, remote: bool = False) -> Safe:
    """What may be shown of `page`. `remote`: pictures from elsewhere too; the reader asked for them."""
    seen = _Seen(pictures, remote)
    made = nh3.clean(
        tame(page),
        tags=TAGS,
        clean_content_tags=DROPPED,
        attributes=ATTRIBUTES,
        attribute_filter=seen.attribute,
        url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )
    return Safe(_links(made), seen.held, frozenset(seen.used))


def policy(*, remote: bool = False) -> str:
    """The content policy of the frame's document (CSP level 3), the sandbox in it."""
    return "; ".join(
        (
            "default-src 'none'",
            f"img-src data:{' https: http:' if remote else ''}",
            "style-src 'unsafe-inline'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'self'",
            f"sandbox {SANDBOX}",
        )
    )


# No scripts. The same origin, so that the page around it may measure how high the message is; links open
# beside the portal, in windows that know nothing of it.
SANDBOX = "allow-same-origin allow-popups allow-popups-to-escape-sandbox"

# White paper in both themes, as a letter's page: senders write for white.
STYLE = (
    "html{color-scheme:light;background:#fff}"
    "body{margin:0;padding:14px 16px;color:#1c1b19;font:16px/1.55 system-ui,sans-serif}"
    "body{overflow-wrap:anywhere}"
    "img{max-width:100%;height:auto}table{max-width:100%}pre{white-space:pre-wrap;font:inherit}"
    # Newsletters are tables of 600 pixels: a phone's reader would scroll each line sideways.
    "@media(max-width:600px){table:not([width$='%']),td:not([width$='%']){width:auto!important;min-width:0}}"
    "blockquote{margin:8px 0;padding-left:12px;border-left:2px solid #857f72;color:#5d584e}a{color:#2c3c8f}"
    "a[data-host]::after{content:' ('attr(data-host)')';color:#5d584e;font-size:13px;text-decoration:none}"
)


def document(shown: Safe, title: str, lang: str) -> str:
    """The frame's document."""
    return (
        f'<!doctype html><html lang="{html.escape(lang)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="referrer" content="no-referrer">'
        f"<title>{html.escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><main>{shown.html}</main></body></html>"
    )


class _Seen:
    """Looks at each attribute, and counts what was held back."""

    def __init__(self, pictures: Mapping[str, Picture], remote: bool) -> None:
        self.pictures, self.remote = pictures, remote
        self.held, self.used, self.room = 0, set(), ALL_PICTURES

    def attribute(self, tag: str, name: str, value: str) -> str | None:
        if name == "style":
            return style(value) or None
        if tag == "a" and name == "href":
            return value if re.match(r"(?i)(https?://|mailto:|tel:)", value) else None
        if tag == "img" and name == "src":
            return self.source(value.strip())
        if name in ("bgcolor", "color", "face", "align", "valign", "size", "type"):
            return value if re.fullmatch(r"[\w\s#%,.+-]{1,100}", value) else None
        return value

    def source(self, value: str) -> str | None:
        if value[:4].lower() == "cid:":
            return self.attached(value[4:])
        if value[:5].lower() == "data:":
            given = _DATA.fullmatch(value)
            fits = given and given[1] in PICTURES and len(value) * 3 // 4 <= min(PICTURE, self.room)
            self.room -= len(value) * 3 // 4 if fits else 0
            return value if fits else None
        if re.match(r"(?i)https?://", value):
            self.held += not self.remote
            return value if self.remote else None
        return None

    def attached(self, cid: str) -> str | None:
        found = self.pictures.get(cid)
        if found is None or found.type not in PICTURES or found.size > min(PICTURE, self.room):
            return None
        self.used.add(cid)
        self.room -= found.size
        return f"data:{found.type};base64,{base64.b64encode(found.data()).decode()}"


def style(text: str) -> str:
    """The declarations of an inline style that may stay."""
    kept = []
    for declaration in text[:4000].split(";"):
        name, _colon, value = declaration.partition(":")
        name, value = name.strip().lower(), value.strip()
        if not STYLES.fullmatch(name) or not _VALUE.fullmatch(value):
            continue
        if name == "display" and value.lower() not in _SHOWN:
            continue
        kept.append(f"{name}:{value}")
    return ";".join(kept)


def _links(made: str) -> str:
    """Each link opens a window of its own and says its host, where its words do not.

    Works on what nh3 wrote: every `<` is the start of a tag, every value stands in double quotes.
    """
    found, at, opened = [], 0, None
    for tag in _TAG.finditer(made):
        found.append(made[at : tag.start()])
        at = tag.end()
        if tag[2] == "a" and not tag[1]:
            opened = len(found)
            found.append(tag[0][:-1] + ' target="_blank">')
            href = _HREF.search(tag[3])
            host = _host(html.unescape(href[1])) if href else ""
        elif tag[2] == "a" and opened is not None:
            inside = "".join(found[opened + 1 :])
            if host and host not in html.unescape(re.sub(r"<[^>]*>", "", inside)).lower():
                found[opened] = found[opened][:-1] + f' data-host="{html.escape(host)}">'
            opened = None
            found.append(tag[0])
        else:
            found.append(tag[0])
    return "".join((*found, made[at:]))


def _host(url: str) -> str:
    """The host a link leads to, as its bytes go out (xn--…); "" for mail and telephone."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or "" if parts.scheme.lower() in ("http", "https") else ""
        return host.encode("idna").decode() if not host.isascii() else host
    except (ValueError, UnicodeError):
        return "?"


# Signs that end an address in running text belong to the sentence.
_URL = re.compile(r"https?://[^\s<>\"']{1,2000}")


def plain(text: str) -> str:
    """A message in plain text as HTML of a page: escaped, addresses as links."""
    found, at = [], 0
    for url in _URL.finditer(text):
        address = url[0].rstrip(".,;:!?)]}>")
        found.append(html.escape(text[at : url.start()]))
        found.append(
            f'<a href="{html.escape(address)}" target="_blank" rel="noopener noreferrer nofollow">'
            f"{html.escape(address)}</a>"
        )
        at = url.start() + len(address)
    return "".join((*found, html.escape(text[at:])))


def parted(text: str) -> tuple[str, str]:
    """What the sender wrote, and what is only quoted at the end (lines of ">", with the line before them)."""
    lines = text.rstrip().split("\n")
    end = len(lines)
    while end and (lines[end - 1].startswith(">") or not lines[end - 1].strip()):
        end -= 1
    if not any(one.startswith(">") for one in lines[end:]):
        return text, ""
    if end and lines[end - 1].rstrip().endswith(":"):
        end -= 1
    own = "\n".join(lines[:end]).rstrip()
    return (own, "\n".join(lines[end:]).strip("\n")) if own else (text, "")
