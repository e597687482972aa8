"""Every route of the gateway, on real gateways: refused to another agency's program, node, key or document
with its exact code, and once done by its own.

The tables are the gateway's own: what a program may ask (`app.side`, `provider.builtin`), the control
socket's calls, what a peer may ask on its link, the frames. A new entry in one fails here until its table
here has it. The portal's routes are walked in `test_isolation.py`.
"""

import contextlib
import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

import pytest

from pendopo.core import envelope, evidence, exchange, ids, strict
from pendopo.core.exchange import CTL, FAULT, PING
from pendopo.core.keys import SigningKey
from pendopo.gateway.app import side
from pendopo.gateway.control import ROUTES as CALLS
from pendopo.gateway.link.asks import KINDS
from pendopo.gateway.provider import builtin, serving
from tests.databases import postgresql_server
from tests.fleet.rogue import Rogue
from tests.fleet.world import CLIENT, CONSUMER, PROVIDER, SERVICE, Refused, World, fill, until

__all__ = ["postgresql_server"]

NEIGHBOUR, STRANGER = "ID/GOV/BKN", "ID/GOV/BPJS"  # on the consumer's node; on a node of its own
BESIDE = f"{NEIGHBOUR}/simpeg"
TOKEN, OTHER_TOKEN = "kunci-coretax", "kunci-simpeg"
ONE = "nik=eq.3174000000000007"
FRAMES = {
    name: value
    for name, value in vars(exchange).items()
    if re.fullmatch("[A-Z]+", name) and isinstance(value, int) and name not in ("SALT", "VERSION")
}


@pytest.fixture(scope="module")
def world(postgresql_server):
    """Two running nodes, one with two agencies whose programs bear tokens; a third is played by the test."""
    folder = Path(tempfile.mkdtemp(prefix="iso-"))
    hosts = {PROVIDER: "dukcapil", CONSUMER: "djp", NEIGHBOUR: "djp", STRANGER: "bpjs"}
    world = World(folder, fill(postgresql_server, 50), ("dukcapil", "djp", "bpjs"), hosts)
    world.subsystems["djp"] = [
        {"id": id, "auth": "bearer", "token_sha": hashlib.sha256(token.encode()).hexdigest()}
        for id, token in ((CLIENT, TOKEN), (BESIDE, OTHER_TOKEN))
    ]
    world.issue_node("djp")
    with world.running("dukcapil", "djp"):
        until(lambda: world.status("djp")["peers"])
        yield world
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def stranger(world):
    """The stranger's node: a member in good standing, with a right to nothing of the others."""
    peer = Rogue(world, "dukcapil", world.nodes["bpjs"].home)
    peer.hello()
    yield peer
    peer.close()


@pytest.fixture
def count(record_property):
    """Adds to the one line at the end of the run: `count(refusals=12)`."""
    return lambda **numbers: record_property("isolation", numbers)


# --- the application side: what programs ask

WHERE = {  # a built-in service's place, and the query that makes it succeed
    **{code: f"{PROVIDER}/kependudukan/{code}" for code in builtin.META},
    **{code: f"{PROVIDER}/pendopo/{code}" for code in builtin.BUILT_IN},
}
QUERY = {"getOpenAPI": "serviceCode=penduduk", "describe": f"service={SERVICE}"}
BODY = {  # what its own program then reads
    "listMethods": b'"service_code":"penduduk"',
    "allowedMethods": b'"service_code":"penduduk"',
    "getOpenAPI": b'"openapi":"3.1.0"',
    "describe": b'"service/1"',
}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def services():
    """(service, methods it takes, query) of all that programs reach under /r1/."""
    yield SERVICE, [method.decode() for method in serving.METHODS], ONE
    for code, built in (builtin.META | builtin.BUILT_IN).items():
        yield WHERE[code], [built.method.decode()], QUERY.get(code, "")


def as_program(client: str, token: str) -> dict:
    return {"X-Road-Client": client, "Authorization": f"Bearer {token}"}


def code_of(world, method: str, path: str, headers: dict) -> str | None:
    """The code that the consumer's gateway refuses a program with; None when it answers."""
    status, got, _ = world.get("djp", path, headers, method)
    assert (got["X-Pendopo-Error"] is None) == (status == 200), (status, got)
    return got["X-Pendopo-Error"]


