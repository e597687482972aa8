"""A node behind nginx with TLS, as docs/settings.md writes it: people sign in there, and only there."""

import http.client
import re
import shutil
import signal
import socket
import ssl
import subprocess
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.ports import free_port
from tests.rooms.ops.test_init import CODE, init
from tests.rooms.ops.test_up import Node

NAME = "surat.kota.example"
ADMIN = "199001012015012001"
PASSWORD = "kata sandi panjang"
FIELD = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
SETTINGS_PAGE = Path(__file__).parents[3] / "docs" / "settings.md"


class Site:
    """What a browser does at the public address: it sends the cookies that it may send, and its origin."""

    def __init__(self, port: int, trust: Path, name: str = NAME):
        self.port, self.trust, self.name, self.cookies = port, trust, name, SimpleCookie()

    def ask(self, method: str, path: str, origin: str = "", **fields: str) -> tuple[int, str]:
        context = ssl.create_default_context(cafile=self.trust)
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=30, context=context)
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        connection.sock = context.wrap_socket(plain, server_hostname=NAME)
        headers = {
            "Host": f"{self.name}:{self.port}",
            "Cookie": "; ".join(f"{name}={held.value}" for name, held in self.cookies.items()),
        }
        if method == "POST":
            headers |= {"Origin": origin, "Content-Type": "application/x-www-form-urlencoded"}
        connection.request(method, path, urlencode(fields) if fields else None, headers)
        answer = connection.getresponse()
        for kept in answer.headers.get_all("Set-Cookie") or ():
            self.cookies.load(kept)
        text = answer.read().decode()
        connection.close()
        return answer.status, text


@pytest.fixture(scope="module")
def behind(tmp_path_factory):
    """The node, its activation code, the port of nginx and the certificate to trust."""
    folder = tmp_path_factory.mktemp("public")
    ports = {"portal": free_port(), "app": free_port(), "peer": free_port()}
    front = free_port()
    done = init(
        folder / "home",
        "--registry", "--url", f"https://{NAME}:{front}",
        *(part for name, port in ports.items() for part in (f"--{name}-port", str(port))),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", folder / "surat.key", "-out", folder / "surat.pem", "-days", "2",
            "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}",
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    server = re.search(r"```nginx\n(.*?)```", SETTINGS_PAGE.read_text(), re.DOTALL).group(1)
    for told, here in (
        ("listen 443", f"listen 127.0.0.1:{front}"),
        ("surat.kota.go.id", NAME),
        ("/etc/ssl/", f"{folder}/"),
        ("127.0.0.1:8000", f"127.0.0.1:{ports['portal']}"),
    ):
        assert told in server
        server = server.replace(told, here)
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}}"
        f"http {{ access_log off; {temporary} {server} }}"
    )
    folder.chmod(0o755)
    node = Node(folder / "home", ports)
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    nginx = subprocess.Popen([program, "-p", folder, "-e", folder / "error.log", "-c", folder / "nginx.conf"])
    try:
        node.until(rf"ready https://{re.escape(NAME)}:{front}$")
        yield node, CODE.search(done.stdout).group(1), front, folder / "surat.pem"
    finally:
        nginx.terminate()
        nginx.wait(20)
        node.process.send_signal(signal.SIGTERM)
        node.process.wait(60)


def test_people_sign_in_at_the_public_address(behind):
    _, code, port, trust = behind
    site = Site(port, trust)
    status, page = site.ask("GET", "/aktivasi")
    assert status == 200
    account = {"number": ADMIN, "code": code, "password": PASSWORD}
    form = {"csrfmiddlewaretoken": FIELD.search(page).group(1)} | account

    # The same form from a page elsewhere is refused, and has used nothing up.
    assert site.ask("POST", "/aktivasi", "https://surat.kota.example.lain", **form)[0] == 403
    assert site.ask("POST", "/aktivasi", f"https://{NAME}:{port}", **form)[0] == 302
    token = FIELD.search(site.ask("GET", "/masuk")[1]).group(1)
    form = {"csrfmiddlewaretoken": token, "login": ADMIN, "password": PASSWORD}
    assert site.ask("POST", "/masuk", f"https://{NAME}:{port}", **form)[0] == 302
    status, page = site.ask("GET", "/")
    assert status == 200 and "Sari Wulandari" in page
    assert all(held["secure"] for held in site.cookies.values())

    # Another name that leads to the same machine opens nothing.
    assert Site(port, trust, name="kota.example").ask("GET", "/aktivasi")[0] == 400
