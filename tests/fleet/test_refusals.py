"""What a gateway refuses, each beside a twin one step away that succeeds.

A refusal has its exact code, an entry in a log, no traceback in any process, and the source's own query log
shows no statement.
"""

import contextlib
import hashlib
import http.client
import json
import re
import shutil
import socket
import tempfile
import time
from pathlib import Path

import pytest

from pendopo.core import envelope, strict
from pendopo.core.keys import SigningKey
from tests.fleet.rogue import Rogue
from tests.fleet.world import CONSUMER, PROVIDER, SERVICE, World, later, until

GOOD = "nik=eq.3174000000000007"
TOKEN = "kunci-rahasia"


def client(name: str) -> str:
    return f"{CONSUMER}/{name}"


@pytest.fixture(scope="module")
def fleet(table, postgresql_server):
    """Both gateways."""
    with made(table, postgresql_server) as world, world.running():
        yield world


@pytest.fixture(scope="module")
def alone(table, postgresql_server):
    """The provider's gateway only: its peer is played by the test."""
    with made(table, postgresql_server) as world, world.running("dukcapil"):
        yield world


@contextlib.contextmanager
def made(table, postgresql_server):
    """One consumer subsystem for each kind of agreement."""
    path = Path(tempfile.mkdtemp(prefix="flt-"))
    world = World(path, table)
    hours = {"from": "00.00", "until": "00.00", "zone": "WIB"}
    kinds = {
        "habis": {"until": later(days=-0.5)},
        "belum": {"from": later(days=1)},
        "kuota": {"quota": {"per_day": 2}},
        "laju": {"rate": {"per_second": 1}},
        "jam": {"hours": hours},
        "tujuan": {"purposes": ["verifikasi", "statistik"]},
        "tunda": {"state": "suspended"},
        "cabut": {"state": "revoked"},
        "sepihak": {"sign": ("requester",)},
        "kuncilain": {"requester_keys": ["A" * 43]},
        "uraian": {"def_sha": "0" * 64},
        "kolom": {"columns": ["nik", "kota"], "masks": {}},
    }
    for name, changes in kinds.items():
        world.agree(requester=client(name), **changes)
    token = hashlib.sha256(TOKEN.encode()).hexdigest()
    for name in (*kinds, "kosong"):
        world.subsystems["djp"].append({"id": client(name), "auth": "none", "token_sha": None})
    world.subsystems["djp"].append({"id": client("token"), "auth": "bearer", "token_sha": token})
    world.agree(requester=client("token"))
    closed = world._service_row(world.definition, id=f"{PROVIDER}/kependudukan/tutup", state="disabled")
    world.services[closed["id"]] = closed
    world.agree(service=closed["id"])
    world.issue_nodes()
    world.postgresql = postgresql_server
    yield world
    assert not [path for path in world.base.glob("*.out") if "Traceback" in path.read_text()]
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def rogue(alone):
    """The consumer's node, speaking by hand."""
    peer = Rogue(alone, "dukcapil")
    peer.hello()
    yield peer
    peer.close()


def statements(world: World) -> int:
    return len(re.findall(r"penduduk", world.postgresql.statements()))


def asked(world: World, headers: dict, query: str = GOOD, service: str = SERVICE, **more):
    return world.get("djp", f"/r1/{service}?{query}", headers, **more)


def refused(world: World, code: str, headers: dict, *args, in_log: str = "", **more) -> dict:
    """The request is refused with `code`; gives the fault."""
    before, sizes = statements(world), {name: world.status(name)["size"] for name in world.nodes}
    status, got, body = asked(world, headers, *args, **more)
    assert got["X-Pendopo-Error"] == code, (status, body)
    fault = json.loads(body)
    assert fault.keys() == {"type", "message", "detail"} and fault["type"] == got["X-Road-Error"]
    assert status == (500 if fault["type"].startswith("Server.") else 400)
    assert statements(world) == before
    logs = [e for name in world.nodes for e in world.log(name, sizes[name] - 1)]
    found = [e for e in logs if e["kind"] == "refusal" and e["fault"] == code]
    assert found, logs
    return fault


def answered(world: World, headers: dict, *args, **more) -> bytes:
    before = statements(world)
    status, _, body = asked(world, headers, *args, **more)
    assert status == 200, body
    assert until(lambda: statements(world) > before)
    return body


