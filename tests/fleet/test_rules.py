"""The gateway's plain rules: limits, fault dialects, stored trees."""

from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pendopo.core import merkle
from pendopo.core.errors import Fault
from pendopo.gateway import faults, paths
from pendopo.gateway.app.dialect import render, wanted_xml
from pendopo.gateway.log.tree import StoredTree
from pendopo.gateway.provider.limits import Quota, Rate

NOON = datetime(2026, 11, 24, 5, tzinfo=UTC).timestamp()  # 12.00 WIB


@given(st.lists(st.tuples(st.sampled_from("ab"), st.booleans(), st.integers(0, 20_000)), max_size=60))
def test_quota_against_a_plain_count(steps):
    """At most 5 answered a day in the provider's zone; what was not answered costs nothing."""
    quota, model, now = Quota(None, "Asia/Jakarta"), Counter(), NOON
    for agreement, answered, ahead in steps:
        now += ahead
        day = int(now + 7 * 3600) // 86400
        fits = model[agreement, day] < 5
        assert quota.reserve(agreement, 5, now) == fits
        if fits:
            quota.settle(agreement, answered, now)
            model[agreement, day] += answered


def test_quota_counts_what_is_under_way_and_survives(tmp_path):
    quota = Quota(tmp_path / "quota.json", "Asia/Jakarta")
    assert quota.reserve("a", 2, NOON) and quota.reserve("a", 2, NOON)
    assert not quota.reserve("a", 2, NOON)
    quota.settle("a", True, NOON)
    quota.settle("a", False, NOON)
    quota.save(quota.snapshot(1, 10))
    again = Quota(tmp_path / "quota.json", "Asia/Jakarta")
    again.turn(NOON)
    assert again.load(1, 12) == 10
    again.recount("a", datetime.fromtimestamp(NOON, UTC))
    again.recount("a", datetime.fromtimestamp(NOON - 86400, UTC))
    assert not again.reserve("a", 2, NOON)
    assert again.reserve("a", 2, NOON + 12 * 3600)  # tomorrow in Jakarta, still today in UTC


@given(st.lists(st.floats(0, 3), max_size=80), st.integers(1, 5))
def test_rate_never_lets_more_through_than_agreed(gaps, per_second):
    rate, now, taken = Rate(), 100.0, []
    for gap in gaps:
        now += gap
        if rate.take("a", per_second, now) == 0.0:
            taken.append(now)
    for first in range(len(taken)):
        for last in range(first, len(taken)):
            span = taken[last] - taken[first]
            assert last - first + 1 <= per_second * (span + 1) + 1e-6


@pytest.mark.parametrize(
    ("spec", "later"),
    [
        ("Server.ServerProxy.AccessDenied", "server.serverproxy.access_denied"),
        ("Server.ServerProxy.ServiceFailed.SchemaDrift", "server.serverproxy.service_failed.schema_drift"),
        ("Server.ClientProxy.OutdatedGlobalConf", "server.clientproxy.global_conf_outdated"),
        ("Server.ClientProxy.SslAuthenticationFailed", "server.clientproxy.ssl_authentication_failed"),
        ("Client.BadRequest", "client.bad_request"),
    ],
)
def test_both_dialects(spec, later):
    assert (render(spec, "spec"), render(spec, "7.8")) == (spec, later)


def test_status_of_faults():
    assert faults.status("Server.ServerProxy.AccessDenied") == 500
    assert faults.status("Client.BadRequest") == 400
    assert faults.of("agreement.quota") == ("Server.ServerProxy.AccessDenied.Quota", 429)
    assert faults.of("agreement.what_comes_later")[0] == "Server.ServerProxy.AccessDenied"


@pytest.mark.parametrize(
    ("accept", "xml"),
    [
        (b"", None),
        (b"*/*", None),
        (b"text/csv", None),
        (b"application/json, text/xml;q=0.1", b"text/xml"),
        (b"application/xml, text/xml", b"application/xml"),
        (b"text/*", b"text/xml"),
    ],
)
def test_when_a_fault_is_xml(accept, xml):
    assert wanted_xml(accept) == xml


@pytest.mark.parametrize(
    "url",
    [b"/", b"/r1", b"/r1/ID/GOV/A/b", b"/r2/ID/GOV/A/b/c", b"r1/ID/GOV/A/b/c", b"/r1/ID/GOV/A/b%2Fx/c",
     b"/r1/ID/GOV/A/%2e%2e/c", b"/r1/ID/GOV/A/../c", b"/r1/ID/GOV/A/b_d/c", b"/r1/ID/GOV/A/b/%ff"],
)  # fmt: skip
def test_paths_that_name_no_service(url):
    with pytest.raises(Fault):
        paths.parse(url)
    assert paths.parse(b"/r1/ID/GOV/A/%62/c/x?y=%2F") == ("ID/GOV/A/b/c", b"/x", b"y=%2F")


@given(st.lists(st.binary(min_size=1, max_size=4), min_size=1, max_size=40), st.data())
def test_stored_tree_against_the_whole_one(tmp_path_factory, entries, data):
    """Root and proofs read off the file are those of the plain functions, also after opening it again."""
    path = tmp_path_factory.mktemp("tree") / "t"
    tree = StoredTree(path, 0)
    tree.extend(entries[: len(entries) // 2])
    tree.close()
    tree = StoredTree(path, len(entries) // 2)
    tree.extend(entries[len(entries) // 2 :])
    leaves = [merkle.leaf(entry) for entry in entries]
    assert tree.root() == merkle.root(leaves)
    size = data.draw(st.integers(1, len(entries)))
    seq = data.draw(st.integers(0, size - 1))
    assert tree.inclusion(seq, size) == merkle.inclusion(leaves[:size], seq)
    assert tree.consistency(seq, size) == merkle.consistency(leaves[:size], seq)
    tree.close()
