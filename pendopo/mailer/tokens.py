"""Tokens by which the portal signs in to one mailbox, and the keys that sign them.

A token is a JWT (RFC 7519) under ES256 (RFC 7518, section 3.4), sent by XOAUTH2 or OAUTHBEARER (RFC 7628).
Dovecot checks it by itself, also for Postfix: it has the public keys, each a file named by its key id, below
`engine.tokens`. So nobody has to be asked, and what the servers hold opens nothing.
"""

import json
import os
import secrets
from base64 import urlsafe_b64encode
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from pendopo.mailer.files import write
from pendopo.mailer.private import private_pem

ISSUER, AUDIENCE = "pendopo-portal", "pendopo-mail"
FOLDER = "default/ES256"  # where Dovecot looks: the client's name, which none has, and the algorithm
LIFE = timedelta(minutes=1)  # a token is used at once
# How much older than it is a token says it is. Dovecot refuses one "issued in future", and reads a clock that
# moves with the timer's ticks: at the turn of a second it is some milliseconds behind ours.
AGE = timedelta(seconds=5)
KEPT = 2  # the key of this month and the one before, which tokens of a moment ago bear
SIDE = 32  # bytes of each half of a signature over P-256

# `owner`: opens what its owner may open. `service`: a held mailbox too, to look after it.
Scope = Literal["owner", "service"]


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one node: `private` is a folder of ours alone, `public` the one that Dovecot reads."""

    private: Path
    public: Path

    def rotate(self, now: datetime) -> None:
        """Make this month's key where there is none, and take away all but the newest two.

        Several processes may do so at once: the private key of a month is there before its public one, which
        is made of it, and no token bears a key whose public half is not there.
        """
        for folder in (self.private, self.public / FOLDER):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        month = f"{now:%Y%m}"
        if not (self.private / month).exists():
            _make(self.private / month, private_pem(ec.generate_private_key(ec.SECP256R1())), 0o600)
        for old in _names(self.private)[:-KEPT]:
            (self.private / old).unlink(missing_ok=True)
        held = _names(self.private)
        for name in held:
            public = self.public / FOLDER / name
            if not public.exists():
                key = self._key(name).public_key()
                pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
                _make(public, pem, 0o644)
        for name in set(_names(self.public / FOLDER)) - set(held):
            (self.public / FOLDER / name).unlink(missing_ok=True)

    def token(self, address: str, scope: Scope, now: datetime) -> str:
        """A token that opens the mailbox at `address` for a minute. FileNotFoundError before `rotate`."""
        try:
            name = _names(self.public / FOLDER)[-1]
        except IndexError:
            raise FileNotFoundError(self.public) from None
        at = int(now.timestamp())
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": address, "scope": scope}
        claims |= {"iat": at - int(AGE.total_seconds()), "exp": at + int(LIFE.total_seconds())}
        return signed({"alg": "ES256", "typ": "JWT", "kid": name}, claims, self._key(name))

    def _key(self, name: str) -> ec.EllipticCurvePrivateKey:
        return load_pem_private_key((self.private / name).read_bytes(), None)


def signed(header: dict, claims: dict, key: ec.EllipticCurvePrivateKey) -> str:
    """The compact form of a JWS (RFC 7515, section 7.1), signed as ES256 says."""
    text = b".".join(_encoded(json.dumps(part).encode()) for part in (header, claims))
    r, s = decode_dss_signature(key.sign(text, ec.ECDSA(hashes.SHA256())))
    return b".".join((text, _encoded(r.to_bytes(SIDE) + s.to_bytes(SIDE)))).decode()


def xoauth2(address: str, token: str) -> str:
    """What a client says to sign in with a token, by the mechanism XOAUTH2 of Google's mail servers."""
    return f"user={address}\1auth=Bearer {token}\1\1"


def _make(path: Path, data: bytes, mode: int) -> None:
    """The file, unless somebody else made it meanwhile."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    write(part, data, mode)
    with suppress(FileExistsError):
        os.link(part, path)
    part.unlink()


def _encoded(data: bytes) -> bytes:
    return urlsafe_b64encode(data).rstrip(b"=")


def _names(folder: Path) -> list[str]:
    """Key ids, the oldest first."""
    return sorted(path.name for path in folder.glob("[0-9]*"))
