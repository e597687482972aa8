"""What a box asks, and what it is told: requests read strictly, before anything is looked up. No Django."""

import zlib
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from pendopo.core import strict
from pendopo.core.errors import Fault

MOST = 256 * 1024  # bytes of a body as sent: a report of 4,096 peers deflated has 200 kB
LARGEST = 2 << 20  # bytes of a body that was sent deflated
DEEPEST = 8  # of what a report holds
LINES, PEERS, FACTS = 8, 4096, 64  # in a report; facts: capabilities


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came: `target` is path and query as sent, header names in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""
    remote: str = ""

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def said(self) -> bytes:
        """The body as it was before it was deflated (RFC 9110, section 8.4.1.2: zlib's form), if it was.

        `Fault pnsbox.request` for any other coding, `pnsbox.too_large` for more than `LARGEST`.
        """
        coding = self.headers.get("content-encoding", "")
        if not coding:
            return self.body
        unpacked = zlib.decompressobj()
        try:
            if coding != "deflate":
                raise zlib.error
            said = unpacked.decompress(self.body, LARGEST)
        except zlib.error:
            raise Fault("pnsbox.request", field="body") from None
        if unpacked.unconsumed_tail:
            raise Fault("pnsbox.too_large", most=LARGEST)
        if not unpacked.eof or unpacked.unused_data:
            raise Fault("pnsbox.request", field="body")
        return said

    @property
    def held(self) -> "Held":
        """What the box has, `?after=SERIAL&roads=SERIAL` or the first alone; `Fault pnsbox.request` for
        anything else."""
        query = self.target.partition("?")[2]
        found: dict[str, int] = {}
        for part in query.split("&") if query else ():
            name, _, value = part.partition("=")
            good = value.isascii() and value.isdigit() and len(value) <= 15
            if name not in ("after", "roads") or name in found or not good:
                raise Fault("pnsbox.request", field="roads" if name == "roads" else "after")
            found[name] = int(value)
        return Held(found.get("after", 0), found.get("roads"))


@dataclass(frozen=True, slots=True)
class Held:
    """The serials of the configuration and of the roads (None: it does not ask for any) that a box has."""

    config: int
    roads: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, JSON, headers besides type and length."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """POST enrol: the code on the sheet, the box's Ed25519 and X25519 keys (32 bytes each), what it can."""

    code: str
    box_key: bytes
    wg_key: bytes
    name: str
    capabilities: dict


@dataclass(frozen=True, slots=True)
class Report:
    """POST report: the serial it runs and how that is (trial, good, undone), what it undid and why, its lines
    (names, or objects with `name` and the public address `endpoint`), and its peers as objects."""

    serial: int
    state: str
    undone: dict | None
    lines: list
    peers: list
    capabilities: dict


def enrolment(body: bytes) -> Enrolment:
    """`Fault pnsbox.request` with the field that is wrong."""
    said = _object(body, "code", "box_key", "wg_key", "name", "capabilities")
    return Enrolment(
        _text(said, "code", 40),
        _key(said, "box_key"),
        _key(said, "wg_key"),
        _text(said, "name", 120),
        _facts(said, "capabilities"),
    )


def report(body: bytes) -> Report:
    """`Fault pnsbox.request` with the field that is wrong."""
    said = _object(body, "serial", "state", "undone", "lines", "peers", "capabilities")
    serial = said["serial"]
    if not isinstance(serial, int) or isinstance(serial, bool) or serial < 0:
        raise Fault("pnsbox.request", field="serial")
    return Report(
        serial,
        _text(said, "state", 40),
        None if said["undone"] is None else _facts(said, "undone"),
        _list(said, "lines", LINES, str | dict),
        _list(said, "peers", PEERS, dict),
        _facts(said, "capabilities"),
    )


def new_key(body: bytes) -> bytes:
    """POST rotate and rotated: the box's next X25519 key (32 bytes)."""
    return _key(_object(body, "wg_key"), "wg_key")


def _object(body: bytes, *fields: str) -> dict[str, Any]:
    """The body as an object of version 1 and exactly these fields, of nothing that a database cannot keep."""
    try:
        said = strict.loads(body)
    except Fault:
        raise Fault("pnsbox.request", field="JSON") from None
    version = said.pop("v", None)
    if version != 1 or isinstance(version, bool):
        raise Fault("pnsbox.request", field="v")
    if said.keys() != set(fields):
        odd = sorted(said.keys() ^ set(fields))
        raise Fault("pnsbox.request", field=odd[0][:40])
    for name in fields:
        if not _storable(said[name], DEEPEST):
            raise Fault("pnsbox.request", field=name)
    return said


def _storable(value: Any, depth: int) -> bool:
    if isinstance(value, str):
        return "\x00" not in value
    if isinstance(value, dict):
        parts = [*value.keys(), *value.values()]
    elif isinstance(value, list):
        parts = value
    else:
        return True
    return depth > 0 and all(_storable(part, depth - 1) for part in parts)


def _text(said: dict, name: str, most: int) -> str:
    if not isinstance(said[name], str) or len(said[name]) > most:
        raise Fault("pnsbox.request", field=name)
    return said[name]


def _key(said: dict, name: str) -> bytes:
    try:
        key = strict.b64d(said[name], 32)
    except (Fault, TypeError):
        raise Fault("pnsbox.request", field=name) from None
    if key == bytes(32):  # X25519's all-zero point gives an all-zero secret (RFC 7748, section 6.1)
        raise Fault("pnsbox.request", field=name)
    return key


def _list(said: dict, name: str, most: int, kind) -> list:
    found = said[name]
    if not isinstance(found, list) or len(found) > most or not all(isinstance(one, kind) for one in found):
        raise Fault("pnsbox.request", field=name)
    return found


def _facts(said: dict, name: str) -> dict:
    if not isinstance(said[name], dict) or len(said[name]) > FACTS:
        raise Fault("pnsbox.request", field=name)
    return said[name]


class Tries:
    """Wrong codes of the last minute: whoever sends too many waits. The clock is passed in, in seconds."""

    EACH, ALL, SPAN = 20, 300, 60.0  # of one address, of all together

    def __init__(self) -> None:
        self._wrong: deque[tuple[float, str]] = deque()
        self._lock = Lock()

    def check(self, remote: str, now: float) -> None:
        """`Fault pnsbox.slow_down` with the seconds to wait."""
        with self._lock:
            self._forget(now)
            wrong = list(self._wrong)
        mine = [at for at, who in wrong if who == remote]
        if len(mine) >= self.EACH or len(wrong) >= self.ALL:
            oldest = mine[0] if len(mine) >= self.EACH else wrong[0][0]
            raise Fault("pnsbox.slow_down", seconds=int(oldest + self.SPAN - now) + 1)

    def wrong(self, remote: str, now: float) -> None:
        """One more wrong code of `remote`."""
        with self._lock:
            self._wrong.append((now, remote))

    def _forget(self, now: float) -> None:
        while self._wrong and self._wrong[0][0] <= now - self.SPAN:
            self._wrong.popleft()
