"""Writes the golden files of today's version: `python -m tests.wire.make` (from the repository's root).

The files of a released version are never written again: readers must understand them for ever. Keys and
random parts come from fixed seeds (tests/worlds.py), so a run changes nothing unless a format changed.
"""

from pathlib import Path

from pendopo.core import envelope, exchange, signing
from tests import worlds
from tests.worlds import BORN, NOON, World, agency_key, log_key

FOLDER = Path(__file__).parent / "v1"


def files() -> dict[str, bytes]:
    """Every golden file of version 1 by name."""
    world = World()
    case = worlds.a_year_later()
    x = world.exchange()
    requested = signing.request_base(x.req)
    payload = len(requested).to_bytes(2, "big") + requested + x.req_sig
    ledger = case.logs[0]
    return {
        "anchor.json": world.anchor(),
        "envelope.json": envelope.seal(
            "letter/1", b'{"v":1,"text":"\xc3\xa9"}', [log_key("djp"), log_key("kominfo")]
        ),
        "key.json": world.statements[-1],
        "key-replaces.json": case.world.statements[-4],
        "registry.json": case.registry,
        "node.json": world.node_document(),
        "service.json": world.definition(),
        "request.json": world.request(),
        "agreement.json": world.agreement(),
        "agreement-revoked.json": world.agreement(
            agency_key(worlds.DUKCAPIL, "agreement"), rev=4, state="revoked", reason="selesai"
        ),
        "request.base": requested,
        "answer.base": signing.answer_base(x.ans, x.req_sig),
        "entry.json": ledger.entries[4],
        "entry-refusal.json": refusal(world),
        "checkpoint.json": case.half.checkpoint,
        "attestation.json": worlds.attest(case.half.checkpoint, "dukcapil", BORN),
        "frame.bin": exchange.pack(exchange.REQ, 7, 0, payload) + exchange.pack(exchange.PING, 0, 1),
        "evidence.json": case.file(),
        "evidence-bare.json": case.file(other=None, opening=None, request=None),
    }


def refusal(world: World) -> bytes:
    ledger = worlds.Log("dukcapil")
    ledger.add(NOON, "refusal", "provider", world.exchange(purpose="pemasaran"), fault="agreement.purpose")
    return ledger.entries[0]


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, data in files().items():
        (FOLDER / name).write_bytes(data)
