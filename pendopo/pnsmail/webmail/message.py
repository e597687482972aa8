"""What a message says, read from its bytes, whatever they are. Plain functions: nothing here raises.

Broken charsets, missing boundaries, headers in headers, names that would leave the folder: each gives the
best that can be shown. Limits: `parts` for depth and number of parts, `TEXT` for what is shown.
"""

import codecs
import html
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from mimetypes import guess_extension

import nh3

from .markup import tame
from .parts import Part, cut, header, param

TEXT = 512 * 1024  # characters of a body that are shown
ADDRESSES = 500  # of one header
REFERENCES = 50  # of a conversation's ids, the newest
LINE = 1000  # characters of a subject or name

# Codecs of Python that are charsets; others (punycode, unicode_escape) take long or are none.
_CHARSET = re.compile(
    r"(utf[-_]?(8|16|32)([-_]?(le|be))?|(us-?)?ascii|iso[-_]?8859[-_]?\d{1,2}|latin[-_]?1|windows[-_]?\d{3,4}"
    r"|cp\d{3,4}|koi8[-_][ru]|gb2312|gbk|gb18030|big5|euc[-_](jp|kr)|shift[-_]?jis|iso[-_]2022[-_](jp|kr)"
    r"|mac[-_]roman|tis[-_]620)"
)
# Control signs, and those that turn the direction of writing, so that a name could show another ending.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_TURNING = re.compile(r"[\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff]")
MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}>")
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\\\"@]{1,64}@[A-Za-z0-9.-]{1,253}")


@dataclass(frozen=True, slots=True)
class Address:
    """Who: the name as the sender writes it, which proves nothing, and the address."""

    name: str
    address: str

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name else self.address


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a message. `id` names it within the message, `cid` is by what HTML refers to it."""

    id: str
    name: str
    type: str
    size: int
    cid: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """A message as it can be shown. `date` is in UTC. `text` is always there, `html` may be empty."""

    subject: str
    from_: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    bcc: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    date: datetime | None
    message_id: str
    references: tuple[str, ...]
    text: str
    html: str
    cut: bool
    attachments: tuple[Attachment, ...]


@dataclass(frozen=True, slots=True)
class File:
    """An attachment with what is in it."""

    name: str
    type: str
    data: bytes


def read(raw: bytes) -> Read:
    """The message `raw`."""
    top = cut(raw)
    said = top.headers
    bodies, files = _sorted(top)
    text, shown, shortened = _joined(bodies)
    senders = addresses(said, "from") or addresses(said, "sender")
    return Read(
        subject=line(header(said, "subject")),
        from_=senders[0] if senders else Address("", ""),
        to=addresses(said, "to"),
        cc=addresses(said, "cc"),
        bcc=addresses(said, "bcc"),
        reply_to=addresses(said, "reply-to"),
        date=moment(header(said, "date")),
        message_id=(ids(header(said, "message-id")) or ("",))[0],
        references=ids(header(said, "references")) or ids(header(said, "in-reply-to"))[:1],
        text=text,
        html=shown,
        cut=shortened,
        attachments=tuple(_described(part) for part in files),
    )


def files_of(top: Part) -> list[tuple[Part, Attachment]]:
    """The files of a message that was cut, in the order they stand."""
    return [(part, _described(part)) for part in _sorted(top)[1]]


def file(raw: bytes, id: str) -> File | None:
    """The attachment `id` of the message `raw`; None where there is none of that name."""
    for part in _sorted(cut(raw))[1]:
        if part.id == id:
            return File(file_name(part), part.type, part.data())
    return None


def line(text: str) -> str:
    """A header's words in one line: encoded words undone (RFC 2047), nothing in them that steers."""
    try:
        parts = decode_header(text[: 4 * LINE])
        found = "".join(
            one if isinstance(one, str) else decoded(one, charset or "") for one, charset in parts
        )
    except Exception:  # a header from anywhere: the library's parser stumbles in many ways
        found = text
    found = _TURNING.sub("", _CONTROL.sub("", re.sub(r"[\r\n\t]+", " ", found)))
    return re.sub(r" {2,}", " ", found).strip()[:LINE]


def decoded(data: bytes, charset: str, *, cut: bool = False) -> str:
    """Bytes as text by the charset named, else UTF-8, else the one of old western mail.

    `cut`: the end is missing; then a sign of which only a part is there is left out.
    """
    name = charset.strip().strip("\"'").lower()
    known = [name] if _CHARSET.fullmatch(name) else []
    for codec in (*known, "utf-8"):
        try:
            return codecs.getincrementaldecoder(codec)().decode(data, not cut)
        except (LookupError, UnicodeError):
            continue
    return data.decode("cp1252", "replace")


