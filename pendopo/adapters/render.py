"""Rows to JSON, NDJSON and CSV where the database does not write them itself, as PostgreSQL would.

A dialect hands over, for each column, a function from its raw value (never None) to a JSON fragment, or to
the text of a CSV field. CSV: a line feed ends lines; a field is quoted when it holds a comma, a quote, a line
end, or is an empty text; NULL is empty without quotes.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from json.encoder import encode_basestring as json_string  # non-ASCII stays as it is

Encode = Callable[[object], str]

_special = re.compile(r'[,"\n\r]')


def csv_field(text: str) -> str:
    """One field of a CSV line."""
    if text == "" or _special.search(text):
        return '"' + text.replace('"', '""') + '"'
    return text


def csv_header(names: Iterable[str]) -> bytes:
    """The first line."""
    return (",".join(csv_field(name) for name in names) + "\n").encode()


def csv_lines(rows: Iterable[Sequence], encoders: Sequence[Encode]) -> bytes:
    """A line a row; values beyond the encoders (a cursor's) are left out."""
    lines = []
    for row in rows:
        fields = [
            "" if value is None else csv_field(encode(value))
            for encode, value in zip(encoders, row, strict=False)
        ]
        lines.append(",".join(fields) + "\n")
    return "".join(lines).encode()


def json_lines(rows: Iterable[Sequence], names: Sequence[str], encoders: Sequence[Encode]) -> list[str]:
    """A compact object a row, without line ends; values beyond the encoders are left out."""
    heads = [("," if i else "{") + json_string(name) + ":" for i, name in enumerate(names)]
    parts = list(zip(heads, encoders, strict=True))
    lines = []
    for row in rows:
        fields = [
            head + ("null" if value is None else encode(value))
            for (head, encode), value in zip(parts, row, strict=False)
        ]
        lines.append("".join(fields) + "}")
    return lines


def json_body(lines: Sequence[str], fmt: str) -> bytes:
    """Whole objects as an array ("json") or a line each ("ndjson")."""
    if fmt == "json":
        return ("[" + ",".join(lines) + "]").encode()
    return "".join([line + "\n" for line in lines]).encode()


class Frame:
    """Puts a stream's pieces, whole lines of NDJSON or CSV, into what the format has around them.

    Nothing comes before the first row or the end does: a stream that fails at once has sent nothing.
    """

    def __init__(self, fmt: str, names: Sequence[str]) -> None:
        self.names = names
        self._array = fmt == "json"
        self._start = {"json": b"[", "csv": csv_header(names)}.get(fmt, b"")
        self._end = b"]" if self._array else b""

    def piece(self, lines: bytes) -> bytes:
        """The next piece; `lines` are whole lines, at least one."""
        if self._array:
            lines = lines[:-1].replace(b"\n", b",")
        start, self._start = self._start, b"," if self._array else b""
        return start + lines if start else lines

    def end(self) -> bytes:
        """What closes the stream; perhaps nothing."""
        opened = self._start == b","
        return self._end if opened else self._start + self._end
