"""What boxes ask each other outside the tunnel: "where do you see me?", and what a relay takes for a caller.

A question and its answer are 35 bytes: `PNSR`, 0 or 1, a number, an IPv4 address and port (zeros in a
question), and Blake2s of all that, keyed by the public key of who is asked. Who does not know that key gets
no answer, as WireGuard gives none, and an answer is no longer than its question. Pure functions.
"""

import hmac
import struct
from collections.abc import Iterable
from hashlib import blake2s
from ipaddress import IPv4Address

MAGIC = b"PNSR"  # no message of WireGuard begins so: its first byte is 1 to 4 and three zeros follow
SHARED = f"@th,64,32 {int.from_bytes(MAGIC):#x}"  # for nft: the first four bytes after UDP's eight
NUMBER = 8  # bytes
_packet = struct.Struct(f">4s?{NUMBER}s4sH")
_MAC = 16
SIZES = {1: 148, 2: 92}  # bytes of WireGuard's first and second message


def question(number: bytes, key: bytes) -> bytes:
    """Asks the box with the WireGuard key `key`; `number` is 8 bytes that nobody can guess."""
    return _sealed(_packet.pack(MAGIC, False, number, bytes(4), 0), key)


def answer(asked: bytes, keys: Iterable[bytes], sender: tuple[str, int]) -> bytes | None:
    """What the box with the public `keys` answers to a question from `sender`; None if it is none to it."""
    for key in keys:
        body = _opened(asked, key)
        if body is not None and not _packet.unpack(body)[1]:
            told = _packet.pack(MAGIC, True, number_of(asked), IPv4Address(sender[0]).packed, sender[1])
            return _sealed(told, key)
    return None


def number_of(data: bytes) -> bytes:
    """The number in a question or an answer; empty for anything else."""
    good = len(data) == _packet.size + _MAC and data[:4] == MAGIC
    return data[5 : 5 + NUMBER] if good else b""


def place(answered: bytes, key: bytes) -> str | None:
    """Where the box with the key `key` sees us, "IP:port"; None if that is no answer of it."""
    body = _opened(answered, key)
    if body is None:
        return None
    _, is_answer, _, host, port = _packet.unpack(body)
    return f"{IPv4Address(host)}:{port}" if is_answer else None


def is_for(message: bytes, key: bytes) -> bool:
    """Whether one of WireGuard's two first messages is for the box with this public key, and made by somebody
    who knows the key: its mac1 (https://www.wireguard.com/papers/wireguard.pdf, section 5.4.4)."""
    if not message or SIZES.get(message[0]) != len(message):
        return False
    secret = blake2s(b"mac1----" + key).digest()
    mac1 = blake2s(message[:-32], key=secret, digest_size=_MAC).digest()
    return hmac.compare_digest(mac1, message[-32:-16])


def _sealed(body: bytes, key: bytes) -> bytes:
    return body + blake2s(body, key=key, digest_size=_MAC).digest()


def _opened(data: bytes, key: bytes) -> bytes | None:
    if not number_of(data):
        return None
    body, mac = data[:-_MAC], data[-_MAC:]
    return body if hmac.compare_digest(mac, blake2s(body, key=key, digest_size=_MAC).digest()) else None
