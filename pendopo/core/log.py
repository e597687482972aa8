"""What a node's log holds and shows: entry/1, ckpt/1, and the attestation of a checkpoint, attest/1.

An entry is JSON in its one form (`strict.dumps`) and a leaf of the Merkle tree of its epoch: `seq` counts
leaves from 0. It holds the heads and signatures of an exchange, so both signature bases can be built again,
and no personal data. A checkpoint is signed by the node's log key, once. Whoever attests it signs a document
of its own with its own clock, so that the time is not the log's word alone.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from . import envelope, signing, strict
from .envelope import Envelope
from .errors import Fault
from .exchange import AnswerHead, RequestHead
from .ids import is_node

CHECKPOINT, ATTESTATION = "ckpt/1", "attest/1"
EXCHANGES = ("request", "exchange", "refusal")
KINDS = (*EXCHANGES, "act", "epoch")
SIDES = ("consumer", "provider")
_code = re.compile(r"[A-Za-z0-9_.]{1,120}")
_hex = re.compile(r"[0-9a-f]{64}")

_REQ = {
    "exchange", "client", "service", "agreement", "rev", "purpose", "target", "body", "created", "nonce",
}  # fmt: skip
_ANS = {"status", "rows", "bytes", "body", "created"}
# The templates write what `strict.dumps` would: keys sorted, no value that needs an escape.
_ENTRY_FORM = (
    '{"ans":%s,"ans_key":%s,"ans_sig":%s,"at":"%s","epoch":%d,"fault":%s,"kind":"%s","log":"%s",'
    '"req":%s,"req_key":%s,"req_sig":%s,"seq":%d,"side":"%s",%s"v":1}'
)
_REQ_FORM = (
    '{"agreement":%s,"body":"%s","client":"%s","created":%d,"exchange":"%s","nonce":"%s","purpose":%s,'
    '"rev":%s,"service":"%s","target":"%s"}'
)
_ANS_FORM = '{"body":"%s","bytes":%d,"created":%d,"rows":%d,"status":%d}'
_ALWAYS = {"v", "log", "epoch", "seq", "at", "kind"}
_EXCHANGE = _ALWAYS | {"side", "req", "req_key", "req_sig", "ans", "ans_key", "ans_sig", "fault"}


def record(
    log: str,
    epoch: int,
    seq: int,
    at: str,
    kind: str,
    side: str,
    req: RequestHead | None,
    req_sig: bytes | None,
    ans: AnswerHead | None = None,
    ans_sig: bytes | None = None,
    fault: str | None = None,
    times: int | None = None,
) -> bytes:
    """The entry of an exchange as bytes, on the hot path: the same as `encode` of its object.

    `kind` is "request" (sent or received, not yet answered), "exchange" or "refusal"; `at` as `strict.utc`.
    `req_sig` is None where no signature was verified: then the entry proves no requester. `times` counts
    refusals of a flood in one entry. Heads must come from `signing.read_*` or be made of checked parts.
    """
    return (
        _ENTRY_FORM
        % (
            "null" if ans is None else _answer(ans),
            "null" if ans is None else f'"{ans.key}"',
            "null" if ans_sig is None else f'"{strict.b64e(ans_sig)}"',
            at,
            epoch,
            "null" if fault is None else f'"{fault}"',
            kind,
            log,
            "null" if req is None else _request(req),
            "null" if req is None else f'"{req.key}"',
            "null" if req_sig is None else f'"{strict.b64e(req_sig)}"',
            seq,
            side,
            "" if times is None else f'"times":{times},',
        )
    ).encode()


def _request(head: RequestHead) -> str:
    return _REQ_FORM % (
        "null" if head.agreement is None else f'"{head.agreement}"',
        strict.b64e(head.body),
        head.client,
        head.created,
        head.exchange,
        head.nonce,
        "null" if head.purpose is None else f'"{head.purpose}"',
        "null" if head.rev is None else head.rev,
        head.service,
        strict.b64e(head.target),
    )


def _answer(head: AnswerHead) -> str:
    return _ANS_FORM % (
        strict.b64e(head.body),
        head.size,
        head.created,
        head.rows,
        head.status,
    )


def encode(entry: dict) -> bytes:
    """An entry's bytes, for kinds without a template: act and epoch (with a "detail" object)."""
    return strict.dumps(entry)


