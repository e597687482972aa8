"""The links to other nodes: dialled on demand, kept to the registry's node, one for each pair."""

import asyncio
import logging
import socket

from pendopo.core.errors import Fault
from pendopo.gateway.link import tls
from pendopo.gateway.link.channel import Channel
from pendopo.gateway.link.link import Link

say = logging.getLogger("pendopo.gateway.link")

CONNECT_SECONDS = 10
BACKOFF_MAX = 15.0
DRAIN_SECONDS = 30


class Peers:
    """All links of a gateway, by the peer's node id."""

    def __init__(self, gateway) -> None:
        self.gateway = gateway
        self.links: dict[str, Link] = {}
        self.dialling: dict[str, asyncio.Task] = {}
        self.keeping: asyncio.Task | None = None
        self.server: asyncio.Server | None = None
        self.all: set[Link] = set()

    async def listen(self, host: str, port: int) -> None:
        """Take links from peers. Raises OSError."""
        loop = asyncio.get_running_loop()
        home = self.gateway.home
        self.certified = home.tls_chain.stat().st_mtime_ns
        context = tls.server_context(home.tls_chain, home.tls_key, self.gateway.anchor["root_x509"])
        self.client = tls.client_context(home.tls_chain, home.tls_key, self.gateway.anchor["root_x509"])
        self.contexts = (context, self.client)
        self.server = await loop.create_server(
            lambda: self._made(Link(self.gateway, dialled=False)), host, port, ssl=context
        )

    def renew(self) -> None:
        """Show the next certificate on new links, when there is one; those that are open go on."""
        home = self.gateway.home
        written = home.tls_chain.stat().st_mtime_ns
        if written == self.certified:
            return
        self.certified = written
        # On trial first: a context that is given another key's certificate forgets the key it had.
        tls.client_context(home.tls_chain, home.tls_key, self.gateway.anchor["root_x509"])
        for context in self.contexts:
            context.load_cert_chain(home.tls_chain, home.tls_key)

    def _made(self, link: Link) -> Link:
        self.all.add(link)
        return link

    @property
    def port(self) -> int:
        return self.server.sockets[0].getsockname()[1]

    def get(self, node: str) -> Channel | None:
        """The open link to a node, if there is one."""
        return self.links.get(node)

    async def dial(self, node: str) -> Link:
        """The link to a node, opened now if need be; `Fault link.*` names why there is none."""
        link = self.links.get(node)
        if link is not None:
            return link
        task = self.dialling.get(node)
        if task is None:
            task = self.dialling[node] = asyncio.ensure_future(self._dial(node))
            task.add_done_callback(lambda t: (self.dialling.pop(node, None), t.cancelled() or t.exception()))
        return await asyncio.shield(task)

    async def _dial(self, node: str) -> Link:
        loop = asyncio.get_running_loop()
        reason: Fault | None = None
        # A name is asked for anew each time, in a thread of libuv's own: a private one comes and goes.
        for address in self.gateway.addresses(node):
            host, _, port = address.rpartition(":")
            link = self._made(Link(self.gateway, dialled=True, wanted=node))
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    await loop.create_connection(
                        lambda link=link: link,
                        host.strip("[]"),
                        int(port),
                        ssl=self.client,
                        server_hostname="",
                    )
                    await link.ready
                return self.links.get(node) or link
            except (OSError, TimeoutError) as why:
                self.all.discard(link)
                reason = _unreachable(node, address, why)
            except Fault as fault:
                reason = fault
        raise reason or Fault("link.no_address", node=node)

    def linked(self, link: Link) -> None:
        """Both hellos were right. Where two nodes dialled each other at once, the link that the node with the
        smaller name dialled is kept; the other serves what it carries to its end."""
        other = self.links.get(link.node)
        if other is None or other.closed:
            self.links[link.node] = link
            return
        lesser = min(self.gateway.home.node, link.node)
        dialler = self.gateway.home.node if link.dialled else link.node
        if other.dialled == link.dialled or dialler == lesser:
            self.links[link.node], link = link, other
        self.gateway.background(self._drain(link))

    async def _drain(self, link: Link) -> None:
        for _ in range(DRAIN_SECONDS * 10):
            # A dialler may have opened a stream just before it learnt of the other link: always wait a bit.
            await asyncio.sleep(0.1)
            if not link.streams:
                break
        if not link.closed:
            link.transport.close()

    def unlinked(self, link: Link) -> None:
        self.all.discard(link)
        if self.links.get(link.node) is link:
            del self.links[link.node]

    def recheck(self) -> None:
        """A new registry document: close every link whose peer is no longer a node of it."""
        for link in list(self.all):
            if getattr(link, "spki", None) is None or link.closed:
                continue
            try:
                self.gateway.node_of_key(link.spki)
            except Fault as fault:
                link.refuse(fault)

    async def keep(self) -> None:
        """Hold a link to the registry's node for ever, with growing pauses between attempts."""
        pause = 0.2
        while True:
            node = self.gateway.registry_node()
            if node is None or node == self.gateway.home.node:
                await asyncio.sleep(1)
                continue
            try:
                link = await self.dial(node)
                pause = 0.2
                while not link.closed and self.links.get(node) is not None:
                    await asyncio.sleep(0.2)
            except Fault as fault:
                say.info("no link to the registry's node: %s", fault)
                await asyncio.sleep(pause)
                pause = min(pause * 2, BACKOFF_MAX)

    async def close(self) -> None:
        """Take no new link and end those there are."""
        if self.keeping is not None:
            self.keeping.cancel()
        self.server.close()
        for link in list(self.all):
            if hasattr(link, "transport"):
                link.transport.close()


def _unreachable(node: str, address: str, why: OSError | TimeoutError) -> Fault:
    """Why there is no link: nobody knows the name, or what it stands for does not answer."""
    if isinstance(why, socket.gaierror) and why.errno in (socket.EAI_NONAME, socket.EAI_NODATA):
        return Fault("link.name_unknown", node=node, address=address)
    return Fault("link.unreachable", node=node, address=address, why=str(why)[:200] or "timeout")
