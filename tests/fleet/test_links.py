"""Links between gateways: one a pair, made again when broken, witnesses of each other's logs."""

import asyncio
import hashlib
import resource
import shutil
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from cryptography import x509 as crypto
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from pendopo.core import ids
from pendopo.gateway.link.tls import ALPN, spki_sha
from pendopo.gateway.provider.replay import WINDOW_SECONDS, ReplayWindow
from pendopo.ground.nodes import x509
from tests.fleet.world import CLIENT, CONSUMER, PROVIDER, SERVICE, Refused, World, until

ONE = "nik=eq.3174000000000007&select=nik"


def deliver(world: World, sender: str, to: str) -> str:
    """A delivery from one agency to the other; its exchange id."""
    doc = next(iter(world.agreements.values())).decode()
    message = {"from": sender, "to": to, "msg_id": ids.new_id(), "type": "agreement/1", "doc": doc}
    return world.control(world.hosts[sender], "POST", "/deliver", message)["exchange_id"]


def test_both_dial_at_once_and_one_link_stays(world):
    with world.running(), ThreadPoolExecutor(16) as pool:
        pairs = [(CONSUMER, PROVIDER), (PROVIDER, CONSUMER)] * 12
        assert len(set(pool.map(lambda pair: deliver(world, *pair), pairs))) == 24
        for name in world.nodes:
            until(lambda name=name: len(world.status(name)["peers"]) == 1)


def test_link_is_made_again_after_a_restart(world):
    with world.running():
        assert world.ask(ONE)[0] == 200
        world.kill("dukcapil")
        status, headers, _ = world.ask(ONE)
        assert status == 500 and headers["X-Road-Error"] == "Server.ClientProxy.NetworkError"
        assert headers["X-Pendopo-Error"].startswith("link.")
        world.start("dukcapil")
        assert until(lambda: world.ask(ONE)[0] == 200)


def test_revoked_node_is_shut_out_and_told_why(world):
    with world.running():
        assert world.ask(ONE)[0] == 200
        world.revoke("node", "djp")
        until(lambda: world.ask(ONE)[0] == 500)
        until(lambda: not world.status("dukcapil")["peers"])
        until(lambda: "link.revoked" in world.output("djp"))


def test_log_that_was_set_back_is_not_attested(world):
    """The files of an earlier day put in the place of today's: the registry's node remembers more."""
    log = world.nodes["djp"].home.log
    with world.running():
        exchange = world.ask(ONE)[1]["X-Road-Request-Id"]
        world.evidence("djp", exchange)
        world.kill("djp")
        shutil.copytree(log, world.base / "earlier")
        world.start("djp")
        for _ in range(5):
            exchange = world.ask(ONE)[1]["X-Road-Request-Id"]
        world.evidence("djp", exchange)
        world.kill("djp")
        shutil.rmtree(log)
        shutil.copytree(world.base / "earlier", log)
        world.start("djp")
        until(lambda: world.ask(ONE)[0] == 200)
        exchange = world.ask(ONE)[1]["X-Road-Request-Id"]
        with pytest.raises(Refused) as caught:
            world.evidence("djp", exchange)
        assert caught.value.code == "evidence.unattested"
        faults = until(lambda: world.status("djp")["faults"])
        assert "checkpoint.shrunk" in faults[0] or "checkpoint.forked" in faults[0]


def test_a_thousand_clients_at_once(world):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    app = world.nodes["djp"].home.app
    request = (
        f"GET /r1/{SERVICE}?{ONE} HTTP/1.1\r\nHost: localhost\r\nX-Road-Client: {CLIENT}\r\n\r\n".encode()
    )

    async def client(barrier: asyncio.Barrier) -> bytes:
        reader, writer = await asyncio.open_connection(app.host, app.port)
        await barrier.wait()
        writer.write(request)
        line = await reader.readline()
        await reader.readuntil(b"}]")
        writer.close()
        return line

    async def all_at_once() -> list[bytes]:
        barrier = asyncio.Barrier(1000)
        return await asyncio.gather(*(client(barrier) for _ in range(1000)))

    try:
        with world.running():
            world.ask(ONE)
            assert set(asyncio.run(all_at_once())) == {b"HTTP/1.1 200 OK\r\n"}
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_the_next_certificate_is_shown_without_a_restart(world):
    """One of another key in its place is not: the one before goes on."""
    home = world.nodes["djp"].home

    def shown() -> bytes:
        context = ssl._create_unverified_context()
        context.load_cert_chain(home.tls_chain.with_suffix(".first"), home.tls_key)
        context.set_alpn_protocols([ALPN])
        with socket.create_connection((home.peer.host, home.peer.port)) as link:
            return context.wrap_socket(link).getpeercert(binary_form=True)

    def leaf() -> bytes:
        return crypto.load_pem_x509_certificates(home.tls_chain.read_bytes())[0].public_bytes(Encoding.DER)

    def install(key: bytes) -> None:
        request = x509.make_csr(key, "djp")
        chain = x509.issue(request, "djp", world.ca_key, world.ca_pem, world.now + timedelta(days=1))
        part = home.tls_chain.with_suffix(".part")
        part.write_text(chain)
        part.replace(home.tls_chain)

    shutil.copy(home.tls_chain, home.tls_chain.with_suffix(".first"))
    with world.running("djp"):
        first = shown()
        assert first == leaf()
        install(home.tls_key.read_bytes())
        assert leaf() != first
        until(lambda: shown() == leaf())
        second = shown()
        install(x509.new_key())
        until(lambda: "new certificate cannot be used" in world.output("djp"))
        assert shown() == second != leaf()


def test_fingerprint_of_a_certificate_as_the_library_has_it(world):
    pem = world.nodes["djp"].home.tls_chain.read_bytes()
    for certificate in crypto.load_pem_x509_certificates(pem):
        key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        assert spki_sha(certificate.public_bytes(Encoding.DER)) == hashlib.sha256(key).hexdigest()


@given(st.lists(st.tuples(st.integers(0, 30), st.binary(min_size=1, max_size=1)), max_size=60))
def test_no_id_is_accepted_twice(steps):
    """Against a set that never forgets, while the clock moves on by up to half a minute a step."""
    window, model, now = ReplayWindow(), set(), 1_800_000_000.0
    for ahead, tail in steps:
        now += ahead
        for age in (0, 45):
            id = ids.uuid7(int((now - age) * 1000), tail * 10)
            raw = bytes.fromhex(id.replace("-", ""))
            assert window.fresh(raw, now)
            assert window.seen(raw, now) == (raw in model)
            model.add(raw)
    for raw in model:
        assert not window.fresh(raw, now + WINDOW_SECONDS + 1) or window.seen(raw, now + WINDOW_SECONDS + 1)
