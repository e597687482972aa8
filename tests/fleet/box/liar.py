"""Somebody between boxes and their controller: passes all on, and gives false answers when told to."""

import socket
import threading
from collections.abc import Callable

from tests.fleet.box.spaces import inside, listening

Lie = Callable[[bytes], bytes]  # the true answer → what is said instead


class Liar:
    """Listens at `port`, asks the controller at `to` of the same address. `lies` are (box, path) → lie: each
    is told once, of an answer with status 200 only, and noted in `told`."""

    def __init__(self, space: str, address: str, port: int, to: int) -> None:
        self.space, self.true = space, (address, to)
        self.lies: dict[tuple[str, str], Lie] = {}
        self.told: list[tuple[str, str]] = []
        self.answers: dict[tuple[str, str], bytes] = {}  # the last true one
        self.server = listening(space, address, port)
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self._pass, args=(client,), daemon=True).start()

    def _pass(self, client: socket.socket) -> None:
        try:
            with client, inside(self.space, lambda: socket.create_connection(self.true, 5)) as true:
                asked = _request(client)
                true.sendall(asked)
                threading.Thread(target=_mourn, args=(client, true), daemon=True).start()
                answer = b"".join(iter(lambda: true.recv(65536), b""))
                head = asked.split(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
                fields = dict(line.lower().split(": ", 1) for line in head[1:])
                key = fields.get("pendopo-box", ""), head[0].split(" ")[1].partition("?")[0]
                if answer.startswith(b"HTTP/1.1 200"):
                    self.answers[key] = answer
                    if lie := self.lies.pop(key, None):
                        answer = lie(answer)
                        self.told.append(key)
                client.sendall(answer)
                client.shutdown(socket.SHUT_RDWR)  # closed alone it stays open while another thread reads
        except OSError:
            pass


def _request(client: socket.socket) -> bytes:
    """One request, whole."""
    found = b""
    while b"\r\n\r\n" not in found:
        if not (more := client.recv(65536)):
            raise OSError("gone")
        found += more
    head, _, body = found.partition(b"\r\n\r\n")
    size = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    while len(body) < size:
        body += client.recv(65536)
    return head + b"\r\n\r\n" + body


def _mourn(client: socket.socket, true: socket.socket) -> None:
    """A box that hangs up while it waits hangs up at the controller too."""
    try:
        if not client.recv(1):
            true.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
