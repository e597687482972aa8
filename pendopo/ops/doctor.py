"""`pendopo doctor`: what is missing on this machine or in this home, and how to get it."""

import contextlib
import http.client
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pendopo.core.errors import Fault
from pendopo.core.home import Home
from pendopo.ops import home as homes
from pendopo.ops import mail, postgres
from pendopo.ops.texts import text

PYTHON = (3, 11)
DISK_BYTES = 1_000_000_000
SOON = timedelta(hours=6)
LATE = timedelta(days=45)  # before the end of a certificate: the registry renews it sixty days before
LETTERS = timedelta(days=90)  # before the end of what only the root can renew, which lies offline
CLOCK_MS = 60_000  # a gateway refuses a peer whose clock is further off


@dataclass(frozen=True)
class Finding:
    """One thing looked at: fine or not, with the key of its text in `pendopo.ops.texts` and its facts."""

    good: bool
    key: str
    facts: dict[str, object]


def doctor(root: Path | None, lang: str) -> int:
    """Print a line for each thing looked at; 0 when nothing is wrong, 1 otherwise."""
    findings = list(machine())
    if root or os.environ.get("PENDOPO_HOME"):
        try:
            home = homes.load(root)
            findings += node(home)
        except Fault as fault:
            findings.append(Finding(False, "doctor.fault", {"said": fault.text(lang)}))
    for finding in findings:
        mark = text("doctor.good" if finding.good else "doctor.bad", lang)
        print(f"{mark}  {text(finding.key, lang, **finding.facts)}")
    return 0 if all(finding.good for finding in findings) else 1


def machine() -> Iterator[Finding]:
    """What any node on this machine needs."""
    yield Finding(sys.version_info >= PYTHON, "doctor.python", {"version": platform.python_version()})
    try:
        done = subprocess.run(
            [*postgres.as_ordinary_user(), str(postgres.binary("postgres")), "--version"],
            capture_output=True,
            text=True,
        )
        started = done.returncode == 0
        facts = {"said": (done.stdout or done.stderr).strip()}
        yield Finding(started, "doctor.postgres" if started else "doctor.postgres_bad", facts)
    except Fault as fault:
        yield Finding(False, "doctor.fault", {"said": str(fault)})


def node(home: Home) -> Iterator[Finding]:
    """What this node has, running or not."""
    yield Finding(True, "doctor.home", {"home": home.root, "node": home.node})
    open_files = sorted(str(path) for path in home.secret.iterdir() if path.stat().st_mode & 0o077)
    if open_files:
        yield Finding(False, "doctor.secret_open", {"files": ", ".join(open_files)})
    if home.mail:
        fault = mail.impossible()
        facts = {"said": fault.text(home.lang)} if fault else {}
        yield Finding(fault is None, "doctor.fault" if fault else "doctor.mail", facts)
    free = shutil.disk_usage(home.root).free
    yield Finding(free >= DISK_BYTES, "doctor.disk", {"free": f"{free / 1e9:.1f}"})
    status = gateway_status(home)
    running = status is not None
    yield Finding(True, "doctor.running" if running else "doctor.stopped", {"home": home.root})
    if running:
        yield from gateway(status)
    else:
        yield from ports(home)
    yield from documents(home)
    yield from certificate(home)
    if home.registry:
        yield from letters(home)


def ports(home: Home) -> Iterator[Finding]:
    """The addresses a stopped node will want."""
    from pendopo.ops.up import check_ports

    try:
        check_ports(home)
    except Fault as fault:
        yield Finding(False, "doctor.fault", {"said": fault.text(home.lang)})


def documents(home: Home) -> Iterator[Finding]:
    """Until when the gateway may go on with the documents it holds."""
    from pendopo.core import envelope, strict

    for name in ("registry", "node"):
        path = home.documents / f"{name}.json"
        try:
            until = strict.loads(envelope.open(path.read_bytes()).payload)["valid_until"]
            left = strict.parse_utc(until) - datetime.now(UTC)
        except FileNotFoundError:
            yield Finding(False, "doctor.document_missing", {"name": name})
        except (Fault, KeyError) as error:
            yield Finding(False, "doctor.document_broken", {"name": name, "why": str(error)})
        else:
            yield Finding(left > SOON, "doctor.document", {"name": name, "until": until})


def certificate(home: Home) -> Iterator[Finding]:
    """Until when peers take this node's certificate: the registry renews it without being asked."""
    from pendopo.ground.nodes import x509

    with contextlib.suppress(FileNotFoundError):  # not joined yet: its documents are missing too
        try:
            until = x509.ends(home.tls_chain.read_text())
        except ValueError:
            yield Finding(False, "doctor.certificate_broken", {"file": home.tls_chain, "node": home.node})
            return
        good = until - datetime.now(UTC) > LATE
        facts = {"until": f"{until:%Y-%m-%d}", "node": home.node}
        yield Finding(good, "doctor.certificate" if good else "doctor.certificate_late", facts)


def letters(home: Home) -> Iterator[Finding]:
    """Until when letters can be signed without the root: its list of what is revoked, at a registry."""
    from pendopo.ground.nodes import letters

    try:
        until = letters.ends(home)
    except FileNotFoundError:
        yield Finding(False, "doctor.letters_missing", {})
        return
    good = until - datetime.now(UTC) > LETTERS
    yield Finding(good, "doctor.letters" if good else "doctor.letters_late", {"until": f"{until:%Y-%m-%d}"})


def gateway(status: dict) -> Iterator[Finding]:
    """What the running gateway says of itself and of its peers."""
    for peer in status.get("peers", []):
        clock = peer.get("clock_ms") or 0
        facts = {"node": peer["node"], "state": peer["state"], "clock": clock, "since": peer["since"]}
        yield Finding(peer["state"] == "linked", "doctor.peer", facts)
        if abs(clock) > CLOCK_MS:
            yield Finding(False, "doctor.clock", facts)
    for fault in status.get("faults", []):
        yield Finding(False, "doctor.fault", {"said": json.dumps(fault, ensure_ascii=False)})


def gateway_status(home: Home) -> dict | None:
    """`GET /status` on the control socket; None when no gateway listens there."""
    connection = http.client.HTTPConnection("localhost", timeout=5)
    with contextlib.closing(connection):
        try:
            connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.sock.settimeout(5)
            connection.sock.connect(str(home.control))
            connection.request("GET", "/status")
            return json.loads(connection.getresponse().read())
        except (OSError, http.client.HTTPException, ValueError):
            return None
