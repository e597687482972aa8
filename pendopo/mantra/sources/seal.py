"""Addresses and passwords of sources at rest: sealed by the node's key, opened only to knock on the source.

libsodium's SecretBox under `secret/seal.key`; the text is base64url of nonce and box together. The gateway
opens the same form.
"""

from django.conf import settings
from nacl.secret import SecretBox

from pendopo.core import strict


def seal(address: dict) -> str:
    """`address` {"host","port","database","user","password","path","tls"} as sealed text."""
    return strict.b64e(_box().encrypt(strict.dumps(address)))


def unseal(sealed: str) -> dict:
    """The address that `seal` closed; {} for an empty text. Never hand it to a template whole."""
    return strict.loads(_box().decrypt(strict.b64d(sealed))) if sealed else {}


def _box() -> SecretBox:
    return SecretBox(settings.HOME.seal_key.read_bytes())
