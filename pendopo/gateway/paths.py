"""The path of an X-Road request: `/r1/{instance}/{class}/{member}/{subsystem}/{service}[/path][?query]`.

Parts are percent-encoded one by one. What is compared with rights is this reading of a copy; the bytes that
travel and are signed are the caller's own.
"""

from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from pendopo.core.errors import Fault
from pendopo.core.ids import ServiceId

CACHED = 512  # programs ask for few services, again and again


class Path(NamedTuple):
    service: str  # five parts
    rest: bytes  # what follows the service, with its slash; empty for the service itself
    query: bytes


def parse(url: bytes) -> Path:
    """Read a request's URL; `Fault app.path` or `id.malformed`."""
    path, _, query = url.partition(b"?")
    return Path(*_parse(path), query)


@lru_cache(CACHED)
def _parse(path: bytes) -> tuple[str, bytes]:
    parts = path.split(b"/", 7)
    if len(parts) < 7 or parts[0] or parts[1] != b"r1":
        raise Fault("app.path")
    try:
        service = "/".join([_part(part) for part in parts[2:7]])
    except UnicodeDecodeError:
        raise Fault("app.path") from None
    ServiceId.parse(service)
    return service, b"/" + parts[7] if len(parts) == 8 else b""


def _part(part: bytes) -> str:
    """One decoded part. A slash or other foreign character in it is refused as an identifier later."""
    text = (unquote_to_bytes(part) if b"%" in part else part).decode("ascii")
    if "/" in text:
        raise Fault("app.path")
    return text


@lru_cache(CACHED)
def agency_of(subsystem: str) -> str:
    """The agency in an id of three to five parts."""
    return "/".join(subsystem.split("/", 3)[:3])
