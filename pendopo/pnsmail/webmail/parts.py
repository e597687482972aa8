"""A message's bytes cut into its MIME parts, whatever they are. Plain functions.

The standard library's parser goes as deep as a message asks and takes longer the deeper it gets. This one has
limits and answers for any bytes: what lies deeper, or beyond the limit of parts, stays one part, a file.
"""

import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import compat32

DEEPEST = 20  # multiparts inside each other
MOST_PARTS = 500
HEADERS = 256 * 1024  # bytes of one part's header that are read
VALUE = 64 * 1024  # characters of one header
PARAMS = 4096  # characters of a header with parameters: the library takes the square of them
TOKEN = re.compile(r"[a-z0-9!#$&^_.+-]{1,60}/[a-z0-9!#$&^_.+-]{1,60}")

_BLANK = re.compile(rb"\r?\n[ \t]*\r?\n")
_EMPTY = re.compile(rb"\r?\n")
_FIELD = re.compile(rb"[!-9;-~]{1,100}[ \t]*:")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_PARSER = BytesHeaderParser(policy=compat32)


@dataclass(slots=True)
class Part:
    """One part: `id` counts from "1" as IMAP does (RFC 9051, section 6.4.5.1), `raw` is its body undecoded;
    header and body stand at `start` to `end` of the message."""

    id: str
    headers: Message
    raw: memoryview
    type: str
    start: int
    end: int
    children: list["Part"] = field(default_factory=list)

    def leaves(self) -> Iterator["Part"]:
        """The parts that hold something themselves, in the order they stand."""
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()

    def data(self) -> bytes:
        """The body, its transfer encoding undone (RFC 2045, section 6); as it is where that is unknown."""
        encoding = header(self.headers, "content-transfer-encoding").strip().lower()
        if encoding == "base64":
            return unbase64(bytes(self.raw))
        if encoding == "quoted-printable":
            return quopri.decodestring(bytes(self.raw))
        return bytes(self.raw)


def cut(raw: bytes) -> Part:
    """The message `raw` as a tree of parts. Never raises."""
    return _Cutter().part(memoryview(raw), 0, "", "text/plain", 0)


def header(headers: Message, name: str) -> str:
    """The first header `name` as it stands, on one line; "" where there is none."""
    return re.sub(r"[\r\n]+[ \t]*", " ", str(headers.get(name, "")))


def param(headers: Message, name: str, of: str = "content-type") -> str:
    """A parameter of a header, also one written by RFC 2231; "" where there is none or it is broken."""
    try:
        value = headers.get_param(name, "", of)
        if isinstance(value, tuple):
            charset, _lang, text = value
            return str(text).encode("latin-1", "replace").decode(charset or "utf-8", "replace")
        return str(value)
    except Exception:  # a header from anywhere: the library's parser stumbles in many ways
        return ""


def unbase64(raw: bytes) -> bytes:
    """Base64, with whatever does not belong into it left out."""
    end = raw.find(b"=")
    plain = _NOT_BASE64.sub(b"", raw if end < 0 else raw[:end])
    plain = plain[:-1] if len(plain) % 4 == 1 else plain
    return binascii.a2b_base64(plain + b"=" * (-len(plain) % 4))


class _Cutter:
    """Counts the parts made so far."""

    def __init__(self) -> None:
        self.made = 0

    def part(self, raw: memoryview, start: int, id: str, default: str, depth: int) -> Part:
        self.made += 1
        head, body = _halves(raw)
        headers = _headers(head)
        kind = header(headers, "content-type").split(";")[0].strip().lower() or default
        kind = kind if TOKEN.fullmatch(kind) else "application/octet-stream"
        made = Part(id or "1", headers, body, kind, start, start + len(raw))
        if not made.type.startswith("multipart/"):
            return made
        boundary = param(headers, "boundary").rstrip()
        inner = "message/rfc822" if made.type == "multipart/digest" else "text/plain"
        at = made.end - len(body)
        for n, (first, last) in enumerate(_pieces(body, boundary) if boundary and depth < DEEPEST else (), 1):
            if self.made >= MOST_PARTS:
                break
            name = f"{id}.{n}" if id else str(n)
            made.children.append(self.part(body[first:last], at + first, name, inner, depth + 1))
        if not made.children:
            # Nothing can be made of it: its text may still be read, at the top only.
            made.type = "application/octet-stream" if depth else "text/plain"
        return made


def _halves(raw: memoryview) -> tuple[memoryview, memoryview]:
    """Header and body. A part that begins with an empty line, or with no header's name, has no header."""
    empty = _EMPTY.match(raw)
    if empty or not _FIELD.match(raw):
        return raw[:0], raw[empty.end() if empty else 0 :]
    found = _BLANK.search(raw)
    return (raw[: found.start()], raw[found.end() :]) if found else (raw, raw[:0])


def _headers(head: memoryview) -> Message:
    """A part's headers; bytes beyond ASCII are taken as UTF-8 (RFC 6532), else as western text."""
    made = Message(policy=compat32)
    try:
        items = list(_PARSER.parsebytes(bytes(head[:HEADERS])).raw_items())
    except Exception:  # see `param`
        return made
    for name, value in items[:1000]:
        plain = str(value).encode("utf-8", "surrogateescape")
        try:
            text = plain.decode()
        except UnicodeDecodeError:
            text = plain.decode("cp1252", "replace")
        made[name] = text[: PARAMS if name.lower().startswith("content-") else VALUE]
    return made


def _pieces(body: memoryview, boundary: str) -> Iterator[tuple[int, int]]:
    """What stands between the delimiter lines (RFC 2046, section 5.1.1); the last one may be left open."""
    mark = re.escape(boundary.encode("utf-8", "surrogateescape"))
    start = None
    for line in re.finditer(rb"(?m)^--" + mark + rb"(--)?[ \t]*\r?$", body):
        if start is not None:
            end = line.start() - 1  # the line break before a delimiter belongs to it
            end -= end > start and body[end - 1] == 0x0D
            yield start, max(start, end)
        if line[1]:
            return
        start = line.end() + 1
    if start is not None and start < len(body):
        yield start, len(body)
