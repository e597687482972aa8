"""Ed25519 and X25519 by PyNaCl's thin bindings, and the thumbprint that names a key."""

import hashlib

from nacl.bindings import crypto_scalarmult_base, crypto_sign, crypto_sign_open, crypto_sign_seed_keypair
from nacl.exceptions import BadSignatureError

from .strict import b64e

ALG = "ed25519"


def thumbprint(pub: bytes) -> str:
    """RFC 7638 thumbprint of an Ed25519 public key (RFC 8037, A.3): SHA-256, base64url, 43 characters."""
    jwk = f'{{"crv":"Ed25519","kty":"OKP","x":"{b64e(pub)}"}}'
    return b64e(hashlib.sha256(jwk.encode()).digest())


def keypair(seed: bytes) -> tuple[bytes, bytes]:
    """Public key (32 bytes) and signing key (64 bytes, libsodium's form) of a 32-byte seed."""
    return crypto_sign_seed_keypair(seed)


def sign(secret: bytes, message: bytes) -> bytes:
    """64 bytes of Ed25519 (RFC 8032) under libsodium's 64-byte signing key."""
    return crypto_sign(message, secret)[:64]


def verify(pub: bytes, message: bytes, sig: bytes) -> bool:
    """Whether `sig` is a signature of `message`; libsodium also refuses its malleable and weak variants."""
    if len(sig) != 64 or len(pub) != 32:
        return False
    try:
        crypto_sign_open(sig + message, pub)
    except BadSignatureError:
        return False
    return True


def x25519_public(private: bytes) -> bytes:
    """The public half of a 32-byte X25519 key (RFC 7748, section 6.1), as WireGuard uses it."""
    return crypto_scalarmult_base(private)
