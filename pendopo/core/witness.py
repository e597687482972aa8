"""The links of evidence that nodes make: the entry in its log, the checkpoint, and those who attest it."""

from collections.abc import Sequence
from datetime import datetime

from . import merkle, strict
from .chain import SKEW, agencies
from .errors import Broken, Fault
from .log import Attestation, Checkpoint, Entry
from .report import Held
from .snapshot import Registry


def held(
    registry: Registry, entry: Entry, proof: Sequence[bytes], checkpoint: bytes, attestations: Sequence[bytes]
) -> Held:
    """The entry stands in its log under a checkpoint that others attested; raises Broken otherwise."""
    ckpt = _checkpoint(registry, entry, proof, checkpoint)
    wanted = _witnesses(registry, entry)
    seen = [_attestation(registry, entry, ckpt, wanted, raw) for raw in attestations]
    for group in wanted:
        if not group & {one.by for one in seen}:
            raise Broken("evidence.attestation_missing", log=entry.log, by=", ".join(sorted(group)))
    if len({one.by for one in seen}) != len(seen):
        raise Broken("evidence.attestation_twice", log=entry.log)
    if not seen and registry.valid_until < ckpt.at:
        raise Broken("evidence.registry_old", found=registry.serial)
    # The log's own word is not a time: what others saw last is when the entry existed for certain.
    proven = max((one.at for one in seen), default=ckpt.at)
    try:
        _unrevoked(registry, ckpt.envelope.keys[0], proven)
    except Fault as fault:
        raise Broken("evidence.checkpoint_key", log=entry.log, why=fault) from None
    by = tuple((one.by, one.at) for one in seen)
    return Held(entry.log, entry.side, entry.at, entry.epoch, entry.seq, ckpt.size, proven, by)


def keys_held(registry: Registry, entry: Entry, proven: datetime) -> None:
    """No key of the exchange was revoked before others saw it: a thief could have dated it back."""
    if entry.req_sig is not None:
        try:
            _unrevoked(registry, entry.req.key, proven)
        except Fault as fault:
            raise Broken("evidence.request_key_revoked", **fault.params) from None
    if entry.ans is not None:
        try:
            _unrevoked(registry, entry.ans.key, proven)
        except Fault as fault:
            raise Broken("evidence.answer_key_revoked", **fault.params) from None


def _unrevoked(registry: Registry, thumb: str, until: datetime) -> None:
    revoked = registry.keys.revoked_at(thumb)
    if revoked is not None and revoked <= until:
        raise Fault("key.revoked", key=thumb, at=strict.utc(revoked))


def _witnesses(registry: Registry, entry: Entry) -> list[set[str]]:
    """Groups of nodes of which one each must attest: the registry's, and the peer's.

    A log on the registry's own node has no second registry to ask, and two agencies on one node no peer.
    """
    groups = [{name for name, node in registry.nodes.items() if node.get("registry") is True}]
    if entry.req is not None:
        client, provider = agencies(entry)
        peer = registry.members.get(provider if entry.side == "consumer" else client)
        if peer:
            groups.append({peer["node"]})
    return [group for group in groups if group and entry.log not in group]


def _checkpoint(registry: Registry, entry: Entry, proof: Sequence[bytes], raw: bytes) -> Checkpoint:
    where = {"log": entry.log}
    try:
        ckpt = Checkpoint.parse(raw)
    except Fault:
        raise Broken("evidence.checkpoint_form", **where) from None
    if ckpt.log != entry.log:
        raise Broken("evidence.checkpoint_log", **where, found=ckpt.log)
    if ckpt.epoch != entry.epoch:
        raise Broken("evidence.epoch", **where, found=ckpt.epoch, wanted=entry.epoch)
    thumb = ckpt.envelope.keys[0]
    try:
        pub = registry.keys.at(thumb, ckpt.at, f"node:{ckpt.log}", "log")
    except Fault as fault:
        raise Broken("evidence.checkpoint_key", **where, why=fault) from None
    if not ckpt.envelope.signed_by(thumb, pub):
        raise Broken("evidence.checkpoint_signature", **where)
    if entry.seq >= ckpt.size:
        raise Broken("evidence.position", **where, seq=entry.seq, size=ckpt.size)
    if not merkle.check_inclusion(merkle.leaf(entry.raw), entry.seq, ckpt.size, proof, ckpt.root):
        raise Broken("evidence.inclusion", **where)
    if entry.at > ckpt.at + SKEW:
        raise Broken("evidence.checkpoint_time", **where, at=strict.utc(ckpt.at))
    return ckpt


def _attestation(
    registry: Registry, entry: Entry, ckpt: Checkpoint, wanted: list[set[str]], raw: bytes
) -> Attestation:
    where = {"log": entry.log}
    try:
        seen = Attestation.parse(raw)
    except Fault:
        raise Broken("evidence.attestation_form", **where) from None
    where["by"] = seen.by
    if seen.by == entry.log:
        raise Broken("evidence.attestation_self", **where)
    if not any(seen.by in group for group in wanted):
        raise Broken("evidence.attestation_stranger", **where)
    thumb = seen.envelope.keys[0]
    try:
        pub = registry.keys.at(thumb, seen.at, f"node:{seen.by}", "log")
    except Fault as fault:
        raise Broken("evidence.attestation_key", **where, why=fault) from None
    if not seen.envelope.signed_by(thumb, pub):
        raise Broken("evidence.attestation_signature", **where)
    if seen.ckpt != ckpt.envelope.sha:
        raise Broken("evidence.attestation_checkpoint", **where)
    if max(entry.at, ckpt.at) > seen.at + SKEW:
        raise Broken("evidence.attestation_time", **where, at=strict.utc(seen.at))
    if seen.serial > registry.serial:
        raise Broken("evidence.registry_serial", found=registry.serial, wanted=seen.serial)
    return seen
