"""What a peer may ask of us on stream 0 of its link, besides exchanges (docs/wire.md, "CTL kinds").

Each answers for the node at the other end of the link, whose certificate the registry's document names, and
for no other.
"""

from collections.abc import Awaitable, Callable

from pendopo.core.errors import Fault


async def registry(gateway, node: str, message: dict) -> dict:
    """A newer registry document; whoever passes it on, the registry's own signature counts."""
    return await gateway.documents.put_registry(message["doc"].encode())


async def seen(gateway, node: str, message: dict) -> dict:
    """What we last attested of the peer's log; `Fault checkpoint.other_log` for another's."""
    if message["log"] != node:
        raise Fault("checkpoint.other_log", log=str(message["log"])[:40], node=node)
    return gateway.witnessing.seen(node)


async def attest(gateway, node: str, message: dict) -> dict:
    """Attest a checkpoint of the peer's log; `Fault checkpoint.*`."""
    return await gateway.witnessing.attest(node, message["ckpt"], message["proof"])


async def half(gateway, node: str, message: dict) -> dict:
    """Our half of the evidence for an exchange with the peer; `Fault evidence.unknown` for any other."""
    return await gateway.witnessing.give_half(node, message["exchange"], message["side"])


KINDS: dict[str, Callable[..., Awaitable[dict]]] = {
    "registry": registry,
    "seen": seen,
    "attest": attest,
    "half": half,
}
