"""Files that set a mail program up, read back as the programs read them; hostile names stay text."""

import plistlib
from xml.etree import ElementTree as ET

import pytest

from pendopo.pnsmail.clients.rules import Servers, autoconfig, mobileconfig

SERVERS = Servers("surel.endekab.go.id", imap=2993, pop=2995, submission=2465)
TITLES = ("Surel Kab. Ende", "<script>alert(1)</script>&amp;", 'Surel "Ende" ]]> \U0001f4e7')


@pytest.mark.parametrize("title", TITLES)
def test_autoconfig_says_servers_ports_and_whole_address(title):
    root = ET.fromstring(autoconfig("endekab.go.id", title, SERVERS))
    assert root.tag == "clientConfig" and root.get("version") == "1.1"
    assert root.findtext("emailProvider/displayName") == title
    found = {
        one.get("type"): (one.findtext("hostname"), one.findtext("port"), one.findtext("socketType"))
        for one in root[0]
        if one.get("type")
    }
    assert found == {
        "imap": (SERVERS.host, "2993", "SSL"),
        "pop3": (SERVERS.host, "2995", "SSL"),
        "smtp": (SERVERS.host, "2465", "SSL"),
    }
    assert {one.text for one in root.iter("username")} == {"%EMAILADDRESS%"}


@pytest.mark.parametrize("title", TITLES)
def test_a_phones_profile_says_the_same_and_no_password(title):
    data = mobileconfig("maria.wea@endekab.go.id", "Maria Wea", title, SERVERS)
    profile = plistlib.loads(data)
    [account] = profile["PayloadContent"]
    assert account["EmailAddress"] == account["IncomingMailServerUsername"] == "maria.wea@endekab.go.id"
    assert (account["IncomingMailServerPortNumber"], account["OutgoingMailServerPortNumber"]) == (2993, 2465)
    assert account["IncomingMailServerUseSSL"] and account["OutgoingMailServerUseSSL"]
    assert account["EmailAccountDescription"] == profile["PayloadDisplayName"] == title
    assert not [name for name in account if name.endswith("Password") and isinstance(account[name], str)]
    assert b"<script>" not in data


def test_the_same_address_keeps_its_profile_and_another_has_its_own():
    def ids(address):
        profile = plistlib.loads(mobileconfig(address, "Maria Wea", "Surel", SERVERS))
        return profile["PayloadUUID"], profile["PayloadContent"][0]["PayloadUUID"]

    assert ids("maria.wea@endekab.go.id") == ids("maria.wea@endekab.go.id")
    assert not set(ids("maria.wea@endekab.go.id")) & set(ids("maria.lina@endekab.go.id"))
