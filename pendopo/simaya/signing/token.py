"""A signing key on a PKCS #11 token (smart card, HSM; tried with SoftHSM 2): it never leaves the token."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pkcs11
from pkcs11 import Mechanism, ObjectClass
from pkcs11.util.ec import encode_ecdsa_signature

from pendopo.core.errors import Fault

# A login counts for the whole process (PKCS #11 v3.1, 5.6.8): while one is open another person's PIN is not
# even looked at. So there is one at a time, from login to logout.
_LOGIN = threading.Lock()


@dataclass(frozen=True)
class TokenKey:
    """A private key on a token that is logged in; only `opened` makes one."""

    _private: pkcs11.PrivateKey = field(repr=False)
    certificate: bytes
    chain: tuple[bytes, ...]

    def sign(self, data: bytes) -> bytes:
        """See seal.Key. Hashed here, since not every token can (SoftHSM 2.6 cannot)."""
        try:
            pair = self._private.sign(hashlib.sha256(data).digest(), mechanism=Mechanism.ECDSA)
        except pkcs11.PKCS11Error as error:
            raise Fault("signing.token", why=type(error).__name__) from None
        return encode_ecdsa_signature(pair)


@contextmanager
def opened(
    module: Path, token: str, label: str, pin: str, certificate: bytes, chain: tuple[bytes, ...]
) -> Iterator[TokenKey]:
    """The key `label` on the token of that name, logged in for the block. `module` is the maker's library.

    Others who want a token wait meanwhile. `Fault signing.token_module`, `signing.token_absent`,
    `signing.pin`, `signing.token_key` (no such key on it), `signing.token` for all else a token may say.
    """
    with _LOGIN:
        try:
            library = pkcs11.lib(str(module))
        except (RuntimeError, pkcs11.PKCS11Error):
            raise Fault("signing.token_module", module=str(module)) from None
        session = None
        try:
            session = library.get_token(token_label=token).open(user_pin=pin)
            private = session.get_key(object_class=ObjectClass.PRIVATE_KEY, label=label)
            yield TokenKey(private, certificate, chain)
        except (pkcs11.NoSuchToken, pkcs11.TokenNotPresent):
            raise Fault("signing.token_absent", token=token) from None
        except (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange):
            raise Fault("signing.pin") from None
        except (pkcs11.NoSuchKey, pkcs11.MultipleObjectsReturned):
            raise Fault("signing.token_key", label=label, token=token) from None
        except pkcs11.PKCS11Error as error:
            raise Fault("signing.token", why=type(error).__name__) from None
        finally:
            if session is not None:
                session.close()
