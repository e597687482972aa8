"""The opaque cursor of keyset paging: the order and key values of a page's last row, sealed.

They are sealed (libsodium SecretBox) because a key column may be masked, or not granted at all, and its
value must not leave by the side door. What is opened is bound as parameters like any other value; the seal's
context (service, requester, table, order) keeps a cursor from meaning something else elsewhere.
"""

import hashlib
import json
from functools import lru_cache

import nacl.exceptions
from nacl.secret import SecretBox

from pendopo.core.errors import Fault
from pendopo.core.strict import b64d, b64e

MAX_CHARS = 4096

# A value as the database's dialect wrote it: text in PostgreSQL and MariaDB, SQLite's own types there.
CursorValue = str | int | float | None


@lru_cache(maxsize=256)
def _box(secret: bytes, context: str) -> SecretBox:
    return SecretBox(hashlib.blake2b(context.encode(), key=secret, digest_size=SecretBox.KEY_SIZE).digest())


def seal(secret: bytes, context: str, values: list[CursorValue]) -> str:
    """The cursor that `unseal` opens with the same `secret` (32 bytes) and `context`."""
    return b64e(_box(secret, context).encrypt(json.dumps(values, ensure_ascii=False).encode()))


def unseal(secret: bytes, context: str, text: str, count: int) -> list[CursorValue]:
    """The `count` values of a cursor; `Fault query.cursor_invalid` for anything `seal` did not write so."""
    try:
        if len(text) > MAX_CHARS:
            raise ValueError
        values = json.loads(_box(secret, context).decrypt(b64d(text)))
        if len(values) != count:
            raise ValueError
    except (Fault, ValueError, nacl.exceptions.CryptoError):
        raise Fault("query.cursor_invalid") from None
    return values