def test_a_program_of_another_agency_is_refused_every_service(world, count):
    """Another node's agency; our name with the neighbour's token; the neighbour, who has no agreement."""
    own, refusals = as_program(CLIENT, TOKEN), 0
    foreign = {
        "app.client_unknown": as_program(f"{STRANGER}/sistem", TOKEN),
        "app.token": as_program(CLIENT, OTHER_TOKEN),
    }
    for service, methods, query in services():
        for method in METHODS:
            path = f"/r1/{service}?{query}"
            for code, headers in foreign.items():
                assert code_of(world, method, path, headers) == code, f"{method} {service}"
                refusals += 1
            if method not in methods:
                assert code_of(world, method, path, own) == "service.method", f"{method} {service}"
                refusals += 1
    for method in serving.METHODS:
        beside = as_program(BESIDE, OTHER_TOKEN)
        assert code_of(world, method.decode(), f"/r1/{SERVICE}?{ONE}", beside) == "agreement.none"
        refusals += 1
    path = f"/r1/{WHERE['deliver']}?msg_id={ids.new_id()}"
    assert code_of(world, "POST", path, own) == "delivery.sender"  # documents come from portals only
    for method, path in side.ROUTES:  # the members' list is public: nothing but its one method
        for other in set(METHODS) - {method.decode()}:
            assert code_of(world, other, path.decode(), own) == "app.path"
            refusals += 1
    count(refusals=refusals + 1)


def test_a_foreign_node_or_key_is_refused_every_service(world, stranger, count):
    """By the provider's gateway itself, whatever the gateway that asks let pass."""
    theirs, refusals = world.keys[STRANGER, "exchange"], 0
    for service, methods, query in services():
        plain = {} if service == SERVICE else {"agreement": None, "rev": None, "purpose": None}
        for method in methods:
            asked = {"service": service, "query": query, "method": method.encode(), **plain}
            cases = {
                "exchange.wrong_node": {"client": CLIENT, "key": theirs},
                "key.owner": {"client": f"{STRANGER}/sistem"},  # signed with the consumer's key
            }
            if service == SERVICE:
                cases["agreement.none"] = {"client": f"{STRANGER}/sistem", "key": theirs}
            for code, changes in cases.items():
                assert stranger.exchange(stranger.request(**asked | changes))[0] == code, (
                    f"{method} {service}"
                )
                refusals += 1
    count(refusals=refusals)


def test_every_service_answers_its_own_program(world, count):
    own, done = as_program(CLIENT, TOKEN), 0
    for service, methods, query in services():
        code = service.rpartition("/")[2]
        for method in methods:
            if code == "deliver":
                assert delivered(world, "djp", CONSUMER, PROVIDER)
                continue
            status, headers, body = world.get("djp", f"/r1/{service}?{query}", own, method)
            assert status == 200 and headers["X-Road-Service"] == service, f"{method} {service}: {body}"
            if service == SERVICE:
                assert [row["nik"] for row in json.loads(body or b"[]")] == (
                    ["3174000000000007"] if method == "GET" else []
                )
            else:
                assert BODY[code] in body
        done += 1
    beside = as_program(BESIDE, OTHER_TOKEN)
    empty = world.get("djp", f"/r1/{WHERE['allowedMethods']}", beside)[2]
    assert json.loads(empty) == {"service": []}  # the neighbour learns of no agreement of ours
    for method, path in side.ROUTES:
        status, _, body = world.get("djp", path.decode(), {"Accept": "application/json"}, method.decode())
        assert status == 200 and b"coretax" in body
        done += 1
    count(api=done, successes=done)


def delivered(world, node: str, sender: str, to: str) -> str:
    """A document that goes from one agency to another; the exchange's id."""
    doc = next(iter(world.agreements.values())).decode()
    message = {"from": sender, "to": to, "msg_id": ids.new_id(), "type": "agreement/1", "doc": doc}
    return world.control(node, "POST", "/deliver", message)["exchange_id"]


# --- the control socket: what the node's own portal, worker and command ask

KNOCK = """
import json, socket, sys
for _ in range(int(sys.argv[2])):
    knock = socket.socket(socket.AF_UNIX)
    try:
        knock.connect(sys.argv[1])
        print("open")
    except PermissionError:
        print("refused")
"""


def test_the_control_socket_is_closed_to_other_accounts_of_the_machine(world, count):
    path = world.nodes["djp"].home.control
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and path.stat().st_uid == os.geteuid()
    if os.geteuid() == 0:
        command = ["/usr/bin/env", "python3", "-c", KNOCK, str(path), str(len(CALLS))]
        said = subprocess.run(command, user=65534, capture_output=True, text=True, check=True).stdout
        assert said.split() == ["refused"] * len(CALLS)
    count(refusals=len(CALLS))


