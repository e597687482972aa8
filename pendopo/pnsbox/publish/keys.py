"""The controller's key of a network: made here, kept sealed, signs what boxes believe."""

import secrets
from dataclasses import dataclass

from django.conf import settings
from nacl.secret import SecretBox

from pendopo.core import crypto
from pendopo.pnsbox.sites.models import Network


@dataclass(frozen=True, slots=True)
class ControllerKey:
    """An Ed25519 key that signs envelopes."""

    thumb: str
    secret: bytes  # 64 bytes, libsodium's form

    def sign(self, message: bytes) -> bytes:
        """64 bytes of Ed25519 (RFC 8032)."""
        return crypto.sign(self.secret, message)


def make() -> tuple[bytes, bytes]:
    """A new key: the public half (32 bytes), and the seed under the node's seal key (SecretBox)."""
    seed = secrets.token_bytes(32)
    return crypto.keypair(seed)[0], bytes(_box().encrypt(seed))


def of(network: Network) -> ControllerKey:
    """The network's key, opened; nacl's CryptoError when the node's seal key is another."""
    pub, secret = crypto.keypair(_box().decrypt(bytes(network.key_sealed)))
    return ControllerKey(crypto.thumbprint(pub), secret)


def _box() -> SecretBox:
    return SecretBox(settings.HOME.seal_key.read_bytes())
