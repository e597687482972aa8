"""The gateway's HTTP server against clients that read nothing, or say more than they should."""

import asyncio

from pendopo.gateway.http import PIPELINE_MAX, Reply, Request, Server

ASK = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
BODY = bytes(512 * 1024)


def serve(client, handle, **more):
    """Run `client(reader, writer)` against a server that answers by `handle`."""

    async def go():
        server = Server(handle, **more)
        await server.listen(host="127.0.0.1", port=0)
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        try:
            return await asyncio.wait_for(client(reader, writer), 20)
        finally:
            writer.transport.abort()
            await server.close(0)

    return asyncio.run(go())


def test_a_client_that_reads_no_answer_is_asked_no_more_of():
    """And twin: as soon as it reads, it gets every one of them."""
    handled = []

    def handle(request: Request, reply: Reply) -> None:
        handled.append(request)
        reply.send(200, b"", BODY)

    async def client(reader, writer):
        wanted = PIPELINE_MAX - 4
        writer.write(ASK * wanted)
        before = -1
        while len(handled) != before:  # until it stands still
            before = len(handled)
            await asyncio.sleep(0.3)
        unread = len(handled)
        for _ in range(wanted):
            await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(len(BODY))
        return unread, wanted

    unread, wanted = serve(client, handle)
    assert 0 < unread < wanted / 2
    assert len(handled) == wanted


def test_a_field_after_the_body_is_no_header():
    seen = []

    def handle(request: Request, reply: Reply) -> None:
        seen.append((request.header(b"x-road-client"), request.body))
        reply.send(200, b"", b"")

    async def client(reader, writer):
        head = b"POST / HTTP/1.1\r\nHost: a\r\nX-Road-Client: mine\r\nTransfer-Encoding: chunked\r\n\r\n"
        writer.write(head + b"1\r\nx\r\n0\r\nX-Road-Client: other\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        writer.write(ASK.replace(b"Host: a", b"X-Road-Client: next"))
        await reader.readuntil(b"\r\n\r\n")

    serve(client, handle)
    assert seen == [(b"mine", b"x"), (b"next", b"")]


def test_one_connection_too_many_is_told_so_and_closed():
    """Those before it are answered; once one of them has gone, the next is too."""

    async def client(reader, writer):
        address = writer.get_extra_info("peername")
        late, more = await asyncio.open_connection(*address)
        refused = await late.read()
        more.transport.abort()
        writer.write(ASK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        first = await reader.read()  # to the end of the connection
        late, more = await asyncio.open_connection(*address)
        more.write(ASK)
        second = await late.readuntil(b"\r\n\r\n")
        more.transport.abort()
        return refused, first, second

    refused, first, second = serve(client, lambda _, reply: reply.send(200, b"", b""), most=1)
    assert refused.startswith(b"HTTP/1.1 503 ") and b"Connection: close" in refused
    assert first.startswith(b"HTTP/1.1 200 ") and second.startswith(b"HTTP/1.1 200 ")
