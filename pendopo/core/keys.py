"""Keys, their signed statements (key/1), and the ring that says which key counted when.

Trust runs from the anchor's root to issuing keys, from an issuing key to every other statement. A
statement that says `replaces` counts as a succession only when the replaced key signed it too.
"""

import os
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from . import crypto, envelope, strict
from .errors import Fault
from .ids import AgencyId, is_node

USES = ("root", "issuing", "exchange", "agreement", "letter", "log")
STATEMENT = "key/1"
_FIELDS = {"v", "owner", "use", "alg", "pub", "nbf", "exp", "replaces"}


class SigningKey:
    """A private key with its owner ("agency:ID/GOV/DJP", "node:djp", "registry:ID") and its one use."""

    __slots__ = ("_secret", "owner", "pub", "seed", "thumb", "use")
    alg = crypto.ALG

    def __init__(self, owner: str, use: str, seed: bytes) -> None:
        check_owner(owner)
        if use not in USES:
            raise Fault("key.use_unknown", use=use)
        self.owner, self.use, self.seed = owner, use, seed
        self.pub, self._secret = crypto.keypair(seed)
        self.thumb = crypto.thumbprint(self.pub)

    @classmethod
    def generate(cls, owner: str, use: str) -> Self:
        """A new key of the operating system's randomness."""
        return cls(owner, use, os.urandom(32))

    @classmethod
    def from_seed(cls, owner: str, use: str, seed: bytes) -> Self:
        """The key of a 32-byte seed: what a key file holds."""
        return cls(owner, use, seed)

    def sign(self, message: bytes) -> bytes:
        """64 bytes of Ed25519."""
        return crypto.sign(self._secret, message)

    def __repr__(self) -> str:
        return f"SigningKey({self.owner!r}, {self.use!r}, {self.thumb!r})"


def check_owner(owner: str) -> None:
    """`Fault key.owner_malformed` unless `owner` is an agency, a node or a registry."""
    kind, _, name = owner.partition(":")
    try:
        if kind == "agency":
            AgencyId.parse(name)
        elif not (kind == "node" and is_node(name)) and not (kind == "registry" and name.isalnum()):
            raise Fault("key.owner_malformed", owner=owner[:120])
    except Fault:
        raise Fault("key.owner_malformed", owner=owner[:120]) from None


def statement(
    owner: str, use: str, pub: bytes, nbf: datetime, exp: datetime, replaces: str | None = None
) -> bytes:
    """The payload of a key/1: `pub` is `owner`'s key for `use` from `nbf` until before `exp`."""
    check_owner(owner)
    return strict.dumps(
        {
            "v": 1,
            "owner": owner,
            "use": use,
            "alg": crypto.ALG,
            "pub": strict.b64e(pub),
            "nbf": strict.utc(nbf),
            "exp": strict.utc(exp),
            "replaces": replaces,
        }
    )


@dataclass(frozen=True, slots=True)
class Statement:
    """A key/1 as read. Its signatures are not checked yet."""

    owner: str
    use: str
    pub: bytes
    thumb: str
    nbf: datetime
    exp: datetime
    replaces: str | None
    envelope: envelope.Envelope

    @classmethod
    def parse(cls, raw: bytes | str) -> Self:
        """Read a key/1 envelope; `Fault key.malformed` otherwise."""
        try:
            opened = envelope.open(raw, STATEMENT)
            body = opened.body
            if (
                body.keys() != _FIELDS
                or body["v"] != 1
                or body["alg"] != crypto.ALG
                or body["use"] not in USES
            ):
                raise Fault("key.malformed")
            check_owner(body["owner"])
            pub = strict.b64d(body["pub"], 32)
            nbf, exp = strict.parse_utc(body["nbf"]), strict.parse_utc(body["exp"])
            replaces = body["replaces"]
            if not (replaces is None or isinstance(replaces, str)) or nbf >= exp:
                raise Fault("key.malformed")
        except (Fault, TypeError, AttributeError):
            raise Fault("key.malformed") from None
        return cls(body["owner"], body["use"], pub, crypto.thumbprint(pub), nbf, exp, replaces, opened)


