"""This node's own document: what its gateway offers, uses and may do, from what the rooms contribute.

    compile.register("services", services)   # services() -> list of dicts as node/1 has them

Parts are `subsystems`, `sources`, `services` and `agreements`. The envelopes they name (a service's
`def_sha`, an agreement's `sha` and the request and definition it rests on) must be among `documents.store`d
ones: they are installed first.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from pendopo.core import envelope
from pendopo.core.errors import Fault

from . import documents, reads, snapshots
from .models import Snapshot

PARTS = ("subsystems", "sources", "services", "agreements")
Contribution = Callable[[], Iterable[dict]]

_contributions: dict[str, list[Contribution]] = {part: [] for part in PARTS}


def register(part: str, contribution: Contribution) -> None:
    """`contribution()` gives entries of `part`. KeyError for a part node/1 does not have."""
    if contribution not in _contributions[part]:
        _contributions[part].append(contribution)


def body() -> dict:
    """What node/1 says now, in one order; `Fault nodes.compile_twice` when two entries have one id."""
    parts: dict[str, object] = {"dialect": "spec"}
    for part, contributions in _contributions.items():
        entries = sorted((entry for give in contributions for entry in give()), key=lambda entry: entry["id"])
        ids = [entry["id"] for entry in entries]
        if len(set(ids)) != len(ids):
            raise Fault("nodes.compile_twice", part=part)
        parts[part] = entries
    return parts


def missing(parts: dict, have: Callable[[str], bool]) -> dict[str, bytes]:
    """The envelopes a body names that the gateway does not `have`, by hash, in the order to install them.

    An agreement comes after the request and definition it rests on, so that whoever has it has those: the
    work is the same with one agreement and with thousands.
    """
    found: dict[str, bytes] = {}
    wanted = [service["def_sha"] for service in parts["services"]]
    for agreement in parts["agreements"]:
        if not have(agreement["sha"]):
            named = envelope.open(documents.load(agreement["sha"])).body
            wanted += [named["request_sha"], named["def_sha"], agreement["sha"]]
    for sha in wanted:
        if sha not in found and not have(sha):
            found[sha] = documents.load(sha)
    return found


def issue(signs: documents.Signs, node: str) -> Snapshot:
    """This node's document that holds now; a new issue if anything changed or it grows stale."""
    return snapshots.issue(
        Snapshot.Kind.NODE,
        body,
        lambda last: {"node": node, "registry_min": reads.registry().serial},
        signs,
        lambda: signer(node),
    )


def signer(node: str) -> str:
    """The node's log key that signs now."""
    return reads.own_key(f"node:{node}", "log")


def install(gateway, node: str, blob_folder: Path) -> Snapshot:
    """Issues and installs, blobs before the document that names them. `Fault` when the gateway is down.

    What the gateway has lies in its folder under its hash; that is not sent again.
    """
    snapshot = issue(gateway, node)
    if snapshot.installed_at is None:
        raw = bytes(snapshot.document.raw)
        body = envelope.open(raw).body
        for sha, blob in missing(body, lambda sha: (blob_folder / sha).exists()).items():
            gateway.put_blob(sha, blob)
        gateway.put_node(raw)
        snapshots.installed(snapshot)
    return snapshot
