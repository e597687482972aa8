"""Strict JSON, base64url and times: one way to write a thing, so that no byte can be changed unseen."""

import base64
import binascii
import json
import re
from datetime import UTC, datetime

from .errors import Fault

_time = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
_urlsafe = bytes.maketrans(b"+/", b"-_")
# Beyond this a JavaScript reader would silently round; no count or length of ours comes near it.
MAX_INTEGER = 2**53 - 1


def dumps(value: object) -> bytes:
    """JSON in its one form: UTF-8, keys sorted, no blanks, no escape that is not needed."""
    return _encode(value).encode()


_encode = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"), check_circular=False
).encode


def loads(data: bytes) -> dict:
    """Read one JSON object.

    Refuses what two readers could understand differently: a key twice, floating point (decimals are
    strings here), integers beyond 2**53, NaN, text that is not UTF-8 or holds half a surrogate pair, and
    anything after the object. Raises `Fault json.*`.
    """
    try:
        text = data.decode("utf-8")
        value = _decode(text)
        if "\\u" in text:
            _encode(value).encode()
    except (ValueError, RecursionError):
        raise Fault("json.malformed") from None
    if not isinstance(value, dict):
        raise Fault("json.not_object")
    return value


def loads_exact(data: bytes) -> dict:
    """`loads`, and the bytes must be exactly what `dumps` writes; `Fault json.not_exact` otherwise."""
    value = loads(data)
    if dumps(value) != data:
        raise Fault("json.not_exact")
    return value


def _object(pairs: list[tuple[str, object]]) -> dict:
    value = dict(pairs)
    if len(value) != len(pairs):
        keys = [key for key, _ in pairs]
        raise Fault("json.duplicate_key", key=next(key for key in keys if keys.count(key) > 1)[:80])
    return value


def _integer(text: str) -> int:
    if len(text) > 17 or abs(number := int(text)) > MAX_INTEGER:
        raise Fault("json.number", value=text[:40])
    return number


def _no_float(text: str) -> None:
    raise Fault("json.number", value=text[:40])


_decode = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_no_float, parse_constant=_no_float
).decode


def b64e(data: bytes) -> str:
    """Unpadded base64url (RFC 4648, 5)."""
    return binascii.b2a_base64(data, newline=False).translate(_urlsafe).rstrip(b"=").decode()


def b64d(text: str, size: int | None = None) -> bytes:
    """Read unpadded base64url in its one form, of `size` bytes where given; `Fault base64.malformed`."""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError, TypeError):
        raise Fault("base64.malformed") from None
    if b64e(data) != text or size not in (None, len(data)):
        raise Fault("base64.malformed")
    return data


def utc(when: datetime) -> str:
    """A moment as `YYYY-MM-DDTHH:MM:SS.mmmZ`; `when` must know its zone."""
    if when.tzinfo is None:
        raise ValueError("a moment needs its zone")
    return when.astimezone(UTC).isoformat(timespec="milliseconds")[:23] + "Z"


def utc_ms(ms: int) -> str:
    """`utc` of a Unix time in milliseconds, without the rounding of floating point."""
    return datetime.fromtimestamp(ms // 1000, UTC).isoformat()[:19] + f".{ms % 1000:03d}Z"


def parse_utc(text: str) -> datetime:
    """Read what `utc` writes; `Fault time.malformed` otherwise."""
    if isinstance(text, str) and _time.fullmatch(text):
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass
    raise Fault("time.malformed", value=str(text)[:40])
