"""How a box signs what it asks of its controller: three headers over the request, HTTP otherwise plain.

`Pendopo-Box` is its id, `Pendopo-Time` Unix milliseconds, `Pendopo-Signature` Ed25519 in base64url over four
lines: `PENDOPO-BOX1`, method and target, time, SHA-256 of the body in hex. Ed25519 makes one signature of one
message (RFC 8032), so a call that is sent again is known by it: `Heard`. Clock passed in.
"""

import hashlib
from collections import deque
from collections.abc import Callable, Mapping
from threading import Lock

from . import strict
from .crypto import verify
from .errors import Fault

BOX, TIME, SIGNATURE = "Pendopo-Box", "Pendopo-Time", "Pendopo-Signature"
SKEW = 60  # seconds that a box's clock may be off


def to_sign(method: str, target: str, at: int, body: bytes) -> bytes:
    """The bytes of a request that its signature covers; `target` is path and query as sent."""
    return f"PENDOPO-BOX1\n{method} {target}\n{at}\n{hashlib.sha256(body).hexdigest()}".encode()


def headers(
    box: str, sign: Callable[[bytes], bytes], method: str, target: str, body: bytes, now: int
) -> dict[str, str]:
    """The three headers of a request made at `now` (Unix milliseconds); `sign` makes 64 bytes of Ed25519."""
    signature = strict.b64e(sign(to_sign(method, target, now, body)))
    return {BOX: box, TIME: str(now), SIGNATURE: signature}


def check(pub: bytes, given: Mapping[str, str], method: str, target: str, body: bytes, now: int) -> None:
    """Whether the box with the key `pub` made this request within `SKEW` of `now` (Unix milliseconds).

    `given` are the request's headers by the names above. Raises `Fault box.call_clock` with the seconds its
    clock is off, and `box.call_signature` for anything else.
    """
    time, signature = given.get(TIME, ""), given.get(SIGNATURE, "")
    if not (time.isascii() and time.isdigit() and len(time) <= 14 and str(int(time)) == time):
        raise Fault("box.call_signature")
    try:
        sig = strict.b64d(signature, 64)
    except Fault:
        raise Fault("box.call_signature") from None
    if not verify(pub, to_sign(method, target, int(time), body), sig):
        raise Fault("box.call_signature")
    # Only who holds the key is told how its clock goes.
    if abs(int(time) - now) > SKEW * 1000:
        raise Fault("box.call_clock", seconds=round((int(time) - now) / 1000))


class Heard:
    """Calls that were answered a moment ago, by their signatures: each counts once. Safe among threads.

    Bounded by what boxes sign within twice `SKEW`: a signature is noted only after `check`.
    """

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._until: deque[tuple[int, str]] = deque()  # in order of when they are forgotten
        self._lock = Lock()

    def once(self, signature: str, now: int) -> None:
        """Note a call that `check` let pass at `now`; `Fault box.call_again` for one noted before."""
        with self._lock:
            while self._until and self._until[0][0] < now:
                self._known.discard(self._until.popleft()[1])
            if signature in self._known:
                raise Fault("box.call_again")
            self._known.add(signature)
            # A clock that is ahead keeps its call good for as long again.
            self._until.append((now + 2 * SKEW * 1000, signature))
