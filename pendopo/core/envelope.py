"""ENVELOPE pendopo.env/1: a typed payload, kept byte for byte, with signatures of any number of keys.

    {"payload":b64url,"sigs":[{"alg":"ed25519","key":thumb,"sig":b64url}],"type":"agreement/1","v":1}

A signature covers `PENDOPO1 ‖ len(type) ‖ type ‖ len(payload) ‖ payload`, lengths as 8 big-endian bytes, so
no signature can be read as one over another type. The file has one form: keys sorted, signatures sorted by
key, each key once. Whoever changes a byte has another file, and whoever changes a payload breaks it.
"""

import hashlib
import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from . import strict
from .crypto import ALG, verify
from .errors import Fault

_type = re.compile(r"[a-z][a-z0-9-]{0,39}/[1-9][0-9]?")
_thumb = re.compile(r"[A-Za-z0-9_-]{43}")


class Signer(Protocol):
    """What can sign: a key in memory, or a stand-in that asks the gateway."""

    thumb: str

    def sign(self, message: bytes) -> bytes:
        """64 bytes of Ed25519."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature: the signing key's thumbprint and 64 bytes."""

    key: str
    sig: bytes


@dataclass(frozen=True)
class Envelope:
    """An opened envelope. Nothing is verified yet: ask `signed_by`."""

    type: str
    payload: bytes
    sigs: tuple[Signature, ...]
    raw: bytes = field(repr=False)

    @cached_property
    def body(self) -> dict:
        """The payload as a JSON object; `Fault json.*` when it is none."""
        return strict.loads(self.payload)

    @cached_property
    def sha(self) -> str:
        """SHA-256 of the file, hex: its name among a node's documents."""
        return sha(self.raw)

    @property
    def keys(self) -> tuple[str, ...]:
        """Thumbprints of the keys that claim to have signed."""
        return tuple(sig.key for sig in self.sigs)

    def signed_by(self, thumb: str, pub: bytes) -> bool:
        """Whether a signature under `thumb` stands here and is valid for the public key `pub`."""
        message = to_sign(self.type, self.payload)
        return any(sig.key == thumb and verify(pub, message, sig.sig) for sig in self.sigs)


def to_sign(type: str, payload: bytes) -> bytes:
    """The bytes a signature covers."""
    name = type.encode()
    return b"PENDOPO1" + struct.pack(">Q", len(name)) + name + struct.pack(">Q", len(payload)) + payload


def sign(type: str, payload: bytes, signer: Signer) -> Signature:
    """One signature over a typed payload."""
    return Signature(signer.thumb, signer.sign(to_sign(type, payload)))


def seal(type: str, payload: bytes, signers: Iterable[Signer]) -> bytes:
    """Sign a payload with each signer and write the envelope."""
    return assemble(type, payload, [sign(type, payload, signer) for signer in signers])


def assemble(type: str, payload: bytes, sigs: Iterable[Signature]) -> bytes:
    """Write an envelope of signatures made elsewhere, such as by a gateway's control socket."""
    ordered = sorted(sigs, key=lambda sig: sig.key)
    if not ordered or len({sig.key for sig in ordered}) != len(ordered) or not _type.fullmatch(type):
        raise ValueError("an envelope needs a type and one signature at least, each key once")
    return strict.dumps(
        {
            "v": 1,
            "type": type,
            "payload": strict.b64e(payload),
            "sigs": [{"key": sig.key, "alg": ALG, "sig": strict.b64e(sig.sig)} for sig in ordered],
        }
    )


def add(raw: bytes, sig: Signature) -> bytes:
    """The same envelope with one more signature; a second one by the same key replaces the first."""
    envelope = open(raw)
    kept = [old for old in envelope.sigs if old.key != sig.key]
    return assemble(envelope.type, envelope.payload, [*kept, sig])


def open(raw: bytes | str, type: str | None = None) -> Envelope:
    """Read an envelope, of `type` where given.

    Raises `Fault envelope.version` for a later version, `envelope.type` for another type, and
    `envelope.malformed` for anything not exactly in the one form.
    """
    if isinstance(raw, str):
        raw = raw.encode("utf-8", "surrogatepass")
    try:
        value = strict.loads_exact(raw)
        if value.get("v") != 1 or value["v"] is True:
            raise Fault("envelope.version", found=str(value.get("v"))[:20])
        if value.keys() != {"v", "type", "payload", "sigs"} or not _type.fullmatch(value["type"]):
            raise Fault("envelope.malformed")
        sigs = tuple(_signature(sig) for sig in value["sigs"])
        payload = strict.b64d(value["payload"])
    except (TypeError, AttributeError, KeyError):
        raise Fault("envelope.malformed") from None
    except Fault as fault:
        if fault.code.startswith("envelope."):
            raise
        raise Fault("envelope.malformed") from None
    keys = [sig.key for sig in sigs]
    if not keys or keys != sorted(set(keys)):
        raise Fault("envelope.malformed")
    if type is not None and value["type"] != type:
        raise Fault("envelope.type", found=value["type"], wanted=type)
    return Envelope(value["type"], payload, sigs, raw)


def _signature(value: dict) -> Signature:
    if value.keys() != {"key", "alg", "sig"} or value["alg"] != ALG or not _thumb.fullmatch(value["key"]):
        raise Fault("envelope.malformed")
    return Signature(value["key"], strict.b64d(value["sig"], 64))


def sha(raw: bytes) -> str:
    """SHA-256 in hex, as documents and file names carry it."""
    return hashlib.sha256(raw).hexdigest()
