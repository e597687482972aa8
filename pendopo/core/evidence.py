"""EVIDENCE evidence/1: one exchange, provable to a stranger who holds nothing but the anchor.

`build` writes the file, `verify` follows the chain: anchor → root → issuing key → registry document → keys
of both agencies → signature of the request → signature of the answer over it → agreement signed by both →
entry → leaf → checkpoint → attestations by others. No clock, network or database. The first link that does
not hold is named by a stable code; docs/evidence.md lists them. Every byte of the file is either covered by
a signature or a hash that is checked here, or has one form only.
"""

from collections.abc import Sequence
from typing import NamedTuple

from . import chain, strict, witness
from .crypto import thumbprint
from .errors import Broken, Fault
from .exchange import commit
from .log import Entry
from .report import Report

__all__ = ["Broken", "Half", "Opening", "Part", "Report", "build", "verify"]

_FIELDS = {"v", "half", "other", "agreement", "request", "definition", "registry", "opening"}
_DOCUMENTS = ("agreement", "definition", "request")


class Half(NamedTuple):
    """What one side's log shows: the entry, its inclusion proof, and an attested checkpoint over it."""

    entry: bytes
    proof: Sequence[bytes]
    checkpoint: bytes
    attestations: Sequence[bytes]


class Part(NamedTuple):
    """What a commitment hides: 16 bytes of salt, and the data."""

    salt: bytes
    data: bytes


class Opening(NamedTuple):
    """What the commitments of an exchange hide. Bodies may be left out: they are often not kept."""

    target: Part
    request_body: Part | None
    answer_body: Part | None


def build(
    half: Half,
    registry: bytes,
    *,
    agreement: bytes | None = None,
    definition: bytes | None = None,
    request: bytes | None = None,
    other: Half | None = None,
    opening: Opening | None = None,
) -> bytes:
    """Write an evidence file. Documents are envelopes; `agreement` and `definition` come together.

    Nothing is checked: whoever builds evidence runs `verify` on it before handing it out.
    """
    return strict.dumps(
        {
            "v": 1,
            "half": _write_half(half),
            "other": other and _write_half(other),
            "agreement": agreement and agreement.decode(),
            "request": request and request.decode(),
            "definition": definition and definition.decode(),
            "registry": registry.decode(),
            "opening": opening and {name: _write_part(part) for name, part in opening._asdict().items()},
        }
    )


def verify(data: bytes, anchor: bytes) -> Report | Broken:
    """Check an evidence file against an anchor file: a report of what it proves, or the broken link.

    Never raises, whatever the bytes are.
    """
    try:
        return _follow(_file(data), read_anchor(anchor))
    except Broken as broken:
        return broken


def _follow(file: dict, anchor: dict) -> Report:
    registry = chain.registry(file["registry"], anchor)
    half, other = _read_half(file["half"]), file["other"] and _read_half(file["other"])
    entry = chain.entry(half.entry)
    chain.parties(registry, entry)
    chain.request(registry, entry)
    chain.answer(registry, entry)
    agreed = chain.agreed(registry, entry, *(file[name] for name in _DOCUMENTS))
    held = [witness.held(registry, entry, half.proof, half.checkpoint, half.attestations)]
    if other:
        also = chain.same(entry, chain.entry(other.entry))
        chain.parties(registry, also)
        held.append(witness.held(registry, also, other.proof, other.checkpoint, other.attestations))
    witness.keys_held(registry, entry, min(log.proven for log in held))
    opening = _read_opening(entry, file["opening"])
    names = {id: str(member["name"]) for id, member in registry.members.items()}
    agreement, definition = agreed or (None, None)
    return Report(
        registry.instance,
        names,
        entry,
        agreement,
        definition,
        held,
        target=opening.target.data if opening else None,
        body=bool(opening and opening.answer_body),
    )


def _file(data: bytes) -> dict:
    try:
        file = strict.loads_exact(data)
    except Fault:
        raise Broken("evidence.format") from None
    if file.get("v") != 1 or file["v"] is True:
        raise Broken("evidence.version", found=str(file.get("v"))[:20])
    texts = [file.get(name) for name in _DOCUMENTS]
    if file.keys() != _FIELDS or not isinstance(file["registry"], str):
        raise Broken("evidence.format")
    if not all(text is None or isinstance(text, str) for text in texts):
        raise Broken("evidence.format")
    return file


def read_anchor(data: bytes) -> dict:
    """An anchor file as its object; `Broken evidence.anchor` when it is none."""
    try:
        anchor = strict.loads(data)
        root, instance = anchor["root"], anchor["instance"]
        good = root["thumb"] == thumbprint(strict.b64d(root["pub"], 32)) and isinstance(instance, str)
        if anchor["v"] != 1 or not good:
            raise Broken("evidence.anchor")
    except (Fault, KeyError, TypeError):
        raise Broken("evidence.anchor") from None
    return anchor


def root_x509(anchor: dict) -> bytes:
    """The certificate (PEM) above all that sign and stamp letters; `Broken evidence.anchor` without one."""
    root = anchor.get("root_x509")
    if not isinstance(root, str) or not root.isascii():
        raise Broken("evidence.anchor")
    return root.encode()


def _write_half(half: Half) -> dict:
    return {
        "entry": strict.b64e(half.entry),
        "proof": [strict.b64e(step) for step in half.proof],
        "checkpoint": half.checkpoint.decode(),
        "attestations": [raw.decode() for raw in sorted(half.attestations)],
    }


def _read_half(value: object) -> Half:
    try:
        if value.keys() != {"entry", "proof", "checkpoint", "attestations"}:
            raise Broken("evidence.format")
        half = Half(
            strict.b64d(value["entry"]),
            [strict.b64d(step, 32) for step in value["proof"]],
            value["checkpoint"].encode(),
            [raw.encode() for raw in value["attestations"]],
        )
    except (Fault, TypeError, AttributeError):
        raise Broken("evidence.format") from None
    if half.attestations != sorted(set(half.attestations)):
        raise Broken("evidence.format")
    return half


def _write_part(part: Part | None) -> dict | None:
    return part and {"salt": strict.b64e(part.salt), "data": strict.b64e(part.data)}


def _read_part(value: dict | None) -> Part | None:
    if value is None:
        return None
    if value.keys() != {"salt", "data"}:
        raise Broken("evidence.format")
    return Part(strict.b64d(value["salt"], 16), strict.b64d(value["data"]))


def _read_opening(entry: Entry, value: object) -> Opening | None:
    """What the commitments hide, checked against them."""
    if value is None:
        return None
    try:
        opening = Opening(**{name: _read_part(part) for name, part in value.items()})
    except (Fault, AttributeError, TypeError):
        raise Broken("evidence.format") from None
    if opening.target is None or entry.req is None:
        raise Broken("evidence.format")
    if commit(*opening.target) != entry.req.target:
        raise Broken("evidence.opening_target")
    if opening.request_body and commit(*opening.request_body) != entry.req.body:
        raise Broken("evidence.opening_request_body")
    if opening.answer_body:
        if entry.ans is None or commit(*opening.answer_body) != entry.ans.body:
            raise Broken("evidence.opening_answer_body")
        if len(opening.answer_body.data) != entry.ans.size:
            raise Broken("evidence.opening_size", found=len(opening.answer_body.data), wanted=entry.ans.size)
    return opening
