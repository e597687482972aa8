"""Files of every version that was ever released: today's code reads, verifies and still writes them."""

from pathlib import Path

import pytest

from pendopo.core import envelope, evidence, log, signing, strict
from pendopo.core.agreement import Agreement, Request
from pendopo.core.exchange import PING, REQ, Frame, FrameReader
from pendopo.core.keys import Statement
from pendopo.core.log import Attestation, Checkpoint
from pendopo.core.openapi import openapi
from pendopo.core.report import Report
from pendopo.core.snapshot import Node, Registry
from tests.wire import make

V1 = Path(__file__).parent / "v1"
WRITTEN = make.files()


def read(name):
    return (V1 / name).read_bytes()


@pytest.fixture(scope="module")
def anchor():
    return strict.loads(read("anchor.json"))


@pytest.fixture(scope="module")
def registry(anchor):
    return Registry.open(read("registry.json"), anchor)


@pytest.mark.parametrize("name", sorted(path.name for path in V1.iterdir()))
def test_todays_code_writes_the_same_bytes(name):
    assert WRITTEN[name] == read(name)


def test_no_golden_file_is_missing():
    assert WRITTEN.keys() == {path.name for path in V1.iterdir()}


def test_envelope(registry):
    opened = envelope.open(read("envelope.json"))
    assert opened.payload.decode() == '{"v":1,"text":"é"}'
    for node in ("djp", "kominfo"):
        thumb = registry.nodes[node]["log_key"]
        assert opened.signed_by(thumb, registry.keys.at(thumb, make.NOON, f"node:{node}", "log"))


def test_key(registry):
    first, second = Statement.parse(read("key.json")), Statement.parse(read("key-replaces.json"))
    assert registry.keys.at(first.thumb, make.NOON, first.owner, first.use) == first.pub
    assert second.replaces and registry.keys.descends(second.thumb, {second.replaces})


def test_registry(registry):
    assert (registry.instance, registry.serial) == ("ID", 400)
    assert registry.node_of("ID/GOV/DJP") == "djp" and registry.nodes["kominfo"]["registry"] is True
    assert registry.catalogue["ID/GOV/DUKCAPIL/kependudukan/penduduk"]["state"] == "published"


def test_node(registry):
    node = Node.open(read("node.json"), registry.keys)
    (agreed,) = node.agreements.values()
    assert agreed["sha"] == envelope.sha(read("agreement.json"))
    assert node.subsystems.keys() == {"ID/GOV/DUKCAPIL/kependudukan"}


def test_agreement_request_and_service(registry):
    documents = {name: envelope.open(read(f"{name}.json")) for name in ("agreement", "request", "service")}
    agreed = Agreement.parse(documents["agreement"].body)
    asked = Request.parse(documents["request"].body)
    assert agreed.request_sha == documents["request"].sha and agreed.def_sha == documents["service"].sha
    assert agreed.columns == asked.columns == ("nik", "nama", "tgl_lahir")
    for name, owners in {
        "agreement": ("DJP", "DUKCAPIL"),
        "request": ("DJP",),
        "service": ("DUKCAPIL",),
    }.items():
        for owner in owners:
            registry.keys.signed(documents[name], make.NOON, f"agency:ID/GOV/{owner}", "agreement")
    assert openapi(documents["service"].body)["openapi"].startswith("3.1")
    stopped = envelope.open(read("agreement-revoked.json"))
    assert Agreement.parse(stopped.body).state == "revoked"
    registry.keys.signed(stopped, make.NOON, "agency:ID/GOV/DUKCAPIL", "agreement")


def test_bases_and_entry(registry):
    entry = log.decode(read("entry.json"))
    asked = registry.keys.at(entry.req.key, make.NOON, "agency:ID/GOV/DJP", "exchange")
    given = registry.keys.at(entry.ans.key, make.NOON, "agency:ID/GOV/DUKCAPIL", "exchange")
    assert signing.verify(asked, read("request.base"), entry.req_sig)
    assert signing.verify(given, read("answer.base"), entry.ans_sig)
    assert signing.read_request(read("request.base")) == entry.req
    assert signing.read_answer(read("answer.base"), entry.req_sig) == entry.ans
    assert log.decode(read("entry-refusal.json")).fault == "agreement.purpose"


def test_checkpoint_and_attestation(registry):
    ckpt, seen = Checkpoint.parse(read("checkpoint.json")), Attestation.parse(read("attestation.json"))
    assert seen.ckpt == ckpt.envelope.sha
    registry.keys.signed(ckpt.envelope, ckpt.at, "node:djp", "log")
    registry.keys.signed(seen.envelope, seen.at, "node:dukcapil", "log")


def test_frame():
    first, second = FrameReader().feed(read("frame.bin"))
    base = read("request.base")
    sig = log.decode(read("entry.json")).req_sig
    assert first == Frame(REQ, 7, 0, len(base).to_bytes(2, "big") + base + sig)
    assert second == Frame(PING, 0, 1, b"")


@pytest.mark.parametrize(("name", "logs"), [("evidence.json", 2), ("evidence-bare.json", 1)])
def test_evidence(name, logs):
    report = evidence.verify(read(name), read("anchor.json"))
    assert isinstance(report, Report), report
    assert len(report.logs) == logs and report.entry.ans.rows == 1
