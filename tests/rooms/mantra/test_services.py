"""Services over their life: versions, closing, a table that changes, and the catalogue."""

import sqlite3
from contextlib import closing

import pytest


@pytest.fixture
def provider(nation):
    return nation.actor(nation.dukcapil, "provider")


def change(table, statement):
    with closing(sqlite3.connect(table)) as link, link:
        link.execute(statement)


def test_a_second_version_leaves_agreements_on_the_first(nation, service, table, provider):
    from pendopo.mantra.services import actions
    from pendopo.mantra.signing import body

    first = service.versions.get()
    agreement, _ = nation.both(nation.grant(nation.ask(service)))
    draft = actions.begin_draft(service.source, service=service, actor=provider)
    assert {column["name"] for column in draft.spec["columns"]} == set(nation_columns(first))
    actions.save_draft(draft, {"limit": 5}, actor=provider)
    actions.publish(draft, subsystem=service.subsystem, actor=provider)
    nation.post()
    latest = service.versions.first()
    assert latest.n == 2 and body(latest.document)["limit"]["max"] == 5
    assert body(agreement.revisions.get().document)["def_sha"] == first.document_id
    document = nation.node_document()
    assert document["services"][0]["def_sha"] == latest.document_id


def nation_columns(version):
    from pendopo.mantra.signing import body

    return [column["name"] for column in body(version.document)["columns"]]


def test_a_closed_service_tells_callers_why_and_takes_no_request(nation, service, provider):
    from pendopo.ground.delivery.models import Inbox
    from pendopo.mantra.services import actions

    actions.disable(service, notice_text="Pemeliharaan", actor=provider)
    [compiled] = nation.node_document()["services"]
    assert (compiled["state"], compiled["notice"]) == ("disabled", "Pemeliharaan")
    with pytest.raises(AssertionError, match="service_unknown"):
        nation.ask(service)
    Inbox.objects.all().delete()
    actions.enable(service, actor=provider)
    assert nation.received(nation.ask(service)).state == "open"


def test_a_changed_table_is_found_named_and_told(nation, service, table, provider, client_of):
    from pendopo.ground.delivery.models import Notice
    from pendopo.mantra.services import actions

    nation.grant(nation.ask(service))
    change(table, "ALTER TABLE penduduk ADD COLUMN baru TEXT")
    assert not actions.check_schema(service, actor=provider)  # a column more harms nobody
    change(table, "ALTER TABLE penduduk RENAME COLUMN status_kawin TO kawin")
    assert actions.check_schema(service, actor=provider)
    assert service.drift == {"missing": ["status_kawin"], "retyped": []}
    page = client_of(nation.dukcapil, "provider").get(f"/mantra/layanan/{service.pk}/").content.decode()
    assert "Status kawin (status_kawin)" in page and "Dipakai oleh: Direktorat Jenderal Pajak" in page
    assert Notice.objects.filter(kind="mantra.drift").count() == 1
    change(table, "ALTER TABLE penduduk RENAME COLUMN kawin TO status_kawin")
    assert not actions.check_schema(service, actor=provider) and service.drift is None


def test_the_gateways_report_of_a_changed_table_is_followed_up(nation, service, table):
    from pendopo.mantra.monitoring.log import read_entries

    agreement, _ = nation.both(nation.grant(nation.ask(service)))
    change(table, "ALTER TABLE penduduk DROP COLUMN status_kawin")
    read_entries([nation.carried(agreement, fault="query.value_invalid")])
    service.refresh_from_db()
    assert service.drift is None
    read_entries([nation.carried(agreement, fault="source.drift", seq=1)])
    service.refresh_from_db()
    assert service.drift["missing"] == ["status_kawin"]


def test_the_catalogue_finds_by_words_and_fetches_what_it_lists(nation, service, client_of, monkeypatch):
    from pendopo.ground.nodes import reads
    from pendopo.ground.nodes.models import Document, Listing

    browser = client_of(nation.djp, "requester")
    assert "Data kependudukan" in browser.get("/mantra/katalog/?q=KEPENDUDUKAN duk").content.decode()
    assert "Data kependudukan" not in browser.get("/mantra/katalog/?q=pajak").content.decode()
    raw = bytes(service.versions.get().document.raw)
    asked = []

    class Far:
        def __init__(self, answer):
            self.answer = answer

        def describe(self, subsystem, service):
            asked.append((subsystem, service))
            return self.answer

    document = service.versions.get().document
    elsewhere = Document.objects.create(sha="elsewhere", type="service/1", raw=b"{}")
    service.versions.update(
        document=elsewhere
    )  # as on a node that never saw it; the catalogue names it still
    Listing.objects.update(document=elsewhere)
    document.delete()
    address = "/mantra/katalog/ID/GOV/DUKCAPIL/siak/penduduk/"
    monkeypatch.setattr(reads, "gateway", lambda: Far(raw.replace(b"sigs", b"gigs")))
    assert "belum dapat diambil" in browser.get(address).content.decode()
    monkeypatch.setattr(reads, "gateway", lambda: Far(raw))
    assert "ditandatangani penyedia" in browser.get(address).content.decode()
    assert asked[-1] == ("ID/GOV/DJP/pendopo", "ID/GOV/DUKCAPIL/siak/penduduk")
    browser.get(address)
    assert len(asked) == 2  # what was checked once is kept


def test_openapi_is_valid_and_leaves_as_a_file(nation, service, client_of):
    import json

    from openapi_spec_validator import validate

    answer = client_of(nation.dukcapil, "supervisor").get(f"/mantra/layanan/{service.pk}/openapi.json")
    assert "attachment" in answer["Content-Disposition"]
    validate(json.loads(answer.content))


def test_two_people_publish_one_code(nation, service, table, provider):
    from pendopo.core.errors import Fault
    from pendopo.mantra.services import actions

    draft = nation.draft(service.source)
    with pytest.raises(Fault, match="code_taken"):
        actions.publish(draft, subsystem=service.subsystem, actor=provider)
