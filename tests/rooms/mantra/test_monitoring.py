"""From the gateway's log to lists, sums and evidence."""

import pytest


@pytest.fixture
def agreement(nation, service):
    return nation.both(nation.grant(nation.ask(service)))[0]


def test_entries_become_rows_and_sums(nation, agreement, client_of):
    from pendopo.mantra.monitoring import reads
    from pendopo.mantra.monitoring.log import read_entries

    read_entries([nation.carried(agreement, rows=3, seq=1), nation.carried(agreement, rows=4, seq=2)])
    read_entries([nation.carried(agreement, fault="agreement.quota", seq=3) | {"times": 40}])
    assert reads.totals(agreement) == {"ok": 2, "refused": 40, "rows": 7, "bytes": 7 * 97}
    page = client_of(nation.dukcapil, "requester").get(f"/mantra/perjanjian/{agreement.pk}/").content.decode()
    assert "2 pertukaran dengan 7 baris sejak awal; 40 ditolak" in page and "agreement.quota" in page


def test_each_side_sees_its_own_entries_only(nation, agreement, client_of):
    from pendopo.mantra.monitoring.log import read_entries
    from pendopo.mantra.monitoring.models import Transaction

    read_entries([nation.carried(agreement, seq=1), nation.carried(agreement, side="consumer", seq=2)])
    rows = Transaction.objects.values_list("agency__code", "side")
    assert sorted(rows) == [("ID/GOV/DJP", "requester"), ("ID/GOV/DUKCAPIL", "provider")]
    row = Transaction.objects.get(side="provider")
    assert client_of(nation.dukcapil, "supervisor").get(f"/mantra/transaksi/{row.pk}/").status_code == 200
    assert client_of(nation.djp, "supervisor").get(f"/mantra/transaksi/{row.pk}/").status_code == 404


def test_other_entries_are_none_of_ours(nation, agreement):
    from pendopo.mantra.monitoring.log import read_entries
    from pendopo.mantra.monitoring.models import Transaction

    entry = nation.carried(agreement)
    stranger = entry | {"req": entry["req"] | {"service": "ID/GOV/BPJS/jkn/peserta"}}
    read_entries([entry | {"kind": "act"}, entry | {"kind": "request"}, stranger, entry | {"req": None}])
    assert not Transaction.objects.exists()


@pytest.mark.parametrize(
    ("query", "found"),
    [("", 2), ("?show=out", 1), ("?show=refused", 1), ("?show=in", 0), ("?q=CORETAX", 2), ("?q=bpjs", 0),
     ("?since=2020-01-01&until=2020-01-02", 0), ("?since=salah", 2)],
)  # fmt: skip
def test_filters(nation, agreement, client_of, query, found):
    from pendopo.mantra.monitoring.log import read_entries

    read_entries([nation.carried(agreement), nation.carried(agreement, fault="agreement.quota", seq=1)])
    page = client_of(nation.dukcapil, "supervisor").get(f"/mantra/transaksi/{query}").content.decode()
    assert f"{found} transaksi" in page


def test_deliveries_are_kept_apart(nation, agreement, client_of):
    from pendopo.mantra.monitoring.log import read_entries

    entry = nation.carried(agreement)
    delivery = entry["req"] | {"service": "ID/GOV/DUKCAPIL/pendopo/deliver", "agreement": None, "rev": None}
    read_entries([entry, entry | {"req": delivery, "seq": 1}])
    supervisor = client_of(nation.dukcapil, "supervisor")
    assert "1 transaksi" in supervisor.get("/mantra/transaksi/").content.decode()
    assert "pendopo/deliver" in supervisor.get("/mantra/transaksi/?show=deliveries").content.decode()


def test_evidence_is_given_for_own_exchanges_only(nation, agreement, client_of, monkeypatch):
    from pendopo.ground.audit.models import Line
    from pendopo.ground.nodes import reads
    from pendopo.mantra.monitoring.log import read_entries

    class Gateway:
        def evidence(self, exchange_id):
            return b'{"v":1}'

    monkeypatch.setattr(reads, "gateway", Gateway)
    entry = nation.carried(agreement)
    read_entries([entry])
    exchange = entry["req"]["exchange"]
    answer = client_of(nation.dukcapil, "supervisor").post("/mantra/bukti/", {"exchange": exchange})
    assert answer.content == b'{"v":1}' and f"bukti-{exchange}" in answer["Content-Disposition"]
    assert Line.objects.filter(act="mantra.evidence.download", outcome="done").count() == 1
    assert (
        client_of(nation.djp, "supervisor").post("/mantra/bukti/", {"exchange": exchange}).status_code == 422
    )
    assert (
        client_of(nation.dukcapil, "requester").post("/mantra/bukti/", {"exchange": exchange}).status_code
        == 403
    )


def test_a_long_list_costs_no_more_queries_than_a_short_one(nation, agreement, client_of):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from pendopo.mantra.monitoring.log import read_entries

    supervisor = client_of(nation.dukcapil, "supervisor")

    def cost():
        with CaptureQueriesContext(connection) as queries:
            supervisor.get("/mantra/transaksi/")
        return len(queries)

    read_entries([nation.carried(agreement)])
    cost()  # the session's first page
    before = cost()
    read_entries([nation.carried(agreement, seq=n) for n in range(1, 120)])
    assert cost() == before <= 15
