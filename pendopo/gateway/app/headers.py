"""Which headers travel, and the X-Road request hash over them."""

import base64
import hashlib

# X-Road REST protocol, 4.3: what belongs to one hop and is neither passed on nor hashed.
DROPPED = frozenset(
    b"transfer-encoding keep-alive proxy-authenticate proxy-authorization te trailer trailers upgrade "
    b"connection user-agent host content-length server expect".split()
)
# Besides: the token for our own gateway, and what the gateways themselves set or take out.
OURS = frozenset(b"authorization x-road-id x-road-client x-road-request-id x-road-request-hash".split())
PENDOPO = b"x-pendopo-"


def travelling(headers: list[tuple[bytes, bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """(name as sent, value) of the caller's headers that reach the provider, in order."""
    nominated = set()
    for key, _, value in headers:
        if key == b"connection":
            nominated |= {part.strip().lower() for part in value.split(b",")}
    return [
        (name, value)
        for key, name, value in headers
        if key not in DROPPED and key not in OURS and key not in nominated and not key.startswith(PENDOPO)
    ]


def request_hash(head: bytes, body: bytes) -> bytes:
    """X-Road-Request-Hash (REST protocol, 4.3): base64 SHA-512 over the head, and the body's hash if any."""
    digest = hashlib.sha512(head).digest()
    if body:
        digest = hashlib.sha512(digest + hashlib.sha512(body).digest()).digest()
    return base64.b64encode(digest)