def as_client(name: str, **headers: str) -> dict:
    return {"X-Road-Client": client(name)} | headers


AGREEMENTS = {
    "kosong": ("agreement.none", "Server.ServerProxy.AccessDenied"),
    "habis": ("agreement.expired", "Server.ServerProxy.AccessDenied.Expired"),
    "belum": ("agreement.not_yet", "Server.ServerProxy.AccessDenied.Expired"),
    "jam": ("agreement.hours", "Server.ServerProxy.AccessDenied.Hours"),
    "tujuan": ("agreement.purpose_missing", "Server.ServerProxy.AccessDenied.Purpose"),
    "tunda": ("agreement.suspended", "Server.ServerProxy.AccessDenied.Suspended"),
    "cabut": ("agreement.revoked", "Server.ServerProxy.AccessDenied.Revoked"),
    "sepihak": ("key.not_signed", "Server.ServerProxy.InvalidSignatureValue"),
    "kuncilain": ("agreement.key", "Server.ServerProxy.AccessDenied"),
    "uraian": ("agreement.definition", "Server.ServerProxy.AccessDenied"),
}


@pytest.mark.parametrize("name", AGREEMENTS)
def test_agreement(fleet, name):
    code, type = AGREEMENTS[name]
    assert refused(fleet, code, as_client(name))["type"] == type
    answered(fleet, as_client("kolom"))


@pytest.mark.parametrize("name", AGREEMENTS)
def test_agreement_at_the_provider(alone, rogue, name):
    """The consumer's gateway refuses early; a provider whose peer does not, decides the same."""
    bodies = [envelope.open(raw).body for raw in alone.agreements.values()]
    (id,) = [b["id"] for b in bodies if b["requester"] == client(name)] or [bodies[0]["id"]]
    purpose = None if name == "tujuan" else "verifikasi"
    changes = {"client": client(name), "agreement": id, "purpose": purpose}
    wire_refused(alone, rogue, AGREEMENTS[name][0], **changes)
    (id,) = [b["id"] for b in bodies if b["requester"] == client("kolom")]
    changes = {"client": client("kolom"), "agreement": id, "purpose": purpose}
    assert rogue.exchange(rogue.request(**changes))[0] == 200


def test_purpose(fleet):
    refused(fleet, "agreement.purpose", as_client("tujuan", **{"X-Pendopo-Purpose": "iseng"}))
    answered(fleet, as_client("tujuan", **{"X-Pendopo-Purpose": "statistik"}))


def test_quota_and_rate_with_telling_status(fleet):
    for _ in range(2):
        answered(fleet, as_client("kuota"))
    assert refused(fleet, "agreement.quota", as_client("kuota"))["type"].endswith(".AccessDenied.Quota")
    status, headers, _ = asked(fleet, as_client("kuota", **{"X-Pendopo-Errors": "http"}))
    assert status == 429 and 0 < int(headers["Retry-After"]) <= 86400
    answered(fleet, as_client("laju"))
    refused(fleet, "agreement.rate", as_client("laju"))


QUERIES = {
    "nik=eq.1&select=nik,rahasia": "query.column_unknown",
    "nik=eq.1&select=nik,nama": "query.column_not_granted",
    "nama=eq.x": "query.column_not_granted",
    "kota=gt.a": "query.filter_not_allowed",
    "kota=eq.x&limit=5000": "query.limit_too_large",
    "kota=sleep.5": "query.operator_unknown",
    "kota": "query.syntax",
    "tgl_lahir=eq.2020-01-01'--": "query.column_not_granted",
    "order=nama": "query.column_not_granted",
    "after=abc": "query.cursor_invalid",
    "format=xml": "query.format_not_offered",
}


@pytest.mark.parametrize("query", QUERIES)
def test_query(fleet, query):
    refused(fleet, QUERIES[query], as_client("kolom"), query)
    answered(fleet, as_client("kolom"), "nik=eq.1&select=nik,kota&limit=1000&order=kota&format=json")


def test_sql_in_a_value_is_only_a_value(fleet):
    bad = "kota=eq.x%27;DROP%20TABLE%20penduduk;--"
    assert json.loads(answered(fleet, as_client("kolom"), bad)) == []
    assert json.loads(answered(fleet, as_client("kolom")))


