"""Private names as dnsmasq reads them, and what stands in its way."""

import asyncio
import subprocess
from dataclasses import replace
from ipaddress import ip_interface
from pathlib import Path

import pytest

from pendopo.box import dns
from pendopo.box.dnsmasq import Dnsmasq
from pendopo.core import boxconfig
from pendopo.core.boxconfig import Name
from pendopo.core.errors import Fault
from tests import boxes
from tests.boxes import addresses

CONFIG = boxes.config()


def test_it_answers_at_the_site_alone_and_asks_nobody_for_private_names():
    text = dns.settings(addresses("10.64.0.1", "fd00:64::1"), Path("/run/pendopo-box"))
    assert (
        text
        == """\
port=53
bind-dynamic
listen-address=10.64.0.1
listen-address=fd00:64::1
local=/internal/
bogus-priv
domain-needed
no-hosts
addn-hosts=/run/pendopo-box/hosts
cache-size=1000
pid-file=/run/pendopo-box/dnsmasq.pid
"""
    )


def test_each_name_has_a_line_for_each_of_its_addresses():
    names = (
        Name("dukcapil.nusa.internal", addresses("10.64.1.1", "fd00:65::1")),
        Name("gerbang.dukcapil.nusa.internal", addresses("10.64.1.20")),
    )
    assert dns.hosts(names).splitlines() == [
        "10.64.1.1 dukcapil.nusa.internal",
        "fd00:65::1 dukcapil.nusa.internal",
        "10.64.1.20 gerbang.dukcapil.nusa.internal",
    ]
    assert dns.hosts(()) == ""


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        ("a.internal\n10.0.0.1 bank.co.id", "a.internal"),
        ("a.internal bank.co.id", "a.bank.co.id.internal"),
        ("#.internal", "a.internal"),
        ("*.nusa.internal", "a.nusa.internal"),
        ("bank.co.id", "bank.co.id.internal"),
        ("internal", "internal.internal"),
        ("notinternal", "not.internal"),
        ("a..internal", "a.b.internal"),
        (".internal", "a.internal"),
        (f"{'a' * 64}.internal", f"{'a' * 63}.internal"),
        (f"{'a.' * 123}internal", f"{'a.' * 122}internal"),
        ("wpad", "wpad.nusa.internal"),
        ("localhost", "localhost.internal"),
        ("büro.internal", "xn--bro-hoa.internal"),
    ],
)
def test_no_name_says_more_than_itself_or_is_somebody_elses(bad, good):
    """Whatever the controller signs: it is refused before dnsmasq hears of it."""
    for name, taken in ((bad, False), (good, True)):
        payload = replace(CONFIG, names=(Name(name, addresses("10.64.1.20")),)).payload
        if taken:
            assert dns.hosts(boxconfig.parse_config(payload).names) == f"10.64.1.20 {name}\n"
        else:
            with pytest.raises(Fault) as fault:
                boxconfig.parse_config(payload)
            assert fault.value.params["field"] == "names[0].name"


def test_dnsmasq_takes_the_settings_as_they_are_checked(tmp_path):
    asyncio.run(Dnsmasq(tmp_path).check(CONFIG))
    with pytest.raises(subprocess.CalledProcessError):
        text = dns.settings((), tmp_path) + "local=internal/\nlisten-address=x\n"
        subprocess.run(["dnsmasq", "--test", "--conf-file=-"], input=text.encode(), check=True, stderr=-3)


def test_a_machine_without_dnsmasq_says_so_and_has_all_the_rest(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    names = Dnsmasq(tmp_path)

    async def held():
        await names.check(CONFIG)
        await names.serve(replace(CONFIG, lan=boxconfig.Lan(None, ())))
        assert names.standing is None
        await names.serve(replace(CONFIG, lan=boxconfig.Lan(None, (ip_interface("127.9.9.9/8"),))))

    asyncio.run(held())
    assert names.standing == "box.program" and names.trouble.params["program"] == "dnsmasq"
