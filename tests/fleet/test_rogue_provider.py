"""A provider that does not keep the rules cannot reach the programs behind a good gateway."""

import http.client
import socket
import tempfile
import threading
import time
from pathlib import Path

import pytest

from pendopo.core import strict
from pendopo.core.exchange import ANS, CHUNK, FAULT, REQ, AnswerHead, commit
from pendopo.core.signing import answer_base, read_request
from pendopo.gateway.app.headers import request_hash
from pendopo.gateway.link.messages import STREAM, Ans, Facts, Req, pack_start
from tests.fleet.rogue import Rogue
from tests.fleet.world import CLIENT, PROVIDER, SERVICE, World

FORGED = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Forged: yes\r\n\r\npalsu"


@pytest.fixture(scope="module")
def djp(table):
    """The consumer's gateway only: its provider is played by the test."""
    world = World(Path(tempfile.mkdtemp(prefix="flt-")), table)
    with world.running("djp"):
        yield world


@pytest.fixture
def rogue(djp):
    peer = Rogue(djp, "djp", djp.nodes["dukcapil"].home)
    peer.hello()
    peer.stream = 2  # the gateway's numbers: it did not dial
    yield peer
    peer.close()


def ask(world: World) -> socket.socket:
    """A program's request, sent."""
    app = world.nodes["djp"].home.app
    raw = socket.create_connection((app.host, app.port), timeout=15)
    raw.sendall(f"GET /r1/{SERVICE} HTTP/1.1\r\nHost: localhost\r\nX-Road-Client: {CLIENT}\r\n\r\n".encode())
    return raw


def taken(rogue: Rogue) -> Req:
    """The request as it arrives at the provider."""
    frame = rogue.receive(rogue.stream)
    assert frame.type == REQ
    return Req.read(frame.payload)


def answered(rogue: Rogue, status: int, body: bytes) -> None:
    """Answer the next request, properly signed, with `status`."""
    request, key, salt = taken(rogue), rogue.world.keys[PROVIDER, "exchange"], bytes(16)
    exchange = read_request(request.base).exchange
    head = AnswerHead(status, exchange, 0, len(body), commit(salt, body), int(time.time()), key.thumb)
    base = answer_base(head, request.sig)
    facts = Facts(b"application/json", request_hash(request.asked, request.body), b"")
    rogue.send(ANS, rogue.stream, Ans(base, key.sign(base), salt, facts, body).pack())


def read(raw: socket.socket) -> http.client.HTTPResponse:
    answer = http.client.HTTPResponse(raw)
    answer.begin()
    return answer


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("query.syntax", "query.syntax"),
        ("query.syntax\r\nX-Forged: yes\r\n\r\npalsu", "link.fault"),
        ("query.\0", "link.fault"),  # no database takes it: the log's reader would stand still
        ("query." + "a" * 114, "link.fault"),
        (["query.syntax"], "link.fault"),
    ],
)
def test_a_providers_code_is_a_code_or_nothing(djp, rogue, code, shown):
    with ask(djp) as raw:
        taken(rogue)
        rogue.send(FAULT, rogue.stream, strict.dumps({"code": code, "params": {}}))
        answer = read(raw)
        assert answer.headers["X-Pendopo-Error"] == shown
        assert "X-Forged" not in answer.headers
        answer.read()
    assert djp.log("djp")[-1]["fault"] == shown


@pytest.mark.parametrize("status", [200, 100, 204, 299, 304, 500])
def test_only_one_status_is_an_answer(djp, rogue, status):
    """A body behind a status that has none would be the answer to the program's next request."""
    with ask(djp) as raw:
        answered(rogue, status, FORGED)
        answer = read(raw)
        if status == 200:
            assert (answer.status, answer.read()) == (200, FORGED)
        else:
            assert (answer.status, answer.headers["X-Pendopo-Error"]) == (500, "app.answer_invalid")
            assert FORGED not in answer.read()


def test_more_than_the_window_is_not_kept_for_a_slow_program(djp, rogue):
    with ask(djp):
        request = taken(rogue)
        facts = Facts(b"application/json", request_hash(request.asked, request.body), b"")
        rogue.send(ANS, rogue.stream, pack_start(bytes(16), facts), STREAM)
        told = []
        listening = threading.Thread(target=lambda: told.append(_fault(rogue)), daemon=True)
        listening.start()
        for _ in range(256):  # 64 MiB
            rogue.send(CHUNK, rogue.stream, bytes(256 * 1024))
            if told:
                break
        listening.join(10)
    assert told == ["wire.unexpected"]


def _fault(rogue: Rogue) -> str:
    """The code with which the gateway ends the stream; what it acknowledges meanwhile is passed over."""
    while (frame := rogue.receive(rogue.stream)).type != FAULT:
        pass
    return strict.loads(frame.payload)["code"]
