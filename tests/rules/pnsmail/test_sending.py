"""When sending beyond the limit looks like a stolen password."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from pendopo.mailer.limited import Try, heeded, waiting
from pendopo.pnsmail.sending.rules import networks, past, stolen

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)


def tries(*clients, ago=timedelta()):
    return [Try(NOW - ago, ip_address(one)) for one in clients]


def test_who_does_not_read_refusals_is_no_person():
    office = "10.1.2.3"
    assert not stolen(tries(*[office] * 20), NOW)
    assert stolen(tries(*[office] * 21), NOW)
    hour = timedelta(hours=1)
    assert stolen(tries(*[office] * 21, ago=hour), NOW)
    old = tries(*[office] * 21, ago=hour + timedelta(seconds=1))
    assert not stolen([*old, *tries(office)], NOW)
    assert past(old, NOW) and not past([*old, *tries(office)], NOW)


def test_a_password_used_from_three_networks_went_round():
    desk, phone, abroad = "10.1.2.3", "2001:db8:1::7", "203.0.113.9"
    assert not stolen(tries(desk, phone), NOW)
    assert stolen(tries(desk, phone, abroad), NOW)
    near = ("10.1.2.200", "2001:db8:1:ffff::1")
    assert not stolen(tries(desk, phone, *near), NOW), "the same office, the same household"
    assert networks(tries(desk, phone, abroad, *near)) == 3


def test_a_line_counts_once_it_is_whole(tmp_path):
    (tmp_path / "ani@pns.test").write_text("1796000000 10.1.2.3\n1796000001 ::1\n17960")
    (tmp_path / "budi@pns.test").write_text("17")
    found = waiting(tmp_path)
    assert [str(one.client) for one in found["ani@pns.test"]] == ["10.1.2.3", "::1"]
    assert found["ani@pns.test"][0].at == datetime.fromtimestamp(1796000000, UTC)
    assert found["budi@pns.test"] == []
    heeded(tmp_path, "ani@pns.test")
    assert list(waiting(tmp_path)) == ["budi@pns.test"]
    assert waiting(tmp_path / "none") == {}
