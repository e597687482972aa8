"""The control socket's client: every way a call can fail ends in a fault with a code, in time."""

import json
import socket
import threading
import time

import pytest

from pendopo.core.errors import Fault
from pendopo.ground.nodes.gateway import Gateway


@pytest.fixture
def answering(tmp_path):
    """A socket whose other end says the given bytes to one call, then hangs up; None: says nothing."""
    made = []

    def start(answer: bytes | None) -> Gateway:
        path = tmp_path / f"{len(made)}.sock"
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        listener.listen()
        made.append(listener)

        def serve():
            link, _ = listener.accept()
            made.append(link)
            link.recv(65536)
            if answer is not None:
                link.sendall(answer)
                link.shutdown(socket.SHUT_WR)  # a close could reset it under a caller still writing

        threading.Thread(target=serve, daemon=True).start()
        return Gateway(path)

    yield start
    for each in made:
        each.close()


def http(status: int, body: bytes) -> bytes:
    return b"HTTP/1.1 %d x\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)


def refusal(call, *arguments) -> str:
    with pytest.raises(Fault) as refused:
        call(*arguments)
    return refused.value.code


def test_nobody_there(tmp_path):
    assert refusal(Gateway(tmp_path / "none.sock").status) == "gateway.down"


def test_hangs_up_in_the_middle(answering):
    assert refusal(answering(b"").status) == "gateway.down"
    assert refusal(answering(b"HTTP/1.1 200 x\r\nContent-Length: 99\r\n\r\n{").status) == "gateway.down"
    assert refusal(answering(b"noise\r\n\r\n").status) == "gateway.down"


def test_says_nothing(answering):
    begun = time.monotonic()
    assert refusal(answering(None).status) == "gateway.slow"
    assert time.monotonic() - begun < 4


def test_refuses_with_a_code_and_its_facts(answering):
    said = json.dumps({"code": "gateway.key_absent", "params": {"key": "abc"}}).encode()
    with pytest.raises(Fault) as refused:
        answering(http(400, said)).sign("abc", "key/1", b"{}")
    assert (refused.value.code, refused.value.params) == ("gateway.key_absent", {"key": "abc"})
    assert refusal(answering(http(500, b"<html>")).status) == "gateway.refused"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("gateway.down", "gateway.refused"),
        ("gateway.slow", "gateway.refused"),
        ("gateway.internal", "gateway.internal"),
    ],
)
def test_a_peer_cannot_say_that_our_gateway_is_down(answering, said, code):
    """Else its refusal would not count as an attempt, and be tried again at once and for ever."""
    passed_on = json.dumps({"code": said, "params": {}}).encode()
    assert refusal(answering(http(400, passed_on)).describe, "ID/GOV/DJP/x", "ID/GOV/DUKCAPIL/y/z") == code


def test_answers(answering):
    assert answering(http(200, b'{"node":"djp"}')).status() == {"node": "djp"}
    assert answering(http(200, b"[]")).inbox(0) == []
    assert answering(http(200, b'{"v":1}')).evidence("x") == b'{"v":1}'
