"""Long answers: bounded memory, and a broken stream is never taken for a whole one."""

import http.client
import signal
import time
from pathlib import Path

import pytest

from pendopo.core import evidence
from pendopo.core.evidence import Broken
from tests.fleet.world import CLIENT, CONSUMER, SERVICE, World, later, until

ENDLESS = """
CREATE VIEW penduduk AS SELECT (3174000000000000 + n)::text AS nik, 'Warga ' || n AS nama,
 date '1970-01-01' + n % 15000 AS tgl_lahir, 'Kota ' || n % 20 AS kota,
 (n * 10)::numeric(14,2) AS penghasilan, n % 2 = 0 AS aktif FROM generate_series(1, 3000000) n
"""


@pytest.fixture(scope="module")
def table(postgresql_server):
    """A view of three million people."""
    dsn = postgresql_server.database()
    postgresql_server.execute(ENDLESS, database=dsn["database"])
    return dsn


class Reader:
    """A client that reads a stream by small pieces."""

    def __init__(self, world: World) -> None:
        app = world.nodes[world.hosts[CONSUMER]].home.app
        self.connection = http.client.HTTPConnection(app.host, app.port, timeout=20)
        path = f"/r1/{SERVICE}?limit=all&format=ndjson"
        self.connection.request("GET", path, headers={"X-Road-Client": CLIENT})
        self.answer = self.connection.getresponse()
        assert self.answer.status == 200
        self.exchange = self.answer.headers["X-Road-Request-Id"]
        self.answer.read(1000)

    def breaks_off(self) -> None:
        """Read on to the end, which must not be a proper one."""
        with pytest.raises((http.client.HTTPException, OSError)):
            while self.answer.read(1 << 20):
                pass
        self.connection.close()


def entries(world: World, name: str, exchange: str) -> list[dict]:
    return [e for e in world.log(name) if e["req"] and e["req"]["exchange"] == exchange]


def incomplete(world: World, name: str, exchange: str, *codes: str) -> dict:
    """Both entries of a broken stream are in the log; gives the second."""
    request, end = until(lambda: len(e := entries(world, name, exchange)) == 2 and e)
    assert request["kind"] == "request"
    assert end["fault"] in codes, (end, world.output(name))
    assert not (end["kind"] == "exchange" and end["fault"] is None)
    return end


def rss(world: World, name: str) -> int:
    text = Path(f"/proc/{world.nodes[name].process.pid}/status").read_text()
    return int(text.split("VmHWM:")[1].split()[0]) // 1024


def test_a_slow_client_slows_the_source(world):
    with world.running():
        reader = Reader(world)
        time.sleep(1)  # nothing to wait for: that nothing more is read is what is tested
        assert max(rss(world, name) for name in world.nodes) < 64
        reader.connection.close()
        end = incomplete(world, "dukcapil", reader.exchange, "exchange.client_gone")
        assert 0 < end["ans"]["bytes"] < 8 << 20 and end["ans"]["rows"] > 0
        incomplete(world, "djp", reader.exchange, "exchange.client_gone")


def revoke_agreement(world: World) -> None:
    (id,) = world.agreements
    world.agree(id, state="revoked", sign=("provider",))
    world.issue_node("dukcapil")


def revoke_key(world: World) -> None:
    world.revoke("key", world.keys[CONSUMER, "exchange"].thumb)


def revoke_node(world: World) -> None:
    world.revoke("node", "djp")


def revoke_agency(world: World) -> None:
    world.revoke("agency", CONSUMER)


@pytest.mark.parametrize(
    ("revoke", "code"),
    [
        (revoke_agreement, "agreement.revoked"),
        (revoke_key, "key.revoked"),
        (revoke_node, "link.revoked"),
        (revoke_agency, "key.revoked"),
    ],
)
def test_revocation_cuts_an_open_stream(world, revoke, code):
    with world.running():
        reader = Reader(world)
        begun = time.monotonic()
        revoke(world)
        reader.breaks_off()
        assert time.monotonic() - begun < 3
        incomplete(world, "dukcapil", reader.exchange, code, "exchange.client_gone")
        assert world.ask("limit=1")[0] == 500


def test_agreement_that_ends_ends_its_stream(world):
    (id,) = world.agreements
    world.agree(id, until=later(seconds=4))
    world.issue_nodes()
    with world.running():
        reader = Reader(world)
        time.sleep(4)  # the clock is what is tested
        reader.breaks_off()
        end = incomplete(world, "dukcapil", reader.exchange, "agreement.expired", "exchange.client_gone")
        assert end["ans"]["rows"] > 0
        incomplete(world, "djp", reader.exchange, "agreement.expired")


@pytest.mark.parametrize("name", ["dukcapil", "djp"])
def test_killed_gateway_leaves_no_whole_answer(world, name):
    with world.running():
        reader = Reader(world)
        world.kill(name, signal.SIGKILL)
        reader.breaks_off()
        other = "djp" if name == "dukcapil" else "dukcapil"
        incomplete(world, other, reader.exchange, "link.lost", "exchange.client_gone")
        world.start(name)
        (request,) = entries(world, name, reader.exchange)
        assert request["kind"] == "request"
        assert until(lambda: world.ask("limit=1")[0] == 200)


def test_evidence_of_a_broken_stream_says_so(world):
    with world.running():
        reader = Reader(world)
        reader.connection.close()
        incomplete(world, "dukcapil", reader.exchange, "exchange.client_gone")
        incomplete(world, "djp", reader.exchange, "exchange.client_gone")
        for name in world.nodes:
            report = evidence.verify(world.evidence(name, reader.exchange), world.anchor)
            assert not isinstance(report, Broken), report
            assert report.entry.fault == "exchange.client_gone"
