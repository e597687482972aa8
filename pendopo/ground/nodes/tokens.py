"""The enrolment token, and the two messages it protects. Plain functions: no database, no network.

A token carries the registry's address, the fingerprint of the instance's anchor and a secret seed. The seed
makes a signing key: whoever asks to be enrolled proves the token by a signature, so the secret never travels
and the registry keeps the public half only. The answer needs no secret: the anchor in it must have the
fingerprint of the token, and everything else must lead to that anchor's root.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from pendopo.core import crypto, envelope, strict
from pendopo.core.errors import Fault
from pendopo.core.ids import AgencyId, host_of, is_node

PREFIX = "pendopo-"
FIELDS = {"v": int, "url": str, "instance": str, "anchor": str, "agency": str, "node": str, "seed": str}
REQUEST = "enrolment/1"
MAX_KEYS = 8


@dataclass(frozen=True, slots=True)
class TokenKey:
    """The key a token's seed makes: it signs one request for enrolment."""

    pub: bytes
    secret: bytes

    @property
    def thumb(self) -> str:
        return crypto.thumbprint(self.pub)

    def sign(self, message: bytes) -> bytes:
        return crypto.sign(self.secret, message)


@dataclass(frozen=True, slots=True)
class Token:
    """What an invited node must know: whom to ask, whom to believe, and who it is invited as."""

    url: str  # of the registry's portal
    instance: str
    anchor: str  # SHA-256 (hex) of anchor.json
    agency: str
    node: str
    seed: bytes

    def key(self) -> TokenKey:
        return TokenKey(*crypto.keypair(hashlib.sha256(b"pendopo enrolment" + self.seed).digest()))

    def __str__(self) -> str:
        body = {
            "v": 1,
            "url": self.url,
            "instance": self.instance,
            "anchor": self.anchor,
            "agency": self.agency,
            "node": self.node,
            "seed": strict.b64e(self.seed),
        }
        return PREFIX + strict.b64e(strict.dumps(body))


def parse(text: str) -> Token:
    """Reads a token as a person pasted it; `Fault nodes.token_malformed` for anything else."""
    text = "".join(text.split())
    try:
        if not text.startswith(PREFIX):
            raise Fault("nodes.token_malformed")
        body = strict.loads_exact(strict.b64d(text.removeprefix(PREFIX)))
        known = body.keys() == FIELDS.keys() and body["v"] == 1
        if not known or any(type(body[name]) is not kind for name, kind in FIELDS.items()):
            raise Fault("nodes.token_malformed")
        seed = strict.b64d(body["seed"], 32)
    except Fault:
        raise Fault("nodes.token_malformed") from None
    return Token(body["url"], body["instance"], body["anchor"], body["agency"], body["node"], seed)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A public key a node asks the registry to certify; it has signed the request."""

    owner: str
    use: str
    pub: bytes

    @property
    def thumb(self) -> str:
        return crypto.thumbprint(self.pub)


@dataclass(frozen=True, slots=True)
class Request:
    """A request for enrolment whose signatures have been checked."""

    token_pub: str
    agency: str
    node: str
    addr: str
    keys: tuple[NewKey, ...]
    csr: str

    def key(self, owner: str, use: str) -> NewKey:
        """The one key for an owner and use; `Fault nodes.request_malformed` where there is none."""
        for key in self.keys:
            if (key.owner, key.use) == (owner, use):
                return key
        raise Fault("nodes.request_malformed")


def ask(token: Token, keys, csr: str, addr: str) -> bytes:
    """The request: signed by the token's key and by every key it asks for (`keys`: core's SigningKeys)."""
    body = {
        "v": 1,
        "token": strict.b64e(token.key().pub),
        "agency": token.agency,
        "node": token.node,
        "addr": addr,
        "keys": [{"owner": key.owner, "use": key.use, "pub": strict.b64e(key.pub)} for key in keys],
        "csr": csr,
    }
    return envelope.seal(REQUEST, strict.dumps(body), [token.key(), *keys])


def read_request(raw: bytes) -> Request:
    """Reads a request and checks that the token's key and each new key signed it.

    `Fault nodes.request_malformed` for a shape that is none, `nodes.address` where nobody can dial the node,
    `nodes.request_signature` for a missing proof.
    """
    opened = envelope.open(raw, REQUEST)
    body = opened.body
    try:
        if body["v"] != 1 or not isinstance(body["keys"], list) or not 0 < len(body["keys"]) <= MAX_KEYS:
            raise Fault("nodes.request_malformed")
        keys = tuple(NewKey(key["owner"], key["use"], strict.b64d(key["pub"], 32)) for key in body["keys"])
        token = strict.b64d(body["token"], 32)
        texts = [body["agency"], body["node"], body["addr"], body["csr"]]
        if any(type(text) is not str for text in texts) or not is_node(body["node"]):
            raise Fault("nodes.request_malformed")
        AgencyId.parse(body["agency"])
        host_of(body["addr"])
    except (KeyError, TypeError):
        raise Fault("nodes.request_malformed") from None
    for pub in (token, *(key.pub for key in keys)):
        if not opened.signed_by(crypto.thumbprint(pub), pub):
            raise Fault("nodes.request_signature")
    return Request(body["token"], *texts[:3], keys, body["csr"])


def alive(
    expires_at: datetime, used_at: datetime | None, withdrawn_at: datetime | None, now: datetime
) -> None:
    """That an invitation may be used now; `Fault nodes.token_withdrawn`, `token_used` or `token_expired`."""
    if withdrawn_at is not None:
        raise Fault("nodes.token_withdrawn")
    if used_at is not None:
        raise Fault("nodes.token_used")
    if now >= expires_at:
        raise Fault("nodes.token_expired")
