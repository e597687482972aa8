"""A private network on the node with mail: its sites, rules and the box of one of them, years later.

The box is one by what it says: it holds its keys, and asks its controller as the agent does. Everything else
goes through the pages.
"""

import base64
import http.client
import json
import re
import time

from nacl.bindings import crypto_sign, crypto_sign_seed_keypair
from seat import Seat

PORT = 21319  # where the node listens to boxes
SEED, WG_KEY = b"p" * 32, b"w" * 32
SITES = {"dinas": "Kantor Dinas", "gudang": "Gudang Arsip"}
CODE = re.compile(r"data-code>([0-9A-Z-]{14})<")


def settings(text: str) -> str:
    """The node's settings with a port for boxes."""
    head, box, rest = text.partition("[box]\n")
    return head + box + re.sub(r"port = \d+", f"port = {PORT}", rest, count=1)


def day(admin: Seat, agency: str) -> dict:
    """A network is drawn, a rule written, a box enrolled; what a later release must still find."""
    admin.open("/jaringan/baru/")
    admin.post(
        "/jaringan/baru/", name="Jaringan Ende", code="ende", url=f"http://127.0.0.1:{PORT}",
        pool4="10.64.0.0/12", pool6="fd00:64::/48",
    )  # fmt: skip
    sites = {}
    for code, name in SITES.items():
        admin.open("/jaringan/lokasi/baru/")
        admin.post(
            "/jaringan/lokasi/baru/", name=name, code=code, of=agency, machines=20, wan="eth0", lan="eth1",
            groups="kantor", place="Ende", isp="Nusanet", phone="Rambu 0812",
        )  # fmt: skip
        sites[code] = admin.path.split("/")[-2]
    admin.open("/jaringan/layanan/")
    admin.post("/jaringan/layanan/", name="web", protocol="tcp", ports="443")
    admin.open("/jaringan/kebijakan/baru/")
    admin.post(
        "/jaringan/kebijakan/baru/", sources="dinas", destinations="gudang", services=["web"], note="SK 6",
        save="1",
    )  # fmt: skip
    admin.open("/jaringan/lembar/")
    [code] = CODE.findall(admin.post("/jaringan/lembar/cetak/", site=sites["dinas"]))
    said = {
        "v": 1, "code": code, "name": "dinas", "box_key": _b64(_keys()[0]), "wg_key": _b64(WG_KEY),
        "capabilities": {"wireguard": "kernel"},
    }  # fmt: skip
    status, answer = _ask("POST", "/box/v1/enrol", json.dumps(said).encode(), {})
    assert status == 200, answer
    made = json.loads(answer)
    facts = {name: made[name] for name in ("box", "controller_key")} | {"sites": sites}
    report(facts)
    return facts


def report(facts: dict) -> None:
    """The box says how it is."""
    said = {
        "v": 1, "serial": 1, "state": "good", "undone": None, "lines": [{"name": "utama", "up": False}],
        "peers": [], "capabilities": {"wireguard": "kernel"},
    }  # fmt: skip
    status, answer = signed(facts, "POST", "/box/v1/report", json.dumps(said).encode())
    assert status == 200, answer


def told(facts: dict) -> bytes:
    """The envelope that the box is told by its controller."""
    status, answer = signed(facts, "GET", "/box/v1/config?after=0")
    assert status == 200, answer
    return answer


def signed(facts: dict, method: str, target: str, body: bytes = b"") -> tuple[int, bytes]:
    """A call signed with the box's key (docs/boxes.md)."""
    from pendopo.core import boxcall

    def sign(message: bytes) -> bytes:
        return crypto_sign(message, _keys()[1])[:64]

    at = time.time_ns() // 1_000_000
    return _ask(method, target, body, boxcall.headers(facts["box"], sign, method, target, body, at))


def _ask(method: str, target: str, body: bytes, headers: dict) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
    try:
        connection.request(method, target, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def _keys() -> tuple[bytes, bytes]:
    return crypto_sign_seed_keypair(SEED)


def _b64(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).decode().rstrip("=")
