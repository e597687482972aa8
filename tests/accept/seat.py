"""A signed-in person without a window: the same requests a browser sends, quick enough to click often."""

import html
import http.client
import re
import socket
from collections.abc import Callable
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit


class Seat:
    """One session at one portal: cookies, redirects, and the token every form of a page carries."""

    def __init__(self, url: str, connect: Callable[[], socket.socket] | None = None):
        """`connect` where the portal is not on this machine: a connection to it."""
        self.host = urlsplit(url)
        self.connect = connect
        self.cookies = SimpleCookie()
        self.token = ""
        self.path = "/"  # of the page seen last

    def activate(self, number: str, code: str, password: str) -> None:
        """The first sign-in: the one-time code, a password, then in with it."""
        self.open("/aktivasi")
        self.post("/aktivasi", number=number, code=code, password=password)
        page = self.post("/masuk", login=number, password=password)
        assert "Yang menunggu Anda" in page, page

    def open(self, path: str) -> str:
        """A page, at the end of its redirects."""
        return self._follow("GET", path, None)

    def post(self, path: str, /, **fields: object) -> str:
        """Sends a form; the page it leads to. A list is sent as several values; a refusal fails."""
        pairs = {name.replace("__", "-"): value for name, value in fields.items()}
        body = urlencode({"csrfmiddlewaretoken": self.token, **pairs}, doseq=True)
        return self._follow("POST", path, body)

    def upload(self, path: str, /, **files: tuple[str, bytes]) -> str:
        """Sends a form with files, each a name and its bytes; the page it leads to."""
        edge = "pendopo-edge-of-a-part"
        parts = [
            f'--{edge}\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n'
            f"{self.token}\r\n".encode()
        ]
        for field, (name, data) in files.items():
            head = f'--{edge}\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n\r\n'
            parts += [head.encode(), data, b"\r\n"]
        body = b"".join([*parts, f"--{edge}--\r\n".encode()])
        return self._follow("POST", path, body, f"multipart/form-data; boundary={edge}")

    def _follow(
        self,
        method: str,
        path: str,
        body: str | bytes | None,
        form: str = "application/x-www-form-urlencoded",
    ) -> str:
        for _ in range(5):
            status, target, page = self._ask(method, path, body, form)
            self.path = path
            if status in (301, 302, 303):
                method, path, body = "GET", target, None
                continue
            assert status == 200, f"{method} {path}: {status}\n{said(page)}"
            if found := re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page):
                self.token = found[1]
            return page
        raise AssertionError(f"a circle of redirects at {path}")

    def _ask(self, method: str, path: str, body: str | bytes | None, form: str) -> tuple[int, str, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.host.port, timeout=60)
        if self.connect:
            connection.sock = self.connect()
        try:
            headers = {
                "Host": self.host.netloc,
                "Origin": f"http://{self.host.netloc}",
                "Referer": f"http://{self.host.netloc}{path}",
                "Cookie": "; ".join(f"{name}={one.value}" for name, one in self.cookies.items()),
                "Accept-Language": "id",
            }
            if body is not None:
                headers["Content-Type"] = form
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            page = answer.read().decode()
            for cookie in answer.headers.get_all("Set-Cookie") or ():
                self.cookies.load(cookie)
            to = urlsplit(answer.headers.get("Location", ""))
            return answer.status, f"{to.path}?{to.query}" if to.query else to.path, page
        finally:
            connection.close()


def said(page: str) -> str:
    """The words of a page's main part, for a failure's message."""
    main = re.sub(r"(?s)^.*<main[^>]*>", "", page)
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", main).split()))[:1500]
