"""The two documents a gateway lives on, read into lookups: the registry's and the node's own.

Both are checked whole when opened: form, signature, instance. Whether one still holds (`valid_until`) is the
caller's question, who has the clock.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from . import envelope, strict
from .envelope import Envelope
from .errors import Fault
from .ids import is_node
from .keys import KeyRing

REGISTRY, NODE = "registry/1", "node/1"
_REGISTRY = {
    "v", "instance", "serial", "prev_sha", "at", "valid_until", "members", "nodes", "keys", "revoked",
    "catalogue",
}  # fmt: skip
_NODE = {
    "v", "node", "serial", "registry_min", "at", "valid_until", "dialect", "subsystems", "sources",
    "services", "agreements",
}  # fmt: skip


@dataclass(frozen=True)
class Registry:
    """registry/1: who is a member, where, with which keys; what is revoked; what is offered.

    `members` by agency, `nodes` by node id, `catalogue` by service: the document's own objects. `keys` is the
    ring of all key statements with the document's revocations.
    """

    instance: str
    serial: int
    prev_sha: str | None
    at: datetime
    valid_until: datetime
    members: dict[str, dict[str, Any]]
    nodes: dict[str, dict[str, Any]]
    catalogue: dict[str, dict[str, Any]]
    revoked: list[dict[str, Any]]
    keys: KeyRing = field(repr=False)
    envelope: Envelope = field(repr=False)

    @classmethod
    def open(cls, raw: bytes | str, anchor: dict) -> Self:
        """Read and check a registry/1 envelope against an anchor/1 object.

        Raises `Fault registry.malformed`, `registry.instance` (of another registry), `key.issuing` (no key
        that signed is an issuing key of the root), `key.not_yet`, `key.expired` or `registry.signature`.
        """
        opened, body = _open(raw, REGISTRY, _REGISTRY, "registry.malformed")
        if body["instance"] != anchor["instance"]:
            raise Fault("registry.instance", found=str(body["instance"])[:40], wanted=anchor["instance"])
        try:
            registry = cls(
                body["instance"],
                _whole(body["serial"]),
                body["prev_sha"],
                strict.parse_utc(body["at"]),
                strict.parse_utc(body["valid_until"]),
                _by(body["members"], "id"),
                _by(body["nodes"], "id"),
                _by(body["catalogue"], "service"),
                body["revoked"],
                KeyRing(anchor, body["keys"], body["revoked"]),
                opened,
            )
        except (Fault, KeyError, TypeError, AttributeError):
            raise Fault("registry.malformed") from None
        registry._check_signature()
        return registry

    def _check_signature(self) -> None:
        problem = Fault("registry.signature")
        for thumb in self.envelope.keys:
            try:
                self.keys.issuing(thumb)
                pub = self.keys.at(thumb, self.at, f"registry:{self.instance}", "issuing")
            except Fault as fault:
                problem = fault
                continue
            if self.envelope.signed_by(thumb, pub):
                return
            problem = Fault("registry.signature")
        raise problem

    @property
    def sha(self) -> str:
        """SHA-256 of the envelope: what the next issue's `prev_sha` names."""
        return self.envelope.sha

    def node_of(self, agency: str) -> str:
        """The node that hosts an agency; `Fault registry.not_member` when there is no such member."""
        member = self.members.get(agency)
        if member is None:
            raise Fault("registry.not_member", agency=agency)
        return member["node"]

    def revoked_at(self, kind: str, id: str) -> datetime | None:
        """When a "key", "node" or "agency" was revoked; None when it never was."""
        times = [
            strict.parse_utc(one["at"]) for one in self.revoked if (one["kind"], one["id"]) == (kind, id)
        ]
        return min(times, default=None)


@dataclass(frozen=True)
class Node:
    """node/1: what a node's gateway offers, uses and may do. All lookups by `id`."""

    node: str
    serial: int
    registry_min: int
    at: datetime
    valid_until: datetime
    dialect: str
    subsystems: dict[str, dict[str, Any]]
    sources: dict[str, dict[str, Any]]
    services: dict[str, dict[str, Any]]
    agreements: dict[str, dict[str, Any]]
    envelope: Envelope = field(repr=False)

    @classmethod
    def open(cls, raw: bytes | str, ring: KeyRing) -> Self:
        """Read a node/1 envelope and check that the node's log key signed it at its `at`.

        Raises `Fault node.malformed`, or what `KeyRing.signed` says.
        """
        opened, body = _open(raw, NODE, _NODE, "node.malformed")
        try:
            node = cls(
                body["node"],
                _whole(body["serial"]),
                _whole(body["registry_min"]),
                strict.parse_utc(body["at"]),
                strict.parse_utc(body["valid_until"]),
                body["dialect"],
                *(_by(body[part], "id") for part in ("subsystems", "sources", "services", "agreements")),
                opened,
            )
        except (Fault, KeyError, TypeError, AttributeError):
            raise Fault("node.malformed") from None
        if node.dialect not in ("spec", "7.8") or not isinstance(node.node, str) or not is_node(node.node):
            raise Fault("node.malformed")
        ring.signed(opened, node.at, f"node:{node.node}", "log")
        return node

    @property
    def sha(self) -> str:
        """SHA-256 of the envelope."""
        return self.envelope.sha


def _open(raw: bytes | str, type: str, fields: set[str], code: str) -> tuple[Envelope, dict]:
    try:
        opened = envelope.open(raw, type)
        body = opened.body
    except Fault:
        raise Fault(code) from None
    if body.keys() != fields or body["v"] != 1:
        raise Fault(code)
    return opened, body


def _by(items: list[dict], name: str) -> dict[str, dict]:
    found = {item[name]: item for item in items}
    if len(found) != len(items) or not all(isinstance(key, str) for key in found):
        raise TypeError(name)
    return found


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise TypeError(value)
    return value
