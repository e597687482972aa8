"""The root keys of an instance in one file sealed by a passphrase: they certify issuing keys, kept elsewhere.

The passphrase is stretched by Argon2id (libsodium's "sensitive" memory is 1 GiB, too much for small machines:
"moderate", 256 MiB, is used), the content sealed by XSalsa20-Poly1305.
"""

from dataclasses import dataclass

from nacl import pwhash, secret, utils
from nacl.exceptions import CryptoError

from pendopo.core import strict
from pendopo.core.errors import Fault
from pendopo.core.keys import SigningKey

FILE = "root.pendopo"
EFFORT = pwhash.argon2id.OPSLIMIT_MODERATE
MEMORY = pwhash.argon2id.MEMLIMIT_MODERATE


@dataclass(frozen=True, slots=True)
class Root:
    """The Ed25519 root key and the private key (PEM) of the X.509 root."""

    key: SigningKey
    x509_key: bytes


def seal(root: Root, passphrase: str) -> bytes:
    """The file's content."""
    salt = utils.random(pwhash.argon2id.SALTBYTES)
    inside = {"owner": root.key.owner, "seed": strict.b64e(root.key.seed), "x509": root.x509_key.decode()}
    box = secret.SecretBox(_stretch(passphrase, salt)).encrypt(strict.dumps(inside))
    return strict.dumps({"v": 1, "type": "root/1", "salt": strict.b64e(salt), "box": strict.b64e(box)})


def open(data: bytes, passphrase: str) -> Root:
    """Reads it; `Fault nodes.root_file` for another file, `nodes.root_passphrase` for a wrong passphrase."""
    try:
        body = strict.loads_exact(data)
        if body["v"] != 1 or body["type"] != "root/1":
            raise Fault("nodes.root_file")
        salt, box = strict.b64d(body["salt"], pwhash.argon2id.SALTBYTES), strict.b64d(body["box"])
    except (Fault, KeyError, TypeError):
        raise Fault("nodes.root_file") from None
    try:
        inside = strict.loads(secret.SecretBox(_stretch(passphrase, salt)).decrypt(box))
    except CryptoError:
        raise Fault("nodes.root_passphrase") from None
    key = SigningKey.from_seed(inside["owner"], "root", strict.b64d(inside["seed"], 32))
    return Root(key, inside["x509"].encode())


def _stretch(passphrase: str, salt: bytes) -> bytes:
    return pwhash.argon2id.kdf(
        secret.SecretBox.KEY_SIZE,
        passphrase.encode(),
        salt,
        opslimit=EFFORT,
        memlimit=MEMORY,
    )
