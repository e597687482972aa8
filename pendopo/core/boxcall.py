"""How a box signs what it asks of its controller: three headers over the request, HTTP otherwise plain.

`Pendopo-Box` is its id, `Pendopo-Time` Unix seconds, `Pendopo-Signature` Ed25519 in base64url over four
lines: `PENDOPO-BOX1`, method and target, time, SHA-256 of the body in hex. Plain functions, clock passed in.
"""

import hashlib
from collections.abc import Callable, Mapping

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
    """The three headers of a request made at `now` (Unix seconds); `sign` makes 64 bytes of Ed25519."""
    signature = strict.b64e(sign(to_sign(method, target, now, body)))
    return {BOX: box, TIME: str(now), SIGNATURE: signature}


def check(pub: bytes, given: Mapping[str, str], method: str, target: str, body: bytes, now: int) -> None:
    """Whether the box with the key `pub` made this request within `SKEW` of `now`.

    `given` are the request's headers by the names above. Raises `Fault box.call_clock` with the seconds its
    clock is off, and `box.call_signature` for anything else.
    """
    time, signature = given.get(TIME, ""), given.get(SIGNATURE, "")
    if not (time.isascii() and time.isdigit() and len(time) <= 11 and str(int(time)) == time):
        raise Fault("box.call_signature")
    try:
        sig = strict.b64d(signature, 64)
    except Fault:
        raise Fault("box.call_signature") from None
    if not verify(pub, to_sign(method, target, int(time), body), sig):
        raise Fault("box.call_signature")
    # Only who holds the key is told how its clock goes.
    if abs(int(time) - now) > SKEW:
        raise Fault("box.call_clock", seconds=int(time) - now)
