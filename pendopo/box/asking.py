"""How a box asks its controller: signed, at every address and over every line until one of them answers."""

import time
import zlib
from collections.abc import Iterable
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from pendopo.box import client, wireguard
from pendopo.box.client import Answer
from pendopo.box.state import Identity
from pendopo.core import boxcall, strict
from pendopo.core.boxconfig import Config, behind
from pendopo.core.errors import Fault
from pendopo.core.keys import SigningKey

AVOID = 60.0  # seconds in which a way that failed is taken last
LARGE = 16 * 1024  # bytes of a body from which on it is sent deflated
Way = tuple[str, int]  # a URL, and the mark of the line to take (0: as the machine would by itself)


class Asking:
    """Remembers which ways failed a moment ago, and takes them last; as those over a line in `silent`."""

    def __init__(self, identity: Identity, key: SigningKey) -> None:
        self.identity, self.key = identity, key
        self.failed: dict[Way, float] = {}
        self.at = 0  # the last question's time, Unix milliseconds
        self.silent: frozenset[int] = frozenset()  # marks of lines over which no peer answers

    async def ask(
        self,
        config: Config | None,
        method: str,
        target: str,
        value: object = None,
        seconds: float = 10.0,
        by_itself: bool = True,
    ) -> Answer:
        """The first answer by a way of `config` that is no trouble of the way's own (5xx).

        `by_itself`: also as the machine would without us. Raises the last way's `Fault box.unreachable`, or
        `box.refused` with the status when the controller says no.
        """
        body, more = b"" if value is None else strict.dumps(value), {}
        if len(body) > LARGE:
            body, more = zlib.compress(body), {"Content-Encoding": "deflate"}
        problem = Fault("box.unreachable", url="-", why="-")
        for way in self._ordered(ways(config, self.identity, by_itself)):
            now = time.time_ns() // 1_000_000
            # Two of one moment would be the same, and each is answered once; a clock may be set back.
            self.at = self.at + 1 if 0 <= self.at - now < 1000 else now
            signed = boxcall.headers(self.identity.box, self.key.sign, method, target, body, self.at)
            try:
                answer = await client.call(way[0], method, target, body, more | signed, way[1], seconds)
            except Fault as fault:
                self.failed[way], problem = time.monotonic(), fault
                continue
            if answer.status >= 500:
                self.failed[way] = time.monotonic()
                problem = Fault("box.unreachable", url=way[0], why=str(answer.status))
            elif answer.status >= 300:
                raise Fault(
                    "box.refused", status=answer.status, what=answer.body[:200].decode("utf-8", "replace")
                )
            else:
                return answer
        raise problem

    def _ordered(self, ways: Iterable[Way]) -> list[Way]:
        now = time.monotonic()
        return sorted(
            ways, key=lambda one: one[1] in self.silent or now - self.failed.get(one, -AVOID) < AVOID
        )


def ways(config: Config | None, identity: Identity, by_itself: bool) -> list[Way]:
    """Every way to the controller, best first.

    An address behind another box is reached through the tunnel, one of the site itself as any other there;
    all others over a line of our choice.
    """
    if config is None:
        return [(url, 0) for url in identity.urls]
    private = [*config.site.networks, *map(ip_network, config.tunnel.addresses)]
    private += [one for peer in config.peers for one in behind(peer.addresses, peer.tunnel)]
    marks = [wireguard.mark(at) for at in range(len(config.lines))]
    found = []
    for url in config.controller.urls:
        try:
            inside = any(ip_address(urlsplit(url).hostname) in network for network in private)
        except ValueError:
            inside = False
        found += [(url, 0)] if inside else [(url, mark) for mark in marks]
    if by_itself:
        found += [(url, 0) for url in config.controller.urls]
    return list(dict.fromkeys(found))
