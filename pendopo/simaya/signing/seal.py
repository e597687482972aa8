"""A person's signing key: P-256, at rest sealed by the person's own passphrase, open only while signing.

The sealed form, `letter-key/1`, is the JSON object {v, type, salt, box} in core's one written form: the
passphrase, in Unicode's NFC, is stretched by Argon2id (2 passes over 64 MiB, 16 bytes of salt), the key's
PKCS #8 sealed under that by XSalsa20-Poly1305. Other costs would be another version.
"""

import unicodedata
from dataclasses import dataclass, field
from typing import Protocol

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from nacl import pwhash, secret, utils
from nacl.exceptions import CryptoError

from pendopo.core import strict
from pendopo.core.errors import Fault

TYPE = "letter-key/1"
_PASSES = pwhash.argon2id.OPSLIMIT_INTERACTIVE
_MEMORY = pwhash.argon2id.MEMLIMIT_INTERACTIVE  # bytes


class Key(Protocol):
    """The one interface to signing keys, wherever the private half lies."""

    def sign(self, data: bytes) -> bytes:
        """ECDSA on P-256 over SHA-256 of `data`, DER (RFC 5758, 3.2)."""

    @property
    def certificate(self) -> bytes:
        """The signer's own certificate, DER."""

    @property
    def chain(self) -> tuple[bytes, ...]:
        """The certificates above it, DER, without the root."""


@dataclass(frozen=True)
class SoftwareKey:
    """A key in this process's memory: a person's while one act lasts, a stamper's while the node runs."""

    private: ec.EllipticCurvePrivateKey = field(repr=False)
    certificate: bytes
    chain: tuple[bytes, ...] = ()

    def sign(self, data: bytes) -> bytes:
        """See Key."""
        return self.private.sign(data, ec.ECDSA(hashes.SHA256()))


def new_key() -> ec.EllipticCurvePrivateKey:
    """A new P-256 key of the operating system's randomness."""
    return ec.generate_private_key(ec.SECP256R1())


def seal(private: ec.EllipticCurvePrivateKey, passphrase: str) -> bytes:
    """The key as it may lie in a database or backup. Takes about 0.1 s and 64 MiB."""
    salt = utils.random(pwhash.argon2id.SALTBYTES)
    inside = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    box = secret.SecretBox(_stretch(passphrase, salt)).encrypt(inside)
    return strict.dumps({"v": 1, "type": TYPE, "salt": strict.b64e(salt), "box": strict.b64e(box)})


def unseal(sealed: bytes, passphrase: str) -> ec.EllipticCurvePrivateKey:
    """The key again; about 0.1 s and 64 MiB.

    `Fault signing.sealed_form` for bytes that `seal` did not write, `signing.passphrase` when the
    passphrase is not the key's (or the box was tampered with: the two cannot be told apart).
    """
    try:
        body = strict.loads_exact(sealed)
        if body.keys() != {"v", "type", "salt", "box"} or body["v"] != 1 or body["type"] != TYPE:
            raise Fault("signing.sealed_form")
        salt, box = strict.b64d(body["salt"], pwhash.argon2id.SALTBYTES), strict.b64d(body["box"])
        if len(box) <= secret.SecretBox.NONCE_SIZE + secret.SecretBox.MACBYTES:
            raise Fault("signing.sealed_form")
    except (Fault, TypeError):
        raise Fault("signing.sealed_form") from None
    try:
        inside = secret.SecretBox(_stretch(passphrase, salt)).decrypt(box)
    except CryptoError:
        raise Fault("signing.passphrase") from None
    return load_der_private_key(inside, password=None)


def _stretch(passphrase: str, salt: bytes) -> bytes:
    text = unicodedata.normalize("NFC", passphrase).encode()
    return pwhash.argon2id.kdf(secret.SecretBox.KEY_SIZE, text, salt, opslimit=_PASSES, memlimit=_MEMORY)
