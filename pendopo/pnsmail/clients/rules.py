"""Files by which a mail program sets itself up: only address and app password are typed. Plain functions."""

import plistlib
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as ET


@dataclass(frozen=True, slots=True)
class Servers:
    """Where a program reaches the service: a machine's name and its ports, all of them TLS from the start
    (RFC 8314, section 3)."""

    host: str
    imap: int = 993
    pop: int = 995
    submission: int = 465


def autoconfig(domain: str, title: str, servers: Servers) -> bytes:
    """Mozilla's autoconfig file (version 1.1), which Thunderbird, K-9 and others fetch for `domain`."""
    root = ET.Element("clientConfig", version="1.1")
    provider = ET.SubElement(root, "emailProvider", id=domain)
    for name, text in (("domain", domain), ("displayName", title), ("displayShortName", title)):
        ET.SubElement(provider, name).text = text
    for tag, kind, port in (
        ("incomingServer", "imap", servers.imap),
        ("incomingServer", "pop3", servers.pop),
        ("outgoingServer", "smtp", servers.submission),
    ):
        server = ET.SubElement(provider, tag, type=kind)
        for name, text in (
            ("hostname", servers.host),
            ("port", str(port)),
            ("socketType", "SSL"),
            ("username", "%EMAILADDRESS%"),
            ("authentication", "password-cleartext"),  # inside TLS
        ):
            ET.SubElement(server, name).text = text
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


def mobileconfig(address: str, name: str, title: str, servers: Servers) -> bytes:
    """Apple's profile for one account, without a password: the phone asks for it.

    The same address gives the same identifiers, so that a profile installed again takes the old one's place.
    """
    place = f"mailto:{address}"
    account = {
        "PayloadType": "com.apple.mail.managed",
        "PayloadVersion": 1,
        "PayloadIdentifier": f"id.pendopo.mail.{address}.account",
        "PayloadUUID": str(uuid5(NAMESPACE_URL, f"{place}#account")).upper(),
        "PayloadDisplayName": address,
        "EmailAccountType": "EmailTypeIMAP",
        "EmailAccountName": name,
        "EmailAccountDescription": title,
        "EmailAddress": address,
        "IncomingMailServerAuthentication": "EmailAuthPassword",
        "IncomingMailServerHostName": servers.host,
        "IncomingMailServerPortNumber": servers.imap,
        "IncomingMailServerUseSSL": True,
        "IncomingMailServerUsername": address,
        "OutgoingMailServerAuthentication": "EmailAuthPassword",
        "OutgoingMailServerHostName": servers.host,
        "OutgoingMailServerPortNumber": servers.submission,
        "OutgoingMailServerUseSSL": True,
        "OutgoingMailServerUsername": address,
        "OutgoingPasswordSameAsIncomingPassword": True,
    }
    profile = {
        "PayloadType": "Configuration",
        "PayloadVersion": 1,
        "PayloadIdentifier": f"id.pendopo.mail.{address}",
        "PayloadUUID": str(uuid5(NAMESPACE_URL, place)).upper(),
        "PayloadDisplayName": title,
        "PayloadDescription": address,
        "PayloadContent": [account],
    }
    return plistlib.dumps(profile)
