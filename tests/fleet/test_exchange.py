"""Exchanges from end to end: gateway processes, a real database, a plain HTTP client."""

import base64
import csv
import hashlib
import http.client
import io
import json
import socket

import pytest

from pendopo.core import evidence, ids, strict
from pendopo.core.evidence import Broken
from tests.fleet.world import CLIENT, CONSUMER, PROVIDER, SERVICE, Refused, World, until

ONE = "nik=eq.3174000000000007&select=nik,nama,kota"


def entries(fleet, name: str, exchange: str) -> list[dict]:
    return [e for e in fleet.log(name) if e["req"] and e["req"]["exchange"] == exchange]


def prove(fleet, name: str, exchange: str):
    report = evidence.verify(fleet.evidence(name, exchange), fleet.anchor)
    assert not isinstance(report, Broken), report
    return report


def test_one_row_signed_logged_and_provable(fleet):
    status, headers, body = fleet.ask(ONE)
    assert status == 200, body
    (row,) = json.loads(body)
    assert (row["nik"], row["kota"]) == ("3174000000000007", "Kota 7")
    assert row["nama"].startswith("W.") and "Warga" not in row["nama"]
    exchange = headers["X-Road-Request-Id"]
    for name, side in (("djp", "consumer"), ("dukcapil", "provider")):
        (entry,) = entries(fleet, name, exchange)
        assert (entry["kind"], entry["side"], entry["fault"]) == ("exchange", side, None)
        assert "3174000000000007" not in json.dumps(entry)
        report = prove(fleet, name, exchange)
        assert len(report.logs) == 2  # both logs tell the same


def test_headers_of_x_road(fleet):
    headers = {
        "X-Road-Client": CLIENT,
        "X-Road-Id": "permintaan-1",
        "X-Road-UserId": "ID12345",
        "X-Pendopo-Purpose": "verifikasi",
        "X-Road-Request-Hash": "palsu",
        "Cookie": "a=1",
    }
    status, got, _ = fleet.ask(ONE, headers)
    assert status == 200
    assert got["X-Road-Id"] == "permintaan-1"
    assert got["X-Road-Client"] == CLIENT
    assert got["X-Road-Service"] == SERVICE
    assert len(got.get_all("Date")) == 1
    assert "Server" not in got
    # The request hash over exactly what the protocol says: these headers, in order, no others.
    lines = [
        ("Accept-Encoding", "identity"),
        ("X-Road-UserId", "ID12345"),
        ("Cookie", "a=1"),
        ("X-Road-Client", CLIENT),
        ("X-Road-Id", "permintaan-1"),
        ("X-Road-Request-Id", got["X-Road-Request-Id"]),
    ]
    head = f"GET\r\n/r1/{SERVICE}?{ONE}\r\n" + "".join(f"{n}:{v}\r\n" for n, v in lines)
    assert got["X-Road-Request-Hash"] == base64.b64encode(hashlib.sha512(head.encode()).digest()).decode()


def test_last_client_header_wins_and_missing_id_is_made(fleet):
    app = fleet.nodes["djp"].home.app
    connection = http.client.HTTPConnection(app.host, app.port, timeout=10)
    connection.putrequest("GET", f"/r1/{SERVICE}?{ONE}")
    connection.putheader("X-Road-Client", f"{CONSUMER}/lain")
    connection.putheader("X-Road-Client", CLIENT)
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 200
    assert answer.headers["X-Road-Id"] == f"ID-{answer.headers['X-Road-Request-Id']}"
    connection.close()


def test_pages_by_link(fleet):
    path, seen = f"/r1/{SERVICE}?select=nik&limit=400&order=kota", []
    for expected in (400, 400, 200):
        _, headers, body = fleet.get("djp", path)
        rows = json.loads(body)
        assert len(rows) == expected
        seen += [row["nik"] for row in rows]
        link = headers["Link"]
        path = link and link.split(">")[0].removeprefix("<")
    assert path is None
    assert len(set(seen)) == 1000