@dataclass(frozen=True)
class Entry:
    """A decoded entry. `req` and `ans` are complete heads, `detail` is of kinds act and epoch."""

    log: str
    epoch: int
    seq: int
    at: datetime
    kind: str
    side: str | None
    req: RequestHead | None
    req_sig: bytes | None
    ans: AnswerHead | None
    ans_sig: bytes | None
    fault: str | None
    times: int
    detail: dict | None
    raw: bytes = field(repr=False)

    @property
    def exchange(self) -> str | None:
        """The exchange id."""
        return self.req.exchange if self.req else None


def decode(raw: bytes) -> Entry:
    """Read an entry; `Fault entry.malformed` unless it is in its one form and complete for its kind."""
    try:
        value = strict.loads_exact(raw)
        kind = value["kind"]
        fields = _EXCHANGE if kind in EXCHANGES else _ALWAYS | {"detail"}
        optional = {"times"} if kind == "refusal" else set()
        if not fields <= value.keys() <= fields | optional or kind not in KINDS or value["v"] != 1:
            raise Fault("entry.malformed")
        req, ans = _heads(value) if kind in EXCHANGES else (None, None)
        entry = Entry(
            value["log"],
            _count(value["epoch"]),
            _count(value["seq"]),
            strict.parse_utc(value["at"]),
            kind,
            value.get("side"),
            req,
            _sig(value.get("req_sig")),
            ans,
            _sig(value.get("ans_sig")),
            value.get("fault"),
            _count(value.get("times", 1)),
            value.get("detail"),
            raw,
        )
        if not is_node(entry.log) or not _sound(entry) or (kind in EXCHANGES and _again(value, entry) != raw):
            raise Fault("entry.malformed")
    except (Fault, KeyError, TypeError, AttributeError):
        raise Fault("entry.malformed") from None
    return entry


def _again(value: dict, entry: Entry) -> bytes:
    """The entry written once more from what was read, so that nothing like `true` passes for 1."""
    return record(
        entry.log,
        entry.epoch,
        entry.seq,
        value["at"],
        entry.kind,
        entry.side,
        entry.req,
        entry.req_sig,
        entry.ans,
        entry.ans_sig,
        entry.fault,
        value.get("times"),
    )


def _sound(entry: Entry) -> bool:
    """Whether what must be there for the entry's kind is there, and nothing that cannot be."""
    if entry.kind not in EXCHANGES:
        return isinstance(entry.detail, dict)
    if entry.side not in SIDES or (entry.fault is not None and not _code.fullmatch(entry.fault)):
        return False
    if (entry.req is None and entry.req_sig is not None) or (entry.ans is None) != (entry.ans_sig is None):
        return False
    if entry.kind == "refusal":
        return (
            entry.fault is not None and entry.times > 0 and (entry.ans is None or entry.req_sig is not None)
        )
    complete = entry.kind == "exchange"
    return (
        entry.req_sig is not None
        and (entry.ans is not None) == complete
        and (entry.fault is None or complete)
    )


def _heads(value: dict) -> tuple[RequestHead | None, AnswerHead | None]:
    """The heads in an entry, checked by the one reader of heads there is."""
    req, ans = value["req"], value["ans"]
    if (req is None) != (value["req_key"] is None) or (ans is None) != (value["ans_key"] is None):
        raise Fault("entry.malformed")
    if req is None:
        if ans is not None:
            raise Fault("entry.malformed")
        return None, None
    if req.keys() != _REQ or (ans is not None and ans.keys() != _ANS):
        raise Fault("entry.malformed")
    hashes = {name: strict.b64d(req[name], 32) for name in ("target", "body")}
    head = RequestHead(**(req | hashes), key=value["req_key"])
    if signing.read_request(signing.request_base(head)) != head:
        raise Fault("entry.malformed")
    if ans is None:
        return head, None
    answer = AnswerHead(
        ans["status"],
        head.exchange,
        ans["rows"],
        ans["bytes"],
        strict.b64d(ans["body"], 32),
        ans["created"],
        value["ans_key"],
    )
    if signing.read_answer(signing.answer_base(answer, bytes(64)), bytes(64)) != answer:
        raise Fault("entry.malformed")
    return head, answer