class KeyRing:
    """All key statements of a registry document, checked when first asked for.

    `anchor` is the anchor/1 object, `statements` envelopes of key/1, `revoked` the registry's list of
    `{"kind": "key|node|agency", "id", "at", "why"}`. A revocation counts from its `at` on; an issuing key
    that was ever revoked vouches for nothing, so the registry signs its statements again with the next one.
    """

    def __init__(self, anchor: dict, statements: Iterable[bytes | str], revoked: Iterable[dict]) -> None:
        self._root = anchor["root"]["thumb"], strict.b64d(anchor["root"]["pub"], 32)
        self._registry = f"registry:{anchor['instance']}"
        self._by_thumb: dict[str, list[Statement]] = {}
        for raw in statements:
            said = Statement.parse(raw)
            self._by_thumb.setdefault(said.thumb, []).append(said)
        self._revoked: dict[tuple[str, str], datetime] = {}
        for entry in revoked:
            what, at = (entry["kind"], entry["id"]), strict.parse_utc(entry["at"])
            self._revoked[what] = min(at, self._revoked.get(what, at))
        self._vouched: dict[int, bool] = {}

    def at(self, thumb: str, when: datetime, owner: str, use: str, *, lasting: bool = False) -> bytes:
        """The public key `thumb` (32 bytes) if it was `owner`'s key for `use` at `when`.

        `lasting` is for documents signed at an unknown moment before `when`, such as agreements: a key that
        has expired since still counts, a revoked one does not.

        Raises `Fault key.unknown`, `key.unsigned`, `key.owner`, `key.use`, `key.not_yet`, `key.expired`,
        `key.revoked`: the first that applies, of the statement that came closest.
        """
        said = self._best(thumb, when, owner, use)
        if said.owner != owner:
            raise Fault("key.owner", key=thumb, owner=said.owner, wanted=owner)
        if said.use != use:
            raise Fault("key.use", key=thumb, use=said.use, wanted=use)
        if when < said.nbf:
            raise Fault("key.not_yet", key=thumb, nbf=strict.utc(said.nbf))
        if when >= said.exp and not lasting:
            raise Fault("key.expired", key=thumb, exp=strict.utc(said.exp))
        revoked = self.revoked_at(thumb)
        if revoked is not None and revoked <= when:
            raise Fault("key.revoked", key=thumb, at=strict.utc(revoked))
        return said.pub

    def signed(
        self, document: envelope.Envelope, when: datetime, owner: str, use: str, *, lasting: bool = False
    ) -> str:
        """The thumbprint of the key of `owner` for `use` that signed the document and counted at `when`.

        Raises what `at` says of the owner's key if one claims to have signed, else `Fault key.not_signed`;
        `key.signature` when its signature is not over this document.
        """
        problem = Fault("key.not_signed", owner=owner)
        for thumb in document.keys:
            try:
                pub = self.at(thumb, when, owner, use, lasting=lasting)
            except Fault as fault:
                if self.owner(thumb) == owner:
                    problem = fault
                continue
            if document.signed_by(thumb, pub):
                return thumb
            problem = Fault("key.signature", key=thumb)
        raise problem

    def revoked_at(self, thumb: str) -> datetime | None:
        """When the key, its node or its agency was revoked; None when it never was."""
        times = [self._revoked.get(("key", thumb))]
        for said in self._by_thumb.get(thumb, ()):
            kind, _, name = said.owner.partition(":")
            times.append(self._revoked.get((kind, name)))
        return min((time for time in times if time is not None), default=None)

    def owner(self, thumb: str) -> str | None:
        """Whose key it is, by a statement the registry vouches for."""
        return next((said.owner for said in self._by_thumb.get(thumb, ()) if self._vouch(said)), None)

    def descends(self, thumb: str, pinned: Collection[str]) -> bool:
        """Whether `thumb` is pinned or successions, each signed by the replaced key, lead to a pinned key."""
        seen: set[str] = set()
        waiting = [thumb]
        while waiting:
            thumb = waiting.pop()
            if thumb in pinned:
                return True
            if thumb in seen:
                continue
            seen.add(thumb)
            waiting += [
                said.replaces
                for said in self._by_thumb.get(thumb, ())
                if said.replaces and self._succeeds(said)
            ]
        return False

    def issuing(self, thumb: str) -> Statement:
        """The statement of an issuing key that the root signed and nobody revoked; `Fault key.issuing`."""
        for said in self._by_thumb.get(thumb, ()):
            if said.use == "issuing" and self._vouch(said):
                return said
        raise Fault("key.issuing", key=thumb)

    def _best(self, thumb: str, when: datetime, owner: str, use: str) -> Statement:
        found = self._by_thumb.get(thumb)
        if not found:
            raise Fault("key.unknown", key=thumb)
        vouched = [said for said in found if self._vouch(said)]
        if not vouched:
            raise Fault("key.unsigned", key=thumb)
        return max(
            vouched,
            key=lambda said: (said.owner == owner, said.use == use, said.nbf <= when < said.exp, said.exp),
        )

    def _vouch(self, said: Statement) -> bool:
        """Whether root (for an issuing key) or a sound issuing key (for all others) signed the statement."""
        known = self._vouched.get(id(said))
        if known is None:
            known = self._vouched[id(said)] = self._check(said)
        return known

    def _check(self, said: Statement) -> bool:
        if said.use == "issuing":
            return (
                said.owner == self._registry
                and ("key", said.thumb) not in self._revoked
                and said.envelope.signed_by(*self._root)
            )
        issuers = [
            issuer
            for key in said.envelope.keys
            for issuer in self._by_thumb.get(key, ())
            if issuer.use == "issuing" and issuer.nbf <= said.nbf < issuer.exp and self._vouch(issuer)
        ]
        return said.use != "root" and any(said.envelope.signed_by(i.thumb, i.pub) for i in issuers)

    def _succeeds(self, said: Statement) -> bool:
        """Whether the key that `said` replaces signed it, while it could still speak for the same owner."""
        revoked = self.revoked_at(said.replaces)
        return (
            self._vouch(said)
            and (revoked is None or revoked > said.nbf)
            and any(
                old.owner == said.owner
                and old.use == said.use
                and old.nbf <= said.nbf < old.exp
                and self._vouch(old)
                and said.envelope.signed_by(old.thumb, old.pub)
                for old in self._by_thumb.get(said.replaces, ())
            )
        )
