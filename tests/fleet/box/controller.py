"""A controller of a private network as small as can be: keeps what it published and signs it."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from pendopo.core import boxcall, strict
from pendopo.core.boxconfig import Config
from pendopo.core.errors import Fault
from tests.boxes import CONTROLLER, NETWORK, sealed
from tests.fleet.box.spaces import listening

HOLD = 25.0  # seconds that a question for news is held


class Controller:
    """Serves at an address of a namespace. `codes` are open invitations, code → box."""

    def __init__(self, space: str, address: str, port: int = 8000) -> None:
        self.place = space, address, port
        self.url = f"http://{address}:{port}"
        self.codes: dict[str, str] = {}
        self.keys: dict[str, tuple[bytes, bytes]] = {}  # box → its two public keys
        self.published: dict[str, bytes] = {}
        self.serials: dict[str, int] = {}
        self.deny: tuple[int, bytes] = (0, b"")  # serial and envelope
        self.reports: list[tuple[str, dict]] = []
        self.deaf: set[str] = set()  # boxes that get no answer
        self.news = threading.Condition()
        self.server: ThreadingHTTPServer | None = None

    def start(self) -> None:
        controller = self

        class Handler(_Handler):
            def do_GET(self) -> None:
                self.answer(controller, b"")

            def do_POST(self) -> None:
                self.answer(controller, self.rfile.read(int(self.headers["Content-Length"])))

        self.server = ThreadingHTTPServer(self.place[1:], Handler, bind_and_activate=False)
        self.server.socket.close()
        self.server.socket = listening(*self.place)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """No longer there: whoever waits for an answer gets none."""
        server, self.server = self.server, None
        if server is not None:
            with self.news:
                self.news.notify_all()
            server.shutdown()
            server.server_close()

    def publish(self, config: Config, raw: bytes | None = None) -> None:
        """Publish a configuration; `raw` is sent in its place."""
        with self.news:
            self.published[config.box] = raw or sealed(config)
            self.serials[config.box] = config.serial
            self.news.notify_all()

    def report(self, box: str, state: str, serial: int, seconds: float = 15.0) -> dict:
        """The first report of the box with this state and serial; waits for it."""

        def found() -> dict | None:
            return next(
                (
                    one
                    for by, one in self.reports
                    if (by, one["state"], one["serial"]) == (box, state, serial)
                ),
                None,
            )

        with self.news:
            assert self.news.wait_for(found, seconds), (box, state, serial, self.reports[-3:])
            return found()


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass

    def answer(self, controller: Controller, body: bytes) -> None:
        path = urlsplit(self.path)
        if path.path == "/box/v1/enrol":
            return self.enrol(controller, json.loads(body))
        box = self.headers.get(boxcall.BOX, "")
        try:
            key = controller.keys[box][0]
            boxcall.check(key, self.headers, self.command, self.path, body, time.time_ns() // 1_000_000)
        except (Fault, KeyError):
            return self.say(403, b"{}")
        if box in controller.deaf:
            return self.say(503, b"{}")
        if path.path == "/box/v1/report":
            with controller.news:
                controller.reports.append((box, json.loads(body)))
                controller.news.notify_all()
            return self.say(
                200, strict.dumps({"serial": controller.serials[box], "deny": controller.deny[0]})
            )
        if path.path == "/box/v1/deny":
            return self.say(200, controller.deny[1])
        after, server = int(parse_qs(path.query)["after"][0]), controller.server
        with controller.news:
            there = controller.news.wait_for(
                lambda: controller.server is not server or controller.serials.get(box, 0) > after, HOLD
            )
            raw = controller.published.get(box, b"")
        if controller.server is not server:
            return None
        return self.say(200, raw) if there else self.say(204)

    def enrol(self, controller: Controller, asked: dict) -> None:
        with controller.news:
            box = controller.codes.pop(asked["code"], None)
            if box is None:
                return self.say(404, b"{}")
            controller.keys[box] = strict.b64d(asked["box_key"], 32), strict.b64d(asked["wg_key"], 32)
            controller.news.notify_all()
            # The first configuration needs the key that was just told.
            controller.news.wait_for(lambda: box in controller.published, 10)
        told = {
            "box": box,
            "network": NETWORK,
            "controller_key": strict.b64e(CONTROLLER.pub),
            "config": controller.published[box].decode(),
        }
        return self.say(200, strict.dumps(told))

    def say(self, status: int, body: bytes = b"") -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            pass