def _sig(value: str | None) -> bytes | None:
    return None if value is None else strict.b64d(value, 64)


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise TypeError(value)
    return value


def checkpoint(
    log: str, epoch: int, size: int, root: bytes, at: datetime, prev_epoch: dict | None = None
) -> bytes:
    """The payload of a ckpt/1: the log of `epoch` had `size` entries under `root` at `at`.

    `prev_epoch` is `{"epoch", "size", "root", "reason"}` of the epoch before, where there was one.
    """
    body = {"v": 1, "log": log, "epoch": epoch, "size": size, "root": root.hex(), "at": strict.utc(at)}
    return strict.dumps(body | {"prev_epoch": prev_epoch})


@dataclass(frozen=True)
class Checkpoint:
    """A ckpt/1 as read; its signature is not checked yet."""

    log: str
    epoch: int
    size: int
    root: bytes
    at: datetime
    prev_epoch: dict | None
    envelope: Envelope = field(repr=False)

    @classmethod
    def parse(cls, raw: bytes | str) -> Self:
        """Read a ckpt/1 envelope with its one signature; `Fault checkpoint.malformed` otherwise."""
        try:
            opened = envelope.open(raw, CHECKPOINT)
            body = strict.loads_exact(opened.payload)
            if body.keys() != {"v", "log", "epoch", "size", "root", "at", "prev_epoch"} or body["v"] != 1:
                raise Fault("checkpoint.malformed")
            if len(opened.sigs) != 1 or not is_node(body["log"]) or not _hex.fullmatch(body["root"]):
                raise Fault("checkpoint.malformed")
            return cls(
                body["log"],
                _count(body["epoch"]),
                _count(body["size"]),
                bytes.fromhex(body["root"]),
                strict.parse_utc(body["at"]),
                body["prev_epoch"],
                opened,
            )
        except (Fault, TypeError, AttributeError):
            raise Fault("checkpoint.malformed") from None


def attestation(checkpoint_sha: str, by: str, at: datetime, serial: int) -> bytes:
    """The payload of an attest/1: node `by` saw this checkpoint (`Envelope.sha`) at `at`.

    It found it to continue what it saw of that log before, and knew the registry document `serial` then.
    """
    body = {"v": 1, "ckpt": checkpoint_sha, "by": by, "at": strict.utc(at), "serial": serial}
    return strict.dumps(body)


@dataclass(frozen=True)
class Attestation:
    """An attest/1 as read; its signature is not checked yet."""

    ckpt: str
    by: str
    at: datetime
    serial: int
    envelope: Envelope = field(repr=False)

    @classmethod
    def parse(cls, raw: bytes | str) -> Self:
        """Read an attest/1 envelope with its one signature; `Fault attestation.malformed` otherwise."""
        try:
            opened = envelope.open(raw, ATTESTATION)
            body = strict.loads_exact(opened.payload)
            if body.keys() != {"v", "ckpt", "by", "at", "serial"} or body["v"] != 1 or len(opened.sigs) != 1:
                raise Fault("attestation.malformed")
            if not is_node(body["by"]) or not _hex.fullmatch(body["ckpt"]):
                raise Fault("attestation.malformed")
            return cls(body["ckpt"], body["by"], strict.parse_utc(body["at"]), _count(body["serial"]), opened)
        except (Fault, TypeError, AttributeError):
            raise Fault("attestation.malformed") from None