def test_program(fleet):
    refused(fleet, "app.client_unknown", as_client("tidakada"))
    refused(fleet, "app.client_unknown", {"X-Road-Client": PROVIDER + "/kependudukan"})
    refused(fleet, "id.malformed", {"X-Road-Client": "ID/GOV/DJP/core_tax"})
    refused(fleet, "app.token", as_client("token"))
    refused(fleet, "app.token", as_client("token", Authorization="Bearer salah"))
    answered(fleet, as_client("token", Authorization=f"Bearer {TOKEN}"))
    refused(fleet, "app.header", as_client("kolom", **{"X-Pendopo-Purpose": "a b"}))
    answered(fleet, as_client("kolom", **{"X-Pendopo-Purpose": "verifikasi"}))


def test_a_page_of_the_web_whose_name_leads_here_is_no_program_of_this_machine(fleet):
    """DNS rebinding: the browser says the page's own name. Who has a token may come by any."""
    for name in (
        "jahat.example",
        "jahat.example:8080",
        "127.0.0.1.jahat.example",
        "localhost.example",
        "[x]",
        "",
    ):
        refused(fleet, "app.host", as_client("kolom", Host=name))
    for name in ("127.0.0.1", "127.0.0.1:8080", "[::1]:8080", "10.0.0.7", "localhost:8080", "djp.localhost"):
        answered(fleet, as_client("kolom", Host=name))
    answered(fleet, as_client("token", Host="gerbang.djp.go.id", Authorization=f"Bearer {TOKEN}"))


def test_service_and_path(fleet):
    refused(fleet, "app.provider_unknown", {}, service="ID/GOV/TIDAKADA/a/b")
    refused(fleet, "agreement.none", {}, service=f"{PROVIDER}/kependudukan/lain")
    refused(fleet, "service.disabled", {}, service=f"{PROVIDER}/kependudukan/tutup")
    refused(fleet, "service.path", {}, service=SERVICE + "/../tutup")
    refused(fleet, "service.path", {}, service=SERVICE + "/")
    refused(fleet, "app.path", {}, service=SERVICE.replace("/penduduk", "%2Fpenduduk/x"))
    refused(fleet, "id.malformed", {}, service=SERVICE.replace("kependudukan", "%2e%2e"))
    refused(fleet, "service.method", {}, method="DELETE")
    answered(fleet, {}, service=SERVICE.replace("kependudukan", "%6bependudukan"))


def test_sizes(fleet):
    refused(fleet, "app.url_too_long", {}, "nik=eq." + "1" * 9000)
    refused(fleet, "app.header_too_large", {"X-Besar": "x" * 40000})
    refused(fleet, "app.header_too_large", {f"X-{n}": "1" for n in range(120)})
    refused(fleet, "app.body_too_large", {}, body=b"x" * (1 << 20) + b"y", method="POST")
    answered(fleet, {"X-Besar": "x" * 3000})


def test_what_is_no_http(fleet):
    app = fleet.nodes["djp"].home.app
    size = fleet.status("djp")["size"]
    with socket.create_connection((app.host, app.port), timeout=5) as sock:
        sock.sendall(b"GET /r1 HTTX/1.1\r\n\r\n")
        assert b"X-Pendopo-Error: app.http" in sock.recv(65536)
    assert [e["fault"] for e in fleet.log("djp", size - 1)] == ["app.http"]
    answered(fleet, {})


# --- on the wire


def wire_refused(alone, rogue, code: str, **changes) -> None:
    before, size = statements(alone), alone.status("dukcapil")["size"]
    assert rogue.exchange(rogue.request(**changes))[0] == code
    assert code in [e["fault"] for e in alone.log("dukcapil", size - 1)]
    assert statements(alone) == before


def test_wire_signature_key_and_parties(alone, rogue):
    stranger = SigningKey.generate(f"agency:{CONSUMER}", "exchange")
    wire_refused(alone, rogue, "key.unknown", key=stranger)
    wire_refused(alone, rogue, "exchange.signature", signer=stranger)
    wire_refused(alone, rogue, "key.use", key=alone.keys[CONSUMER, "agreement"])
    wire_refused(alone, rogue, "key.owner", key=alone.keys[PROVIDER, "exchange"])
    wire_refused(alone, rogue, "exchange.wrong_node", client=f"{PROVIDER}/kependudukan")
    wire_refused(alone, rogue, "exchange.mismatch", target=bytes(32))
    wire_refused(alone, rogue, "agreement.other", rev=2)
    wire_refused(alone, rogue, "agreement.purpose", purpose="iseng")
    wire_refused(alone, rogue, "service.unknown", service=f"{CONSUMER}/a/b")
    assert rogue.exchange(rogue.request())[0] == 200


