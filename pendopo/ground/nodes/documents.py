"""Signed documents: kept byte for byte under their hash, signed by keys that live elsewhere."""

from collections.abc import Iterable
from typing import Protocol

from pendopo.core import envelope, strict
from pendopo.core.errors import Fault

from .models import Document


class Signs(Protocol):
    """Who holds private keys: the gateway, or, while a node is set up, the files it will read."""

    def sign(self, thumb: str, type: str, payload: bytes) -> dict:
        """`{"key", "alg", "sig"}` over a typed payload."""


def signature(signs: Signs, thumb: str, type: str, payload: bytes) -> envelope.Signature:
    """One signature, made by who holds the key `thumb`."""
    made = signs.sign(thumb, type, payload)
    return envelope.Signature(made["key"], strict.b64d(made["sig"], 64))


def seal(signs: Signs, type: str, body: dict, thumbs: Iterable[str]) -> bytes:
    """The envelope of `body`, signed by each of `thumbs`."""
    payload = strict.dumps(body)
    return envelope.assemble(type, payload, [signature(signs, thumb, type, payload) for thumb in thumbs])


def countersign(signs: Signs, raw: bytes, thumb: str) -> bytes:
    """The same envelope with the signature of `thumb` added."""
    opened = envelope.open(raw)
    return envelope.add(raw, signature(signs, thumb, opened.type, opened.payload))


def store(raw: bytes) -> Document:
    """Keeps an envelope under its hash; the same one again changes nothing."""
    opened = envelope.open(raw)
    return Document.objects.get_or_create(sha=opened.sha, defaults={"type": opened.type, "raw": raw})[0]


def load(sha: str) -> bytes:
    """The envelope with this hash; `Fault nodes.document_unknown` when it is not here."""
    found = Document.objects.filter(pk=sha).values_list("raw", flat=True).first()
    if found is None:
        raise Fault("nodes.document_unknown", sha=sha[:16])
    return bytes(found)
