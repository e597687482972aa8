"""An exchange from end to end: two gateway processes, a real database, a plain HTTP client."""

import json

from pendopo.core import evidence
from pendopo.core.evidence import Broken


def test_one_row_signed_logged_and_provable(fleet):
    status, headers, body = fleet.ask("nik=eq.3174000000000007&select=nik,nama,kota")
    assert status == 200, body
    assert json.loads(body) == [{"nik": "3174000000000007", "nama": "W. 7.", "kota": "Kota 7"}]
    exchange = headers["X-Road-Request-Id"]
    for name, side in (("djp", "consumer"), ("dukcapil", "provider")):
        (entry,) = [e for e in fleet.log(name) if e["req"] and e["req"]["exchange"] == exchange]
        assert (entry["kind"], entry["side"], entry["fault"]) == ("exchange", side, None)
        assert "3174000000000007" not in json.dumps(entry)
        report = evidence.verify(fleet.evidence(name, exchange), fleet.anchor)
        assert not isinstance(report, Broken), report
