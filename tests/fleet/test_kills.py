"""Nothing is lost: gateways killed again and again under load, a stream and a revocation in flight."""

import http.client
import json
import os
import random
import signal
import threading
import time
from collections import Counter

from pendopo.core import evidence, log, merkle, signing
from pendopo.core.evidence import Broken
from pendopo.core.log import Checkpoint
from pendopo.gateway.log import segments
from tests.fleet.world import CLIENT, CONSUMER, SERVICE, Refused, World

CLIENTS, EXCHANGES, KILLS = 16, 5000, 8  # kills of each gateway
SECONDS = 300  # a limit, not an aim
OTHER = f"{CONSUMER}/cabut"


class Load:
    """Clients that ask until told to stop, and remember every complete 200."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.random = world, random.Random(seed)
        self.stop = threading.Event()
        self.whole: list[tuple[str, int]] = []  # exchange, bytes of the body
        self.streams = 0
        self.revoked_at = 0.0
        self.after_revocation = 0
        self.threads = [threading.Thread(target=self._client, args=(n,)) for n in range(CLIENTS)]
        self.threads += [threading.Thread(target=self._streamer), threading.Thread(target=self._other)]

    def _ask(self, connection: http.client.HTTPConnection, query: str, client: str) -> tuple[int, str, bytes]:
        connection.request("GET", f"/r1/{SERVICE}?{query}", headers={"X-Road-Client": client})
        answer = connection.getresponse()
        return answer.status, answer.headers["X-Road-Request-Id"], answer.read()

    def _run(self, query, client: str, got) -> None:
        app = self.world.nodes["djp"].home.app
        connection = None
        while not self.stop.is_set():
            begun = time.monotonic()
            try:
                connection = connection or http.client.HTTPConnection(app.host, app.port, timeout=20)
                status, exchange, body = self._ask(connection, query(), client)
            except (OSError, http.client.HTTPException):
                connection = None
                self.stop.wait(0.05)
                continue
            if status == 200:
                self.whole.append((exchange, len(body)))
            got(status, begun)

    def _client(self, number: int) -> None:
        rng = random.Random(number)
        self._run(lambda: f"nik=eq.{3174000000000000 + rng.randint(1, 1000)}", CLIENT, lambda *_: None)

    def _streamer(self) -> None:
        def count(status: int, begun: float) -> None:
            self.streams += status == 200

        self._run(lambda: "limit=all&format=csv", CLIENT, count)

    def _other(self) -> None:
        """Asks under the agreement that is revoked meanwhile."""

        def check(status: int, begun: float) -> None:
            if status == 200 and self.revoked_at and begun > self.revoked_at:
                self.after_revocation += 1

        self._run(lambda: "nik=eq.3174000000000001", OTHER, check)


def revoke(world: World, id: str) -> float:
    """Revoke by the provider, trying again while its gateway is being killed."""
    world.agree(id, state="revoked", sign=("provider",))
    while True:
        try:
            world.issue_node("dukcapil")
            return time.monotonic()
        except (OSError, http.client.HTTPException, AttributeError, Refused):
            time.sleep(0.05)


def test_kills(world):
    seed = int(os.environ.get("SEED", "0")) or random.randrange(1, 10**6)
    print(f"SEED={seed}")
    other = world.agree(requester=OTHER)
    world.subsystems["djp"].append({"id": OTHER, "auth": "none", "token_sha": None})
    world.issue_nodes()
    kills: Counter = Counter()
    with world.running():
        load = Load(world, seed)
        for thread in load.threads:
            thread.start()
        end = time.monotonic() + SECONDS
        try:
            victims = ["djp", "dukcapil"] * KILLS
            load.random.shuffle(victims)
            while (victims or len(load.whole) < EXCHANGES) and time.monotonic() < end:
                time.sleep(load.random.uniform(0.05, 0.6))
                if not victims:
                    continue
                name = victims.pop()
                world.kill(name, signal.SIGKILL)
                kills[name] += 1
                world.start(name)
                if sum(kills.values()) == KILLS:
                    load.revoked_at = revoke(world, other)
        finally:
            load.stop.set()
            for thread in load.threads:
                thread.join(40)
        assert load.after_revocation == 0
        print(f"{len(load.whole)} whole answers, {load.streams} streams, kills {dict(kills)}")
        assert len(load.whole) >= EXCHANGES and min(kills.values()) >= KILLS and load.streams > 0
        check(world, load)


def check(world: World, load: Load) -> None:
    pubs = {key.thumb: key.pub for (_, use), key in world.keys.items() if use == "exchange"}
    for name, side in (("djp", "consumer"), ("dukcapil", "provider")):
        entries = [log.decode(raw) for raw in raw_log(world, name)]
        assert [e.seq for e in entries] == list(range(len(entries)))
        done = [e for e in entries if e.kind == "exchange" and e.fault is None and e.side == side]
        by_id = {e.req.exchange: e for e in done}
        assert len(by_id) == len(done)  # none is complete twice
        for exchange, size in load.whole:
            entry = by_id[exchange]
            assert entry.ans.size == size
            assert signing.verify(pubs[entry.req.key], signing.request_base(entry.req), entry.req_sig)
            base = signing.answer_base(entry.ans, entry.req_sig)
            assert signing.verify(pubs[entry.ans.key], base, entry.ans_sig)
        exchange, _ = load.whole[-1]
        assert not isinstance(evidence.verify(world.evidence(name, exchange), world.anchor), Broken)
        (line,) = world.nodes[name].home.log.joinpath("e0001.ckpt").read_text().splitlines()[-1:]
        newest = Checkpoint.parse(json.loads(line)["ckpt"])
        leaves = [merkle.leaf(raw) for raw in raw_log(world, name)[: newest.size]]
        assert merkle.root(leaves) == newest.root
    for exchange, _ in load.random.sample(load.whole, 10):
        report = evidence.verify(world.evidence("djp", exchange), world.anchor)
        assert not isinstance(report, Broken), report
        assert len(report.logs) == 2


def raw_log(world: World, name: str) -> list[bytes]:
    """Every entry's own bytes, off the segments."""
    found = []
    for _, path in segments.find(world.nodes[name].home.log, 1):
        found += [entry for _, entry in segments.scan(path.read_bytes(), len(segments.HEADER))]
    return found