def addresses(said: Message, name: str) -> tuple[Address, ...]:
    """The people a header names. What is no address keeps its words, without one."""
    try:
        values = [re.sub(r"[\r\n]+", " ", str(one)) for one in said.get_all(name, [])[:10]]
        pairs = getaddresses(values)
    except Exception:  # see `line`
        values, pairs = [header(said, name)], []
    found = [Address(line(who), where) for who, where in pairs if _ADDRESS.fullmatch(where)]
    words = line(" ".join(values))
    return tuple(found[:ADDRESSES]) or ((Address(words[:200], ""),) if words else ())


def ids(text: str) -> tuple[str, ...]:
    """The message ids in a header (RFC 5322, section 3.6.4), the newest `REFERENCES`, each once."""
    return tuple(dict.fromkeys(MESSAGE_ID.findall(text)))[-REFERENCES:]


def moment(text: str) -> datetime | None:
    """A header's date in UTC; None for one that is no date or cannot be."""
    try:
        found = parsedate_to_datetime(text)
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return found if 1970 <= found.year <= 2200 else None


def file_name(part: Part) -> str:
    """A name a file may be saved under: no folders or steering signs, never empty, at most 120 characters."""
    given = param(part.headers, "filename", "content-disposition") or param(part.headers, "name")
    if not given and part.type == "message/rfc822":
        given = line(header(cut(bytes(part.raw[:65536])).headers, "subject")) + ".eml"
    name = re.sub(r'[<>:"|?*]', "_", re.split(r"[/\\]", line(given))[-1]).strip(" .")
    stem, dot, ending = name.rpartition(".")
    if not name or not (stem or ending):
        return "lampiran" + (guess_extension(part.type) or "")
    if dot and stem and len(ending) <= 10:
        return f"{stem[: 119 - len(ending)]}.{ending}"
    return name[:120]


def _described(part: Part) -> Attachment:
    return Attachment(part.id, file_name(part), part.type, len(part.data()), _cid(part))


def _cid(part: Part) -> str:
    found = header(part.headers, "content-id").strip().strip("<>")
    return found if re.fullmatch(r"[!-~]{1,250}", found) else ""


def _is_text(part: Part) -> bool:
    """Whether a part is to be read, not kept as a file."""
    disposition = header(part.headers, "content-disposition").split(";")[0].strip().lower()
    named = param(part.headers, "filename", "content-disposition") or param(part.headers, "name")
    return part.type in ("text/plain", "text/html") and disposition != "attachment" and not named


def _sorted(part: Part) -> tuple[list[list[Part]], list[Part]]:
    """The bodies, each with its alternatives, and the files."""
    if not part.children:
        return ([[part]], []) if _is_text(part) else ([], [part])
    inner = [_sorted(child) for child in part.children]
    files = [one for _bodies, found in inner for one in found]
    bodies = [one for found, _files in inner for one in found]
    if part.type == "multipart/alternative" and bodies:
        return [[one for body in bodies for one in body]], files
    return bodies, files


def _joined(bodies: list[list[Part]]) -> tuple[str, str, bool]:
    """All bodies as text and, where one of them is HTML, as HTML; and whether they are too long to show."""
    texts, pages, rich = [], [], False
    for body in bodies:
        plain = next((_text(one) for one in reversed(body) if one.type == "text/plain"), None)
        page = next((_text(one) for one in reversed(body) if one.type == "text/html"), None)
        rich = rich or page is not None
        texts.append(words(page) if page is not None and not (plain or "").strip() else plain or "")
        pages.append(page if page is not None else f"<pre>{html.escape(plain or '')}</pre>")
    text, page = "\n\n".join(texts).strip("\n"), "\n<hr>\n".join(pages) if rich else ""
    return text[:TEXT], page[:TEXT], len(text) > TEXT or len(page) > TEXT


def _text(part: Part) -> str:
    data = part.data()
    most = 4 * TEXT  # at most four bytes a character: what is beyond is not even decoded
    text = decoded(data[:most], param(part.headers, "charset"), cut=len(data) > most)
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


_TEXT_TAGS = {"br", "p", "div", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "blockquote"}
_BREAK = re.compile(r"<(br|/[a-z0-9]+)>")


def words(page: str) -> str:
    """The words of some HTML, one paragraph a line: to be quoted and searched, never to be shown as HTML."""
    plain = nh3.clean(
        tame(page[:TEXT]),
        tags=_TEXT_TAGS,
        attributes={},
        clean_content_tags={"script", "style", "title"},
        link_rel=None,
    )
    text = html.unescape(re.sub(r"<[a-z0-9]+>", "", _BREAK.sub("\n", re.sub(r"\s+", " ", plain))))
    return re.sub(r"\n{3,}", "\n\n", re.sub(r" *\n *", "\n", text.replace("\xa0", " "))).strip()