def test_formats_and_trailers_of_a_stream(fleet):
    status, headers, body = fleet.ask("limit=all&select=nik,nama", {"Accept": "text/csv"})
    assert status == 200 and headers["Content-Type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(body.decode())))
    assert rows[0] == ["nik", "nama"] and len(rows) == 1001
    assert headers["Transfer-Encoding"] == "chunked"
    exchange = headers["X-Road-Request-Id"]
    for name in ("djp", "dukcapil"):
        request, done = entries(fleet, name, exchange)
        assert (request["kind"], done["kind"], done["fault"]) == ("request", "exchange", None)
        assert (done["ans"]["rows"], done["ans"]["bytes"]) == (1000, len(body))
        prove(fleet, name, exchange)
    raw = raw_get(fleet, "limit=all&select=nik&format=ndjson")
    trailers = raw.rpartition(b"\r\n0\r\n")[2].decode()
    assert "X-Pendopo-Rows: 1000\r\n" in trailers and "X-Pendopo-Signature: " in trailers


def raw_get(fleet, query: str, version: str = "1.1") -> bytes:
    app = fleet.nodes["djp"].home.app
    with socket.create_connection((app.host, app.port), timeout=10) as sock:
        text = f"GET /r1/{SERVICE}?{query} HTTP/{version}\r\nHost: localhost\r\nX-Road-Client: {CLIENT}\r\n"
        sock.sendall(text.encode() + b"Connection: close\r\n\r\n")
        data = b""
        while piece := sock.recv(65536):
            data += piece
    return data


def test_head_and_old_http(fleet):
    status, headers, body = fleet.ask(ONE, method="HEAD")
    assert (status, body) == (200, b"") and headers["X-Road-Request-Hash"]
    old = raw_get(fleet, "limit=all&select=nik&format=csv", "1.0")
    assert b"chunked" not in old and old.count(b"\n3174") == 1000


def test_pipelined_requests_are_answered_in_order(fleet):
    app = fleet.nodes["djp"].home.app
    with socket.create_connection((app.host, app.port), timeout=10) as sock:
        for n in range(1, 21):
            path = f"/r1/{SERVICE}?nik=eq.{3174000000000000 + n}&select=nik"
            sock.sendall(f"GET {path} HTTP/1.1\r\nHost: [::1]\r\nX-Road-Client: {CLIENT}\r\n\r\n".encode())
        data = b""
        while data.count(b'"nik"') < 20:
            data += sock.recv(65536)
    found = [int(part[:16]) - 3174000000000000 for part in data.decode().split('"nik":"')[1:]]
    assert found == list(range(1, 21))


def test_metaservices(fleet):
    status, headers, body = fleet.get("djp", "/listClients")
    assert status == 200 and headers["Content-Type"].startswith("text/xml")
    assert b"<id:memberCode>DUKCAPIL</id:memberCode>" in body
    members = json.loads(fleet.get("djp", "/listClients", {"Accept": "application/json"})[2])["member"]
    assert {"xroad_instance": "ID", "member_class": "GOV", "member_code": "DJP", "object_type": "MEMBER"} in [
        member["id"] for member in members
    ]
    base = f"/r1/{PROVIDER}/kependudukan"
    (method,) = json.loads(fleet.get("djp", f"{base}/listMethods")[2])["service"]
    assert method == {
        "xroad_instance": "ID",
        "member_class": "GOV",
        "member_code": "DUKCAPIL",
        "subsystem_code": "kependudukan",
        "service_code": "penduduk",
        "object_type": "SERVICE",
        "service_type": "OPENAPI",
        "endpoint_list": [{"method": "GET", "path": "/"}],
    }
    assert json.loads(fleet.get("djp", f"{base}/allowedMethods")[2])["service"] == [method]
    status, headers, body = fleet.get("djp", f"{base}/getOpenAPI?serviceCode=penduduk")
    assert json.loads(body)["openapi"] == "3.1.0"
    assert entries(fleet, "dukcapil", headers["X-Road-Request-Id"])[0]["kind"] == "exchange"
    assert fleet.get("djp", f"{base}/getOpenAPI")[1]["X-Pendopo-Error"] == "service.code_missing"


def test_two_agencies_of_one_node(folder, table):
    """The same road: two entries, two signatures, evidence attested by the registry's node."""
    hosts = {PROVIDER: "bersama", CONSUMER: "bersama"}
    world = World(folder, table, nodes=("kominfo", "bersama"), hosts=hosts)
    with world.running():
        status, headers, body = world.ask(ONE)
        assert status == 200, body
        both = entries(world, "bersama", headers["X-Road-Request-Id"])
        assert {e["side"] for e in both} == {"consumer", "provider"}
        prove(world, "bersama", headers["X-Road-Request-Id"])
        assert world.ask("limit=all&format=csv")[0] == 200


def test_deliveries(fleet):
    doc = next(iter(fleet.agreements.values())).decode()
    message = {"from": CONSUMER, "to": PROVIDER, "msg_id": ids.new_id(), "type": "agreement/1", "doc": doc}
    answer = fleet.control("djp", "POST", "/deliver", message)
    assert answer["status"] == 200
    prove(fleet, "djp", answer["exchange_id"])
    assert fleet.control("djp", "POST", "/deliver", message)["status"] == 200  # again: no second one
    (item,) = fleet.control("dukcapil", "GET", "/inbox?wait=5")
    assert {k: item[k] for k in message} == message and item["exchange_id"] == answer["exchange_id"]
    fleet.control("dukcapil", "DELETE", f"/inbox/{item['id']}")
    assert fleet.control("dukcapil", "GET", "/inbox?wait=0") == []
    fleet.control("djp", "POST", "/deliver", message)  # taken before: still no second one
    assert fleet.control("dukcapil", "GET", "/inbox?wait=0") == []
    bad = message | {"msg_id": ids.new_id(), "doc": fleet.registry.decode()}
    with pytest.raises(Refused) as refused:
        fleet.control("djp", "POST", "/deliver", bad)
    assert refused.value.code == "delivery.type"


def test_description_of_a_service(fleet):
    got = fleet.control("djp", "GET", f"/fetch?from={CLIENT}&service={SERVICE}&what=describe")
    assert strict.dumps(got) == fleet.definition
    with pytest.raises(Refused) as refused:
        fleet.control("djp", "GET", f"/fetch?from={CLIENT}&service={PROVIDER}/a/b&what=describe")
    assert refused.value.code == "service.unknown"


def test_status_of_a_linked_pair(fleet):
    fleet.ask(ONE)
    status = fleet.status("djp")
    assert status["node"] == "djp" and status["faults"] == []
    (peer,) = until(lambda: fleet.status("djp")["peers"])
    assert peer["node"] == "dukcapil" and peer["state"] == "linked" and abs(peer["clock_ms"]) < 5000
    assert status["serials"]["registry"] == fleet.registry_serial
