"""One-time codes: made here, shown once, kept only as a hash. No database, no clock."""

from __future__ import annotations

import hmac
import re
import secrets
from hashlib import sha256

# Crockford's base 32: no letter that is taken for a digit. 12 signs are 60 bits.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12
_LOOK_ALIKE = str.maketrans({"O": "0", "I": "1", "L": "1"})


def new_code() -> str:
    """A fresh code as it is printed: `7K2M-9QXA-41TB`."""
    signs = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return "-".join(signs[at : at + 4] for at in range(0, LENGTH, 4))


def code_hash(code: str, key: bytes) -> str:
    """The hex under which a code is kept: HMAC-SHA-256 of its signs, so a stolen table tells nothing.

    Blanks, hyphens, case and look-alike letters do not matter.
    """
    signs = re.sub(r"[^0-9A-Z]", "", code.upper()).translate(_LOOK_ALIKE)
    return hmac.new(key, signs.encode(), sha256).hexdigest()


def username(typed: str) -> str:
    """A sign-in number in its one form: blanks dropped, dots too when only digits are left, capitals."""
    text = re.sub(r"\s", "", typed).upper()
    bare = text.replace(".", "")
    return bare if bare.isdigit() else text