def foreign_calls(world) -> dict:
    """What is refused of each call that names an agency, a key, a document or an exchange: {call: (address,
    body, code)}. `status`, `keys`, `inbox` and `log` name none: theirs is the whole node."""
    there = world.keys[PROVIDER, "agreement"].thumb
    sign = {"thumb": there, "type": "agreement/1", "payload": strict.b64e(b"{}")}
    forged = envelope.seal(
        "registry/1", strict.dumps(world.registry_body()), [SigningKey.generate("registry:ID", "issuing")]
    )
    deliver = {"from": PROVIDER, "to": CONSUMER, "msg_id": ids.new_id(), "type": "agreement/1", "doc": "{}"}
    node = (world.nodes["dukcapil"].home.documents / "node.json").read_bytes()
    elsewhere = delivered(world, "dukcapil", PROVIDER, PROVIDER)
    fetch = f"/fetch?from={PROVIDER}/kependudukan&service={SERVICE}"
    return {
        (b"POST", "sign"): ("/sign", sign, "gateway.key_absent"),
        (b"PUT", "documents/registry"): ("/documents/registry", forged, "key.issuing"),
        (b"PUT", "documents/node"): ("/documents/node", node, "documents.other_node"),
        (b"PUT", "documents/blobs/*"): ("/documents/blobs/" + "0" * 64, node, "gateway.blob_sha"),
        (b"POST", "deliver"): ("/deliver", deliver, "gateway.not_hosted"),
        (b"DELETE", "inbox/*"): ("/inbox/" + ids.new_id(), None, "delivery.unknown"),
        (b"GET", "fetch"): (fetch, None, "gateway.not_hosted"),
        (b"POST", "evidence"): ("/evidence", {"exchange_id": elsewhere}, "evidence.unknown"),
    }


WHOLE_NODE = {(b"GET", "status"), (b"POST", "keys"), (b"GET", "inbox"), (b"GET", "log")}


def test_a_control_call_for_what_is_not_the_nodes_is_refused(world, count):
    foreign, refusals = foreign_calls(world), 0
    assert foreign.keys() | WHOLE_NODE == CALLS.keys()
    for (method, call), (path, body, code) in foreign.items():
        with pytest.raises(Refused) as refused:
            world.control("djp", method.decode(), path, body)
        assert refused.value.code == code, call
        refusals += 1
    for _, call in CALLS:
        for other in METHODS:
            if (other.encode(), call) in CALLS or other == "HEAD":
                continue
            with pytest.raises(Refused) as refused:
                world.control("djp", other, "/" + call.replace("*", "0" * 64))
            assert refused.value.code == "control.unknown", f"{other} {call}"
            refusals += 1
    count(refusals=refusals)


def test_every_control_call_serves_its_own_node(world, count):
    def call(method, path, body=None):
        return world.control("djp", method, path, body)

    own, blob = world.keys[CONSUMER, "agreement"], next(iter(world.agreements.values()))
    made = call("POST", "/keys", {"owner": f"agency:{CONSUMER}", "use": "exchange"})
    assert (world.nodes["djp"].home.keys / f"{made['thumb']}.json").exists()
    payload = strict.dumps({"v": 1})
    signed = call("POST", "/sign", {"thumb": own.thumb, "type": "request/1", "payload": strict.b64e(payload)})
    assert strict.b64d(signed["sig"]) == own.sign(envelope.to_sign("request/1", payload))
    serial = call("PUT", "/documents/registry", world.registry)["serial"]
    world.issue_node("djp")
    status = call("GET", "/status")
    assert (status["node"], status["serials"]) == (
        "djp",
        {"registry": serial, "node": world.nodes["djp"].serial},
    )
    assert call("PUT", f"/documents/blobs/{envelope.sha(blob)}", blob) == {"sha": envelope.sha(blob)}
    sent = delivered(world, "djp", CONSUMER, PROVIDER)
    arrived = delivered(world, "dukcapil", PROVIDER, CONSUMER)
    (item,) = [one for one in call("GET", "/inbox?wait=5") if one["exchange_id"] == arrived]
    assert (item["from"], item["to"]) == (PROVIDER, CONSUMER)
    call("DELETE", f"/inbox/{item['id']}")
    assert item["id"] not in [one["id"] for one in call("GET", "/inbox?wait=0")]
    described = call("GET", f"/fetch?from={CONSUMER}/pendopo&service={SERVICE}")
    assert strict.dumps(described) == strict.dumps(strict.loads(world.definition))
    assert sent in [entry["req"]["exchange"] for entry in world.log("djp") if entry["kind"] == "exchange"]
    report = evidence.verify(world.evidence("djp", sent), world.anchor)
    assert not isinstance(report, evidence.Broken), report
    count(gateway=len(CALLS), successes=len(CALLS))


# --- the link: what a peer asks, and the frames it sends


