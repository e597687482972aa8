"""The review page: what is shown is what will be received, and the safe choice is the short way."""

import html
import re
from datetime import timedelta

import pytest

COLUMNS = ("nik", "nama_lengkap", "tgl_lahir", "alamat", "status_kawin")


@pytest.fixture
def request_row(nation, service):
    return nation.received(nation.ask(service, COLUMNS))


@pytest.fixture
def manager(nation, client_of):
    return client_of(nation.dukcapil, "manager")


@pytest.fixture
def address(request_row):
    return f"/mantra/permintaan/{request_row.pk}/"


def text(answer):
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())))


def chosen(**choices):
    from pendopo.mantra.agreements.rules import today

    until = (today() + timedelta(days=365)).isoformat()
    return {f"c.{name}": choice for name, choice in choices.items()} | {"per_day": "50000", "until": until}


def test_it_opens_on_the_safe_choice(manager, address):
    said = text(manager.get(address))
    assert "Direktorat Jenderal Pajak meminta Data kependudukan" in said
    assert "3 keluar apa adanya , 2 disamarkan" in said
    assert "Setujui yang dipersempit" in said and "Beri semua 5 kolom…" in said
    assert "5308••••••••0003" in said and "5308014107870003" not in said and "Kelimutu" not in said


def test_other_choices_are_counted_and_shown_without_changing_anything(nation, manager, address, request_row):
    answer = manager.post(
        address, chosen(nama_lengkap="hold", tgl_lahir="mask"), headers={"HX-Request": "true"}
    )
    said = text(answer)
    assert "<html" not in answer.content.decode()
    assert "1 keluar apa adanya , 3 disamarkan , 1 tidak keluar" in said
    assert "MARIA" not in said and "1987-07-01" not in said and "1987" in said
    request_row.refresh_from_db()
    assert request_row.state == "open"


def test_the_rows_shown_are_the_rows_of_the_grant(nation, service, manager, address, request_row):
    """The sample and the grant that is signed go through one function each, and agree cell by cell."""
    from pendopo.mantra.signing import body
    from pendopo.mantra.sources import probe
    from pendopo.mantra.sources.seal import unseal

    choices = chosen(nik="mask", nama_lengkap="give", tgl_lahir="mask", alamat="hold", status_kawin="give")
    shown = text(manager.post(address, choices))
    answer = manager.post(f"{address}setujui/", choices)
    assert answer.status_code == 302
    granted = body(request_row.agreements.get().revisions.get().document)
    where = (service.source.kind, unseal(service.source.sealed), ("main", "penduduk"))
    rows = probe.answer(*where, body(request_row.definition), granted)
    assert list(rows[0]) == ["nik", "nama_lengkap", "tgl_lahir", "status_kawin"]
    for row in rows:
        assert all(str(value) in shown for value in row.values())


def test_lifting_a_mask_asks_why(nation, manager, address, request_row):
    bare = chosen(nik="give")
    asked = manager.post(f"{address}setujui/", bare)
    assert asked.status_code == 200 and "Mengapa ini diperlukan?" in text(asked)
    assert "NIK" in text(asked) and not request_row.agreements.exists()
    assert manager.post(f"{address}setujui/", bare | {"reason": ""}).status_code == 422
    assert not request_row.agreements.exists()
    manager.post(f"{address}setujui/", bare | {"reason": "Dicocokkan dengan NPWP"})
    assert request_row.agreements.get().revisions.get().by == ["ID/GOV/DUKCAPIL"]


def test_giving_all_is_the_same_long_way(manager, address, request_row):
    assert "Mengapa ini diperlukan?" in text(manager.post(f"{address}setujui/", chosen() | {"all": "1"}))
    assert not request_row.agreements.exists()


def test_holding_everything_is_no_approval(manager, address, request_row):
    answer = manager.post(f"{address}setujui/", chosen(**dict.fromkeys(COLUMNS, "hold")))
    assert "Tolak saja permintaannya" in text(answer) and not request_row.agreements.exists()


def test_limits_are_drawn_closer(manager, address, request_row):
    from pendopo.mantra.signing import body

    limits = chosen() | {"per_day": "10000", "first": "06:00", "last": "22:00"}
    assert "50.000 10.000 permintaan" in text(manager.post(address, limits))
    manager.post(f"{address}setujui/", limits)
    granted = body(request_row.agreements.get().revisions.get().document)
    assert granted["quota"] == {"per_day": 10000}
    assert granted["hours"] == {"from": "06.00", "until": "22.00", "zone": "Asia/Makassar"}
    assert granted["until"] == body(request_row.document)["until"]


def test_rows_are_narrowed_and_the_sample_with_them(nation, manager, address, request_row):
    from pendopo.mantra.signing import body

    narrowed = chosen() | {
        "row-column": "status_kawin",
        "row-operator": "eq",
        "row-value": "2",
        "per_second": "5",
    }
    said = text(manager.post(address, narrowed))
    assert "semua baris Status kawin sama dengan 2" in said and "ANTONIUS" not in said and "YULIANA" in said
    manager.post(f"{address}setujui/", narrowed)
    nation.post()
    agreement = request_row.agreements.get()
    granted = body(agreement.revisions.get().document)
    assert granted["row_filter"] == [["status_kawin", "eq", "2"]] and granted["rate"] == {"per_second": 5}
    assert agreement.state == "active"  # narrower: nobody at the requester was asked


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"row-column": "status_kawin", "row-operator": "eq", "row-value": "dua"}, "row-value"),
        ({"per_day": "0"}, "per_day"),
        ({"until": "2020-01-01"}, "until"),
        ({"first": "06:00"}, "last"),
    ],
)
def test_a_wrong_limit_is_said_and_the_choices_stay(manager, address, request_row, wrong, field):
    answer = manager.post(f"{address}setujui/", chosen(nama_lengkap="hold") | wrong)
    assert answer.status_code == 422 and f'href="#id_{field}"' in answer.content.decode()
    assert "1 tidak keluar" in text(answer) and not request_row.agreements.exists()


def test_a_choice_that_does_not_exist_is_the_safe_one(manager, address):
    assert "3 keluar apa adanya , 2 disamarkan" in text(
        manager.post(address, chosen(nik="semua", lain="give"))
    )


def test_a_dead_source_is_said_and_the_decision_still_possible(nation, manager, address, table, request_row):
    table.unlink()
    page = manager.get(address)
    assert page.status_code == 200 and "tanpa contoh" in text(page)
    assert manager.post(f"{address}setujui/", chosen()).status_code == 302


def test_script_in_what_the_other_side_wrote_is_text(nation, service, manager):
    evil = "<script>alert(1)</script>"
    row = nation.received(
        nation.ask(service, note=evil, basis={"kind": evil, "no": evil, "date": "2026-01-01"})
    )
    page = manager.get(f"/mantra/permintaan/{row.pk}/").content.decode()
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page


def test_the_review_costs_the_same_however_many_requests_there_are(nation, service, manager, address):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def cost():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            manager.get(address)
        return len(queries)

    cost()  # the session's first page
    before = cost()
    for _ in range(3):
        nation.ask(service)
    assert cost() == before <= 20
