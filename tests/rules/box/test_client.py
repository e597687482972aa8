"""Asking the controller: an answer is whole, or it is none; which way is tried first."""

import asyncio
from dataclasses import replace
from ipaddress import ip_network

import pytest

from pendopo.box import asking, client
from pendopo.box.state import Identity
from pendopo.core.boxconfig import Controller
from pendopo.core.errors import Fault
from tests import boxes

HEAD = b"HTTP/1.1 200 OK\r\nPendopo-Deny: 7\r\n"


def asked(answer: bytes, seconds: float = 5.0) -> client.Answer:
    """What comes of a server that says `answer` and closes; with less than a second it never closes."""

    async def both():
        async def serve(reader, writer):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            await writer.drain()
            if seconds >= 1:
                writer.close()
            else:
                await reader.read()

        server = await asyncio.start_server(serve, "127.0.0.1")
        async with server:
            port = server.sockets[0].getsockname()[1]
            return await client.call(f"http://127.0.0.1:{port}", "GET", "/x", seconds=seconds)

    return asyncio.run(both())


@pytest.mark.parametrize(
    "answer",
    [
        HEAD + b"Content-Length: 5\r\n\r\nhalo!",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nhal\r\n2;x=y\r\no!\r\n0\r\n\r\n",
        HEAD + b"\r\nhalo!",
    ],
)
def test_a_whole_answer(answer):
    found = asked(answer)
    assert (found.status, found.body, found.headers["pendopo-deny"]) == (200, b"halo!", "7")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 zwei OK\r\n\r\n",
        HEAD + b"Content-Length: 6\r\n\r\nhalo!",
        HEAD + b"Content-Length: -5\r\n\r\nhalo!",
        HEAD + b"Content-Length: 99999999999\r\n\r\nhalo!",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhalo!\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nhalo!\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nffffffff\r\nhalo!\r\n0\r\n\r\n",
        HEAD + b"X: " + b"x" * 200_000 + b"\r\n\r\n",
        HEAD + b"\r\n" + b"x" * (client.MOST + 1),
    ],
    ids=range(12),
)
def test_what_is_no_whole_answer_is_none(answer):
    with pytest.raises(Fault) as fault:
        asked(answer)
    assert fault.value.code == "box.unreachable"


def test_an_answer_that_does_not_come_is_not_waited_for():
    with pytest.raises(Fault) as fault:
        asked(HEAD, 0.1)
    assert fault.value.code == "box.unreachable"


URLS = ("https://pns.kominfo.go.id", "http://10.64.1.9:8000")
CONFIG = boxes.config(controller=Controller(URLS))
IDENTITY = Identity(boxes.LICENCES, boxes.NETWORK, boxes.CONTROLLER.pub, ("http://203.0.113.10:8000",))


def test_every_line_is_a_way_and_an_address_behind_a_peer_is_reached_by_its_tunnel():
    lines = [(URLS[0], 0x7100), (URLS[0], 0x7101)]
    assert asking.ways(CONFIG, IDENTITY, by_itself=False) == [*lines, (URLS[1], 0)]
    assert asking.ways(CONFIG, IDENTITY, by_itself=True) == [*lines, (URLS[1], 0), (URLS[0], 0)]
    here = replace(CONFIG.site, networks=(ip_network("10.64.1.0/24"),))
    assert asking.ways(replace(CONFIG, peers=(), site=here), IDENTITY, by_itself=False)[2] == (URLS[1], 0)
    assert asking.ways(None, IDENTITY, by_itself=True) == [(IDENTITY.urls[0], 0)]
    assert asking.ways(replace(CONFIG, peers=()), IDENTITY, by_itself=False)[2] == (URLS[1], 0x7100)
