"""Making checkpoints, having them attested by peer and registry, and evidence files from both."""

import asyncio
import json
import logging
import time
from datetime import UTC, datetime, timedelta

from pendopo.core import envelope, evidence, ids, strict
from pendopo.core import log as corelog
from pendopo.core.errors import Fault
from pendopo.core.evidence import Broken, Half, Opening, Part
from pendopo.core.exchange import commit
from pendopo.core.log import Checkpoint, Entry
from pendopo.gateway import paths
from pendopo.gateway.link.messages import target_of
from pendopo.gateway.log.checkpoints import attest

say = logging.getLogger("pendopo.gateway.log")

EVERY_SECONDS = 10
REGISTRY_SECONDS = 60  # between two checkpoints shown to registry and peers without anybody asking


class Witnessing:
    """The part of a gateway that lets others see its log, and sees theirs."""

    def __init__(self, gateway) -> None:
        self.gateway = gateway
        self.lock = asyncio.Lock()

    async def run(self) -> None:
        """A checkpoint whenever the log grew, for ever; now and then shown to everyone linked."""
        shown = time.monotonic()
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            gateway = self.gateway
            size = gateway.checkpoints.known[0]
            if gateway.log.fault is not None or gateway.log.durable == size or gateway.view.registry is None:
                continue
            try:
                raw = await self.checkpoint()
                if time.monotonic() - shown > REGISTRY_SECONDS:
                    shown = time.monotonic()
                    await self.show(raw, set(gateway.peers.links))
            except Exception as why:
                say.warning("no checkpoint: %s", why)

    async def checkpoint(self) -> bytes:
        """Sign the log as it is now and keep that durably, with the counts that belong to it."""
        gateway = self.gateway
        async with self.lock:
            counts = gateway.quota.snapshot(gateway.log.epoch, gateway.log.size)
            size, root = await gateway.log.head()
            gateway.view.tick(time.time())
            key = gateway.view.signer(gateway.home.node, "log")
            payload = corelog.checkpoint(gateway.home.node, gateway.log.epoch, size, root, datetime.now(UTC))
            raw = envelope.seal(corelog.CHECKPOINT, payload, [key])
            await asyncio.to_thread(self._keep, raw, [], counts)
        return raw

    def _keep(self, raw: bytes, attestations: list[bytes], counts: bytes | None) -> None:
        self.gateway.checkpoints.keep(raw, attestations)
        if counts is not None:
            self.gateway.quota.save(counts)

    async def show(self, raw: bytes, nodes: set[str]) -> list[bytes]:
        """Have a checkpoint attested by `nodes`; what they attested, as far as they could be reached."""
        results = await asyncio.gather(
            *(self._ask(raw, node) for node in sorted(nodes)), return_exceptions=True
        )
        found = [each for each in results if isinstance(each, bytes)]
        for node, each in zip(sorted(nodes), results, strict=True):
            if isinstance(each, Exception):
                self._not_attested(node, each)
        if found:
            await asyncio.to_thread(self._keep, raw, found, None)
        return found

    def _not_attested(self, node: str, why: Exception) -> None:
        """Out of reach is nothing special; a witness that remembers another log of ours is."""
        if isinstance(why, Fault) and why.code.startswith("checkpoint."):
            text = f"{node}: {why}"
            say.error("our log is not attested by %s", text)
            if text not in self.gateway.faults:
                self.gateway.faults.append(text)
        else:
            say.info("%s did not attest our checkpoint: %s", node, why)

    async def _ask(self, raw: bytes, node: str) -> bytes:
        gateway, checkpoint = self.gateway, Checkpoint.parse(raw)
        link = await gateway.peers.dial(node)
        seen = await link.ask("seen", log=gateway.home.node)
        proof = []
        if seen["epoch"] == checkpoint.epoch and 0 < seen["size"] <= checkpoint.size:
            proof = gateway.log.tree.consistency(seen["size"], checkpoint.size)
        answer = await link.ask("attest", ckpt=raw.decode(), proof=[strict.b64e(each) for each in proof])
        return answer["attestation"].encode()

    # --- what others ask of us

    def seen(self, log: str) -> dict:
        epoch, size = self.gateway.witness.last(log)
        return {"epoch": epoch, "size": size}

    async def attest(self, node: str, raw: str, proof: list[str]) -> dict:
        """Attest a peer's checkpoint of its own log."""
        gateway = self.gateway
        checkpoint = Checkpoint.parse(raw)
        if checkpoint.log != node:
            raise Fault("checkpoint.other_log", log=checkpoint.log, node=node)
        gateway.view.tick(time.time())
        thumb = checkpoint.envelope.keys[0]
        pub = gateway.view.registry.keys.at(thumb, checkpoint.at, f"node:{node}", "log")
        gateway.witness.check(checkpoint, pub, [strict.b64d(each, 32) for each in proof], time.time())
        key = gateway.view.signer(gateway.home.node, "log")
        await asyncio.to_thread(gateway.witness.save, gateway.witness.remember(checkpoint))
        serial = gateway.view.registry.serial
        return {"attestation": attest(checkpoint, gateway.home.node, datetime.now(UTC), serial, key).decode()}

    # --- evidence

    async def find(self, exchange: str, side: str | None = None) -> Entry:
        """The entry of an exchange that says most; `Fault evidence.unknown` when there is none."""
        log = self.gateway.log
        best: Entry | None = None
        raw_id = bytes.fromhex(exchange.replace("-", "")) if ids.is_uuid7(exchange) else b""
        for seq in log.index.find(raw_id) if raw_id else ():
            entry = corelog.decode(log.entry(seq))
            if side not in (None, entry.side):
                continue
            if best is None or _weight(entry) > _weight(best):
                best = entry
        if best is None:
            raise Fault("evidence.unknown", exchange=exchange[:60])
        return best

    async def half(self, entry: Entry) -> tuple[Half, list[str]]:
        """Our log's half of the evidence, and the nodes that should have attested but did not."""
        gateway = self.gateway
        wanted = self._witnesses(entry)
        kept = await asyncio.to_thread(gateway.checkpoints.covering, entry.seq, wanted)
        if kept is None:
            raw = await self.checkpoint()
            kept = raw, await self.show(raw, wanted)
        raw, found = kept
        by = {corelog.Attestation.parse(each).by for each in found}
        size = Checkpoint.parse(raw).size
        proof = await asyncio.to_thread(gateway.log.tree.inclusion, entry.seq, size)
        return Half(entry.raw, proof, raw, found), sorted(wanted - by)

    def _witnesses(self, entry: Entry) -> set[str]:
        """The registry's node and the peer's, without ourselves."""
        view = self.gateway.view
        nodes = {view.registry_node()}
        if entry.req is not None:
            other = entry.req.service if entry.side == "consumer" else entry.req.client
            nodes.add(view.registry.node_of(paths.agency_of(other)))
        return {node for node in nodes if node} - {self.gateway.home.node}

    async def evidence(self, exchange: str) -> bytes:
        """An evidence file for an exchange; `Fault evidence.*` where it would not be complete."""
        gateway, view = self.gateway, self.gateway.view
        view.tick(time.time())
        view.check_valid()
        entry = await self.find(exchange)
        half, missing = await self.half(entry)
        if missing:
            raise Fault("evidence.unattested", nodes=", ".join(missing))
        other = await self._other(entry)
        agreement = definition = request = None
        if entry.req is not None and entry.req.agreement is not None:
            agreement, definition, request = self._documents(entry)
        made = evidence.build(
            half,
            gateway.view.registry.envelope.raw,
            agreement=agreement,
            definition=definition,
            request=request,
            other=other,
            opening=self._opening(entry),
        )
        verdict = evidence.verify(made, gateway.anchor_raw)
        if isinstance(verdict, Broken):
            raise verdict
        return made

    def _documents(self, entry: Entry) -> tuple[bytes | None, bytes | None, bytes | None]:
        """Agreement, definition and request, as the exchange named them."""
        gateway, head = self.gateway, entry.req
        sha = gateway.blobs.revision(head.agreement, head.rev)
        if sha is None:
            if entry.kind == "refusal":
                return None, None, None
            raise Fault("evidence.no_agreement", agreement=head.agreement, rev=head.rev)
        agreement = gateway.blobs.agreement(sha)
        request = None
        if gateway.blobs.has(agreement.request_sha):
            request = gateway.blobs.envelope(agreement.request_sha).raw
        definition = gateway.blobs.envelope(agreement.def_sha).raw
        return gateway.blobs.envelope(sha).raw, definition, request

    def _opening(self, entry: Entry) -> Opening | None:
        days = tuple(f"{entry.at + timedelta(days=shift):%Y-%m-%d}" for shift in (0, 1))
        raw = self.gateway.log.opening(entry.seq, days)
        if raw is None:
            return None
        body = Part(raw[32:48], b"") if entry.req.body == commit(raw[32:48], b"") else None
        return Opening(Part(raw[:16], target_of(raw[48:])), body, None)

    async def _other(self, entry: Entry) -> Half | None:
        """The other side's half, where it can be had and tells the same."""
        gateway = self.gateway
        side = "provider" if entry.side == "consumer" else "consumer"
        other = entry.req.service if entry.side == "consumer" else entry.req.client
        try:
            node = gateway.view.node_of(paths.agency_of(other))
            if node == gateway.home.node:
                half = (await self.half(await self.find(entry.req.exchange, side)))[0]
            else:
                link = await gateway.peers.dial(node)
                answer = await link.ask("half", seconds=20, exchange=entry.req.exchange, side=side)
                half = read_half(answer["half"])
            theirs = corelog.decode(half.entry)
        except (Fault, KeyError, TypeError, ValueError) as why:
            say.info("evidence without the other side's half: %s", why)
            return None
        same = ("kind", "req", "req_sig", "ans", "ans_sig", "fault", "times")
        return half if all(getattr(entry, name) == getattr(theirs, name) for name in same) else None

    async def give_half(self, node: str, exchange: str, side: str) -> dict:
        """Our half for a peer that took part in the exchange."""
        entry = await self.find(exchange, side)
        other = entry.req.service if entry.side == "consumer" else entry.req.client
        if self.gateway.view.registry.node_of(paths.agency_of(other)) != node:
            raise Fault("evidence.unknown", exchange=exchange[:60])
        half, missing = await self.half(entry)
        if missing:
            raise Fault("evidence.unattested", nodes=", ".join(missing))
        return {"half": write_half(half)}


def _weight(entry: Entry) -> tuple[int, int]:
    return ({"exchange": 2, "refusal": 1}.get(entry.kind, 0), entry.seq)


def write_half(half: Half) -> str:
    """A half as it travels in a control message."""
    return json.dumps(
        {
            "entry": strict.b64e(half.entry),
            "proof": [strict.b64e(each) for each in half.proof],
            "checkpoint": half.checkpoint.decode(),
            "attestations": [each.decode() for each in half.attestations],
        }
    )


def read_half(text: str) -> Half:
    value = strict.loads(text.encode())
    return Half(
        strict.b64d(value["entry"]),
        [strict.b64d(each, 32) for each in value["proof"]],
        value["checkpoint"].encode(),
        [each.encode() for each in value["attestations"]],
    )