def test_wire_clock_and_replay(alone, rogue):
    wire_refused(alone, rogue, "exchange.clock", created=int(time.time()) - 62)
    wire_refused(alone, rogue, "exchange.clock", created=int(time.time()) + 62)
    assert rogue.exchange(rogue.request(created=int(time.time()) - 58))[0] == 200
    request = rogue.request()
    assert rogue.exchange(request)[0] == 200
    assert rogue.exchange(request)[0] == "exchange.replayed"
    wire_refused(alone, rogue, "exchange.replayed", exchange=json_id(alone))
    assert rogue.exchange(rogue.request())[0] == 200


def json_id(alone) -> str:
    """The id of an exchange that the provider answered a moment ago."""
    return [e for e in alone.log("dukcapil") if e["kind"] == "exchange"][-1]["req"]["exchange"]


def test_wire_hello(alone):

    def code(**changes) -> str:
        peer = Rogue(alone, "dukcapil")
        frame = peer.hello(**changes)
        peer.close()
        return strict.loads(frame.payload).get("code", "")

    assert code(clock=time.time_ns() // 1_000_000 - 61_500) == "link.clock"
    assert code(node="lain") == "link.other_node"
    assert code(versions=[9]) == "link.version"
    assert code() == ""


def test_wire_strange_certificate(alone, folder):
    from tests.conftest import make_home

    home = make_home(folder / "asing", node="asing")
    alone.certify(home, "asing")  # by the registry's CA, but in no registry document
    peer = Rogue(alone, "dukcapil", home)
    assert strict.loads(peer.receive(0).payload)["code"] == "link.unknown_key"
    peer.close()


def test_dead_source_and_drift(table, folder, postgresql_server):
    world = World(folder, table | {"port": 1})
    with world.running():
        status, headers, _ = world.ask(GOOD)
        assert (status, headers["X-Pendopo-Error"]) == (500, "source.refused")
        assert headers["X-Road-Error"] == "Server.ServerProxy.ServiceFailed.Source"
        world.dsn = table
        world.sources["dukcapil"] = [world._source()]
        world.issue_node("dukcapil")
        assert world.ask(GOOD)[0] == 200
        world.services = {SERVICE: world._service_row(world.definition, table="lain")}
        world.issue_node("dukcapil")
        status, headers, _ = world.ask(GOOD)
        assert (status, headers["X-Pendopo-Error"]) == (500, "source.drift")


def test_xml_fault_and_dialect(fleet, folder, table):
    _, headers, body = asked(fleet, as_client("kosong", Accept="application/json, text/xml;q=0.1"))
    assert headers["Content-Type"] == "text/xml" and b"<type>Server.ServerProxy.AccessDenied</type>" in body
    fleet.issue_node("djp", dialect="7.8")
    try:
        assert (
            asked(fleet, as_client("habis"))[1]["X-Road-Error"] == "server.serverproxy.access_denied.expired"
        )
    finally:
        fleet.issue_node("djp")
    assert asked(fleet, as_client("habis"))[1]["X-Road-Error"] == "Server.ServerProxy.AccessDenied.Expired"


def test_flood_is_counted(fleet):
    app = fleet.nodes["djp"].home.app
    size = fleet.status("djp")["size"]
    connection = http.client.HTTPConnection(app.host, app.port, timeout=10)
    for _ in range(200):
        connection.request("GET", f"/r1/{SERVICE}?{GOOD}", headers=as_client("banjir"))
        assert connection.getresponse().read()
    connection.close()
    until(lambda: sum(counts(fleet, size)) == 200, 15)
    assert len(counts(fleet, size)) <= 21


def counts(fleet, size: int) -> list[int]:
    return [e.get("times", 1) for e in fleet.log("djp", size - 1) if e["fault"] == "app.client_unknown"]
