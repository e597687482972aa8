"""This node's document: from what rooms contribute, its blobs first, nothing twice."""

import pytest

from pendopo.core import envelope, strict
from pendopo.core.errors import Fault
from pendopo.core.keys import SigningKey

KEY = SigningKey.generate("agency:ID/GOV/DUKCAPIL", "agreement")


@pytest.fixture
def contributing(registry, monkeypatch):
    """Contributions of a room: lists to be filled."""
    from pendopo.ground.nodes import compile

    parts = {part: [] for part in compile.PARTS}
    monkeypatch.setattr(
        compile, "_contributions", {part: [lambda part=part: parts[part]] for part in compile.PARTS}
    )
    return parts


def stored(type: str, **body) -> str:
    from pendopo.ground.nodes import documents

    return documents.store(envelope.seal(type, strict.dumps({"v": 1} | body), [KEY])).sha


def install(drawer):
    from pendopo.ground.nodes import compile

    gateway = drawer()
    return compile.install(gateway, "dukcapil", gateway.home.blobs)


def test_all_blobs_a_document_leads_to_are_there_before_it(contributing, drawer):
    definition, asked = stored("service/1", service="x"), stored("request/1", id="r")
    agreement = stored("agreement/1", request_sha=asked, def_sha=definition)
    contributing["services"].append({"id": "s", "def_sha": definition})
    contributing["agreements"].append({"id": "a", "rev": 1, "sha": agreement, "role": "provider"})
    snapshot = install(drawer)
    home = drawer().home
    assert {path.name for path in home.blobs.iterdir()} == {definition, asked, agreement}
    assert envelope.sha((home.documents / "node.json").read_bytes()) == snapshot.document_id
    assert envelope.open(bytes(snapshot.document.raw)).body["agreements"][0]["rev"] == 1
    assert install(drawer).serial == snapshot.serial
    contributing["services"][0]["state"] = "disabled"
    assert install(drawer).serial == snapshot.serial + 1


def test_what_the_gateway_has_costs_no_query(contributing, drawer):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from pendopo.ground.nodes import compile

    definition, asked = stored("service/1"), stored("request/1")

    def grow(count: int) -> int:
        for n in range(count):
            sha = stored("agreement/1", request_sha=asked, def_sha=definition, id=str(n))
            contributing["agreements"].append({"id": str(n), "rev": 1, "sha": sha, "role": "provider"})
        install(drawer)
        contributing["services"].append({"id": f"s{count}", "def_sha": definition})
        with CaptureQueriesContext(connection) as queries:
            install(drawer)
        return len(queries)

    few = grow(1)
    contributing["agreements"].clear()
    assert grow(60) == few
    assert compile.missing(compile.body(), lambda sha: False)


def test_an_entry_twice_or_a_missing_document_is_named_and_nothing_installed(contributing, drawer):
    before = (drawer().home.documents / "node.json").read_bytes()
    contributing["services"].append({"id": "s", "def_sha": "0" * 64})
    with pytest.raises(Fault, match=r"nodes\.document_unknown"):
        install(drawer)
    contributing["services"][:] = [{"id": "s", "def_sha": stored("service/1")}] * 2
    with pytest.raises(Fault, match=r"nodes\.compile_twice"):
        install(drawer)
    assert (drawer().home.documents / "node.json").read_bytes() == before


def test_a_part_that_node_documents_do_not_have_cannot_be_contributed():
    from pendopo.ground.nodes import compile

    with pytest.raises(KeyError):
        compile.register("secrets", list)


def test_a_second_agency_lives_on_the_registrys_node(registry, operator, on_commit):
    from django.utils import timezone

    from pendopo.ground.directory.models import Agency
    from pendopo.ground.nodes import reads
    from pendopo.ground.nodes.actions import host

    bpjs = Agency.objects.create(code="ID/GOV/BPJS", name="BPJS Kesehatan")
    with on_commit():
        host(bpjs, actor=operator)
    document = reads.registry()
    assert document.node_of("ID/GOV/BPJS") == "dukcapil" and bpjs.hosted
    for use in ("exchange", "agreement"):
        thumb = reads.own_key("agency:ID/GOV/BPJS", use)
        assert document.keys.at(thumb, timezone.now(), "agency:ID/GOV/BPJS", use)
    with pytest.raises(Fault, match=r"nodes\.invite_member"):
        host(bpjs, actor=operator)