def asked(peer: Rogue, kind: str, **fields) -> dict:
    """A peer's answer to a control message of the stranger's."""
    peer.send(CTL, 0, strict.dumps({"id": 7, "kind": kind, **fields}))
    while True:
        frame = peer.receive(0)
        if frame.type == CTL and frame.flags & 1 and strict.loads(frame.payload).get("id") == 7:
            return strict.loads(frame.payload)


def test_a_peer_is_refused_what_concerns_other_nodes(world, stranger, count):
    """A third node, with a good certificate: no other's log, checkpoint or exchange, no forged document."""
    sent = delivered(world, "djp", CONSUMER, PROVIDER)
    kept = evidence_half(world, sent)
    forged = envelope.seal(
        "registry/1", strict.dumps(world.registry_body()), [SigningKey.generate("registry:ID", "issuing")]
    )
    foreign = {
        "registry": ({"doc": forged.decode()}, "key.issuing"),
        "seen": ({"log": "djp"}, "checkpoint.other_log"),
        "attest": ({"ckpt": kept["checkpoint"], "proof": []}, "checkpoint.other_log"),
        "half": ({"exchange": sent, "side": "provider"}, "evidence.unknown"),
    }
    assert foreign.keys() == KINDS.keys()
    for kind, (fields, code) in foreign.items():
        assert asked(stranger, kind, **fields)["code"] == code, kind
    count(refusals=len(foreign))


def evidence_half(world, sent: str) -> dict:
    return json.loads(world.evidence("djp", sent))["half"]


def test_a_peer_is_served_what_concerns_it(world, stranger, count):
    """Its own log's state; and between the two parties checkpoint, attestation, half and document."""
    assert asked(stranger, "seen", log="bpjs") == {"id": 7, "epoch": 0, "size": 0}
    sent = delivered(world, "djp", CONSUMER, PROVIDER)
    made = json.loads(world.evidence("djp", sent))
    (attestation,) = made["half"]["attestations"]
    assert envelope.open(attestation.encode()).body["by"] == "dukcapil"
    assert made["other"] is not None and made["other"]["entry"] != made["half"]["entry"]
    world.issue_registry()
    until(lambda: world.status("djp")["serials"]["registry"] == world.registry_serial)
    count(gateway=len(KINDS), successes=len(KINDS))


def test_no_frame_is_taken_from_a_stranger_or_before_hello(world, tmp_path, count):
    """A certificate of the registry's authority that no document names; a known peer that does not greet."""
    from tests.conftest import make_home

    home = make_home(tmp_path / "asing", node="asing")
    world.certify(home, "asing")
    refusals = 0
    for name, type in FRAMES.items():
        for who, code in ((home, "link.unknown_key"), (world.nodes["bpjs"].home, "link.hello_first")):
            for stream in (0, 1):
                if name in ("HELLO", "FAULT") and stream == 0 and code == "link.hello_first":
                    continue  # a farewell; the greeting itself
                peer = Rogue(world, "dukcapil", who)
                with contextlib.suppress(OSError):  # the stranger's may be closed already
                    peer.send(type, stream, b"{}")
                assert farewell(peer) == code, f"{name} on stream {stream}"
                peer.close()
                refusals += 1
    count(refusals=refusals)


def farewell(peer: Rogue) -> str:
    """The code that the gateway closes the link with."""
    while (frame := peer.receive(0)).type != FAULT:
        pass
    with pytest.raises((EOFError, OSError)):
        peer.receive(0)
    return strict.loads(frame.payload)["code"]


def test_every_frame_serves_a_peer_in_good_standing(world, stranger, count):
    """HELLO was answered; request and answer, a stream in pieces to its end, ping, and a refusal."""
    seen = {"HELLO", "CTL"}  # by the fixture; in the test before
    theirs = {"client": f"{STRANGER}/sistem", "key": world.keys[STRANGER, "exchange"]}
    plain = {"agreement": None, "rev": None, "purpose": None, "service": WHERE["describe"]}
    status, body = stranger.exchange(stranger.request(query=f"service={SERVICE}", **plain, **theirs))
    assert status == 200 and b"service/1" in body
    seen |= {"REQ", "ANS"}
    stranger.send(PING, 0, bytes(8))
    while (frame := stranger.receive(0)).type != PING or not frame.flags & 1:
        pass
    seen.add("PING")
    assert stranger.exchange(stranger.request(**theirs))[0] == "agreement.none"
    seen.add("FAULT")
    whole = f"/r1/{SERVICE}?limit=all&format=ndjson"
    status, _, rows = world.get("djp", whole, as_program(CLIENT, TOKEN))
    assert status == 200 and rows.count(b"\n") == 50
    seen |= {"CHUNK", "END"}
    assert seen == FRAMES.keys()
    count(gateway=len(FRAMES), successes=len(FRAMES))
