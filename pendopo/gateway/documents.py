"""The registry's document and our own: checked, installed whole or not at all, and in force at once."""

import asyncio
import logging
import time

from pendopo.core.errors import Fault
from pendopo.core.snapshot import Node, Registry
from pendopo.gateway.files import install
from pendopo.gateway.view import View

say = logging.getLogger("pendopo.gateway.documents")


class Documents:
    """Installs documents for a gateway. `put_*` raise Fault and change nothing when one is refused."""

    def __init__(self, gateway) -> None:
        self.gateway = gateway
        self.folder = gateway.home.documents
        self.lock = asyncio.Lock()

    def load(self) -> None:
        """Take up what is on disk. A document that does not hold is named among the faults, and left out."""
        registry = self._read("registry.json", lambda raw: Registry.open(raw, self.gateway.anchor))
        node = None
        if registry is not None:
            node = self._read("node.json", lambda raw: Node.open(raw, registry.keys))
        try:
            self.gateway.swap(self._view(registry, node))
        except Fault as fault:
            self.gateway.faults.append(f"node.json: {fault}")
            self.gateway.swap(self._view(registry, None))

    def _read(self, name: str, read):
        try:
            return read((self.folder / name).read_bytes())
        except FileNotFoundError:
            return None
        except Fault as fault:
            say.error("%s: %s", name, fault)
            self.gateway.faults.append(f"{name}: {fault}")
            return None

    def _view(self, registry: Registry | None, node: Node | None) -> View:
        gateway = self.gateway
        view = View(registry, node, gateway.blobs, gateway.keys, gateway.secret)
        view.tick(time.time())  # an exchange under way may ask it before the next one ticks it
        return view

    async def put_registry(self, raw: bytes) -> dict:
        """A registry/1 from the portal or a peer: newer than ours, and following on it.

        `Fault registry.*`, `documents.stale`, `documents.fork`, `node.*`.
        """
        async with self.lock:
            gateway, now = self.gateway, self.gateway.view.registry
            registry = Registry.open(raw, gateway.anchor)
            if now is not None:
                if registry.sha == now.sha:
                    return {"serial": now.serial}
                if registry.serial < now.serial:
                    raise Fault("documents.stale", serial=registry.serial, have=now.serial)
                if registry.serial == now.serial or (
                    registry.serial == now.serial + 1 and registry.prev_sha != now.sha
                ):
                    raise Fault("documents.fork", serial=registry.serial)
            # A new document may end our log key: then our own document, signed with it, is read again.
            node = gateway.view.node
            view = self._view(registry, node)
            await asyncio.to_thread(install, self.folder / "registry.json", raw)
            gateway.swap(view)
            if node is None:
                self._retry_node()
            gateway.push_registry()
            return {"serial": registry.serial}

    def _retry_node(self) -> None:
        """Our own document may have waited for this registry document."""
        if (self.folder / "node.json").exists():
            self.gateway.faults = [f for f in self.gateway.faults if not f.startswith("node.json")]
            self.load()

    async def put_node(self, raw: bytes) -> dict:
        """Our own node/1, newer than the one in force, its blobs all here."""
        async with self.lock:
            gateway, now = self.gateway, self.gateway.view.node
            registry = gateway.view.registry
            if registry is None:
                raise Fault("gateway.no_documents")
            node = Node.open(raw, registry.keys)
            if node.node != gateway.home.node:
                raise Fault("documents.other_node", node=node.node, wanted=gateway.home.node)
            if now is not None:
                if node.sha == now.sha:
                    return {"serial": now.serial}
                if node.serial <= now.serial:
                    raise Fault("documents.stale", serial=node.serial, have=now.serial)
            if registry.serial < node.registry_min:
                raise Fault("documents.registry_min", wanted=node.registry_min, have=registry.serial)
            for row in (*node.services.values(), *node.agreements.values()):
                sha = row["def_sha"] if "def_sha" in row else row["sha"]
                if not gateway.blobs.has(sha):
                    raise Fault("gateway.blob_absent", sha=sha)
            view = self._view(registry, node)
            await asyncio.to_thread(install, self.folder / "node.json", raw)
            gateway.faults = [f for f in gateway.faults if not f.startswith("node.json")]
            gateway.swap(view)
            return {"serial": node.serial}
